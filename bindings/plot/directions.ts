// Directions in the space of a model's weights: at random, or along which a training moved most.

import { check } from '../errors.js';
import type { Tensor } from '../tensor.js';

/** Weights by name, as `model.parameters()` returns them. */
export type Weights = Readonly<Record<string, Tensor>>;

/** Two directions, each a number for each weight, all in one row. */
export interface Directions {
  readonly names: readonly [string, string];
  readonly along: readonly [Float64Array, Float64Array];
}

/** All weights in one row. */
export const rowOf = (weights: Weights): Float64Array =>
  Float64Array.from(Object.values(weights).flatMap((tensor) => Array.from(tensor.values())));

/**
 * Two random directions, in which each filter (what makes one output of a layer) is as long as that of the weights, and
 * biases do not move: H. Li et al., Visualizing the loss landscape of neural nets, 2018.
 */
export function randomDirections(weights: Weights, seed: number): Directions {
  const draw = normals(seed);
  const one = (): Float64Array =>
    Float64Array.from(Object.values(weights).flatMap((tensor) => filterNormalised(tensor, draw)));
  return { names: ['random direction 1', 'random direction 2'], along: [one(), one()] };
}

function filterNormalised(tensor: Tensor, draw: () => number): number[] {
  const { shape } = tensor;
  if (shape.length < 2) return new Array<number>(tensor.size).fill(0);
  const values = tensor.values();
  const filters = shape.at(-1)!;
  const direction = Array.from(values, draw);
  const lengths = (of: ArrayLike<number>): number[] => {
    const squares = new Array<number>(filters).fill(0);
    for (let i = 0; i < of.length; i++) squares[i % filters]! += of[i]! ** 2;
    return squares.map(Math.sqrt);
  };
  const [own, drawn] = [lengths(values), lengths(direction)];
  return direction.map((value, i) => (value * own[i % filters]!) / (drawn[i % filters]! || 1));
}

/**
 * Normal numbers: mulberry32 (T. Ettinger, 2017), by Box and Muller. They decide nothing but where a picture is taken.
 */
function normals(seed: number): () => number {
  let state = seed | 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/**
 * The two directions, of length 1, along which weights moved most on their way to where they are (principal components
 * of their distances from there). `places` has the way in these directions.
 */
export function principalDirections(
  where: string,
  weights: Weights,
  way: readonly Weights[],
): Directions & { readonly places: [number, number][] } {
  const end = rowOf(weights);
  const rows = way.map((one) => rowOf(one).map((value, i) => value - end[i]!));
  check(
    rows.every(({ length }) => length === end.length),
    () => `${where}: weights must have those of the model, by name`,
  );
  const gram = rows.map((a) => rows.map((b) => dot(a, b)));
  const total = gram.reduce((sum, row, i) => sum + row[i]!, 0);
  const found = [0, 1].map(() => {
    const { value, vector } = largestEigen(gram);
    vector.forEach((a, i) => void vector.forEach((b, j) => void (gram[i]![j]! -= value * a * b)));
    const along = new Float64Array(end.length);
    rows.forEach((row, i) => void row.forEach((x, k) => void (along[k]! += x * vector[i]!)));
    const length = Math.sqrt(dot(along, along));
    return { share: value / total, along: along.map((x) => x / length) };
  }) as [{ share: number; along: Float64Array }, { share: number; along: Float64Array }];
  check(
    found.every(({ along, share }) => share > 1e-9 && along.every(Number.isFinite)),
    () => {
      return `${where}: weights must have moved in two directions at least, in three or more places`;
    },
  );
  const named = (i: 0 | 1): string => `principal direction ${i + 1} (${Math.round(found[i].share * 100)} % of the way)`;
  return {
    names: [named(0), named(1)],
    along: [found[0].along, found[1].along],
    places: rows.map((row) => [dot(row, found[0].along), dot(row, found[1].along)]),
  };
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** Of a symmetric matrix without negative eigenvalues, by powers. */
function largestEigen(matrix: readonly (readonly number[])[]): { value: number; vector: number[] } {
  let vector = matrix.map((_, i) => 1 + i / matrix.length);
  let value = 0;
  for (let turn = 0; turn < 500; turn++) {
    const next = matrix.map((row) => row.reduce((sum, x, j) => sum + x * vector[j]!, 0));
    value = Math.hypot(...next);
    if (!(value > 0)) break;
    vector = next.map((x) => x / value);
  }
  return { value, vector };
}
