// Softmax and cross-entropy over rows of cols elements; the largest of a row is subtracted before exp, so that no power
// is above
// 1. A row with a NaN in it has a sum that is NaN, so that its largest element may be anything. Twin:
//    bindings/kernels/softmax.ts.

import { Op } from '../opcodes';
import { CrossEntropyGradOperands, CrossEntropyOperands, LogSoftmaxOperands, SoftmaxOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { F4 } from '../simd';

/** What an element costs, next to one that is only moved. */
const WORK = 8;

/** Rows of 2 to so many elements are taken four at a time: longer ones fill their vectors, and gain nothing by it. */
const NARROW = 100;

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

/** Two columns of four rows, which lie one behind another. */
class Pair {
  /** [a0, a1, b0, b1] of the rows a and b */
  @inline
  static load(x: usize, row: usize): v128 {
    return v128.load_lane<f64>(x + row, v128.load64_zero(x), 1);
  }

  @inline
  static store(out: usize, row: usize, v: v128): void {
    v128.store_lane<f64>(out, v, 0);
    v128.store_lane<f64>(out + row, v, 1);
  }

  /** [a0, b0, c0, d0] */
  @inline
  static first(ab: v128, cd: v128): v128 {
    return v128.shuffle<f32>(ab, cd, 0, 2, 4, 6);
  }

  /** [a1, b1, c1, d1] */
  @inline
  static second(ab: v128, cd: v128): v128 {
    return v128.shuffle<f32>(ab, cd, 1, 3, 5, 7);
  }
}

/** The largest elements of four rows, a lane each. */
function mostOfFour(x: usize, row: usize): v128 {
  const last = x + row - 8;
  let ab = Pair.load(last, row);
  let cd = Pair.load(last + 2 * row, row);
  if (x < last) {
    do {
      ab = f32x4.pmax(ab, Pair.load(x, row));
      cd = f32x4.pmax(cd, Pair.load(x + 2 * row, row));
      x += 8;
    } while (x < last);
  }
  return f32x4.pmax(Pair.first(ab, cd), Pair.second(ab, cd));
}

/** What sumExp is of each of four rows, with the same sums: of each fourth element, then of these. */
function sumExpOfFour(out: usize, x: usize, row: usize, most: v128): v128 {
  const last = x + row - 8;
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  do {
    const ab = Pair.load(x, row);
    const cd = Pair.load(x + 2 * row, row);
    const first = F4.expAbove(f32x4.sub(Pair.first(ab, cd), most));
    const second = F4.expAbove(f32x4.sub(Pair.second(ab, cd), most));
    if (out) {
      Pair.store(out, row, v128.shuffle<f32>(first, second, 0, 4, 1, 5));
      Pair.store(out + 2 * row, row, v128.shuffle<f32>(first, second, 2, 6, 3, 7));
      out += 8;
    }
    const nextC = f32x4.add(a, first);
    const nextD = f32x4.add(b, second);
    a = c;
    b = d;
    c = nextC;
    d = nextD;
    x += 8;
  } while (x <= last);
  if (x < last + 8) {
    const ab = Pair.load(last, row);
    const cd = Pair.load(last + 2 * row, row);
    const v = F4.expAbove(f32x4.sub(Pair.second(ab, cd), most));
    a = f32x4.add(a, v);
    if (out) {
      v128.store_lane<f32>(out, v, 0);
      v128.store_lane<f32>(out + row, v, 1);
      v128.store_lane<f32>(out + 2 * row, v, 2);
      v128.store_lane<f32>(out + 3 * row, v, 3);
    }
  }
  return f32x4.add(f32x4.add(a, c), f32x4.add(b, d));
}

/** The largest of n elements, n > 0, if none is NaN. */
function rowMost(x: usize, n: i32): f32 {
  const end = x + ((<usize>n) << 2);
  let most = v128.load32_splat(x);
  for (; x + 16 <= end; x += 16) most = f32x4.pmax(most, v128.load(x));
  for (; x < end; x += 4) most = f32x4.pmax(most, v128.load32_splat(x));
  most = f32x4.pmax(most, v128.shuffle<f32>(most, most, 2, 3, 0, 1));
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
    v = F4.expAbove(f32x4.sub(v, m));
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

function log4(x: v128): v128 {
  return F4.log(x);
}

/**
 * What the kernels below have in common. Of narrow rows, each lane of the vectors is one of four; of others all are the
 * same.
 */
function overRows(
  op: i32,
  out: usize,
  x: usize,
  labels: usize,
  g: usize,
  gStep: i32,
  rows: i32,
  cols: i32,
  part: i32,
  parts: i32,
): void {
  const row = (<usize>cols) << 2;
  const outRow: usize = op === Op.crossEntropy ? 4 : row;
  const takesLogs = op === Op.crossEntropy || op === Op.logSoftmax;
  const isNarrow = cols >= 2 && cols <= NARROW;
  const range = rangeOf(rows, cols * WORK, 1, part, parts);
  const end = endOf(range);
  let r = startOf(range);
  out += <usize>r * outRow;
  x += <usize>r * row;
  while (r < end) {
    const n = isNarrow && r + 4 <= end ? 4 : 1;
    const powers: usize = takesLogs ? 0 : out;
    let most = n === 4 ? mostOfFour(x, row) : f32x4.splat(rowMost(x, cols));
    let totals =
      n === 4 ? sumExpOfFour(powers, x, row, most) : f32x4.splat(sumExp(powers, x, cols, f32x4.extract_lane(most, 0)));
    if (takesLogs) totals = log4(totals);
    for (const next = r + n; r < next; r++) {
      const label = labels ? load<u32>(labels + ((<usize>r) << 2)) : cols;
      const scale = g ? load<f32>(g + ((<usize>(r * gStep)) << 2)) : 1;
      finish(op, out, x, cols, f32x4.extract_lane(most, 0), f32x4.extract_lane(totals, 0), label, scale);
      most = Lanes.shiftIn(most, 0);
      totals = Lanes.shiftIn(totals, 0);
      out += outRow;
      x += row;
    }
  }
}

/** What is left to do with a row: `total` is its sum, or the logarithm of it. */
function finish(op: i32, out: usize, x: usize, cols: i32, most: f32, total: f32, label: u32, scale: f32): void {
  const isClass = label < <u32>cols;
  const at = (<usize>label) << 2;
  if (op === Op.logSoftmax) writeLogSoftmax(out, x, cols, most, total);
  else if (op === Op.crossEntropy) store<f32>(out, total - ((isClass ? load<f32>(x + at) : NaN) - most));
  else {
    const power = isClass ? load<f32>(out + at) : 0;
    divideRow(out, cols, total, scale);
    if (isClass) store<f32>(out + at, (power / total - 1) * scale);
  }
}

/** out = e^(x - max) / Σ e^(x - max) */
export function softmax(it: SoftmaxOperands, part: i32, parts: i32): void {
  if (!SLIM) return overRows(Op.softmax, it.out, it.x, 0, 0, 0, it.rows, it.cols, part, parts);
  const cols = it.cols;
  const bytes = (<usize>cols) << 2;
  for (let r = 0; r < it.rows; r++) {
    const at = <usize>r * bytes;
    const out = it.out + at;
    const x = it.x + at;
    divideRow(out, cols, sumExp(out, x, cols, rowMost(x, cols)), 1);
  }
}

/** out = x - max - ln Σ e^(x - max) */
export function logSoftmax(it: LogSoftmaxOperands, part: i32, parts: i32): void {
  overRows(Op.logSoftmax, it.out, it.x, 0, 0, 0, it.rows, it.cols, part, parts);
}

/** out[r] = ln Σ e^(z - max) - (z[label] - max); NaN for a label that is no class. */
export function crossEntropy(it: CrossEntropyOperands, part: i32, parts: i32): void {
  overRows(Op.crossEntropy, it.out, it.logits, it.labels, 0, 0, it.rows, it.cols, part, parts);
}

/** out[r] = g[r·gStep] · (softmax(z[r]) - onehot(label)) */
export function crossEntropyGrad(it: CrossEntropyGradOperands, part: i32, parts: i32): void {
  overRows(Op.crossEntropyGrad, it.out, it.logits, it.labels, it.g, it.gStep, it.rows, it.cols, part, parts);
}
