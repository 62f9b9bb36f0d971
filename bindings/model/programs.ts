// The programs that a model keeps: those that it used last, by what they do and for how many samples.

import type { Program } from '../program.js';
import type { DType } from '../tensor.js';

/** A program: what it does, for how many samples, with labels of which type. */
interface Entry<T> {
  readonly kind: string;
  readonly batch: number;
  readonly labels: DType | undefined;
  readonly value: T;
}

/** How many programs are kept: enough for full and smaller last batches, to train and to measure, of a few sizes. */
const CAPACITY = 12;

/** Keeps the programs that were used last, and gives the memory of all others back. */
export class ProgramCache<T extends { readonly program: Program }> {
  /** The one used last stands first. */
  readonly entries: Entry<T>[] = [];

  /** The program of this kind; it is made now if there is none. Compares field by field, since a step may take 1 µs. */
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
