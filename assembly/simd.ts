/**
 * exp, log, tanh, sin … of four float32 lanes at once. Baseline SIMD only (no relaxed operations, no fused
 * multiply-add): the same bits on every engine. The functions inline into one basic block, which is what lets V8 lift
 * their constants out of a `do … while` loop; only sin and cos branch, once, for angles from 2^28 on. Not here: what
 * each function means, which bindings/kernels/math/ says in float64.
 *
 * The reductions are those of fdlibm (Sun Microsystems). The polynomials were fitted for this file: Remez exchange in
 * 50 digits over the reduced interval (in exp2Normal least squares at Chebyshev's points), minimising the relative
 * error of the function, each coefficient rounded to float32 in turn and the rest fitted again; those of pow stay
 * float64. Denormal arguments and results count like any others.
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

const SQRT_HALF: f32 = 0.70710678;

/** 1 / √(2π), the density of a normal distribution at 0. */
const DENSITY: f32 = 0.39894228;

const ONE_BITS = 0x3f800000;
const SQRT_HALF_BITS = 0x3f3504f3;
const SIGN_BIT = 0x80000000;
const MIN_NORMAL: f32 = 1.17549435e-38;
const TWO_23: f32 = 8388608;
const INFINITE: f32 = Infinity;

// π/2 = HALF_PI + HALF_PI_LO, in float32
const HALF_PI: f32 = 1.57079637;
const HALF_PI_LO: f32 = -4.37113883e-8;

// π/2 = QUARTER_HI + QUARTER_LO, in float64. QUARTER_HI has 25 bits, so that k * QUARTER_HI is exact up to k = 2^28.
const QUARTER_HI: f64 = 1.5707963109016418;
const QUARTER_LO: f64 = 1.5893254773528196e-8;
const TWO_OVER_PI: f64 = 0.6366197723675814;

/** From here on an angle is reduced by largeAngle: 2^28. */
const LARGE_ANGLE: f32 = 268435456;

/** 1.5 * 2^52. Added to a small x it rounds x to an integer k and leaves k in the low bits of the sum. */
const ROUNDER_64: f64 = 6755399441055744;

// The first bits of √½, and the same less 1024 in the exponent: what lies above that is positive for every float32.
const SQRT_HALF_64: i64 = 0x3fe6a09e00000000;
const SQRT_HALF_LOW: i64 = SQRT_HALF_64 - (1024 << 52);
const FRACTION_64: i64 = 0x000fffffffffffff;
const TWO_52_BITS: i64 = 0x4330000000000000;
const TWO_52: f64 = 4503599627370496;

/**
 * The first 192 bits of 2/π after the point, the first 64 in HIGH. In code, since a side module has no data of its own.
 */
const TWO_OVER_PI_HIGH: u64 = (0xa2f9836e << 32) | 0x4e441529;
const TWO_OVER_PI_MIDDLE: u64 = (0xfc2757d1 << 32) | 0xf534ddc0;
const TWO_OVER_PI_LOW: u64 = (0xdb629599 << 32) | 0x3c439041;

export class F4 {
  /** e^x */
  @inline
  static exp(x: v128): v128 {
    return F4.expAbove(f32x4.pmin(x, f32x4.splat(89)));
  }

  /** e^x for x between -87 and 88, where it is a normal float, or NaN */
  @inline
  static expNormal(x: v128): v128 {
    const t = F4.toPower(x);
    const r = F4.reduce(x, t);
    const y = f32x4.add(f32x4.splat(1), f32x4.add(r, F4.expTail(r)));
    return f32x4.mul(y, i32x4.shl(i32x4.sub(t, i32x4.splat(BIAS)), 23));
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

  /** log(x) for normal x above 0 */
  @inline
  static logNormal(x: v128): v128 {
    const k = F4.exponent(x);
    const f = f32x4.sub(i32x4.sub(x, i32x4.shl(k, 23)), f32x4.splat(1));
    return F4.logNearOne(f, f32x4.convert_i32x4_s(k));
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

  /** The angle in -π/2 … π/2, through atan(x) = π/2 - atan(1 / x) above 1 */
  @inline
  static atan(x: v128): v128 {
    const one = f32x4.splat(1);
    const size = v128.andnot(x, i32x4.splat(SIGN_BIT));
    const q = f32x4.div(f32x4.pmin(size, one), f32x4.pmax(size, one));
    const z = f32x4.mul(q, q);
    let p = f32x4.splat(-0.0018630968406796455); // to 2^-28 of atan(q)
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.011238842271268368));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-0.0318121574819088));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.05863187462091446));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-0.08445630222558975));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.10967876762151718));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-0.14267569780349731));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.19998906552791595));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-0.3333331346511841));
    const angle = f32x4.add(q, f32x4.mul(f32x4.mul(p, z), q));
    const rest = f32x4.sub(f32x4.splat(HALF_PI), f32x4.sub(angle, f32x4.splat(HALF_PI_LO)));
    return F4.withSign(v128.bitselect(rest, angle, f32x4.gt(size, one)), x);
  }

  /** The error function: x + x p(x²) up to 0.93, 1 - 2^(x q(x)) from there on */
  @inline
  static erf(x: v128): v128 {
    const size = f32x4.pmin(v128.andnot(x, i32x4.splat(SIGN_BIT)), f32x4.splat(4));
    const z = f32x4.mul(size, size);
    let p = f32x4.splat(-0.0005936142988502979); // to 2^-25 of erf(x)
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.004982836544513702));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-0.026759997010231018));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.11281654983758926));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-0.3761248290538788));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.12837915122509003));
    let q = f32x4.splat(0.0003086756623815745); // to 2^-28 of erf(x)
    q = f32x4.add(f32x4.mul(q, size), f32x4.splat(-0.004637891426682472));
    q = f32x4.add(f32x4.mul(q, size), f32x4.splat(0.03302223980426788));
    q = f32x4.add(f32x4.mul(q, size), f32x4.splat(-0.15185914933681488));
    q = f32x4.add(f32x4.mul(q, size), f32x4.splat(-0.9171488881111145));
    q = f32x4.add(f32x4.mul(q, size), f32x4.splat(-1.6281017065048218));
    const near = f32x4.add(size, f32x4.mul(size, p));
    const rest = F4.exp2Normal(f32x4.mul(size, q));
    const far = f32x4.sub(f32x4.splat(1), rest);
    return F4.withSign(v128.bitselect(far, near, f32x4.gt(size, f32x4.splat(0.93))), x);
  }

  /** Φ(x) = (1 + erf(x / √2)) / 2 */
  @inline
  static normalCdf(x: v128): v128 {
    const half = f32x4.splat(0.5);
    return f32x4.mul(f32x4.add(F4.erf(f32x4.mul(x, f32x4.splat(SQRT_HALF))), f32x4.splat(1)), half);
  }

  /** Φ(x) + x φ(x), given Φ(x); beyond 13 what is added counts for nothing, and is not infinite at infinity. */
  @inline
  static geluGrad(x: v128, cdf: v128): v128 {
    const bounded = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-13)), f32x4.splat(13));
    const density = F4.expNormal(f32x4.mul(f32x4.mul(bounded, bounded), f32x4.splat(-0.5)));
    return f32x4.add(cdf, f32x4.mul(f32x4.mul(bounded, f32x4.splat(DENSITY)), density));
  }

  /**
   * x^y as IEEE 754 defines it: 1^y and x^0 are 1, even for NaN, and (-1)^±Infinity is 1. The power of |x| is
   * computed in float64, so that it is rounded once, and its sign and exceptions are put on here.
   */
  @inline
  static pow(x: v128, y: v128): v128 {
    const zero = f32x4.splat(0);
    const one = f32x4.splat(1);
    const infinity = f32x4.splat(INFINITE);
    const size = v128.andnot(x, i32x4.splat(SIGN_BIT));
    // A finite exponent keeps 0 * Infinity away from |x| = 1.
    const bounded = f32x4.pmax(f32x4.pmin(y, f32x4.splat(f32.MAX_VALUE)), f32x4.splat(-f32.MAX_VALUE));
    const low = F4.powSize(F4.lowDoubles(size), F4.lowDoubles(bounded));
    const high = F4.powSize(F4.highDoubles(size), F4.highDoubles(bounded));
    const power = F4.fromDoubles(low, high);

    const half = f32x4.mul(y, f32x4.splat(0.5));
    const broken = f32x4.ne(f32x4.nearest(y), y);
    const odd = v128.andnot(f32x4.ne(f32x4.nearest(half), half), broken);
    const signed = F4.withSign(power, v128.and(x, odd));
    const finiteBelow = v128.and(f32x4.lt(x, zero), f32x4.lt(size, infinity));
    const defined = v128.or(signed, v128.and(finiteBelow, broken));
    return v128.bitselect(one, defined, v128.or(f32x4.eq(y, zero), f32x4.eq(x, one)));
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

  /** What is below 2^-100 becomes 0, since products of denormals take a hundred times as long; NaN stays. */
  @inline
  static flushed(x: v128): v128 {
    return v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(7.888609052210118e-31)));
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

  /** Lanes 0 and 1 as doubles */
  @inline
  static lowDoubles(x: v128): v128 {
    return f64x2.promote_low_f32x4(x);
  }

  /** Lanes 2 and 3 as doubles */
  @inline
  static highDoubles(x: v128): v128 {
    return f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  }

  /** Four doubles, rounded to float32 */
  @inline
  static fromDoubles(low: v128, high: v128): v128 {
    const a = f32x4.demote_f64x2_zero(low);
    const b = f32x4.demote_f64x2_zero(high);
    return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
  }

  /** The first n floats at ptr, n being 1, 2 or 3; the other lanes are 0, and nothing past the n is read. */
  static loadPartial(ptr: usize, n: i32): v128 {
    return F4.loadFew(ptr, n);
  }

  @inline
  private static loadFew(ptr: usize, n: i32): v128 {
    if (n === 1) return v128.load32_zero(ptr);
    const pair = v128.load64_zero(ptr);
    return n === 2 ? pair : v128.load_lane<f32>(ptr + 8, pair, 2);
  }

  /** Stores the first n lanes, n being 1, 2 or 3, and touches nothing past them. */
  static storePartial(ptr: usize, v: v128, n: i32): void {
    if (n === 1) {
      v128.store_lane<f32>(ptr, v, 0);
      return;
    }
    v128.store_lane<f64>(ptr, v, 0);
    if (n === 3) v128.store_lane<f32>(ptr + 8, v, 2);
  }

  /** Four floats, or what is left of them in so many bytes. */
  @inline
  static loadUpTo(ptr: usize, bytes: usize): v128 {
    return bytes >= 16 ? v128.load(ptr) : F4.loadPartial(ptr, <i32>(bytes >> 2));
  }

  /** The same for loops that keep constants in registers: a call would push them out (softmax of 10 columns: 20 %). */
  @inline
  static loadUpToFast(ptr: usize, bytes: usize): v128 {
    return bytes >= 16 ? v128.load(ptr) : F4.loadFew(ptr, <i32>(bytes >> 2));
  }

  @inline
  static storeUpTo(ptr: usize, v: v128, bytes: usize): void {
    if (bytes >= 16) v128.store(ptr, v);
    else F4.storePartial(ptr, v, <i32>(bytes >> 2));
  }

  /** e^x for x <= 89 or NaN */
  @inline
  static expAbove(x: v128): v128 {
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

  /** 2^x to 2^-23, for x >= -126 or NaN, where the power is a normal float */
  @inline
  private static exp2Normal(x: v128): v128 {
    const t = f32x4.add(x, f32x4.splat(ROUNDER));
    const f = f32x4.sub(x, f32x4.sub(t, f32x4.splat(ROUNDER)));
    let p = f32x4.splat(0.001322890748269856);
    p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.009671700187027454));
    p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.0555085688829422));
    p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.24022237956523895));
    p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.6931468844413757));
    p = f32x4.add(f32x4.mul(p, f), f32x4.splat(1));
    return f32x4.mul(p, i32x4.shl(i32x4.sub(t, i32x4.splat(BIAS)), 23));
  }

  /**
   * sin(x + quarters π/2), exact in its reduction over the whole range, NaN for infinities: for x = r + k π/2 it is
   * ± sin(r) or ± cos(r), as k + quarters says
   */
  static sinAhead(x: v128, quarters: i32): v128 {
    const low = F4.lowDoubles(x);
    const high = F4.highDoubles(x);
    const lowT = F4.toQuarters(low);
    const highT = F4.toQuarters(high);
    let r = F4.fromDoubles(F4.reduceAngle(low, lowT), F4.reduceAngle(high, highT));
    let k = i8x16.shuffle(lowT, highT, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    if (v128.any_true(f32x4.ge(v128.andnot(x, i32x4.splat(SIGN_BIT)), f32x4.splat(LARGE_ANGLE)))) {
      r = largeAngles(x, r);
      k = largeQuarters(x, k);
    }
    const turn = i32x4.add(k, i32x4.splat(quarters));
    const odd = i32x4.shr_s(i32x4.shl(turn, 31), 31);
    const y = v128.bitselect(F4.cosReduced(r), F4.sinReduced(r), odd);
    return v128.xor(y, i32x4.shl(i32x4.shr_u(turn, 1), 31));
  }

  /** sin(r) for |r| <= π/4, to 2^-28 */
  @inline
  static sinReduced(r: v128): v128 {
    const z = f32x4.mul(r, r);
    let p = f32x4.splat(-0.00019518785120453686);
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.008332191966474056));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-0.16666655242443085));
    return F4.withSign(f32x4.add(r, f32x4.mul(f32x4.mul(p, z), r)), r);
  }

  /** cos(r) for |r| <= π/4, to 2^-32 */
  @inline
  static cosReduced(r: v128): v128 {
    const z = f32x4.mul(r, r);
    let p = f32x4.splat(2.4463419322273694e-5);
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-0.0013887619134038687));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(0.041666653007268906));
    p = f32x4.sub(f32x4.mul(p, z), f32x4.splat(0.5));
    return f32x4.add(f32x4.splat(1), f32x4.mul(p, z));
  }

  /** ROUNDER_64 + k, where k is the integer nearest to x / (π/2), for two doubles */
  @inline
  private static toQuarters(x: v128): v128 {
    return f64x2.add(f64x2.mul(x, f64x2.splat(TWO_OVER_PI)), f64x2.splat(ROUNDER_64));
  }

  /** x - k π/2 for two doubles, given t = toQuarters(x) */
  @inline
  private static reduceAngle(x: v128, t: v128): v128 {
    const k = f64x2.sub(t, f64x2.splat(ROUNDER_64));
    const high = f64x2.sub(x, f64x2.mul(k, f64x2.splat(QUARTER_HI)));
    return f64x2.sub(high, f64x2.mul(k, f64x2.splat(QUARTER_LO)));
  }

  /** x^y for two doubles, which were floats: x >= 0 or NaN, y finite or NaN. To 2^-27; beyond float32 it is bounded. */
  @inline
  private static powSize(x: v128, y: v128): v128 {
    const bits = i64x2.sub(x, i64x2.splat(SQRT_HALF_LOW));
    const exponent = v128.or(i64x2.shr_u(bits, 52), i64x2.splat(TWO_52_BITS));
    const k = f64x2.sub(exponent, f64x2.splat(TWO_52 + 1024));
    const m = i64x2.add(v128.and(bits, i64x2.splat(FRACTION_64)), i64x2.splat(SQRT_HALF_64));

    // log2(m) = 2 atanh(s) / ln 2, to 2^-37
    const s = f64x2.div(f64x2.sub(m, f64x2.splat(1)), f64x2.add(m, f64x2.splat(1)));
    const z = f64x2.mul(s, s);
    let p = f64x2.splat(0.34073562619664444);
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(0.41167235734113344));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(0.5770835923036897));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(0.9617966732944064));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.8853900817901343));
    const infinity = f64x2.splat(Infinity);
    const finite = v128.bitselect(f64x2.add(k, f64x2.mul(p, s)), x, f64x2.lt(x, infinity));
    const log = f64x2.sub(finite, v128.and(infinity, f64x2.eq(x, f64x2.splat(0))));

    const product = f64x2.mul(y, log);
    const w = f64x2.pmax(f64x2.pmin(product, f64x2.splat(130)), f64x2.splat(-160));
    const t = f64x2.add(w, f64x2.splat(ROUNDER_64));
    const f = f64x2.sub(w, f64x2.sub(t, f64x2.splat(ROUNDER_64)));
    let e = f64x2.splat(0.00015469758510497443); // 2^f, to 2^-28
    e = f64x2.add(f64x2.mul(e, f), f64x2.splat(0.0013410031618077598));
    e = f64x2.add(f64x2.mul(e, f), f64x2.splat(0.009618030703724675));
    e = f64x2.add(f64x2.mul(e, f), f64x2.splat(0.055502972231905506));
    e = f64x2.add(f64x2.mul(e, f), f64x2.splat(0.2402265108458379));
    e = f64x2.add(f64x2.mul(e, f), f64x2.splat(0.6931472254489));
    e = f64x2.add(f64x2.mul(e, f), f64x2.splat(1));
    return i64x2.add(e, i64x2.shl(t, 52));
  }
}

/** r, but in lanes where x is large the remainder of x by π/2 */
function largeAngles(x: v128, r: v128): v128 {
  let y = f32x4.replace_lane(r, 0, largeAngle(f32x4.extract_lane(x, 0), f32x4.extract_lane(r, 0)));
  y = f32x4.replace_lane(y, 1, largeAngle(f32x4.extract_lane(x, 1), f32x4.extract_lane(r, 1)));
  y = f32x4.replace_lane(y, 2, largeAngle(f32x4.extract_lane(x, 2), f32x4.extract_lane(r, 2)));
  return f32x4.replace_lane(y, 3, largeAngle(f32x4.extract_lane(x, 3), f32x4.extract_lane(r, 3)));
}

/** k, but in lanes where x is large the integer nearest to x / (π/2), modulo 4 */
function largeQuarters(x: v128, k: v128): v128 {
  let y = i32x4.replace_lane(k, 0, largeQuarter(f32x4.extract_lane(x, 0), i32x4.extract_lane(k, 0)));
  y = i32x4.replace_lane(y, 1, largeQuarter(f32x4.extract_lane(x, 1), i32x4.extract_lane(k, 1)));
  y = i32x4.replace_lane(y, 2, largeQuarter(f32x4.extract_lane(x, 2), i32x4.extract_lane(k, 2)));
  return i32x4.replace_lane(y, 3, largeQuarter(f32x4.extract_lane(x, 3), i32x4.extract_lane(k, 3)));
}

function largeAngle(x: f32, otherwise: f32): f32 {
  if (!isLarge(x)) return otherwise;
  const quarters = quartersOf(x);
  return <f32>(<f64>(quarters - (wholeQuarters(quarters) << 62)) * 3.4061215800865545e-19); // π/2 / 2^62
}

function largeQuarter(x: f32, otherwise: i32): i32 {
  return isLarge(x) ? <i32>wholeQuarters(quartersOf(x)) : otherwise;
}

function isLarge(x: f32): bool {
  const size = abs(x);
  return size >= LARGE_ANGLE && size < INFINITE;
}

function wholeQuarters(quarters: i64): i64 {
  return (quarters + (1 << 61)) >> 62;
}

/**
 * x / (π/2) modulo 4, with 62 bits after the point (Payne and Hanek): the bits of 2/π that x lifts above 2 are skipped,
 * the 96 after them multiplied by the mantissa. |x| is at least 4, and no float32 is so near to a multiple of π/2 that
 * 62 bits would not tell.
 */
function quartersOf(x: f32): i64 {
  const bits = reinterpret<u32>(x);
  const lift = ((bits >> 23) & 0xff) - 152; // x = ±mantissa * 2^(lift + 2)
  const mantissa = (<u64>((bits & 0x7fffff) | 0x800000)) << (lift & 7);
  const window = 96 - (lift & ~7);
  const quarters = mantissa * twoOverPi(window + 32) + ((mantissa * (twoOverPi(window) & 0xffffffff)) >> 32);
  return <i32>bits < 0 ? -quarters : quarters;
}

/** 64 of the bits of 2/π, those above the last `below`, which is at most 128 */
function twoOverPi(below: i32): u64 {
  const low = below < 64 ? TWO_OVER_PI_LOW : below < 128 ? TWO_OVER_PI_MIDDLE : TWO_OVER_PI_HIGH;
  const high = below < 64 ? TWO_OVER_PI_MIDDLE : TWO_OVER_PI_HIGH;
  const shift = below & 63;
  return (low >> shift) | ((high << 1) << (63 - shift));
}

/** x^n by repeated squaring: the same steps, and so the same bits, as powi in bindings/kernels/math/powi.ts */
export function powi(x: f64, n: i32): f64 {
  let power: f64 = 1;
  let square = x;
  for (let rest: u32 = n < 0 ? 0 - <u32>n : <u32>n; rest > 0; rest >>= 1) {
    if (rest & 1) power *= square;
    square *= square;
  }
  return n < 0 ? 1 / power : power;
}
