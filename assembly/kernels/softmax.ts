// Softmax and cross-entropy over rows of cols elements; the largest of a row is subtracted before exp. A row with a NaN
// in it has a sum that is NaN, so that its largest element may be anything. Twin: bindings/kernels/softmax.ts.

import { CrossEntropyGradOperands, CrossEntropyOperands, LogSoftmaxOperands, SoftmaxOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { F4 } from '../simd';

/** What an element costs, next to one that is only moved. */
const WORK = 8;

class Lanes {
  /** The first n lanes of v, the others 0. */
  @inline
  static first(v: v128, n: i32): v128 {
    return v128.and(v, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(n)));
  }

  /** Lanes 1, 2, 3 of v, and x after them. */
  @inline
  static shiftIn(v: v128, x: f32): v128 {
    return v128.shuffle<f32>(v, f32x4.splat(x), 1, 2, 3, 4);
  }
}

/** The largest of n elements, n > 0, if none is NaN. */
function rowMost(x: usize, n: i32): f32 {
  const last = x + ((<usize>n) << 2) - 16;
  let most = v128.load32_splat(x);
  if (n < 4) {
    for (let i = 1; i < n; i++) {
      x += 4;
      most = f32x4.pmax(most, v128.load32_splat(x));
    }
    return f32x4.extract_lane(most, 0);
  }
  if (x < last) {
    do {
      most = f32x4.pmax(most, v128.load(x));
      x += 16;
    } while (x < last);
  }
  most = f32x4.pmax(most, v128.load(last));
  most = f32x4.pmax(most, i8x16.shuffle(most, most, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(f32x4.pmax(most, v128.shuffle<f32>(most, most, 1, 0, 3, 2)), 0);
}

/**
 * Σ e^(x - most); out, unless it is 0, = e^(x - most). The power of the last vector, which may be a part of one, leaves
 * the loop: one copy of exp.
 */
function sumExp(out: usize, x: usize, n: i32, most: f32): f32 {
  const m = f32x4.splat(most);
  let total = f32x4.splat(0);
  let left = (<usize>n) << 2;
  let v = F4.loadUpToFast(x, left);
  for (;;) {
    v = F4.exp(f32x4.sub(v, m));
    if (left <= 16) break;
    if (out) {
      v128.store(out, v);
      out += 16;
    }
    total = f32x4.add(total, v);
    x += 16;
    left -= 16;
    v = F4.loadUpToFast(x, left);
  }
  if (out) F4.storeUpTo(out, v, left);
  return F4.hsum(f32x4.add(total, Lanes.first(v, <i32>(left >> 2))));
}

/** out = out / total · scale */
function divideRow(out: usize, n: i32, total: f32, scale: f32): void {
  const t = f32x4.splat(total);
  const s = f32x4.splat(scale);
  if (n < 4) return F4.storePartial(out, f32x4.mul(f32x4.div(F4.loadPartial(out, n), t), s), n);
  const last = out + ((<usize>n) << 2) - 16;
  const lastFour = v128.load(last);
  if (out < last) {
    do {
      v128.store(out, f32x4.mul(f32x4.div(v128.load(out), t), s));
      out += 16;
    } while (out < last);
  }
  v128.store(last, f32x4.mul(f32x4.div(lastFour, t), s));
}

/** out = (x - most) - logTotal */
function writeLogSoftmax(out: usize, x: usize, n: i32, most: f32, logTotal: f32): void {
  const m = f32x4.splat(most);
  const l = f32x4.splat(logTotal);
  const end = out + ((<usize>(n & ~3)) << 2);
  if (out < end) {
    do {
      v128.store(out, f32x4.sub(f32x4.sub(v128.load(x), m), l));
      out += 16;
      x += 16;
    } while (out < end);
  }
  const rest = n & 3;
  if (rest) F4.storePartial(out, f32x4.sub(f32x4.sub(F4.loadPartial(x, rest), m), l), rest);
}

/** out = e^(x - max) / Σ e^(x - max) */
export function softmax(it: SoftmaxOperands, part: i32, parts: i32): void {
  const cols = it.cols;
  const bytes = (<usize>cols) << 2;
  const range = rangeOf(it.rows, cols * WORK, 1, part, parts);
  const first = startOf(range);
  const end = endOf(range);
  for (let r = first; r < end; r++) {
    const at = <usize>r * bytes;
    const out = it.out + at;
    const x = it.x + at;
    divideRow(out, cols, sumExp(out, x, cols, rowMost(x, cols)), 1);
  }
}

/** out = x - max - ln Σ e^(x - max) */
export function logSoftmax(it: LogSoftmaxOperands, part: i32, parts: i32): void {
  const cols = it.cols;
  const bytes = (<usize>cols) << 2;
  const range = rangeOf(it.rows, cols * WORK, 1, part, parts);
  const first = startOf(range);
  const end = endOf(range);
  for (let r = first; r < end; r++) {
    const at = <usize>r * bytes;
    const x = it.x + at;
    const most = rowMost(x, cols);
    const logTotal = f32x4.extract_lane(log4(f32x4.splat(sumExp(0, x, cols, most))), 0);
    writeLogSoftmax(it.out + at, x, cols, most, logTotal);
  }
}

function log4(x: v128): v128 {
  return F4.log(x);
}

/** out[r] = ln Σ e^(z - max) - (z[label] - max); NaN for a label that is no class. Four rows share a logarithm. */
export function crossEntropy(it: CrossEntropyOperands, part: i32, parts: i32): void {
  const cols = it.cols;
  const range = rangeOf(it.rows, cols * WORK, 1, part, parts);
  const end = endOf(range);
  for (let r = startOf(range); r < end; r += 4) {
    const n = min(end - r, 4);
    let totals = f32x4.splat(1);
    let picked = f32x4.splat(0);
    for (let j = r; j < r + 4; j++) {
      if (j < end) {
        const z = it.logits + ((<usize>(j * cols)) << 2);
        const most = rowMost(z, cols);
        const label = load<u32>(it.labels + ((<usize>j) << 2));
        totals = Lanes.shiftIn(totals, sumExp(0, z, cols, most));
        picked = Lanes.shiftIn(picked, (label < <u32>cols ? load<f32>(z + ((<usize>label) << 2)) : NaN) - most);
      } else {
        totals = Lanes.shiftIn(totals, 1);
        picked = Lanes.shiftIn(picked, 0);
      }
    }
    F4.storeUpTo(it.out + ((<usize>r) << 2), f32x4.sub(log4(totals), picked), (<usize>n) << 2);
  }
}

/** out[r] = g[r·gStep] · (softmax(z[r]) - onehot(label)) */
export function crossEntropyGrad(it: CrossEntropyGradOperands, part: i32, parts: i32): void {
  const cols = it.cols;
  const bytes = (<usize>cols) << 2;
  const range = rangeOf(it.rows, cols * WORK, 1, part, parts);
  const first = startOf(range);
  const end = endOf(range);
  for (let r = first; r < end; r++) {
    const at = <usize>r * bytes;
    const out = it.out + at;
    const z = it.logits + at;
    const total = sumExp(out, z, cols, rowMost(z, cols));
    const scale = load<f32>(it.g + ((<usize>(r * it.gStep)) << 2));
    const label = load<u32>(it.labels + ((<usize>r) << 2));
    const hit = out + ((<usize>label) << 2);
    const isClass = label < <u32>cols;
    const power = isClass ? load<f32>(hit) : 0;
    divideRow(out, cols, total, scale);
    if (isClass) store<f32>(hit, (power / total - 1) * scale);
  }
}
