// Steps that were right at first and are too large near the minimum: the loss falls fast, and then stays on a level
// that smaller steps would leave.

import { cause } from '../cause.js';
import { endOf, median, roughness } from '../curve.js';
import { shown } from '../finding.js';
import { isAlone, untrainedLoss } from '../symptoms.js';

export const learningRateTooLargeLater = cause({
  id: 'learningRateTooLargeLater',
  needs: [],
  explains: ['learningRateTooSmall'],
  find: (evidence) => {
    const { losses, trials, learningRate, unit, failed } = evidence;
    const [from, end] = [untrainedLoss(evidence), endOf(losses)];
    if (losses.length < 6 || failed || end > 0.85 * Math.max(from, losses[0]!)) return undefined;
    const third = Math.floor(losses.length / 3);
    const half = losses.slice(Math.floor(losses.length / 2));
    const left = median(losses.slice(-third)) / median(losses.slice(third, -third)); // 1 where it is flat
    const rough = roughness(half);
    const gain = trials ? 1 - trials.after[0]!.loss / trials.before : 0;
    const helps = left > 0.75 && gain > 0.2 && gain * trials!.before > 0.065 * from;
    const jumps = left > 0.6 && (isAlone(evidence) ? rough > 0.14 && end > 0.2 * from : rough * end > 0.037 * from);
    if (!helps && !jumps) return undefined;
    const rate = learningRate === undefined ? 'the learning rate' : `the learning rate ${shown(learningRate)}`;
    const then =
      helps && trials
        ? `; ${trials.steps} steps with a tenth of the rate get it to ${shown(trials.after[0]!.loss)}`
        : `, jumping by ${Math.round(100 * rough)} % from ${unit} to ${unit}`;
    return {
      seen: `The loss fell from ${shown(losses[0]!)} to ${shown(half[0]!)} in the first half and stayed at ${shown(end)} in the second${then}`,
      means: `${rate} is right at first, and too large later`,
      change: `Make it smaller for the last ${unit}s: a schedule such as cosineDecay, reduceLROnPlateau, or a tenth of it in another fit`,
      confidence: Math.min(0.9, 0.5 + gain + rough),
    };
  },
});
