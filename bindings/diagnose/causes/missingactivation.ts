// A loss of probabilities behind a model whose outputs are none.

import { cause } from '../cause.js';
import { shown } from '../finding.js';

export const missingActivation = cause({
  id: 'missingActivation',
  needs: ['noProbability'],
  explains: [
    'nonFinite',
    'learningRateTooLarge',
    'learningRateTooLargeLater',
    'learningRateTooSmall',
    'explodingGradients',
    'vanishingGradients',
    'shuffledLabels',
    'underfitting',
  ],
  find: ({ noProbability: { loss, activation, instead, sample, value, isSum } }) => ({
    seen: isSum
      ? `The outputs of sample ${sample} add up to ${shown(value)}`
      : `An output of sample ${sample} is ${shown(value)}`,
    means: `${loss} takes probabilities, and the model does not end with ${activation}`,
    change: `Give the last layer { activation: '${activation}' }, or compile with '${instead}'`,
    confidence: 0.98,
  }),
});
