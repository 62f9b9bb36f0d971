// Losses with a margin: what is right by more than that costs nothing. Of scores, and of distances between pairs and
// triples.

import { check } from '../../errors.js';
import { flag, number, options, type Rules } from '../../options.js';
import { broadcastShapes } from '../../shape.js';
import { checkedTensor, type Tensor, type TensorLike, tensorOf } from '../../tensor.js';
import { checkFloat } from '../op.js';
import { alike, defineLoss, type LossOp, type LossOptions, lossOp, reduced, reductions } from './loss.js';
import { cosineOf } from './similarity.js';

/** 1 - y·ŷ where that is positive, else 0. */
const shortfall = (p: Tensor, y: Tensor): Tensor => p.mul(y).neg().add(1).relu();

export const hingeLoss = defineLoss({ name: 'hinge', rules: {}, fitted: alike, losses: shortfall });

/**
 * The loss of a support vector machine, for labels y of -1 and 1 and scores ŷ: max(0, 1 - y·ŷ) for each element; their
 * mean by default. Its arguments are (prediction, target); for `compile` there is `hinge` of `wasmgrad`. (As in Keras.)
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const hinge: LossOp = lossOp(hingeLoss);

export const squaredHingeLoss = defineLoss({
  name: 'squaredHinge',
  rules: {},
  fitted: alike,
  losses: (p, y) => shortfall(p, y).square(),
});

/**
 * hinge, squared, for labels y of -1 and 1: max(0, 1 - y·ŷ)² for each element; their mean by default. Its arguments are
 * (prediction, target); for `compile` there is `squaredHinge` of `wasmgrad`. (As in Keras.)
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const squaredHinge: LossOp = lossOp(squaredHingeLoss);

/** Options of `contrastive`. */
export interface ContrastiveOptions {
  /** The distance beyond which pairs that differ cost nothing; default 1. */
  readonly margin?: number | undefined;
}

export const contrastiveLoss = defineLoss({
  name: 'contrastive',
  rules: { margin: number(1, 0) } satisfies Rules<ContrastiveOptions>,
  fitted: alike,
  losses: (d, y, { margin }) => {
    const apart = d.neg().add(margin).relu().square();
    return y.mul(d.square()).add(y.neg().add(1).mul(apart));
  },
});

/**
 * Draws pairs that belong together (y = 1) near to each other and pushes the others (y = 0) apart, from their distances
 * d: y·d² + (1 - y)·max(0, margin - d)² for each pair; their mean by default. Its arguments are (prediction, target),
 * the prediction being the distances; for `compile` there is `contrastive` of `wasmgrad`.
 * (R. Hadsell, S. Chopra and Y. LeCun, "Dimensionality reduction by learning an invariant mapping", 2006.)
 *
 * @throws if the shapes differ, unless one of the two is a scalar
 */
export const contrastive: LossOp<ContrastiveOptions> = lossOp(contrastiveLoss);

/** Options of `cosineEmbedding`. */
export interface CosineEmbeddingOptions extends LossOptions {
  /** The cosine below which pairs that differ cost nothing, in -1 … 1; default 0. */
  readonly margin?: number | undefined;
}

const cosineOptions = options({
  reduction: reductions,
  margin: number(0, -1, 1),
} satisfies Rules<CosineEmbeddingOptions>);

/**
 * Turns vectors that belong together (y = 1) into one direction, and others (y = -1) away from each other: 1 - cos(a,
 * b) for y = 1, max(0, cos(a, b) - margin) for y = -1; their mean by default. The vectors are the last axis of a and b,
 * and the target has a number for each pair. (As in PyTorch.)
 *
 * @throws if the shapes do not fit
 */
export function cosineEmbedding(a: Tensor, b: Tensor, target: TensorLike, options?: CosineEmbeddingOptions): Tensor {
  const { reduction, margin } = cosineOptions('cosineEmbedding', options);
  const cosine = cosineOf('cosineEmbedding', a, b);
  const [c, y] = alike('cosineEmbedding', cosine, tensorOf('cosineEmbedding: the target', target));
  const together = y.equal(1).mul(c.neg().add(1));
  const apart = y.equal(-1).mul(c.sub(margin).relu());
  return reduced(together.add(apart), reduction);
}

/** Options of `tripletMargin`. */
export interface TripletMarginOptions extends LossOptions {
  /** How much farther from the anchor the negative is to be than the positive; default 1. */
  readonly margin?: number | undefined;
  /** Takes the distance of the negative from the positive where that is smaller; default false. */
  readonly swap?: boolean | undefined;
}

const tripletOptions = options({
  reduction: reductions,
  margin: number(1, 0),
  swap: flag(false),
} satisfies Rules<TripletMarginOptions>);

/** ‖a - b + 1e-6‖ along the last axis, as in PyTorch: it is never 0, so that it has a slope everywhere. */
const distance = (a: Tensor, b: Tensor): Tensor => a.sub(b).add(1e-6).square().sum(-1).sqrt();

/**
 * Brings an anchor nearer to a positive example than to a negative one: max(0, d(anchor, positive) - d(anchor,
 * negative) + margin) for each triple, d being the Euclidean distance along the last axis; their mean by default. (V.
 * Balntas et al., "Learning shallow convolutional feature descriptors with triplet losses", 2016; as in PyTorch.)
 *
 * @throws if the shapes do not broadcast
 */
export function tripletMargin(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options?: TripletMarginOptions,
): Tensor {
  const name = 'tripletMargin';
  const { reduction, margin, swap } = tripletOptions(name, options);
  const vectors = [anchor, positive, negative].map((x) => checkedTensor(name, x));
  checkFloat(name, vectors);
  const shape = vectors.map((x) => x.shape).reduce((p, q) => broadcastShapes(name, p, q));
  check(shape.length > 0, () => `${name}: scalars are no vectors`);
  const [a, p, n] = vectors.map((x) => x.broadcastTo(shape)) as [Tensor, Tensor, Tensor];
  const toNegative = swap ? distance(a, n).minimum(distance(p, n)) : distance(a, n);
  return reduced(distance(a, p).sub(toNegative).add(margin).relu(), reduction);
}
