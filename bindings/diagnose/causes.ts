// All causes, in the order in which they explain others: what is wrong with the data comes before what follows from it.

import type { Cause } from './cause.js';
import { deadUnits } from './causes/deadunits.js';
import { explodingGradients } from './causes/explodinggradients.js';
import { imbalancedClasses } from './causes/imbalancedclasses.js';
import { learningRateTooLarge } from './causes/learningratetoolarge.js';
import { learningRateTooLargeLater } from './causes/learningratetoolargelater.js';
import { learningRateTooSmall } from './causes/learningratetoosmall.js';
import { missingActivation } from './causes/missingactivation.js';
import { badData, nonFinite } from './causes/nonfinite.js';
import { overfitting } from './causes/overfitting.js';
import { saturatedUnits } from './causes/saturatedunits.js';
import { shuffledLabels } from './causes/shuffledlabels.js';
import { underfitting } from './causes/underfitting.js';
import { unscaledInputs } from './causes/unscaledinputs.js';
import { vanishingGradients } from './causes/vanishinggradients.js';
import type { Evidence } from './evidence.js';
import type { Finding, FindingId } from './finding.js';

const CAUSES: readonly Cause[] = [
  badData,
  missingActivation,
  unscaledInputs,
  imbalancedClasses,
  shuffledLabels,
  explodingGradients,
  deadUnits,
  saturatedUnits,
  vanishingGradients,
  learningRateTooLarge,
  nonFinite,
  learningRateTooLargeLater,
  learningRateTooSmall,
  overfitting,
  underfitting,
];

/** The findings of what is known, the surest first, without those that a cause before theirs explains. */
export function findingsOf(evidence: Evidence): readonly Finding[] {
  const explained = new Set<FindingId>();
  const found = CAUSES.flatMap((cause) => {
    const finding = explained.has(cause.id) ? undefined : cause.find(evidence);
    if (!finding) return [];
    for (const id of cause.explains) explained.add(id);
    return [finding];
  });
  return found.sort((a, b) => b.confidence - a.confidence);
}
