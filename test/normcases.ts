// Rows of cases.ts: normalisation of rows, of groups of channels, and of channels over a batch.

import { batchNorm } from '../bindings/ops/normalization/columns.js';
import { localResponseNorm } from '../bindings/ops/normalization/response.js';
import { groupNorm, instanceNorm, layerNorm, rmsNorm } from '../bindings/ops/normalization/rows.js';
import { type Shape, sizeOf } from '../bindings/shape.js';
import type { TensorData } from '../bindings/tensor.js';
import type { Case, Domain } from './cases.js';
import { at, indexed } from './indexed.js';

const wide: Domain = { low: -4, high: 4 };
/** So far from 0 that a sum in float32 would lose the differences. */
const far: Domain = { low: 90, high: 94 };
const positive: Domain = { low: 0.5, high: 3 };

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** The elements of `values` less their mean, over the root of their variance. */
function standardised(values: readonly number[], epsilon: number, about = mean(values)): number[] {
  const variance = mean(values.map((v) => (v - about) ** 2));
  return values.map((v) => (v - about) / Math.sqrt(variance + epsilon));
}

/** `x` with elements of the same group standardised together. */
function byGroup(
  x: TensorData,
  shape: Shape,
  groupOf: (index: readonly number[]) => string,
  f: (values: readonly number[]) => readonly number[],
): number[] {
  const names = indexedTexts(shape, groupOf);
  const out = new Array<number>(x.length);
  for (const name of new Set(names)) {
    const places = names.flatMap((other, i) => (other === name ? [i] : []));
    f(places.map((i) => x[i]!)).forEach((y, k) => {
      out[places[k]!] = y;
    });
  }
  return out;
}

function indexedTexts(shape: Shape, f: (index: readonly number[]) => string): string[] {
  const texts: string[] = [];
  indexed(shape, (index) => texts.push(f(index)));
  return texts;
}

const EPSILON = 1e-5;

/** Lengths with every remainder of the unrolled loops, and past what is added up in float32. */
const LENGTHS = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 523];
const rows = (more: (n: number) => readonly Shape[] = () => []): (readonly Shape[])[] => [
  ...LENGTHS.map((n): Shape[] => [[3, n], ...more(n)]),
  [[2, 2, 5], ...more(5)],
  [[0, 5], ...more(5)],
  [[5], ...more(5)],
];

const layer = (x: TensorData, cols: number): number[] =>
  Array.from({ length: x.length / cols }, (_, r) =>
    standardised(Array.from(x.slice(r * cols, (r + 1) * cols)), EPSILON),
  ).flat();

const rms = (x: TensorData, cols: number): number[] =>
  Array.from({ length: x.length / cols }, (_, r) =>
    standardised(Array.from(x.slice(r * cols, (r + 1) * cols)), 2 ** -23, 0),
  ).flat();

const affine = (y: readonly number[], gamma: TensorData, beta?: TensorData): number[] =>
  y.map((v, i) => v * gamma[i % gamma.length]! + (beta ? beta[i % beta.length]! : 0));

const CHANNELS: readonly Shape[] = [
  [2, 3],
  [3, 2, 4],
  [2, 3, 2, 6],
  [5, 17],
  [1, 4, 2],
  [0, 4],
];

const withChannels = (shapes: readonly Shape[], count: number): (readonly Shape[])[] =>
  shapes.map((shape) => [shape, ...new Array<Shape>(count).fill([shape.at(-1)!])]);

const batch = (x: TensorData, shape: Shape): number[] =>
  byGroup(
    x,
    shape,
    (index) => `${index.at(-1)}`,
    (values) => standardised(values, EPSILON),
  );

const groups = (x: TensorData, shape: Shape, count: number): number[] => {
  const each = shape.at(-1)! / count;
  const groupOf = (index: readonly number[]) => `${index[0]} ${Math.floor(index.at(-1)! / each)}`;
  return byGroup(x, shape, groupOf, (values) => standardised(values, EPSILON));
};

function response(x: TensorData, shape: Shape, size: number, alpha: number, beta: number, k: number): number[] {
  const channels = shape.at(-1)!;
  return indexed(shape, (index) => {
    const c = index.at(-1)!;
    const first = c - Math.floor(size / 2);
    let total = 0;
    for (let other = Math.max(0, first); other < Math.min(channels, first + size); other++)
      total += at(x, shape, [...index.slice(0, -1), other]) ** 2;
    return at(x, shape, index) / (k + (alpha / size) * total) ** beta;
  });
}

export const NORM_CASES: readonly Case[] = [
  {
    name: 'layerNorm',
    call: (x) => layerNorm(x),
    shapes: rows(),
    domains: [wide],
    reference: ([x], [s]) => layer(x!, s!.at(-1)!),
    differentiable: [0],
  },
  {
    name: 'layerNorm, gamma and beta',
    call: (x, gamma, beta) => layerNorm(x, { gamma, beta }),
    shapes: rows((n) => [[n], [n]]),
    domains: [wide, wide, wide],
    reference: ([x, gamma, beta], [s]) => affine(layer(x!, s!.at(-1)!), gamma!, beta!),
    differentiable: [0, 1, 2],
  },
  {
    name: 'layerNorm, beta alone, over two axes',
    call: (x, beta) => layerNorm(x, { beta, axis: -2 }),
    shapes: [
      [
        [2, 3, 4],
        [3, 4],
      ],
      [
        [2, 3],
        [2, 3],
      ],
    ],
    domains: [wide, wide],
    reference: ([x, beta], [, s]) => affine(layer(x!, sizeOf(s!)), Float64Array.of(1), beta!),
    differentiable: [0, 1],
  },
  {
    name: 'layerNorm, far from 0',
    call: (x) => layerNorm(x),
    shapes: [[[2, 37]], [[1, 1200]]],
    domains: [far],
    reference: ([x], [s]) => layer(x!, s!.at(-1)!),
  },
  {
    name: 'rmsNorm',
    call: (x) => rmsNorm(x),
    shapes: rows(),
    domains: [positive],
    reference: ([x], [s]) => rms(x!, s!.at(-1)!),
    differentiable: [0],
  },
  {
    name: 'rmsNorm, gamma',
    call: (x, gamma) => rmsNorm(x, { gamma }),
    shapes: rows((n) => [[n]]),
    domains: [positive, wide],
    reference: ([x, gamma], [s]) => affine(rms(x!, s!.at(-1)!), gamma!),
    differentiable: [0, 1],
  },
  {
    name: 'batchNorm',
    call: (x) => batchNorm(x),
    shapes: withChannels([...CHANNELS, [70, 5], [33, 1]], 0),
    domains: [wide],
    reference: ([x], [s]) => batch(x!, s!),
    differentiable: [0],
  },
  {
    name: 'batchNorm, gamma and beta',
    call: (x, gamma, beta) => batchNorm(x, { gamma, beta }),
    shapes: withChannels(CHANNELS, 2),
    domains: [wide, wide, wide],
    reference: ([x, gamma, beta], [s]) => affine(batch(x!, s!), gamma!, beta!),
    differentiable: [0, 1, 2],
  },
  {
    name: 'batchNorm, far from 0',
    call: (x) => batchNorm(x),
    shapes: [[[200, 3]]],
    domains: [far],
    reference: ([x], [s]) => batch(x!, s!),
  },
  {
    name: 'batchNorm by moments',
    call: (x, mean, variance, gamma) => batchNorm(x, { mean, variance, gamma }),
    shapes: withChannels(CHANNELS, 3),
    domains: [wide, wide, positive, wide],
    reference: ([x, m, v, gamma]) =>
      Array.from(x!, (value, i) => {
        const c = i % m!.length;
        return ((value - m![c]!) / Math.sqrt(v![c]! + EPSILON)) * gamma![c]!;
      }),
    differentiable: [0, 1, 2, 3],
  },
  {
    name: 'groupNorm',
    call: (x, gamma, beta) => groupNorm(x, 2, { gamma, beta }),
    shapes: withChannels(
      [
        [2, 4],
        [2, 3, 4],
        [1, 2, 3, 6],
        [3, 1, 2],
        [0, 3, 4],
      ],
      2,
    ),
    domains: [wide, wide, wide],
    reference: ([x, gamma, beta], [s]) => affine(groups(x!, s!, 2), gamma!, beta!),
    differentiable: [0, 1, 2],
  },
  {
    name: 'instanceNorm',
    call: (x) => instanceNorm(x),
    shapes: [[[2, 3, 4]], [[1, 2, 3, 5]], [[2, 5, 1]], [[0, 3, 4]]],
    domains: [wide],
    reference: ([x], [s]) => groups(x!, s!, s!.at(-1)!),
    differentiable: [0],
  },
  {
    name: 'localResponseNorm',
    call: (x) => localResponseNorm(x, 3, { alpha: 0.5, beta: 0.75, k: 2 }),
    shapes: [[[2, 5]], [[1, 2, 3, 4]], [[3, 1]], [[0, 4]]],
    domains: [wide],
    reference: ([x], [s]) => response(x!, s!, 3, 0.5, 0.75, 2),
    differentiable: [0],
  },
  {
    name: 'localResponseNorm of an even number',
    call: (x) => localResponseNorm(x, 4),
    shapes: [[[2, 7]], [[2, 2]]],
    domains: [wide],
    reference: ([x], [s]) => response(x!, s!, 4, 1e-4, 0.75, 1),
    differentiable: [0],
  },
];
