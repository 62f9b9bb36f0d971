// Softmax and cross-entropy over rows of cols elements; the largest of a row is subtracted before exp.
// Twin: bindings/kernels/softmax.ts.

import { F4 } from '../simd';

class Row {
  /** The first n lanes of v, the others 0. */
  @inline
  static first(v: v128, n: i32): v128 {
    return v128.and(v, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(n)));
  }
}

/** The largest element, NaN if there is one. */
export function rowMax(x: usize, n: i32): f32 {
  let most = f32x4.splat(-Infinity);
  const end = x + ((<usize>(n & ~3)) << 2);
  if (x < end) {
    do {
      most = f32x4.max(most, v128.load(x));
      x += 16;
    } while (x < end);
  }
  let largest = F4.hmax(most);
  for (let i = n & 3; i > 0; i--) {
    largest = max<f32>(largest, load<f32>(x));
    x += 4;
  }
  return largest;
}

/** Σ e^(x - max) */
function sumExp(x: usize, n: i32, most: f32): f32 {
  const m = f32x4.splat(most);
  let total = f32x4.splat(0);
  const end = x + ((<usize>(n & ~3)) << 2);
  if (x < end) {
    do {
      total = f32x4.add(total, F4.exp(f32x4.sub(v128.load(x), m)));
      x += 16;
    } while (x < end);
  }
  const rest = n & 3;
  if (rest) total = f32x4.add(total, Row.first(F4.exp(f32x4.sub(F4.loadPartial(x, rest), m)), rest));
  return F4.hsum(total);
}

/** out = e^(x - max) / total */
function writeSoftmax(out: usize, x: usize, n: i32, most: f32, total: f32): void {
  const m = f32x4.splat(most);
  const t = f32x4.splat(total);
  const end = out + ((<usize>(n & ~3)) << 2);
  if (out < end) {
    do {
      v128.store(out, f32x4.div(F4.exp(f32x4.sub(v128.load(x), m)), t));
      out += 16;
      x += 16;
    } while (out < end);
  }
  const rest = n & 3;
  if (rest) F4.storePartial(out, f32x4.div(F4.exp(f32x4.sub(F4.loadPartial(x, rest), m)), t), rest);
}

/** out = scale·out */
function scaleRow(out: usize, n: i32, scale: f32): void {
  const s = f32x4.splat(scale);
  const end = out + ((<usize>(n & ~3)) << 2);
  if (out < end) {
    do {
      v128.store(out, f32x4.mul(v128.load(out), s));
      out += 16;
    } while (out < end);
  }
  const rest = n & 3;
  if (rest) F4.storePartial(out, f32x4.mul(F4.loadPartial(out, rest), s), rest);
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

function logOf(x: f32): f32 {
  return f32x4.extract_lane(F4.log(f32x4.splat(x)), 0);
}

/** out = e^(x - max) / Σ e^(x - max) */
export function softmax(out: usize, x: usize, rows: i32, cols: i32, part: i32, parts: i32): void {
  if (part) return;
  const bytes = (<usize>cols) << 2;
  for (let r = 0; r < rows; r++) {
    const most = rowMax(x, cols);
    writeSoftmax(out, x, cols, most, sumExp(x, cols, most));
    out += bytes;
    x += bytes;
  }
}

/** out = x - max - ln Σ e^(x - max) */
export function logSoftmax(out: usize, x: usize, rows: i32, cols: i32, part: i32, parts: i32): void {
  if (part) return;
  const bytes = (<usize>cols) << 2;
  for (let r = 0; r < rows; r++) {
    const most = rowMax(x, cols);
    writeLogSoftmax(out, x, cols, most, logOf(sumExp(x, cols, most)));
    out += bytes;
    x += bytes;
  }
}

/** out[r] = ln Σ e^(z - max) - (z[label] - max); NaN for a label that is no class */
export function crossEntropy(
  out: usize,
  logits: usize,
  labels: usize,
  rows: i32,
  cols: i32,
  part: i32,
  parts: i32,
): void {
  if (part) return;
  for (let r = 0; r < rows; r++) {
    const most = rowMax(logits, cols);
    const label = load<u32>(labels);
    const picked: f32 = label < <u32>cols ? load<f32>(logits + ((<usize>label) << 2)) : NaN;
    store<f32>(out, logOf(sumExp(logits, cols, most)) - (picked - most));
    out += 4;
    labels += 4;
    logits += (<usize>cols) << 2;
  }
}

/** out[r] = g[r·gStep] · (softmax(z[r]) - onehot(label)) */
export function crossEntropyGrad(
  out: usize,
  g: usize,
  gStep: i32,
  logits: usize,
  labels: usize,
  rows: i32,
  cols: i32,
  part: i32,
  parts: i32,
): void {
  if (part) return;
  const bytes = (<usize>cols) << 2;
  for (let r = 0; r < rows; r++) {
    const most = rowMax(logits, cols);
    writeSoftmax(out, logits, cols, most, sumExp(logits, cols, most));
    const label = load<u32>(labels);
    const hit = out + ((<usize>label) << 2);
    if (label < <u32>cols) store<f32>(hit, load<f32>(hit) - 1);
    scaleRow(out, cols, load<f32>(g));
    out += bytes;
    logits += bytes;
    labels += 4;
    g += (<usize>gStep) << 2;
  }
}
