// Steps that are too short: the loss falls all along, and slowly.

import { cause } from '../cause.js';
import { fallOf, lateShare, rises } from '../curve.js';
import type { Trials } from '../evidence.js';
import { percent, shown, shownApart } from '../finding.js';
import { hasLearnt, leftOf } from '../symptoms.js';

export const learningRateTooSmall = cause({
  id: 'learningRateTooSmall',
  needs: [],
  explains: ['underfitting'],
  find: (evidence) => {
    const { losses, trials, learningRate, unit, failed } = evidence;
    if (losses.length < 3 || failed || hasLearnt(evidence)) return undefined;
    const fall = fallOf(losses);
    const late = lateShare(losses);
    const steady = fall > 0 && late > 0.2 && rises(losses) < 0.4;
    const best = trials && bestOf(trials);
    const gain = best ? 1 - best.loss / trials!.before : 0;
    if (trials ? gain < (steady ? 0.03 : 0.1) : !steady || fall > 0.5) return undefined;
    if (leftOf(evidence) < 0.3 && !steady) return undefined;
    const rate = learningRate === undefined ? 'the learning rate' : `the learning rate ${shown(learningRate)}`;
    const scale = best?.scale ?? 10;
    const [from, to] = shownApart(losses[0]!, losses.at(-1)!);
    const then = best ? `; with ${scale} times the rate ${trials!.steps} steps get it to ${shown(best.loss)}` : '';
    return {
      seen: `The loss fell only from ${from} to ${to} in ${losses.length} ${unit}s, ${percent(Math.max(0, late))} of that in the last third${then}`,
      means: `${rate} is too small`,
      change: learningRate === undefined ? `Try ${scale} times as much` : `Try ${shown(learningRate * scale)}`,
      confidence: best ? Math.min(0.95, 0.6 + gain) : 0.6,
    };
  },
});

/** The smallest of the larger rates that gets half as far as any does; nothing if none gets anywhere. */
function bestOf({ before, after }: Trials): Trials['after'][number] | undefined {
  const better = after.filter(({ scale, loss }) => scale > 1 && loss < 0.97 * before);
  const least = Math.min(...better.map(({ loss }) => loss));
  return better.find(({ loss }) => before - loss >= (before - least) / 2);
}
