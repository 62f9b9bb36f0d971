// Elementwise kernels of what few networks need, by the loops of loops.ts: the side module `curves`. Twins: the
// expressions beside the ops in bindings/ops/curves.ts.

import { Divisions } from '../divisions';
import { Op } from '../opcodes';
import { BinaryOperands, UnaryOperands } from '../operands';
import { F4 } from '../simd';
import { Binary, One, Ones, Two, Twos, Unary } from './loops';

class Erf extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return F4.erf(x);
  }
}
class NormalCdf extends One {
  @inline
  of(x: v128, slope: v128): v128 {
    return F4.normalCdf(x);
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

function anyOne(op: i32, x: v128): v128 {
  switch (op) {
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
    case Op.erf:
      return F4.erf(x);
    case Op.cdf:
      return F4.normalCdf(x);
    case Op.floor:
      return f32x4.floor(x);
    case Op.ceil:
      return f32x4.ceil(x);
    case Op.round:
      return f32x4.nearest(x);
    default:
      return unreachable();
  }
}

function map(op: i32, out: usize, x: usize, end: usize, slope: v128): bool {
  switch (op) {
    case Op.erf:
      return Unary.map<Erf>(out, x, end, slope);
    case Op.cdf:
      return Unary.map<NormalCdf>(out, x, end, slope);
    case Op.floor:
      return Unary.map<Floor>(out, x, end, slope);
    case Op.ceil:
      return Unary.map<Ceil>(out, x, end, slope);
    case Op.round:
      return Unary.map<Round>(out, x, end, slope);
    default:
      return false;
  }
}

class CurvesOnes extends Ones {
  @inline
  map(op: i32, out: usize, x: usize, end: usize, slope: v128): bool {
    return map(op, out, x, end, slope);
  }

  @inline
  curve(op: i32, out: usize, x: usize, end: usize, slope: v128): bool {
    return false;
  }

  @inline
  any(op: i32, x: v128, slope: v128): v128 {
    return anyOne(op, x);
  }
}

/** out[i] = op(x[i]) */
export function curvesUnary(it: UnaryOperands, part: i32, parts: i32): void {
  Unary.apply<CurvesOnes>(it.op, it.out, it.x, it.n, <f32>it.slope, part, parts);
}

class GeluGrad extends Two {
  @inline
  of(x: v128, cdf: v128, slope: v128): v128 {
    return F4.geluGrad(x, cdf);
  }
}

class CurvesTwos extends Twos {
  @inline
  zip(op: i32, out: usize, a: usize, aCol: i32, b: usize, bCol: i32, end: usize, slope: v128): bool {
    return op === Op.geluGrad && aCol + bCol === 2 && Binary.zip<GeluGrad>(out, a, b, end, slope);
  }

  @inline
  any(op: i32, a: v128, b: v128, slope: v128): v128 {
    switch (op) {
      case Op.pow:
        return F4.pow(a, b);
      case Op.geluGrad:
        return F4.geluGrad(a, b);
      case Op.mod:
        return Divisions.mods(a, b);
      case Op.floorDivInt:
        return Divisions.floorDivs(a, b);
      case Op.modInt:
        return Divisions.modInts(a, b);
      default:
        return unreachable();
    }
  }
}

/** out[r, c] = op(a[r·aRow + c·aCol], b[r·bRow + c·bCol]); a column step is 0 or 1. */
export function curvesBinary(it: BinaryOperands, part: i32, parts: i32): void {
  Binary.apply<CurvesTwos>(
    it.op,
    it.out,
    it.a,
    it.b,
    it.rows,
    it.cols,
    it.aRow,
    it.aCol,
    it.bRow,
    it.bCol,
    <f32>it.slope,
    part,
    parts,
  );
}
