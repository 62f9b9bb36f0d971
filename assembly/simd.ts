/**
 * Vector mathematics on four float32 lanes. Baseline SIMD only (no relaxed operations, no fused multiply-add): the same
 * bits on every engine. The functions are free of branches and inline into one basic block, which is what lets V8 lift
 * their constants out of a `do … while` loop. What each one means is written in bindings/kernels/math.ts.
 *
 * The reductions are those of fdlibm (Sun Microsystems). The polynomials were fitted for this file: Remez exchange in
 * 50 digits over the reduced interval, minimising the relative error of the function, each coefficient rounded to
 * float32 in turn and the rest fitted again. Denormal arguments and results count like any others.
 */

// ln 2 = LN2_HI + LN2_LO. LN2_HI has 15 bits, so that k * LN2_HI is exact for every exponent k. LN2_LO is positive, so
// that k ln 2 in two parts keeps its sign when k is infinite: see logPower.
const LN2_HI: f32 = 0.693145751953125;
const LN2_LO: f32 = 1.42860677e-6;
const LOG2_E: f32 = Mathf.LOG2E;

/**
 * 1.5 * 2^23 + 254. Added to a small x it rounds x to an integer k and leaves k + 254, twice the exponent bias above k,
 * in the low bits of the sum, where exponents are one shift away.
 */
const ROUNDER: f32 = 12583166;
const ROUNDER_BITS = 0x4b4000fe;
const BIAS = 127;

const ONE_BITS = 0x3f800000;
const SQRT_HALF_BITS = 0x3f3504f3;
const SIGN_BIT = 0x80000000;
const MIN_NORMAL: f32 = 1.17549435e-38;
const TWO_23: f32 = 8388608;
const INFINITE: f32 = Infinity;

export class F4 {
  /** e^x */
  @inline
  static exp(x: v128): v128 {
    return F4.expAbove(f32x4.pmin(x, f32x4.splat(89)));
  }

  /** e^x - 1, without the cancellation near 0 */
  @inline
  static expm1(x: v128): v128 {
    const bounded = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-20)), f32x4.splat(89));
    const t = F4.toPower(bounded);
    // The exponent of 2^-128 would be -1: at 0 the power is 0, which is near enough.
    const exponent = i32x4.max_s(i32x4.sub(i32x4.splat(ROUNDER_BITS + BIAS), t), i32x4.splat(0));
    const y = F4.expm1Reduced(bounded, t, i32x4.shl(exponent, 23));
    return F4.withSign(F4.scale(y, t), x);
  }

  /** Natural logarithm: log(0) is -Infinity, below 0 it is NaN. */
  @inline
  static log(x: v128): v128 {
    const small = f32x4.lt(x, f32x4.splat(MIN_NORMAL));
    const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(TWO_23)), x, small);
    const shift = v128.and(small, f32x4.splat(23));
    const k = F4.exponent(normal);
    const f = f32x4.sub(i32x4.sub(normal, i32x4.shl(k, 23)), f32x4.splat(1));
    return F4.logNearOne(f, F4.logPower(f32x4.sub(f32x4.convert_i32x4_s(k), shift), x, f32x4.splat(0)));
  }

  /** log(1 + x), without the rounding of 1 + x */
  @inline
  static log1p(x: v128): v128 {
    const finite = f32x4.pmin(x, f32x4.splat(f32.MAX_VALUE));
    const k = F4.exponent(f32x4.add(f32x4.splat(1), finite));
    const power = F4.logPower(f32x4.convert_i32x4_s(k), x, f32x4.splat(-1));
    return F4.withSign(F4.logNearOne(F4.fraction(finite, k), power), x);
  }

  /** (e^2x - 1) / (e^2x + 1) */
  @inline
  static tanh(x: v128): v128 {
    const size = f32x4.pmin(v128.andnot(x, i32x4.splat(SIGN_BIT)), f32x4.splat(10));
    const double = f32x4.add(size, size);
    const t = F4.toPower(double);
    const inverse = i32x4.shl(i32x4.sub(i32x4.splat(ROUNDER_BITS + BIAS), t), 23);
    const power = i32x4.shl(i32x4.sub(t, i32x4.splat(BIAS)), 23);
    const e = f32x4.mul(F4.expm1Reduced(double, t, inverse), power);
    return F4.withSign(f32x4.div(e, f32x4.add(e, f32x4.splat(2))), x);
  }

  /** 1 / (1 + e^-x), through e^-|x| so that nothing overflows */
  @inline
  static sigmoid(x: v128): v128 {
    const e = F4.expAbove(v128.or(x, i32x4.splat(SIGN_BIT)));
    const one = f32x4.splat(1);
    const numerator = v128.bitselect(e, one, i32x4.shr_s(x, 31));
    return f32x4.div(numerator, f32x4.add(one, e));
  }

  /** log(1 + e^x) = max(x, 0) + log1p(e^-|x|) */
  @inline
  static softplus(x: v128): v128 {
    const e = F4.expAbove(v128.or(x, i32x4.splat(SIGN_BIT)));
    const k = F4.exponent(f32x4.add(f32x4.splat(1), e));
    return f32x4.add(F4.relu(x), F4.logNearOne(F4.fraction(e, k), f32x4.convert_i32x4_s(k)));
  }

  /** -1, 0 or 1; NaN stays NaN. */
  @inline
  static sign(x: v128): v128 {
    const zero = f32x4.splat(0);
    const positive = v128.and(f32x4.gt(x, zero), f32x4.splat(1));
    const negative = v128.and(f32x4.lt(x, zero), f32x4.splat(-1));
    return v128.or(v128.or(positive, negative), f32x4.ne(x, x));
  }

  /** The larger; NaN if either is. */
  @inline
  static max(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }

  /** The smaller; NaN if either is. */
  @inline
  static min(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }

  /** max(x, 0); NaN stays NaN, because pmax returns its first argument unless that is the smaller. */
  @inline
  static relu(x: v128): v128 {
    return f32x4.pmax(x, f32x4.splat(0));
  }

  /** (x0 + x2) + (x1 + x3): always in this order */
  @inline
  static hsum(x: v128): f32 {
    const pairs = f32x4.add(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
  }

  /** The largest lane; NaN if any is. */
  @inline
  static hmax(x: v128): f32 {
    const pairs = f32x4.max(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    return max<f32>(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
  }

  /** The first n floats at ptr, n being 1, 2 or 3; the other lanes are 0, and nothing past the n is read. */
  @inline
  static loadPartial(ptr: usize, n: i32): v128 {
    if (n === 1) return v128.load32_zero(ptr);
    const pair = v128.load64_zero(ptr);
    return n === 2 ? pair : v128.load_lane<f32>(ptr + 8, pair, 2);
  }

  /** Stores the first n lanes, n being 1, 2 or 3, and touches nothing past them. */
  @inline
  static storePartial(ptr: usize, v: v128, n: i32): void {
    if (n === 1) {
      v128.store_lane<f32>(ptr, v, 0);
      return;
    }
    v128.store_lane<f64>(ptr, v, 0);
    if (n === 3) v128.store_lane<f32>(ptr + 8, v, 2);
  }

  /** e^x for x <= 89 or NaN */
  @inline
  private static expAbove(x: v128): v128 {
    const bounded = f32x4.pmax(x, f32x4.splat(-105));
    const t = F4.toPower(bounded);
    const r = F4.reduce(bounded, t);
    return F4.scale(f32x4.add(f32x4.splat(1), f32x4.add(r, F4.expTail(r))), t);
  }

  /** (e^x - 1) / 2^k, given t = toPower(x), which holds k, and 2^-k */
  @inline
  private static expm1Reduced(x: v128, t: v128, inverse: v128): v128 {
    const r = F4.reduce(x, t);
    return f32x4.add(f32x4.add(f32x4.sub(f32x4.splat(1), inverse), r), F4.expTail(r));
  }

  /** ROUNDER + k, where k is the integer nearest to x / ln 2 */
  @inline
  private static toPower(x: v128): v128 {
    return f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUNDER));
  }

  /** x - k ln 2, given t = toPower(x) */
  @inline
  private static reduce(x: v128, t: v128): v128 {
    const k = f32x4.sub(t, f32x4.splat(ROUNDER));
    const high = f32x4.sub(x, f32x4.mul(k, f32x4.splat(LN2_HI)));
    return f32x4.sub(high, f32x4.mul(k, f32x4.splat(LN2_LO)));
  }

  /** e^r - 1 - r for |r| <= ln 2 / 2, to 2^-27 of e^r */
  @inline
  private static expTail(r: v128): v128 {
    let p = f32x4.splat(0.001384772825986147);
    p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.00836926605552435));
    p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.041668184101581573));
    p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.1666652262210846));
    p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.4999999403953552));
    return f32x4.mul(p, f32x4.mul(r, r));
  }

  /** y * 2^k, given t = toPower(x): in two factors, as 2^128 and 2^-150 are no normal floats; only the last rounds. */
  @inline
  private static scale(y: v128, t: v128): v128 {
    const half = i32x4.shr_s(t, 1);
    const rest = i32x4.sub(t, half);
    return f32x4.mul(f32x4.mul(y, i32x4.shl(half, 23)), i32x4.shl(rest, 23));
  }

  /** The integers k that put x / 2^k between √½ and √2, for normal x */
  @inline
  private static exponent(x: v128): v128 {
    return i32x4.shr_s(i32x4.sub(x, i32x4.splat(SQRT_HALF_BITS)), 23);
  }

  /** (1 + x) / 2^k - 1 for finite x, with what the rounding of 1 + x lost (by Knuth's two-sum) put back */
  @inline
  private static fraction(x: v128, k: v128): v128 {
    const one = f32x4.splat(1);
    const u = f32x4.add(one, x);
    const grown = f32x4.sub(u, one);
    const lost = f32x4.add(f32x4.sub(one, f32x4.sub(u, grown)), f32x4.sub(x, grown));
    const exponent = i32x4.shl(k, 23);
    const inverse = i32x4.max_s(i32x4.sub(i32x4.splat(ONE_BITS), exponent), i32x4.splat(0));
    return f32x4.add(f32x4.sub(i32x4.sub(u, exponent), one), f32x4.mul(lost, inverse));
  }

  /**
   * k ln 2 + log(1 + f) for 1 + f between √½ and √2, through s = f / (2 + f), z = s² and
   * log(1 + f) = 2 atanh(s) = f - s(f - z p(z))
   */
  @inline
  private static logNearOne(f: v128, k: v128): v128 {
    const s = f32x4.div(f, f32x4.add(f32x4.splat(2), f));
    const z = f32x4.mul(s, s);
    let p = f32x4.splat(0.2987067401409149); // to 2^-30 of log(1 + f)
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.3997758626937866));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.6666677594184875));
    const bend = f32x4.mul(s, f32x4.sub(f, f32x4.mul(p, z)));
    const low = f32x4.sub(bend, f32x4.mul(k, f32x4.splat(LN2_LO)));
    return f32x4.sub(f32x4.mul(k, f32x4.splat(LN2_HI)), f32x4.sub(low, f));
  }

  /**
   * k, but x itself where x is Infinity or NaN, -Infinity at the pole and NaN below it. Corrected here instead of in
   * the logarithm, the edges are off the critical path.
   */
  @inline
  private static logPower(k: v128, x: v128, pole: v128): v128 {
    const infinity = f32x4.splat(INFINITE);
    const finite = v128.bitselect(k, x, f32x4.lt(x, infinity));
    const atPole = v128.and(infinity, f32x4.eq(x, pole));
    return v128.or(f32x4.sub(finite, atPole), f32x4.lt(x, pole));
  }

  /** y with the sign bit of x set, for odd functions whose steps lose the sign of -0 */
  @inline
  private static withSign(y: v128, x: v128): v128 {
    return v128.or(y, v128.and(x, i32x4.splat(SIGN_BIT)));
  }
}

/** x^n by repeated squaring: the steps, and so the bits, of powi in bindings/kernels/math.ts */
export function powi(x: f64, n: i32): f64 {
  let power: f64 = 1;
  let square = x;
  for (let rest: u32 = n < 0 ? 0 - <u32>n : <u32>n; rest > 0; rest >>= 1) {
    if (rest & 1) power *= square;
    square *= square;
  }
  return n < 0 ? 1 / power : power;
}
