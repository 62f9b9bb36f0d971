// Units of relu that are 0 for all samples: no gradient reaches their weights, so they stay so.

import { cause } from '../cause.js';
import { percent, shown } from '../finding.js';
import { hasLearnt } from '../symptoms.js';

export const deadUnits = cause({
  id: 'deadUnits',
  needs: ['end'],
  explains: ['vanishingGradients', 'underfitting', 'learningRateTooSmall'],
  find: (evidence) => {
    const { end, start, learningRate } = evidence;
    const share = ({ dead, units }: { dead: number; units: number }): number => dead / units;
    const worst = end.layers.filter(({ activation }) => activation === 'relu').sort((a, b) => share(b) - share(a))[0];
    if (!worst || share(worst) < 0.6 || (share(worst) < 1 && hasLearnt(evidence))) return undefined;
    const before = start?.layers.find(({ name }) => name === worst.name);
    const born = before && share(before) >= 0.5;
    const rate = learningRate === undefined ? 'a learning rate' : `the learning rate ${shown(learningRate)}`;
    return {
      seen: `${worst.dead} of ${worst.units} units of ${worst.name} (${percent(share(worst))}) are 0 for all samples${before ? `, ${before.dead} before the training` : ''}`,
      means: 'they are dead: relu has no slope there, so they never learn again',
      change: born
        ? 'Start from heUniform and biases of 0, or use leakyRelu'
        : `${rate} that is too large does that: try a tenth of it, or leakyRelu and heUniform`
            .replace(/^t/, 'T')
            .replace(/^a/, 'A'),
      confidence: (born === false ? 0.6 : 0.95) * share(worst),
      layer: worst.name,
    };
  },
});
