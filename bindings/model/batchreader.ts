// Batches that come one by one, each asked for ahead. Not here: what is done with them (fitbatches.ts).

import { check, checkIs, isRecord, lookup, show } from '../errors.js';
import type { DataLike } from './data.js';
import { checkSignal } from './fit.js';
import type { Signal } from './fitoptions.js';

/** Samples with their labels, and if they do not all count alike their weights, n numbers of 0 or more. */
export type Batch<X = DataLike, Y = DataLike> =
  | readonly [x: X, y: Y]
  | readonly [x: X, y: Y, sampleWeight: DataLike]
  | { readonly x: X; readonly y: Y; readonly sampleWeight?: DataLike | undefined };

/** What can be gone through, waiting for each or not. */
export type BatchStream<X = DataLike, Y = DataLike> = Iterable<Batch<X, Y>> | AsyncIterable<Batch<X, Y>>;

/** Batches, or a function that starts them anew: as an async generator is that reads a file. */
export type BatchSource<X = DataLike, Y = DataLike> =
  | BatchStream<X, Y>
  | (() => BatchStream<X, Y> | Promise<BatchStream<X, Y>>);

/** The parts of a batch. */
export interface Parts {
  readonly x: unknown;
  readonly y: unknown;
  readonly sampleWeight?: unknown;
}

/** A batch as it came: anything. */
interface Taken {
  readonly batch: unknown;
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

const PARTS = { x: true, y: true, sampleWeight: true };

/** Goes through batches again and again. */
export class BatchReader {
  /** In the middle of a pass; undefined before it begins, after it ended, and after it threw. */
  #iterator: AnyIterator | undefined;
  #asked: Promise<Taken | undefined> | undefined;
  #passes = 0;
  /** Of this pass. */
  #count = 0;

  /**
   * @param what   names the batches in errors: 'fit: batches'
   * @param signal once it is aborted, nobody waits for a batch any more
   */
  constructor(
    readonly what: string,
    readonly source: unknown,
    readonly signal?: Signal,
  ) {}

  /** Whether they can be gone through only once, as those of a generator that was called already. */
  get isUsedUp(): boolean {
    return typeof this.source !== 'function' && 'next' in (this.source as object);
  }

  /** How often they were begun. */
  get passes(): number {
    return this.#passes;
  }

  /** Asks for the next batch, and does not wait for it. */
  ask(): void {
    this.#asked ??= this.#request();
    this.#asked.catch(() => {}); // take() throws it
  }

  /** The next batch, undefined at the end of a pass. */
  async take(): Promise<Taken | undefined> {
    checkSignal(this.signal);
    this.ask();
    const taken = await this.#unlessAborted(this.#asked!);
    this.#asked = undefined;
    return taken;
  }

  /** What comes, or the reason of the signal if it is aborted before. */
  async #unlessAborted<T>(coming: Promise<T>): Promise<T> {
    const { signal } = this;
    if (!signal?.addEventListener) return coming;
    let abort = (): void => {};
    try {
      return await new Promise((resolve, reject) => {
        coming.then(resolve, reject);
        abort = () => reject(signal.reason);
        signal.addEventListener!('abort', abort);
      });
    } finally {
      signal.removeEventListener?.('abort', abort);
    }
  }

  /** Ends a pass in the middle of it, so that files are closed. */
  async close(): Promise<void> {
    const asked = this.#asked;
    this.#asked = undefined;
    await asked?.catch(() => {});
    const iterator = this.#iterator;
    this.#iterator = undefined;
    await iterator?.return?.();
  }

  /** Where nothing has to begin first, next() is called right away. */
  async #request(): Promise<Taken | undefined> {
    this.#iterator ??= await this.#begin();
    const iterator = this.#iterator;
    this.#iterator = undefined; // while it may throw
    const result = await iterator.next();
    if (result.done) {
      check(this.#count > 0, () => {
        const again = this.#passes > 1 ? ' any more: pass a function that starts anew each time' : '';
        return `${this.what}: there were none${again}`;
      });
      return undefined;
    }
    this.#iterator = iterator;
    this.#count++;
    return { batch: await result.value };
  }

  async #begin(): Promise<AnyIterator> {
    check(this.#passes === 0 || !this.isUsedUp, () => {
      return `${this.what} ended after ${this.#count} of them, and cannot start anew: pass the function that makes them`;
    });
    const stream = typeof this.source === 'function' ? await this.source() : this.source;
    this.#passes++;
    this.#count = 0;
    const iterator = iteratorOf(stream);
    const what = this.source === stream ? this.what : `${this.what}: what the function returns`;
    checkIs(iterator !== undefined, what, 'something to go through: an array, an iterable, an async iterable', stream);
    return iterator;
  }
}

/** What goes through `stream`; undefined if that cannot be gone through. */
function iteratorOf(stream: unknown): AnyIterator | undefined {
  if (typeof stream !== 'object' || stream === null) return undefined;
  const made = stream as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
  return made[Symbol.asyncIterator]?.() ?? made[Symbol.iterator]?.();
}

/** The parts of a batch, which `what` names in errors. */
export function partsOf(what: string, batch: unknown): Parts {
  if (Array.isArray(batch) && (batch.length === 2 || batch.length === 3)) {
    const [x, y, sampleWeight] = batch;
    return { x, y, sampleWeight };
  }
  const object = isRecord(batch);
  check(object, () => `${what} must be [x, y] or { x, y }, got ${show(batch)}`);
  for (const name of Object.keys(batch as object)) lookup(`part of ${what}`, name, PARTS);
  return batch as Parts;
}
