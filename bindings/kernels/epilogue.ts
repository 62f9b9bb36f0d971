// What products do to their results: bias, and activation or an activation's gradient. Twin:
// assembly/kernels/epilogue.ts.

import { Op } from '../../assembly/opcodes.js';
import type { Views } from '../run/memory.js';
import { binary, sigmoid, tanh, unary } from './elementwise.js';

/** The operands that say what is applied. */
interface Epilogue {
  readonly out: number;
  readonly bias: number;
  readonly epilogue: number;
  readonly y: number;
  readonly slope: number;
}

/**
 * out = epilogue(out + bias), of rows and cols. `bias` and `epilogue` are 0 where there is none; `y` is the
 * activation's value if the epilogue is an activation's gradient.
 */
export function applyEpilogue(
  views: Views,
  { out, bias, epilogue, y, slope }: Epilogue,
  rows: number,
  cols: number,
): void {
  if (bias !== 0)
    binary(Op.add, views, { out, a: out, b: bias, rows, cols, aRow: cols, aCol: 1, bRow: 0, bCol: 1, slope });
  const n = rows * cols;
  const one = { out, x: out, n, slope };
  if (epilogue >= Op.reluGrad)
    binary(epilogue, views, { out, a: out, b: y, rows: 1, cols: n, aRow: 0, aCol: 1, bRow: 0, bCol: 1, slope });
  else if (epilogue === Op.sigmoid) sigmoid(views, one);
  else if (epilogue === Op.tanh) tanh(views, one);
  else if (epilogue !== 0) unary(epilogue, views, one);
}
