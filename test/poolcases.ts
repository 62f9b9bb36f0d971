// Rows of cases.ts: pooling of images and sequences, by windows, to a given size, and of all of each.

import { adaptiveAvgPool1d, adaptiveAvgPool2d } from '../bindings/ops/adaptive.js';
import { globalAvgPool1d, globalAvgPool2d, globalMaxPool1d, globalMaxPool2d } from '../bindings/ops/globalpooling.js';
import { type AvgPoolOptions, avgPool1d, avgPool2d, maxPool1d, maxPool2d } from '../bindings/ops/pooling.js';
import type { Shape } from '../bindings/shape.js';
import type { TensorData } from '../bindings/tensor.js';
import type { Case, Domain } from './cases.js';
import { at, indexed } from './indexed.js';

const wide: Domain = { low: -4, high: 4 };

type Two = readonly [number, number];

/** A window of one axis: [from, to) in the image, and how many elements there are with the padding. */
type Axis = readonly { readonly from: number; readonly to: number; readonly count: number }[];

/** PyTorch's windows over n elements. */
function explicit(n: number, size: number, stride: number, padding: number, ceil = false): Axis {
  const axis: { from: number; to: number; count: number }[] = [];
  for (let first = -padding; ceil ? first < n : first + size <= n + padding; first += stride) {
    const last = Math.min(first + size, n + padding);
    axis.push({ from: Math.max(0, first), to: Math.min(n, first + size), count: last - first });
    if (first + size >= n + padding) break;
  }
  return axis;
}

/** Keras's windows of 'same': the padding is no part of a mean. */
function same(n: number, size: number, stride: number): Axis {
  const out = Math.ceil(n / stride);
  const before = Math.floor(Math.max(0, (out - 1) * stride + size - n) / 2);
  return Array.from({ length: out }, (_, i) => {
    const [from, to] = [Math.max(0, i * stride - before), Math.min(n, i * stride - before + size)];
    return { from, to, count: to - from };
  });
}

const most = (values: readonly number[]): number => Math.max(...values);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Each window of images: `f` of its elements and its count. */
function pooled(x: TensorData, s: Shape, rows: Axis, columns: Axis, f: (values: number[], count: number) => number) {
  return indexed([s[0]!, rows.length, columns.length, s[3]!], ([n, i, j, c]) => {
    const [down, across] = [rows[i!]!, columns[j!]!];
    const values = indexed([down.to - down.from, across.to - across.from], ([p, q]) =>
      at(x, s, [n!, down.from + p!, across.from + q!, c!]),
    );
    return f(values, down.count * across.count);
  });
}

interface Windows {
  readonly size: Two;
  readonly options?: AvgPoolOptions;
  /** Of the two axes. */
  readonly axes: (height: number, width: number) => readonly [Axis, Axis];
  readonly shapes?: readonly Shape[];
}

/** Channels with every remainder of a vector. */
const IMAGES: readonly Shape[] = [
  [1, 4, 6, 1],
  [1, 5, 3, 3],
  [2, 4, 3, 4],
  [1, 3, 7, 5],
  [0, 3, 3, 2],
  [1, 3, 4, 0],
];

const WINDOWS: Readonly<Record<string, Windows>> = {
  '2x2': {
    size: [2, 2],
    axes: (h, w) => [explicit(h, 2, 2, 0), explicit(w, 2, 2, 0)],
    shapes: [...IMAGES, [2, 4, 6, 8], [2, 3, 5, 4]],
  },
  'that overlap': {
    size: [3, 2],
    options: { strides: [2, 1], padding: 1 },
    axes: (h, w) => [explicit(h, 3, 2, 1), explicit(w, 2, 1, 1)],
  },
  'rounded up': {
    size: [2, 3],
    options: { strides: [3, 2], padding: [1, 1], ceilMode: true },
    axes: (h, w) => [explicit(h, 2, 3, 1, true), explicit(w, 3, 2, 1, true)],
  },
  'padded to the same size': {
    size: [3, 4],
    options: { strides: 1, padding: 'same' },
    axes: (h, w) => [same(h, 3, 1), same(w, 4, 1)],
  },
  'larger than the image': {
    size: [9, 8],
    options: { strides: [2, 5], padding: 'same' },
    axes: (h, w) => [same(h, 9, 2), same(w, 8, 5)],
    shapes: [
      [1, 4, 3, 2],
      [1, 1, 1, 5],
      [1, 0, 3, 2],
    ],
  },
  'far apart': {
    size: [1, 2],
    options: { strides: 3, padding: 'same' },
    axes: (h, w) => [same(h, 1, 3), same(w, 2, 3)],
  },
};

const cases = Object.entries(WINDOWS).flatMap(([name, { size, options, axes, shapes = IMAGES }]): Case[] => {
  const row = { shapes: shapes.map((shape) => [shape]), domains: [wide], differentiable: [0] };
  const windows = (s: Shape) => axes(s[1]!, s[2]!);
  return [
    {
      ...row,
      name: `maxPool2d of windows ${name}`,
      call: (x) => maxPool2d(x, size, options),
      reference: ([x], [s]) => pooled(x!, s!, ...windows(s!), most),
    },
    {
      ...row,
      name: `avgPool2d of windows ${name}`,
      call: (x) => avgPool2d(x, size, options),
      reference: ([x], [s]) => pooled(x!, s!, ...windows(s!), (values, count) => sum(values) / count),
    },
  ];
});

const steps = (s: Shape): Shape => [s[0]!, s[1]!, 1, s[2]!];
const SEQUENCES: (readonly Shape[])[] = [[[2, 5, 3]], [[1, 7, 4]], [[0, 4, 2]]];
const ONE: Axis = [{ from: 0, to: 1, count: 1 }];

/** PyTorch's parts of n elements. */
const divided = (n: number, count: number): Axis =>
  Array.from({ length: count }, (_, i) => {
    const [from, to] = [Math.floor((i * n) / count), Math.ceil(((i + 1) * n) / count)];
    return { from, to, count: to - from };
  });

const mean = (values: readonly number[]): number => sum(values) / values.length;

const choices: Domain = { low: 0, high: 2, dtype: 'int32' };

/** All of an axis. */
const all = (n: number): Axis => [{ from: 0, to: n, count: n }];

/** Global pooling of sequences, by `f` of the steps that count. */
const ofSteps = (
  name: string,
  op: typeof globalAvgPool1d,
  f: (values: readonly number[]) => number,
): readonly Case[] => [
  {
    name,
    call: (x) => op(x),
    shapes: [...SEQUENCES, [[2, 1, 5]], [[1, 3, 0]]],
    domains: [wide],
    reference: ([x], [s]) => pooled(x!, steps(s!), all(s![1]!), ONE, f),
    differentiable: [0],
  },
  {
    name: `${name} with a mask`,
    call: (x, mask) => op(x, { mask, keepDims: true }),
    shapes: [...SEQUENCES, [[4, 2, 5]]].map(([s]) => [s!, s!.slice(0, 2)]),
    domains: [wide, choices],
    reference: ([x, mask], [s]) =>
      indexed([s![0]!, 1, s![2]!], ([n, , c]) => {
        const open = Array.from({ length: s![1]! }, (_, t) => t).filter(
          (t) => at(mask!, s!.slice(0, 2), [n!, t]) !== 0,
        );
        return open.length === 0 ? 0 : f(open.map((t) => at(x!, s!, [n!, t, c!])));
      }),
    differentiable: [0],
  },
];

export const POOL_CASES: readonly Case[] = [
  ...ofSteps('globalAvgPool1d', globalAvgPool1d, mean),
  ...ofSteps('globalMaxPool1d', globalMaxPool1d, most),
  ...(
    [
      ['globalAvgPool2d', globalAvgPool2d, mean],
      ['globalMaxPool2d', globalMaxPool2d, most],
    ] as const
  ).map(
    ([name, op, f]): Case => ({
      name,
      call: (x) => op(x, { keepDims: true }),
      shapes: IMAGES.map((shape) => [shape]),
      domains: [wide],
      reference: ([x], [s]) => pooled(x!, s!, all(s![1]!), all(s![2]!), f),
      differentiable: [0],
    }),
  ),
  ...cases,
  {
    name: 'avgPool2d without the padding',
    call: (x) => avgPool2d(x, 3, { padding: 1, strides: 1, countIncludePad: false }),
    shapes: IMAGES.map((shape) => [shape]),
    domains: [wide],
    reference: ([x], [s]) => pooled(x!, s!, explicit(s![1]!, 3, 1, 1), explicit(s![2]!, 3, 1, 1), mean),
    differentiable: [0],
  },
  {
    name: 'maxPool1d',
    call: (x) => maxPool1d(x, 3, { strides: 2, padding: 1 }),
    shapes: SEQUENCES,
    domains: [wide],
    reference: ([x], [s]) => pooled(x!, steps(s!), explicit(s![1]!, 3, 2, 1), ONE, most),
    differentiable: [0],
  },
  {
    name: 'avgPool1d',
    call: (x) => avgPool1d(x, 2, { padding: 'same' }),
    shapes: SEQUENCES,
    domains: [wide],
    reference: ([x], [s]) => pooled(x!, steps(s!), same(s![1]!, 2, 2), ONE, mean),
    differentiable: [0],
  },
  {
    name: 'adaptiveAvgPool2d',
    call: (x) => adaptiveAvgPool2d(x, [2, 3]),
    shapes: [[[2, 5, 7, 2]], [[1, 4, 3, 3]], [[1, 2, 6, 1]], [[1, 1, 2, 2]], [[0, 3, 3, 1]]],
    domains: [wide],
    reference: ([x], [s]) => pooled(x!, s!, divided(s![1]!, 2), divided(s![2]!, 3), mean),
    differentiable: [0],
  },
  {
    name: 'adaptiveAvgPool1d',
    call: (x) => adaptiveAvgPool1d(x, 4),
    shapes: [[[2, 5, 3]], [[1, 8, 2]], [[1, 3, 1]]],
    domains: [wide],
    reference: ([x], [s]) => pooled(x!, steps(s!), divided(s![1]!, 4), ONE, mean),
    differentiable: [0],
  },
];
