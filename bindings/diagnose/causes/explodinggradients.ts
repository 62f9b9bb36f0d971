// Gradients that become larger from layer to layer, last to first.

import { cause } from '../cause.js';
import { shown } from '../finding.js';
import { hasLearnt } from '../symptoms.js';

export const explodingGradients = cause({
  id: 'explodingGradients',
  needs: ['end'],
  explains: [
    'nonFinite',
    'learningRateTooLarge',
    'learningRateTooLargeLater',
    'underfitting',
    'deadUnits',
    'saturatedUnits',
  ],
  find: (evidence) => {
    const { start, end, failed } = evidence;
    const before = start ?? (failed?.epoch === 0 ? end : undefined); // afterwards steps that are too large look the same
    const layers = before?.layers.filter(({ gradient }) => gradient >= 0) ?? [];
    if (layers.length < 2 || hasLearnt(evidence)) return undefined;
    const largest = layers.reduce((a, b) => (b.gradient / b.weight > a.gradient / a.weight ? b : a));
    if (!(largest.gradient > 20 * largest.weight)) return undefined;
    return {
      seen: `dL/dW of ${largest.name} is ${shown(largest.gradient)}, ${shown(largest.gradient / largest.weight)} times its weights`,
      means: 'gradients explode on their way through the layers',
      change:
        'clipByGlobalNorm(1, optimizer); smaller initial weights (heUniform, glorotUniform); batchNorm; fewer layers',
      confidence: 0.8,
      layer: largest.name,
    };
  },
});
