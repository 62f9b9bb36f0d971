// Whether a training has gone well, for causes that only matter where it has not.

import { endOf } from './curve.js';
import type { Evidence } from './evidence.js';

/** The loss without having learnt anything: before the training, or of the best answer that is always the same. */
export function untrainedLoss({ losses, start, labels }: Evidence): number {
  const known = [labels?.constantLoss, start?.loss, losses[0]].filter(
    (loss) => loss !== undefined && Number.isFinite(loss),
  );
  return (labels?.constantLoss ?? Math.min(...(known as number[]))) as number;
}

/** Whether the loss before the training is not known: that of the first epoch may be far below. */
export const isAlone = ({ start, labels }: Evidence): boolean => !start && labels?.constantLoss === undefined;

/** What part of the loss without learning is left at the end. */
export function leftOf(evidence: Evidence): number {
  const end = evidence.end?.loss ?? endOf(evidence.losses);
  return end / Math.max(untrainedLoss(evidence), 1e-30);
}

/** Whether a model tells its training samples nearly as well as can be. */
export function hasLearnt(evidence: Evidence): boolean {
  const { end, labels, failed } = evidence;
  if (failed) return false;
  if (!end) return leftOf(evidence) < 0.1;
  const possible = Math.max(0, Math.min(1, labels?.neighbours ?? 1));
  const left = leftOf(evidence);
  return left < 0.15 || (end.skill > 0.95 && left < 0.4) || end.skill >= possible + 0.02;
}
