// A compiled model: the optimizer's state, and the programs that train and measure, cached by batch size.
//
// What changes from step to step is read by a program when it runs, from cells in memory: learning rate, step count,
// where the data lies, which row is next. Only another batch size, or another kind of labels, makes another program.

import { check } from '../errors.js';
import { gradients } from '../grad.js';
import type { Loss } from '../losses/losses.js';
import type { Metric } from '../metrics/metrics.js';
import { advance, record, takeRows } from '../ops/movement.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { Program } from '../program.js';
import type { Block } from '../run/memory.js';
import { sizeOf } from '../shape.js';
import { assignTo, inputOf, Tensor } from '../tensor.js';
import type { Rows } from './data.js';
import type { Network } from './network.js';
import { type LabelSpec, ProgramCache } from './programs.js';

/** Arrays of 4 KiB and more start this far from a multiple of 4 KiB after each other: aligned ones slowed Adam by half. */
const STAGGER = 1088;

/** Cells that a loop over batches reads and writes. */
interface Cells {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly order: Tensor;
  readonly row: Tensor;
  readonly log: Tensor;
  readonly logged: Tensor;
  readonly step: Tensor;
}

/** A program of one batch: its loss and metrics, and where the batch goes if it is not taken by rows. */
export interface BatchProgram {
  readonly program: Program;
  readonly x: Tensor;
  readonly y: Tensor;
  /** Loss, then the metrics. */
  readonly values: readonly Tensor[];
  /** Address of the loss. */
  readonly watch: number;
}

/** What a model was compiled with. */
export interface Compiled {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
}

export class Trainer {
  readonly #places: Map<Tensor, number>;
  readonly #gradients: readonly Tensor[];
  readonly #gradient: Tensor;
  readonly #slots: Readonly<Record<string, Tensor>>;
  readonly #rate = inputOf('learningRate', []);
  readonly #cells: Cells;
  readonly #cache = new ProgramCache<BatchProgram>();
  /** Gradients, optimizer state and cells. */
  readonly block: Block;

  constructor(
    readonly network: Network,
    readonly compiled: Compiled,
  ) {
    const { parameters, flat, runner } = network;
    this.#gradients = parameters.map(({ name, tensor }) => inputOf(`d${name}`, tensor.shape));
    this.#gradient = inputOf('gradient', flat.shape);
    this.#slots = Object.fromEntries(compiled.optimizer.slots.map((name) => [name, inputOf(name, flat.shape)]));
    const cell = (name: string) => inputOf(name, [], 'int32');
    this.#cells = {
      x: cell('x at'),
      y: cell('y at'),
      order: cell('order at'),
      row: cell('row'),
      log: cell('log at'),
      logged: cell('logged'),
      step: cell('step'),
    };
    const scalars = [this.#rate, ...Object.values(this.#cells)];
    const { offsets, bytes } = stagger([this.#gradient, ...Object.values(this.#slots)], scalars);
    this.block = runner.memory.alloc(bytes, `gradients and optimizer state of ${flat.size} parameters`);
    this.#places = network.places;
    for (const [t, offset] of offsets) this.#places.set(t, this.block.address + offset);
    const gradientAt = this.#places.get(this.#gradient)!;
    parameters.forEach(({ offset }, i) => void this.#places.set(this.#gradients[i]!, gradientAt + offset * 4));
    this.learningRate = compiled.optimizer.learningRate;
  }

  /** η. */
  get learningRate(): number {
    return this.network.runner.memory.f[this.#places.get(this.#rate)! / 4]!;
  }
  set learningRate(value: number) {
    this.network.runner.memory.f[this.#places.get(this.#rate)! / 4] = value;
  }

  /** Sets a cell of the loop. */
  setCell(name: keyof Cells, value: number): void {
    this.network.runner.memory.i[this.#places.get(this.#cells[name])! / 4] = value;
  }

  /** A copy of parameters and optimizer state, to come back to. */
  save(into: Float32Array | Float64Array | undefined): Float32Array | Float64Array {
    const [parameters, state] = this.#views();
    const saved = into ?? new (parameters.constructor as typeof Float32Array)(parameters.length + state.length);
    saved.set(parameters);
    saved.set(state, parameters.length);
    return saved;
  }

  /** Comes back to a copy. */
  restore(saved: Float32Array | Float64Array): void {
    const [parameters, state] = this.#views();
    parameters.set(saved.subarray(0, parameters.length));
    state.set(saved.subarray(parameters.length));
  }

  /** One step of training on `batch` rows, taken from the data set that the cells point to; 'again' takes the same rows each time. */
  rowsStep(batch: number, label: LabelSpec, next: 'next' | 'again' = 'next'): BatchProgram {
    return this.#cache.get(next, batch, label, () => {
      const { order, row } = this.#cells;
      const take = (base: Tensor, { rowShape, dtype }: LabelSpec) => {
        return new Tensor(takeRows, [base, order, row], { rows: batch, rowShape, dtype });
      };
      const samples = take(this.#cells.x, { rowShape: this.network.inputShape, dtype: 'float32' });
      return this.#step(samples, take(this.#cells.y, label), (values) => [
        ...values.map((value) => new Tensor(record, [this.#cells.logged, this.#cells.log, value], {})),
        ...(next === 'next' ? [new Tensor(advance, [row], { by: batch })] : []),
      ]);
    });
  }

  /** One step of training on a batch that is written to the program. */
  batchStep(batch: number, label: LabelSpec): BatchProgram {
    return this.#cache.get('batch', batch, label, () => {
      const [x, y] = this.#placeholders(batch, label);
      return this.#step(x, y, () => []);
    });
  }

  /** Loss and metrics of a batch that is written to the program; changes nothing. */
  measure(batch: number, label: LabelSpec): BatchProgram {
    return this.#cache.get('measure', batch, label, () => {
      const [x, y] = this.#placeholders(batch, label);
      const values = this.#values(y, this.network.forward(x));
      return this.#program(x, y, values, []);
    });
  }

  /** The loss of a batch, for inspect. */
  lossOf(yTrue: Tensor, yPred: Tensor): Tensor {
    return scalarOf(this.compiled.loss.name, this.compiled.loss.compute(yTrue, yPred));
  }

  /** Bytes of the programs made so far. */
  get programBytes(): number {
    return this.#cache.bytes;
  }

  /** Gives the memory back now. */
  dispose(): void {
    this.#cache.clear();
    this.network.runner.memory.free(this.block);
  }

  #views(): [Float32Array | Float64Array, Float32Array | Float64Array] {
    const { f } = this.network.runner.memory;
    const view = ({ address, bytes }: Block) => f.subarray(address / 4, (address + bytes) / 4);
    return [view(this.network.block), view(this.block)];
  }

  #placeholders(batch: number, { rowShape, dtype }: LabelSpec): [Tensor, Tensor] {
    return [inputOf('x', [batch, ...this.network.inputShape]), inputOf('y', [batch, ...rowShape], dtype)];
  }

  #values(y: Tensor, yPred: Tensor): Tensor[] {
    const { loss, metrics } = this.compiled;
    const measured = metrics.map(({ name, compute }) => scalarOf(name, compute(y, yPred, loss)));
    return [this.lossOf(y, yPred), ...measured];
  }

  /** Forward, backward, update. */
  #step(x: Tensor, y: Tensor, after: (values: readonly Tensor[]) => Tensor[]): BatchProgram {
    const { network, compiled } = this;
    const values = this.#values(y, network.forward(x));
    const grads = gradients(
      values[0]!,
      network.parameters.map(({ tensor }) => tensor),
    );
    const { step } = this.#cells;
    const updates = compiled.optimizer.update({
      param: network.flat,
      grad: this.#gradient,
      slots: this.#slots,
      learningRate: this.#rate,
      step,
    });
    const stores = grads.flatMap((g, i) => (g ? [assignTo(this.#gradients[i]!, g)] : []));
    return this.#program(x, y, values, [
      ...stores,
      new Tensor(advance, [step], { by: 1 }),
      ...updates,
      ...after(values),
    ]);
  }

  #program(x: Tensor, y: Tensor, values: readonly Tensor[], effects: readonly Tensor[]): BatchProgram {
    const what = `a program for a batch of ${x.shape[0]}`;
    const program = new Program(this.network.runner, { outputs: values, effects }, { places: this.#places, what });
    return { program, x, y, values, watch: program.address(values[0]!) };
  }
}

/** A loss or metric must be one number. */
function scalarOf(name: string, value: Tensor): Tensor {
  const scalar = value instanceof Tensor && value.size === 1;
  check(scalar, () => `${name} must return a scalar tensor, got ${value}; reduce it with mean() or sum()`);
  return value.reshape([]);
}

/** Offsets in bytes of rows of numbers, large ones away from each other modulo 4 KiB, and of scalars behind them. */
function stagger(rows: readonly Tensor[], scalars: readonly Tensor[]): { offsets: Map<Tensor, number>; bytes: number } {
  const offsets = new Map<Tensor, number>();
  let end = 0;
  for (const row of rows) {
    const bytes = Math.max(64, Math.ceil((row.size * 4) / 64) * 64);
    offsets.set(row, end);
    end += bytes < 4096 ? bytes : Math.ceil((bytes - STAGGER) / 4096) * 4096 + STAGGER;
  }
  scalars.forEach((t, i) => void offsets.set(t, end + 4 * i));
  return { offsets, bytes: end + 4 * scalars.length };
}

/** Writes a batch to a program. */
export function feed({ program, x, y }: BatchProgram, samples: Rows, labels: Rows, from: number): void {
  const count = x.shape[0]!;
  const part = (rows: Rows) => {
    const size = sizeOf(rows.rowShape);
    return rows.count === count ? rows.data : rows.data.subarray(from * size, (from + count) * size);
  };
  program.write(x, part(samples));
  program.write(y, part(labels));
}
