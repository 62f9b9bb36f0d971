/**
 * The elementary functions, correctly rounded: computed in integers of any length from their series, and rounded once
 * at the end. Nothing is shared with the kernels, and nothing with Math: no constant but 1, no polynomial that was
 * fitted. The formulas are those of Abramowitz and Stegun, Handbook of Mathematical Functions; test/exact.test.ts holds
 * their values against published digits.
 *
 * A fixed-point number is an integer that counts 2^-bits.
 */

type Fixed = bigint;

/** Bits beyond those of a double, so many that no rounding on the way can be seen in it. */
const SPARE = 192;

const double = new Float64Array(1);
const word = new BigUint64Array(double.buffer);

const abs = (v: bigint): bigint => (v < 0n ? -v : v);
const lengthOf = (v: bigint): number => abs(v).toString(2).length;
const one = (bits: number): Fixed => 1n << BigInt(bits);
const times = (a: Fixed, b: Fixed, bits: number): Fixed => (a * b) >> BigInt(bits);
const over = (a: Fixed, b: Fixed, bits: number): Fixed => (a << BigInt(bits)) / b;

/** floor(log2 |x|) of a double that is not 0 */
function exponentOf(x: number): number {
  double[0] = Math.abs(x);
  const biased = Number(word[0]! >> 52n);
  return biased > 0 ? biased - 1023 : lengthOf(word[0]!) - 1075;
}

/** Bits with which x itself, and what is as small as x, keeps SPARE bits more than a double has. */
const bitsFor = (x: number): number => SPARE + 64 + (x === 0 ? 0 : Math.abs(exponentOf(x)));

/** A finite double; exact if it has no bits below 2^-bits. */
export function fixed(x: number, bits: number): Fixed {
  if (x === 0) return 0n;
  double[0] = Math.abs(x);
  const biased = Number(word[0]! >> 52n);
  const digits = (word[0]! & ((1n << 52n) - 1n)) | (biased > 0 ? 1n << 52n : 0n);
  const shift = bits + Math.max(biased, 1) - 1075;
  const size = shift >= 0 ? digits << BigInt(shift) : digits >> BigInt(-shift);
  return x < 0 ? -size : size;
}

/** The nearest double, the even one of two. */
export function rounded(v: Fixed, bits: number): number {
  const size = abs(v);
  const drop = Math.max(lengthOf(size) - 53, bits - 1074);
  if (drop > 0) {
    const [unit, half] = [1n << BigInt(drop), 1n << BigInt(drop - 1)];
    const rest = size & (unit - 1n);
    let digits = size >> BigInt(drop);
    if (rest > half || (rest === half && digits & 1n)) digits++;
    return (v < 0n ? -1 : 1) * scaled(Number(digits), drop - bits);
  }
  return (v < 0n ? -1 : 1) * scaled(Number(size), -bits);
}

/** x · 2^k, for a whole x, in steps that a double can hold. */
function scaled(x: number, k: number): number {
  let result = x;
  for (let rest = k; rest !== 0; ) {
    const step = Math.max(-1000, Math.min(1000, rest));
    result *= 2 ** step;
    rest -= step;
  }
  return result;
}

/** n! in the denominators: 1 + r + r²/2! + …; A&S 4.2.1. The argument is halved first, its power squared as often. */
function expOf(x: Fixed, bits: number): Fixed {
  const halvings = Math.max(0, lengthOf(x) - bits) + 12;
  const more = bits + 2 * halvings + 16;
  const r = x << BigInt(more - bits - halvings);
  let [sum, term] = [one(more), one(more)];
  for (let n = 1n; term !== 0n; n++) sum += term = times(term, r, more) / n;
  for (let k = 0; k < halvings; k++) sum = times(sum, sum, more);
  return sum >> BigInt(more - bits);
}

/** 2 (s + s³/3 + s⁵/5 + …) for the number (1 + s) / (1 - s); A&S 4.1.27 */
function logRatio(s: Fixed, bits: number): Fixed {
  const square = times(s, s, bits);
  let [sum, power] = [0n, s];
  for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
    sum += power / n;
    power = times(power, square, bits);
  }
  return 2n * sum;
}

/** log of a number above 0: the powers of 2 in it are taken out first. */
function logOf(x: Fixed, bits: number): Fixed {
  const more = bits + 32;
  let k = lengthOf(x) - bits;
  const mantissa = (shift: number) =>
    more - bits >= shift ? x << BigInt(more - bits - shift) : x >> BigInt(shift + bits - more);
  if (mantissa(k) * 3n < 2n * one(more)) k--;
  const m = mantissa(k);
  const near = logRatio(over(m - one(more), m + one(more), more), more);
  const ln2 = logRatio(one(more) / 3n, more);
  return (near + BigInt(k) * ln2) >> BigInt(more - bits);
}

/** t - t³/3 + t⁵/5 - …; A&S 4.4.42 */
function arcSeries(t: Fixed, bits: number): Fixed {
  const square = times(t, t, bits);
  let [sum, power] = [0n, t];
  for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
    sum += n % 4n === 1n ? power / n : -(power / n);
    power = times(power, square, bits);
  }
  return sum;
}

const knownPi = new Map<number, Fixed>();

/** Gauss: π/4 = 12 atan(1/18) + 8 atan(1/57) - 5 atan(1/239) */
export function piOf(bits: number): Fixed {
  const known = knownPi.get(bits);
  if (known !== undefined) return known;
  const more = bits + 32;
  const arc = (n: bigint) => arcSeries(one(more) / n, more);
  const pi = (4n * (12n * arc(18n) + 8n * arc(57n) - 5n * arc(239n))) >> BigInt(more - bits);
  knownPi.set(bits, pi);
  return pi;
}

/** By Newton's method */
function rootOf(x: Fixed, bits: number): Fixed {
  const square = x << BigInt(bits);
  let root = one(Math.ceil(lengthOf(square) / 2) + 1);
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** The angle is halved four times: tan(a/2) = tan a / (1 + √(1 + tan² a)); A&S 4.3.20 */
function arcOf(x: Fixed, bits: number): Fixed {
  const unit = one(bits);
  if (abs(x) > unit) {
    const quarter = piOf(bits) >> 1n;
    return x < 0n ? -quarter - arcOf(over(unit, x, bits), bits) : quarter - arcOf(over(unit, x, bits), bits);
  }
  let t = x;
  for (let k = 0; k < 4; k++) t = over(t, unit + rootOf(unit + times(t, t, bits), bits), bits);
  return 16n * arcSeries(t, bits);
}

/** x - x³/3! + x⁵/5! - … of the angle less its half turns; A&S 4.3.65 */
function sineOf(x: Fixed, bits: number): Fixed {
  const more = Math.max(0, lengthOf(x) - bits) + 64;
  const pi = piOf(bits + more);
  const wide = x << BigInt(more);
  const turns = (2n * wide + pi) / (2n * pi) - (2n * wide + pi < 0n ? 1n : 0n);
  const r = (wide - turns * pi) >> BigInt(more);
  const square = times(r, r, bits);
  let [sum, term] = [0n, r];
  for (let n = 1n; term !== 0n && term !== -1n; n += 2n) {
    sum += term;
    term = -times(term, square, bits) / ((n + 1n) * (n + 2n));
  }
  return turns % 2n === 0n ? sum : -sum;
}

/** 2/√π (x - x³/(1!·3) + x⁵/(2!·5) - …); A&S 7.1.5. Its terms grow up to e^(x²): so many bits more. */
export function erfSeries(x: Fixed, bits: number): Fixed {
  const size = rounded(x, bits);
  const more = bits + 32 + Math.ceil(1.5 * size * size);
  const wide = x << BigInt(more - bits);
  const square = times(wide, wide, more);
  let [sum, term] = [0n, wide];
  for (let n = 0n; term !== 0n && term !== -1n; n++) {
    sum += term / (2n * n + 1n);
    term = -times(term, square, more) / (n + 1n);
  }
  return over(2n * sum, rootOf(piOf(more), more), more) >> BigInt(more - bits);
}

/** `f` where x is finite, what `ends` has for NaN and both infinities. */
function total(x: number, f: (x: number) => number, ends: { readonly minus: number; readonly plus: number }): number {
  if (Number.isNaN(x)) return x;
  if (x === Infinity) return ends.plus;
  return x === -Infinity ? ends.minus : f(x);
}

/** An odd function keeps the sign of 0. */
const odd = (f: (x: number) => number) => (x: number) => (x === 0 ? x : f(x));

/** Beyond these, results are 0 or infinite, or no longer to be told from a bound. */
const clamp = (x: number, bound: number): number => Math.max(-bound, Math.min(bound, x));

/** Of e^x, for |x| <= 800 */
const expBits = (x: number): number => bitsFor(x) + Math.ceil(1.5 * Math.abs(x));

export function exp(x: number): number {
  return total(
    x,
    (v) => {
      const near = clamp(v, 800);
      const bits = expBits(near);
      return rounded(expOf(fixed(near, bits), bits), bits);
    },
    { minus: 0, plus: Infinity },
  );
}

export function expm1(x: number): number {
  return total(
    x,
    odd((v) => {
      const near = clamp(v, 800);
      const bits = expBits(near);
      return rounded(expOf(fixed(near, bits), bits) - one(bits), bits);
    }),
    { minus: -1, plus: Infinity },
  );
}

export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN;
  if (x === Infinity) return x;
  const bits = bitsFor(x);
  return rounded(logOf(fixed(x, bits), bits), bits);
}

export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? -Infinity : Number.NaN;
  if (x === Infinity || x === 0) return x;
  const bits = bitsFor(x);
  return rounded(logOf(one(bits) + fixed(x, bits), bits), bits);
}

/** (e^2x - 1) / (e^2x + 1); A&S 4.5.3 */
export function tanh(x: number): number {
  return total(
    x,
    odd((v) => {
      const near = clamp(v, 100);
      const bits = expBits(2 * near);
      const power = expOf(fixed(2 * near, bits), bits);
      return rounded(over(power - one(bits), power + one(bits), bits), bits);
    }),
    { minus: -1, plus: 1 },
  );
}

/** 1 / (1 + e^-x) */
export function sigmoid(x: number): number {
  return total(
    x,
    (v) => {
      const near = clamp(v, 800);
      const bits = expBits(near);
      return rounded(over(one(bits), one(bits) + expOf(fixed(-near, bits), bits), bits), bits);
    },
    { minus: 0, plus: 1 },
  );
}

/** log(1 + e^x) */
export function softplus(x: number): number {
  if (x > 800) return x;
  return total(
    x,
    (v) => {
      const near = clamp(v, 800);
      const bits = expBits(near);
      return rounded(logOf(one(bits) + expOf(fixed(near, bits), bits), bits), bits);
    },
    { minus: 0, plus: Infinity },
  );
}

export function sin(x: number): number {
  const f = odd((v) => rounded(sineOf(fixed(v, bitsFor(v)), bitsFor(v)), bitsFor(v)));
  return total(x, f, { minus: Number.NaN, plus: Number.NaN });
}

/** sin(x + π/2) */
export function cos(x: number): number {
  return total(
    x,
    (v) => {
      const bits = bitsFor(v);
      return rounded(sineOf(fixed(v, bits) + (piOf(bits) >> 1n), bits), bits);
    },
    { minus: Number.NaN, plus: Number.NaN },
  );
}

export function atan(x: number): number {
  const end = rounded(piOf(256), 257);
  return total(
    x,
    odd((v) => rounded(arcOf(fixed(v, bitsFor(v)), bitsFor(v)), bitsFor(v))),
    { minus: -end, plus: end },
  );
}

export function erf(x: number): number {
  const f = odd((v) => {
    const near = clamp(v, 10); // 1 - erf(10) is 2e-45
    return rounded(erfSeries(fixed(near, bitsFor(near)), bitsFor(near)), bitsFor(near));
  });
  return total(x, f, { minus: -1, plus: 1 });
}

/** x^y for 0 < x: e^(y log x) */
export function pow(x: number, y: number): number {
  const bits = bitsFor(x) + bitsFor(y) + 1200;
  const power = times(logOf(fixed(x, bits), bits), fixed(y, bits), bits);
  const bound = fixed(800, bits);
  if (abs(power) > bound) return power < 0n ? 0 : Infinity;
  return rounded(expOf(power, bits), bits);
}

/** x Φ(x), Φ being the distribution of a normal variable: x (1 + erf(x/√2)) / 2 */
export function gelu(x: number): number {
  return total(
    x,
    odd((v) => {
      if (Math.abs(v) > 40) return v < 0 ? -0 : v; // -e^-801
      const bits = bitsFor(v) + 1400;
      const at = over(fixed(v, bits), rootOf(2n * one(bits), bits), bits);
      return rounded(times(fixed(v, bits), one(bits) + erfSeries(at, bits), bits), bits + 1);
    }),
    { minus: Number.NaN, plus: Infinity },
  );
}

/** The same with tanh(√(2/π) (x + 0.044715 x³)) in place of erf(x/√2) */
export function geluTanh(x: number): number {
  return total(
    x,
    odd((v) => {
      if (Math.abs(v) > 25) return v < 0 ? -0 : v; // -25 e^-1154
      const bits = bitsFor(v) + 2000;
      const t = fixed(v, bits);
      const cube = times(times(t, t, bits), t, bits);
      const slope = rootOf(over(2n * one(bits), piOf(bits), bits), bits);
      const inner = times(slope, t + (44715n * cube) / 1000000n, bits);
      const power = expOf(-2n * inner, bits); // (1 + tanh(a)) / 2 = 1 / (1 + e^-2a)
      return rounded(over(t, one(bits) + power, bits), bits);
    }),
    { minus: Number.NaN, plus: Infinity },
  );
}

/** The first digits of a number from 0 on, cut off. */
export function digitsOf(v: Fixed, bits: number, count: number): string {
  const text = ((v * 10n ** BigInt(count)) >> BigInt(bits)).toString().padStart(count + 1, '0');
  return `${text.slice(0, -count)}.${text.slice(-count)}`;
}
