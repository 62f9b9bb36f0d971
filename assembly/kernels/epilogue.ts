import { Op } from '../opcodes';
import { binary, unary } from './elementwise';

/** About this many elements get their bias and their activation before the next ones: they stay in L1. */
const ELEMENTS_AT_ONCE = 2048;

/** c = epilogue(c + bias) over a block of rows; 0 means no bias, no epilogue; y is the second input of a gradient. */
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
    if (bias) binary(Op.add, c + at, c + at, bias, count, columns, columns, 1, 0, 1, 0, 0, 1);
    if (y) binary(epilogue, c + at, c + at, y + at, 1, count * columns, 0, 1, 0, 1, slope, 0, 1);
    else if (epilogue) unary(epilogue, c + at, c + at, count * columns, slope, 0, 1);
  }
}
