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
import { OptimizerState } from '../optimizers/parameters.js';
import { Program } from '../program.js';
import type { Block } from '../run/memory.js';
import { sizeOf } from '../shape.js';
import { inputOf, Tensor } from '../tensor.js';
import type { Rows } from './data.js';
import type { Network } from './network.js';
import { type LabelSpec, ProgramCache } from './programs.js';

/** Cells that a loop over batches reads and writes. */
interface Cells {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly order: Tensor;
  readonly row: Tensor;
  readonly log: Tensor;
  readonly logged: Tensor;
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
  readonly #state: OptimizerState;
  readonly #cells: Cells;
  readonly #cache = new ProgramCache<BatchProgram>();

  constructor(
    readonly network: Network,
    readonly compiled: Compiled,
  ) {
    const cell = (name: string) => inputOf(name, [], 'int32');
    this.#cells = {
      x: cell('x at'),
      y: cell('y at'),
      order: cell('order at'),
      row: cell('row'),
      log: cell('log at'),
      logged: cell('logged'),
    };
    this.#state = new OptimizerState(network.block, compiled.optimizer, Object.values(this.#cells));
  }

  /** Gradients, optimizer state and cells. */
  get block(): Block {
    return this.#state.block;
  }

  /** η. */
  get learningRate(): number {
    return this.#state.learningRate;
  }
  set learningRate(value: number) {
    this.#state.learningRate = value;
  }

  /** Sets a cell of the loop. */
  setCell(name: keyof Cells, value: number): void {
    this.#state.setCell(this.#cells[name], value);
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

  /** Whether all parameters are numbers, and finite. */
  get isFinite(): boolean {
    const [parameters] = this.#views();
    let zero = 0;
    for (let i = 0; i < parameters.length; i++) zero += 0 * parameters[i]!;
    return zero === 0;
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

  /** The largest training step made so far. */
  get largestStep(): { readonly batch: number; readonly program: Program } | undefined {
    const step = this.#cache.largest('next', 'again', 'batch');
    return step && { batch: step.batch, program: step.value.program };
  }

  /** Gives the memory back now. */
  dispose(): void {
    this.#cache.clear();
    this.network.runner.memory.free(this.block);
  }

  #views(): [Float32Array | Float64Array, Float32Array | Float64Array] {
    const { f } = this.network.runner.memory;
    const view = ({ address, bytes }: Block) => f.subarray(address / 4, (address + bytes) / 4);
    return [view(this.network.block.block), view(this.block)];
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
    const { block } = this.network;
    const values = this.#values(y, this.network.forward(x));
    const grads = gradients(
      values[0]!,
      block.parameters.map(({ tensor }) => tensor),
    );
    const { name } = this.compiled.loss;
    check(
      grads.some((g) => g !== null),
      () => `the loss ${name} does not depend on the model's parameters`,
    );
    return this.#program(x, y, values, [...this.#state.step(grads), ...after(values)]);
  }

  #program(x: Tensor, y: Tensor, values: readonly Tensor[], effects: readonly Tensor[]): BatchProgram {
    const what = `a program for a batch of ${x.shape[0]}`;
    const program = new Program(
      this.network.runner,
      { outputs: values, effects },
      { places: this.#state.places, what },
    );
    return { program, x, y, values, watch: program.address(values[0]!) };
  }
}

/** A loss or metric must be one number. */
function scalarOf(name: string, value: Tensor): Tensor {
  const scalar = value instanceof Tensor && value.size === 1;
  check(scalar, () => `${name} must return a scalar tensor, got ${value}; reduce it with mean() or sum()`);
  return value.toFloat().reshape([]);
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
