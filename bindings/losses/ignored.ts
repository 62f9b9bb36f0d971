// What a loss that ignores a class index says of its rows to metrics: which of them count. Not here: the loss itself,
// which gives them no weight (ops/losses/classes.ts).

import { alongside, keptRows } from '../keptrows.js';
import { sameShape } from '../shape.js';
import { Tensor } from '../tensor.js';
import type { Loss } from './losses.js';

/**
 * A number of a metric that is none of a row counts as without the index: a metric of the user may ignore it by itself.
 */
export const ignoring = (ignoreIndex: number): Pick<Loss, 'ignoreIndex' | 'counted' | 'kept'> => ({
  ignoreIndex,
  counted: (yTrue, values, mask) => {
    const isOfRows = values instanceof Tensor && sameShape(values.shape.slice(0, yTrue.shape.length), yTrue.shape);
    if (!isOfRows) return mask;
    const rows = yTrue.notEqual(ignoreIndex);
    return mask ? rows.mul(alongside(mask, rows)) : rows;
  },
  kept: ([yTrue, yPred]) => {
    const rows = Array.from(yTrue!.values(), (label) => +(label !== ignoreIndex));
    return [yTrue!, yPred!].map((t) => keptRows(t, rows, t.shape.slice(yTrue!.shape.length)));
  },
});
