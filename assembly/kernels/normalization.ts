// Normalisation of rows by their own mean and variance (layer norm and its kin). Sums of up to CHUNK elements are kept
// in float32, of differences from a number of their own size, so that a large mean costs nothing; these go on in
// float64. A part takes whole rows. Twin: bindings/kernels/normalization.ts. Not here: columns (columns.ts).

import { NormRowsGradOperands, NormRowsOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { eachRow } from './normalization/forward';
import { eachGrad } from './normalization/gradient';
import { Centered, Uncentered } from './normalization/moments';

/** What an element costs, next to one that is only moved. */
const WORK = 4;

/** out = (x - mean) / √(variance + epsilon) · gamma + beta for each row; without gamma or beta where these are 0. */
export function normRows(it: NormRowsOperands, part: i32, parts: i32): void {
  const range = rangeOf(it.rows, it.cols * WORK, 1, part, parts);
  if (it.cols === 0) return;
  if (it.centered) eachRow<Centered>(it, startOf(range), endOf(range));
  else eachRow<Uncentered>(it, startOf(range), endOf(range));
}

/**
 * The gradient by x for that by the result, g: with h = g·gamma and the normalised row y,
 * out = (h - mean(h) - y·mean(h·y)) / √(variance + epsilon)
 */
export function normRowsGrad(it: NormRowsGradOperands, part: i32, parts: i32): void {
  const range = rangeOf(it.rows, 2 * it.cols * WORK, 1, part, parts);
  if (it.cols === 0) return;
  if (it.centered) eachGrad<Centered>(it, startOf(range), endOf(range));
  else eachGrad<Uncentered>(it, startOf(range), endOf(range));
}
