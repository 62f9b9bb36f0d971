// Reads what `torch.save(model.state_dict(), path)` writes: a zip with a pickle and the bytes of the storages. Not
// here: the pickle's instructions (pickle.ts), and state dicts in safetensors (statefile.ts).

import { Cursor } from '../files/cursor.js';
import { checkFile } from '../files/fileerror.js';
import { type OpenZip, openZip } from '../files/zip.js';
import type { StoredType } from '../io/format.js';
import { type Allowed, type Pickled, type PickledMap, readPickle } from './pickle.js';
import { bytesOf, checkStrided, type StridedTensor } from './strided.js';

/** Types of storages, as PyTorch calls them. */
const STORAGES: Readonly<Record<string, StoredType>> = {
  FloatStorage: 'F32',
  DoubleStorage: 'F64',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** The type of a storage, as the pickle names it. */
class StorageType implements Allowed {
  readonly call = undefined;
  constructor(readonly dtype: StoredType) {}
}

/** A storage. */
class Storage {
  constructor(
    readonly dtype: StoredType,
    readonly bytes: Uint8Array,
  ) {}
}

/** A tensor of the pickle. */
export class TorchTensor implements StridedTensor {
  constructor(
    readonly dtype: StoredType,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    readonly offset: number,
    readonly bytes: Uint8Array,
  ) {}
}

/** What a file of `torch.save` holds: dictionaries are maps, tensors are TorchTensors that were checked. */
export async function readTorch(what: string, bytes: Uint8Array, maxBytes: number): Promise<Pickled> {
  const zip = await openZip(what, bytes, { maxBytes });
  const pickle = zip.names.find((name) => /^[^/]+\/data\.pkl$/.test(name));
  checkFile(pickle !== undefined, () => {
    const script = zip.names.some((name) => name.includes('constants.pkl'));
    return `${what} is a zip, and no file of torch.save: it has no data.pkl${script ? '; TorchScript is not read' : ''}`;
  });
  const folder = pickle.slice(0, -'data.pkl'.length);
  checkFile(!zip.has(`${folder}constants.pkl`), () => {
    return `${what} is TorchScript, a program; save model.state_dict() with torch.save`;
  });
  if (zip.has(`${folder}byteorder`)) {
    const order = new Cursor(what, zip.read(`${folder}byteorder`));
    checkFile(order.text(order.left).trim() === 'little', () => `${what} was written on a big-endian machine`);
  }
  return readPickle(new Cursor(what, zip.read(pickle)), rulesOf(what, zip, folder));
}

/** What the pickle of a state dict may refer to. */
function rulesOf(what: string, zip: OpenZip, folder: string) {
  const storages = new Map<string, Storage>();
  const globals = new Map<string, Allowed>(
    Object.entries(STORAGES).map(([name, dtype]) => [`torch.${name}`, new StorageType(dtype)]),
  );
  globals.set('collections.OrderedDict', { call: (args) => orderedDict(what, args) });
  globals.set('torch.Size', { call: ([shape = []]) => shape });
  globals.set('torch._utils._rebuild_tensor_v2', { call: (args) => tensorOf(what, args) });
  globals.set('torch._utils._rebuild_parameter', { call: ([tensor = null]) => tensor });
  const persistent = (id: Pickled): Pickled => {
    const [kind, type, key] = Array.isArray(id) ? (id as Pickled[]) : [];
    const known = kind === 'storage' && type instanceof StorageType && typeof key === 'string';
    checkFile(known, () => `${what}: the pickle refers to something that is no storage of a type that is known`);
    const had = storages.get(`${type.dtype} ${key}`);
    if (had) return had;
    const storage = new Storage(type.dtype, zip.read(`${folder}data/${key}`));
    storages.set(`${type.dtype} ${key}`, storage);
    return storage;
  };
  return { globals, persistent };
}

/** An ordered dictionary is empty at first; Python may give it pairs, too. */
function orderedDict(what: string, [pairs = []]: readonly Pickled[]): PickledMap {
  const map: PickledMap = new Map();
  const fits = Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
  checkFile(fits, () => `${what}: the pickle makes an OrderedDict of something that is no list of pairs`);
  for (const [key, value] of pairs as [Pickled, Pickled][]) map.set(key, value);
  return map;
}

/** A tensor over a storage: _rebuild_tensor_v2(storage, offset, shape, strides, …). */
function tensorOf(what: string, [storage, offset, shape, strides]: readonly Pickled[]): TorchTensor {
  checkFile(storage instanceof Storage, () => `${what}: the pickle makes a tensor of something that is no storage`);
  const { dtype, bytes } = storage;
  const tensor = new TorchTensor(dtype, shape as number[], strides as number[], offset as number, bytes);
  const where = `${what}: a tensor of ${dtype}`;
  checkStrided(where, tensor, bytesOf(dtype));
  return tensor;
}
