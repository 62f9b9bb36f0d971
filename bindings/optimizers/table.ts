// Numbers that depend on the step alone, learning rates by schedule among them: evaluated in float64 ahead of the steps, and
// written to a table, from which the tape takes the next row in each step. Not here: any schedule (schedules/).

import { check } from '../errors.js';
import { advance, takeRows } from '../ops/movement.js';
import type { Memory } from '../run/memory.js';
import { inputOf, Tensor } from '../tensor.js';
import type { Schedule } from './optimizer.js';

/** The most steps of one run: the table has room for them, and so has the log of `fit`. */
export const MAX_STEPS = 1024;

/** One function of the step. */
interface Column {
  readonly of: Schedule;
  /** Throws if a value is none to work with. */
  readonly check: (what: string, value: unknown) => void;
  /** Whether it is a learning rate, which learningRateScale multiplies. */
  readonly scaled: boolean;
  readonly name: string;
  /** Its values in the steps to come. */
  readonly values: Tensor;
  /** The cell that holds the address of these. */
  readonly base: Tensor;
  /** Its value in the step at work. */
  readonly now: Tensor;
}

const cell = (name: string): Tensor => inputOf(name, [], 'int32');

/** The table of one optimizer at work. */
export class StepTable {
  readonly #columns: Column[] = [];
  readonly #bytes = cell('bytes');
  readonly #order = cell('order');
  readonly #cursor = cell('row of the table');
  /** 0, 1, 2 …: rows are taken in this order. */
  readonly #rows = inputOf('rows', [MAX_STEPS], 'int32');

  /** A scalar that has the value of a function in each step. */
  add(name: string, of: Schedule, check: Column['check'], scaled = false): Tensor {
    const base = cell(`address of ${name}`);
    const attrs = { name, rows: 1, rowShape: [], dtype: 'float32' } as const;
    const now = new Tensor(takeRows, [base, this.#bytes, this.#order, this.#cursor], attrs);
    this.#columns.push({ of, check, scaled, name, values: inputOf(name, [MAX_STEPS]), base, now });
    return now.reshape([]);
  }

  /** All that must have a place in memory: nothing if there is no such function. */
  get tensors(): Tensor[] {
    if (this.#columns.length === 0) return [];
    const own = this.#columns.flatMap(({ values, base, now }) => [values, base, now]);
    return [this.#bytes, this.#order, this.#cursor, this.#rows, ...own];
  }

  /** Writes what never changes. */
  begin({ i }: Memory, places: ReadonlyMap<Tensor, number>): void {
    if (this.#columns.length === 0) return;
    const address = (t: Tensor) => places.get(t)!;
    i[address(this.#order) / 4] = address(this.#rows);
    for (let row = 0; row < MAX_STEPS; row++) i[address(this.#rows) / 4 + row] = row;
    for (const { base, values } of this.#columns) i[address(base) / 4] = address(values);
  }

  /**
   * Evaluates `count` steps from number `first` on, learning rates times `scale`. Rows behind these have the values of the
   * last one.
   *
   * @throws if a value is none to work with; nothing was changed then
   */
  fill({ f, i }: Memory, places: ReadonlyMap<Tensor, number>, first: number, count: number, scale: number): void {
    check(count <= MAX_STEPS, () => `internal error: ${count} steps, at most ${MAX_STEPS} have room`);
    const filled = this.#columns.map(({ of, check: checkValue, scaled, name }) =>
      Float64Array.from({ length: count }, (_, k) => {
        const value: unknown = of(first + k);
        checkValue(`${name} in step ${first + k}`, value);
        return (value as number) * (scaled ? scale : 1);
      }),
    );
    this.#columns.forEach(({ values }, c) => {
      const at = places.get(values)! / 4;
      f.set(filled[c]!, at);
      f.fill(filled[c]![count - 1]!, at + count, at + MAX_STEPS);
      i[places.get(this.#cursor)! / 4] = 0;
    });
  }

  /** The effect that goes on to the next step. */
  get effects(): Tensor[] {
    return this.#columns.length > 0 ? [new Tensor(advance, [this.#cursor], { by: 1 })] : [];
  }
}
