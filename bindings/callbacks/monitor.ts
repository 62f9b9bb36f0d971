// What callbacks that watch a value share: where it is found, and whether it became better.

import { check } from '../errors.js';
import type { Logs } from './callback.js';

/** Which of two values is the better one: the smaller, the larger, or as the name says. */
export type Mode = 'auto' | 'min' | 'max';

/** Metrics that grow as a model gets better, alone, of validation data or of one output: 'f1', 'valF1', 'sickF1'. */
const GROWS = /([aA]ccuracy|[aA]uc|AUC|[pP]recision|[rR]ecall|\bf1|F1|\br2|R2)$/;

/** The value of that name; `where` names the callback in errors. */
export function monitored(where: string, logs: Logs, name: string): number {
  check(Object.hasOwn(logs, name), () => {
    const hint = name.startsWith('val') ? '; give fit validationSplit or validationData' : '';
    return `${where}: there is no '${name}' to monitor (known: ${Object.keys(logs).join(', ')})${hint}`;
  });
  return logs[name]!;
}

/** Makes a function that says of one epoch after the other whether its value is better than the best before by more than `minDelta`. */
export function improvement(
  where: string,
  { monitor, mode, minDelta }: { readonly monitor: string; readonly mode: Mode; readonly minDelta: number },
): (logs: Logs) => boolean {
  const sign = mode === 'max' || (mode === 'auto' && GROWS.test(monitor)) ? -1 : 1;
  let best = Infinity;
  return (logs) => {
    const value = sign * monitored(where, logs, monitor);
    const improves = value < best - minDelta;
    if (improves) best = value;
    return improves;
  };
}
