// Convolution of images, and its gradients by image and by kernel, from the formula: summed in float64. Twin:
// assembly/kernels/convolution.ts.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';
import { applyEpilogue } from './epilogue.js';

type Geometry = Operands<'convolution'>;

let kept = new Float64Array(0);

/** Sums of the terms of `count` results. */
function noSums(count: number): Float64Array {
  if (kept.length < count) kept = new Float64Array(count);
  return kept.subarray(0, count).fill(0);
}

/**
 * Adds the products of the pixels of image t and what they are multiplied by, tap by tap for each result: to the sums
 * of its results, or with `byKernel` to those of the weights. Outside of an image there are zeros, which are multiplied
 * like other numbers.
 */
function addTaps({ f }: Views, it: Geometry, t: number, sums: Float64Array, byKernel: boolean): void {
  const { a, b, h, w, c, oh, ow, o, kh, kw, strideH, strideW, dilationH, dilationW, top, left, groups } = it;
  const [each, filters] = [c / groups, o / groups];
  for (let r = 0; r < oh * ow; r++) {
    const [first, start] = [Math.floor(r / ow) * strideH - top, (r % ow) * strideW - left];
    for (let p = 0, weight = 0; p < kh; p++) {
      const row = first + p * dilationH;
      for (let q = 0; q < kw; q++) {
        const column = start + q * dilationW;
        const isInside = row >= 0 && row < h && column >= 0 && column < w;
        const pixel = a + ((t * h + row) * w + column) * c;
        for (let k = 0; k < each; k++, weight += o) {
          for (let g = 0; g < groups; g++) {
            const x = isInside ? f[pixel + g * each + k]! : 0;
            const [result, tap] = [r * o + g * filters, weight + g * filters];
            const to = byKernel ? tap : result;
            const at = b + (byKernel ? t * oh * ow * o + result : tap);
            for (let j = 0; j < filters; j++) sums[to + j]! += x * f[at + j]!;
          }
        }
      }
    }
  }
}

/**
 * out[n, oh, ow, o] = epilogue(a * b + bias), for images a [n, h, w, c] and a kernel b [kh, kw, c / groups, o].
 */
export function convolution(views: Views, it: Geometry): void {
  const { out, n, oh, ow, o } = it;
  const size = oh * ow * o;
  for (let t = 0; t < n; t++) {
    const sums = noSums(size);
    addTaps(views, it, t, sums, false);
    views.f.set(sums, out + t * size);
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
  const { out, a, b, n, h, w, c, oh, ow, o, kh, kw, strideH, strideW, dilationH, dilationW, groups } = it;
  const [each, filters] = [c / groups, o / groups];
  const sums = noSums(c);
  for (let pixel = 0; pixel < n * h * w; pixel++) {
    const t = Math.floor(pixel / (h * w));
    const [y, x] = [(Math.floor(pixel / w) % h) + it.top, (pixel % w) + it.left];
    sums.fill(0);
    for (let p = 0; p < kh; p++) {
      const i = (y - p * dilationH) / strideH;
      if (!Number.isInteger(i)) continue;
      for (let q = 0; q < kw; q++) {
        const j = (x - q * dilationW) / strideW;
        if (!Number.isInteger(j)) continue;
        const isInside = i >= 0 && i < oh && j >= 0 && j < ow;
        const result = a + ((t * oh + i) * ow + j) * o;
        for (let k = 0; k < c; k++) {
          const g = Math.floor(k / each) * filters;
          const at = b + ((p * kw + q) * each + (k % each)) * o + g;
          let sum = sums[k]!;
          for (let m = 0; m < filters; m++) sum += (isInside ? f[result + g + m]! : 0) * f[at + m]!;
          sums[k] = sum;
        }
      }
    }
    f.set(sums, out + pixel * c);
  }
  applyEpilogue(views, it, n * h * w, c);
}

/**
 * The gradient by the kernel: out[kh, kw, c / groups, o] = the sum of a · b over all results that the weight is part
 * of, for images a and gradients b [n, oh, ow, o].
 */
export function convolutionKernel(views: Views, it: Operands<'convolutionKernel'>): void {
  const { out, n, c, o, kh, kw, groups } = it;
  const size = (kh * kw * c * o) / groups;
  const sums = noSums(size);
  for (let t = 0; t < n; t++) addTaps(views, it, t, sums, true);
  views.f.set(sums, out);
}
