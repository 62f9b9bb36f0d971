// A model that can't learn more: the loss is flat, and other samples tell the labels better than the model does.

import { cause } from '../cause.js';
import { endOf, lateShare } from '../curve.js';
import { percent, shown } from '../finding.js';
import { hasLearnt, untrainedLoss } from '../symptoms.js';

export const underfitting = cause({
  id: 'underfitting',
  needs: ['end', 'labels'],
  find: (evidence) => {
    const { losses, end, labels, trials, parameters, failed } = evidence;
    if (failed || hasLearnt(evidence) || labels.agreement < 4 || lateShare(losses) > 0.25) return undefined;
    const missing = labels.neighbours - end.skill;
    const reached = Math.min(...(trials?.after.map(({ loss }) => loss).filter(Number.isFinite) ?? []));
    if (missing < 0.15 || reached < 0.3 * untrainedLoss(evidence)) return undefined; // smaller or larger steps get further
    return {
      seen: `The loss stays at ${shown(endOf(losses))}: the model explains ${percent(Math.max(0, end.skill))} of the labels, and just asking the most similar samples ${percent(labels.neighbours)}`,
      means: `the model is too small or too simple for the data${parameters ? `, with ${parameters} parameters` : ''}`,
      change: 'More units, one more layer, or a non-linear activation such as relu; less regularization',
      confidence: Math.min(0.9, 0.5 + missing / 2),
    };
  },
});
