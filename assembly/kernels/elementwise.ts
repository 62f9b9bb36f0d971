// Elementwise kernels. Each op is a class with one expression of four lanes, which is handed to a loop as a type: that is
// how AssemblyScript makes a loop for each op. (Given as a constant argument, Binaryen folds the loops back into one that
// looks at the op in every turn, which took three times as long.) Common ops have a loop of their own; all others, and
// the last one to three elements of anything, go through one loop that chooses. Twin: bindings/kernels/elementwise.ts.
//
// The hot loops are do … while with one block: V8 computes constants and splats again in each turn of any other loop.

import { Divisions } from '../divisions';
import { Op } from '../opcodes';
import { BinaryOperands, UnaryOperands } from '../operands';
import { endOf, LINE, Share, startOf } from '../share';
import { F4 } from '../simd';

abstract class One {
  /** slope is the parameter of the op, in all lanes. */
  abstract of(x: v128, slope: v128): v128;
}

class Neg extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return f32x4.neg(x);
  }
}
class Abs extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return f32x4.abs(x);
  }
}
class Square extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return f32x4.mul(x, x);
  }
}
class Sqrt extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return f32x4.sqrt(x);
  }
}
class Exp extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return F4.exp(x);
  }
}
class Log extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return F4.log(x);
  }
}
class Relu extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return F4.relu(x);
  }
}
class LeakyRelu extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return v128.bitselect(x, f32x4.mul(slope, x), f32x4.gt(x, f32x4.splat(0)));
  }
}
class Sigmoid extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return F4.sigmoid(x);
  }
}
class Tanh extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return F4.tanh(x);
  }
}
class Softplus extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return F4.softplus(x);
  }
}
class Erf extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return F4.erf(x);
  }
}
class Sign extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return F4.sign(x);
  }
}
class Floor extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return f32x4.floor(x);
  }
}
class Ceil extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return f32x4.ceil(x);
  }
}
class Round extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return f32x4.nearest(x);
  }
}
class ToFloat extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return f32x4.convert_i32x4_s(x);
  }
}

class Unary {
  @inline
  static lanes<T extends One>(x: v128, slope: v128): v128 {
    return changetype<T>(0).of(x, slope);
  }

  /** From `out` to `end`, one vector or more: two a turn. */
  @inline
  static map<T extends One>(out: usize, x: usize, end: usize, slope: v128): bool {
    const pairs = end - 16;
    if (out < pairs) {
      do {
        const first = Unary.lanes<T>(v128.load(x), slope);
        const second = Unary.lanes<T>(v128.load(x, 16), slope);
        v128.store(out, first);
        v128.store(out, second, 16);
        out += 32;
        x += 32;
      } while (out < pairs);
    }
    if (out < end) v128.store(out, Unary.lanes<T>(v128.load(x), slope));
    return true;
  }

  /**
   * From `out` to `end`, one element or more, for functions of many steps: the last vector, which may be a part of one,
   * leaves the loop, and no second copy of the function is needed for it.
   */
  @inline
  static curve<T extends One>(out: usize, x: usize, end: usize, slope: v128): bool {
    let left = end - out;
    let v = F4.loadUpToFast(x, left);
    for (;;) {
      v = Unary.lanes<T>(v, slope);
      if (left <= 16) break;
      v128.store(out, v);
      out += 16;
      x += 16;
      left -= 16;
      v = F4.loadUpToFast(x, left);
    }
    F4.storeUpTo(out, v, left);
    return true;
  }
}

function anyOne(op: i32, x: v128, slope: v128): v128 {
  switch (op) {
    case Op.neg:
      return Unary.lanes<Neg>(x, slope);
    case Op.abs:
      return Unary.lanes<Abs>(x, slope);
    case Op.sign:
      return Unary.lanes<Sign>(x, slope);
    case Op.square:
      return Unary.lanes<Square>(x, slope);
    case Op.sqrt:
      return Unary.lanes<Sqrt>(x, slope);
    case Op.relu:
      return Unary.lanes<Relu>(x, slope);
    case Op.leakyRelu:
      return Unary.lanes<LeakyRelu>(x, slope);
    case Op.expm1:
      return F4.expm1(x);
    case Op.log1p:
      return F4.log1p(x);
    case Op.sin:
      return F4.sinAhead(x, 0);
    case Op.cos:
      return F4.sinAhead(x, 1);
    case Op.atan:
      return F4.atan(x);
    case Op.floor:
      return Unary.lanes<Floor>(x, slope);
    case Op.ceil:
      return Unary.lanes<Ceil>(x, slope);
    case Op.round:
      return Unary.lanes<Round>(x, slope);
    case Op.toFloat:
      return Unary.lanes<ToFloat>(x, slope);
    case Op.toInt:
      return i32x4.trunc_sat_f32x4_s(x);
    default:
      return unreachable();
  }
}

/** Writes from `out` to `end`, a multiple of four elements, if the op has a loop of its own; returns whether it has. */
function mapCommon(op: i32, out: usize, x: usize, end: usize, slope: v128): bool {
  switch (op) {
    case Op.neg:
      return Unary.map<Neg>(out, x, end, slope);
    case Op.abs:
      return Unary.map<Abs>(out, x, end, slope);
    case Op.square:
      return Unary.map<Square>(out, x, end, slope);
    case Op.sqrt:
      return Unary.map<Sqrt>(out, x, end, slope);
    case Op.relu:
      return Unary.map<Relu>(out, x, end, slope);
    case Op.leakyRelu:
      return Unary.map<LeakyRelu>(out, x, end, slope);
    case Op.sign:
      return Unary.map<Sign>(out, x, end, slope);
    case Op.floor:
      return Unary.map<Floor>(out, x, end, slope);
    case Op.ceil:
      return Unary.map<Ceil>(out, x, end, slope);
    case Op.round:
      return Unary.map<Round>(out, x, end, slope);
    case Op.toFloat:
      return Unary.map<ToFloat>(out, x, end, slope);
    default:
      return false;
  }
}

/** Writes all from `out` to `end` if the op is a function of many steps; returns whether it is. */
function mapCurve(op: i32, out: usize, x: usize, end: usize, slope: v128): bool {
  switch (op) {
    case Op.exp:
      return Unary.curve<Exp>(out, x, end, slope);
    case Op.log:
      return Unary.curve<Log>(out, x, end, slope);
    case Op.sigmoid:
      return Unary.curve<Sigmoid>(out, x, end, slope);
    case Op.tanh:
      return Unary.curve<Tanh>(out, x, end, slope);
    case Op.softplus:
      return Unary.curve<Softplus>(out, x, end, slope);
    case Op.erf:
      return Unary.curve<Erf>(out, x, end, slope);
    default:
      return false;
  }
}

/** out[i] = op(x[i]) */
export function unary(it: UnaryOperands, part: i32, parts: i32): void {
  applyUnary(it.op, it.out, it.x, it.n, it.slope, part, parts);
}

/** The same, for kernels that apply an op to what they computed. */
export function applyUnary(op: i32, out: usize, x: usize, n: i32, slope: f32, part: i32, parts: i32): void {
  const range = Share.of(n, 1, LINE, part, parts);
  const from = (<usize>startOf(range)) << 2;
  const to = (<usize>endOf(range)) << 2;
  const end = out + to;
  const fours = out + from + ((to - from) & ~15);
  const slopes = f32x4.splat(slope);
  out += from;
  x += from;
  if (out < fours && mapCommon(op, out, x, fours, slopes)) {
    x += fours - out;
    out = fours;
  } else if (out < end && mapCurve(op, out, x, end, slopes)) return;
  while (out < end) {
    const bytes = end - out;
    F4.storeUpTo(out, anyOne(op, F4.loadUpTo(x, bytes), slopes), bytes);
    out += 16;
    x += 16;
  }
}

abstract class Two {
  /** slope is the parameter of the op, in all lanes. */
  abstract of(a: v128, b: v128, slope: v128): v128;
}

class Add extends Two {
  @inline
  of(a: v128, b: v128, slope: v128): v128 {
    return f32x4.add(a, b);
  }
}
class Sub extends Two {
  @inline
  of(a: v128, b: v128, slope: v128): v128 {
    return f32x4.sub(a, b);
  }
}
class Mul extends Two {
  @inline
  of(a: v128, b: v128, slope: v128): v128 {
    return f32x4.mul(a, b);
  }
}
class Div extends Two {
  @inline
  of(a: v128, b: v128, slope: v128): v128 {
    return f32x4.div(a, b);
  }
}
class Maximum extends Two {
  @inline
  of(a: v128, b: v128, slope: v128): v128 {
    return f32x4.max(a, b);
  }
}
class Minimum extends Two {
  @inline
  of(a: v128, b: v128, slope: v128): v128 {
    return f32x4.min(a, b);
  }
}
class Equal extends Two {
  @inline
  of(a: v128, b: v128, slope: v128): v128 {
    return v128.and(f32x4.eq(a, b), f32x4.splat(1));
  }
}
class Greater extends Two {
  @inline
  of(a: v128, b: v128, slope: v128): v128 {
    return v128.and(f32x4.gt(a, b), f32x4.splat(1));
  }
}
class GreaterEqual extends Two {
  @inline
  of(a: v128, b: v128, slope: v128): v128 {
    return v128.and(f32x4.ge(a, b), f32x4.splat(1));
  }
}
class ReluGrad extends Two {
  @inline
  of(a: v128, b: v128, slope: v128): v128 {
    return v128.and(a, f32x4.gt(b, f32x4.splat(0)));
  }
}
class LeakyReluGrad extends Two {
  @inline
  of(a: v128, b: v128, slope: v128): v128 {
    return v128.bitselect(a, f32x4.mul(slope, a), f32x4.gt(b, f32x4.splat(0)));
  }
}
class SigmoidGrad extends Two {
  @inline
  of(a: v128, b: v128, slope: v128): v128 {
    return f32x4.mul(f32x4.mul(a, b), f32x4.sub(f32x4.splat(1), b));
  }
}
class TanhGrad extends Two {
  @inline
  of(a: v128, b: v128, slope: v128): v128 {
    return f32x4.mul(a, f32x4.sub(f32x4.splat(1), f32x4.mul(b, b)));
  }
}

class Binary {
  @inline
  static lanes<T extends Two>(a: v128, b: v128, slope: v128): v128 {
    return changetype<T>(0).of(a, b, slope);
  }

  /**
   * out = op(a, b) from `out` to `end`, four elements or more, eight a turn. The last four are read before anything is
   * written, in case that out is a or b, and written last, over some that were written already.
   */
  @inline
  static zip<T extends Two>(out: usize, a: usize, b: usize, end: usize, slope: v128): bool {
    const last = end - 16;
    const lastA = v128.load(a + (last - out));
    const lastB = v128.load(b + (last - out));
    const pairs = last - 16;
    if (out < pairs) {
      do {
        const first = Binary.lanes<T>(v128.load(a), v128.load(b), slope);
        const second = Binary.lanes<T>(v128.load(a, 16), v128.load(b, 16), slope);
        v128.store(out, first);
        v128.store(out, second, 16);
        out += 32;
        a += 32;
        b += 32;
      } while (out < pairs);
    }
    if (out < last) v128.store(out, Binary.lanes<T>(v128.load(a), v128.load(b), slope));
    v128.store(last, Binary.lanes<T>(lastA, lastB, slope));
    return true;
  }

  /** As zip; b is one element. */
  @inline
  static zipLeft<T extends Two>(out: usize, a: usize, b: usize, end: usize, slope: v128): bool {
    const last = end - 16;
    const lastA = v128.load(a + (last - out));
    const vb = v128.load32_splat(b);
    const pairs = last - 16;
    if (out < pairs) {
      do {
        const first = Binary.lanes<T>(v128.load(a), vb, slope);
        const second = Binary.lanes<T>(v128.load(a, 16), vb, slope);
        v128.store(out, first);
        v128.store(out, second, 16);
        out += 32;
        a += 32;
      } while (out < pairs);
    }
    if (out < last) v128.store(out, Binary.lanes<T>(v128.load(a), vb, slope));
    v128.store(last, Binary.lanes<T>(lastA, vb, slope));
    return true;
  }

  /** As zip; a is one element. */
  @inline
  static zipRight<T extends Two>(out: usize, a: usize, b: usize, end: usize, slope: v128): bool {
    const last = end - 16;
    const lastB = v128.load(b + (last - out));
    const va = v128.load32_splat(a);
    const pairs = last - 16;
    if (out < pairs) {
      do {
        const first = Binary.lanes<T>(va, v128.load(b), slope);
        const second = Binary.lanes<T>(va, v128.load(b, 16), slope);
        v128.store(out, first);
        v128.store(out, second, 16);
        out += 32;
        b += 32;
      } while (out < pairs);
    }
    if (out < last) v128.store(out, Binary.lanes<T>(va, v128.load(b), slope));
    v128.store(last, Binary.lanes<T>(va, lastB, slope));
    return true;
  }
}

function anyTwo(op: i32, a: v128, b: v128, slope: v128): v128 {
  const one = f32x4.splat(1);
  switch (op) {
    case Op.add:
      return Binary.lanes<Add>(a, b, slope);
    case Op.sub:
      return Binary.lanes<Sub>(a, b, slope);
    case Op.mul:
      return Binary.lanes<Mul>(a, b, slope);
    case Op.div:
      return Binary.lanes<Div>(a, b, slope);
    case Op.maximum:
      return Binary.lanes<Maximum>(a, b, slope);
    case Op.minimum:
      return Binary.lanes<Minimum>(a, b, slope);
    case Op.equal:
      return Binary.lanes<Equal>(a, b, slope);
    case Op.equalInt:
      return v128.and(i32x4.eq(a, b), one);
    case Op.greater:
      return Binary.lanes<Greater>(a, b, slope);
    case Op.greaterEqual:
      return Binary.lanes<GreaterEqual>(a, b, slope);
    case Op.pow:
      return F4.pow(a, b);
    case Op.mod:
      return Divisions.mods(a, b);
    case Op.addInt:
      return i32x4.add(a, b);
    case Op.subInt:
      return i32x4.sub(a, b);
    case Op.mulInt:
      return i32x4.mul(a, b);
    case Op.floorDivInt:
      return Divisions.floorDivs(a, b);
    case Op.modInt:
      return Divisions.modInts(a, b);
    case Op.maximumInt:
      return i32x4.max_s(a, b);
    case Op.minimumInt:
      return i32x4.min_s(a, b);
    case Op.greaterInt:
      return v128.and(i32x4.gt_s(a, b), f32x4.splat(1));
    case Op.greaterEqualInt:
      return v128.and(i32x4.ge_s(a, b), f32x4.splat(1));
    case Op.reluGrad:
      return Binary.lanes<ReluGrad>(a, b, slope);
    case Op.leakyReluGrad:
      return Binary.lanes<LeakyReluGrad>(a, b, slope);
    case Op.sigmoidGrad:
      return Binary.lanes<SigmoidGrad>(a, b, slope);
    case Op.tanhGrad:
      return Binary.lanes<TanhGrad>(a, b, slope);
    default:
      return unreachable();
  }
}

/** Writes four elements or more, if the op has a loop of its own for these steps; returns whether it has. */
function zipCommon(op: i32, out: usize, a: usize, aCol: i32, b: usize, bCol: i32, end: usize, slope: v128): bool {
  if (aCol & bCol) {
    switch (op) {
      case Op.add:
        return Binary.zip<Add>(out, a, b, end, slope);
      case Op.sub:
        return Binary.zip<Sub>(out, a, b, end, slope);
      case Op.mul:
        return Binary.zip<Mul>(out, a, b, end, slope);
      case Op.div:
        return Binary.zip<Div>(out, a, b, end, slope);
      case Op.maximum:
        return Binary.zip<Maximum>(out, a, b, end, slope);
      case Op.minimum:
        return Binary.zip<Minimum>(out, a, b, end, slope);
      case Op.equal:
        return Binary.zip<Equal>(out, a, b, end, slope);
      case Op.greater:
        return Binary.zip<Greater>(out, a, b, end, slope);
      case Op.greaterEqual:
        return Binary.zip<GreaterEqual>(out, a, b, end, slope);
      case Op.reluGrad:
        return Binary.zip<ReluGrad>(out, a, b, end, slope);
      case Op.leakyReluGrad:
        return Binary.zip<LeakyReluGrad>(out, a, b, end, slope);
      case Op.sigmoidGrad:
        return Binary.zip<SigmoidGrad>(out, a, b, end, slope);
      case Op.tanhGrad:
        return Binary.zip<TanhGrad>(out, a, b, end, slope);
    }
  } else if (aCol) {
    switch (op) {
      case Op.add:
        return Binary.zipLeft<Add>(out, a, b, end, slope);
      case Op.sub:
        return Binary.zipLeft<Sub>(out, a, b, end, slope);
      case Op.mul:
        return Binary.zipLeft<Mul>(out, a, b, end, slope);
      case Op.div:
        return Binary.zipLeft<Div>(out, a, b, end, slope);
      case Op.maximum:
        return Binary.zipLeft<Maximum>(out, a, b, end, slope);
      case Op.minimum:
        return Binary.zipLeft<Minimum>(out, a, b, end, slope);
      case Op.equal:
        return Binary.zipLeft<Equal>(out, a, b, end, slope);
      case Op.greater:
        return Binary.zipLeft<Greater>(out, a, b, end, slope);
      case Op.greaterEqual:
        return Binary.zipLeft<GreaterEqual>(out, a, b, end, slope);
    }
  } else {
    switch (op) {
      case Op.add:
        return Binary.zipRight<Add>(out, a, b, end, slope);
      case Op.sub:
        return Binary.zipRight<Sub>(out, a, b, end, slope);
      case Op.mul:
        return Binary.zipRight<Mul>(out, a, b, end, slope);
      case Op.div:
        return Binary.zipRight<Div>(out, a, b, end, slope);
    }
  }
  return false;
}

class Row {
  /** out[c] = op(a[c·aCol], b[c·bCol]) */
  @inline
  static of(op: i32, out: usize, a: usize, aCol: i32, b: usize, bCol: i32, n: i32, slope: v128): void {
    const end = out + ((<usize>n) << 2);
    if (n >= 4 && zipCommon(op, out, a, aCol, b, bCol, end, slope)) return;
    while (out < end) {
      const bytes = end - out;
      const va = aCol ? F4.loadUpTo(a, bytes) : v128.load32_splat(a);
      const vb = bCol ? F4.loadUpTo(b, bytes) : v128.load32_splat(b);
      F4.storeUpTo(out, anyTwo(op, va, vb, slope), bytes);
      out += 16;
      a += 16 * aCol;
      b += 16 * bCol;
    }
  }
}

/**
 * out[r, c] = op(a[r·aRow + c·aCol], b[r·bRow + c·bCol]); a column step is 0 or 1. A part is a range of out as it lies in
 * memory, which may begin and end within a row.
 */
export function binary(it: BinaryOperands, part: i32, parts: i32): void {
  applyBinary(it.op, it.out, it.a, it.b, it.rows, it.cols, it.aRow, it.aCol, it.bRow, it.bCol, it.slope, part, parts);
}

/** The same, for kernels that apply an op to what they computed. */
export function applyBinary(
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
  slope: f32,
  part: i32,
  parts: i32,
): void {
  const n = rows * cols;
  const range = Share.of(n, 1, LINE, part, parts);
  const to = endOf(range);
  const slopes = f32x4.splat(slope);
  let i = startOf(range);
  let r = 0;
  let c = 0;
  if (i > 0) {
    r = i / cols;
    c = i - r * cols;
  }
  while (i < to) {
    const width = min(cols - c, to - i);
    const ra = a + ((<usize>(r * aRow + c * aCol)) << 2);
    const rb = b + ((<usize>(r * bRow + c * bCol)) << 2);
    Row.of(op, out + ((<usize>i) << 2), ra, aCol, rb, bCol, width, slopes);
    i += width;
    r++;
    c = 0;
  }
}
