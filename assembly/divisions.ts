// Divisions that round down. Twin: bindings/ops/division.ts.

/** Quotients up to this are whole float64 numbers whose product with a float32 is exact. */
const STEP: f64 = 536870912; // 2^29

export class Divisions {
  /** a / b of int32, rounded down; 0 where b is 0. */
  static floorDivs(a: v128, b: v128): v128 {
    const low = quotients(a, b);
    const high = quotients(highInts(a), highInts(b));
    const all = i32x4.shuffle(low, high, 0, 1, 4, 5);
    return v128.andnot(all, i32x4.eq(b, i32x4.splat(0)));
  }

  /** What is left of a when it is divided by b, of int32, with the sign of b; 0 where b is 0. */
  static modInts(a: v128, b: v128): v128 {
    const rest = i32x4.sub(a, i32x4.mul(b, Divisions.floorDivs(a, b)));
    return v128.andnot(rest, i32x4.eq(b, i32x4.splat(0)));
  }

  /** What is left of a when it is divided by b, with the sign of b, exactly; NaN where a is infinite or b is 0. */
  static mods(a: v128, b: v128): v128 {
    const first = f32x4.splat(mod(f32x4.extract_lane(a, 0), f32x4.extract_lane(b, 0)));
    const second = f32x4.replace_lane(first, 1, mod(f32x4.extract_lane(a, 1), f32x4.extract_lane(b, 1)));
    const third = f32x4.replace_lane(second, 2, mod(f32x4.extract_lane(a, 2), f32x4.extract_lane(b, 2)));
    return f32x4.replace_lane(third, 3, mod(f32x4.extract_lane(a, 3), f32x4.extract_lane(b, 3)));
  }
}

function highInts(x: v128): v128 {
  return i32x4.shuffle(x, x, 2, 3, 2, 3);
}

/** The first two quotients, rounded down: exact in float64. The only one beyond int32, -2^31 / -1, wraps. */
function quotients(a: v128, b: v128): v128 {
  const quotient = f64x2.floor(f64x2.div(f64x2.convert_low_i32x4_s(a), f64x2.convert_low_i32x4_s(b)));
  const isBeyond = f64x2.ge(quotient, f64x2.splat(2147483648));
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.sub(quotient, v128.and(isBeyond, f64x2.splat(4294967296))));
}

function mod(a: f64, b: f64): f32 {
  const divisor = Math.abs(b);
  let rest = Math.abs(a);
  if (!(rest < Infinity && divisor > 0)) return NaN;
  // Long division in base 2^29. Each product and difference is exact.
  let multiple = divisor;
  while (multiple * STEP <= rest) multiple *= STEP;
  while (rest >= divisor) {
    rest -= Math.floor(rest / multiple) * multiple;
    if (rest < 0) rest += multiple; // the quotient was rounded up
    multiple = max(divisor, multiple / STEP);
  }
  const signed = copysign(rest, a);
  return <f32>(rest !== 0 && a < 0 !== b < 0 ? signed + b : signed);
}
