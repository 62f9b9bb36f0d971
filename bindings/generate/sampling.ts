// Which token comes next, by the scores of all. In float64, with functions of our own, so that every engine chooses
// alike. Not here: what computes the scores (decoder.ts).

import { Domain } from '../../assembly/draws.js';
import { check } from '../errors.js';
import { exp } from '../kernels/math/exp.js';
import { fill, words } from '../kernels/random.js';
import type { TensorData } from '../tensor.js';

/** How tokens are chosen. */
export interface Sampling {
  readonly temperature: number;
  readonly topK: number | undefined;
  readonly topP: number;
  /** The words of what is drawn from. */
  readonly key: Int32Array;
}

/** The index of a token, by its scores: the likeliest, or one that is drawn by number `draw` of the key. */
export function chosen(logits: TensorData, { temperature, topK, topP, key }: Sampling, draw: number): number {
  const best = likeliest(logits);
  const most = logits[best]!;
  check(Number.isFinite(most), () => `generate: the largest of the logits is ${most}: no token can be chosen by it`);
  if (temperature === 0) return best;
  const isCut = topP < 1 || (topK !== undefined && topK < logits.length);
  const order = isCut ? ranked(logits) : undefined;
  const count = Math.min(topK ?? Infinity, logits.length);
  const tokenAt = (i: number): number => order?.[i] ?? i;
  const weights = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += weights[i] = exp((logits[tokenAt(i)]! - most) / temperature);
  return tokenAt(drawn(weights, isCut ? nucleus(weights, sum * topP) : sum, uniform(key, draw)));
}

/** The first of the largest; of numbers and NaN the NaN. */
function likeliest(logits: TensorData): number {
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    if (logits[i]! > logits[best]! || Number.isNaN(logits[i])) best = i;
    if (Number.isNaN(logits[i])) break;
  }
  return best;
}

/** The tokens from the likeliest on; of equal ones the first comes first. */
function ranked(logits: TensorData): Int32Array {
  const order = Int32Array.from(logits, (_, i) => i);
  return order.sort((a, b) => logits[b]! - logits[a]! || a - b);
}

/** The sum of the first weights, so many that it is at least `enough`; those behind become 0. */
function nucleus(weights: Float64Array, enough: number): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i]!;
    if (sum < enough) continue;
    weights.fill(0, i + 1);
    break;
  }
  return sum;
}

/** The index at which the weights add up to more than the share `u` of their sum. */
function drawn(weights: Float64Array, sum: number, u: number): number {
  let left = u * sum;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    last = i;
    left -= weights[i]!;
    if (left < 0) break;
  }
  return last;
}

/** Number `draw` of a key, in [0, 1), of 53 bits. */
function uniform(key: Int32Array, draw: number): number {
  fill(key, 0, Domain.draw, draw, 4);
  return ((words[0]! >>> 5) * 2 ** 26 + (words[1]! >>> 6)) / 2 ** 53;
}
