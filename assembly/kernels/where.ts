// Choice between two operands. Twin: bindings/kernels/where.ts.

import { WhereOperands } from '../operands';
import { endOf, LINE, Share, startOf } from '../share';
import { F4 } from '../simd';

class Choice {
  /** a where condition is not 0, else b; a and b in turn where `flip` is set */
  @inline
  static lanes(condition: v128, a: v128, b: v128, flip: v128): v128 {
    return v128.bitselect(a, b, v128.xor(f32x4.ne(condition, f32x4.splat(0)), flip));
  }
}

/** From `out` to `fours` in whole vectors; a and b are both arrays. */
function chooseArrays(out: usize, condition: usize, a: usize, b: usize, fours: usize): void {
  do {
    v128.store(out, Choice.lanes(v128.load(condition), v128.load(a), v128.load(b), i32x4.splat(0)));
    out += 16;
    condition += 16;
    a += 16;
    b += 16;
  } while (out < fours);
}

/**
 * From `out` to `fours` in whole vectors: x where condition is not 0, else `element`, or with `flip` the other way
 * round.
 */
function chooseElement(out: usize, condition: usize, x: usize, element: usize, flip: v128, fours: usize): void {
  const e = v128.load32_splat(element);
  do {
    v128.store(out, Choice.lanes(v128.load(condition), v128.load(x), e, flip));
    out += 16;
    condition += 16;
    x += 16;
  } while (out < fours);
}

/** out[k] = a[k·aStep] where condition[k] is not 0, else b[k·bStep]; a step is 0 or 1 */
export function where(it: WhereOperands, part: i32, parts: i32): void {
  const aStep = it.aStep;
  const bStep = it.bStep;
  const range = Share.of(it.n, 1, LINE, part, parts);
  const from = (<usize>startOf(range)) << 2;
  const bytes = ((<usize>endOf(range)) << 2) - from;
  let out = it.out + from;
  let condition = it.condition + from;
  let a = it.a + from * aStep;
  let b = it.b + from * bStep;
  const end = out + bytes;
  const fours = end - (bytes & 15);
  if (out < fours && aStep + bStep) {
    if (aStep & bStep) chooseArrays(out, condition, a, b, fours);
    else if (aStep) chooseElement(out, condition, a, b, i32x4.splat(0), fours);
    else chooseElement(out, condition, b, a, i32x4.splat(-1), fours);
    const done = fours - out;
    condition += done;
    a += done * aStep;
    b += done * bStep;
    out = fours;
  }
  while (out < end) {
    const left = end - out;
    const va = aStep ? F4.loadUpTo(a, left) : v128.load32_splat(a);
    const vb = bStep ? F4.loadUpTo(b, left) : v128.load32_splat(b);
    F4.storeUpTo(out, Choice.lanes(F4.loadUpTo(condition, left), va, vb, i32x4.splat(0)), left);
    out += 16;
    condition += 16;
    a += 16 * aStep;
    b += 16 * bStep;
  }
}
