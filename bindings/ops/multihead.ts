// multiHeadAttention: attention by several heads, whose queries, keys and values are made by kernels that are given.
// Composed of products and attention.ts. Not here: the layer that learns the kernels (layers/attention.ts).

import { check, checkWhole } from '../errors.js';
import { anything, flag, options, type Rules, range, whole } from '../options.js';
import { type Shape, shapeText } from '../shape.js';
import { checkedTensor, type Tensor } from '../tensor.js';
import { type AttentionOptions, attended } from './attention.js';
import { rotaryEmbedding } from './embedding.js';
import { checkFloat } from './op.js';
import { aKey } from './random.js';
import { checkLike } from './recurrent/sequences.js';

/** Kernels and biases of `multiHeadAttention`, by the layer's names for them; their columns are head by head. */
export interface AttentionParameters {
  /** [width of the queries, numHeads·keyDim]. */
  readonly queryKernel: Tensor;
  /** [width of the keys, numKeyValueHeads·keyDim]. */
  readonly keyKernel: Tensor;
  /** [width of the values, numKeyValueHeads·valueDim]. */
  readonly valueKernel: Tensor;
  /** [numHeads·valueDim, width of the result]. */
  readonly outputKernel: Tensor;
  /** One number for each column of the kernel; by default nothing is added. */
  readonly queryBias?: Tensor | undefined;
  /** As `queryBias`. */
  readonly keyBias?: Tensor | undefined;
  /** As `queryBias`. */
  readonly valueBias?: Tensor | undefined;
  /** As `queryBias`. */
  readonly outputBias?: Tensor | undefined;
}

/** Options of `multiHeadAttention`. */
export interface MultiHeadAttentionOptions extends Omit<AttentionOptions, 'scale'> {
  /** How many heads keys and values have; each serves as many heads of queries. By default `numHeads`. */
  readonly numKeyValueHeads?: number | undefined;
  /** Whether queries and keys are turned by their positions, as in `rotaryEmbedding`; default false. */
  readonly rotary?: boolean | undefined;
  /** 1 where a step may be read, else 0: [n, steps], [n, time, steps], or [n, heads, time, steps]. */
  readonly mask?: Tensor | undefined;
  /** What is added to the scores, and may be learned. It broadcasts to [n, heads, time, steps]. */
  readonly bias?: Tensor | undefined;
}

const attentionOptions = options({
  numKeyValueHeads: whole(undefined, 1),
  causal: flag(false),
  mask: anything<Tensor | undefined>(),
  bias: anything<Tensor | undefined>(),
  dropout: range(0, 0, 1),
  key: aKey,
  rotary: flag(false),
} satisfies Rules<MultiHeadAttentionOptions>);

const parametersOf = options({
  queryKernel: anything<Tensor>(),
  keyKernel: anything<Tensor>(),
  valueKernel: anything<Tensor>(),
  outputKernel: anything<Tensor>(),
  queryBias: anything<Tensor | undefined>(),
  keyBias: anything<Tensor | undefined>(),
  valueBias: anything<Tensor | undefined>(),
  outputBias: anything<Tensor | undefined>(),
} satisfies Rules<AttentionParameters>);

export const NAME = 'multiHeadAttention';

/** What queries, keys and values are made of: each [n, time, width]. */
export interface AttentionSources {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

/** Throws unless each head of keys serves as many heads of queries. */
export function checkShared(numHeads: number, shared: number): void {
  check(numHeads % shared === 0, () => `${NAME}: ${numHeads} heads do not divide by numKeyValueHeads ${shared}`);
}

/** Throws unless heads of so many numbers have halves. */
export const checkRotary = (keyDim: number): void =>
  check(keyDim % 2 === 0, () => `${NAME}: rotary wants an even keyDim, got ${keyDim}`);

function checkSources(sources: AttentionSources): void {
  for (const [name, t] of Object.entries(sources) as [string, Tensor][]) {
    const { shape } = checkedTensor(`${NAME}: ${name}`, t);
    check(shape.length === 3, () => `${NAME}: ${name} must be [n, time, width], got ${t}`);
    checkFloat(NAME, [t]);
  }
  const { query, key, value } = sources;
  const [q, k, v] = [query, key, value].map(({ shape }) => shape) as [Shape, Shape, Shape];
  const operands = () => `${NAME} of query ${shapeText(q)}, key ${shapeText(k)}, value ${shapeText(v)}`;
  check(q[0] === k[0] && k[0] === v[0], () => `${operands()}: they differ in n`);
  check(k[1] === v[1], () => `${operands()}: there must be a value for each key`);
}

/** x·kernel + bias, for each step. */
function projected(part: 'query' | 'key' | 'value' | 'output', x: Tensor, parameters: AttentionParameters): Tensor {
  const [kernel, bias] = [parameters[`${part}Kernel`], parameters[`${part}Bias`]];
  const { shape } = checkedTensor(`${NAME}: ${part}Kernel`, kernel);
  const width = x.shape[2]!;
  check(shape.length === 2 && shape[0] === width, () => {
    return `${NAME}: ${part}Kernel must have ${width} rows, for ${part === 'output' ? 'what the heads read' : part} ${shapeText(x.shape)}, got ${kernel}`;
  });
  checkFloat(NAME, [kernel]);
  if (bias === undefined) return x.matMul(kernel);
  checkLike(`${NAME}: ${part}Bias`, bias, [shape[1]!]);
  checkFloat(NAME, [bias]);
  return x.matMul(kernel).add(bias);
}

/** [n, time, heads·width] as [n, heads, time, width]. */
function split(part: string, x: Tensor, heads: number): Tensor {
  const [n, time, columns] = x.shape as [number, number, number];
  check(columns % heads === 0, () => {
    return `${NAME}: the ${columns} columns of ${part}Kernel do not divide by ${heads} heads`;
  });
  return x.reshape([n, time, heads, columns / heads]).transpose([0, 2, 1, 3]);
}

/** The queries of all heads, and keys and values of those that they share: [n, heads, time, width]. */
export function headsOf(
  sources: AttentionSources,
  parameters: AttentionParameters,
  numHeads: number,
  shared: number,
): readonly [q: Tensor, k: Tensor, v: Tensor] {
  checkSources(sources);
  const of = (part: 'query' | 'key' | 'value', heads: number): Tensor =>
    split(part, projected(part, sources[part], parameters), heads);
  const heads = [of('query', numHeads), of('key', shared), of('value', shared)] as const;
  const [q, k] = heads.map(({ shape }) => shape[3]!);
  check(q === k, () => `${NAME}: queryKernel makes heads of ${q} numbers, keyKernel of ${k}`);
  return heads;
}

/** A mask with an axis for the heads of q and k. */
export function withHeads(mask: Tensor, q: Tensor, k: Tensor): Tensor {
  const { shape } = checkedTensor(`${NAME}: the mask`, mask);
  const [n, heads, time, steps] = [q.shape[0]!, q.shape[1]!, q.shape[2]!, k.shape[2]!];
  const all = [
    [n, steps],
    [n, time, steps],
    [n, heads, time, steps],
  ];
  const wanted = all[shape.length - 2];
  check(wanted?.every((d, axis) => shape[axis] === d || shape[axis] === 1) ?? false, () => {
    return `${NAME}: the mask must be [n, steps], [n, time, steps] or [n, heads, time, steps], that is ${all.map(shapeText).join(', ')}, got ${mask}`;
  });
  if (shape.length === 2) return mask.reshape([shape[0]!, 1, 1, shape[1]!]);
  return shape.length === 3 ? mask.expandDims(1) : mask;
}

/** What the heads read, [n, heads, time, width], side by side and multiplied by the output's kernel. */
export function outputOf(read: Tensor, parameters: AttentionParameters): Tensor {
  const [n, heads, time, width] = read.shape as [number, number, number, number];
  const rows = read.transpose([0, 2, 1, 3]).reshape([n, time, heads * width]);
  return projected('output', rows, parameters);
}

/**
 * Attention by several heads: each step of `query` [n, time, width] reads from the steps of `key` and `value` [n, steps,
 * width], whose widths may differ: a head makes queries, keys and values by its columns of the kernels, and reads
 * softmax(q·kᵀ / √keyDim)·v. The result is what all heads read, side by side, times the output's kernel: [n, time, width
 * of the result]. Parameters are named as those of the layer. As PyTorch's
 * `multi_head_attention_forward`, but for a step that may read nothing: it reads 0. (A. Vaswani et al., "Attention is
 * all you need", 2017; fewer heads of keys: J. Ainslie et al., "GQA", 2023.)
 *
 * @throws if a shape does not fit, or `numHeads` does not divide by `numKeyValueHeads`
 * @example
 * multiHeadAttention(x, x, x, { queryKernel, keyKernel, valueKernel, outputKernel }, 4, { causal: true });
 */
export function multiHeadAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  parameters: AttentionParameters,
  numHeads: number,
  options?: MultiHeadAttentionOptions,
): Tensor {
  checkWhole(`${NAME}: numHeads`, numHeads);
  const { numKeyValueHeads: shared = numHeads, rotary, mask, ...how } = attentionOptions(NAME, options);
  const weights = parametersOf(`${NAME}: the parameters`, parameters);
  checkShared(numHeads, shared);
  const [q, k, v] = headsOf({ query, key, value }, weights, numHeads, shared);
  if (rotary) checkRotary(q.shape[3]!);
  const turned = (x: Tensor): Tensor => (rotary ? rotaryEmbedding(x) : x);
  const limit = mask && withHeads(mask, q, k);
  return outputOf(attended(NAME, turned(q), turned(k), v, { ...how, mask: limit }), weights);
}
