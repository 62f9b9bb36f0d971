// How often a diagnosis is right.

import { findingsOf } from '../../bindings/diagnose/causes.js';
import type { Run } from './runs.js';

/**
 * The fraction of causes that were named, of these as the first finding, and of good runs about which nothing was said.
 */
export function score(runs: readonly Run[], verbose = false) {
  const lines: string[] = [];
  const by = new Map<string, { all: number; named: number; first: number }>();
  for (const { truth, name, evidence } of runs) {
    const findings = findingsOf(evidence);
    const tally = by.get(truth) ?? { all: 0, named: 0, first: 0 };
    by.set(truth, tally);
    tally.all++;
    const isNamed = truth === 'good' ? findings.length === 0 : findings.some(({ id }) => id === truth);
    const isFirst = truth === 'good' ? isNamed : findings[0]?.id === truth;
    if (isNamed) tally.named++;
    if (isFirst) tally.first++;
    if (verbose && !isFirst)
      lines.push(
        `${truth}: ${name}\n    ${findings.map(({ id, text }) => `${id}: ${text}`).join('\n    ') || 'nothing'}`,
      );
  }
  const { good = { all: 1, named: 1, first: 1 }, ...causes } = Object.fromEntries(by);
  const alone = aloneOf(runs, verbose, lines);
  const sum = (part: 'all' | 'named' | 'first'): number =>
    Object.values(causes).reduce((total, one) => total + one[part], 0);
  for (const [truth, { all, named, first }] of by)
    lines.push(`${truth.padEnd(28)}${`${named} of ${all}`.padStart(10)}, ${first} as the first`);
  const [named, first, silent] = [sum('named') / sum('all'), sum('first') / sum('all'), good.named / good.all];
  lines.push(
    `causes named: ${sum('named')} of ${sum('all')} (${(100 * named).toFixed(1)} %), as the first finding ${(100 * first).toFixed(1)} %; silent about ${good.named} of ${good.all} good runs (${(100 * silent).toFixed(1)} %)`,
  );
  lines.push(
    `from the losses alone: ${alone.named} of ${alone.all} of what they can show, silent about ${alone.silent} of ${good.all} good runs`,
  );
  return { named, first, silent, text: lines.join('\n') };
}

/** What losses show without model and data. */
const SHOWN_BY_LOSSES = new Set<string>([
  'learningRateTooLarge',
  'learningRateTooLargeLater',
  'learningRateTooSmall',
  'overfitting',
]);

function aloneOf(runs: readonly Run[], verbose: boolean, lines: string[]) {
  let [all, named, silent] = [0, 0, 0];
  for (const { truth, name, evidence } of runs) {
    const { losses, unit, valLosses, failed } = evidence;
    const findings = findingsOf({ losses, unit, valLosses, failed });
    if (truth === 'good' && findings.length === 0) silent++;
    if (truth === 'good' && findings.length > 0 && verbose)
      lines.push(
        `alone: ${name}: ${findings.map(({ text }) => text).join(' ')}\n    ${losses.map((l) => l.toPrecision(3)).join(' ')}`,
      );
    if (!SHOWN_BY_LOSSES.has(truth)) continue;
    all++;
    if (findings.some(({ id }) => id === truth)) named++;
  }
  return { all, named, silent };
}
