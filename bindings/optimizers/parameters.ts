// What an optimizer works on: the parameters of a model, side by side in a block of memory. Not here: their gradients
// and the optimizer's slots (state.ts).

import type { InputAttrs } from '../ops/movement.js';
import type { Block } from '../run/memory.js';
import type { Runner } from '../run/runner.js';
import type { Tensor } from '../tensor.js';

/** A parameter starts at a multiple of this many floats: one vector. */
const LANES = 4;

/** One trainable array. */
export interface Parameter {
  readonly name: string;
  readonly tensor: Tensor;
  /** Where it lies in memory, in bytes. */
  readonly address: number;
  /** The block that it is in. */
  readonly block: Block;
}

/**
 * Bytes from one parameter to the next: its own, rounded up to a whole vector. An empty one takes a vector, too, so
 * that no two have the same address.
 */
export const bytesOf = ({ size }: Tensor): number => Math.ceil(Math.max(size, 1) / LANES) * LANES * 4;

/** The parameters of a model or a minimisation, in one block of memory. */
export class ParameterBlock {
  readonly block: Block;

  /**
   * In memory kernels (of two dimensions and more) come first, so that an optimizer that decays weights and no biases
   * has two runs.
   *
   * @param tensors inputs, whose names are those of the parameters
   * @param places  where their addresses are put
   */
  constructor(
    readonly runner: Runner,
    readonly tensors: readonly Tensor[],
    readonly places = new Map<Tensor, number>(),
  ) {
    const isKernel = ({ shape }: Tensor) => shape.length > 1;
    const ordered = [...tensors.filter(isKernel), ...tensors.filter((t) => !isKernel(t))];
    const bytes = ordered.reduce((sum, t) => sum + bytesOf(t), 0);
    this.block = runner.memory.alloc(bytes, `${tensors.reduce((sum, { size }) => sum + size, 0)} parameters`);
    let { address } = this.block;
    for (const t of ordered) {
      places.set(t, address);
      address += bytesOf(t);
    }
  }

  /** In the order in which they were given. */
  get parameters(): Parameter[] {
    const { block } = this;
    return this.tensors.map((tensor) => {
      const { name } = tensor.attrs as InputAttrs;
      return { name, tensor, address: this.places.get(tensor)!, block };
    });
  }

  /**
   * The memory of a parameter, without a copy. Do not keep the view: it is of no use any more when memory has grown.
   */
  view({ tensor, address }: Parameter): Float32Array | Float64Array {
    return this.runner.memory.f.subarray(address / 4, address / 4 + tensor.size);
  }

  /** Gives the memory back now. */
  dispose(): void {
    this.runner.memory.free(this.block);
  }
}
