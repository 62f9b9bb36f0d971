// All that a training needs to go on where it was: parameters, states of layers, optimizer state, and the place in the
// data. Not here: files.

import { check } from '../errors.js';
import type { TensorData } from '../tensor.js';
import type { History } from './fit.js';
import type { MeansState } from './means.js';

/** Where fit is in its data. */
export interface FitPlace {
  readonly epoch: number;
  /** Samples of this epoch that were seen. */
  readonly seen: number;
  /** The order of the rows. */
  readonly order: Int32Array;
  /** What shuffles: four words of a key, and how many of its words were used. */
  readonly shuffler: { readonly key: Int32Array; readonly used: number } | undefined;
  /** Loss and metrics of the epoch so far. */
  readonly means: MeansState;
  readonly history: History;
  /** What callbacks keep. */
  readonly kept: Readonly<Record<string, unknown>>;
}

/** What `trainingState()` returns. */
export interface TrainingState {
  /** Names and shapes of what is in `values`. */
  readonly form: string;
  readonly values: readonly TensorData[];
  /** Absent before the first fit. */
  readonly place?: FitPlace | undefined;
}

/** Throws unless a state has this form, and arrays of these lengths. */
export function checkState({ form, values }: TrainingState, expected: string, views: readonly TensorData[]): void {
  check(form === expected, () => `fit: the state in from is of ${form}; this model has ${expected}`);
  const fits = Array.isArray(values) && views.length === values.length;
  check(fits && views.every((view, i) => values[i]?.length === view.length), () => {
    return 'fit: the state in from is that of another optimizer or backend';
  });
}
