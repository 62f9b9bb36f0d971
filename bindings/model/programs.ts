// Programs by name, the last ones used.

import type { Program } from '../program.js';

/** Sizes of batches that are in use at the same time: a full one and a smaller last one, to train, evaluate, predict. */
const CAPACITY = 12;

/** Keeps the programs used last; the memory of others is given back. */
export class ProgramCache<T extends { readonly program: Program }> {
  readonly #entries = new Map<string, T>();
  #last: { readonly key: string; readonly entry: T } | undefined;

  get values(): T[] {
    return [...this.#entries.values()];
  }

  /** The entry for `key`, made now if it is not there. */
  get(key: string, make: () => T): T {
    if (this.#last?.key === key) return this.#last.entry;
    const entry = this.#entries.get(key) ?? make();
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > CAPACITY) this.#drop(this.#entries.keys().next().value!);
    this.#last = { key, entry };
    return entry;
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.#drop(key);
    this.#last = undefined;
  }

  #drop(key: string): void {
    this.#entries.get(key)?.program.dispose();
    this.#entries.delete(key);
  }
}
