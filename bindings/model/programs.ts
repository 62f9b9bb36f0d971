// Programs by what they do and for how many samples, the last ones used.

import type { Program } from '../program.js';
import type { DType } from '../tensor.js';

/** A program: what it does, for how many samples, with labels of which type. */
interface Entry<T> {
  readonly kind: string;
  readonly batch: number;
  readonly labels: DType | undefined;
  readonly value: T;
}

/** Sizes of batches that are in use at the same time: a full one and a smaller last one, to train and to measure. */
const CAPACITY = 12;

/** Keeps the programs used last; the memory of others is given back. */
export class ProgramCache<T extends { readonly program: Program }> {
  /** The one used last stands first. */
  readonly entries: Entry<T>[] = [];

  /** The program for these, made now if it is not there. Compares field by field: a step may take 1 µs. */
  get(kind: string, batch: number, labels: DType | undefined, make: () => T): T {
    const { entries } = this;
    const at = entries.findIndex((e) => e.kind === kind && e.batch === batch && e.labels === labels);
    if (at === 0) return entries[0]!.value;
    const entry = at < 0 ? { kind, batch, labels, value: make() } : entries.splice(at, 1)[0]!;
    entries.unshift(entry);
    if (entries.length > CAPACITY) entries.pop()!.value.program.dispose();
    return entry.value;
  }

  clear(): void {
    for (const { value } of this.entries.splice(0)) value.program.dispose();
  }
}
