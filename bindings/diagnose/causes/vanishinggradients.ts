// Gradients that become smaller from layer to layer, last to first, until the first layers do not learn.

import { cause } from '../cause.js';
import { shown } from '../finding.js';
import { hasLearnt } from '../symptoms.js';

export const vanishingGradients = cause({
  id: 'vanishingGradients',
  needs: ['end'],
  explains: ['underfitting', 'learningRateTooSmall'],
  find: (evidence) => {
    const layers = (evidence.start ?? evidence.end).layers.filter(({ gradient }) => gradient >= 0);
    if (layers.length < 3 || hasLearnt(evidence)) return undefined;
    const [first, last] = [layers[0]!, layers.at(-1)!];
    const ratio = first.gradient / last.gradient;
    if (!(ratio < 1e-3)) return undefined;
    return {
      seen: `dL/dW is ${shown(last.gradient)} in ${last.name} and ${shown(first.gradient)} in ${first.name}, ${shown(1 / ratio)} times less`,
      means: 'gradients vanish on their way to the first layers, which hardly learn',
      change: 'relu with heUniform in place of sigmoid or tanh; fewer layers; batchNorm, or connections around layers',
      confidence: ratio < 1e-4 ? 0.9 : 0.7,
      layer: first.name,
    };
  },
});
