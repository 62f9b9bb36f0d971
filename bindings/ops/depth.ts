// Pixels that become channels, and channels that become pixels: no value is lost or made.

import { check, checkWhole } from '../errors.js';
import { shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkSpatial } from './spatial.js';

/**
 * Makes images `blockSize` times as large, out of their channels: [n, h, w, b·b·c] becomes [n, b·h, b·w, c]. The first
 * c channels are the upper left pixels of all blocks, as in TensorFlow; PixelShuffle of PyTorch has the channels in
 * another order, c before b·b.
 *
 * @throws if the channels do not divide by blockSize²
 */
export function depthToSpace(x: Tensor, blockSize: number): Tensor {
  checkSpatial('depthToSpace', x, 4);
  checkWhole('depthToSpace: blockSize', blockSize);
  const [n, h, w, channels] = x.shape as [number, number, number, number];
  const c = channels / blockSize ** 2;
  check(Number.isInteger(c), () => {
    return `depthToSpace of ${shapeText(x.shape)}: the channels must divide by ${blockSize}², got ${channels}`;
  });
  return x
    .reshape([n, h, w, blockSize, blockSize, c])
    .transpose([0, 1, 3, 2, 4, 5])
    .reshape([n, h * blockSize, w * blockSize, c]);
}

/**
 * The reverse of `depthToSpace`: [n, b·h, b·w, c] becomes [n, h, w, b·b·c]. The pixels of each block, row by row,
 * become the channels of one pixel.
 *
 * @throws if height or width does not divide by blockSize
 */
export function spaceToDepth(x: Tensor, blockSize: number): Tensor {
  checkSpatial('spaceToDepth', x, 4);
  checkWhole('spaceToDepth: blockSize', blockSize);
  const [n, height, width, c] = x.shape as [number, number, number, number];
  const [h, w] = [height / blockSize, width / blockSize];
  check(Number.isInteger(h) && Number.isInteger(w), () => {
    return `spaceToDepth of ${shapeText(x.shape)}: height and width must divide by ${blockSize}`;
  });
  return x
    .reshape([n, h, blockSize, w, blockSize, c])
    .transpose([0, 1, 3, 2, 4, 5])
    .reshape([n, h, w, blockSize * blockSize * c]);
}
