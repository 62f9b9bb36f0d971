// The model that users see: what its function computes, with fit, evaluate, predict. Not here: what a model is made of
// (network.ts), and what trains it (training.ts, fit.ts).

import type { Callback, Logs } from '../callbacks/callback.js';
import { check, checkIs, isRecord, lookup, show, WasmgradError } from '../errors.js';
import { frameAtWork } from '../layers/frame.js';
import type { Context, Layer } from '../layers/layer.js';
import type { LossLike } from '../losses/losses.js';
import type { NestedArray } from '../nested.js';
import { KEY_WORDS } from '../ops/random.js';
import { checkRate } from '../optimizers/optimizer.js';
import { slotsOf } from '../optimizers/slots.js';
import type { OptimizerState } from '../optimizers/state.js';
import { anything, options, type Rules, range, whole } from '../options.js';
import type { Runner } from '../run/runner.js';
import { fitParts, runner } from '../run/runtime.js';
import { checkNotTraced } from '../scope.js';
import { sameShape, shapeText } from '../shape.js';
import { constantOf, type StoredData, type Tensor } from '../tensor.js';
import { checkAlive } from '../typed.js';
import { type Applied, type ApplyOptions, applied } from './apply.js';
import type { FitBatchesOptions } from './batchloop.js';
import type { BatchSource } from './batchreader.js';
import type { weightedByClass } from './classweights.js';
import { type CompileOptions, compiledOf, validationLogs } from './compile.js';
import { copyOf, type DataLike, type DataSet, flatOf, inputsOf, labelsOf, type Rows, sliceData } from './data.js';
import { type Definition, definitionOf } from './definition.js';
import { type Ends, type InputOf, type InputSpecs, readInputs, valuesOf } from './ends.js';
import { FitLoop, type FitPlan, type History } from './fit.js';
import { type FitOptions, fitOptions, isSource } from './fitoptions.js';
import { type Inspection, inspect } from './inspect.js';
import type { Variable } from './layers.js';
import type { LogNames, MetricsOf, PerOutput, ValidationNames, WithValidation } from './lognames.js';
import { type AsLayerOptions, layerOf } from './nested.js';
import { Network } from './network.js';
import { type PredictOptions, Predictor } from './predictor.js';
import type { FitPlace, TrainingState } from './resume.js';
import { Shuffler } from './shuffle.js';
import { summaryOf } from './summary.js';
import { Training } from './training.js';
import { weighted } from './weights.js';

/** What is passed as samples: for one input data, for several by name data for each. */
export type DataOf<In> = In extends Tensor ? DataLike : { readonly [K in keyof In]: DataLike };

/** The same for labels: of the outputs that have a loss. */
export type LabelsOf<Out> = Out extends Tensor ? DataLike : { readonly [K in keyof Out]?: DataLike };

/** Options of methods that go through samples in parts. */
export interface BatchOptions {
  /** How many samples are computed at once; default 256. It changes memory and speed only. */
  readonly batchSize?: number | undefined;
}

const DEFAULT_BATCH = 256;

/** Options of `evaluate`. */
export interface EvaluateOptions extends BatchOptions {
  /** How much each sample counts in the loss: n numbers of 0 or more. */
  readonly sampleWeight?: DataLike | undefined;
}

const evaluateOptions = options({
  batchSize: whole(DEFAULT_BATCH),
  sampleWeight: anything<DataLike | undefined>(),
} satisfies Rules<EvaluateOptions>);

/** Options of `copyWeightsFrom`. */
export interface CopyOptions {
  /** How much of the other's weights is taken, from 0 to 1; default 1: w ← (1 - τ)·w + τ·other. */
  readonly tau?: number | undefined;
}

const copyOptions = options({
  tau: (given, what) => (given === 1 ? 1 : range(1, 0, 1)(given, `${what}, if it is not 1,`)),
} satisfies Rules<CopyOptions>);

/**
 * Makes a model of a function that calls layers, and any op between. It runs once now, to find its layers and their
 * parameters, which get new values; and once for each kind of program. A layer that is called twice has the same
 * weights both times. Make layers outside of it, or inside if all are called in every run.
 *
 * @param inputs  the shape of one sample, [28, 28, 1], or { shape, dtype }; of several inputs an object of these by name
 * @param forward gets a batch, [n, …shape], or an object of such, and a context: training, key, penalty, show. It
 *   returns a tensor [n, …], or an object of tensors for several outputs
 * @throws if a layer refuses its input, or before init()
 *
 * @example
 * const wide = dense(32, { activation: 'relu' });
 * const head = dense(1);
 * const net = model([8], (x) => head(wide(x).add(x.mean(-1, { keepDims: true }))));
 */
export function model<const S extends InputSpecs, Out extends Ends>(
  inputs: S,
  forward: (input: InputOf<S>, context: Context) => Out,
): Model<InputOf<S>, Out> {
  const at = runner();
  return modelOf(definitionOf('model', at, readInputs('model', inputs), forward as never), at);
}

/** A new model of a definition. */
export const modelOf = <In, Out>(definition: Definition, at: Runner): Model<In, Out> =>
  new Model(new Network(at, definition));

/** What a model is made of, for functions that look into it. */
export interface Inside {
  readonly network: Network;
  readonly isCompiled: boolean;
  /** Throws if the model was not compiled. */
  training(): Training;
  /** Samples, checked. */
  inputs(x: unknown): Rows[];
  /** Samples and labels for `training`, checked; `where` stands before their names in errors. */
  data(x: unknown, y: unknown, where?: string): DataSet;
}

/** A model that can be trained, measured and asked for predictions; `model` and `sequential` make it. */
export class Model<In = Tensor, Out = Tensor, Names extends string = string> {
  /** A callback sets it to true to stop fit after this batch or epoch. */
  stopTraining = false;
  readonly #network: Network;
  /** Its network and those inside of it: all are busy while a method is at work. */
  readonly #networks: readonly Network[];
  readonly #predictor: Predictor;
  #training: Training | undefined;
  #disposed = false;

  /** @internal */
  constructor(network: Network) {
    this.#network = network;
    this.#networks = withInner(network);
    this.#predictor = new Predictor(network);
  }

  /** How many numbers its parameters have: all weights and biases, those that are not trained, too. */
  get parameterCount(): number {
    const parameters = this.#network.variables.filter(({ isState }) => !isState);
    return parameters.reduce((sum, { tensor }) => sum + tensor.size, 0);
  }

  /** η of the optimizer, before `learningRateScale`; the next step uses what is set here. A schedule cannot be set. */
  get learningRate(): number {
    return this.#optimizerState('learningRate').learningRate;
  }
  set learningRate(value: number) {
    const state = this.#optimizerState('learningRate');
    checkRate('learningRate', value);
    state.learningRate = value;
  }

  /** A factor of the learning rate, and of every rate that a schedule or a group has; 1 until it is set. */
  get learningRateScale(): number {
    return this.#optimizerState('learningRateScale').learningRateScale;
  }
  set learningRateScale(value: number) {
    const state = this.#optimizerState('learningRateScale');
    checkRate('learningRateScale', value);
    state.learningRateScale = value;
  }

  /**
   * Chooses how the model is trained. The optimizer starts anew; the weights stay.
   *
   * @returns the model; its type knows the names of the metrics, so that `logs.accuracy` is a number
   * @throws if a name is unknown or an option is missing; the model is then compiled as it was before
   */
  compile<const L extends PerOutput<Out, LossLike>, const M extends MetricsOf<Out> = MetricsOf<Out>>(
    options: CompileOptions<Out, L, M>,
  ): Model<In, Out, LogNames<Out, L, M>> {
    this.#exclusive('compile', (network) => {
      const training = new Training(network, compiledOf(options as unknown as CompileOptions<Ends>, network));
      this.#training?.dispose();
      this.#training = training;
    });
    return this as never;
  }

  /** Trains on batches that come one by one, for data larger than memory, as `fitBatches` does. */
  fit(
    batches: BatchSource<DataOf<In>, LabelsOf<Out>>,
    options: FitBatchesOptions<DataOf<In>, LabelsOf<Out>> & WithValidation,
  ): Promise<History<Names | ValidationNames<Names>>>;
  fit(
    batches: BatchSource<DataOf<In>, LabelsOf<Out>>,
    options?: FitBatchesOptions<DataOf<In>, LabelsOf<Out>>,
  ): Promise<History<Names>>;
  /**
   * Trains the model on samples and labels, and returns loss and metrics of each epoch.
   *
   * The data is copied in the call, so it may change afterwards. Then the event loop has its turn every 20 ms or so, a
   * long step or a long trace aside.
   *
   * @param x samples: [n, …inputShape]; of several inputs an object of such by name
   * @param y labels: [n, …outputShape], or n class indices where the loss takes them; for a loss of your own any [n, …]
   * @returns loss and metrics of each epoch
   * @throws WasmgradError, before anything is changed, if data or options do not fit; NonFiniteLossError if the loss or
   *   a weight becomes NaN or infinite: the weights are then those of the last good epoch
   */
  fit(
    x: DataOf<In>,
    y: LabelsOf<Out>,
    options: FitOptions<DataOf<In>, LabelsOf<Out>> & WithValidation,
  ): Promise<History<Names | ValidationNames<Names>>>;
  fit(x: DataOf<In>, y: LabelsOf<Out>, options?: FitOptions<DataOf<In>, LabelsOf<Out>>): Promise<History<Names>>;
  async fit(x: unknown, ...rest: readonly unknown[]): Promise<History> {
    return this.train('fit', async (inside) => {
      if (isSource(x)) return (await fitParts()).runBatches('fit', this as never, inside, x, rest);
      const training = inside.training();
      const options = rest[1] as FitOptions | undefined;
      const byClass = options?.classWeight === undefined ? undefined : (await fitParts()).weightedByClass;
      const plan = this.#planFit(byClass, x, ...rest);
      const loop = new FitLoop(training, this, plan);
      return plan.diagnose ? (await fitParts()).diagnosed(this, inside, plan, loop) : loop.run();
    });
  }

  /** Runs what trains the model; until it ends no other method may. @internal */
  async train<T>(what: string, run: (inside: Inside) => Promise<T>): Promise<T> {
    this.#checkIdle(what);
    const { programs } = this.#trainingFor(what);
    this.#setBusy(what);
    programs.pinned = true;
    try {
      return await run(this.#inside(what));
    } finally {
      programs.pinned = false;
      this.#setBusy(undefined);
    }
  }

  /**
   * Makes one training step on one batch.
   *
   * @returns the loss of the batch, before the step; NaN or infinite if it became so, and the step has been made then,
   *   too
   * @throws WasmgradError, before anything is changed, if the data do not fit
   */
  trainOnBatch(x: DataOf<In>, y: LabelsOf<Out>): number {
    this.#checkIdle('trainOnBatch');
    this.#setBusy('trainOnBatch'); // not by #exclusive: a step may take 1 µs, and a closure is garbage
    try {
      const { program, values } = this.#trainingFor('trainOnBatch').run('batch', this.#data(x, y));
      return program.scalar(values[0]!);
    } finally {
      this.#setBusy(undefined);
    }
  }

  /** Measures the model: loss and metrics by name, as means over all samples. */
  evaluate(x: DataOf<In>, y: LabelsOf<Out>, options?: EvaluateOptions): Logs<Names> {
    return this.#during('evaluate', () => {
      const { batchSize, sampleWeight } = evaluateOptions('evaluate', options);
      const training = this.#trainingFor('evaluate');
      return training.evaluate(weighted('sampleWeight', this.#data(x, y), sampleWeight), batchSize) as Logs<Names>;
    });
  }

  /**
   * A copy of all that a training needs to go on: weights, states, optimizer state, and where fit was in its data,
   * epochs and random numbers. `fit(x, y, { from: state, … })` goes on from there with the bits of a training without a
   * break, if data and options are the same. In callbacks it is the state at that moment.
   */
  trainingState(): TrainingState {
    this.#usable('trainingState');
    return this.#trainingFor('trainingState').trainingState;
  }

  /** A model of the moving averages of the weights, for an optimizer made by `averageWeights`. It is not compiled. */
  averaged(): Model<In, Out> {
    const state = this.#optimizerState('averaged');
    const network = this.#network;
    const copy = this.clone();
    for (const parameter of network.trainable) {
      const { average } = slotsOf(network.runner.memory, state, parameter);
      check(average !== undefined, () => 'averaged: compile with averageWeights(decay, optimizer) first');
      copy.#network.view(parameter.tensor).set(average.values);
    }
    return copy;
  }

  /**
   * Computes the model's output for samples: a tensor [n, …outputShape], or of several outputs an object of such.
   *
   * @param x samples [n, …inputShape], or one sample alone; of several inputs an object of such by name
   */
  predict<O extends PredictOptions>(x: DataOf<In>, options?: O): O extends { readonly out: infer A } ? A : Out;
  predict(x: unknown, options?: PredictOptions): unknown {
    this.#usable('predict');
    return this.#predictor.quick(x, options) ?? this.#during('predict', () => this.#predictor.predict(x, options));
  }

  /**
   * The model as a pure function of its parameters, for `grad`, `jit`, `vmap` and `trainer`:
   * `grad((p) => loss(net.apply(p, x)))(net.parameters())`.
   *
   * @param parameters by name, as `parameters()` returns them
   * @param x          a batch, [n, …inputShape], or an object of such
   * @returns the output; with the option `state` { output, state, penalty }
   */
  apply<O extends ApplyOptions>(parameters: Readonly<Record<string, Tensor>>, x: In, options?: O): Applied<Out, O>;
  apply(parameters: Readonly<Record<string, Tensor>>, x: unknown, options?: ApplyOptions): unknown {
    check(!this.#disposed, () => 'apply: the model was disposed');
    return applied(this.#network, parameters, x, options);
  }

  /** Copies of all parameters, by name: 'dense.kernel' … */
  parameters(): Record<string, Tensor> {
    return this.#copies('parameters', false);
  }

  /** Copies of all that layers keep from step to step and do not train, by name: 'batchNorm.mean' … */
  state(): Record<string, Tensor> {
    return this.#copies('state', true);
  }

  #copies(what: string, isState: boolean): Record<string, Tensor> {
    const network = this.#usable(what);
    const some = network.variables.filter((v) => v.isState === isState);
    return Object.fromEntries(some.map(({ name, tensor }) => [name, copied(network, tensor)]));
  }

  /** Shows backpropagation at work: z, a, δ, dW and db of every layer for one batch. Nothing is changed. */
  inspect(x: DataOf<In>, y: LabelsOf<Out>): Inspection {
    return this.#during('inspect', () => inspect(this.#trainingFor('inspect'), this.#data(x, y)));
  }

  /** Copies of all parameters and states, first layer to last: of dense kernel [in, out], then bias [out]. */
  getWeights(): Tensor[] {
    const network = this.#usable('getWeights');
    return network.variables.map(({ tensor }) => copied(network, tensor));
  }

  /**
   * Replaces parameters and states. State of the optimizer is kept.
   *
   * @param weights all of them in the order of `getWeights`, or some of them by name, as in `parameters()`
   * @throws, before anything is changed, if a name is unknown or a shape does not fit
   */
  setWeights(weights: readonly (Tensor | NestedArray)[] | Readonly<Record<string, Tensor | NestedArray>>): void {
    this.#during('setWeights', (network) => {
      const { variables } = network;
      const given = Array.isArray(weights)
        ? variables.map((v, i) => [v, weights[i]] as const)
        : named(variables, weights);
      check(!Array.isArray(weights) || weights.length === variables.length, () => {
        return `setWeights: expected ${variables.length} tensors, as of getWeights(), got ${show(weights)}`;
      });
      const values = given.map(([variable, weight]) => weightOf(variable, weight));
      given.forEach(([{ tensor }], i) => void network.view(tensor).set(values[i]!));
    });
  }

  /**
   * Takes the weights of a model of the same structure, or moves towards them by `tau`: the soft update of a target
   * network.
   *
   * @throws, before anything is changed, if names or shapes differ
   */
  copyWeightsFrom(other: Model<In, Out>, options?: CopyOptions): void {
    this.#during('copyWeightsFrom', (network) => {
      const { tau } = copyOptions('copyWeightsFrom', options);
      checkIs(other instanceof Model, 'copyWeightsFrom: the other', 'a model', other);
      const from = other.#usable('copyWeightsFrom');
      checkAlike(network, from);
      network.variables.forEach(({ tensor }, i) => {
        const [to, source] = [network.view(tensor), from.view(from.variables[i]!.tensor)];
        if (tau === 1) to.set(source);
        else for (let k = 0; k < to.length; k++) to[k] = (1 - tau) * to[k]! + tau * source[k]!;
      });
    });
  }

  /** Another model of the same structure, with memory of its own and the same weights. It is not compiled. */
  clone(): Model<In, Out> {
    const network = this.#usable('clone');
    const copy = new Network(network.runner, network.definition, network);
    return new Model(copy);
  }

  /**
   * This model as a layer of another one, which shares its weights: what one of them learns the other has, too.
   *
   * @param options trainable: false freezes its weights in the other model, where it then runs as in `predict`
   */
  asLayer(options?: AsLayerOptions): Layer<In, Out> {
    check(frameAtWork() === undefined, () => 'asLayer: call it outside of the function of the other model, once');
    return layerOf(this.#usable('asLayer'), options) as Layer<In, Out>;
  }

  /** The layers as a table, and the memory that they take. */
  summary(): string {
    return summaryOf(this.#usable('summary'), this.#training);
  }

  /**
   * Gives the model's memory back now. It goes by itself when the model is garbage and the event loop turns: only code
   * that makes thousands of models without ever awaiting has to call this.
   */
  dispose(): void {
    if (this.#disposed) return;
    this.#exclusive('dispose', (network) => {
      this.#disposed = true;
      this.#training?.dispose();
      this.#training = undefined;
      this.#predictor.dispose();
      network.dispose();
    });
  }

  /** Runs what looks into the model, and is no method so that not every program has it. @internal */
  look<T>(what: string, run: (inside: Inside) => T): T {
    return this.#during(what, () => run(this.#inside(what)));
  }

  #inside(what: string): Inside {
    const network = this.#network;
    const inputs = (x: unknown) => inputsOf('x', x, network.definition.inputs);
    const training = () => this.#trainingFor(what);
    return {
      network,
      isCompiled: this.#training !== undefined,
      training,
      inputs,
      data: (x, y, where) => this.#data(x, y, where),
    };
  }

  /** Throws, and says how a model is kept: JSON.stringify would write none of its weights. @internal */
  toJSON(): never {
    throw new WasmgradError("a model is no JSON: keep it by saveModel(model, 'model.safetensors') of wasmgrad/io");
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
    this.#checkIdle(what);
    return this.#run(what, run);
  }

  #run<T>(what: string, run: (network: Network) => T): T {
    const outer = this.#networks.map(({ busy }) => busy);
    this.#setBusy(what);
    try {
      return run(this.#network);
    } finally {
      outer.forEach((busy, i) => void (this.#networks[i]!.busy = busy));
    }
  }

  /**
   * Sets the name of the method at work, which reads the user's data or calls the user's code. Methods that would
   * replace or free what it uses throw meanwhile.
   */
  #setBusy(what: string | undefined): void {
    for (const network of this.#networks) network.busy = what;
  }

  /** Throws if another method is at work on this model, or on one that shares its weights. */
  #checkIdle(what: string): void {
    this.#usable(what);
    for (const { busy } of this.#networks) {
      check(busy === undefined, () => {
        return `${what}: the model ${busy === 'fit' ? 'is being trained by fit; await it first' : `is in the middle of ${busy}`}`;
      });
    }
  }

  #trainingFor(what: string): Training {
    check(this.#training !== undefined, () => `${what}: call model.compile({ optimizer, loss }) first`);
    return this.#training;
  }

  #optimizerState(what: string): OptimizerState {
    this.#usable(what);
    return this.#trainingFor(what).state;
  }

  #data(x: unknown, y: unknown, where = ''): DataSet {
    const { inputs: ends } = this.#network.definition;
    const inputs = inputsOf(where === '' ? 'x' : `${where}x`, x, ends);
    const labels = this.#labels(where === '' ? 'y' : `${where}y`, y, inputs[0]!.count);
    for (let i = 0; i < inputs.length; i++) {
      const { name, data } = inputs[i]!;
      if (data.length === 0) checkAlive(name, data); // a getter among the labels may have transferred it
    }
    return { count: inputs[0]!.count, inputs, labels };
  }

  /** The labels for `count` samples, of each output that has a loss. */
  #labels(what: string, y: unknown, count: number): Rows[] {
    const { outputs } = this.#network.definition;
    const { targets } = this.#training!.compiled;
    if (!outputs.names) return [labelsOf(what, y, count, outputs.specs[0]!.shape, targets[0]!.loss)];
    const names = targets.map(({ output }) => outputs.names![output]!);
    const values = valuesOf(what, { ...outputs, names }, y);
    return targets.map(({ output, loss }, i) => {
      return labelsOf(`${what}.${names[i]}`, values[i], count, outputs.specs[output]!.shape, loss);
    });
  }

  #planFit(byClass: typeof weightedByClass | undefined, x: unknown, y?: unknown, options?: unknown): FitPlan {
    const read = fitOptions('fit', options);
    const { epochs, batchSize, shuffle, validationSplit, validationData, callbacks, stepsPerEpoch, from } = read;
    const { initialEpoch, accumulate, validationFreq, signal, verbose, diagnose } = read;
    check(
      !(validationSplit > 0 && validationData !== undefined),
      () => 'fit: give validationSplit or validationData, not both',
    );
    const all = weighted('sampleWeight', this.#data(x, y), read.sampleWeight);
    const { count } = all;
    const kept = count - Math.floor(count * validationSplit);
    check(validationSplit === 0 || kept < count, () => {
      return `fit: validationSplit ${validationSplit} of ${count} samples holds out none`;
    });
    const heldOut = validationData ? this.#validationData(validationData) : sliceData(all, kept, count);
    const validation = heldOut.count > 0 ? copyOf(heldOut) : undefined;
    if (validation) this.#training!.prepare('measure', validation, DEFAULT_BATCH);
    const size = batchSize === 'full' ? kept : Math.min(batchSize, kept);
    if (from) this.#checkState(from, kept);
    const own = sliceData(all, 0, kept);
    const data = byClass ? byClass(own, read.classWeight!, this.#training!) : own;
    return {
      data: diagnose ? copyOf(data) : data,
      batchSize: size,
      epochs,
      initialEpoch,
      samples: Math.min(kept, (stepsPerEpoch ?? Infinity) * size),
      accumulate,
      shuffler: shuffle ? shufflerFrom(from?.place) : undefined,
      callbacks: verbose ? [...callbacks, loadedBar()] : [...callbacks],
      validate: validation && (() => validationLogs(this.#training!.evaluate(validation, DEFAULT_BATCH))),
      validationFreq,
      signal,
      diagnose,
      verbose,
      from,
    };
  }

  #validationData([x, y, weights]: readonly [unknown, unknown, unknown?]): DataSet {
    return weighted('the weights of validationData', this.#data(x, y, 'validationData '), weights);
  }

  /** Throws unless fit can go on from a state. */
  #checkState(state: TrainingState, rows: number): void {
    this.#training!.check(state);
    const { place } = state;
    check(!place || place.order.length === rows, () => {
      return `fit: from is of a fit on ${place!.order.length} samples, got ${rows}`;
    });
  }
}

/** What shuffles rows: a new one, or one that goes on from where it was. */
function shufflerFrom(place: FitPlace | undefined): Shuffler {
  if (!place?.shuffler) return new Shuffler();
  const { key, used } = place.shuffler;
  return new Shuffler(constantOf(key, [KEY_WORDS], 'int32'), used);
}

/** A network and all inside of it. */
const withInner = (network: Network): Network[] => [network, ...network.inner.flatMap(withInner)];

/** The progress bar, whose code is loaded when the training begins. */
function loadedBar(): Callback {
  const bar: Callback = {
    onTrainBegin: async () => void Object.assign(bar, (await fitParts()).showOn()),
    onProgress() {}, // so that fit knows that it shows
  };
  return bar;
}

const copied = (network: Network, tensor: Tensor): Tensor => constantOf(network.view(tensor).slice(), tensor.shape);

/** The variables of these names, with what is given for them. */
function named(variables: readonly Variable[], given: unknown): (readonly [Variable, unknown])[] {
  const object = isRecord(given);
  checkIs(object, 'setWeights: weights', 'an array, or an object by name', given);
  const known = Object.fromEntries(variables.map((variable) => [variable.name, variable]));
  return Object.entries(given as object).map(([name, weight]) => [lookup('weight', name, known), weight]);
}

/** Throws unless two networks have the same variables. */
function checkAlike(a: Network, b: Network): void {
  const text = ({ variables }: Network): string =>
    variables.map(({ name, tensor }) => `${name} ${shapeText(tensor.shape)}`).join(', ');
  check(a.definition === b.definition || text(a) === text(b), () => {
    return `copyWeightsFrom: this model has the weights ${text(a)}; the other has ${text(b)}`;
  });
}

/** A copy of the values for one variable: a tensor or nested arrays of its shape, or a typed array of its size. */
function weightOf({ name, tensor: { shape, size } }: Variable, weight: unknown): StoredData {
  const { data, shape: got } = flatOf(name, weight);
  const typed = ArrayBuffer.isView(weight) && data.length === size;
  check(typed || sameShape(got, shape), () => {
    return `setWeights: ${name} has the shape ${shapeText(shape)}, got ${shapeText(got)}`;
  });
  return data.slice();
}
