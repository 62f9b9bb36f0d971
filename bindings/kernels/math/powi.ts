/** x^n for an integer n of 32 bits, by repeated squaring. powi in assembly/simd.ts takes the same steps: same bits. */
export function powi(x: number, n: number): number {
  let power = 1;
  let square = x;
  for (let rest = Math.abs(n); rest > 0; rest >>>= 1) {
    if (rest & 1) power *= square;
    square *= square;
  }
  return n < 0 ? 1 / power : power;
}
