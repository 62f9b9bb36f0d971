// The state of a training as a part of a file: its arrays are tensors, all else is JSON.

import { WasmgradError } from '../errors.js';
import type { FileSource } from '../files/source.js';
import { type FileTarget, writeFile } from '../files/target.js';
import type { TrainingState } from '../model/resume.js';
import type { TrainerState } from '../model/trainer.js';
import { typedName } from '../typed.js';
import { metadataOf, STATE } from './format.js';
import { opened } from './opened.js';
import { formatSafetensors, type WrittenTensor } from './safetensors.js';
import { type Json, toJson } from './values.js';

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
    tensors.set(STATE + tensors.size, { data, shape: [data.length] });
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
 * Loads the state of a training from what `modelCheckpoint`, `saveTrainingState` or `saveModel` with `training: true`
 * wrote: for `fit(x, y, { from: state })`, or the `restore` of a trainer.
 *
 * @throws FileError if it has no such state, or is damaged
 */
export async function loadTrainingState(from: FileSource): Promise<TrainingState & TrainerState> {
  const { file, reading } = await opened('loadTrainingState', from);
  return reading.stateOf(file);
}
