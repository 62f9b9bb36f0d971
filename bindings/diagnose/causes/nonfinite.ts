// A loss or weight that became NaN or infinite, and where that began: in the data, or at a step.

import { cause } from '../cause.js';
import { shown } from '../finding.js';

export const badData = cause({
  id: 'nonFinite',
  needs: ['bad'],
  explains: ['nonFinite', 'learningRateTooLarge'],
  find: ({ bad }) => ({
    seen: `${bad.name} holds ${bad.value} in sample ${bad.sample}`,
    means: 'every loss of a batch with it is NaN, and so is every weight after that step',
    change: 'Leave that sample out, or put a number in its place',
    confidence: 0.99,
  }),
});

export const nonFinite = cause({
  id: 'nonFinite',
  needs: ['failed'],
  find: ({ failed, losses, unit }) => {
    const before = losses.length > 0 ? `, after a loss of ${shown(losses.at(-1)!)}` : '';
    const where = unit === 'step' ? `at step ${failed.step}` : `at step ${failed.step} of epoch ${failed.epoch}`;
    return {
      seen: `NaN or infinity began ${where}${before}`,
      means:
        'a step was so large that a number left the range of float32, or something took a logarithm or root that does not exist',
      change:
        'Try a tenth of the learning rate and scaled inputs; init({ debug: { checkNaN: true } }) names the op that makes it',
      confidence: 0.5,
    };
  },
});
