// Reads the state of a training, and checks it as far as it can be without the model.

import { isRecord, show } from '../../errors.js';
import { checkFile } from '../../files/fileerror.js';
import type { FitPlace, TrainingState } from '../../model/resume.js';
import type { TrainerState } from '../../model/trainer.js';
import { typedName } from '../../typed.js';
import type { SafetensorsFile } from '../format.js';
import { STATE } from '../format.js';
import { contentsOf } from './contents.js';
import { numbersOf } from './safetensors.js';
import { fromJson } from './values.js';

/** The state in a file; throws if there is none. */
export function stateOf(file: SafetensorsFile): TrainingState & TrainerState {
  const { what } = file;
  const { training } = contentsOf(file);
  checkFile(
    training !== undefined,
    () => `${what} has no state of a training: saveModel writes it with the option training: true`,
  );
  const state = fromJson(training, 'the state', ({ $array }, path) => arrayOf(file, $array, path));
  checkState(what, counted(what, state));
  return state as TrainingState & TrainerState;
}

/** Means that were saved before masks count samples, and their weights, once for all values. */
interface MeansOfBefore {
  readonly sums: Float64Array;
  readonly samples: number;
  readonly weight: number;
}

/** Gives means of before a count for each value; which ones weights apply to is not in the file. */
function counted(what: string, state: unknown): unknown {
  const { place } = (isRecord(state) ? state : {}) as { place?: { means?: unknown } };
  const means = isRecord(place) ? place!.means : undefined;
  if (!isRecord(means) || !('samples' in (means as object))) return state;
  const { sums, samples, weight, ...rest } = means as MeansOfBefore;
  checkFile(samples === weight, () => `${what}: it is of an older version, from amid an epoch of weighted samples`);
  place!.means = { ...rest, sums, counts: Float64Array.from(sums, () => samples) };
  return state;
}

function arrayOf(file: SafetensorsFile, index: unknown, path: string): unknown {
  const tensor = file.tensors.get(`${STATE}${index}`);
  checkFile(
    tensor !== undefined,
    () => `${file.what}: ${path}: there is no tensor '${STATE}${String(index).slice(0, 40)}'`,
  );
  return numbersOf(`${file.what}: ${path}`, tensor);
}

/**
 * Throws unless it has the form of a state, with a place where fit can go on. What fits the model and its data, fit
 * checks.
 */
function checkState(what: string, state: unknown): asserts state is TrainingState & TrainerState {
  const { form, values, place } = (isRecord(state) ? state : {}) as Partial<TrainingState>;
  const floats = Array.isArray(values) && values.every((array) => typedName(array) !== undefined);
  checkFile(
    typeof form === 'string' && floats,
    () => `${what}: the state must have a form and values, got ${show(state)}`,
  );
  if (place !== undefined) checkPlace(`${what}: the place of fit`, place);
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function checkPlace(what: string, place: FitPlace): void {
  checkFile(isRecord(place), () => `${what} must be an object, got ${show(place)}`);
  const { epoch, seen, order, shuffler, means, history, kept } = place;
  checkFile(typedName(order) === 'Int32Array' && isOrder(order), () => `${what}: order must have each row once`);
  checkFile(
    isCount(epoch) && isCount(seen) && seen <= order.length,
    () => `${what}: epoch ${show(epoch)}, ${show(seen)} rows seen of ${order.length}`,
  );
  const key =
    shuffler === undefined ||
    (typedName(shuffler.key) === 'Int32Array' && shuffler.key.length === 4 && isCount(shuffler.used));
  checkFile(key, () => `${what}: shuffler must have a key of four words`);
  const areFloats = (value: unknown): boolean => typedName(value) === 'Float64Array';
  const counted = isRecord(means) && areFloats(means.sums) && areFloats(means.counts) && Array.isArray(means.exact);
  checkFile(counted && means.sums.length === means.counts.length, () => `${what}: means must have sums and counts`);
  const lists =
    isRecord(history) && isRecord(history.history) ? [history.epoch, ...Object.values(history.history)] : [];
  const told =
    lists.length > 0 && lists.every((list) => Array.isArray(list) && list.every((x) => typeof x === 'number'));
  checkFile(told, () => `${what}: history must have lists of numbers`);
  checkFile(isRecord(kept), () => `${what}: what callbacks keep must be an object`);
}

/** Whether these are the numbers of rows, each once. */
function isOrder(order: Int32Array): boolean {
  const seen = new Uint8Array(order.length);
  for (const row of order) if (row >= 0 && row < order.length) seen[row] = 1;
  return seen.every((known) => known === 1);
}
