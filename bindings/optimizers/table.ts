// Numbers that depend on the step alone: learning rates and coefficients. Those that are functions are evaluated in
// float64 ahead of the steps and written to a table, from which the tape takes a row in each step. Not here: any
// schedule (schedules/).

import { advance, takeRows } from '../ops/movement.js';
import type { Memory } from '../run/memory.js';
import { inputOf, Tensor } from '../tensor.js';
import { checkRate, type LearningRate } from './optimizer.js';

/** The most steps of one run: the table has room for them, and so has the log of `fit`. */
export const MAX_STEPS = 1024;

/** A number, or a function of the step, and the tensor that has its value in each step. */
interface Entry {
  readonly what: string;
  readonly of: LearningRate;
  /** Throws if a value is none to work with: checkRate of a rate, which has a scale. */
  readonly check: (what: string, value: unknown) => void;
  readonly now: Tensor;
  /** Of a function: its values in the steps to come, and the cell that holds their address. */
  readonly column?: readonly [values: Tensor, base: Tensor];
}

const cell = (name: string): Tensor => inputOf(name, [], 'int32');

/** What an optimizer at work reads anew in each step. */
export class StepTable {
  /** Whether there are functions. */
  varies = false;
  readonly #entries: Entry[] = [];
  /** What `takeRows` reads besides: that there are no bytes; the address of rows 0, 1, 2 …; how many were taken. */
  readonly #cells = ['bytes', 'order', 'row'].map(cell) as [Tensor, Tensor, Tensor];
  readonly #rows = inputOf('rows', [MAX_STEPS], 'int32');

  /** A scalar that has the value of `of` in each step; equal ones have one. */
  add(what: string, of: LearningRate, check: Entry['check']): Tensor {
    const known = this.#entries.find((entry) => entry.of === of && entry.check === check);
    if (known) return known.now.reshape([]);
    const entry = { what, of, check };
    if (typeof of === 'number') this.#entries.push({ ...entry, now: inputOf(what, []) });
    else {
      this.varies = true;
      const base = cell(what);
      const attrs = { name: what, rows: 1, rowShape: [], dtype: 'float32' };
      const now = new Tensor(takeRows, [base, ...this.#cells], attrs);
      this.#entries.push({ ...entry, now, column: [inputOf(what, [MAX_STEPS]), base] });
    }
    return this.#entries.at(-1)!.now.reshape([]);
  }

  /** Whether there is one rate, a number, which can be set. */
  get isPlain(): boolean {
    const rates = this.#entries.filter(({ check }) => check === checkRate);
    return rates.length === 1 && !rates[0]!.column;
  }

  /** All that must have a place in memory. */
  get tensors(): Tensor[] {
    const own = this.#entries.flatMap(({ now, column = [] }) => [now, ...column]);
    return this.varies ? [...own, ...this.#cells, this.#rows] : own;
  }

  /** The effect that goes on to the next step. */
  get effects(): Tensor[] {
    return this.varies ? [new Tensor(advance, [this.#cells[2]], { by: 1 })] : [];
  }

  /**
   * Writes rates that are numbers, and if `count` is not 0 the values of functions in as many steps from number `first`
   * on; rows of the table behind these have the values of the last one.
   *
   * @param rate  the rate, if it can be set
   * @param scale a factor of all rates
   * @throws if a function returns none to work with; nothing was changed then
   */
  fill(
    { f, i }: Memory,
    places: ReadonlyMap<Tensor, number>,
    first: number,
    count: number,
    rate: number,
    scale: number,
  ): void {
    const index = (t: Tensor): number => places.get(t)! / 4;
    const values = this.#entries.map(({ what, of, check }) => {
      if (typeof of === 'number') return [(this.isPlain ? rate : of) * scale]; // a rate: coefficients are functions
      const factor = check === checkRate ? scale : 1;
      return Array.from({ length: count }, (_, k) => {
        const value = of(first + k);
        check(`${what} in step ${first + k}`, value);
        return value * factor;
      });
    });
    this.#entries.forEach(({ now, column }, e) => {
      const [table, base]: readonly [Tensor, Tensor?] = column ?? [now];
      const at = index(table);
      f.set(values[e]!, at);
      if (!base) return;
      if (count === 0) i[index(this.#rows) + 1] = 0; // so that they are written: a state that was restored may hold anything
      if (count === 0) return;
      f.fill(values[e]!.at(-1)!, at + count, at + MAX_STEPS);
      i[index(base)] = at * 4;
      const rows = index(this.#rows);
      const [, order, row] = this.#cells.map(index);
      i[order!] = rows * 4;
      i[row!] = 0;
      if (i[rows + 1] === 0) for (let k = 0; k < MAX_STEPS; k++) i[rows + k] = k;
    });
  }
}
