// trainer: trains any tree of parameters, or a model, on a loss that is any function of them. Parameters and the
// optimizer's state stay in linear memory, and a step is one run of one program. Not here: models with a loss of
// compile (training.ts).

import { ProgramCache } from '../cache.js';
import { check, checkFunction, checkIs, show } from '../errors.js';
import { gradients } from '../grad.js';
import { scalarLoss } from '../objective.js';
import { advance } from '../ops/movement.js';
import { aKey, foldIn, KEY_WORDS } from '../ops/random.js';
import { checkOptimizer, checkRate, type Optimizer } from '../optimizers/optimizer.js';
import { type Parameter, ParameterBlock } from '../optimizers/parameters.js';
import { OptimizerState } from '../optimizers/state.js';
import { options, type Rules } from '../options.js';
import { Program } from '../program.js';
import type { Block } from '../run/memory.js';
import type { Runner } from '../run/runner.js';
import { runner } from '../run/runtime.js';
import { checkNotTraced, inTrace } from '../scope.js';
import { sameShape } from '../shape.js';
import { constantOf, inputOf, Tensor, type TensorData } from '../tensor.js';
import { fits, inputsFor, readLazy, type Trace, writeLeaves } from '../transforms/arguments.js';
import { type AnyFunction, calledOn, type FeedAll, returned } from '../transforms/call.js';
import {
  buildTree,
  type Form,
  flattenTree,
  type Leaf,
  leafTensor,
  leavesLike,
  type Nest,
  type Same,
  type Tensors,
} from '../tree.js';
import type { NamedTensors } from './apply.js';
import { Findings } from './forward.js';
import { Model } from './model.js';
import type { Network } from './network.js';
import { regularizersOf, statesWritten } from './training.js';

/** Options of `trainer`. */
export interface TrainerOptions {
  /** sgd(), adam() …, or one of your own. */
  readonly optimizer: Optimizer;
  /** If given, the loss gets a key as its second argument, another one in each step, which all come from this one. */
  readonly key?: Tensor | undefined;
}

/** Options of a trainer whose loss gets a key. */
export interface KeyedOptions extends TrainerOptions {
  readonly key: Tensor;
}

const trainerOptions = options({
  optimizer: (given, what) => {
    checkOptimizer(what, given);
    return given;
  },
  key: aKey,
} satisfies Rules<TrainerOptions>);

/** A loss that returns more than itself: `aux`, any tree of tensors, is what `step` returns beside it. */
export interface LossAndAux<A> {
  readonly loss: Tensor;
  readonly aux: A;
}

/** What a loss may return. */
export type AnyLossValue = Tensor | LossAndAux<unknown>;

/** What `step` returns for a loss that returns `L`: a number, or { loss, aux }. */
export type StepResult<L> = L extends LossAndAux<infer A> ? { loss: number; aux: A } : number;

/**
 * A copy of all that a trainer needs to go on: parameters, states of layers, optimizer state, and where its keys are.
 */
export interface TrainerState {
  /** The names and shapes of the parameters. */
  readonly form: string;
  readonly values: readonly TensorData[];
}

/** A model of any inputs and outputs. */
export type AnyModel = Pick<Model, 'parameters' | 'dispose' | 'parameterCount'>;

/**
 * Trains a model on any loss, by `net.apply(parameters, x, { training: true })`. What it learns the model has. States
 * of its layers are kept, and penalties and regularizers are added to the loss.
 *
 * @param loss gets the parameters of the model by name, a key if there is one, and what `step` was given; it returns a
 *   scalar tensor, or { loss, aux }
 */
export function trainer<B extends unknown[], L extends AnyLossValue>(
  loss: (parameters: NamedTensors, key: Tensor, ...batch: B) => L,
  net: AnyModel,
  options: KeyedOptions,
): Trainer<Record<string, Tensor>, B, L>;
export function trainer<B extends unknown[], L extends AnyLossValue>(
  loss: (parameters: NamedTensors, ...batch: B) => L,
  net: AnyModel,
  options: TrainerOptions,
): Trainer<Record<string, Tensor>, B, L>;
/**
 * Trains a tree of parameters: any nest of tensors. `step` computes the loss, its gradient and the update in one call.
 *
 *     const t = trainer((p, x, y) => x.matMul(p.w).add(p.b).sub(y).square().mean(), { w, b }, { optimizer: adam() });
 *     const loss = t.step(x, y); // before the step
 *     t.parameters.w             // after it
 *
 * @param loss gets the parameters, a key if there is one, and what `step` was given; it returns a scalar tensor, or
 *   { loss, aux }. It is traced once for each form of what `step` gets
 * @param parameters where it starts; they are copied
 */
export function trainer<P extends Nest<P>, B extends unknown[], L extends AnyLossValue>(
  loss: (parameters: Tensors<P>, key: Tensor, ...batch: B) => L,
  parameters: P,
  options: KeyedOptions,
): Trainer<Same<P>, B, L>;
export function trainer<P extends Nest<P>, B extends unknown[], L extends AnyLossValue>(
  loss: (parameters: Tensors<P>, ...batch: B) => L,
  parameters: P,
  options: TrainerOptions,
): Trainer<Same<P>, B, L>;
export function trainer(loss: (...args: never[]) => unknown, subject: unknown, given: TrainerOptions): unknown {
  checkNotTraced('trainer', 'make it outside');
  checkFunction('trainer: loss', loss);
  const { optimizer, key } = trainerOptions('trainer', given);
  const source = subject instanceof Model ? modelSource(subject) : treeSource(subject);
  return new Trainer(loss as AnyFunction, source, optimizer, key);
}

/** What is trained. */
interface Source {
  readonly runner: Runner;
  readonly form: Form;
  /** The leaves that the loss gets, in the order of the form. */
  readonly leaves: readonly Tensor[];
  /** Of what was given as a number a number is returned. */
  readonly isNumber: (i: number) => boolean;
  readonly trained: readonly Parameter[];
  readonly places: ReadonlyMap<Tensor, number>;
  readonly blocks: readonly Block[];
  readonly network?: Network;
}

function treeSource(tree: unknown): Source {
  const leaves: Leaf[] = [];
  const form = flattenTree('trainer: parameters', tree, leaves);
  check(leaves.length > 0, () => `trainer: ${show(tree)} holds no tensor or number`);
  const values = leaves.map(leafTensor);
  for (const t of values) check(t.dtype === 'float32', () => `trainer: parameters must be float32, got ${t}`);
  const inputs = values.map(({ shape }, i) => inputOf(`parameter ${i}`, shape));
  const data = values.map((t) => t.values());
  const block = new ParameterBlock(runner(), inputs);
  block.parameters.forEach((p, i) => void block.view(p).set(data[i]!));
  return {
    runner: runner(),
    form,
    leaves: inputs,
    isNumber: (i) => typeof leaves[i] === 'number',
    trained: block.parameters,
    places: block.places,
    blocks: [block.block],
  };
}

function modelSource(model: Model): Source {
  return model.look('trainer', ({ network }) => {
    const variables = network.variables.filter(({ isState }) => !isState);
    network.retain();
    return {
      runner: network.runner,
      form: { keys: variables.map(({ name }) => name), parts: variables.map(() => null) },
      leaves: variables.map(({ tensor }) => tensor),
      isNumber: () => false,
      trained: network.trainable,
      places: network.places,
      blocks: network.allBlocks.map(({ block }) => block),
      network,
    };
  });
}

/** A step as a program. */
interface StepTrace extends Trace {
  readonly loss: Tensor;
  readonly aux: { readonly outputs: readonly Tensor[]; readonly form: Form } | undefined;
}

/** Trains parameters; `trainer` makes it. */
export class Trainer<P = unknown, B extends unknown[] = unknown[], L = Tensor> {
  readonly #loss: AnyFunction;
  readonly #source: Source;
  readonly #state: OptimizerState;
  readonly #steps = new ProgramCache<unknown, StepTrace>();
  readonly #measures = new ProgramCache<unknown, StepTrace>();
  readonly #key = inputOf('key', [KEY_WORDS], 'int32');
  /** How many keys were taken. */
  readonly #draws = inputOf('draws', [], 'int32');
  readonly #isKeyed: boolean;
  #disposed = false;

  /** @internal */
  constructor(loss: AnyFunction, source: Source, optimizer: Optimizer, key: Tensor | undefined) {
    this.#loss = loss;
    this.#source = source;
    this.#isKeyed = key !== undefined;
    this.#state = new OptimizerState(source.runner, source.trained, optimizer, [this.#key, this.#draws]);
    if (key) this.#state.setCell(this.#key, ...key.values());
  }

  /**
   * Makes one step on a batch.
   *
   * @returns the loss before the step, or { loss, aux } if the loss returns that; NaN or infinite if it became so, and
   *   the step has been made then, too
   */
  step(...batch: FeedAll<B>): StepResult<L> {
    return this.#run(this.#steps, 'step', batch);
  }

  /** Computes the loss of a batch, and `aux`, as `step` does; nothing is changed. */
  evaluate(...batch: FeedAll<B>): StepResult<L> {
    return this.#run(this.#measures, 'evaluate', batch);
  }

  /** Copies of the parameters as they are now, in the form of those that it started with. */
  get parameters(): P {
    this.#usable('parameters');
    const leaves = this.#source.leaves.map((t, i) => {
      const view = this.#view(t);
      return this.#source.isNumber(i) ? view[0]! : constantOf(view.slice(), t.shape);
    });
    return buildTree(this.#source.form, leaves.values()) as P;
  }

  /**
   * Replaces the parameters; the optimizer's state stays.
   *
   * @throws, before anything is changed, if form or shapes differ
   */
  set parameters(tree: P) {
    this.#usable('parameters');
    const leaves = leavesLike('the parameters', tree, this.#source.form, 'those of the trainer').map(leafTensor);
    this.#source.leaves.forEach((t, i) => {
      const given = leaves[i]!;
      const alike = sameShape(given.shape, t.shape) && given.dtype === 'float32';
      check(alike, () => `trainer: a parameter is ${t}, got ${given} for it`);
    });
    const values = leaves.map((t) => t.values());
    this.#source.leaves.forEach((t, i) => void this.#view(t).set(values[i]!));
  }

  /** η of the optimizer, before `learningRateScale`; the next step uses what is set here. A schedule cannot be set. */
  get learningRate(): number {
    this.#usable('learningRate');
    return this.#state.learningRate;
  }
  set learningRate(value: number) {
    this.#usable('learningRate');
    checkRate('learningRate', value);
    this.#state.learningRate = value;
  }

  /** A factor of the learning rate, and of every rate that a schedule or a group has; 1 until it is set. */
  get learningRateScale(): number {
    this.#usable('learningRateScale');
    return this.#state.learningRateScale;
  }
  set learningRateScale(value: number) {
    this.#usable('learningRateScale');
    checkRate('learningRateScale', value);
    this.#state.learningRateScale = value;
  }

  /**
   * A copy of all that the next steps depend on. A trainer of the same parameters and optimizer goes on from it with
   * the same bits.
   */
  save(): TrainerState {
    this.#usable('save');
    return { form: this.#form, values: this.#views().map((view) => view.slice()) };
  }

  /**
   * Goes back to what `save` returned, of this trainer or of another one of the same parameters and optimizer.
   *
   * @throws, before anything is changed, if it does not fit
   */
  restore(state: TrainerState): void {
    this.#usable('restore');
    checkIs(
      state !== null && typeof state === 'object' && Array.isArray(state.values),
      'restore: state',
      'what save() returned',
      state,
    );
    check(
      state.form === this.#form,
      () => `restore: the state is of ${show(state.form)}, this trainer has ${this.#form}`,
    );
    const views = this.#views();
    const alike = views.every((view, i) => state.values[i]?.length === view.length);
    check(
      alike && state.values.length === views.length,
      () => 'restore: the state is that of another optimizer or backend',
    );
    views.forEach((view, i) => void view.set(state.values[i]!));
    this.#state.prepareSteps(0);
  }

  /**
   * Gives the memory back now. It goes by itself when the trainer is garbage and the event loop turns. The weights of a
   * model stay with the model.
   */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#steps.clear();
    this.#measures.clear();
    const { runner, blocks, network } = this.#source;
    runner.memory.free(this.#state.block);
    if (network) network.dispose();
    else for (const block of blocks) runner.memory.free(block);
  }

  get #form(): string {
    const names = this.#source.trained.map(({ name, tensor }) => `${name} ${tensor}`);
    return names.join(', ');
  }

  #usable(what: string): void {
    check(!this.#disposed, () => `${what}: the trainer was disposed`);
    checkNotTraced(what, 'call it outside');
  }

  #view(t: Tensor): Float32Array | Float64Array {
    const at = this.#source.places.get(t)! / 4;
    return this.#source.runner.memory.f.subarray(at, at + t.size);
  }

  /** The memory of everything that a step changes. */
  #views(): TensorData[] {
    const { f, i } = this.#source.runner.memory;
    const state = this.#state.block;
    const view = <T extends TensorData>(of: T, { address, bytes }: Block): T =>
      of.subarray(address / 4, (address + bytes) / 4) as T;
    const floats = [...this.#source.blocks, state].map((block) => view(f, block));
    return f.buffer === i.buffer ? floats : [...floats, view(i, state)];
  }

  #run(traces: ProgramCache<unknown, StepTrace>, what: 'step' | 'evaluate', batch: unknown[]): StepResult<L> {
    this.#usable(what);
    const { network } = this.#source;
    const busy = network && atWork(network);
    check(busy === undefined, () => `${what}: the model is at work in ${busy}; await it first`);
    const leaves: Leaf[] = [];
    let trace = this.#find(traces, batch, leaves);
    if (!trace || (readLazy(trace, leaves) && !traces.has(trace.inputs))) {
      trace = this.#make(what, batch, leaves);
      readLazy(trace, leaves);
      traces.keep(trace.inputs, trace);
    }
    if (what === 'step') this.#state.prepareSteps();
    writeLeaves(trace, leaves);
    const { program, loss, aux } = trace;
    program.run();
    const value = program.scalar(loss);
    if (!aux) return value as StepResult<L>;
    const tensors = aux.outputs.map((t) => constantOf(program.read(t), t.shape, t.dtype));
    return { loss: value, aux: buildTree(aux.form, tensors.values()) } as StepResult<L>;
  }

  #find(traces: ProgramCache<unknown, StepTrace>, batch: unknown[], leaves: Leaf[]): StepTrace | undefined {
    for (const trace of traces.values()) if (fits(trace, batch, leaves)) return trace;
    return undefined;
  }

  #make(what: 'step' | 'evaluate', batch: unknown[], leaves: Leaf[]): StepTrace {
    const { runner: at, trained } = this.#source;
    check(at === runner(), () => `${what}: the trainer was made before init() was called again`);
    leaves.length = 0;
    const form = flattenTree('the batch', batch, leaves);
    const inputs = inputsFor(leaves);
    const findings = new Findings();
    const { loss, aux } = this.#traced(form, leaves, inputs, findings);
    const effects: Tensor[] = [];
    if (what === 'step') {
      const grads = gradients(
        loss,
        trained.map(({ tensor }) => tensor),
      );
      check(
        grads.some((g) => g !== null),
        () => 'trainer: the loss does not depend on the parameters',
      );
      effects.push(...this.#state.step(grads), ...statesWritten(findings));
      if (this.#isKeyed) effects.push(new Tensor(advance, [this.#draws], { by: 1 }));
    }
    const places = new Map([...this.#source.places, ...this.#state.places]);
    const outputs = [loss, ...(aux?.outputs ?? [])];
    const program = new Program(at, { outputs, effects }, { places, inputs, what: `a ${what} of a trainer` });
    return { at, form, program, inputs, used: inputs.map((t) => program.has(t)), loss, aux };
  }

  /** Calls the loss, on placeholders for what is trained and for the batch. */
  #traced(
    form: Form,
    leaves: readonly Leaf[],
    inputs: readonly Tensor[],
    findings: Findings,
  ): { loss: Tensor; aux: StepTrace['aux'] } {
    const { network } = this.#source;
    const parameters = buildTree(this.#source.form, this.#source.leaves.values());
    const first = this.#isKeyed ? [parameters, foldIn(this.#key, this.#draws)] : [parameters];
    const call: AnyFunction = (...batch) => this.#loss(...first, ...batch);
    if (network) network.live = findings;
    try {
      const result = inTrace('the loss of a trainer', () => calledOn('trainer', call, form, leaves, inputs));
      const { loss, aux } = isPair(result) ? result : { loss: result, aux: undefined };
      const added = network ? [...findings.penalties, ...regularizersOf(network)] : [];
      const total = [scalarLoss('trainer', loss), ...added].reduce((sum, t) => sum.add(t));
      if (aux === undefined) return { loss: total, aux };
      const { outputs, outputForm } = returned('aux', aux);
      return { loss: total, aux: { outputs, form: outputForm } };
    } finally {
      if (network) network.live = undefined;
    }
  }
}

/** The method at work on the memory of a network, or of one inside of it. */
const atWork = ({ busy, inner }: Network): string | undefined => busy ?? inner.map(atWork).find(Boolean);

const isPair = (result: unknown): result is LossAndAux<unknown> =>
  result !== null && typeof result === 'object' && 'loss' in result && 'aux' in result;
