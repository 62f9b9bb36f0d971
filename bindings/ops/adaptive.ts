// Pooling to a given size, whatever that of the input: what a net needs whose head expects so many pixels.

import { check, checkWhole } from '../errors.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkFloat } from './op.js';
import { along, stack } from './slicing.js';
import { checkedPair, checkSpatial, type Pair } from './spatial.js';

/** Means of `count` parts of an axis: part i goes from ⌊i·n / count⌋ up to but without ⌈(i + 1)·n / count⌉. */
function parts(where: string, x: Tensor, axis: number, count: number): Tensor {
  const n = x.shape[axis]!;
  check(n > 0, () => `${where} of ${shapeText(x.shape)}: axis ${axis} is empty`);
  if (count === n) return x;
  if (n % count === 0) {
    const { shape } = x;
    return x.reshape([...shape.slice(0, axis), count, n / count, ...shape.slice(axis + 1)]).mean(axis + 1);
  }
  const means = Array.from({ length: count }, (_, i) => {
    const range: [number, number] = [Math.floor((i * n) / count), Math.ceil(((i + 1) * n) / count)];
    return along(x, axis, range).mean(axis);
  });
  return stack(means, axis);
}

/**
 * Makes images of any size ones of `outputSize`: [n, height, width, channels] becomes [n, …outputSize, channels], each
 * pixel the mean of its part of the image. Parts overlap by a pixel where the size does not divide, as in PyTorch.
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: Pair): Tensor {
  checkSpatial('adaptiveAvgPool2d', x, 4);
  checkFloat('adaptiveAvgPool2d', [x]);
  const [height, width] = checkedPair('adaptiveAvgPool2d: outputSize', outputSize);
  return parts('adaptiveAvgPool2d', parts('adaptiveAvgPool2d', x, 1, height), 2, width);
}

/** The same of sequences: [n, time, features] becomes [n, outputSize, features]. */
export function adaptiveAvgPool1d(x: Tensor, outputSize: number): Tensor {
  checkSpatial('adaptiveAvgPool1d', x, 3);
  checkFloat('adaptiveAvgPool1d', [x]);
  checkWhole('adaptiveAvgPool1d: outputSize', outputSize);
  return parts('adaptiveAvgPool1d', x, 1, outputSize);
}
