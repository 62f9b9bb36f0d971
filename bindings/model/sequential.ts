// The model that users see: a chain of layers with fit, evaluate, predict.

import { ProgramCache } from '../cache.js';
import { check, checkIs, show, WasmgradError } from '../errors.js';
import { ownerOf } from '../graph.js';
import type { Layer } from '../layers/layer.js';
import { type LossFunction, type LossName, lossOf } from '../losses/losses.js';
import { type Metric, type MetricFunction, type MetricName, metricOf } from '../metrics/metrics.js';
import type { NestedArray } from '../nested.js';
import { checkLearningRate, checkOptimizer, type Optimizer } from '../optimizers/optimizer.js';
import type { Parameter } from '../optimizers/parameters.js';
import { anything, flag, options, type Rules, range, rule, whole } from '../options.js';
import { Program } from '../program.js';
import { runner } from '../run/runtime.js';
import { checkNotTraced } from '../scope.js';
import { type Shape, sameShape, shapeText, sizeOf } from '../shape.js';
import { constantOf, inputOf, type StoredData, type Tensor } from '../tensor.js';
import { type Callback, checkCallbacks, type Logs } from './callbacks.js';
import { copyOf, type DataLike, type DataSet, flatOf, labelsOf, samplesOf, sliceData, sliceRows } from './data.js';
import { FitLoop, type FitPlan, type History } from './fit.js';
import { type Inspection, inspect } from './inspect.js';
import { Network } from './network.js';
import { Shuffler } from './shuffle.js';
import { summaryOf } from './summary.js';
import { type Compiled, Trainer } from './trainer.js';

/** Options of `compile`. */
export interface CompileOptions {
  /** sgd(), adam() …, or one of your own. */
  readonly optimizer: Optimizer;
  /** A name, or a function of (yTrue, yPred) that returns a scalar tensor. */
  readonly loss: LossName | LossFunction;
  /** Names, or functions like a loss. */
  readonly metrics?: readonly (MetricName | MetricFunction)[] | undefined;
}

const compileOptions = options({
  optimizer: (given, what) => {
    checkOptimizer(what, given);
    return given;
  },
  loss: anything<LossName | LossFunction>(),
  metrics: rule<readonly (MetricName | MetricFunction)[], []>([], (what, given) => {
    checkIs(Array.isArray(given), what, 'an array', given);
  }),
} satisfies Rules<CompileOptions>);

/** Options of `fit`. */
export interface FitOptions {
  /** How often the model sees all samples; default 1. */
  readonly epochs?: number | undefined;
  /** Samples of one step: a number (default 32), 1 for stochastic, 'full' for batch gradient descent. */
  readonly batchSize?: number | 'full' | undefined;
  /** Another order in each epoch; default true. */
  readonly shuffle?: boolean | undefined;
  /** The fraction of the samples, the last ones, that is held out for validation: in [0, 1); default 0. */
  readonly validationSplit?: number | undefined;
  /** [x, y] to validate on after each epoch. They are copied when fit begins. */
  readonly validationData?: readonly [DataLike, DataLike] | undefined;
  /** Functions to be called while it trains. */
  readonly callbacks?: readonly Callback[] | undefined;
}

const fitOptions = options({
  epochs: whole(1),
  batchSize: (given, what) => (given === 'full' ? given : whole(32)(given, `${what}, if it is not 'full',`)),
  shuffle: flag(true),
  validationSplit: range(0, 0, 1),
  validationData: rule<readonly [DataLike, DataLike], undefined>(undefined, (what, given) => {
    checkIs(Array.isArray(given) && given.length === 2, what, '[x, y]', given);
  }),
  callbacks: rule<readonly Callback[], []>([], (_, given) => checkCallbacks(given)),
} satisfies Rules<FitOptions>);

/** Options of `evaluate` and `predict`. */
export interface BatchOptions {
  /** How many samples are computed at once; default 256. It changes memory and speed only. */
  readonly batchSize?: number | undefined;
}

const DEFAULT_BATCH = 256;

const batchOptions = options({ batchSize: whole(DEFAULT_BATCH) } satisfies Rules<BatchOptions>);

/**
 * Makes a model of a chain of layers, with new weights.
 *
 * @param inputShape shape of one sample, e.g. [784]
 * @param layers     first to last
 * @throws if the shapes of neighbouring layers do not fit, or before init()
 */
export function sequential(inputShape: Shape, layers: readonly Layer[]): Sequential {
  return new Sequential(new Network(runner(), inputShape, layers));
}

/** What a model is made of, for functions that look into it. */
export interface Inside {
  readonly network: Network;
  /** Throws if the model was not compiled. */
  trainer(): Trainer;
  /** Samples and labels for `trainer`, checked. */
  data(x: unknown, y: unknown): DataSet;
}

interface PredictProgram {
  readonly program: Program;
  readonly x: Tensor;
  readonly out: Tensor;
}

/** A model that can be trained, measured and asked for predictions; `sequential` makes it. */
export class Sequential {
  /** A callback sets it to true to stop fit after this batch or epoch. */
  stopTraining = false;
  readonly #network: Network;
  /** By the number of samples. */
  readonly #predictors = new ProgramCache<number, PredictProgram>();
  #trainer: Trainer | undefined;
  /**
   * The name of the method at work, which reads the user's data or calls the user's code. Methods that would replace or
   * free what it uses throw meanwhile.
   */
  #busy: string | undefined;
  #disposed = false;

  /** @internal */
  constructor(network: Network) {
    this.#network = network;
  }

  /** How many numbers are trained: those of all weights and biases. */
  get parameterCount(): number {
    return this.#network.block.count;
  }

  /** η of the optimizer; the next step uses what is set here. */
  get learningRate(): number {
    this.#usable('learningRate');
    return this.#trainerFor('learningRate').state.learningRate;
  }
  set learningRate(value: number) {
    this.#usable('learningRate');
    checkLearningRate('learningRate', value);
    this.#trainerFor('learningRate').state.learningRate = value;
  }

  /**
   * Chooses how the model is trained. The optimizer starts anew; the weights stay.
   *
   * @throws if a name is unknown or an option is missing; the model is then compiled as it was before
   */
  compile(options: CompileOptions): void {
    this.#exclusive('compile', (network) => {
      const trainer = new Trainer(network, compiledOf(options, network));
      this.#trainer?.dispose();
      this.#trainer = trainer;
    });
  }

  /**
   * Trains the model on samples and labels, and returns loss and metrics of each epoch.
   *
   * The data is copied in the call, so it may change afterwards. Then the event loop has its turn every 20 ms or so, a
   * long step or a long trace aside.
   *
   * @param x samples: [n, …inputShape]
   * @param y labels: [n, …outputShape], or n class indices where the loss takes them
   * @returns loss and metrics of each epoch
   * @throws WasmgradError, before anything is changed, if data or options do not fit; NonFiniteLossError if the loss or a
   *   weight becomes NaN or infinite: the weights are then those of the last good epoch
   */
  async fit(x: DataLike, y: DataLike, options?: FitOptions): Promise<History> {
    this.#alone('fit');
    const trainer = this.#trainerFor('fit');
    this.#busy = 'fit';
    trainer.programs.pinned = true;
    try {
      return await new FitLoop(trainer, this, this.#planFit(x, y, options)).run();
    } finally {
      trainer.programs.pinned = false;
      this.#busy = undefined;
    }
  }

  /**
   * Makes one training step on one batch.
   *
   * @returns the loss of the batch, before the step; NaN or infinite if it became so, and the step has been made then, too
   * @throws WasmgradError, before anything is changed, if the data do not fit
   */
  trainOnBatch(x: DataLike, y: DataLike): number {
    this.#alone('trainOnBatch');
    this.#busy = 'trainOnBatch'; // not by #exclusive: a step may take 1 µs, and a closure is garbage
    try {
      const { program, values } = this.#trainerFor('trainOnBatch').run('batch', this.#data(x, y));
      return program.scalar(values[0]!);
    } finally {
      this.#busy = undefined;
    }
  }

  /** Measures the model: loss and metrics by name, as means over all samples. */
  evaluate(x: DataLike, y: DataLike, options?: BatchOptions): Logs {
    return this.#during('evaluate', () => {
      const { batchSize } = batchOptions('evaluate', options);
      return this.#trainerFor('evaluate').evaluate(this.#data(x, y), batchSize);
    });
  }

  /**
   * Computes the model's output for samples: a tensor [n, …outputShape].
   *
   * @param x samples [n, …inputShape], or one sample alone
   */
  predict(x: DataLike, options?: BatchOptions): Tensor {
    return this.#during('predict', ({ inputShape, outputShape, runner: { Floats } }) => {
      const { batchSize } = batchOptions('predict', options);
      const samples = samplesOf('x', x, inputShape);
      const size = sizeOf(outputShape);
      const values = new Floats(samples.count * size);
      for (let from = 0; from < samples.count; from += batchSize) {
        const part = sliceRows(samples, from, Math.min(from + batchSize, samples.count));
        const { program, x: input, out } = this.#predictor(part.count);
        program.write(input, part.data);
        program.run();
        program.copyTo(out, values, from * size);
      }
      return constantOf(values, [samples.count, ...outputShape]);
    });
  }

  /** Shows backpropagation at work: z, a, δ, dW and db of every layer for one batch. Nothing is changed. */
  inspect(x: DataLike, y: DataLike): Inspection {
    return this.#during('inspect', () => inspect(this.#trainerFor('inspect'), this.#data(x, y)));
  }

  /** Copies of all parameters, first layer to last: kernel [in, out], then bias [out]. */
  getWeights(): Tensor[] {
    const { block } = this.#usable('getWeights');
    return block.parameters.map((p) => constantOf(block.view(p).slice(), p.tensor.shape));
  }

  /**
   * Replaces all parameters. State of the optimizer is kept.
   *
   * @throws, before anything is changed, if a shape does not fit
   */
  setWeights(weights: readonly (Tensor | NestedArray)[]): void {
    this.#during('setWeights', ({ block }) => {
      const { parameters } = block;
      check(Array.isArray(weights) && weights.length === parameters.length, () => {
        const names = parameters.map(({ name, tensor }) => `${name} ${shapeText(tensor.shape)}`).join(', ');
        return `setWeights: expected ${parameters.length} tensors (${names}), got ${show(weights)}`;
      });
      const values = parameters.map((parameter, i) => weightOf(parameter, weights[i]));
      values.forEach((data, i) => void block.view(parameters[i]!).set(data));
    });
  }

  /** The layers as a table, and the memory that they take. */
  summary(): string {
    return summaryOf(this.#usable('summary'), this.#trainer);
  }

  /**
   * Gives the model's memory back now. It goes by itself when the model is garbage and the event loop turns: only code
   * that makes thousands of models without ever awaiting has to call this.
   */
  dispose(): void {
    if (this.#disposed) return;
    this.#exclusive('dispose', ({ runner, block }) => {
      this.#disposed = true;
      this.#trainer?.dispose();
      this.#trainer = undefined;
      this.#predictors.clear();
      runner.memory.free(block.block);
    });
  }

  /** Runs what looks into the model, and is no method so that not every program has it. @internal */
  look<T>(what: string, run: (inside: Inside) => T): T {
    return this.#during(what, (network) => {
      return run({ network, trainer: () => this.#trainerFor(what), data: (x, y) => this.#data(x, y) });
    });
  }

  /** Throws, and says how a model is kept: JSON.stringify would write none of its weights. @internal */
  toJSON(): never {
    throw new WasmgradError('a model is no JSON: keep model.getWeights().map((w) => w.toArray())');
  }

  /**
   * The network, for every public method. Throws if the model was disposed, since its memory may be another model's by
   * now, and inside of a trace, which would take the weights of today as constants.
   */
  #usable(what: string): Network {
    check(!this.#disposed, () => `${what}: the model was disposed`);
    checkNotTraced(what, 'call it before, and pass what it returns as an argument');
    return this.#network;
  }

  /**
   * Runs a method that reads the user's data or calls the user's code; until it ends the model can't be replaced or
   * disposed.
   */
  #during<T>(what: string, run: (network: Network) => T): T {
    this.#usable(what);
    return this.#run(what, run);
  }

  /** The same for a method that must not run inside of another one. */
  #exclusive<T>(what: string, run: (network: Network) => T): T {
    this.#alone(what);
    return this.#run(what, run);
  }

  #run<T>(what: string, run: (network: Network) => T): T {
    const outer = this.#busy;
    this.#busy = what;
    try {
      return run(this.#network);
    } finally {
      this.#busy = outer;
    }
  }

  /** Throws if another method of this model is at work. */
  #alone(what: string): void {
    this.#usable(what);
    check(this.#busy === undefined, () => {
      const why =
        this.#busy === 'fit' ? 'is being trained by fit; await it first' : `is in the middle of ${this.#busy}`;
      return `${what}: the model ${why}`;
    });
  }

  #trainerFor(what: string): Trainer {
    check(this.#trainer !== undefined, () => `${what}: call model.compile({ optimizer, loss }) first`);
    return this.#trainer;
  }

  #data(x: unknown, y: unknown, where = ''): DataSet {
    const { inputShape, outputShape } = this.#network;
    const samples = samplesOf(`${where}x`, x, inputShape);
    return { x: samples, y: labelsOf(`${where}y`, y, samples.count, outputShape, this.#trainer!.compiled.loss) };
  }

  #planFit(x: DataLike, y: DataLike, options: FitOptions | undefined): FitPlan {
    const read = fitOptions('fit', options);
    const { epochs, batchSize, shuffle, validationSplit, validationData, callbacks } = read;
    check(
      !(validationSplit > 0 && validationData !== undefined),
      () => 'fit: give validationSplit or validationData, not both',
    );
    const all = this.#data(x, y);
    const { count } = all.x;
    const kept = count - Math.floor(count * validationSplit);
    check(validationSplit === 0 || kept < count, () => {
      return `fit: validationSplit ${validationSplit} of ${count} samples holds out none`;
    });
    const validation =
      validationData === undefined ? sliceData(all, kept, count) : this.#validationData(validationData);
    const heldOut = validation.x.count > 0 ? copyOf(validation) : undefined;
    if (heldOut) this.#trainer!.prepare('measure', heldOut, DEFAULT_BATCH);
    return {
      data: sliceData(all, 0, kept),
      batchSize: batchSize === 'full' ? kept : Math.min(batchSize, kept),
      epochs,
      shuffler: shuffle ? new Shuffler() : undefined,
      callbacks: [...callbacks],
      validate: heldOut && (() => this.#validate(heldOut)),
    };
  }

  #validationData(data: readonly [DataLike, DataLike]): DataSet {
    return this.#data(data[0], data[1], 'validationData ');
  }

  #validate(data: DataSet): Record<string, number> {
    const logs = Object.entries(this.#trainer!.evaluate(data, DEFAULT_BATCH));
    return Object.fromEntries(logs.map(([name, value]) => [validationName(name), value]));
  }

  #predictor(count: number): PredictProgram {
    return this.#predictors.get(count) ?? this.#predictors.keep(count, this.#makePredictor(count));
  }

  #makePredictor(count: number): PredictProgram {
    const network = this.#network;
    const x = inputOf('x', [count, ...network.inputShape]);
    const out = network.forward(x);
    const options = { places: network.block.places, inputs: [x], what: `predict of ${count} samples` };
    return { program: new Program(network.runner, { outputs: [out], effects: [] }, options), x, out };
  }
}

/** The options of compile, checked. */
function compiledOf(options: CompileOptions, network: Network): Compiled {
  const { optimizer, loss: lossOption, metrics } = compileOptions('compile', options);
  const loss = lossOf(lossOption);
  const classes = network.outputShape.at(-1)!;
  check(!loss.classes || classes > 1, () => {
    return `compile: ${loss.name} needs at least 2 outputs, one a class, got ${classes}; for two classes with one output use 'binaryCrossEntropy'`;
  });
  const { name, notAfter, instead } = loss;
  const last = notAfter && ownerOf(network.forward(inputOf('x', [1, ...network.inputShape]))).op;
  check(!last || last !== notAfter, () => {
    return `compile: ${name} takes logits, but the model ends with ${last!.name}: leave that out, or use '${instead}'`;
  });
  const measured = metrics.map(metricOf);
  return { optimizer, loss, metrics: measured, names: namesOf(measured) };
}

/** What logs call a value on the validation data. */
const validationName = (name: string): string => `val${name[0]!.toUpperCase()}${name.slice(1)}`;

/** What logs show: 'loss', then the metrics. */
function namesOf(metrics: readonly Metric[]): string[] {
  const names = ['loss'];
  for (const { name } of metrics) {
    // val… is what validation adds, 'Loss' would be 'valLoss' there, and what is called __proto__ would not be logged.
    const taken = names.some((other) => validationName(other) === validationName(name));
    const free = !taken && !/^(val[A-Z].*|__proto__)$/.test(name);
    check(free, () => `compile: the name '${name}' is taken: give that metric another`);
    names.push(name);
  }
  return names;
}

/** A copy of the values for one parameter: a tensor or nested arrays of its shape, or a typed array of its size. */
function weightOf({ name, tensor: { shape, size } }: Parameter, weight: unknown): StoredData {
  const { data, shape: got } = flatOf(name, weight);
  const typed = ArrayBuffer.isView(weight) && data.length === size;
  check(typed || sameShape(got, shape), () => {
    return `setWeights: ${name} has the shape ${shapeText(shape)}, got ${shapeText(got)}`;
  });
  return data.slice();
}
