// What a diagnosis says. Not here: how it is found (causes/).

/** What can be wrong with a training. */
export type FindingId =
  | 'nonFinite'
  | 'missingActivation'
  | 'learningRateTooLarge'
  | 'learningRateTooLargeLater'
  | 'learningRateTooSmall'
  | 'overfitting'
  | 'underfitting'
  | 'deadUnits'
  | 'saturatedUnits'
  | 'vanishingGradients'
  | 'explodingGradients'
  | 'unscaledInputs'
  | 'imbalancedClasses'
  | 'shuffledLabels';

/** One thing that is wrong with a training. */
export interface Finding {
  readonly id: FindingId;
  /** What was seen, with its numbers: 'The loss rose from 0.7 to 31 in the first 5 epochs'. */
  readonly seen: string;
  /** What that means: 'the learning rate 0.5 is too large from the start'. */
  readonly means: string;
  /** What to change: 'Try 0.05'. */
  readonly change: string;
  /** How sure it is, from 0 to 1. */
  readonly confidence: number;
  /** The layer that it is about, if it is about one. */
  readonly layer?: string | undefined;
  /** All of it: 'The loss rose …: the learning rate … is too large from the start. Try 0.05.' */
  readonly text: string;
}

/** A number as a sentence shows it: 0.6931, 31, 1.2e-7. */
export function shown(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || !Number.isFinite(value)) return String(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
  return String(Number(value.toPrecision(size < 1 ? 2 : 3)));
}

/** Two numbers that must look different: with as many digits as that takes. */
export function shownApart(from: number, to: number): readonly [string, string] {
  for (let digits = 2; digits < 8; digits++) {
    const [a, b] = [Number(from.toPrecision(digits)), Number(to.toPrecision(digits))];
    if (a !== b && Math.abs(a - b) >= 0.3 * Math.abs(from - to)) return [String(a), String(b)];
  }
  return [shown(from), shown(to)];
}

/** A part of a whole: '98 %'. */
export const percent = (part: number): string =>
  `${Number((100 * part).toPrecision(part < 0.01 || part > 0.99 ? 3 : 2))} %`;
