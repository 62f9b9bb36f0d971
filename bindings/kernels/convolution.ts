// Convolution of images, and its gradients by image and by kernel, from the formula: summed in float64. Twin:
// assembly/kernels/convolution.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';
import { applyEpilogue } from './epilogue.js';

type Geometry = Operands<'convolution'>;

/**
 * Calls `visit` for each pixel of the results of an image and each tap of the kernel, in their order: with the numbers
 * of result, tap and pixel of the image, which is -1 outside of it.
 */
function forEachTap(
  { h, w, oh, ow, kh, kw, strideH, strideW, dilationH, dilationW, top, left }: Geometry,
  visit: (result: number, tap: number, pixel: number) => void,
): void {
  for (let i = 0; i < oh; i++) {
    for (let j = 0; j < ow; j++) {
      for (let p = 0; p < kh; p++) {
        const row = i * strideH + p * dilationH - top;
        for (let q = 0; q < kw; q++) {
          const column = j * strideW + q * dilationW - left;
          const isInside = row >= 0 && row < h && column >= 0 && column < w;
          visit(i * ow + j, p * kw + q, isInside ? row * w + column : -1);
        }
      }
    }
  }
}

/** Sums of the terms of `count` results. */
let sums = new Float64Array(0);

function noSums(count: number): void {
  if (sums.length < count) sums = new Float64Array(count);
  sums.fill(0, 0, count);
}

/**
 * out[n, oh, ow, o] = epilogue(a * b + bias), for images a [n, h, w, c] and a kernel b [kh, kw, c / groups, o]. Outside
 * of an image there are zeros, which are multiplied like other numbers.
 */
export function convolution(views: Views, it: Geometry): void {
  const { f } = views;
  const { out, a, b, n, h, w, c, oh, ow, o, groups } = it;
  const [each, filters] = [c / groups, o / groups];
  const size = oh * ow * o;
  for (let t = 0; t < n; t++) {
    noSums(size);
    forEachTap(it, (result, tap, pixel) => {
      for (let g = 0; g < groups; g++) {
        const to = result * o + g * filters;
        for (let k = 0; k < each; k++) {
          const x = pixel < 0 ? 0 : f[a + (t * h * w + pixel) * c + g * each + k]!;
          const at = b + (tap * each + k) * o + g * filters;
          for (let j = 0; j < filters; j++) sums[to + j]! += x * f[at + j]!;
        }
      }
    });
    f.set(sums.subarray(0, size), out + t * size);
  }
  applyEpilogue(views, it, n * oh * ow, o);
}

/**
 * The gradient by the images: out[n, h, w, c] = epilogue(the sum of a · b over what reads the pixel + bias), for
 * gradients a [n, oh, ow, o] and a kernel b. Results that would lie outside, at a whole place, have the gradient 0,
 * which is multiplied like other numbers.
 */
export function convolutionInput(views: Views, it: Operands<'convolutionInput'>): void {
  const { f } = views;
  const { out, a, b, n, h, w, c, oh, ow, o, kh, kw, groups } = it;
  const [each, filters] = [c / groups, o / groups];
  for (let to = out, pixel = 0; pixel < n * h * w; pixel++) {
    const t = Math.floor(pixel / (h * w));
    const readers = (at: number, size: number, taps: number, stride: number, dilation: number) =>
      Array.from({ length: taps }, (_, p) => ({ p, place: (at - p * dilation) / stride }))
        .filter(({ place }) => Number.isInteger(place))
        .map(({ p, place }) => ({ p, place: place >= 0 && place < size ? place : -1 }));
    const rows = readers((Math.floor(pixel / w) % h) + it.top, oh, kh, it.strideH, it.dilationH);
    const columns = readers((pixel % w) + it.left, ow, kw, it.strideW, it.dilationW);
    for (let k = 0; k < c; k++, to++) {
      const g = Math.floor(k / each);
      let sum = 0;
      for (const { p, place: i } of rows) {
        for (const { p: q, place: j } of columns) {
          const from = i < 0 || j < 0 ? -1 : a + ((t * oh + i) * ow + j) * o + g * filters;
          const at = b + ((p * kw + q) * each + (k % each)) * o + g * filters;
          for (let m = 0; m < filters; m++) sum += (from < 0 ? 0 : f[from + m]!) * f[at + m]!;
        }
      }
      f[to] = sum;
    }
  }
  applyEpilogue(views, it, n * h * w, c);
}

/**
 * The gradient by the kernel: out[kh, kw, c / groups, o] = the sum of a · b over all results that the weight is part
 * of, for images a and gradients b [n, oh, ow, o].
 */
export function convolutionKernel({ f }: Views, it: Operands<'convolutionKernel'>): void {
  const { out, a, b, n, h, w, c, oh, ow, o, kh, kw, groups } = it;
  const [each, filters] = [c / groups, o / groups];
  noSums(kh * kw * each * o);
  for (let t = 0; t < n; t++) {
    forEachTap(it, (result, tap, pixel) => {
      const from = b + (t * oh * ow + result) * o;
      for (let g = 0; g < groups; g++) {
        for (let k = 0; k < each; k++) {
          const x = pixel < 0 ? 0 : f[a + (t * h * w + pixel) * c + g * each + k]!;
          const to = (tap * each + k) * o + g * filters;
          for (let j = 0; j < filters; j++) sums[to + j]! += x * f[from + g * filters + j]!;
        }
      }
    });
  }
  f.set(sums.subarray(0, kh * kw * each * o), out);
}
