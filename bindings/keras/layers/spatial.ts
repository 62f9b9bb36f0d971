// Pooling, padding, cropping, resizing, and layers that change shapes alone.

import type { Json } from '../../io/values.js';
import type { Settings } from '../settings.js';
import type { Row, Rows } from './row.js';

const pooling =
  (kind: string, rank: number): Row =>
  (s, name) => {
    s.channelsLast();
    const size = s.each('pool_size', rank, 2);
    const given = s.get('strides');
    const strides = given === undefined ? size : s.each('strides', rank);
    const options = {
      strides: rank === 1 ? strides[0]! : strides,
      padding: s.word('padding', ['valid', 'same']),
      name,
    };
    return { call: { $layer: kind, args: [rank === 1 ? size[0]! : size, options] } };
  };

const globalPooling =
  (kind: string): Row =>
  (s, name) => {
    s.channelsLast();
    return { call: { $layer: kind, args: [{ keepDims: s.flag('keepdims', false), name }] } };
  };

/** How much is put around a series, or cut off. */
const ofSeries =
  (kind: string, option: string): Row =>
  (s, name) => {
    s.channelsLast();
    const given = s.get(option) ?? 1;
    return {
      call: { $layer: kind, args: [Array.isArray(given) ? s.each(option, 2, 0, 0) : s.whole(option, 1, 0), { name }] },
    };
  };

/** The same of images: a number, [height, width], or [[top, bottom], [left, right]]. */
const ofImages =
  (kind: string, option: string, otherwise: number): Row =>
  (s, name) => {
    s.channelsLast();
    return { call: { $layer: kind, args: [sides(s, option, s.get(option) ?? otherwise), { name }] } };
  };

function sides(s: Settings, option: string, given: unknown): Json {
  const isWidth = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0 && (n as number) < 2 ** 31;
  const isPair = (both: unknown): boolean => Array.isArray(both) && both.length === 2 && both.every(isWidth);
  const fits = isWidth(given) || isPair(given) || (Array.isArray(given) && given.length === 2 && given.every(isPair));
  if (!fits) s.refuse(option, 'must be whole numbers of at least 0');
  return given as Json;
}

/** Interpolation makes a tensor for each pixel between two. */
const MOST_BETWEEN = 256;

export const SPATIAL: Rows = {
  MaxPooling1D: pooling('maxPool1d', 1),
  MaxPooling2D: pooling('maxPool2d', 2),
  AveragePooling1D: pooling('avgPool1d', 1),
  AveragePooling2D: pooling('avgPool2d', 2),
  GlobalAveragePooling1D: globalPooling('globalAvgPool1d'),
  GlobalAveragePooling2D: globalPooling('globalAvgPool2d'),
  GlobalMaxPooling1D: globalPooling('globalMaxPool1d'),
  GlobalMaxPooling2D: globalPooling('globalMaxPool2d'),
  ZeroPadding1D: ofSeries('zeroPadding1d', 'padding'),
  ZeroPadding2D: ofImages('zeroPadding2d', 'padding', 1),
  Cropping1D: ofSeries('cropping1d', 'cropping'),
  Cropping2D: ofImages('cropping2d', 'cropping', 0),
  UpSampling2D(s, name) {
    s.channelsLast();
    const size = s.each('size', 2, 2);
    const interpolation = s.word('interpolation', ['nearest', 'bilinear']);
    if (interpolation === 'bilinear' && size.some((n) => n > MOST_BETWEEN)) s.refuse('size');
    return { call: { $layer: 'upSampling2d', args: [{ size, interpolation, name }] } };
  },
  Reshape: (s, name) => ({ call: { $layer: 'reshape', args: [s.wholes('target_shape', -1), { name }] } }),
  Permute: (s, name) => ({ call: { $layer: 'permute', args: [s.wholes('dims', 1), { name }] } }),
  RepeatVector: (s, name) => ({ call: { $layer: 'repeatVector', args: [s.whole('n'), { name }] } }),
};

/** What Keras had before 3 as an alias, and old files name. */
export const ALIASES: Readonly<Record<string, string>> = {
  MaxPool1D: 'MaxPooling1D',
  MaxPool2D: 'MaxPooling2D',
  AvgPool1D: 'AveragePooling1D',
  AvgPool2D: 'AveragePooling2D',
  GlobalMaxPool1D: 'GlobalMaxPooling1D',
  GlobalMaxPool2D: 'GlobalMaxPooling2D',
  GlobalAvgPool1D: 'GlobalAveragePooling1D',
  GlobalAvgPool2D: 'GlobalAveragePooling2D',
  Convolution1D: 'Conv1D',
  Convolution2D: 'Conv2D',
  Convolution2DTranspose: 'Conv2DTranspose',
  SeparableConvolution2D: 'SeparableConv2D',
  BatchNormalizationV1: 'BatchNormalization',
  BatchNormalizationV2: 'BatchNormalization',
};
