// What callbacks that watch a value share: where it is found, and whether it became better.

import { check } from '../errors.js';
import type { Callback, Logs } from './callback.js';

/** Which of two values is the better one: the smaller, the larger, or as the name says. */
export type Mode = 'auto' | 'min' | 'max';

/** Metrics that grow as a model gets better, alone, of validation data or of one output: 'f1', 'valF1', 'sickF1'. */
const GROWS = /([aA]ccuracy|[aA]uc|AUC|[pP]recision|[rR]ecall|\bf1|F1|\br2|R2)$/;

/** Whether a larger value of that name is the better one. */
export const growsWhenBetter = (name: string): boolean => GROWS.test(name);

/** The value of that name; `where` names the callback in errors. */
export function monitored(where: string, logs: Logs, name: string): number {
  check(Object.hasOwn(logs, name), () => {
    const hint = name.startsWith('val') ? '; give fit validationSplit or validationData' : '';
    return `${where}: there is no '${name}' to monitor (known: ${Object.keys(logs).join(', ')})${hint}`;
  });
  return logs[name]!;
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

/** Whether the value of an epoch is better than the best before by more than `minDelta`, and then is the best. */
export function improves(where: string, { monitor, mode, minDelta }: Watched, kept: Watching, logs: Logs): boolean {
  const sign = mode === 'max' || (mode === 'auto' && GROWS.test(monitor)) ? -1 : 1;
  const value = sign * monitored(where, logs, monitor);
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
