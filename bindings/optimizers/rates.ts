// The learning rates of an optimizer at work, and what else depends on the step alone (its coefficients). A rate that is a
// number lies in a cell; functions of the step lie in a table (table.ts). `learningRateScale` multiplies all rates.

import { check, checkNumber } from '../errors.js';
import type { Memory } from '../run/memory.js';
import { inputOf, type Tensor } from '../tensor.js';
import { checkRate, type LearningRate, type Optimizer, type Schedule } from './optimizer.js';
import { StepTable } from './table.js';

export class Rates {
  readonly #optimizer: Optimizer;
  /** The scalar that has the value of a rate in each step: equal numbers, and equal functions, have one. */
  readonly #rates = new Map<LearningRate, Tensor>();
  readonly #scale = inputOf('learningRateScale', []);
  /** The rate that was set, if there is one to set. */
  readonly #base = inputOf('learningRate', []);
  readonly table = new StepTable();
  #memory!: Memory;
  #places!: ReadonlyMap<Tensor, number>;

  constructor(optimizer: Optimizer) {
    this.#optimizer = optimizer;
    this.of(optimizer);
  }

  /** The learning rate of an optimizer, this one or one of its groups. */
  of({ name, learningRate }: Optimizer): Tensor {
    const known = this.#rates.get(learningRate);
    if (known) return known;
    const made =
      typeof learningRate === 'function'
        ? this.table.add(`the learning rate of ${name}`, learningRate, checkRate, true)
        : inputOf('learningRate', []);
    this.#rates.set(learningRate, made);
    return made;
  }

  /** The coefficients of an optimizer. */
  coefficients(name: string, functions: Readonly<Record<string, Schedule>>): Record<string, Tensor> {
    const scalars = Object.entries(functions).map(([key, of]) => {
      return [key, this.table.add(`${key} of ${name}`, of, checkNumber)] as const;
    });
    return Object.fromEntries(scalars);
  }

  /** All that must have a place in memory. */
  get tensors(): Tensor[] {
    const cells = [...this.#rates.values()].filter((rate) => !rate.op.aliases);
    return [...cells, this.#scale, this.#base, ...this.table.tensors];
  }

  /** Writes the first values: everything has a place now. */
  begin(memory: Memory, places: ReadonlyMap<Tensor, number>): void {
    this.#memory = memory;
    this.#places = places;
    this.#set(this.#scale, 1);
    if (this.#settable) this.#set(this.#base, this.#optimizer.learningRate as number);
    this.#write();
    this.table.begin(memory, places);
  }

  get scale(): number {
    return this.#get(this.#scale);
  }
  set scale(value: number) {
    this.#set(this.#scale, value);
    this.#write();
  }

  /** The optimizer's rate in a step, without the scale. */
  rate(step: number): number {
    const { learningRate } = this.#optimizer;
    if (this.#settable) return this.#get(this.#base);
    return typeof learningRate === 'function' ? learningRate(step) : learningRate;
  }

  setRate(value: number): void {
    check(this.#settable, () => {
      const { name, learningRate } = this.#optimizer;
      const what = typeof learningRate === 'function' ? 'follows a schedule' : 'has groups with rates of their own';
      return `learningRate: the optimizer ${name} ${what}: set learningRateScale, a factor of all rates`;
    });
    this.#set(this.#base, value);
    this.#write();
  }

  /** There is one rate, and it is a number. */
  get #settable(): boolean {
    return this.#rates.size === 1 && typeof this.#optimizer.learningRate === 'number';
  }

  #get(cell: Tensor): number {
    return this.#memory.f[this.#places.get(cell)! / 4]!;
  }

  #set(cell: Tensor, value: number): void {
    this.#memory.f[this.#places.get(cell)! / 4] = value;
  }

  /** Writes the rates that are numbers. */
  #write(): void {
    for (const [rate, cell] of this.#rates) {
      if (typeof rate === 'number') this.#set(cell, (this.#settable ? this.#get(this.#base) : rate) * this.scale);
    }
  }
}
