// Writes what `torch.load` reads: a zip with a pickle of dictionaries, numbers and tensors of float32, and the bytes of
// these. Not here: reading it (torchfile.ts).

import { zip } from '../files/zip.js';
import { type Shape, stridesOf } from '../shape.js';

/** A tensor of float32. */
export interface SavedTensor {
  readonly data: Float32Array;
  readonly shape: Shape;
}

/** What is saved: dictionaries with names as keys, whole numbers, and tensors. */
export type Saved = number | SavedTensor | ReadonlyMap<string, Saved>;

/** The bytes of the file. */
export function torchFile(value: Saved): Uint8Array {
  const pickle = new PickleWriter();
  pickle.write(value);
  const bytes = pickle.end();
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const storages = pickle.storages.map(({ buffer, byteOffset, byteLength }, i) => {
    return [`archive/data/${i}`, new Uint8Array(buffer, byteOffset, byteLength)] as const;
  });
  return zip([['archive/data.pkl', bytes], ...storages, ['archive/version', text('3\n')]], { align: 64 });
}

/** Writes a pickle of protocol 2. The names of opcodes are those of pickletools. */
class PickleWriter {
  readonly storages: Float32Array[] = [];
  #bytes = new Uint8Array(1024);
  #length = 0;

  constructor() {
    this.#put(0x80, 2); // PROTO
  }

  /** The bytes, which end here. */
  end(): Uint8Array {
    this.#put(0x2e); // STOP
    return this.#bytes.slice(0, this.#length);
  }

  write(value: Saved): void {
    if (typeof value === 'number') this.#int(value);
    else if (value instanceof Map) this.#dict(value);
    else this.#tensor(value as SavedTensor);
  }

  #put(...bytes: readonly number[]): void {
    this.#append(Uint8Array.from(bytes));
  }

  #append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (this.#length + bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #uint32(value: number): void {
    this.#put(value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24);
  }

  #int(value: number): void {
    this.#put(0x4a); // BININT
    this.#uint32(value);
  }

  #text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.#put(0x58); // BINUNICODE
    this.#uint32(bytes.length);
    this.#append(bytes);
  }

  #global(module: string, name: string): void {
    this.#put(0x63); // GLOBAL
    this.#append(new TextEncoder().encode(`${module}\n${name}\n`));
  }

  /** An empty collections.OrderedDict. */
  #ordered(): void {
    this.#global('collections', 'OrderedDict');
    this.#put(0x29, 0x52); // EMPTY_TUPLE, REDUCE
  }

  #dict(map: ReadonlyMap<string, Saved>): void {
    this.#ordered();
    for (const [name, value] of map) {
      this.#text(name);
      this.write(value);
      this.#put(0x73); // SETITEM
    }
  }

  #tuple(values: readonly number[]): void {
    this.#put(0x28); // MARK
    for (const value of values) this.#int(value);
    this.#put(0x74); // TUPLE
  }

  /** torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks) */
  #tensor({ data, shape }: SavedTensor): void {
    this.#global('torch._utils', '_rebuild_tensor_v2');
    this.#put(0x28, 0x28); // MARK, MARK
    this.#text('storage');
    this.#global('torch', 'FloatStorage');
    this.#text(String(this.storages.push(data) - 1));
    this.#text('cpu');
    this.#int(data.length);
    this.#put(0x74, 0x51); // TUPLE, BINPERSID
    this.#int(0);
    this.#tuple(shape);
    this.#tuple(stridesOf(shape));
    this.#put(0x89); // NEWFALSE
    this.#ordered();
    this.#put(0x74, 0x52); // TUPLE, REDUCE
  }
}
