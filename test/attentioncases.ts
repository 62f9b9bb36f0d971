// Rows of cases.ts: embeddings and attention.

import { scaledDotProductAttention } from '../bindings/ops/attention.js';
import { embedding, positionalEmbedding, rotaryEmbedding } from '../bindings/ops/embedding.js';
import type { Shape } from '../bindings/shape.js';
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
