// Convolutions, and their gradients by image and by kernel, as programs that do nothing else.

import * as wg from '../../build/internal.js';
import { operand } from '../product.js';

/** Layers of 3x3 with padding 'same': rows, columns and channels of the images, and filters; in as many groups as channels. */
const LAYERS = [
  { size: 14, channels: 16, filters: 32 },
  { size: 28, channels: 32, filters: 64 },
  { size: 28, channels: 1, filters: 16 },
  { size: 28, channels: 32, filters: 32, groups: 32 },
];

const IMAGES = 32;
const TAPS = 3;

/**
 * @typedef {object} ConvolutionCase
 * @property {string} name
 * @property {number} gigaflop
 * @property {{ shape: number[], data: Float32Array }[]} feeds
 * @property {(...inputs) => { outputs: unknown[] }} build
 */

/** @type {ConvolutionCase[]} */
export const CONVOLUTIONS = LAYERS.flatMap(({ size, channels, filters, groups = 1 }) => {
  const shapes = {
    x: [IMAGES, size, size, channels],
    kernel: [TAPS, TAPS, channels / groups, filters],
    g: [IMAGES, size, size, filters],
  };
  const [x, kernel, g] = Object.values(shapes).map((shape, i) => {
    return {
      shape,
      data: operand(
        shape.reduce((a, b) => a * b),
        i + 1,
      ),
    };
  });
  const convolved = (a, b) => wg.ops.conv2d(a, b, { padding: 'same', groups });
  const layer = `conv ${TAPS}x${TAPS} ${size}²x${channels}${groups > 1 ? ' depthwise' : `→${filters}`}`;
  const gigaflop = (2 * IMAGES * size * size * filters * TAPS * TAPS * (channels / groups)) / 1e9;
  const one = (what, feeds, result) => {
    return { name: `${layer}${what}`, gigaflop, feeds, build: (...inputs) => ({ outputs: [result(...inputs)] }) };
  };
  return [
    one('', [x, kernel], convolved),
    ...(channels > 1 ? [one(' dX', [x, kernel, g], (a, b, c) => wg.vjp((t) => convolved(t, b), a).pull(c))] : []),
    one(' dW', [x, kernel, g], (a, b, c) => wg.vjp((t) => convolved(a, t), b).pull(c)),
  ];
});
