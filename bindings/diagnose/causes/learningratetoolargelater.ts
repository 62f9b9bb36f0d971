// Steps that were right at first and are too large near the minimum: the loss falls fast, and then stays on a level that smaller
// steps would leave.

import { cause } from '../cause.js';
import { endOf, median, roughness } from '../curve.js';
import { shown } from '../finding.js';
import { untrainedLoss } from '../symptoms.js';

export const learningRateTooLargeLater = cause({
  id: 'learningRateTooLargeLater',
  needs: [],
  explains: ['learningRateTooSmall'],
  find: (evidence) => {
    const { losses, trials, learningRate, unit, failed } = evidence;
    const isAlone = !evidence.labels && !evidence.start; // the loss before the training is not known: that of the first epoch is far below
    const end = endOf(losses);
    const from = untrainedLoss(evidence);
    if (losses.length < 6 || failed || end > 0.85 * Math.max(from, losses[0]!) || end < (isAlone ? 0.2 : 0.1) * from)
      return undefined;
    const third = Math.floor(losses.length / 3);
    const half = losses.slice(Math.floor(losses.length / 2));
    if (median(losses.slice(-third)) < 0.65 * median(losses.slice(third, -third))) return undefined;
    const rough = roughness(half);
    const less = trials ? trials.after[0]!.loss : Number.NaN;
    const gain = trials ? 1 - less / trials.before : 0;
    if (rough < (isAlone ? 0.14 : 0.06) && gain < 0.1) return undefined;
    const rate = learningRate === undefined ? 'the learning rate' : `the learning rate ${shown(learningRate)}`;
    const then =
      gain >= 0.1 && trials
        ? `; ${trials.steps} steps with a tenth of the rate get it to ${shown(less)}`
        : `, jumping by ${Math.round(100 * rough)} % from ${unit} to ${unit}`;
    return {
      seen: `The loss fell from ${shown(losses[0]!)} to ${shown(half[0]!)} in the first half and stayed at ${shown(end)} in the second${then}`,
      means: `${rate} is right at first, and too large later`,
      change: `Make it smaller for the last ${unit}s: a schedule such as cosineDecay, reduceLROnPlateau, or a tenth of it in another fit`,
      confidence: Math.min(0.9, 0.5 + gain + rough),
    };
  },
});
