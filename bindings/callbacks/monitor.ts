// What callbacks that watch a value share: where it is found, and whether it became better.

import { check } from '../errors.js';
import type { Callback, Logs } from './callback.js';

/** Which of two values is the better one: the smaller, the larger, or as the name says. */
export type Mode = 'auto' | 'min' | 'max';

/** Metrics that grow as a model gets better, alone, of validation data or of one output: 'f1', 'valF1', 'sickF1'. */
const GROWS = /([aA]ccuracy|[aA]uc|AUC|[pP]recision|[rR]ecall|\bf1|F1|\br2|R2)$/;

/** Whether a larger value of that name is the better one. */
export const growsWhenBetter = (name: string): boolean => GROWS.test(name);

/** Whether it is a name of validation data: 'valLoss'. */
const isOfValidation = (name: string): boolean => /^val[A-Z]/.test(name);

/** Throws if a value of validation data is to be monitored, and there are none; `where` names the callback. */
export function checkMonitor(where: string, monitor: string, validates: boolean): void {
  check(validates || !isOfValidation(monitor), () => {
    return `${where}: there is no '${monitor}' to monitor; give fit validationSplit or validationData`;
  });
}

/** The value of that name; undefined after an epoch without validation (`validationFreq`), if it is one of that. */
export function monitored(where: string, logs: Logs, name: string): number | undefined {
  const known = Object.keys(logs);
  if (isOfValidation(name) && !known.some(isOfValidation)) return undefined;
  check(known.includes(name), () => `${where}: there is no '${name}' to monitor (known: ${known.join(', ')})`);
  return logs[name];
}

/** What a callback watches, and how. */
export interface Watched {
  readonly monitor: string;
  readonly mode: Mode;
  readonly minDelta: number;
}

/** What such a callback keeps from epoch to epoch. */
export interface Watching {
  /** The best value so far; its opposite where a larger one is better. */
  best: number;
  /** How many epochs did not improve it. */
  waited: number;
}

/** Before the first epoch. */
export const fresh = <T extends object>(more: T): Watching & T => ({ best: Infinity, waited: 0, ...more });

/**
 * Whether the value of an epoch is better than the best before by more than `minDelta`, and then is the best; undefined
 * without a value.
 */
export function improves(
  where: string,
  { monitor, mode, minDelta }: Watched,
  kept: Watching,
  logs: Logs,
): boolean | undefined {
  const sign = mode === 'max' || (mode === 'auto' && GROWS.test(monitor)) ? -1 : 1;
  const seen = monitored(where, logs, monitor);
  if (seen === undefined) return undefined;
  const value = sign * seen;
  const better = value < kept.best - minDelta;
  if (better) kept.best = value;
  return better;
}

/** Lets a training state hold what the callback keeps: callbacks with the same options keep the same. */
export function keeping<T extends object>(
  where: string,
  options: object,
  kept: T,
): Required<Pick<Callback, 'saveState' | 'restoreState'>> {
  const name = `${where} ${JSON.stringify(options)}`;
  return {
    saveState: () => ({ [name]: { ...kept } }),
    restoreState: (saved) => void Object.assign(kept, saved[name]),
  };
}
