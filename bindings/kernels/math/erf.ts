// The error function.

import { exp } from './exp.js';
import { factorial, horner, series, sign, TINY } from './parts.js';

// 2/√π = ERF_SLOPE + ERF_SLOPE_LO, the slope of erf at 0
const ERF_SLOPE = 1.1283791670955126;
const ERF_SLOPE_LO = 1.533545961316588e-17;

const ERF_TAIL = /*@__PURE__*/ series(16, 1, (n) => sign(n) / (factorial(n) * (2 * n + 1)));

/** e^(x²) erfc(x) for x from 0.84 to 6, fitted in u = (x - 2) / (x + 2) by Remez exchange in 40 digits */
const ERFC_SCALED = /*@__PURE__*/ Float64Array.of(
  -6.43472655262289e-7,
  8.074731319557335e-7,
  3.878314443922143e-6,
  1.5238039270346111e-6,
  -1.3995130493107563e-5,
  -2.760447596395534e-5,
  2.7529563001534655e-5,
  0.00017436381576726854,
  4.3555275021616794e-5,
  -0.0009819771901190123,
  -0.0008471432373673422,
  0.006997461744598934,
  0.003732892404071083,
  -0.07897858101581251,
  0.2416581942424681,
  -0.42718584741395804,
  0.25539567631050575,
);

/** The error function: its series up to 0.84, 1 - erfc(x) from there on */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < TINY) return x * ERF_SLOPE;
  if (size < 0.84) return erfSeries(x);
  if (size > 6) return x < 0 ? -1 : 1;
  const y = 1 - exp(-size * size) * erfcScaled(size);
  return x < 0 ? -y : y;
}

/** erf(x) for |x| < 0.84: 2/√π times x - x³/3 + x⁵/(5·2!) - x⁷/(7·3!) + … */
function erfSeries(x: number): number {
  const z = x * x;
  const y = x * ERF_SLOPE;
  return y + (y * (horner(ERF_TAIL, z) * z) + x * ERF_SLOPE_LO);
}

/** e^(x²) erfc(x) for x from 0.84 to 6: 1 - erf(x) to 2^-57 of erf(x) */
function erfcScaled(x: number): number {
  return horner(ERFC_SCALED, (x - 2) / (x + 2));
}
