// Elementwise kernels: each op is one expression of four lanes; the walk over elements is written once, and inlined once
// an op with the op as a constant. Twin: bindings/kernels/elementwise.ts.
//
// The hot loops are do … while with one block: V8 computes constants and splats again in each turn of any other loop.

import { Op } from '../opcodes';
import { F4 } from '../simd';

class Unary {
  @inline
  static lanes(op: i32, x: v128, p: v128): v128 {
    if (op === Op.neg) return f32x4.neg(x);
    if (op === Op.abs) return f32x4.abs(x);
    if (op === Op.sign) return F4.sign(x);
    if (op === Op.square) return f32x4.mul(x, x);
    if (op === Op.sqrt) return f32x4.sqrt(x);
    if (op === Op.exp) return F4.exp(x);
    if (op === Op.log) return F4.log(x);
    if (op === Op.relu) return F4.relu(x);
    if (op === Op.leakyRelu) return v128.bitselect(x, f32x4.mul(p, x), f32x4.gt(x, f32x4.splat(0)));
    if (op === Op.sigmoid) return F4.sigmoid(x);
    if (op === Op.tanh) return F4.tanh(x);
    if (op === Op.softplus) return F4.softplus(x);
    if (op === Op.expm1) return F4.expm1(x);
    if (op === Op.log1p) return F4.log1p(x);
    if (op === Op.sin) return F4.sin(x);
    if (op === Op.cos) return F4.cos(x);
    if (op === Op.atan) return F4.atan(x);
    if (op === Op.erf) return F4.erf(x);
    if (op === Op.floor) return f32x4.floor(x);
    if (op === Op.ceil) return f32x4.ceil(x);
    if (op === Op.round) return f32x4.nearest(x);
    return f32x4.convert_i32x4_s(x); // toFloat
  }

  /** out[i] = op(x[i]) */
  @inline
  static map(op: i32, out: usize, x: usize, n: i32, p: f32): void {
    const slope = f32x4.splat(p);
    const end = out + ((<usize>(n & ~3)) << 2);
    if (out < end) {
      do {
        v128.store(out, Unary.lanes(op, v128.load(x), slope));
        out += 16;
        x += 16;
      } while (out < end);
    }
    const rest = n & 3;
    if (rest) F4.storePartial(out, Unary.lanes(op, F4.loadPartial(x, rest), slope), rest);
  }
}

class Binary {
  @inline
  static lanes(op: i32, a: v128, b: v128, p: v128): v128 {
    const zero = f32x4.splat(0);
    const one = f32x4.splat(1);
    if (op === Op.add) return f32x4.add(a, b);
    if (op === Op.sub) return f32x4.sub(a, b);
    if (op === Op.mul) return f32x4.mul(a, b);
    if (op === Op.div) return f32x4.div(a, b);
    if (op === Op.maximum) return f32x4.max(a, b);
    if (op === Op.minimum) return f32x4.min(a, b);
    if (op === Op.equal) return v128.and(f32x4.eq(a, b), one);
    if (op === Op.equalInt) return v128.and(i32x4.eq(a, b), one);
    if (op === Op.greater) return v128.and(f32x4.gt(a, b), one);
    if (op === Op.greaterEqual) return v128.and(f32x4.ge(a, b), one);
    if (op === Op.pow) return F4.pow(a, b);
    if (op === Op.reluGrad) return v128.and(a, f32x4.gt(b, zero));
    if (op === Op.leakyReluGrad) return v128.bitselect(a, f32x4.mul(p, a), f32x4.gt(b, zero));
    if (op === Op.sigmoidGrad) return f32x4.mul(f32x4.mul(a, b), f32x4.sub(one, b));
    return f32x4.mul(a, f32x4.sub(one, f32x4.mul(b, b))); // tanhGrad
  }

  @inline
  static both(op: i32, out: usize, a: usize, b: usize, n: i32, p: v128): void {
    const end = out + ((<usize>(n & ~3)) << 2);
    if (out < end) {
      do {
        v128.store(out, Binary.lanes(op, v128.load(a), v128.load(b), p));
        out += 16;
        a += 16;
        b += 16;
      } while (out < end);
    }
    const rest = n & 3;
    if (rest) F4.storePartial(out, Binary.lanes(op, F4.loadPartial(a, rest), F4.loadPartial(b, rest), p), rest);
  }

  /** b is one element. */
  @inline
  static left(op: i32, out: usize, a: usize, b: usize, n: i32, p: v128): void {
    const vb = v128.load32_splat(b);
    const end = out + ((<usize>(n & ~3)) << 2);
    if (out < end) {
      do {
        v128.store(out, Binary.lanes(op, v128.load(a), vb, p));
        out += 16;
        a += 16;
      } while (out < end);
    }
    const rest = n & 3;
    if (rest) F4.storePartial(out, Binary.lanes(op, F4.loadPartial(a, rest), vb, p), rest);
  }

  /** a is one element. */
  @inline
  static right(op: i32, out: usize, a: usize, b: usize, n: i32, p: v128): void {
    const va = v128.load32_splat(a);
    const end = out + ((<usize>(n & ~3)) << 2);
    if (out < end) {
      do {
        v128.store(out, Binary.lanes(op, va, v128.load(b), p));
        out += 16;
        b += 16;
      } while (out < end);
    }
    const rest = n & 3;
    if (rest) F4.storePartial(out, Binary.lanes(op, va, F4.loadPartial(b, rest), p), rest);
  }

  /** out[r, c] = op(a[r·aRow + c·aCol], b[r·bRow + c·bCol]); a column step is 0 or 1. */
  @inline
  static map(
    op: i32,
    out: usize,
    a: usize,
    b: usize,
    rows: i32,
    cols: i32,
    aRow: i32,
    aCol: i32,
    bRow: i32,
    bCol: i32,
    p: f32,
  ): void {
    const slope = f32x4.splat(p);
    for (let r = 0; r < rows; r++) {
      if (aCol & bCol) Binary.both(op, out, a, b, cols, slope);
      else if (aCol) Binary.left(op, out, a, b, cols, slope);
      else Binary.right(op, out, a, b, cols, slope);
      out += (<usize>cols) << 2;
      a += (<usize>aRow) << 2;
      b += (<usize>bRow) << 2;
    }
  }
}

export function unary(op: i32, out: usize, x: usize, n: i32, p: f32, part: i32, parts: i32): void {
  if (part) return;
  switch (op) {
    case Op.neg:
      return Unary.map(Op.neg, out, x, n, p);
    case Op.abs:
      return Unary.map(Op.abs, out, x, n, p);
    case Op.sign:
      return Unary.map(Op.sign, out, x, n, p);
    case Op.square:
      return Unary.map(Op.square, out, x, n, p);
    case Op.sqrt:
      return Unary.map(Op.sqrt, out, x, n, p);
    case Op.exp:
      return Unary.map(Op.exp, out, x, n, p);
    case Op.log:
      return Unary.map(Op.log, out, x, n, p);
    case Op.relu:
      return Unary.map(Op.relu, out, x, n, p);
    case Op.leakyRelu:
      return Unary.map(Op.leakyRelu, out, x, n, p);
    case Op.sigmoid:
      return Unary.map(Op.sigmoid, out, x, n, p);
    case Op.tanh:
      return Unary.map(Op.tanh, out, x, n, p);
    case Op.softplus:
      return Unary.map(Op.softplus, out, x, n, p);
    case Op.expm1:
      return Unary.map(Op.expm1, out, x, n, p);
    case Op.log1p:
      return Unary.map(Op.log1p, out, x, n, p);
    case Op.sin:
      return Unary.map(Op.sin, out, x, n, p);
    case Op.cos:
      return Unary.map(Op.cos, out, x, n, p);
    case Op.atan:
      return Unary.map(Op.atan, out, x, n, p);
    case Op.erf:
      return Unary.map(Op.erf, out, x, n, p);
    case Op.floor:
      return Unary.map(Op.floor, out, x, n, p);
    case Op.ceil:
      return Unary.map(Op.ceil, out, x, n, p);
    case Op.round:
      return Unary.map(Op.round, out, x, n, p);
    case Op.toFloat:
      return Unary.map(Op.toFloat, out, x, n, p);
  }
}

export function binary(
  op: i32,
  out: usize,
  a: usize,
  b: usize,
  rows: i32,
  cols: i32,
  aRow: i32,
  aCol: i32,
  bRow: i32,
  bCol: i32,
  p: f32,
  part: i32,
  parts: i32,
): void {
  if (part) return;
  switch (op) {
    case Op.add:
      return Binary.map(Op.add, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.sub:
      return Binary.map(Op.sub, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.mul:
      return Binary.map(Op.mul, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.div:
      return Binary.map(Op.div, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.maximum:
      return Binary.map(Op.maximum, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.minimum:
      return Binary.map(Op.minimum, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.equal:
      return Binary.map(Op.equal, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.greater:
      return Binary.map(Op.greater, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.greaterEqual:
      return Binary.map(Op.greaterEqual, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.pow:
      return Binary.map(Op.pow, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.equalInt:
      return Binary.map(Op.equalInt, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.reluGrad:
      return Binary.map(Op.reluGrad, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.leakyReluGrad:
      return Binary.map(Op.leakyReluGrad, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.sigmoidGrad:
      return Binary.map(Op.sigmoidGrad, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
    case Op.tanhGrad:
      return Binary.map(Op.tanhGrad, out, a, b, rows, cols, aRow, aCol, bRow, bCol, p);
  }
}

class Choice {
  @inline
  static lanes(condition: v128, a: v128, b: v128): v128 {
    return v128.bitselect(a, b, f32x4.ne(condition, f32x4.splat(0)));
  }

  /** A step of 0 is one element for all. */
  @inline
  static map(aStep: i32, bStep: i32, out: usize, condition: usize, a: usize, b: usize, n: i32): void {
    let va = aStep ? f32x4.splat(0) : v128.load32_splat(a);
    let vb = bStep ? f32x4.splat(0) : v128.load32_splat(b);
    const end = out + ((<usize>(n & ~3)) << 2);
    if (out < end) {
      do {
        if (aStep) va = v128.load(a);
        if (bStep) vb = v128.load(b);
        v128.store(out, Choice.lanes(v128.load(condition), va, vb));
        out += 16;
        condition += 16;
        a += 16;
        b += 16;
      } while (out < end);
    }
    const rest = n & 3;
    if (rest === 0) return;
    if (aStep) va = F4.loadPartial(a, rest);
    if (bStep) vb = F4.loadPartial(b, rest);
    F4.storePartial(out, Choice.lanes(F4.loadPartial(condition, rest), va, vb), rest);
  }
}

/** out[k] = a[k·aStep] where condition[k] is not 0, else b[k·bStep]; a step is 0 or 1 */
export function where(
  out: usize,
  condition: usize,
  a: usize,
  b: usize,
  n: i32,
  aStep: i32,
  bStep: i32,
  part: i32,
  parts: i32,
): void {
  if (part) return;
  if (aStep) {
    if (bStep) Choice.map(1, 1, out, condition, a, b, n);
    else Choice.map(1, 0, out, condition, a, b, n);
  } else if (bStep) Choice.map(0, 1, out, condition, a, b, n);
  else Choice.map(0, 0, out, condition, a, b, n);
}
