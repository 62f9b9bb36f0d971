// What a network is trained with: the optimizer's state, and the programs that train and measure, kept by batch size.
//
// What changes from step to step lies in cells in memory, which a program reads when it runs: learning rate, step
// count, where the data lies, which row is next. Only another batch size, or other kinds of labels, need another
// program.

import { ProgramCache } from '../cache.js';
import type { Logs } from '../callbacks/callback.js';
import { check, show } from '../errors.js';
import { gradients } from '../grad.js';
import type { Loss } from '../losses/losses.js';
import type { ExactMetric } from '../metrics/exact.js';
import type { Metric } from '../metrics/metrics.js';
import { advance, record, takeRows } from '../ops/movement.js';
import { foldIn, KEY_WORDS, nextKey } from '../ops/random.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { OptimizerState } from '../optimizers/state.js';
import { Program } from '../program.js';
import type { Block } from '../run/memory.js';
import { inTrace } from '../scope.js';
import { sameShape, shapeText } from '../shape.js';
import { assignTo, inputOf, scalar, Tensor, type TensorData } from '../tensor.js';
import type { CompileOptions } from './compile.js';
import { type DataSet, type Rows, sliceData } from './data.js';
import { type Ends, endNames } from './ends.js';
import type { Findings, Run } from './forward.js';
import { areCounted, Means } from './means.js';
import type { Network, Ran } from './network.js';
import { checkState, type FitPlace, type TrainingState } from './resume.js';

/**
 * Cells of a loop over batches: addresses of the order of the rows and the log; the next row, and how many numbers were
 * logged.
 */
const CELLS = ['order', 'log', 'row', 'logged'] as const;
export type Cell = (typeof CELLS)[number];

/**
 * What a program does with one batch. Three train: on the 'next' rows of the data set that the cells point to, on the
 * same rows 'again', or on a 'batch' that is written to the program. One only measures such a batch: 'measure'. Where
 * several batches make a step, the 'first' one and 'more' keep their gradients, and the 'last' one makes the step; so
 * do those that are written.
 */
const KINDS = [
  'next',
  'again',
  'batch',
  'measure',
  'first',
  'more',
  'last',
  'batchFirst',
  'batchMore',
  'batchLast',
] as const;
export type Kind = (typeof KINDS)[number];

/** Kinds whose batch is written to the program. */
export type WrittenKind = Extract<Kind, `batch${string}` | 'measure'>;

/** A program for one batch. `rows` are its inputs, samples and then labels, if the batch is written to the program. */
export interface BatchProgram {
  readonly program: Program;
  readonly kind: Kind;
  readonly batch: number;
  readonly rows: readonly Tensor[];
  /** Loss, then the metrics; behind them what these count (means.ts). */
  readonly values: readonly Tensor[];
  /** Labels and outputs for each exact metric, and the mask of the output, if it has one. */
  readonly seen: readonly (readonly Tensor[])[];
}

/** An output that is trained: its loss, and how much that counts. */
export interface Target {
  /** Its number among the outputs. */
  readonly output: number;
  readonly loss: Loss;
  readonly weight: number;
}

/** What a model was compiled with. */
export interface Compiled {
  /** The options of `compile`. */
  readonly given: CompileOptions<Ends>;
  readonly optimizer: Optimizer;
  readonly targets: readonly Target[];
  /** Each with the number of its target. */
  readonly metrics: readonly { readonly target: number; readonly metric: Metric }[];
  /** What logs show: 'loss', the losses of the targets if there are several, then the metrics. */
  readonly names: readonly string[];
  /** Metrics that are no means, each with the number of its target, and their names in logs. */
  readonly exact: readonly { readonly target: number; readonly metric: ExactMetric }[];
  readonly exactNames: readonly string[];
}

/** A copy of parameters, states and optimizer state, to go back to. */
export type Saved = readonly (Float32Array | Float64Array | Int32Array)[];

/** The cells of one array of a data set: its address, and whether it holds bytes. */
interface RowCells {
  readonly address: Tensor;
  readonly bytes: Tensor;
}

const cell = (name: string): Tensor => inputOf(name, [], 'int32');

export class Training {
  /** Gradients, optimizer state and cells. */
  readonly state: OptimizerState;
  /** By kind, batch and form of the labels, all in one number: strings would take longer than a small step. */
  readonly programs = new ProgramCache<number, BatchProgram>();
  readonly #cells: Record<Cell, Tensor>;
  /** Of the inputs, then of the labels. */
  readonly #rowCells: readonly RowCells[];
  /** What layers draw from, and how often that was done. */
  readonly #key = inputOf('key', [KEY_WORDS], 'int32');
  readonly #draws = cell('draws');
  /** The fit that is at work, or the last one. */
  loop: { readonly place: FitPlace } | undefined;
  /** The forms of labels that programs were made for. */
  readonly #forms: (readonly Rows[])[] = [];

  constructor(
    readonly network: Network,
    readonly compiled: Compiled,
  ) {
    this.#cells = Object.fromEntries(CELLS.map((name) => [name, cell(name)])) as Record<Cell, Tensor>;
    const { inputs } = network.definition;
    const names = [...endNames('x', inputs), ...compiled.targets.map((_, i) => `y${i}`), 'weights'];
    this.#rowCells = names.map((name) => ({ address: cell(name), bytes: cell(`${name} are bytes`) }));
    const rowCells = this.#rowCells.flatMap(({ address, bytes }) => [address, bytes]);
    const cells = [...Object.values(this.#cells), ...rowCells, this.#key, this.#draws];
    this.state = new OptimizerState(network.runner, network.trainable, compiled.optimizer, cells);
    this.state.setCell(this.#key, ...(nextKey().known as Int32Array)); // all four words
  }

  /** Sets a cell of the loop. */
  setCell(name: Cell, value: number): void {
    this.state.setCell(this.#cells[name], value);
  }

  /** Points the cells of one array of a data set, by its number, to the place where it lies. */
  setRows(i: number, address: number, bytes: boolean): void {
    this.state.setCell(this.#rowCells[i]!.address, address);
    this.state.setCell(this.#rowCells[i]!.bytes, +bytes);
  }

  /** Names and shapes of all that a training changes. */
  get form(): string {
    const variables = this.network.variables.map(({ name, tensor }) => `${name} ${tensor}`);
    return `${variables.join(', ')}; ${this.compiled.optimizer.name}`;
  }

  /** Parameters, states and optimizer state as they are, and where the last fit was. */
  get trainingState(): TrainingState {
    return { form: this.form, values: this.save(), place: this.loop?.place };
  }

  /** Throws unless `restore` can go back to that. */
  check(state: TrainingState): void {
    checkState(state, this.form, this.#views());
  }

  /** Copies parameters, states and optimizer state. */
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
    this.state.prepareSteps(0);
  }

  /** Whether all parameters and states are numbers, and finite. */
  get isFinite(): boolean {
    let zero = 0;
    for (const { block } of this.network.allBlocks) {
      const values = this.#view(this.network.runner.memory.f, block);
      for (let i = 0; i < values.length; i++) zero += 0 * values[i]!;
    }
    return zero === 0;
  }

  /**
   * The program of this kind for `batch` samples with labels such as these; `parts` is how many batches make the step.
   */
  program(kind: Kind, batch: number, labels: readonly Rows[], parts = 1): BatchProgram {
    const key = ((batch * MAX_PARTS + parts) * KINDS.length + KINDS.indexOf(kind)) * MAX_FORMS + this.#form(labels);
    return this.programs.get(key) ?? this.programs.keep(key, this.make(kind, batch, labels, undefined, parts));
  }

  /** The number of the form of labels: of their types and shapes. */
  #form(labels: readonly Rows[]): number {
    for (let i = 0; i < this.#forms.length; i++) if (sameForms(this.#forms[i]!, labels)) return i;
    check(this.#forms.length < MAX_FORMS, () => 'the labels had too many different forms: compile the model anew');
    return this.#forms.push(labels.map((rows) => ({ ...rows, data: NOTHING }))) - 1;
  }

  /** Makes that program anew. */
  make(kind: Kind, batch: number, labels: readonly Rows[], runner = this.network.runner, parts = 1): BatchProgram {
    const { order, row, log, logged } = this.#cells;
    const { inputs } = this.network.definition;
    const byRows = !/^(batch|measure)/.test(kind);
    const all = [...inputs.specs.map(({ shape, dtype }) => ({ rowShape: shape, dtype })), ...labels];
    const names = [...endNames('x', inputs), ...labels.map(({ name }) => name)];
    const rows = all.map(({ rowShape, dtype }, i) => {
      const name = names[i]!;
      if (!byRows) return inputOf(name, [batch, ...rowShape], dtype);
      const { address, bytes } = this.#rowCells[i]!;
      return new Tensor(takeRows, [address, bytes, order, row], { name, rows: batch, rowShape, dtype });
    });
    const samples = rows.slice(0, inputs.specs.length);
    const { values, seen, effects } = this.#goals(samples, rows.slice(samples.length), kind, parts);
    if (byRows) effects.push(...values.map((value) => new Tensor(record, [logged, log, value], {})));
    if (byRows && kind !== 'again') effects.push(new Tensor(advance, [row], { by: batch }));
    const places = new Map([...this.network.places, ...this.state.places]);
    const options = { places, inputs: rows, what: `a program for a batch of ${batch}` };
    const program = new Program(runner, { outputs: [...new Set([...values, ...seen.flat()])], effects }, options);
    return { program, kind, batch, rows, values, seen };
  }

  /** Loss and metrics of a batch, and the effects of a step on it. */
  #goals(
    samples: readonly Tensor[],
    labels: readonly Tensor[],
    kind: Kind,
    parts: number,
  ): Omit<BatchProgram, 'program' | 'kind' | 'batch' | 'rows'> & { effects: Tensor[] } {
    const training = kind !== 'measure';
    let draws = false;
    const key = (): Tensor => {
      draws = true;
      return foldIn(this.#key, this.#draws);
    };
    const run: Run = training ? { training, key } : { training };
    const ran = this.network.run(samples, run);
    const values = this.values(ran, labels);
    const { exact, targets } = this.compiled;
    const { masks } = this.network.definition;
    const seen = exact.map(({ target }) => {
      const ends = [labels[target]!, ran.outputs[targets[target]!.output]!];
      return masks?.seen(ends) ?? ends;
    });
    if (!training) return { values, seen, effects: [] };
    const effects: Tensor[] = [...this.#update(values[0]!, kind, parts), ...statesWritten(ran.findings)];
    if (draws) effects.push(new Tensor(advance, [this.#draws], { by: 1 }));
    return { values, seen, effects };
  }

  /** Makes the programs that go through `data` by batches, so that what fails then fails now. */
  prepare(kind: Kind, { count, labels }: DataSet, batchSize: number, parts = 1): void {
    for (const batch of [Math.min(batchSize, count), count % batchSize])
      if (batch > 0) this.program(kind, batch, labels, kind === 'last' ? parts : 1);
  }

  /** Trains on a batch, or measures it; the program then holds loss and metrics. */
  run(kind: WrittenKind, data: DataSet, parts = 1): BatchProgram {
    const made = this.program(kind, data.count, data.labels, parts);
    if (kind !== 'measure') this.state.prepareSteps();
    writeRows(made, data);
    made.program.run();
    return made;
  }

  /** For the means over a data set. */
  means({ labels }: DataSet): Means {
    return new Means(this.compiled, labels.length > this.compiled.targets.length, this.network.definition.masks);
  }

  /** Loss and metrics, means over all samples. */
  evaluate(data: DataSet, batchSize: number): Logs {
    const { count } = data;
    const means = this.means(data);
    for (let from = 0; from < count; from += batchSize) {
      const part = sliceData(data, from, Math.min(from + batchSize, count));
      const made = this.run('measure', part);
      const values = made.values.map((value) => made.program.scalar(value));
      means.see(made);
      means.add(values, part.count);
    }
    return means.logs();
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

  /**
   * The memory of parameters, states and optimizer state; the int32 view of the latter, too, where it is other memory
   * (float64).
   */
  #views(): TensorData[] {
    const { f, i } = this.network.runner.memory;
    const state = this.state.block;
    const blocks = [...this.network.allBlocks.map(({ block }) => block), state];
    const floats = blocks.map((block) => this.#view(f, block));
    return f.buffer === i.buffer ? floats : [...floats, this.#view(i, state)];
  }

  #view<T extends TensorData>(of: T, { address, bytes }: Block): T {
    return of.subarray(address / 4, (address + bytes) / 4) as T;
  }

  /**
   * The loss of a batch, penalties included, then the losses of several targets and the metrics; then what these count.
   */
  values({ outputs, findings }: Ran, labels: readonly Tensor[]): Tensor[] {
    const { targets, metrics } = this.compiled;
    const { masks } = this.network.definition;
    const samples = labels[targets.length];
    const ends = targets.map(({ output }, i) => [labels[i]!, outputs[output]!] as const);
    const masksOf = ends.map(([, yPred]) => masks?.of(yPred));
    const losses = targets.map(({ loss }, i) => {
      const mask = loss.ofSamples ? undefined : masksOf[i];
      const weights = mask ? masks!.weighted(mask, samples) : samples;
      return traced(`the loss ${loss.name}`, () => lossOfBatch(loss, ...ends[i]!, weights));
    });
    const measured = metrics.map(({ target, metric: { name, compute } }) => {
      const { loss } = targets[target]!;
      return traced(`the metric ${name}`, () => {
        const values = compute(...ends[target]!, loss);
        return meanOf(name, values, loss.counted?.(labels[target]!, values, masksOf[target]) ?? masksOf[target]);
      });
    });
    const weighted = losses.map(({ mean }, i) => (targets[i]!.weight === 1 ? mean : mean.mul(targets[i]!.weight)));
    const total = [...weighted, ...findings.penalties, ...regularizersOf(this.network)].reduce((sum, t) => sum.add(t));
    const several = losses.length > 1; // their sum is a mean over samples
    const first = { mean: total, count: several ? samples?.sum() : losses[0]!.count };
    const all = [first, ...(several ? losses : []), ...measured];
    const values = all.map(({ mean }) => mean);
    if (!areCounted(this.compiled, samples !== undefined, masks)) return values;
    return [...values, ...all.map(({ count }) => count ?? scalar(outputs[0]!.shape[0]!))];
  }

  /** The effects of a training step: backward pass and update. */
  #update(loss: Tensor, kind: Kind, parts: number): Tensor[] {
    const tensors = this.network.trainable.map(({ tensor }) => tensor);
    const grads = gradients(loss, tensors);
    const depends = grads.some((g) => g !== null);
    const names = this.compiled.targets.map((target) => target.loss.name).join(', ');
    check(depends, () => `the loss ${names} does not depend on the model's parameters`);
    if (/(first|more)$/i.test(kind)) return this.state.accumulate(grads, /first$/i.test(kind));
    return this.state.step(grads, parts);
  }
}

/** How many batches can make a step. */
export const MAX_PARTS = 2 ** 12;

/** How many forms of labels a model may be trained on. */
const MAX_FORMS = 16;

const NOTHING = /*@__PURE__*/ new Float32Array(0);

function sameForms(a: readonly Rows[], b: readonly Rows[]): boolean {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i]!.dtype !== b[i]!.dtype || !sameShape(a[i]!.rowShape, b[i]!.rowShape)) return false;
  }
  return a.length === b.length;
}

/** Writes the rows of a batch to its program. */
export function writeRows({ program, rows }: BatchProgram, data: DataSet): void {
  const { inputs, labels } = data;
  for (let i = 0; i < inputs.length; i++) program.write(rows[i]!, inputs[i]!.data);
  for (let i = 0; i < labels.length; i++) program.write(rows[inputs.length + i]!, labels[i]!.data);
}

/** What is added to the loss for parameters that are trained. */
export const regularizersOf = ({ variables }: Network): Tensor[] =>
  variables.flatMap(({ name, tensor, trainable, regularizer }) => {
    return trainable && regularizer
      ? [traced(`the regularizer of ${name}`, () => ({ mean: regularizer(tensor) })).mean]
      : [];
  });

/** The effects that give states their next values. */
export const statesWritten = ({ updates }: Findings): Tensor[] =>
  [...updates].map(([state, value]) => assignTo(state, value));

/** A mean over a batch, and how much the batch counts in one over several; undefined: as its samples do. */
interface Mean {
  readonly mean: Tensor;
  readonly count?: Tensor | undefined;
}

/** The mean loss of a batch; of weighted samples or steps Σ weight·loss / Σ weight. */
function lossOfBatch(loss: Loss, yTrue: Tensor, yPred: Tensor, weights: Tensor | undefined): Mean {
  const { name, compute, each, own } = loss;
  const weighing = loss.weights?.(yTrue, yPred);
  if (!weights) {
    const value = compute(yTrue, yPred);
    return { mean: own && isRow(value, yPred) ? value.mean() : value, count: weighing?.sum() };
  }
  return meanOf(name, (each ?? compute)(yTrue, yPred), weights, weighing && by(weights, weighing).mul(weights));
}

/**
 * The mean of numbers for samples, or for steps, or of more for each; if they have weights Σ weight·value / Σ weight.
 */
function meanOf(name: string, given: Tensor, weights?: Tensor, counts = weights): Mean {
  if (!weights || !(given instanceof Tensor)) return { mean: given?.shape?.length > 0 ? given.mean() : given };
  const values = by(weights, given);
  check(sameShape(values.shape, weights.shape), () => {
    const each = ['n' as never, ...weights.shape.slice(1)];
    return `sampleWeight, or a mask, needs ${name} to be a number for each sample, or step, ${shapeText(each)}; it returned ${given}`;
  });
  const count = counts!.sum();
  return { mean: values.mul(weights).sum().div(count.maximum(TINY)), count };
}

/** Means over what samples, or steps, that have weights have besides. */
function by({ shape: { length } }: Tensor, values: Tensor): Tensor {
  const inner = values.shape.slice(length);
  return inner.length > 0 ? values.mean(inner.map((_, i) => i + length)) : values;
}

/** Where all weights of a batch are 0 its loss is 0. */
const TINY = 1e-30;

/** Whether a value is a row with a number for each sample. */
const isRow = (value: unknown, yPred: Tensor): value is Tensor =>
  value instanceof Tensor && value.shape.length === 1 && value.size === yPred.shape[0];

/** Calls the function of a loss or a metric, whose value must be one number. */
function traced(name: string, compute: () => Mean): Mean {
  const { mean, count } = inTrace(name, compute);
  const scalar = mean instanceof Tensor && mean.size === 1;
  check(scalar, () => `${name} must return a scalar tensor, got ${show(mean)}; reduce it with mean() or sum()`);
  return { mean: mean.toFloat().reshape([]), count };
}
