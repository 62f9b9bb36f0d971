// Elementwise kernels of what every network may need: each op is a class, which is handed to the loops of loops.ts.
// Common ops have a loop of their own; all others, and the last one to three elements of anything, go through one loop
// that chooses. Twin: bindings/kernels/elementwise.ts. Not here: what few networks need (curves.ts).

import { Op } from '../opcodes';
import { BinaryOperands, UnaryOperands } from '../operands';
import { F4 } from '../simd';
import { Binary, One, Ones, Two, Twos, Unary } from './loops';

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
class Sign extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return F4.sign(x);
  }
}
class ToFloat extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return f32x4.convert_i32x4_s(x);
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
  if (SLIM) return op === Op.relu && Unary.map<Relu>(out, x, end, slope);
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
      return !SLIM && Unary.curve<Exp>(out, x, end, slope);
    case Op.log:
      return !SLIM && Unary.curve<Log>(out, x, end, slope);
    case Op.sigmoid:
      return Unary.curve<Sigmoid>(out, x, end, slope);
    case Op.tanh:
      return Unary.curve<Tanh>(out, x, end, slope);
    case Op.softplus:
      return !SLIM && Unary.curve<Softplus>(out, x, end, slope);
    default:
      return false;
  }
}

class MainOnes extends Ones {
  @inline
  map(op: i32, out: usize, x: usize, end: usize, slope: v128): bool {
    return mapCommon(op, out, x, end, slope);
  }

  @inline
  curve(op: i32, out: usize, x: usize, end: usize, slope: v128): bool {
    return mapCurve(op, out, x, end, slope);
  }

  @inline
  any(op: i32, x: v128, slope: v128): v128 {
    return anyOne(op, x, slope);
  }
}

/** out[i] = op(x[i]) */
export function unary(it: UnaryOperands, part: i32, parts: i32): void {
  applyUnary(it.op, it.out, it.x, it.n, <f32>it.slope, part, parts);
}

/** The same, for kernels that apply an op to what they computed. */
export function applyUnary(op: i32, out: usize, x: usize, n: i32, slope: f32, part: i32, parts: i32): void {
  Unary.apply<MainOnes>(op, out, x, n, slope, part, parts);
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
    case Op.addInt:
      return i32x4.add(a, b);
    case Op.subInt:
      return i32x4.sub(a, b);
    case Op.mulInt:
      return i32x4.mul(a, b);
    case Op.maximumInt:
      return i32x4.max_s(a, b);
    case Op.minimumInt:
      return i32x4.min_s(a, b);
    case Op.greaterInt:
      return v128.and(i32x4.gt_s(a, b), one);
    case Op.greaterEqualInt:
      return v128.and(i32x4.ge_s(a, b), one);
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
  if (SLIM) return op === Op.add && bool(aCol & bCol) && Binary.zip<Add>(out, a, b, end, slope);
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
      case Op.greater:
        return Binary.zipRight<Greater>(out, a, b, end, slope);
      case Op.greaterEqual:
        return Binary.zipRight<GreaterEqual>(out, a, b, end, slope);
    }
  }
  return false;
}

class MainTwos extends Twos {
  @inline
  zip(op: i32, out: usize, a: usize, aCol: i32, b: usize, bCol: i32, end: usize, slope: v128): bool {
    return zipCommon(op, out, a, aCol, b, bCol, end, slope);
  }

  @inline
  any(op: i32, a: v128, b: v128, slope: v128): v128 {
    return anyTwo(op, a, b, slope);
  }
}

/** out[r, c] = op(a[r·aRow + c·aCol], b[r·bRow + c·bCol]); a column step is 0 or 1. */
export function binary(it: BinaryOperands, part: i32, parts: i32): void {
  const slope = <f32>it.slope;
  applyBinary(it.op, it.out, it.a, it.b, it.rows, it.cols, it.aRow, it.aCol, it.bRow, it.bCol, slope, part, parts);
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
  Binary.apply<MainTwos>(op, out, a, b, rows, cols, aRow, aCol, bRow, bCol, slope, part, parts);
}
