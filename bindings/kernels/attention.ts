// Attention, forward and backward, one number after the other. Twin: assembly/kernels/attention.ts, which says how
// `saved` and the gradient lie.

import { queriesOf } from '../../assembly/attention.js';
import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';
import { exp } from './math/exp.js';

/** The largest score, to begin with: below those that count, and finite, so that nothing is taken from itself. */
const LEAST = -3e38;

/** Smaller scores, and gradients of scores, are 0. */
const FADED = 2 ** -100;
const flushed = (x: number): number => (Math.abs(x) < FADED ? 0 : x);

type Attending = Omit<Operands<'attention'>, 'out'>;

/** A query of a head: where it is, and what it may read. */
interface Query {
  readonly sample: number;
  readonly head: number;
  readonly i: number;
  /** Where its numbers lie. */
  readonly q: number;
  /** Where keys and values lie that its head reads. */
  readonly k: number;
  readonly v: number;
  /** Keys behind these are not looked at: no query of the same block may read them. */
  readonly reach: number;
}

function queryOf(it: Attending, of: number, i: number): Query {
  const { heads, shared, queries, keys, width, size } = it;
  const from = Math.floor(of / (heads / shared)) * keys;
  const most = queriesOf(keys, it.causal);
  return {
    sample: Math.floor(of / heads),
    head: of % heads,
    i,
    q: it.q + (of * queries + i) * width,
    k: it.k + from * width,
    v: it.v + from * size,
    reach: it.causal ? Math.min(keys, (Math.floor(i / most) + 1) * most, queries) : keys,
  };
}

function dot(f: Views['f'], a: number, b: number, n: number): number {
  let sum = 0;
  for (let c = 0; c < n; c++) sum += f[a + c]! * f[b + c]!;
  return sum;
}

/** How well key j fits; -Infinity if it may not be read. */
function scoreOf(f: Views['f'], it: Attending, { sample, head, i, q, k }: Query, j: number): number {
  if (it.causal && j > i) return -Infinity;
  const at = (t: number, byN: number, byHead: number, byQuery: number): number =>
    f[t + sample * byN + head * byHead + i * byQuery + j]!;
  if (it.mask && at(it.mask, it.maskN, it.maskHead, it.maskQuery) === 0) return -Infinity;
  const bias = it.bias ? at(it.bias, it.biasN, it.biasHead, it.biasQuery) : 0;
  if (bias === -Infinity) return bias;
  return dot(f, q, k + j * it.width, it.width) * it.scale + bias;
}

/** What each query reads. */
export function attention({ f }: Views, it: Operands<'attention'>): void {
  const { out, n, heads, queries, keys, size } = it;
  const scores = new Float64Array(keys);
  const sums = new Float64Array(size);
  for (let of = 0; of < n * heads; of++) {
    const saved = out + of * queries * (size + 2);
    for (let i = 0; i < queries; i++) {
      const query = queryOf(it, of, i);
      let most = LEAST;
      for (let j = 0; j < query.reach; j++) {
        scores[j] = scoreOf(f, it, query, j);
        if (scores[j]! > most) most = scores[j]!;
      }
      let total = 0;
      sums.fill(0);
      for (let j = 0; j < query.reach; j++) {
        const weight = flushed(exp(scores[j]! - most));
        total += weight;
        for (let c = 0; c < size; c++) sums[c]! += weight * f[query.v + j * size + c]!;
      }
      const inverse = total === 0 ? 0 : 1 / total;
      for (let c = 0; c < size; c++) f[saved + i * size + c] = sums[c]! * inverse;
      f[saved + queries * size + i] = most;
      f[saved + queries * (size + 1) + i] = inverse;
    }
  }
}

/** By queries, keys and values, for g = dL/d(what was read) and what `attention` saved. */
export function attentionGrad({ f }: Views, it: Operands<'attentionGrad'>): void {
  const { out, g, saved, n, heads, shared, queries, keys, width, size, scale } = it;
  const group = heads / shared;
  const all = group * queries * width + keys * (width + size);
  f.fill(0, out, out + n * shared * all);
  for (let of = 0; of < n * heads; of++) {
    const to = out + Math.floor(of / group) * all;
    const dk = to + group * queries * width;
    const dv = dk + keys * width;
    const read = saved + of * queries * (size + 2);
    for (let i = 0; i < queries; i++) {
      const query = queryOf(it, of, i);
      const byRead = g + (of * queries + i) * size;
      const mean = dot(f, byRead, read + i * size, size);
      const [most, inverse] = [f[read + queries * size + i]!, f[read + queries * (size + 1) + i]!];
      const dq = to + ((of % group) * queries + i) * width;
      for (let j = 0; j < query.reach; j++) {
        const weight = flushed(exp(scoreOf(f, it, query, j) - most)) * inverse;
        const slope =
          it.causal && j > i ? 0 : flushed(weight * (dot(f, byRead, query.v + j * size, size) - mean) * scale);
        for (let c = 0; c < size; c++) f[dv + j * size + c]! += weight * f[byRead + c]!;
        for (let c = 0; c < width; c++) {
          f[dk + j * width + c]! += slope * f[query.q + c]!;
          f[dq + c]! += slope * f[query.k + j * width + c]!;
        }
      }
    }
  }
}
