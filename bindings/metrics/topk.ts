// The metric of whether the right class is among the first few.

import { check, checkWhole } from '../errors.js';
import { madeBy } from '../made.js';
import { takeAlongAxis } from '../ops/gather.js';
import { sameShape, shapeText } from '../shape.js';
import type { Metric } from './metrics.js';

/**
 * The metric of how often the right class is among the k with the largest scores, of class indices or rows with a
 * number for each class; logs call it top5Accuracy. Classes with the same score as the right one do not come before it;
 * NaN is never right.
 *
 * @throws if labels and predictions do not fit
 */
export function topKAccuracy<K extends number = 5>(k: K = 5 as K): Metric<`top${K}Accuracy`> {
  checkWhole('topKAccuracy: k', k);
  return madeBy('topKAccuracy', [k], {
    name: `top${k}Accuracy`,
    compute: (yTrue, yPred) => {
      const areIndices = yTrue.dtype === 'int32';
      check(areIndices || sameShape(yTrue.shape, yPred.shape), () => {
        return `top${k}Accuracy: labels ${shapeText(yTrue.shape)} do not fit predictions ${shapeText(yPred.shape)}`;
      });
      const labels = areIndices ? yTrue : yTrue.argMax();
      const own = takeAlongAxis(yPred, labels.expandDims(-1), -1);
      // Those that are not larger are counted, since of NaN nothing is true.
      const notAbove = yPred.lessEqual(own).sum(-1);
      const right = notAbove.greater(Math.max(0, yPred.shape.at(-1)! - k));
      return areIndices ? right.mul(labels.greaterEqual(0)) : right; // one below 0 is read from the end, and is ignored by the loss
    },
  });
}
