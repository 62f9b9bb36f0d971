// A class that is so rare that a model does well without ever telling it.

import { cause } from '../cause.js';
import { percent } from '../finding.js';

export const imbalancedClasses = cause({
  id: 'imbalancedClasses',
  needs: ['labels'],
  explains: ['shuffledLabels', 'learningRateTooSmall', 'underfitting'],
  find: ({ labels, end }) => {
    const { counts } = labels;
    if (!counts) return undefined;
    const all = counts.reduce((a, b) => a + b);
    const present = counts
      .map((count, c) => ({ c, share: count / all, recall: end?.recalls[c] }))
      .filter(({ share }) => share > 0);
    const rare = present.filter(
      ({ share, recall }) => share < 0.3 / present.length && !(recall !== undefined && recall > 0.6),
    );
    const worst = rare.sort((a, b) => a.share - b.share)[0];
    if (!worst || present.length < 2) return undefined;
    const told = worst.recall === undefined ? '' : `, and ${percent(worst.recall)} of them are told right`;
    return {
      seen: `Class ${worst.c} has ${percent(worst.share)} of the samples${told}`,
      means: 'the classes are out of balance: always answering another one costs little',
      change:
        "fit({ classWeight: 'balanced' }), more samples of that class, and recall or f1 in place of accuracy to judge by",
      confidence: worst.recall === undefined ? 0.6 : 0.9,
    };
  },
});
