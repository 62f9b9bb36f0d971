// Programs by what they do and for how many samples, the last ones used.

import type { Program } from '../program.js';
import type { Shape } from '../shape.js';
import type { DType } from '../tensor.js';

/** What one sample's label looks like. */
export interface LabelSpec {
  readonly rowShape: Shape;
  readonly dtype: DType;
}

interface Entry<T> {
  readonly kind: string;
  readonly batch: number;
  readonly label: LabelSpec | undefined;
  readonly value: T;
}

/** Sizes of batches that are in use at the same time: a full one and a smaller last one, to train and to measure. */
const CAPACITY = 12;

/** Shapes are compared as objects: a model hands out the same one for the same labels, and a step may take 1 µs. */
const fits = <T>(e: Entry<T>, kind: string, batch: number, label: LabelSpec | undefined): boolean => {
  return (
    e.kind === kind && e.batch === batch && e.label?.rowShape === label?.rowShape && e.label?.dtype === label?.dtype
  );
};

/** Keeps the programs used last; the memory of others is given back. */
export class ProgramCache<T extends { readonly program: Program }> {
  /** The one used last stands first. */
  readonly #entries: Entry<T>[] = [];

  /** Bytes of all programs. */
  get bytes(): number {
    return this.#entries.reduce((sum, { value }) => sum + value.program.bytes, 0);
  }

  /** The largest batch of which there is a program of this kind, and its program. */
  largest(...kinds: readonly string[]): Pick<Entry<T>, 'batch' | 'value'> | undefined {
    return this.#entries
      .filter(({ kind }) => kinds.includes(kind))
      .reduce<Entry<T> | undefined>((most, entry) => (most && most.batch >= entry.batch ? most : entry), undefined);
  }

  /** The program for these, made now if it is not there. */
  get(kind: string, batch: number, label: LabelSpec | undefined, make: () => T): T {
    const first = this.#entries[0];
    if (first && fits(first, kind, batch, label)) return first.value;
    const at = this.#entries.findIndex((entry) => fits(entry, kind, batch, label));
    const entry = at < 0 ? { kind, batch, label, value: make() } : this.#entries.splice(at, 1)[0]!;
    this.#entries.unshift(entry);
    if (this.#entries.length > CAPACITY) this.#entries.pop()!.value.program.dispose();
    return entry.value;
  }

  clear(): void {
    for (const { value } of this.#entries.splice(0)) value.program.dispose();
  }
}
