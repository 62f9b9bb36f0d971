// What figures of trainings are given: histories of `fit`, one or several by name.

import { checkIs, isRecord } from '../errors.js';

/** What `fit` returns, or its `history` alone. */
export type HistoryLike =
  | { readonly epoch: readonly number[]; readonly history: Readonly<Record<string, readonly number[]>> }
  | Readonly<Record<string, readonly number[]>>;

/** One history, or several by the names of their runs. */
export type Histories = HistoryLike | Readonly<Record<string, HistoryLike>>;

/** A training. */
export interface Run {
  /** '' if there is only one, without a name. */
  readonly name: string;
  /** Losses and metrics by name, with the epochs that they belong to, which are counted from 1. */
  readonly curves: Readonly<Record<string, readonly (readonly [epoch: number, value: number])[]>>;
}

const EXPECTED = 'what fit returned, or an object of such by name';

/** The trainings that were given. Throws if they are something else. */
export function runsOf(where: string, given: unknown): Run[] {
  const run = runOf('', given);
  if (run) return [run];
  checkIs(isRecord(given), `${where}: the history`, EXPECTED, given);
  const entries = Object.entries(given as Record<string, unknown>);
  checkIs(entries.length > 0, `${where}: the history`, EXPECTED, given);
  return entries.map(([name, one]) => {
    const run = runOf(name, one);
    checkIs(run !== undefined, `${where}: the history '${name.slice(0, 40)}'`, 'what fit returned', one);
    return run;
  });
}

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'number');

function runOf(name: string, given: unknown): Run | undefined {
  if (!isRecord(given)) return undefined;
  const { epoch, history } = given as { epoch?: unknown; history?: unknown };
  const values = isRecord(history) ? (history as Record<string, unknown>) : (given as Record<string, unknown>);
  const lists = Object.values(values);
  if (lists.length === 0 || !lists.every(isNumbers)) return undefined;
  const longest = Math.max(...(lists as (readonly number[])[]).map(({ length }) => length));
  const epochs = Array.from({ length: longest }, (_, i) => (isNumbers(epoch) ? (epoch[i] ?? i) : i) + 1);
  const curves = Object.entries(values as Record<string, readonly number[]>).map(([metric, list]) => {
    const at = list.length < longest ? validated(epochs, list.length) : epochs;
    return [metric, list.map((value, i) => [at[i]!, value] as const)] as const;
  });
  return { name, curves: Object.fromEntries(curves) };
}

/**
 * The epochs in which there was a validation, if there were so many: fit says only how many (`validationFreq`). Where
 * several frequencies give as many, the highest of them is meant.
 */
function validated(epochs: readonly number[], count: number): readonly number[] {
  for (let every = 2; every <= epochs.at(-1)!; every++) {
    const found = epochs.filter((epoch) => epoch % every === 0);
    if (found.length === count) return found;
  }
  return epochs;
}
