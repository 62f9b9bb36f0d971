// The loops over elements that elementwise kernels share: a kernel is made of one expression.

import type { BinaryInstruction, Operands, UnaryInstruction } from '../instructions.js';
import type { Views } from '../run/memory.js';

/** Makes a kernel of one input: out[i] = op(x[i]). */
/*@__NO_SIDE_EFFECTS__*/
export function unaryKernel(op: (x: number, slope: number) => number) {
  return ({ f }: Views, { out, x, n, slope }: Operands<UnaryInstruction>): void => {
    for (let i = 0; i < n; i++) f[out + i] = op(f[x + i]!, slope);
  };
}

/**
 * Makes a kernel of two inputs, which are floats or, with `i`, int32, and so is the result:
 * out[r, c] = op(a[r·aRow + c·aCol], b[r·bRow + c·bCol]).
 */
/*@__NO_SIDE_EFFECTS__*/
export function binaryKernel(
  op: (a: number, b: number, slope: number) => number,
  type: 'f' | 'i' = 'f',
  result: 'f' | 'i' = 'f',
) {
  return (views: Views, it: Operands<BinaryInstruction>): void => {
    const { out, a, b, rows, cols, aRow, aCol, bRow, bCol, slope } = it;
    const { [result]: y, [type]: x } = views;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++)
        y[out + r * cols + c] = op(x[a + r * aRow + c * aCol]!, x[b + r * bRow + c * bCol]!, slope);
    }
  };
}

/** The same of int32, with a result of int32. */
/*@__NO_SIDE_EFFECTS__*/
export const intKernel = (op: (a: number, b: number) => number) => binaryKernel(op, 'i', 'i');
