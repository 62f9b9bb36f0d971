// The exact product of two doubles, as a sum of two: for powers, and for the reduction of large angles.

/**
 * What the rounding of the last product lost. A variable, because a function that returns two numbers would allocate.
 */
export let lostByProduct = 0;

/** a * b rounded; lostByProduct is then what the rounding lost (Dekker). No part may overflow. */
export function exactProduct(a: number, b: number): number {
  const p = a * b;
  const aHigh = highHalf(a);
  const bHigh = highHalf(b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  lostByProduct = aLow * bLow - (p - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return p;
}

/** The first 26 bits of x (Veltkamp) */
function highHalf(x: number): number {
  const shifted = x * 134217729;
  return shifted - (shifted - x);
}
