// Inputs that are far from the size of 1, or whose columns differ by far.

import { cause } from '../cause.js';
import { shown } from '../finding.js';
import { hasLearnt } from '../symptoms.js';

export const unscaledInputs = cause({
  id: 'unscaledInputs',
  needs: ['inputs'],
  explains: [
    'shuffledLabels',
    'imbalancedClasses',
    'learningRateTooLarge',
    'learningRateTooLargeLater',
    'learningRateTooSmall',
    'deadUnits',
    'saturatedUnits',
    'vanishingGradients',
    'explodingGradients',
    'underfitting',
    'nonFinite',
  ],
  find: (evidence) => {
    const { columns } = evidence.inputs;
    if (columns.length === 0 || hasLearnt(evidence)) return undefined;
    const size = ({ mean, std }: { mean: number; std: number }): number => Math.hypot(mean, std);
    const sorted = [...columns].sort((a, b) => size(b) - size(a));
    const largest = sorted[0]!;
    const most = size(largest);
    if (most < 30 && most > 0.03) return undefined;
    return {
      seen: `The numbers of ${largest.name} are about ${shown(largest.mean)} ± ${shown(largest.std)}${sorted.length > 1 ? `, the largest of ${sorted.length}` : ''}`,
      means: 'the inputs are not scaled: layers expect numbers of about -1 … 1',
      change:
        'standardScaler() of wasmgrad/data, fitted on the training data; for bytes of images rescaling(1 / 255) as first layer',
      confidence: 0.9,
    };
  },
});
