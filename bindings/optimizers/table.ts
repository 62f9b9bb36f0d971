// Numbers that depend on the step alone: learning rates and coefficients. Those that are functions are evaluated in float64 ahead
// of the steps and written to a table, from which the tape takes a row in each step. Not here: any schedule (schedules/).

import { advance, takeRows } from '../ops/movement.js';
import type { Memory } from '../run/memory.js';
import { inputOf, Tensor } from '../tensor.js';
import type { LearningRate } from './optimizer.js';

/** The most steps of one run: the table has room for them, and so has the log of `fit`. */
export const MAX_STEPS = 1024;

/** A number, or a function of the step, and the tensor that has its value in each step. */
interface Entry {
  readonly what: string;
  readonly of: LearningRate;
  readonly check: (what: string, value: unknown) => void;
  /** Whether it is a learning rate, which `scale` multiplies. */
  readonly isRate: boolean;
  readonly now: Tensor;
  /** Of a function: its values in the steps to come, and the cell that holds their address. */
  readonly column?: readonly [values: Tensor, base: Tensor];
}

const cell = (name: string): Tensor => inputOf(name, [], 'int32');

/** What an optimizer at work reads anew in each step. */
export class StepTable {
  /** A factor of the rates. */
  scale = 1;
  /** What the rate was set to, if there is one, a number. */
  rate: number | undefined;
  readonly #entries: Entry[] = [];
  /** What `takeRows` reads besides: that there are no bytes; rows 0, 1, 2 … and their address; how many were taken. */
  readonly #bytes = cell('bytes');
  readonly #order = cell('order');
  readonly #cursor = cell('row');
  readonly #rows = inputOf('rows', [MAX_STEPS], 'int32');

  /** A scalar that has the value of `of` in each step; equal rates have one. */
  add(what: string, of: LearningRate, check: Entry['check'], isRate = false): Tensor {
    let entry = this.#entries.find((other) => isRate && other.isRate && other.of === of);
    if (!entry) {
      const column = typeof of === 'function' && ([inputOf(what, [MAX_STEPS]), cell(what)] as const);
      const attrs = { name: what, rows: 1, rowShape: [], dtype: 'float32' };
      const now = column
        ? new Tensor(takeRows, [column[1], this.#bytes, this.#order, this.#cursor], attrs)
        : inputOf(what, []);
      entry = { what, of, check, isRate, now, ...(column && { column }) };
      this.#entries.push(entry);
    }
    return entry.now.reshape([]);
  }

  /** Whether there is one rate, a number, which can be set. */
  get isPlain(): boolean {
    const rates = this.#entries.filter(({ isRate }) => isRate);
    return rates.length === 1 && !rates[0]!.column;
  }

  /** Whether there are functions. */
  get varies(): boolean {
    return this.#entries.some(({ column }) => column);
  }

  /** All that must have a place in memory. */
  get tensors(): Tensor[] {
    const own = this.#entries.flatMap(({ now, column = [] }) => [now, ...column]);
    return this.varies ? [...own, this.#bytes, this.#order, this.#cursor, this.#rows] : own;
  }

  /** The effect that goes on to the next step. */
  get effects(): Tensor[] {
    return this.varies ? [new Tensor(advance, [this.#cursor], { by: 1 })] : [];
  }

  /**
   * Writes rates that are numbers, and if `count` is not 0 the values of functions in as many steps from number `first` on; rows
   * of the table behind these have the values of the last one.
   *
   * @throws if a function returns none to work with; nothing was changed then
   */
  fill({ f, i }: Memory, places: ReadonlyMap<Tensor, number>, first: number, count: number): void {
    const index = (t: Tensor): number => places.get(t)! / 4;
    const values = this.#entries.map(({ what, of, check, isRate }) => {
      const scale = isRate ? this.scale : 1;
      if (typeof of === 'number') return [(this.rate ?? of) * scale];
      return Array.from({ length: count }, (_, k) => {
        const value = of(first + k);
        check(`${what} in step ${first + k}`, value);
        return value * scale;
      });
    });
    this.#entries.forEach(({ now, column }, e) => {
      const at = index(column?.[0] ?? now);
      f.set(values[e]!, at);
      if (!column || count === 0) return;
      f.fill(values[e]!.at(-1)!, at + count, at + MAX_STEPS);
      i[index(column[1])] = at * 4;
      const rows = index(this.#rows);
      i[index(this.#order)] = rows * 4;
      i[index(this.#cursor)] = 0;
      if (i[rows + 1] === 0) for (let row = 0; row < MAX_STEPS; row++) i[rows + row] = row;
    });
  }
}
