// What queries read as one instruction, and its gradients as another, with the scores of two blocks in memory at a
// time; kernels are in the side module attention. Where it can be, this takes the place of what attention.ts composes,
// which is what it computes.

import attentionModule from '#sides/attention.wasm';
import { attentionScratch } from '../../assembly/attention.js';
import { pullback } from '../grad.js';
import * as kernels from '../kernels/attention.js';
import { type Shape, sameShape, sizeOf } from '../shape.js';
import { Tensor, withDerivative } from '../tensor.js';
import type { Attention } from './attention.js';
import { type CustomAttrs, customGradient } from './movement.js';
import { type BatchRule, defineOp, type OpDefinition } from './op.js';
import { concat, slice, split } from './slicing.js';

interface BlockAttrs {
  readonly scale: number;
  readonly causal: boolean;
  /** Whether there is a mask behind q, k and v, and a bias, the last input. */
  readonly masked: boolean;
  readonly biased: boolean;
}

type Four = readonly [number, number, number, number];

/** Sizes, by q [n, heads, queries, width], k [n, shared, keys, width] and v [n, shared, keys, size]. */
function sizesOf(q: Tensor, v: Tensor) {
  const [n, heads, queries, width] = q.shape as Four;
  const [, shared, keys, size] = v.shape as Four;
  return { n, heads, shared, queries, keys, width, size };
}

/** From sample to sample, head to head and query to query of a mask or bias: 0 where there is one for all. */
function stepsOf(t: Tensor | undefined): readonly [n: number, head: number, query: number] {
  if (!t) return [0, 0, 0];
  const [n, heads, queries, keys] = t.shape as Four;
  const step = (count: number, by: number): number => (count > 1 ? by : 0);
  return [step(n, heads * queries * keys), step(heads, queries * keys), step(queries, keys)];
}

/** The operands that both instructions have, of inputs from q on. */
function operandsOf(
  at: (t: Tensor) => number,
  inputs: readonly Tensor[],
  { scale, causal, masked, biased }: BlockAttrs,
) {
  const [q, k, v] = inputs as [Tensor, Tensor, Tensor];
  const [mask, bias] = [masked ? inputs[3] : undefined, biased ? inputs.at(-1) : undefined];
  const [maskN, maskHead, maskQuery] = stepsOf(mask);
  const [biasN, biasHead, biasQuery] = stepsOf(bias);
  const strides = { maskN, maskHead, maskQuery, biasN, biasHead, biasQuery };
  const limits = { mask: mask ? at(mask) : 0, bias: bias ? at(bias) : 0, causal: +causal };
  return { ...sizesOf(q, v), ...limits, ...strides, scale, q: at(q), k: at(k), v: at(v) };
}

/** Floating-point operations of so many products of queries and keys, and of weights and values. */
function flopsOf(q: Tensor, v: Tensor, { causal }: BlockAttrs, products: number): number {
  const { n, heads, queries, keys, width, size } = sizesOf(q, v);
  const past = Math.min(queries, keys);
  const pairs = causal ? (past * (past + 1)) / 2 + (queries - past) * keys : queries * keys;
  return products * n * heads * pairs * (width + size);
}

/** In a batch there are more samples. `first` is the number of q among the inputs. */
/*@__NO_SIDE_EFFECTS__*/
const moreSamples =
  (first: number): BatchRule =>
  ({ size, inputs, full }, node) => {
    const n = node.inputs[first]!.shape[0]!;
    const all = full.map((t, i) => {
      const [, samples, ...rest] = t.shape as [number, number, ...number[]];
      if (inputs[i] === node.inputs[i] && samples === 1 && i > first + 2) return inputs[i]!;
      return t.broadcastTo([size, Math.max(samples, n), ...rest]).reshape([size * Math.max(samples, n), ...rest]);
    });
    return node.rewrite(node.op, all, node.attrs).reshape([size, ...node.shape]);
  };

/** Inputs: q, k, v, the mask, the bias. */
const attention: OpDefinition = defineOp<BlockAttrs>({
  name: 'attention',
  kernels: { attention: kernels.attention },
  side: attentionModule,
  infer: ([q, , v]) => {
    const { n, heads, queries, size } = sizesOf(q!, v!);
    return { shape: [n, heads, queries * (size + 2)], dtype: 'float32' };
  },
  batch: moreSamples(0),
  flops: ({ inputs: [q, , v] }, attrs) => flopsOf(q!, v!, attrs, 2),
  scratch: ({ inputs: [q, , v] }) => {
    const { queries, keys, width, size } = sizesOf(q!, v!);
    return attentionScratch(queries, keys, width, size, 1);
  },
  emit: (e, node, attrs) =>
    e.code('attention', { out: e.at(node), ...operandsOf((t) => e.at(t), node.inputs, attrs), scratch: e.scratch }),
});

/** Inputs: g, what `attention` saved, q, k, v, the mask, the bias. */
const attentionGrad: OpDefinition = defineOp<BlockAttrs>({
  name: 'attentionGrad',
  kernels: { attentionGrad: kernels.attentionGrad },
  side: attentionModule,
  infer: ([, , q, , v]) => {
    const { n, heads, shared, queries, keys, width, size } = sizesOf(q!, v!);
    return { shape: [n, shared, (heads / shared) * queries * width + keys * (width + size)], dtype: 'float32' };
  },
  batch: moreSamples(2),
  flops: ({ inputs: [, , q, , v] }, attrs) => flopsOf(q!, v!, attrs, 5),
  scratch: ({ inputs: [, , q, , v] }) => {
    const { queries, keys, width, size } = sizesOf(q!, v!);
    return attentionScratch(queries, keys, width, size, 2);
  },
  emit: (e, node, attrs) => {
    const [g, saved, ...inputs] = node.inputs as [Tensor, Tensor, ...Tensor[]];
    const operands = operandsOf((t) => e.at(t), inputs, attrs);
    e.code('attentionGrad', { out: e.at(node), g: e.at(g), saved: e.at(saved), ...operands, scratch: e.scratch });
  },
});

/** Axes in front of heads, queries and width; those of the heads. */
const batchOf = (t: Tensor): Shape => t.shape.slice(0, -3);
const headsOf = (t: Tensor): number => t.shape.at(-3) ?? 1;

/** Whether one instruction can do it: there is something to read, and nothing but the heads is repeated. */
export function isInBlocks({ q, k, v }: Attention): boolean {
  const isAny = [q, k, v].every(({ size }) => size > 0);
  const alike = [k, v].every((t) => t.shape.length === q.shape.length && sameShape(batchOf(t), batchOf(q)));
  return isAny && alike && headsOf(q) % headsOf(k) === 0;
}

/** With one axis in front of the heads. */
const merged = (t: Tensor): Tensor => t.reshape([sizeOf(batchOf(t)), headsOf(t), ...t.shape.slice(-2)]);

/** A mask or bias with four axes, the first of which may be 1, of as many keys as there are. */
function limitOf(t: Tensor, batch: Shape, keys: number): Tensor {
  const shape = [...new Array<number>(Math.max(0, batch.length + 3 - t.shape.length)).fill(1), ...t.shape];
  const [own, rest] = [shape.slice(0, -3), shape.slice(-3)];
  const isShared = sizeOf(own) === 1;
  const [heads, queries] = rest as [number, number];
  const all = t.reshape(shape).broadcastTo([...(isShared ? own : batch), heads, queries, keys]);
  return all.reshape([isShared ? 1 : sizeOf(batch), heads, queries, keys]);
}

/** What is read, by one instruction; `compose` makes it of other ops. */
export function inBlocks(given: Attention, compose: (it: Attention) => Tensor): Tensor {
  const { causal = false, scale } = given;
  const [batch, keys] = [batchOf(given.q), given.k.shape.at(-2)!];
  const [q, k, v] = [merged(given.q), merged(given.k), merged(given.v)];
  const mask = given.mask && limitOf(given.mask.notEqual(0), batch, keys);
  const bias = given.bias && limitOf(given.bias, batch, keys);
  const it: Attention = { q, k, v, mask, bias, causal, scale };
  const ends = bias ? [q, k, v, bias] : [q, k, v];
  const inputs = [q, k, v, ...(mask ? [mask] : []), ...(bias ? [bias] : [])];
  const attrs: BlockAttrs = { scale, causal, masked: mask !== undefined, biased: bias !== undefined };
  const saved = new Tensor(attention, inputs, attrs);
  const shape = [...q.shape.slice(0, -1), v.shape.at(-1)!];
  const value = slice(saved, [null, null, [0, sizeOf(shape.slice(2))]]).reshape(shape);
  const composed = compose(it);
  const custom: CustomAttrs = {
    pull: (g) => gradients(composed, g, ends, new Tensor(attentionGrad, [g, saved, ...inputs], attrs)),
    composed: () => composed,
  };
  const read = new Tensor(customGradient, [value, ...ends], custom);
  return read.reshape([...given.q.shape.slice(0, -1), shape[3]!]);
}

/**
 * By q, k and v from what `attentionGrad` gives in `node`; by a bias, which few programs train, from what is composed.
 */
function gradients(composed: Tensor, g: Tensor, ends: readonly Tensor[], node: Tensor): Tensor[] {
  const [n, shared] = node.shape as [number, number, number];
  const [read, biases] = [ends.slice(0, 3), ends.slice(3)];
  const by = (some: readonly Tensor[]): Tensor[] => pullback([composed], [g], some, some).map((t) => t!);
  // Of second order it is what is composed.
  const all = withDerivative(node, [g, ...ends], (u) => {
    const from = [g, ...ends];
    const rows = by(read).map((t) => t.reshape([n, shared, -1]));
    return pullback([concat(rows, 2)], [u], from, from).map((t, i) => t ?? from[i]!.zerosLike());
  });
  const lengths = read.map(({ size }) => size / (n * shared));
  const grads = split(all, lengths, 2).map((part, i) => part.reshape(read[i]!.shape));
  return biases.length > 0 ? [...grads, ...by(biases)] : grads;
}
