// What an optimizer works on: the parameters of a model side by side in a block of memory, and in another block their
// gradients and the optimizer's slots. Parameters that lie side by side are a run, which one instruction updates.

import { advance, assign, type InputAttrs } from '../ops/movement.js';
import type { Block, Memory } from '../run/memory.js';
import type { Runner } from '../run/runner.js';
import { inputOf, Tensor } from '../tensor.js';
import { updatesOf } from './assign.js';
import { isElementwise, type Optimizer, type UpdateInputs } from './optimizer.js';

/** A parameter starts at a multiple of this many floats: one vector. */
const LANES = 4;

/** Arrays of 4 KiB and more start this far from a multiple of 4 KiB after each other: aligned ones slowed Adam by half. */
const STAGGER = 1088;

/** One trainable array. */
export interface Parameter {
  readonly name: string;
  readonly tensor: Tensor;
  /** Where it lies in memory, in bytes. */
  readonly address: number;
  /** The block that it is in. */
  readonly block: Block;
}

/** Bytes from one parameter to the next: its own, up to a whole vector. */
const bytesOf = ({ size }: Tensor): number => Math.ceil(size / LANES) * LANES * 4;

/** The parameters of a model or a minimisation, in one block of memory. */
export class ParameterBlock {
  /** In the order in which they were given. */
  readonly parameters: readonly Parameter[];
  readonly block: Block;

  /**
   * In memory kernels (of two dimensions and more) come first, so that an optimizer that decays weights and no biases has
   * two runs.
   *
   * @param tensors inputs, whose names are those of the parameters
   */
  constructor(
    readonly runner: Runner,
    tensors: readonly Tensor[],
  ) {
    const isKernel = ({ shape }: Tensor) => shape.length > 1;
    const offsets = new Map<Tensor, number>();
    let bytes = 0;
    for (const t of [...tensors.filter(isKernel), ...tensors.filter((t) => !isKernel(t))]) {
      offsets.set(t, bytes);
      bytes += bytesOf(t);
    }
    const block = runner.memory.alloc(bytes, `${tensors.reduce((sum, { size }) => sum + size, 0)} parameters`);
    this.block = block;
    this.parameters = tensors.map((tensor) => {
      const { name } = tensor.attrs as InputAttrs;
      return { name, tensor, address: block.address + offsets.get(tensor)!, block };
    });
  }

  /** Number of trainable numbers. */
  get count(): number {
    return this.parameters.reduce((sum, { tensor }) => sum + tensor.size, 0);
  }

  /** The addresses of the parameters. */
  get places(): Map<Tensor, number> {
    return new Map(this.parameters.map(({ tensor, address }) => [tensor, address]));
  }

  /** The memory of a parameter, without a copy. Do not keep the view: it is of no use any more when memory has grown. */
  view({ tensor, address }: Parameter): Float32Array | Float64Array {
    return this.runner.memory.f.subarray(address / 4, address / 4 + tensor.size);
  }

  /** Gives the memory back now. */
  dispose(): void {
    this.runner.memory.free(this.block);
  }
}

/** Parameters side by side in memory, with nothing but padding between them: what one call of `update` is for. */
type Run = readonly Parameter[];

/** Gradients, slots, learning rate and step count of an optimizer at work on parameters, which may lie in several blocks. */
export class OptimizerState {
  /** The addresses of everything, the parameters included. */
  readonly places = new Map<Tensor, number>();
  readonly block: Block;
  readonly #memory: Memory;
  readonly #optimizer: Optimizer;
  /** The gradient of each parameter, as a place to write to. */
  readonly #stores: readonly Tensor[];
  /** What each call of `update` gets. */
  readonly #calls: readonly UpdateInputs[];
  readonly #learningRate = inputOf('learningRate', []);
  readonly #step = inputOf('step', [], 'int32');

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
    const runs = runsOf(parameters, isElementwise(optimizer));
    const calls = runs.map((run) => this.#inputsOf(run));
    const slots = calls.flatMap((call) => Object.values(call.slots));
    const size = runs.reduce((sum, run) => sum + bytesOfRun(run), 0) / 4;
    const gradients = inputOf('gradients', [size]);
    const { offsets, bytes } = stagger([gradients, ...slots, this.#learningRate, this.#step, ...cells]);
    this.block = memory.alloc(bytes, `gradients and optimizer state of ${size} parameters`);
    for (const [t, offset] of offsets) this.places.set(t, this.block.address + offset);
    const stores = new Map<Parameter, Tensor>();
    let at = this.places.get(gradients)!;
    runs.forEach((run, i) => {
      const { param, grad } = calls[i]!;
      const start = run[0]!.address;
      this.places.set(param, start).set(grad, at);
      for (const p of run) {
        const store = inputOf(`gradient of ${p.name}`, p.tensor.shape);
        this.places.set(p.tensor, p.address).set(store, at + p.address - start);
        stores.set(p, store);
      }
      at += bytesOfRun(run);
    });
    this.#stores = parameters.map((p) => stores.get(p)!);
    this.#calls = calls;
    this.learningRate = optimizer.learningRate;
    this.setCell(this.#step, 1);
  }

  /** A run as `update` sees it: as a row of numbers, or as the parameter that it is. */
  #inputsOf(run: Run): UpdateInputs {
    const optimizer = this.#optimizer;
    const { tensor } = run[0]!;
    const param = isElementwise(optimizer) ? inputOf('parameters', [bytesOfRun(run) / 4]) : tensor;
    const slots = optimizer.slots.map((name) => [name, inputOf(name, param.shape)] as const);
    return {
      param,
      grad: inputOf('gradient', param.shape),
      slots: Object.fromEntries(slots),
      learningRate: this.#learningRate,
      step: this.#step,
    };
  }

  /** η. */
  get learningRate(): number {
    return this.#memory.f[this.#at(this.#learningRate)]!;
  }
  set learningRate(value: number) {
    this.#memory.f[this.#at(this.#learningRate)] = value;
  }

  /** Sets a cell that holds whole numbers. */
  setCell(cell: Tensor, ...values: readonly number[]): void {
    this.#memory.i.set(values, this.#at(cell));
  }

  /**
   * The effects of one step: gradients are stored (null where there is none), parameters updated, the step is counted.
   *
   * @param gradients of the parameters, in their order
   */
  step(gradients: readonly (Tensor | null)[]): Tensor[] {
    // First: what the update computes from the gradient reads it.
    const stores = gradients.flatMap((g, i) =>
      g ? [new Tensor(assign, [this.#stores[i]!, g], { runsFirst: true })] : [],
    );
    const updates = this.#calls.flatMap((inputs) => updatesOf(this.#optimizer, inputs));
    return [...stores, ...updates, new Tensor(advance, [this.#step], { by: 1 })];
  }

  /** Gives the memory back now. */
  dispose(): void {
    this.#memory.free(this.block);
  }

  #at(cell: Tensor): number {
    return this.places.get(cell)! / 4;
  }
}

/** The parameters in runs, or each of them alone. */
function runsOf(parameters: readonly Parameter[], together: boolean): Run[] {
  const runs: Parameter[][] = [];
  let end = Number.NaN;
  for (const p of [...parameters].sort((a, b) => a.address - b.address)) {
    const run = runs.at(-1);
    if (together && run?.at(0)?.block === p.block && end === p.address) run.push(p);
    else runs.push([p]);
    end = p.address + bytesOf(p.tensor);
  }
  return runs;
}

/** Bytes from the start of a run to its end, padding included. */
function bytesOfRun(run: Run): number {
  const last = run.at(-1)!;
  return last.address + bytesOf(last.tensor) - run[0]!.address;
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
