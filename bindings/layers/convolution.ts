// Layers that slide filters over series and images: conv1d, conv2d, and conv1dTranspose and conv2dTranspose, which make
// them larger. Not here: those of each channel by itself (depthwise.ts), and the ops of the same names.

import { check, checkWhole } from '../errors.js';
import type { Initializer } from '../initializers/initializers.js';
import { type Conv1dOptions, type Conv2dOptions, conv1d as conv1dOp, conv2d as conv2dOp } from '../ops/convolve.js';
import { checkedPair, type Pair, pair } from '../ops/spatial.js';
import {
  type Conv1dTransposeOptions,
  type Conv2dTransposeOptions,
  conv1dTranspose as conv1dTransposeOp,
  conv2dTranspose as conv2dTransposeOp,
} from '../ops/transposed.js';
import { padding1d, padding2d } from '../ops/windows.js';
import { options, type Rules, together, whole } from '../options.js';
import type { Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import type { Activation } from './activations.js';
import { activated, channelsOf, type KernelOptions, kernelRules, parameterOf } from './filters.js';
import { type Layer, layer, type ParameterSpec, type Regularizer } from './layer.js';

/** Options of the layer `conv1d`: those of the op, and of its parameters. */
export interface Conv1dLayerOptions extends Omit<Conv1dOptions, 'bias'>, KernelOptions {}

/** Options of the layer `conv2d`: those of the op, and of its parameters. */
export interface Conv2dLayerOptions extends Omit<Conv2dOptions, 'bias'>, KernelOptions {}

/** Options of the layer `conv1dTranspose`: those of the op, and of its parameters. */
export interface Conv1dTransposeLayerOptions extends Omit<Conv1dTransposeOptions, 'bias'>, KernelOptions {}

/** Options of the layer `conv2dTranspose`: those of the op, and of its parameters. */
export interface Conv2dTransposeLayerOptions extends Omit<Conv2dTransposeOptions, 'bias'>, KernelOptions {}

const conv1dOptions = options(
  together(kernelRules, {
    strides: whole(1, 1),
    padding: padding1d,
    dilation: whole(1, 1),
    groups: whole(1, 1),
  }) satisfies Rules<Conv1dLayerOptions>,
);
const conv2dOptions = options(
  together(kernelRules, {
    strides: pair(1),
    padding: padding2d,
    dilation: pair(1),
    groups: whole(1, 1),
  }) satisfies Rules<Conv2dLayerOptions>,
);
const conv1dTransposeOptions = options(
  together(kernelRules, {
    strides: whole(1, 1),
    padding: padding1d,
    dilation: whole(1, 1),
    groups: whole(1, 1),
    outputPadding: whole(0, 0),
  }) satisfies Rules<Conv1dTransposeLayerOptions>,
);
const conv2dTransposeOptions = options(
  together(kernelRules, {
    strides: pair(1),
    padding: padding2d,
    dilation: pair(1),
    groups: whole(1, 1),
    outputPadding: pair(0, 0),
  }) satisfies Rules<Conv2dTransposeLayerOptions>,
);

/** Of samples: axes by name. */
const SERIES = ['steps', 'channels'];
const IMAGE = ['height', 'width', 'channels'];

/** What the four layers differ in. */
interface Kind {
  readonly kind: string;
  readonly signature: readonly unknown[];
  readonly axes: readonly string[];
  readonly filters: number;
  /** The shape of the kernel for so many channels. */
  kernel(channels: number): Shape;
  /** The op, with a bias or without. */
  apply(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor;
}

/** Options of parameters, read. */
interface Parameters {
  readonly activation: Activation;
  readonly useBias: boolean;
  readonly kernelInitializer: Initializer;
  readonly kernelRegularizer: Regularizer | undefined;
  readonly biasInitializer: Initializer;
  readonly biasRegularizer: Regularizer | undefined;
  readonly trainable: boolean;
  readonly name: string | undefined;
}

function convolutional({ kind, signature, axes, filters, kernel, apply }: Kind, given: Parameters): Layer {
  return layer<{ kernel: ParameterSpec; bias?: ParameterSpec | undefined }>({
    kind,
    name: given.name,
    signature,
    build: ({ shape }) => {
      const channels = channelsOf(`${kind}(${filters})`, shape, axes);
      const bias = given.useBias ? parameterOf('bias', [filters], given) : undefined;
      return { parameters: { kernel: parameterOf('kernel', kernel(channels), given), bias } };
    },
    call: (x, { kernel, bias }, context) => activated(apply(x, kernel, bias), given.activation, context),
  });
}

/** So many of `count` as are in each group; throws unless they can be divided. */
function eachOf(kind: string, what: string, count: number, groups: number): number {
  check(count % groups === 0, () => `${kind}: ${count} ${what} cannot be divided into ${groups} groups`);
  return count / groups;
}

/**
 * A layer that slides `filters` filters over series: [n, steps, channels] becomes [n, steps', filters]. Its parameters
 * are kernel [kernelSize, channels / groups, filters] and bias [filters]; the op of this name says what is computed.
 *
 * @example
 * conv1d(16, 5, { padding: 'same', activation: 'relu' })
 *
 * @throws if `filters` or `kernelSize` is no whole number of at least 1, or an option or name is unknown
 */
export function conv1d(filters: number, kernelSize: number, options?: Conv1dLayerOptions): Layer {
  checkWhole('conv1d: filters', filters);
  checkWhole('conv1d: kernelSize', kernelSize);
  const given = conv1dOptions('conv1d', options);
  const { strides, padding, dilation, groups } = given;
  eachOf('conv1d', 'filters', filters, groups);
  const kernel = (c: number) => [kernelSize, eachOf('conv1d', 'channels', c, groups), filters];
  const apply: Kind['apply'] = (x, kernel, bias) => conv1dOp(x, kernel, { strides, padding, dilation, groups, bias });
  const signature = [conv1d, filters, kernelSize, { ...options }];
  return convolutional({ kind: 'conv1d', signature, axes: SERIES, filters, kernel, apply }, given);
}

/**
 * A layer that slides `filters` filters over images: [n, height, width, channels] becomes [n, rows, columns, filters].
 * Its parameters are kernel [rows, columns, channels / groups, filters] and bias [filters]; the op of this name says
 * what is computed.
 *
 * @param kernelSize rows and columns of a filter, one number for both or [rows, columns]
 *
 * @example
 * conv2d(16, 3, { padding: 'same', activation: 'relu' })
 *
 * @throws if `filters` or `kernelSize` is no whole number of at least 1, or an option or name is unknown
 */
export function conv2d(filters: number, kernelSize: Pair, options?: Conv2dLayerOptions): Layer {
  checkWhole('conv2d: filters', filters);
  const size = checkedPair('conv2d: kernelSize', kernelSize);
  const given = conv2dOptions('conv2d', options);
  const { strides, padding, dilation, groups } = given;
  eachOf('conv2d', 'filters', filters, groups);
  const kernel = (c: number) => [...size, eachOf('conv2d', 'channels', c, groups), filters];
  const apply: Kind['apply'] = (x, kernel, bias) => conv2dOp(x, kernel, { strides, padding, dilation, groups, bias });
  const signature = [conv2d, filters, size, { ...options }];
  return convolutional({ kind: 'conv2d', signature, axes: IMAGE, filters, kernel, apply }, given);
}

/**
 * A layer that makes short series long, the gradient of `conv1d` by its input: [n, steps, channels] becomes
 * [n, steps', filters]. Its parameters are kernel [kernelSize, filters / groups, channels] and bias [filters].
 *
 * @throws if `filters` or `kernelSize` is no whole number of at least 1, or an option or name is unknown
 */
export function conv1dTranspose(filters: number, kernelSize: number, options?: Conv1dTransposeLayerOptions): Layer {
  checkWhole('conv1dTranspose: filters', filters);
  checkWhole('conv1dTranspose: kernelSize', kernelSize);
  const given = conv1dTransposeOptions('conv1dTranspose', options);
  const { strides, padding, dilation, groups, outputPadding } = given;
  const each = eachOf('conv1dTranspose', 'filters', filters, groups);
  const kernel = (c: number) => [kernelSize, each, c];
  const apply: Kind['apply'] = (x, kernel, bias) =>
    conv1dTransposeOp(x, kernel, { strides, padding, dilation, groups, outputPadding, bias });
  const signature = [conv1dTranspose, filters, kernelSize, { ...options }];
  return convolutional({ kind: 'conv1dTranspose', signature, axes: SERIES, filters, kernel, apply }, given);
}

/**
 * A layer that makes small images large, the gradient of `conv2d` by its input: [n, height, width, channels] becomes
 * [n, rows, columns, filters]; with strides of 2 and padding 'same' twice as large. Its parameters are kernel
 * [rows, columns, filters / groups, channels] and bias [filters].
 *
 * @param kernelSize rows and columns of a filter, one number for both or [rows, columns]
 *
 * @example
 * conv2dTranspose(16, 3, { strides: 2, padding: 'same' })
 *
 * @throws if `filters` or `kernelSize` is no whole number of at least 1, or an option or name is unknown
 */
export function conv2dTranspose(filters: number, kernelSize: Pair, options?: Conv2dTransposeLayerOptions): Layer {
  checkWhole('conv2dTranspose: filters', filters);
  const size = checkedPair('conv2dTranspose: kernelSize', kernelSize);
  const given = conv2dTransposeOptions('conv2dTranspose', options);
  const { strides, padding, dilation, groups, outputPadding } = given;
  const each = eachOf('conv2dTranspose', 'filters', filters, groups);
  const kernel = (c: number) => [...size, each, c];
  const apply: Kind['apply'] = (x, kernel, bias) =>
    conv2dTransposeOp(x, kernel, { strides, padding, dilation, groups, outputPadding, bias });
  const signature = [conv2dTranspose, filters, size, { ...options }];
  return convolutional({ kind: 'conv2dTranspose', signature, axes: IMAGE, filters, kernel, apply }, given);
}
