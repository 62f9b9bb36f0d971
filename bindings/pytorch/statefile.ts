// Reads a state dict from a file of any kind: tensors by name. Not here: what becomes of them (load.ts).

import { checkFile } from '../files/fileerror.js';
import { type FileSource, readFile } from '../files/source.js';
import { parseSafetensors } from '../io/read/safetensors.js';
import type { Pickled, PickledMap } from './pickle.js';
import { contiguous, type StridedTensor } from './strided.js';
import { readTorch, TorchTensor } from './torchfile.js';

/** The tensors of a file. */
export interface StateFile {
  /** What errors call it. */
  readonly what: string;
  readonly tensors: ReadonlyMap<string, StridedTensor>;
  /** They are in the order in which the modules were made: safetensors sorts them by name. */
  readonly ordered: boolean;
}

/** Reads safetensors, or what torch.save writes. */
export async function readState(where: string, from: FileSource, maxBytes: number): Promise<StateFile> {
  const { what, bytes } = await readFile(where, from, maxBytes);
  if (startsWith(bytes, ZIP)) {
    const tensors = tensorsOf(what, await readTorch(what, bytes, maxBytes));
    return { what, tensors, ordered: true };
  }
  checkFile(!startsWith(bytes, PICKLE), () => {
    return `${what} is a pickle alone, as PyTorch before 1.6 wrote it: load it there and save it again with torch.save`;
  });
  const { tensors } = parseSafetensors(what, bytes);
  return { what, tensors: new Map([...tensors].map(([name, t]) => [name, contiguous(t)])), ordered: false };
}

const ZIP = [0x50, 0x4b, 3, 4];
/** Protocol 2. A header of safetensors of that length would have more than its 100 MB. */
const PICKLE = [0x80, 2, 0x8a, 10];

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, i) => bytes[i] === byte);

/** The tensors of a state dict, or of the one that a checkpoint has in it. */
function tensorsOf(what: string, root: Pickled): Map<string, StridedTensor> {
  checkFile(root instanceof Map, () => `${what} holds no dictionary: save model.state_dict()`);
  const own = stateOf(root);
  if (own) return own;
  const inner = [...(root as PickledMap)].flatMap(([key, value]) => {
    const state = value instanceof Map && value.size > 0 ? stateOf(value) : undefined;
    return state ? [[key, state] as const] : [];
  });
  checkFile(inner.length === 1, () => {
    const keys = [...(root as PickledMap).keys()].map(String).join(', ').slice(0, 200);
    return `${what} holds a dictionary of ${keys}, in which there ${inner.length ? 'is more than one' : 'is no'} state dict: save model.state_dict() alone`;
  });
  return inner[0]![1];
}

/** The tensors of a dictionary that has nothing else in it; undefined if it has. */
function stateOf(map: PickledMap): Map<string, StridedTensor> | undefined {
  const out = new Map<string, StridedTensor>();
  for (const [name, value] of map) {
    if (typeof name !== 'string' || !(value instanceof TorchTensor)) return undefined;
    out.set(name, value);
  }
  return out;
}
