// Steps that go too far from the start: the loss rises, or jumps up and down without falling.

import { cause, type Said } from '../cause.js';
import { endOf, fallOf, roughness } from '../curve.js';
import type { Evidence } from '../evidence.js';
import { shown } from '../finding.js';
import { hasLearnt, untrainedLoss } from '../symptoms.js';

export const learningRateTooLarge = cause({
  id: 'learningRateTooLarge',
  needs: [],
  explains: ['nonFinite', 'learningRateTooLargeLater', 'learningRateTooSmall', 'underfitting'],
  find: (evidence) => {
    return failing(evidence) ?? rising(evidence) ?? jumping(evidence) ?? stuck(evidence);
  },
});

const said = ({ learningRate }: Evidence, seen: string, confidence: number): Said => {
  const rate = learningRate === undefined ? 'the learning rate' : `the learning rate ${shown(learningRate)}`;
  const change = learningRate === undefined ? 'Try a tenth of it' : `Try ${shown(learningRate / 10)}`;
  return { seen, means: `${rate} is too large from the start`, change, confidence };
};

function failing(evidence: Evidence): Said | undefined {
  const { failed, losses } = evidence;
  if (!failed) return undefined;
  const rose = losses.length > 0 && losses.at(-1)! > losses[0]! * 1.05;
  const soon = losses.length < 3;
  if (!rose && !soon) return undefined;
  const from = losses.length > 0 ? ` from ${shown(losses[0]!)}` : '';
  return said(evidence, `The loss grew${from} beyond all numbers by step ${failed.step} of epoch ${failed.epoch}`, 0.9);
}

/** It ends, or is for a long time, above where it started. */
function rising(evidence: Evidence): Said | undefined {
  const { losses, unit, failed } = evidence;
  if (losses.length < 3 || failed) return undefined;
  const from = Math.max(untrainedLoss(evidence), evidence.start?.loss ?? 0);
  const most = Math.max(...losses);
  const at = losses.indexOf(most);
  const end = endOf(losses);
  if (most < 1.3 * Math.abs(from) || end < 0.8 * Math.abs(from) || hasLearnt(evidence)) return undefined;
  const when =
    at === 0
      ? `was ${shown(most)} in the first ${unit}`
      : `rose from ${shown(Math.min(from, losses[0]!))} to ${shown(most)} in the first ${at + 1} ${unit}s`;
  return said(evidence, `The loss ${when}, and ended at ${shown(end)}`, end > 1.2 * from ? 0.95 : 0.8);
}

function jumping(evidence: Evidence): Said | undefined {
  const { losses, unit, failed } = evidence;
  if (losses.length < 5 || failed || hasLearnt(evidence)) return undefined;
  const rough = roughness(losses);
  if (fallOf(losses) > 0.25 || rough < 0.05) return undefined;
  return said(
    evidence,
    `The loss jumps up and down by ${Math.round(100 * rough)} % from ${unit} to ${unit}, and fell by ${Math.round(100 * Math.max(0, fallOf(losses)))} % in all`,
    0.7,
  );
}

/** It went up at once and stays there, and smaller steps would get it down. */
function stuck(evidence: Evidence): Said | undefined {
  const { trials, failed } = evidence;
  if (!trials || failed || hasLearnt(evidence)) return undefined;
  const from = untrainedLoss(evidence);
  const [less, same] = trials.after;
  if (trials.before < 0.8 * from || !(less!.loss < 0.7 * Math.min(trials.before, same!.loss || Infinity)))
    return undefined;
  return said(
    evidence,
    `With a tenth of the rate ${trials.steps} more steps get the loss from ${shown(trials.before)} to ${shown(less!.loss)}, with this one to ${shown(same!.loss)}`,
    0.8,
  );
}
