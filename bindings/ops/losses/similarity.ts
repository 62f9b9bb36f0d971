// The angle between vectors, as a measure of how alike they are.

import { check } from '../../errors.js';
import { number, options, positive, type Rules } from '../../options.js';
import { broadcastShapes, normalizeAxis, shapeText } from '../../shape.js';
import { checkedTensor, type Tensor } from '../../tensor.js';
import { checkFloat } from '../op.js';

/** Options of `cosineSimilarity`. */
export interface CosineSimilarityOptions {
  /** The axis along which the vectors lie; default -1, the last one. */
  readonly axis?: number | undefined;
  /** The least length that a vector is divided by; default 1e-8. */
  readonly epsilon?: number | undefined;
}

const similarityOptions = options({
  axis: number(-1),
  epsilon: positive(1e-8),
} satisfies Rules<CosineSimilarityOptions>);

/** The cosines of vectors along an axis; `name` is the function that was called. */
export function cosineOf(name: string, a: Tensor, b: Tensor, axis = -1, epsilon = 1e-8): Tensor {
  const given = [checkedTensor(name, a), checkedTensor(name, b)];
  checkFloat(name, given);
  const shape = broadcastShapes(name, a.shape, b.shape);
  check(shape.length > 0, () => `${name}: scalars are no vectors, got ${shapeText(a.shape)} and ${shapeText(b.shape)}`);
  const at = normalizeAxis(name, axis, shape.length);
  const [x, y] = given.map((v) => v.broadcastTo(shape)) as [Tensor, Tensor];
  // Held before the root is taken, which has an infinite slope at 0.
  const length = (v: Tensor): Tensor =>
    v
      .square()
      .sum(at)
      .maximum(epsilon ** 2)
      .sqrt();
  return x
    .mul(y)
    .sum(at)
    .div(length(x).mul(length(y)));
}

/**
 * How much two vectors have the same direction, the cosine of the angle between them, in -1 … 1: a·b / (‖a‖·‖b‖) along
 * an axis, with lengths of at least epsilon. Both broadcast. (As in PyTorch.)
 *
 * @throws if the shapes do not broadcast
 */
export function cosineSimilarity(a: Tensor, b: Tensor, options?: CosineSimilarityOptions): Tensor {
  const { axis, epsilon } = similarityOptions('cosineSimilarity', options);
  return cosineOf('cosineSimilarity', a, b, axis, epsilon);
}
