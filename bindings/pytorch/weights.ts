// A tensor of PyTorch as the variables of the model that it is here: one, or several whose rows are one below the other
// there, as in in_proj_weight of an nn.MultiheadAttention. Not here: how the numbers of one of them lie (layout.ts).

import type { Variable } from '../model/layers.js';
import { type Shape, sizeOf } from '../shape.js';
import { type Arrangement, arranged, arrangedShape, rearranged } from './layout.js';
import type { SavedTensor } from './torchsave.js';

/** A tensor of PyTorch; each of its variables is arranged as it says. */
export interface Weight extends Arrangement {
  /** 'conv2d.weight' */
  readonly name: string;
  /** The shape that it has there. */
  readonly there: Shape;
  readonly variables: readonly Variable[];
}

/** The tensor of this name that holds these variables, of which all but the first axis are equal. */
export function weightOf(name: string, variables: readonly Variable[], how: Arrangement = {}): Weight {
  const [first, ...others] = variables.map(({ tensor }) => arrangedShape(tensor.shape, how)) as [Shape, ...Shape[]];
  const [rows, ...row] = first;
  const there = others.length === 0 ? first : [others.reduce((sum, shape) => sum + shape[0]!, rows!), ...row];
  return { ...how, name, there, variables };
}

/** The rows of each of its variables: [from, to]. */
export function rowsOf(weight: Weight): (readonly [number, number])[] {
  let from = 0;
  return weight.variables.map(({ tensor }) => {
    const to = from + (arrangedShape(tensor.shape, weight)[0] ?? 1);
    const rows = [from, to] as const;
    from = to;
    return rows;
  });
}

/** The tensor as PyTorch has it, given the values of its variables here. */
export function gathered(weight: Weight, valuesOf: (variable: Variable) => ArrayLike<number>): SavedTensor {
  const data = new Float32Array(sizeOf(weight.there));
  let at = 0;
  for (const variable of weight.variables) {
    data.set(arranged(variable.tensor.shape, weight, valuesOf(variable)).data, at);
    at += variable.tensor.size;
  }
  return { data, shape: weight.there };
}

/** The values of its variables here, given those of the tensor. */
export function parted(
  weight: Weight,
  values: ArrayLike<number>,
): (readonly [Variable, Float32Array | Float64Array])[] {
  let at = 0;
  return weight.variables.map((variable) => {
    const { shape, size } = variable.tensor;
    const own = rearranged(shape, weight, values, at);
    at += size;
    return [variable, own] as const;
  });
}
