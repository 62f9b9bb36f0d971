// An optimizer at work on parameters: their gradients and its slots in a block of memory, laid out as the parameters
// are. Parameters that lie side by side are a run, which one instruction updates. Not here: rates (table.ts).

import { check, checkNumber } from '../errors.js';
import { advance, assign } from '../ops/movement.js';
import type { Block, Memory } from '../run/memory.js';
import type { Runner } from '../run/runner.js';
import { inTrace } from '../scope.js';
import { inputOf, Tensor } from '../tensor.js';
import { updatesOf } from './assign.js';
import { checkRate, isElementwise, type Optimizer, type UpdateInputs } from './optimizer.js';
import { bytesOf, type Parameter } from './parameters.js';
import { StepTable } from './table.js';

/**
 * Arrays of 4 KiB and more start this far from a multiple of 4 KiB after each other: aligned ones slowed Adam by half.
 */
const STAGGER = 1088;

/** Parameters of one optimizer, side by side in memory with nothing but padding between them. */
interface Run {
  readonly parameters: readonly Parameter[];
  readonly optimizer: Optimizer;
}

/** A run as one call of `update` gets it: as a row of numbers, or as the one parameter that it is. */
interface Call extends Run {
  readonly inputs: Omit<UpdateInputs, 'prepared'>;
}

/** Gradients, slots, rates and step count of an optimizer at work on parameters, which may lie in several blocks. */
export class OptimizerState {
  /** The addresses of everything, the parameters included. */
  readonly places = new Map<Tensor, number>();
  readonly block: Block;
  readonly calls: readonly Call[];
  readonly #memory: Memory;
  readonly #optimizer: Optimizer;
  /** The optimizer of each parameter. */
  readonly #chosen: readonly Optimizer[];
  /** The gradient of each parameter, as a place to write to. */
  readonly #stores = new Map<Parameter, Tensor>();
  readonly #step = inputOf('step', [], 'int32');
  /** The rate, if it can be set, and its scale: here, since all that a resumed training needs lies in the block. */
  readonly #rate = inputOf('learning rate and scale', [2]);
  readonly #table = new StepTable();

  /**
   * @param parameters those that are to be trained
   * @param cells      more scalars that are to lie in the block
   */
  constructor(
    { memory }: Runner,
    parameters: readonly Parameter[],
    optimizer: Optimizer,
    cells: readonly Tensor[] = [],
  ) {
    this.#memory = memory;
    this.#optimizer = optimizer;
    this.#rateOf(optimizer);
    const infos = parameters.map(({ name, tensor: { shape } }) => ({ name, shape }));
    this.#chosen = optimizer.split?.(infos) ?? parameters.map(() => optimizer);
    this.calls = runsOf(parameters, this.#chosen).map((run) => ({ ...run, inputs: this.#inputsOf(run) }));
    const size = this.calls.reduce((sum, { parameters }) => sum + bytesOfRun(parameters), 0) / 4;
    const gradients = inputOf('gradients', [size]);
    const slots = this.calls.flatMap(({ inputs }) => Object.values(inputs.slots));
    const { offsets, bytes } = stagger([gradients, ...slots, ...this.#table.tensors, this.#rate, this.#step, ...cells]);
    this.block = memory.alloc(bytes, `gradients and optimizer state of ${size} parameters`);
    for (const [t, offset] of offsets) this.places.set(t, this.block.address + offset);
    for (const p of parameters) this.#stores.set(p, inputOf(`gradient of ${p.name}`, p.tensor.shape));
    let at = this.places.get(gradients)!;
    for (const call of this.calls) at = this.#place(call, at);
    this.#rates[0] = this.#table.isPlain ? (optimizer.learningRate as number) : 0;
    this.stepCount = 0;
    this.learningRateScale = 1;
  }

  #rateOf({ name, learningRate }: Optimizer): Tensor {
    return this.#table.add(`the learning rate of ${name}`, learningRate, checkRate);
  }

  #inputsOf({ parameters, optimizer }: Run): Call['inputs'] {
    const { slots, coefficients = {}, update } = optimizer;
    const { tensor } = parameters[0]!;
    const row = isElementwise(update);
    const param = row ? inputOf('parameters', [bytesOfRun(parameters) / 4]) : tensor;
    const shapeOf = (slot: string) => (!row && optimizer.slotShape?.(slot, param.shape)) || param.shape;
    const scalars: Record<string, Tensor> = {};
    for (const key in coefficients) {
      scalars[key] = this.#table.add(`${key} of ${optimizer.name}`, coefficients[key]!, checkNumber);
    }
    return {
      param,
      grad: inputOf('gradient', param.shape),
      slots: Object.fromEntries(slots.map((slot) => [slot, inputOf(slot, shapeOf(slot))])),
      learningRate: this.#rateOf(optimizer),
      step: this.#step,
      coefficients: scalars,
    };
  }

  /**
   * Gives a run its places, its gradients at address `at`, and its slots their first values; returns where they end.
   */
  #place({ parameters, optimizer: { name, initial = {} }, inputs: { param, grad, slots } }: Call, at: number): number {
    const start = parameters[0]!.address;
    this.places.set(param, start).set(grad, at);
    for (const p of parameters) this.places.set(p.tensor, p.address).set(this.#stores.get(p)!, at + p.address - start);
    for (const [slot, t] of Object.entries(slots)) {
      const value = initial[slot] ?? 0;
      checkNumber(`the optimizer ${name}: initial ${slot}`, value);
      this.#memory.f.fill(value, this.#at(t), this.#at(t) + t.size);
    }
    return at + bytesOfRun(parameters);
  }

  /** η of the next step, before `learningRateScale`. */
  get learningRate(): number {
    const { learningRate } = this.#optimizer;
    if (this.#table.isPlain) return this.#rates[0]!;
    return typeof learningRate === 'number' ? learningRate : learningRate(this.stepCount);
  }
  set learningRate(value: number) {
    check(this.#table.isPlain, () => {
      const { name } = this.#optimizer;
      return `learningRate: ${name} has a schedule, or groups with rates: set learningRateScale, a factor of all`;
    });
    this.#rates[0] = value;
    this.prepareSteps(0);
  }

  /** A factor of all learning rates, at first 1. */
  get learningRateScale(): number {
    return this.#rates[1]!;
  }
  set learningRateScale(value: number) {
    this.#rates[1] = value;
    this.prepareSteps(0);
  }

  get #rates(): Float32Array | Float64Array {
    return this.#memory.f.subarray(this.#at(this.#rate));
  }

  /** How many steps were made. */
  get stepCount(): number {
    return this.#memory.i[this.#at(this.#step)]! - 1;
  }
  set stepCount(value: number) {
    this.setCell(this.#step, value + 1);
  }

  /**
   * Evaluates schedules for the next `count` steps, at most MAX_STEPS (table.ts): to be called before each run of as
   * many. With 0 it only writes rates that are numbers.
   *
   * @throws if a schedule returns no rate; nothing was changed then
   */
  prepareSteps(count = 1): void {
    if (count > 0 && !this.#table.varies) return;
    const [rate, scale] = this.#rates;
    this.#table.fill(this.#memory, this.places, this.stepCount, count, rate!, scale!);
  }

  /** Sets a cell that holds a whole number. */
  setCell(cell: Tensor, ...values: readonly number[]): void {
    this.#memory.i.set(values, this.#at(cell));
  }

  /**
   * The effects of one step: gradients are stored (null where there is none), parameters updated, the step is counted.
   *
   * @param gradients of the parameters, in their order
   * @param parts     if more than 1: the step goes by the mean of that many gradients, of which all but these were accumulated
   */
  step(gradients: readonly (Tensor | null)[], parts = 1): Tensor[] {
    const stores = this.#store(gradients, (g, sum) => (parts > 1 ? sum.add(g).div(parts) : g));
    const prepared = this.#prepared();
    const updates = this.calls.flatMap(({ optimizer, inputs }) => updatesOf(optimizer, { ...inputs, prepared }));
    return [...stores, ...updates, ...this.#table.effects, new Tensor(advance, [this.#step], { by: 1 })];
  }

  /**
   * The effects of one part of a step that is to come: gradients are kept, the `first` ones of it, or added to those
   * kept.
   */
  accumulate(gradients: readonly (Tensor | null)[], first: boolean): Tensor[] {
    return this.#store(gradients, (g, sum) => (first ? g : sum.add(g)));
  }

  /** Stores what `value` makes of each gradient and what is stored. */
  #store(gradients: readonly (Tensor | null)[], value: (g: Tensor, stored: Tensor) => Tensor): Tensor[] {
    // First: what the update computes from the gradient reads it.
    return [...this.#stores.values()].flatMap((store, i) => {
      const g = gradients[i];
      return g ? [new Tensor(assign, [store, value(g, store)], { runsFirst: true })] : [];
    });
  }

  /**
   * What the optimizer prepares, given rows of gradients with padding if it does not mind, else all in their true
   * shapes.
   */
  #prepared(): unknown {
    const { calls } = this;
    const { name, prepare } = this.#optimizer;
    if (!prepare) return undefined;
    const [grads, parts] = isElementwise(prepare)
      ? [calls.map(({ inputs }) => inputs.grad), calls.map(({ optimizer }) => optimizer)]
      : [[...this.#stores.values()], this.#chosen];
    return inTrace(`the optimizer ${name}`, () => prepare.call(this.#optimizer, grads, parts));
  }

  /** Gives the memory back now. */
  dispose(): void {
    this.#memory.free(this.block);
  }

  #at(cell: Tensor): number {
    return this.places.get(cell)! / 4;
  }
}

/**
 * The parameters in the order of their addresses, those that `optimizers` updates as rows in runs, others each alone.
 */
function runsOf(parameters: readonly Parameter[], optimizers: readonly Optimizer[]): Run[] {
  const runs: (Run & { parameters: Parameter[] })[] = [];
  let end = Number.NaN;
  const all = parameters.map((parameter, i) => ({ parameter, optimizer: optimizers[i]! }));
  for (const { parameter, optimizer } of all.sort((a, b) => a.parameter.address - b.parameter.address)) {
    const run = runs.at(-1);
    const joins = run?.optimizer === optimizer && isElementwise(optimizer.update) && end === parameter.address;
    if (joins && run.parameters[0]!.block === parameter.block) run.parameters.push(parameter);
    else runs.push({ parameters: [parameter], optimizer });
    end = parameter.address + bytesOf(parameter.tensor);
  }
  return runs;
}

/** Bytes from the start of a run to its end, padding included. */
function bytesOfRun(parameters: readonly Parameter[]): number {
  const last = parameters.at(-1)!;
  return last.address + bytesOf(last.tensor) - parameters[0]!.address;
}

/** Offsets in bytes of tensors in one block: in cache lines of their own, and large ones staggered (see STAGGER). */
function stagger(tensors: readonly Tensor[]): { offsets: Map<Tensor, number>; bytes: number } {
  let end = 0;
  const offsets = new Map<Tensor, number>();
  for (const t of tensors) {
    const bytes = Math.ceil(t.size / 16) * 64;
    offsets.set(t, end);
    end += bytes < 4096 ? bytes : Math.ceil((bytes - STAGGER) / 4096) * 4096 + STAGGER;
  }
  return { offsets, bytes: end };
}
