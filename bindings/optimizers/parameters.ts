// What an optimizer works on: all parameters side by side in one block of memory, and in another block their gradients
// and the optimizer's slots, each a row of the same layout, so that one instruction updates all of them.

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
  /** Where it starts in the block, in floats. */
  readonly offset: number;
}

/** The parameters of a model or a minimisation, in one block of memory. */
export class ParameterBlock {
  readonly parameters: readonly Parameter[];
  /** All of them as one row of numbers. */
  readonly flat: Tensor;
  readonly block: Block;

  /** @param tensors inputs, whose names are those of the parameters */
  constructor(
    readonly runner: Runner,
    tensors: readonly Tensor[],
  ) {
    let size = 0;
    this.parameters = tensors.map((tensor) => {
      const offset = size;
      size += Math.ceil(tensor.size / LANES) * LANES;
      return { name: (tensor.attrs as InputAttrs).name, tensor, offset };
    });
    this.flat = inputOf('parameters', [size]);
    this.block = runner.memory.alloc(size * 4, `${this.count} parameters`);
  }

  /** Number of trainable numbers. */
  get count(): number {
    return this.parameters.reduce((sum, { tensor }) => sum + tensor.size, 0);
  }

  /** The addresses of the parameters, one by one and as a row. */
  get places(): Map<Tensor, number> {
    const { address } = this.block;
    return new Map([[this.flat, address], ...this.parameters.map((p) => [p.tensor, address + p.offset * 4] as const)]);
  }

  /** The memory of a parameter, without a copy. Do not keep the view: it is of no use any more when memory has grown. */
  view({ tensor, offset }: Parameter): Float32Array | Float64Array {
    const at = this.block.address / 4 + offset;
    return this.runner.memory.f.subarray(at, at + tensor.size);
  }

  /** Gives the memory back now. */
  dispose(): void {
    this.runner.memory.free(this.block);
  }
}

/** Gradients, slots, learning rate and step count of an optimizer at work on a block of parameters. */
export class OptimizerState {
  /** The addresses of everything, the parameters included. */
  readonly places: Map<Tensor, number>;
  readonly block: Block;
  readonly #memory: Memory;
  readonly #optimizer: Optimizer;
  /** Everything as rows, which hold padding between the parameters. */
  readonly #rows: UpdateInputs;
  /** The same parameter by parameter, in their true shapes. */
  readonly #each: readonly UpdateInputs[];

  /** @param cells more scalars that are to lie in the block */
  constructor(
    { runner, parameters, flat, places }: ParameterBlock,
    optimizer: Optimizer,
    cells: readonly Tensor[] = [],
  ) {
    const row = (name: string): Tensor => inputOf(name, flat.shape);
    const grad = row('gradient');
    const slots = Object.fromEntries(optimizer.slots.map((name) => [name, row(name)]));
    const learningRate = inputOf('learningRate', []);
    const step = inputOf('step', [], 'int32');
    const { offsets, bytes } = stagger([grad, ...Object.values(slots), learningRate, step, ...cells]);
    this.#memory = runner.memory;
    this.#optimizer = optimizer;
    this.#rows = { param: flat, grad, slots, learningRate, step };
    this.block = runner.memory.alloc(bytes, `gradients and optimizer state of ${flat.size} parameters`);
    this.places = places;
    for (const [t, offset] of offsets) places.set(t, this.block.address + offset);
    const named = isElementwise(optimizer) ? [] : Object.entries(slots);
    this.#each = parameters.map(({ name, tensor, offset }) => {
      const partOf = (row: Tensor, called: string): Tensor => {
        const part = inputOf(`${called} of ${name}`, tensor.shape);
        places.set(part, places.get(row)! + offset * 4);
        return part;
      };
      const own = named.map(([slot, row]) => [slot, partOf(row, slot)] as const);
      return { ...this.#rows, param: tensor, grad: partOf(grad, 'gradient'), slots: Object.fromEntries(own) };
    });
    this.learningRate = optimizer.learningRate;
    this.setCell(step, 1);
  }

  /** η. */
  get learningRate(): number {
    return this.#memory.f[this.#at(this.#rows.learningRate)]!;
  }
  set learningRate(value: number) {
    this.#memory.f[this.#at(this.#rows.learningRate)] = value;
  }

  /** Sets a cell that holds a whole number. */
  setCell(cell: Tensor, value: number): void {
    this.#memory.i[this.#at(cell)] = value;
  }

  /** The effects of one step: gradients are stored (null where there is none), parameters updated, the step is counted. */
  step(gradients: readonly (Tensor | null)[]): Tensor[] {
    // First: what the update computes from the gradient reads it.
    const stores = gradients.flatMap((g, i) =>
      g ? [new Tensor(assign, [this.#each[i]!.grad, g], { runsFirst: true })] : [],
    );
    const calls = isElementwise(this.#optimizer) ? [this.#rows] : this.#each;
    const updates = calls.flatMap((inputs) => updatesOf(this.#optimizer, inputs));
    return [...stores, ...updates, new Tensor(advance, [this.#rows.step], { by: 1 })];
  }

  /** Gives the memory back now. */
  dispose(): void {
    this.#memory.free(this.block);
  }

  #at(cell: Tensor): number {
    return this.places.get(cell)! / 4;
  }
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
