/**
 * Recurrence: all steps of a cell in one instruction, and all steps of its gradient in another. A part takes whole
 * samples, so that no step waits for another thread, and goes through all of their steps. What the input gives, z, was
 * computed before; each step is a product of the state with the recurrent kernel, and then a loop over the units. Twin:
 * bindings/kernels/recurrence.ts.
 *
 *     saved  [n, steps + 1, h | c i f g o of an lstm, r u n q of a gru]: a row for each state, the first one included
 *     out of the gradient  [n, steps + 1, by z, for a gru by r u q n]; the last row is that by the first state
 *
 * Going forward, row t of `saved` is the state before step t, in reverse that after it.
 */
import { RecurrenceGradOperands, RecurrenceOperands } from '../operands';
import { copyBytes, recurrenceGradScratch, recurrenceScratch } from '../recurrence';
import { endOf, rangeOf, startOf } from '../share';
import { F4 } from '../simd';
import { floats } from './gemm/lanes';
import { product } from './product';

/** Multiplications that take as long as one cheap element (see share.ts). */
const CHEAP = 8;

/** Gates of a gru and of an lstm. */
const GRU = 3;
const LSTM = 4;

/** How many times `units` a row of `saved` is. */
function savedWidth(gates: i32): i32 {
  return gates === LSTM ? 6 : gates === GRU ? 5 : 1;
}

/** What is inlined. */
class Inner {
  /** Whether the mask leaves out a step of a sample. */
  @inline
  static isLeftOut(mask: usize, sample: i32, steps: i32, t: i32): bool {
    return mask !== 0 && load<f32>(mask + ((<usize>(sample * steps + t)) << 2)) === 0;
  }

  /** y·(1 - y), the slope of the sigmoid y */
  @inline
  static slope(y: v128): v128 {
    return f32x4.sub(y, f32x4.mul(y, y));
  }

  /** 1 - y², the slope of the tanh y */
  @inline
  static tanhSlope(y: v128): v128 {
    return f32x4.sub(f32x4.splat(1), f32x4.mul(y, y));
  }
}

/** The samples of a part. */
function samplesOf(n: i32, steps: i32, units: i32, gates: i32, part: i32, parts: i32): i64 {
  const each = min<i64>((<i64>steps * units * units * gates) / CHEAP, i32.MAX_VALUE);
  return rangeOf(n, <i32>each, 1, part, parts);
}

/** The kernel [terms, columns] in the panels that `gemm` reads. */
function copyKernel(to: usize, kernel: usize, terms: i32, columns: i32): void {
  const row = floats(columns);
  for (let j: usize = 0; j < row; j += 32) {
    let from = kernel + j;
    const left = row - j;
    for (let p = 0; p < terms; p++) {
      v128.store(to, F4.loadUpTo(from, left));
      if (left > 16) v128.store(to, F4.loadUpTo(from + 16, left - 16), 16);
      to += 32;
      from += row;
    }
  }
}

/** out[rows, columns] = a[rows, terms] · kernel, which is in panels if it is a copy. */
function stepProduct(
  out: usize,
  a: usize,
  aRow: usize,
  kernel: usize,
  isCopy: bool,
  rows: i32,
  columns: i32,
  terms: i32,
  scratch: usize,
): void {
  const row = floats(columns);
  const kernelRow: usize = isCopy ? 32 : row;
  const kernelCol: usize = isCopy ? floats(terms) : 4;
  product(out, row, a, aRow, 4, kernel, kernelRow, kernelCol, rows, columns, terms, scratch);
}

/** Whether there are enough products, each of enough rows, to repay a copy of the kernel. */
function isCopied(rows: i32, steps: i32): bool {
  return rows >= 4 && rows * steps >= 128;
}

export function recurrence(it: RecurrenceOperands, part: i32, parts: i32): void {
  const steps = it.steps;
  const units = it.units;
  const gates = it.gates;
  const range = samplesOf(it.n, steps, units, gates, part, parts);
  const first = startOf(range);
  const rows = endOf(range) - first;
  if (rows <= 0) return;
  const columns = gates * units;
  const unitBytes = floats(units);
  const width = floats(savedWidth(gates) * units);
  const sample = <usize>(steps + 1) * width;
  const saved = it.out + <usize>first * sample;
  const copy = it.scratch + <usize>part * recurrenceScratch(it.n, units, gates);
  const sums = copy + copyBytes(it.n, units, columns);
  const isCopy = sums > copy && isCopied(rows, steps);
  if (isCopy) copyKernel(copy, it.kernel, units, columns);
  const kernel = isCopy ? copy : it.kernel;
  const stateBytes: usize = gates === LSTM ? unitBytes << 1 : unitBytes;
  const start = saved + (it.reverse ? <usize>steps * width : 0);
  for (let r = 0; r < rows; r++) {
    const to = start + <usize>r * sample;
    memory.copy(to, it.state + <usize>(first + r) * stateBytes, stateBytes);
    memory.fill(to + stateBytes, 0, width - stateBytes);
  }
  for (let turn = 0; turn < steps; turn++) {
    const t = it.reverse ? steps - 1 - turn : turn;
    const before = saved + <usize>(it.reverse ? t + 1 : t) * width;
    const after = saved + <usize>(it.reverse ? t : t + 1) * width;
    stepProduct(sums, before, sample, kernel, isCopy, rows, columns, units, sums + floats(rows * columns));
    for (let r = 0; r < rows; r++) {
      const at = <usize>r * sample;
      const step = <usize>(first + r) * steps + t;
      if (Inner.isLeftOut(it.mask, first + r, steps, t)) {
        memory.copy(after + at, before + at, stateBytes);
        memory.fill(after + at + stateBytes, 0, width - stateBytes);
        continue;
      }
      const z = it.z + step * floats(columns);
      const p = sums + <usize>r * floats(columns);
      if (gates === LSTM) lstmStep(after + at, before + at, z, p, unitBytes);
      else if (gates === GRU) gruStep(after + at, before + at, z, p, it.bias, unitBytes);
      else tanhs(after + at, p, z, unitBytes);
    }
  }
}

/** to = sigmoid(p + z). Gates have loops of their own: in one block with all of a cell's arithmetic V8 spills. */
function sigmoids(to: usize, p: usize, z: usize, bytes: usize): void {
  let left = bytes;
  do {
    F4.storeUpTo(to, F4.sigmoid(f32x4.add(F4.loadUpTo(p, left), F4.loadUpTo(z, left))), left);
    to += 16;
    p += 16;
    z += 16;
    left -= 16;
  } while (<isize>left > 0);
}

/** to = tanh(p + z) */
function tanhs(to: usize, p: usize, z: usize, bytes: usize): void {
  let left = bytes;
  do {
    F4.storeUpTo(to, F4.tanh(f32x4.add(F4.loadUpTo(p, left), F4.loadUpTo(z, left))), left);
    to += 16;
    p += 16;
    z += 16;
    left -= 16;
  } while (<isize>left > 0);
}

/** By the products `p`: the gates of the step, and before them h and c. */
function lstmStep(after: usize, before: usize, z: usize, p: usize, bytes: usize): void {
  let i = after + 2 * bytes;
  sigmoids(i, p, z, 2 * bytes);
  tanhs(i + 2 * bytes, p + 2 * bytes, z + 2 * bytes, bytes);
  sigmoids(i + 3 * bytes, p + 3 * bytes, z + 3 * bytes, bytes);
  let cell = before + bytes;
  let left = bytes;
  do {
    const kept = f32x4.mul(F4.loadUpTo(i + bytes, left), F4.loadUpTo(cell, left));
    const c = f32x4.add(kept, f32x4.mul(F4.loadUpTo(i, left), F4.loadUpTo(i + 2 * bytes, left)));
    F4.storeUpTo(after + bytes, c, left);
    F4.storeUpTo(after, f32x4.mul(F4.loadUpTo(i + 3 * bytes, left), F4.tanh(c)), left);
    after += 16;
    cell += 16;
    i += 16;
    left -= 16;
  } while (<isize>left > 0);
}

/** By the products `p`: h, r, u, n and q = h·R + bias of the step. */
function gruStep(after: usize, before: usize, z: usize, p: usize, bias: usize, bytes: usize): void {
  let r = after + bytes;
  sigmoids(r, p, z, 2 * bytes);
  z += 2 * bytes;
  p += 2 * bytes;
  let left = bytes;
  do {
    const q = f32x4.add(F4.loadUpTo(p, left), F4.loadUpTo(bias, left));
    F4.storeUpTo(r + 3 * bytes, q, left);
    const n = F4.tanh(f32x4.add(F4.loadUpTo(z, left), f32x4.mul(F4.loadUpTo(r, left), q)));
    F4.storeUpTo(r + 2 * bytes, n, left);
    F4.storeUpTo(
      after,
      f32x4.add(n, f32x4.mul(F4.loadUpTo(r + bytes, left), f32x4.sub(F4.loadUpTo(before, left), n))),
      left,
    );
    after += 16;
    before += 16;
    r += 16;
    z += 16;
    p += 16;
    bias += 16;
    left -= 16;
  } while (<isize>left > 0);
}

/**
 * From the last step to the first. `g` is [n, steps, units], by the outputs; of an lstm there is one row more, by the
 * last c. `kernel` is the recurrent kernel transposed, so that its lines are read as they lie.
 */
export function recurrenceGrad(it: RecurrenceGradOperands, part: i32, parts: i32): void {
  const steps = it.steps;
  const units = it.units;
  const gates = it.gates;
  const range = samplesOf(it.n, steps, units, gates, part, parts);
  const first = startOf(range);
  const rows = endOf(range) - first;
  if (rows <= 0) return;
  const isLstm = gates === LSTM;
  const columns = gates * units;
  const bytes = floats(units);
  const width = floats(savedWidth(gates) * units);
  const sample = <usize>(steps + 1) * width;
  const saved = it.saved + <usize>first * sample;
  const gradWidth = floats((gates === 1 ? 1 : 4) * units);
  const gradSample = <usize>(steps + 1) * gradWidth;
  const out = it.out + <usize>first * gradSample;
  const gSample = <usize>(isLstm ? steps + 1 : steps) * bytes;
  const all = <usize>rows * bytes;
  const copy = it.scratch + <usize>part * recurrenceGradScratch(it.n, units, gates);
  const h = copy + copyBytes(it.n, columns, units);
  const isCopy = h > copy && isCopied(rows, steps);
  if (isCopy) copyKernel(copy, it.kernel, columns, units);
  const kernel = isCopy ? copy : it.kernel;
  const c = h + all;
  const sums = c + all;
  const g = it.g + <usize>first * gSample;
  memory.fill(h, 0, all);
  if (isLstm) for (let r = 0; r < rows; r++) copyRow(c, r, g + <usize>r * gSample + <usize>steps * bytes, bytes);
  for (let turn = steps - 1; turn >= 0; turn--) {
    const t = it.reverse ? steps - 1 - turn : turn;
    const before = saved + <usize>(it.reverse ? t + 1 : t) * width;
    const after = saved + <usize>(it.reverse ? t : t + 1) * width;
    const row = out + <usize>t * gradWidth;
    for (let r = 0; r < rows; r++) {
      const carried = h + <usize>r * bytes;
      addTo(carried, g + <usize>r * gSample + <usize>t * bytes, bytes);
      const to = row + <usize>r * gradSample;
      const at = <usize>r * sample;
      if (Inner.isLeftOut(it.mask, first + r, steps, t)) memory.fill(to, 0, gradWidth);
      else if (isLstm) lstmBack(to, carried, c + <usize>r * bytes, after + at, before + at, bytes);
      else if (gates === GRU) gruBack(to, carried, after + at, before + at, bytes);
      else simpleBack(to, carried, after + at, bytes);
    }
    stepProduct(sums, row, gradSample, kernel, isCopy, rows, units, columns, sums + all);
    for (let r = 0; r < rows; r++) {
      if (Inner.isLeftOut(it.mask, first + r, steps, t)) continue;
      addTo(h + <usize>r * bytes, sums + <usize>r * bytes, bytes);
    }
  }
  for (let r = 0; r < rows; r++) {
    const to = out + <usize>r * gradSample + <usize>steps * gradWidth;
    memory.fill(to, 0, gradWidth);
    memory.copy(to, h + <usize>r * bytes, bytes);
    if (isLstm) memory.copy(to + bytes, c + <usize>r * bytes, bytes);
  }
}

function copyRow(to: usize, row: i32, from: usize, bytes: usize): void {
  memory.copy(to + <usize>row * bytes, from, bytes);
}

/** to = to + x; what is carried below 2^-100 becomes 0 */
function addTo(to: usize, x: usize, bytes: usize): void {
  let left = bytes;
  do {
    F4.storeUpTo(to, F4.flushed(f32x4.add(F4.loadUpTo(to, left), F4.loadUpTo(x, left))), left);
    to += 16;
    x += 16;
    left -= 16;
  } while (<isize>left > 0);
}

/** By z, for dL/dh in `h`, which becomes what goes on to the step before besides the product: nothing. */
function simpleBack(out: usize, h: usize, after: usize, bytes: usize): void {
  let left = bytes;
  const zero = f32x4.splat(0);
  do {
    F4.storeUpTo(out, f32x4.mul(F4.loadUpTo(h, left), Inner.tanhSlope(F4.loadUpTo(after, left))), left);
    F4.storeUpTo(h, zero, left);
    out += 16;
    h += 16;
    after += 16;
    left -= 16;
  } while (<isize>left > 0);
}

/** By i, f, g, o; `cell` is dL/dc of this step, and becomes that of the step before. */
function lstmBack(out: usize, h: usize, cell: usize, after: usize, before: usize, bytes: usize): void {
  let left = bytes;
  const zero = f32x4.splat(0);
  do {
    const p = after + 2 * bytes;
    const i = F4.loadUpTo(p, left);
    const f = F4.loadUpTo(p + bytes, left);
    const g = F4.loadUpTo(p + 2 * bytes, left);
    const o = F4.loadUpTo(p + 3 * bytes, left);
    const t = F4.tanh(F4.loadUpTo(after + bytes, left));
    const dh = F4.loadUpTo(h, left);
    const dc = f32x4.add(F4.loadUpTo(cell, left), f32x4.mul(f32x4.mul(dh, o), Inner.tanhSlope(t)));
    F4.storeUpTo(out, f32x4.mul(f32x4.mul(dc, g), Inner.slope(i)), left);
    F4.storeUpTo(out + bytes, f32x4.mul(f32x4.mul(dc, F4.loadUpTo(before + bytes, left)), Inner.slope(f)), left);
    F4.storeUpTo(out + 2 * bytes, f32x4.mul(f32x4.mul(dc, i), Inner.tanhSlope(g)), left);
    F4.storeUpTo(out + 3 * bytes, f32x4.mul(f32x4.mul(dh, t), Inner.slope(o)), left);
    F4.storeUpTo(cell, F4.flushed(f32x4.mul(dc, f)), left);
    F4.storeUpTo(h, zero, left);
    out += 16;
    h += 16;
    cell += 16;
    after += 16;
    before += 16;
    left -= 16;
  } while (<isize>left > 0);
}

/** By r, u, q, n; what goes on to the step before besides the product is dh·u. */
function gruBack(out: usize, h: usize, after: usize, before: usize, bytes: usize): void {
  let left = bytes;
  do {
    const p = after + bytes;
    const r = F4.loadUpTo(p, left);
    const u = F4.loadUpTo(p + bytes, left);
    const n = F4.loadUpTo(p + 2 * bytes, left);
    const q = F4.loadUpTo(p + 3 * bytes, left);
    const dh = F4.loadUpTo(h, left);
    const kept = f32x4.mul(dh, u);
    const dn = f32x4.mul(f32x4.sub(dh, kept), Inner.tanhSlope(n));
    F4.storeUpTo(out, f32x4.mul(f32x4.mul(dn, q), Inner.slope(r)), left);
    F4.storeUpTo(out + bytes, f32x4.mul(f32x4.mul(dh, f32x4.sub(F4.loadUpTo(before, left), n)), Inner.slope(u)), left);
    F4.storeUpTo(out + 2 * bytes, f32x4.mul(dn, r), left);
    F4.storeUpTo(out + 3 * bytes, dn, left);
    F4.storeUpTo(h, kept, left);
    out += 16;
    h += 16;
    after += 16;
    before += 16;
    left -= 16;
  } while (<isize>left > 0);
}
