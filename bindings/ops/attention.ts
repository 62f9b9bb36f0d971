// scaledDotProductAttention: each step of a sequence reads from steps that are like what it looks for. Not here: the
// layers that learn what to look for (layers/attention.ts).

import { arange } from '../creation.js';
import { check, checkNumber } from '../errors.js';
import { anything, flag, options, type Rules, range, rule } from '../options.js';
import { broadcastShapes, type Shape, sameShape, shapeText } from '../shape.js';
import { checkedTensor, type Tensor } from '../tensor.js';
import { inBlocks, isInBlocks } from './attentionblocks.js';
import { dropout as dropoutOf } from './dropout.js';
import { checkFloat } from './op.js';
import { aKey } from './random.js';
import { keyFor } from './uniform.js';
import { where } from './where.js';

/** Options of `scaledDotProductAttention`. */
export interface AttentionOptions {
  /** Whether step i reads from steps 0 … i only; default false. */
  readonly causal?: boolean | undefined;
  /**
   * What may be read: 1 where a query may read a key, else 0. It broadcasts to […, heads, queries, keys]. A mask that is
   * added to the scores, of 0 and -Infinity, is a `bias`.
   */
  readonly mask?: Tensor | undefined;
  /** What is added to the scores, and may be learned, such as a bias by distance. It broadcasts as the mask. */
  readonly bias?: Tensor | undefined;
  /** The probability with which a weight is 0 in training; default 0. */
  readonly dropout?: number | undefined;
  /** What the zeros of `dropout` are drawn from. */
  readonly key?: Tensor | undefined;
  /** What the products of queries and keys are multiplied by; default 1 / √width. */
  readonly scale?: number | undefined;
}

const attentionOptions = options({
  causal: flag(false),
  mask: anything<Tensor | undefined>(),
  bias: anything<Tensor | undefined>(),
  dropout: range(0, 0, 1),
  key: aKey,
  scale: rule<number, undefined>(undefined, checkNumber),
} satisfies Rules<AttentionOptions>);

const WHERE = 'scaledDotProductAttention';

/** A score that is so low that it counts for nothing, whatever the others are. */
const NOTHING = -3e38;

/** How scores are made, and which of them count. */
type Scoring = Pick<AttentionOptions, 'causal' | 'mask' | 'bias' | 'scale'>;

/** Queries, keys and values whose shapes fit. */
export interface Attention extends Scoring {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly scale: number;
}

/**
 * Attention: each query reads the values, weighted by how well their keys fit: softmax(scale·q·kᵀ)·v, for q […, heads,
 * queries, width], k […, heads, keys, width] and v […, heads, keys, size]; the result is […, heads, queries, size]. The
 * axis of the heads may be missing. k and v may have fewer heads than q: each then serves as many neighbouring ones
 * (grouped queries).
 *
 * As in PyTorch, but for a query that may read nothing: its result is 0, where PyTorch has NaN. `causal` counts from
 * the first query and the first key. (A. Vaswani et al., "Attention is all you need", 2017.)
 *
 * @throws if the shapes do not fit
 */
export function scaledDotProductAttention(q: Tensor, k: Tensor, v: Tensor, options?: AttentionOptions): Tensor {
  return attended(WHERE, q, k, v, attentionOptions(WHERE, options));
}

/** The same for an op or layer that is called `where`; its options are checked. */
export function attended(where: string, q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
  const { dropout = 0, key: given, ...how } = options;
  const checked = checkAttention(q, k, v, how, where);
  if (dropout > 0) {
    const key = keyFor(where, given);
    return weighted(checked, dropoutOf(attentionWeights(checked), dropout, { key }));
  }
  const compose = (it: Attention): Tensor => weighted(it, attentionWeights(it));
  return isInBlocks(checked) ? inBlocks(checked, compose) : compose(checked);
}

const headsOf = ({ shape }: Tensor): number => shape.at(-3) ?? 1;

/** How many heads of queries share a head of keys, where that is not left to broadcasting. */
function groupOf(q: Tensor, k: Tensor): number {
  const [heads, shared] = [headsOf(q), headsOf(k)];
  return q.shape.length > 2 && k.shape.length > 2 && shared > 0 && heads % shared === 0 ? heads / shared : 1;
}

/** Throws unless the operands fit; fills in the scale. */
export function checkAttention(q: Tensor, k: Tensor, v: Tensor, how: Scoring, where = WHERE): Attention {
  const { mask, bias } = how;
  for (const [name, t] of Object.entries({ q, k, v })) {
    const { shape } = checkedTensor(`${where}: ${name}`, t);
    check(shape.length >= 2, () => `${where}: ${name} must be […, time, width], got ${t}`);
  }
  checkFloat(where, [q, k, v]);
  const [width, keys] = [q.shape.at(-1)!, k.shape.at(-2)!];
  const operands = () => `${where} of q ${shapeText(q.shape)}, k ${shapeText(k.shape)}, v ${shapeText(v.shape)}`;
  check(k.shape.at(-1) === width, () => `${operands()}: q and k differ in width`);
  check(v.shape.at(-2) === keys, () => `${operands()}: there must be a value for each key`);
  check(headsOf(k) === headsOf(v), () => `${operands()}: k and v differ in heads`);
  const [heads, shared] = [headsOf(q), headsOf(k)];
  check(heads === 1 || shared === 0 || heads % shared === 0, () => {
    return `${operands()}: the ${heads} heads of q do not divide by the ${shared} of k and v`;
  });
  const shape = scoresShape(where, q, k);
  for (const [name, t] of Object.entries({ mask, bias })) {
    if (t === undefined) continue;
    checkedTensor(`${where}: the ${name}`, t);
    const fits = sameShape(broadcastShapes(`${where}: the ${name}`, t.shape, shape), shape);
    check(fits, () => `${operands()}: the ${name} ${shapeText(t.shape)} does not broadcast to ${shapeText(shape)}`);
  }
  const wrong = mask?.known?.find((value: number) => !(value >= 0));
  check(wrong === undefined, () => {
    return `${where}: the mask must be 1 where a query may read a key, else 0, got ${wrong}; what is added to scores is the bias`;
  });
  return { ...how, q, k, v, scale: how.scale ?? 1 / Math.sqrt(width) };
}

/** The shape of q·kᵀ: […, heads, queries, keys]. */
function scoresShape(where: string, q: Tensor, k: Tensor): Shape {
  const [heads, others] = [q.shape.slice(0, -2), k.shape.slice(0, -2)];
  const shared = groupOf(q, k) === 1 ? others : [...others.slice(0, -1), headsOf(q)];
  return [...broadcastShapes(where, heads, shared), q.shape.at(-2)!, k.shape.at(-2)!];
}

/** x·y for each head of y; heads of x that share one of y are one matrix. */
function byHeads(x: Tensor, y: Tensor, transB: boolean): Tensor {
  const group = groupOf(x, y);
  if (group === 1) return x.matMul(y, { transB });
  const [heads, time, width] = x.shape.slice(-3) as [number, number, number];
  const product = x.reshape([...x.shape.slice(0, -3), heads / group, group * time, width]).matMul(y, { transB });
  return product.reshape([...product.shape.slice(0, -3), heads, time, product.shape.at(-1)!]);
}

/** 1 where query i may read key j, for j ≤ i: [queries, keys]. */
const past = (queries: number, keys: number): Tensor => arange(queries).expandDims(1).greaterEqual(arange(keys));

/** The weight of each key for each query: […, heads, queries, keys]. */
export function attentionWeights({ q, k, causal, mask, bias, scale }: Attention): Tensor {
  const products = byHeads(q.mul(scale), k, true);
  const scores = bias ? products.add(bias) : products;
  if (scores.size === 0) return scores;
  const [queries, keys] = scores.shape.slice(-2) as [number, number];
  const limits = [mask?.notEqual(0), bias?.notEqual(-Infinity)].filter((limit) => limit !== undefined);
  const all = causal ? [...limits, past(queries, keys)] : limits;
  if (all.length === 0) return scores.softmax();
  const open = all.reduce((one, other) => one.mul(other));
  const weights = where(open, scores, NOTHING).softmax();
  return limits.length === 0 ? weights : where(open, weights, 0);
}

/** The values, weighted. */
export const weighted = ({ v }: Attention, weights: Tensor): Tensor => byHeads(weights, v, false);
