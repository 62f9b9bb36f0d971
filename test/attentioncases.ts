// Rows of cases.ts: embeddings and attention.

import { scaledDotProductAttention } from '../bindings/ops/attention.js';
import { embedding, positionalEmbedding, rotaryEmbedding } from '../bindings/ops/embedding.js';
import {
  type AttentionParameters,
  type MultiHeadAttentionOptions,
  multiHeadAttention,
} from '../bindings/ops/multihead.js';
import type { Shape } from '../bindings/shape.js';
import type { Tensor } from '../bindings/tensor.js';
import { type Asked, attend, type Flat } from './attentionreference.js';
import type { Case, Domain } from './cases.js';
import { at, indexed } from './indexed.js';

const wide: Domain = { low: -2, high: 2 };
const tokens: Domain = { low: 0, high: 4, dtype: 'int32' };
const choices: Domain = { low: 0, high: 2, dtype: 'int32' };

/** The shapes of q, k and v. */
type Heads = readonly [
  n: number,
  heads: number,
  shared: number,
  queries: number,
  keys: number,
  width: number,
  size: number,
];

const shapesOf = ([n, heads, shared, queries, keys, width, size]: Heads): Shape[] => [
  [n, heads, queries, width],
  [n, shared, keys, width],
  [n, shared, keys, size],
];

const SIZES: readonly Heads[] = [
  [1, 1, 1, 1, 1, 1, 1],
  [2, 3, 3, 5, 5, 4, 4],
  [1, 2, 2, 3, 4, 5, 3],
  [2, 1, 1, 9, 7, 8, 2],
  [1, 4, 2, 4, 4, 3, 5],
  [1, 6, 1, 2, 3, 4, 4],
  [1, 1, 1, 17, 16, 9, 5],
  [0, 2, 2, 3, 3, 2, 2],
  [1, 2, 2, 0, 3, 2, 2],
  [1, 2, 2, 3, 0, 2, 2],
];

const flat = (x: ArrayLike<number>, shape: Shape): Flat => ({ x, shape });

const attention = (
  name: string,
  call: Case['call'],
  asked: (more: readonly Flat[]) => Asked,
  more: (heads: Heads) => readonly Shape[] = () => [],
  domains: readonly Domain[] = [],
): Case => ({
  name: `scaledDotProductAttention${name}`,
  call,
  shapes: SIZES.map((heads) => [...shapesOf(heads), ...more(heads)]),
  domains: [wide, wide, wide, ...domains],
  reference: (inputs, shapes) => {
    const [q, k, v, ...rest] = inputs.map((x, i) => flat(x, shapes[i]!)) as [Flat, Flat, Flat, ...Flat[]];
    return attend(q, k, v, asked(rest));
  },
  differentiable: [0, 1, 2, ...domains.flatMap(({ dtype }, i) => (dtype === 'int32' ? [] : [3 + i]))],
});

/** What multiHeadAttention takes, of 4 heads of 3 numbers that read 5: shapes. */
interface Readers {
  readonly n: number;
  readonly time: number;
  readonly steps: number;
  /** Of queries, keys and values. */
  readonly widths: readonly [number, number, number];
  /** How many heads keys and values have. */
  readonly shared: number;
}

const [HEADS, KEY_DIM, VALUE_DIM, OUT] = [4, 3, 5, 2];

const readerShapes = ({ n, time, steps, widths: [q, k, v], shared }: Readers): Shape[] => [
  [n, time, q],
  [n, steps, k],
  [n, steps, v],
  [q, HEADS * KEY_DIM],
  [k, shared * KEY_DIM],
  [v, shared * VALUE_DIM],
  [HEADS * VALUE_DIM, OUT],
  [HEADS * KEY_DIM],
  [shared * KEY_DIM],
  [shared * VALUE_DIM],
  [OUT],
];

/** x·w + b of the last axis. */
const projected = (x: Flat, w: Flat, b: Flat): Flat => {
  const shape = [...x.shape.slice(0, -1), w.shape[1]!];
  return flat(
    indexed(shape, (index) => {
      const [row, c] = [index.slice(0, -1), index.at(-1)!];
      const products = indexed([w.shape[0]!], ([i]) => at(x.x, x.shape, [...row, i!]) * at(w.x, w.shape, [i!, c]));
      return products.reduce((sum, product) => sum + product, b.x[c]!);
    }),
    shape,
  );
};

/** [n, time, heads·width] as [n, heads, time, width]. */
const byHead = ({ x, shape: [n, time, columns] }: Flat, heads: number): Flat => {
  const shape = [n!, heads, time!, columns! / heads];
  const from = [n!, time!, columns!];
  return flat(
    indexed(shape, ([b, h, t, c]) => at(x, from, [b!, t!, (h! * columns!) / heads + c!])),
    shape,
  );
};

const ofHeads = (
  name: string,
  given: MultiHeadAttentionOptions,
  sizes: readonly Readers[],
  limits: readonly ('mask' | 'bias')[] = [],
): Case => ({
  name: `multiHeadAttention${name}`,
  call: (...inputs) => {
    const [q, k, v, queryKernel, keyKernel, valueKernel, outputKernel, queryBias, keyBias, valueBias, outputBias] =
      inputs as [Tensor, ...Tensor[]] & Record<number, Tensor>;
    const kernels = { queryKernel, keyKernel, valueKernel, outputKernel } as never as AttentionParameters;
    const how = { ...given, ...Object.fromEntries(limits.map((limit, i) => [limit, inputs[11 + i]])) };
    return multiHeadAttention(q, k!, v!, { ...kernels, queryBias, keyBias, valueBias, outputBias }, HEADS, how);
  },
  shapes: sizes.map((size) => {
    const { n, time, steps } = size;
    const of = { mask: [n, steps], bias: [HEADS, time, steps] };
    return [...readerShapes(size), ...limits.map((limit) => of[limit])];
  }),
  domains: [
    ...new Array<Domain>(11).fill({ low: -1, high: 1 }),
    ...limits.map((limit) => (limit === 'mask' ? choices : wide)),
  ],
  reference: (inputs, shapes) => {
    const all = inputs.map((x, i) => flat(x, shapes[i]!));
    const shared = shapes[4]![1]! / KEY_DIM;
    const of = (i: number, heads: number) => byHead(projected(all[i]!, all[3 + i]!, all[7 + i]!), heads);
    const [n, time, steps] = [shapes[0]![0]!, shapes[0]![1]!, shapes[1]![1]!];
    const asked = limits.map((limit, i) => {
      const { x, shape } = all[11 + i]!;
      return [limit, flat(x, limit === 'mask' ? [n, 1, 1, steps] : shape)];
    });
    const read = attend(of(0, HEADS), of(1, shared), of(2, shared), {
      causal: given.causal ?? false,
      ...Object.fromEntries(asked),
    });
    const rows = indexed([n, time, HEADS * VALUE_DIM], ([b, t, c]) =>
      at(read, [n, HEADS, time, VALUE_DIM], [b!, Math.floor(c! / VALUE_DIM), t!, c! % VALUE_DIM]),
    );
    return Array.from(projected(flat(rows, [n, time, HEADS * VALUE_DIM]), all[6]!, all[10]!).x);
  },
  differentiable: [...new Array(11).keys(), ...(limits.includes('bias') ? [11 + limits.indexOf('bias')] : [])],
});

const READERS: readonly Readers[] = [
  { n: 2, time: 3, steps: 5, widths: [4, 3, 7], shared: 4 },
  { n: 1, time: 1, steps: 1, widths: [1, 1, 1], shared: 4 },
  { n: 0, time: 2, steps: 3, widths: [2, 2, 2], shared: 4 },
  { n: 1, time: 2, steps: 0, widths: [2, 3, 2], shared: 4 },
];

const SHARED: readonly Readers[] = [
  { n: 2, time: 4, steps: 4, widths: [5, 5, 5], shared: 2 },
  { n: 1, time: 3, steps: 5, widths: [2, 3, 4], shared: 1 },
];

/** sin and cos of position / 10000^(2i / width), in turns. */
const wave = (position: number, column: number, width: number): number => {
  const angle = position / 10_000 ** ((2 * Math.floor(column / 2)) / width);
  return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
};

export const ATTENTION_CASES: readonly Case[] = [
  {
    name: 'embedding',
    call: (i, table) => embedding(i, table),
    shapes: [
      [
        [2, 5],
        [4, 3],
      ],
      [[1], [4, 17]],
      [
        [0, 3],
        [4, 2],
      ],
      [
        [2, 2, 3],
        [4, 4],
      ],
    ],
    domains: [tokens, wide],
    reference: ([i, table], [, rows]) =>
      Array.from(i!, (token) => indexed([rows![1]!], ([c]) => at(table!, rows!, [token, c!]))).flat(),
    differentiable: [1],
  },
  {
    name: 'positionalEmbedding',
    call: (x) => positionalEmbedding(x, { offset: 3 }),
    shapes: [[[2, 5, 4]], [[3, 5]], [[1, 1]], [[0, 3, 2]], [[1, 2, 9, 6]]],
    domains: [wide],
    reference: ([x], [shape]) =>
      indexed(shape!, (index) => {
        const [t, c] = index.slice(-2) as [number, number];
        return at(x!, shape!, index) + wave(t + 3, c, shape!.at(-1)!);
      }),
    differentiable: [0],
  },
  {
    name: 'positionalEmbedding, learned',
    call: (x, table) => positionalEmbedding(x, { table, offset: 1 }),
    shapes: [
      [
        [2, 5, 4],
        [6, 4],
      ],
      [
        [1, 3],
        [5, 3],
      ],
    ],
    domains: [wide, wide],
    reference: ([x, table], [shape, rows]) =>
      indexed(shape!, (index) => {
        const [t, c] = index.slice(-2) as [number, number];
        return at(x!, shape!, index) + at(table!, rows!, [t + 1, c]);
      }),
    differentiable: [0, 1],
  },
  {
    name: 'rotaryEmbedding',
    call: (x) => rotaryEmbedding(x, { offset: 2, base: 100 }),
    shapes: [[[2, 2, 5, 4]], [[1, 2]], [[3, 1, 10]], [[0, 3, 2]]],
    domains: [wide],
    reference: ([x], [shape]) => {
      const half = shape!.at(-1)! / 2;
      return indexed(shape!, (index) => {
        const [t, c] = index.slice(-2) as [number, number];
        const angle = (t + 2) / 100 ** ((c % half) / half);
        const other = at(x!, shape!, [...index.slice(0, -1), (c + half) % (2 * half)]);
        return at(x!, shape!, index) * Math.cos(angle) + (c < half ? -other : other) * Math.sin(angle);
      });
    },
    differentiable: [0],
  },
  ofHeads('', {}, READERS),
  ofHeads(', causal, with fewer heads of keys', { numKeyValueHeads: 2, causal: true }, SHARED.slice(0, 1)),
  ofHeads(', of one head of keys, with a mask and a bias', { numKeyValueHeads: 1 }, SHARED.slice(1), ['mask', 'bias']),
  attention(
    '',
    (q, k, v) => scaledDotProductAttention(q, k, v),
    () => ({}),
  ),
  attention(
    ', causal',
    (q, k, v) => scaledDotProductAttention(q, k, v, { causal: true, scale: 0.7 }),
    () => ({ causal: true, scale: 0.7 }),
  ),
  attention(
    ', masked by keys',
    (q, k, v, mask) => scaledDotProductAttention(q, k, v, { mask }),
    ([mask]) => ({ mask: mask! }),
    ([n, , , , keys]) => [[n, 1, 1, keys]],
    [choices],
  ),
  attention(
    ', causal and masked one by one',
    (q, k, v, mask) => scaledDotProductAttention(q, k, v, { mask, causal: true }),
    ([mask]) => ({ mask: mask!, causal: true }),
    ([n, heads, , queries, keys]) => [[n, heads, queries, keys]],
    [choices],
  ),
  attention(
    ', with a bias',
    (q, k, v, bias) => scaledDotProductAttention(q, k, v, { bias }),
    ([bias]) => ({ bias: bias! }),
    ([, heads, , queries, keys]) => [[heads, queries, keys]],
    [wide],
  ),
];
