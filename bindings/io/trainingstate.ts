// The state of a training as a part of a file: its arrays are tensors, all else is JSON.

import { isRecord, show, WasmgradError } from '../errors.js';
import { checkFile } from '../files/fileerror.js';
import { type FileSource, readFile } from '../files/source.js';
import { type FileTarget, writeFile } from '../files/target.js';
import type { FitPlace, TrainingState } from '../model/resume.js';
import type { TrainerState } from '../model/trainer.js';
import { typedName } from '../typed.js';
import { contentsOf, metadataOf } from './contents.js';
import {
  formatSafetensors,
  numbersOf,
  parseSafetensors,
  type SafetensorsFile,
  type WrittenTensor,
} from './safetensors.js';
import { fromJson, type Json, toJson } from './values.js';

/** Before the names of the arrays. */
const PREFIX = 'training/';

const KINDS = ['Float32Array', 'Float64Array', 'Int32Array', 'Uint8Array'];

/** What a state is in a file. */
export interface WrittenState {
  readonly json: Json;
  readonly tensors: ReadonlyMap<string, WrittenTensor>;
}

/** A state in the form in which it is written. Its arrays are not copied. */
export function stateJson(where: string, state: TrainingState | TrainerState): WrittenState {
  const tensors = new Map<string, WrittenTensor>();
  const json = toJson(state, `${where}: the state`, (value, path) => {
    const kind = typedName(value);
    if (kind === undefined) return undefined;
    if (!KINDS.includes(kind)) throw new WasmgradError(`${path} is a ${kind}; files keep ${KINDS.join(', ')}`);
    const data = value as WrittenTensor['data'];
    tensors.set(PREFIX + tensors.size, { data, shape: [data.length] });
    return { $array: tensors.size - 1 };
  });
  return { json, tensors };
}

/**
 * Saves the state of a training: what `model.trainingState()` or `trainer.save()` returned.
 *
 * @param to a path (Node, Bun, Deno) or a place such as `indexedDb(name)`; left out, it only returns the bytes
 * @returns the bytes of the file
 */
export async function saveTrainingState(state: TrainingState | TrainerState, to?: FileTarget): Promise<Uint8Array> {
  const { json, tensors } = stateJson('saveTrainingState', state);
  const bytes = formatSafetensors(tensors, metadataOf({ training: json }));
  if (to !== undefined) await writeFile('saveTrainingState', to, bytes);
  return bytes;
}

/**
 * Loads the state of a training from what `modelCheckpoint`, `saveTrainingState` or `saveModel` with `training: true` wrote:
 * for `fit(x, y, { from: state })`, or the `restore` of a trainer.
 *
 * @throws FileError if it has no such state, or is damaged
 */
export async function loadTrainingState(from: FileSource): Promise<TrainingState & TrainerState> {
  const { what, bytes } = await readFile('loadTrainingState', from);
  const file = parseSafetensors(what, bytes);
  const { training } = contentsOf(file);
  checkFile(
    training !== undefined,
    () => `${what} has no state of a training: saveModel writes it with the option training: true`,
  );
  const state = fromJson(training, 'the state', ({ $array }, path) => arrayOf(file, $array, path));
  checkState(what, state);
  return state;
}

function arrayOf(file: SafetensorsFile, index: unknown, path: string): unknown {
  const tensor = file.tensors.get(`${PREFIX}${index}`);
  checkFile(
    tensor !== undefined,
    () => `${file.what}: ${path}: there is no tensor '${PREFIX}${String(index).slice(0, 40)}'`,
  );
  return numbersOf(`${file.what}: ${path}`, tensor);
}

/** Throws unless it has the form of a state, with a place where fit can go on. What fits the model and its data, fit checks. */
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
  const counted = isRecord(means) && typedName(means.sums) === 'Float64Array' && Array.isArray(means.exact);
  checkFile(counted, () => `${what}: means must have sums`);
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
