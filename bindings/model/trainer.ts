// What a network is trained with: the optimizer's state, and the programs that train and measure, kept by batch size.
//
// What changes from step to step lies in cells in memory, which a program reads when it runs: learning rate, step count,
// where the data lies, which row is next. Only another batch size, or another kind of labels, needs another program.

import { ProgramCache } from '../cache.js';
import { check } from '../errors.js';
import { gradients } from '../grad.js';
import type { Loss } from '../losses/losses.js';
import type { Metric } from '../metrics/metrics.js';
import { advance, record, takeRows } from '../ops/movement.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { OptimizerState } from '../optimizers/parameters.js';
import { Program } from '../program.js';
import type { Block } from '../run/memory.js';
import { inTrace } from '../scope.js';
import type { Shape } from '../shape.js';
import { type DType, inputOf, Tensor, textOf } from '../tensor.js';
import type { Logs } from './callbacks.js';
import { type DataSet, type Rows, sliceData } from './data.js';
import type { Network } from './network.js';

/**
 * The cells of a loop over batches: addresses of samples, labels, the order of the rows and the log; whether samples and labels
 * are bytes; the number of the next row, and how many numbers were logged.
 */
const CELLS = ['x', 'y', 'order', 'log', 'xBytes', 'yBytes', 'row', 'logged'] as const;
export type Cell = (typeof CELLS)[number];

/**
 * What a program does with one batch. Three train: on the 'next' rows of the data set that the cells point to, on the same
 * rows 'again', or on a 'batch' that is written to the program. One only measures such a batch: 'measure'.
 */
const KINDS = ['next', 'again', 'batch', 'measure'] as const;
type Kind = (typeof KINDS)[number];

/** A program for one batch. `x` and `y` are its inputs if the batch is written to the program. */
export interface BatchProgram {
  readonly program: Program;
  readonly kind: Kind;
  readonly batch: number;
  readonly x: Tensor;
  readonly y: Tensor;
  /** Loss, then the metrics. */
  readonly values: readonly Tensor[];
}

/** What a model was compiled with. */
export interface Compiled {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  /** What logs show: 'loss', then the metrics. */
  readonly names: readonly string[];
}

/** A copy of parameters and optimizer state, to go back to. */
export type Saved = readonly (Float32Array | Float64Array | Int32Array)[];

export class Trainer {
  /** Gradients, optimizer state and cells. */
  readonly state: OptimizerState;
  readonly #cells: Record<Cell, Tensor>;
  /** The addresses of parameters, state and cells. */
  readonly #places: ReadonlyMap<Tensor, number>;
  /** By kind, batch and type of labels, all in one number: strings would take longer than a small step. */
  readonly programs = new ProgramCache<number, BatchProgram>();

  constructor(
    readonly network: Network,
    readonly compiled: Compiled,
  ) {
    const cells = CELLS.map((name) => [name, inputOf(name, [], 'int32')]);
    this.#cells = Object.fromEntries(cells) as Record<Cell, Tensor>;
    const { parameters, places } = network.block;
    this.state = new OptimizerState(network.runner, parameters, compiled.optimizer, Object.values(this.#cells));
    this.#places = new Map([...places, ...this.state.places]);
  }

  /** Sets a cell of the loop. */
  setCell(name: Cell, value: number): void {
    this.state.setCell(this.#cells[name], value);
  }

  /** Copies parameters and optimizer state. */
  save(): Saved {
    return this.#views().map((view) => view.slice());
  }

  /** Does the same into an older copy. */
  saveTo(saved: Saved): void {
    const views = this.#views();
    for (let i = 0; i < views.length; i++) saved[i]!.set(views[i]!);
  }

  /** Goes back to a copy. */
  restore(saved: Saved): void {
    this.#views().forEach((view, i) => void view.set(saved[i]!));
  }

  /** Whether all parameters are numbers, and finite. */
  get isFinite(): boolean {
    const parameters = this.#views()[0]!;
    let zero = 0;
    for (let i = 0; i < parameters.length; i++) zero += 0 * parameters[i]!;
    return zero === 0;
  }

  /** The program of this kind for `batch` samples with labels such as these. */
  program(kind: Kind, batch: number, labels: Pick<Rows, 'rowShape' | 'dtype'>): BatchProgram {
    const key = 2 * (batch * KINDS.length + KINDS.indexOf(kind)) + Number(labels.dtype === 'int32');
    return this.programs.get(key) ?? this.programs.keep(key, this.make(kind, batch, labels));
  }

  /** Makes that program anew. */
  make(
    kind: Kind,
    batch: number,
    labels: Pick<Rows, 'rowShape' | 'dtype'>,
    runner = this.network.runner,
  ): BatchProgram {
    const { order, row, log, logged } = this.#cells;
    const { inputShape } = this.network;
    const byRows = kind === 'next' || kind === 'again';
    const leaf = (name: 'x' | 'y', rowShape: Shape, dtype: DType): Tensor => {
      if (!byRows) return inputOf(name, [batch, ...rowShape], dtype);
      const { [name]: base, [`${name}Bytes` as const]: bytes } = this.#cells;
      return new Tensor(takeRows, [base, bytes, order, row], { name, rows: batch, rowShape, dtype });
    };
    const x = leaf('x', inputShape, 'float32');
    const y = leaf('y', labels.rowShape, labels.dtype);
    const values = this.#values(y, this.network.forward(x));
    const effects = kind === 'measure' ? [] : this.#update(values[0]!);
    if (byRows) effects.push(...values.map((value) => new Tensor(record, [logged, log, value], {})));
    if (kind === 'next') effects.push(new Tensor(advance, [row], { by: batch }));
    const options = { places: this.#places, inputs: [x, y], what: `a program for a batch of ${batch}` };
    const program = new Program(runner, { outputs: values, effects }, options);
    return { program, kind, batch, x, y, values };
  }

  /** Makes the programs that go through `data` by batches, so that what fails then fails now. */
  prepare(kind: Kind, { x, y }: DataSet, batchSize: number): void {
    for (const batch of [Math.min(batchSize, x.count), x.count % batchSize])
      if (batch > 0) this.program(kind, batch, y);
  }

  /** Trains on a batch, or measures it; the program then holds loss and metrics. */
  run(kind: 'batch' | 'measure', { x, y }: DataSet): BatchProgram {
    const made = this.program(kind, x.count, y);
    made.program.write(made.x, x.data);
    made.program.write(made.y, y.data);
    made.program.run();
    return made;
  }

  /** Loss and metrics, means over all samples. */
  evaluate(data: DataSet, batchSize: number): Logs {
    const { count } = data.x;
    const sums = new Float64Array(this.compiled.names.length);
    for (let from = 0; from < count; from += batchSize) {
      const part = sliceData(data, from, Math.min(from + batchSize, count));
      const { program, values } = this.run('measure', part);
      values.forEach((value, i) => void (sums[i]! += program.scalar(value) * part.x.count));
    }
    return this.logs(sums, count);
  }

  /** Loss and metrics by name: means, from their sums over `count` samples, which start at index `at`. */
  logs(sums: ArrayLike<number>, count: number, at = 0): Logs {
    const { names } = this.compiled;
    const logs: Record<string, number> & { loss: number } = { loss: 0 };
    for (let i = 0; i < names.length; i++) logs[names[i]!] = sums[at + i]! / count;
    return logs;
  }

  /** The loss of a batch. */
  loss(yTrue: Tensor, yPred: Tensor): Tensor {
    const { name, compute } = this.compiled.loss;
    return traced(`the loss ${name}`, () => compute(yTrue, yPred));
  }

  /** The largest training step made so far. */
  get largestStep(): BatchProgram | undefined {
    const steps = [...this.programs.values()].filter(({ kind }) => kind !== 'measure');
    return steps.sort((a, b) => b.batch - a.batch)[0];
  }

  /** Gives the memory back now. */
  dispose(): void {
    this.programs.clear();
    this.network.runner.memory.free(this.state.block);
  }

  /** The memory of the parameters, then that of the state; its int32 view, too, where that is other memory (float64). */
  #views(): (Float32Array | Float64Array | Int32Array)[] {
    const { f, i } = this.network.runner.memory;
    const [parameters, state] = [this.network.block.block, this.state.block];
    const view = (of: typeof f | typeof i, { address, bytes }: Block) =>
      of.subarray(address / 4, (address + bytes) / 4);
    const floats = [view(f, parameters), view(f, state)];
    return f.buffer === i.buffer ? floats : [...floats, view(i, state)];
  }

  #values(y: Tensor, yPred: Tensor): Tensor[] {
    const { loss, metrics } = this.compiled;
    const measured = metrics.map(({ name, compute }) => traced(`the metric ${name}`, () => compute(y, yPred, loss)));
    return [this.loss(y, yPred), ...measured];
  }

  /** The effects of a training step: backward pass and update. */
  #update(loss: Tensor): Tensor[] {
    const tensors = this.network.block.parameters.map(({ tensor }) => tensor);
    const grads = gradients(loss, tensors);
    const depends = grads.some((g) => g !== null);
    check(depends, () => `the loss ${this.compiled.loss.name} does not depend on the model's parameters`);
    return this.state.step(grads);
  }
}

/** Calls the function of a loss or a metric, whose value must be one number. */
function traced(name: string, compute: () => Tensor): Tensor {
  const value = inTrace(name, compute);
  const scalar = value instanceof Tensor && value.size === 1;
  check(scalar, () => `${name} must return a scalar tensor, got ${textOf(value)}; reduce it with mean() or sum()`);
  return value.toFloat().reshape([]);
}
