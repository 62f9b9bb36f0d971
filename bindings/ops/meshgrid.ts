// meshgrid: the coordinates of all points of a grid.

import { check, show } from '../errors.js';
import { oneOf, options, type Rules } from '../options.js';
import { checkedTensor, type Tensor } from '../tensor.js';

/** Options of `meshgrid`. */
export interface MeshgridOptions {
  /**
   * 'ij' (default, as in PyTorch): axis i belongs to vector i. 'xy' (as in plots and NumPy): the first two are swapped.
   */
  readonly indexing?: 'ij' | 'xy' | undefined;
}

const meshgridOptions = options({ indexing: oneOf('ij', 'xy') } satisfies Rules<MeshgridOptions>);

/**
 * The coordinates of all points of a grid, whose axes have these vectors of coordinates: a tensor for each vector, all
 * of the shape of the grid. Vectors of length a and b give two tensors [a, b], or [b, a] with indexing 'xy'.
 */
export function meshgrid(vectors: readonly Tensor[], options?: MeshgridOptions): Tensor[] {
  const { indexing } = meshgridOptions('meshgrid', options);
  check(Array.isArray(vectors), () => `meshgrid: expected an array of vectors, got ${show(vectors)}`);
  for (const v of vectors) {
    check(checkedTensor('meshgrid', v).shape.length <= 1, () => `meshgrid: expected vectors, got ${v}`);
  }
  const rank = vectors.length;
  const axisOf = (i: number): number => (indexing === 'xy' && rank > 1 && i < 2 ? 1 - i : i);
  const shape = vectors.map((_, axis) => vectors[axisOf(axis)]!.size);
  return vectors.map((v, i) => v.reshape(shape.map((_, axis) => (axis === axisOf(i) ? -1 : 1))).broadcastTo(shape));
}
