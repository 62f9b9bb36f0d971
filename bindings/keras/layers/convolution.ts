// Convolutions.

import type { Json } from '../../io/values.js';
import type { Settings } from '../settings.js';
import { activationOf } from './activations.js';
import { BIAS, filterOptions, KERNEL } from './filters.js';
import type { Made, Row, Rows, Weight } from './row.js';

/** One number for a series, two for images. */
const sizes = (all: readonly number[]): Json => (all.length === 1 ? all[0]! : all);

/** Where the windows of `rank` axes lie. */
function windows(s: Settings, rank: number) {
  s.channelsLast();
  return {
    size: s.each('kernel_size', rank),
    strides: s.each('strides', rank, 1),
    dilation: s.each('dilation_rate', rank, 1),
  };
}

const convolution =
  (kind: string, rank: number): Row =>
  (s, name) => {
    const { size, strides, dilation } = windows(s, rank);
    const { options, useBias } = filterOptions(s, name, { kernel: true });
    const padding = s.word('padding', rank === 1 ? ['valid', 'same', 'causal'] : ['valid', 'same']);
    const more = {
      ...options,
      strides: sizes(strides),
      dilation: sizes(dilation),
      groups: s.whole('groups', 1),
      padding: padding === 'causal' ? [(size[0]! - 1) * dilation[0]!, 0] : padding,
      activation: activationOf(s),
    };
    return {
      call: { $layer: kind, args: [s.whole('filters'), sizes(size), more] },
      weights: useBias ? [KERNEL, BIAS] : [KERNEL],
    };
  };

const transposed =
  (kind: string, rank: number): Row =>
  (s, name) => {
    const { size, strides, dilation } = windows(s, rank);
    const { options, useBias } = filterOptions(s, name, { kernel: true });
    const padding = s.word('padding', ['valid', 'same']);
    const given = s.get('output_padding');
    if (given !== undefined && padding === 'same') s.refuse('output_padding', "is not supported with padding 'same'");
    // Without it Keras leaves no pixel out where windows are shorter than their distance.
    const least = size.map((taps, i) => Math.max(strides[i]! - ((taps - 1) * dilation[i]! + 1), 0));
    const outputPadding = given === undefined ? least : s.each('output_padding', rank, 0, 0);
    const more = {
      ...options,
      strides: sizes(strides),
      dilation: sizes(dilation),
      groups: s.whole('groups', 1),
      padding,
      ...(padding === 'valid' && { outputPadding: sizes(outputPadding) }),
      activation: activationOf(s),
    };
    return {
      call: { $layer: kind, args: [s.whole('filters'), sizes(size), more] },
      weights: useBias ? [KERNEL, BIAS] : [KERNEL],
    };
  };

/** Options of filters over each channel by itself. */
function depthwise(s: Settings, name: string) {
  const { size, strides, dilation } = windows(s, 2);
  const { options, useBias } = filterOptions(s, name);
  const more = {
    ...options,
    strides: sizes(strides),
    dilation: sizes(dilation),
    padding: s.word('padding', ['valid', 'same']),
    depthMultiplier: s.whole('depth_multiplier', 1),
    depthwiseRegularizer: s.regularizer('depthwise_regularizer'),
    activation: activationOf(s),
  };
  if (s.whole('groups', 1) !== 1) s.refuse('groups');
  return { size, useBias, more };
}

const DEPTHWISE: Weight = ['kernel', 'kernel', 'depthwise_kernel'];

export const CONVOLUTION: Rows = {
  Conv1D: convolution('conv1d', 1),
  Conv2D: convolution('conv2d', 2),
  Conv1DTranspose: transposed('conv1dTranspose', 1),
  Conv2DTranspose: transposed('conv2dTranspose', 2),
  DepthwiseConv2D(s, name): Made {
    const { size, useBias, more } = depthwise(s, name);
    return {
      call: { $layer: 'depthwiseConv2d', args: [size, more] },
      weights: useBias ? [DEPTHWISE, BIAS] : [DEPTHWISE],
    };
  },
  SeparableConv2D(s, name): Made {
    const { size, useBias, more } = depthwise(s, name);
    const kernels: Weight[] = [
      ['depthwiseKernel', 'depthwise_kernel'],
      ['pointwiseKernel', 'pointwise_kernel'],
    ];
    const pointwiseRegularizer = s.regularizer('pointwise_regularizer');
    return {
      call: { $layer: 'separableConv2d', args: [s.whole('filters'), size, { ...more, pointwiseRegularizer }] },
      weights: useBias ? [...kernels, BIAS] : kernels,
    };
  },
};
