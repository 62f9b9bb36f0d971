// Labels that have nothing to do with the samples, as if one of both had been put into another order.

import { cause } from '../cause.js';
import { shown } from '../finding.js';
import { untrainedLoss } from '../symptoms.js';

export const shuffledLabels = cause({
  id: 'shuffledLabels',
  needs: ['labels', 'inputs'],
  explains: [
    'underfitting',
    'overfitting',
    'learningRateTooLarge',
    'learningRateTooLargeLater',
    'learningRateTooSmall',
    'deadUnits',
    'saturatedUnits',
    'vanishingGradients',
  ],
  find: (evidence) => {
    const { labels, inputs, valLosses, failed } = evidence;
    if (failed || inputs.samples < 50 || labels.agreement > 3) return undefined;
    const from = untrainedLoss(evidence);
    const least = valLosses && Math.min(...valLosses);
    if (least !== undefined && least < 0.93 * from) return undefined;
    const then =
      least === undefined
        ? ''
        : `, and the loss of the validation data never fell below ${shown(least)}, where ${shown(from)} is had without looking at the samples`;
    return {
      seen: `Samples that are alike have labels that are no more alike than by chance (${shown(labels.agreement)} standard deviations)${then}`,
      means: 'the labels look shuffled: nothing in the samples tells them',
      change: 'Look at some samples with their labels; shuffle x and y together, by shuffle(x, y) of wasmgrad/data',
      confidence: least === undefined ? 0.7 : 0.85,
    };
  },
});
