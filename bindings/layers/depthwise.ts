// Layers that slide filters over each channel of images by itself: depthwiseConv2d, and separableConv2d, which mixes
// channels afterwards. Not here: the ops of the same names.

import { checkWhole } from '../errors.js';
import type { Initializer, InitializerName } from '../initializers/initializers.js';
import {
  type DepthwiseConv2dOptions,
  depthwiseConv2d as depthwiseOp,
  separableConv2d as separableOp,
} from '../ops/convolve.js';
import { checkedPair, type Pair, pair } from '../ops/spatial.js';
import { padding2d } from '../ops/windows.js';
import { callable, options, type Rules, together, whole } from '../options.js';
import { activated, channelsOf, type FilterOptions, filterRules, initializer, parameterOf } from './filters.js';
import { type Layer, layer, type ParameterSpec, type Regularizer } from './layer.js';

/** Options of the layer `depthwiseConv2d`: those of the op, and of its parameters. */
export interface DepthwiseConv2dLayerOptions extends Omit<DepthwiseConv2dOptions, 'bias'>, FilterOptions {
  /** How many filters each channel has; default 1. */
  readonly depthMultiplier?: number | undefined;
  /** Default 'glorotUniform', as in Keras. */
  readonly depthwiseInitializer?: InitializerName | Initializer | undefined;
  /** What is added to the loss for the kernel of the channels: `l2(0.01)`; by default nothing. */
  readonly depthwiseRegularizer?: Regularizer | undefined;
}

/** Options of the layer `separableConv2d`: those of `depthwiseConv2d`, and of the kernel that mixes channels. */
export interface SeparableConv2dLayerOptions extends DepthwiseConv2dLayerOptions {
  /** Default 'glorotUniform'. */
  readonly pointwiseInitializer?: InitializerName | Initializer | undefined;
  /** What is added to the loss for the kernel that mixes channels: `l2(0.01)`; by default nothing. */
  readonly pointwiseRegularizer?: Regularizer | undefined;
}

const depthwiseRules = together(filterRules, {
  strides: pair(1),
  padding: padding2d,
  dilation: pair(1),
  depthMultiplier: whole(1, 1),
  depthwiseInitializer: initializer('glorotUniform'),
  depthwiseRegularizer: callable<Regularizer>(),
});
const depthwiseOptions = options(depthwiseRules satisfies Rules<DepthwiseConv2dLayerOptions>);
const separableOptions = options(
  together(depthwiseRules, {
    pointwiseInitializer: initializer('glorotUniform'),
    pointwiseRegularizer: callable<Regularizer>(),
  }) satisfies Rules<SeparableConv2dLayerOptions>,
);

const IMAGE = ['height', 'width', 'channels'];

/**
 * A layer that slides `depthMultiplier` filters over each channel of images by itself: [n, height, width, channels]
 * becomes [n, rows, columns, channels·depthMultiplier]. Its parameters are kernel [rows, columns, channels,
 * depthMultiplier] and bias.
 *
 * @param kernelSize rows and columns of a filter, one number for both or [rows, columns]
 * @throws if `kernelSize` is no whole number of at least 1, or an option or name is unknown
 */
export function depthwiseConv2d(kernelSize: Pair, options?: DepthwiseConv2dLayerOptions): Layer {
  const size = checkedPair('depthwiseConv2d: kernelSize', kernelSize);
  const given = depthwiseOptions('depthwiseConv2d', options);
  const { strides, padding, dilation, depthMultiplier } = given;
  return layer<{ kernel: ParameterSpec; bias?: ParameterSpec | undefined }>({
    kind: 'depthwiseConv2d',
    name: given.name,
    signature: [depthwiseConv2d, size, { ...options }],
    build: ({ shape }) => {
      const channels = channelsOf('depthwiseConv2d', shape, IMAGE);
      const kernel = parameterOf('depthwise', [...size, channels, depthMultiplier], given);
      const bias = given.useBias ? parameterOf('bias', [channels * depthMultiplier], given) : undefined;
      return { parameters: { kernel, bias } };
    },
    call: (x, { kernel, bias }, context) =>
      activated(depthwiseOp(x, kernel, { strides, padding, dilation, bias }), given.activation, context),
  });
}

/**
 * A layer that does with few weights what `conv2d` does: filters over each channel by itself, and then `filters`
 * mixtures of their results at each pixel. [n, height, width, channels] becomes [n, rows, columns, filters]. Its
 * parameters are depthwiseKernel [rows, columns, channels, depthMultiplier], pointwiseKernel [1, 1,
 * channels·depthMultiplier, filters] and bias [filters].
 *
 * @param kernelSize rows and columns of a filter, one number for both or [rows, columns]
 * @throws if `filters` or `kernelSize` is no whole number of at least 1, or an option or name is unknown
 */
export function separableConv2d(filters: number, kernelSize: Pair, options?: SeparableConv2dLayerOptions): Layer {
  checkWhole('separableConv2d: filters', filters);
  const size = checkedPair('separableConv2d: kernelSize', kernelSize);
  const given = separableOptions('separableConv2d', options);
  const { strides, padding, dilation, depthMultiplier } = given;
  return layer<{ depthwiseKernel: ParameterSpec; pointwiseKernel: ParameterSpec; bias?: ParameterSpec | undefined }>({
    kind: 'separableConv2d',
    name: given.name,
    signature: [separableConv2d, filters, size, { ...options }],
    build: ({ shape }) => {
      const channels = channelsOf(`separableConv2d(${filters})`, shape, IMAGE);
      const depthwiseKernel = parameterOf('depthwise', [...size, channels, depthMultiplier], given);
      const pointwiseKernel = parameterOf('pointwise', [1, 1, channels * depthMultiplier, filters], given);
      const bias = given.useBias ? parameterOf('bias', [filters], given) : undefined;
      return { parameters: { depthwiseKernel, pointwiseKernel, bias } };
    },
    call: (x, { depthwiseKernel, pointwiseKernel, bias }, context) => {
      const z = separableOp(x, depthwiseKernel, pointwiseKernel, { strides, padding, dilation, bias });
      return activated(z, given.activation, context);
    },
  });
}
