// What a matrix product does to its result while it is in cache: bias, and activation or an activation's gradient.

import { Op } from '../opcodes';
import { applyBinary, applyUnary } from './elementwise';

/** Bias and activation are applied to about this many elements before the next ones, so that these stay in L1. */
const ELEMENTS_AT_ONCE = 2048;

/**
 * c = epilogue(c + bias) over a block of rows. `bias` and `epilogue` are 0 where there is none; `y` is the activation's
 * value if the epilogue is an activation's gradient.
 */
export function applyEpilogue(
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  bias: usize,
  epilogue: i32,
  y: usize,
  slope: f32,
): void {
  if (!bias && !epilogue) return;
  const gapless = cRow === (<usize>columns) << 2;
  const most = gapless ? max(1, ELEMENTS_AT_ONCE / max(1, columns)) : 1;
  for (let i = 0; i < rows; i += most) {
    const count = min(most, rows - i);
    const at = <usize>i * cRow;
    if (bias) applyBinary(Op.add, c + at, c + at, bias, count, columns, columns, 1, 0, 1, 0, 0, 1);
    if (y) applyBinary(epilogue, c + at, c + at, y + at, 1, count * columns, 0, 1, 0, 1, slope, 0, 1);
    else if (epilogue) applyUnary(epilogue, c + at, c + at, count * columns, slope, 0, 1);
  }
}
