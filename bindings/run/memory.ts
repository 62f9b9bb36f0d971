// Linear memory: one flat space of bytes, the same for both runners, with a first-fit allocator on the JavaScript side.
// Blocks belong to JavaScript objects: when a Block is garbage its bytes are free again, so nobody has to free one.

import { WasmgradError } from '../errors.js';
import { FreeList, type MemorySpan } from '../intervals.js';

/** The views of the memory. An address in bytes, divided by 4, is an index into `f` and `i`. */
export interface Views {
  /** Float32 values; in the reference runner, float64 ones under the same indices. */
  readonly f: Float32Array | Float64Array;
  readonly i: Int32Array;
  /** The bytes of `i`; an address is an index. */
  readonly b: Uint8Array;
}

type Grown = Pick<Views, 'f' | 'i'>;

/** A stretch of memory. Keep a reference to it for as long as it is used. */
export interface Block {
  /** In bytes, a multiple of 64. */
  readonly address: number;
  readonly bytes: number;
}

/** A cache line. */
const ALIGNMENT = 64;

/** The most that 32-bit addresses reach, less one page so that an end never wraps to 0. */
const MAX_BYTES = 2 ** 32 - 2 ** 16;

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/**
 * FinalizationRegistry, or nothing in its place: Cloudflare Workers with a compatibility date before 2025-05-05 have
 * none. There a block is free again only when it is freed by hand: models need dispose().
 */
export const Registry: typeof FinalizationRegistry =
  globalThis.FinalizationRegistry ??
  class {
    readonly #registered = new WeakSet<WeakKey>();
    register(target: WeakKey): void {
      this.#registered.add(target);
    }
    unregister(target: WeakKey): boolean {
      return this.#registered.delete(target);
    }
  };

/**
 * A memory and its allocator. Nothing else may grow it; `grow` makes it at least `bytes` long and returns the new
 * views.
 */
export class Memory implements Views {
  f: Float32Array | Float64Array = new Float32Array(0);
  i = new Int32Array(0);
  b = new Uint8Array(0);
  /** What is free. The last span reaches to the end of the address space: memory grows when it is taken from. */
  readonly #free: FreeList;
  readonly #grow: (bytes: number) => Grown;
  readonly #registry = new Registry<MemorySpan>(({ address, bytes }) => this.#free.release(address, bytes));

  /** @param start the first address that may be handed out */
  constructor(start: number, grow: (bytes: number) => Grown) {
    this.#grow = grow;
    const address = roundUp(Math.max(start, 1)); // address 0 means 'none' to the kernels
    this.#free = new FreeList(address, MAX_BYTES - address);
  }

  /** Bytes in use. */
  get used(): number {
    return MAX_BYTES - this.#free.bytes;
  }

  /**
   * Takes `bytes` of memory, zeroed unless told otherwise. Throws, and changes nothing, if there is not enough; `what`
   * names it in the error.
   */
  alloc(bytes: number, what: string, zeroed = true): Block {
    const size = roundUp(Math.max(bytes, 1));
    const address = this.#take(size, what);
    if (zeroed) {
      this.f.fill(0, address / 4, (address + size) / 4);
      if (this.i.buffer !== this.f.buffer) this.i.fill(0, address / 4, (address + size) / 4);
    }
    const block = Object.freeze({ address, bytes: size });
    this.#registry.register(block, { ...block }, block);
    return block;
  }

  /** Gives a block back now: only for its owner, who knows that nothing uses it any more. */
  free(block: Block): void {
    if (this.#registry.unregister(block)) this.#free.release(block.address, block.bytes);
  }

  #take(bytes: number, what: string): number {
    const span = this.#free.find(bytes);
    if (!span) {
      const hint = 'unused models give theirs back at dispose(), or when the event loop turns';
      throw new WasmgradError(
        `${what}: ${megabytes(bytes)} wanted, ${megabytes(this.used)} of 4 GiB are in use; ${hint}`,
      );
    }
    this.#ensure(span.address + bytes, what);
    return this.#free.take(span, bytes);
  }

  #ensure(bytes: number, what: string): void {
    if (bytes <= this.i.length * 4) return;
    try {
      Object.assign(this, this.#grow(bytes));
      this.b = new Uint8Array(this.i.buffer);
    } catch (cause) {
      throw new WasmgradError(`${what}: memory could not grow to ${megabytes(bytes)}`, { cause });
    }
  }
}

const roundUp = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
