// A model that learns its samples by heart: the loss falls on, and on the validation data it rises.

import { cause } from '../cause.js';
import { endOf, fallOf, leastAt } from '../curve.js';
import { shown } from '../finding.js';

export const overfitting = cause({
  id: 'overfitting',
  needs: ['valLosses'],
  explains: [],
  find: ({ losses, valLosses, parameters, inputs, unit }) => {
    if (valLosses.length < 4 || fallOf(losses) < 0.1) return undefined;
    const at = leastAt(valLosses);
    const [least, end, own] = [valLosses[at]!, endOf(valLosses), endOf(losses)];
    const rise = end / least - 1;
    if (rise < 0.15 || end < 1.5 * own) return undefined;
    const best = Math.round((at / valLosses.length) * losses.length) + 1;
    const size = parameters && inputs ? `; ${parameters} parameters learn ${inputs.samples} samples` : '';
    return {
      seen: `The loss of the validation data rose from ${shown(least)} in ${unit} ${best} to ${shown(end)}, while that of the training data fell to ${shown(own)}${size}`,
      means: 'the model learns its samples by heart',
      change:
        'More samples; l2(0.01) as kernelRegularizer, or dropout; fewer units; earlyStopping({ patience: 5, restoreBestWeights: true })',
      confidence: Math.min(0.95, 0.6 + rise / 2),
    };
  },
});
