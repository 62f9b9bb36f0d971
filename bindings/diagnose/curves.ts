// The losses of a training, in whatever form they come.

import { checkIs, type NonFiniteLossError } from '../errors.js';
import type { Minimum } from '../minimize/points.js';
import type { History } from '../model/fit.js';
import type { Evidence } from './evidence.js';

/** What `fit` returned or threw, or what `minimize` returned. */
export type Diagnosable = Pick<History, 'history'> | NonFiniteLossError | Pick<Minimum<unknown>, 'trace'>;

/** What a result shows by itself. */
export function curvesOf(where: string, given: unknown): Evidence {
  const { history, trace, epoch, step } = (given ?? {}) as {
    history?: Record<string, unknown>;
    trace?: readonly { readonly value: unknown }[];
    epoch?: unknown;
    step?: unknown;
  };
  const expected = 'what fit or minimize returned, or the NonFiniteLossError that they threw';
  const failed =
    given instanceof Error && typeof epoch === 'number' && typeof step === 'number' ? { epoch, step } : undefined;
  if (Array.isArray(trace)) return { losses: finite(trace.map(({ value }) => value)), unit: 'step', failed };
  // That of an error is a History, whose losses are one level down.
  const named = (failed ? history?.history : history) as Record<string, unknown> | undefined;
  const isHistory = failed !== undefined || Array.isArray(named?.loss);
  checkIs(isHistory, `${where}: the first argument`, expected, given);
  const { loss = [], valLoss } = named ?? {};
  return {
    losses: finite(loss),
    unit: 'epoch',
    valLosses: Array.isArray(valLoss) && valLoss.length > 0 ? finite(valLoss) : undefined,
    failed,
  };
}

const finite = (values: unknown): number[] =>
  Array.isArray(values) ? values.filter((value): value is number => Number.isFinite(value)) : [];
