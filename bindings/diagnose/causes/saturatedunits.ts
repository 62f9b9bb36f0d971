// Units on the flat ends of tanh or sigmoid: gradients through them are nearly 0.

import { cause } from '../cause.js';
import { percent } from '../finding.js';
import { hasLearnt } from '../symptoms.js';

export const saturatedUnits = cause({
  id: 'saturatedUnits',
  needs: ['end'],
  explains: ['vanishingGradients', 'underfitting', 'learningRateTooSmall'],
  find: (evidence) => {
    const { end, start } = evidence;
    if (hasLearnt(evidence)) return undefined;
    const hidden = end.layers.filter(({ hidden }) => hidden);
    const worst = hidden.sort((a, b) => b.saturated - a.saturated)[0];
    if (!worst || worst.saturated < 0.6) return undefined;
    const before = start?.layers.find(({ name }) => name === worst.name);
    return {
      seen: `${percent(worst.saturated)} of the outputs of ${worst.name} are on the flat ends of ${worst.activation}${before ? `, ${percent(before.saturated)} before the training` : ''}`,
      means: 'it is saturated: with a slope of nearly 0 hardly anything reaches the weights before it',
      change:
        'Smaller initial weights (glorotUniform), inputs scaled to about -1 … 1, a smaller learning rate; or relu',
      confidence: (before && before.saturated < 0.3 ? 0.6 : 0.95) * worst.saturated,
      layer: worst.name,
    };
  },
});
