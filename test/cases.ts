// One row an op: how it is called, on which inputs, and its definition in float64. Every suite runs from this table.

import { adagradUpdate, adamUpdate, momentumUpdate, rmspropUpdate, sgdUpdate } from '../bindings/ops/optim.js';
import type { Shape } from '../bindings/shape.js';
import { type DType, Tensor, type TensorData } from '../bindings/tensor.js';

/** Where random inputs come from. */
export interface Domain {
  readonly low: number;
  readonly high: number;
  /** Points closer than this to a kink are moved away from it before differences are taken. */
  readonly kinks?: readonly number[];
  readonly dtype?: DType;
}

export interface Case {
  readonly name: string;
  /** The op, by its method. */
  readonly call: (...inputs: Tensor[]) => Tensor;
  /** Input shapes to try. */
  readonly shapes: readonly (readonly Shape[])[];
  readonly domains: readonly Domain[];
  /** The definition, over flat float64 inputs; shapes as given. */
  readonly reference: (inputs: readonly TensorData[], shapes: readonly Shape[]) => number[];
  /** Inputs with a gradient; none if absent. */
  readonly differentiable?: readonly number[];
  /** Inputs worth trying one by one: infinities, NaN, zeros, denormals. Default: all of them for elementwise ops. */
  readonly specials?: boolean;
}

/** Sizes at all tails of four lanes and of the unrolled loops. */
export const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 67];

export const SPECIALS = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1e-3,
  -1e-3,
  1e-38,
  -1e-38,
  1.4e-45,
  -1.4e-45,
  1e-41,
  88,
  -88,
  89,
  -104,
  3.4e38,
  -3.4e38,
  1e4,
  -1e4,
  Infinity,
  -Infinity,
  Number.NaN,
];

const wide: Domain = { low: -4, high: 4, kinks: [0] };
const positive: Domain = { low: 0.05, high: 4 };
const unit: Domain = { low: 0.02, high: 0.98 };
const labels: Domain = { low: 0, high: 3, dtype: 'int32' };

const vectors: (readonly Shape[])[] = SIZES.map((n) => [[n]]);

function elementwise(
  name: string,
  call: (x: Tensor) => Tensor,
  f: (x: number) => number,
  domain = wide,
  smooth = true,
): Case {
  return {
    name,
    call,
    shapes: [...vectors, [[]], [[3, 5]]],
    domains: [domain],
    reference: ([x]) => Array.from(x!, f),
    specials: true,
    ...(smooth ? { differentiable: [0] } : {}),
  };
}

/** Pairs of shapes that broadcast in every way the kernels walk, and in ways that need a copy first. */
const PAIRS: (readonly Shape[])[] = [
  ...SIZES.map((n): Shape[] => [[n], [n]]),
  ...[1, 4, 5, 17].flatMap((n): Shape[][] => [
    [[n], []],
    [[], [n]],
    [[3, n], [n]],
    [
      [3, n],
      [3, 1],
    ],
    [
      [3, 1],
      [3, n],
    ],
    [[n], [3, n]],
    [
      [3, 1],
      [1, n],
    ],
  ]),
  [
    [2, 3, 4],
    [2, 1, 4],
  ],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [
    [0, 3],
    [1, 3],
  ],
  [[], []],
];

function binary(
  name: string,
  call: (a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => number,
  { domains = [wide, positive], differentiable = [0, 1] as readonly number[], specials = true } = {},
): Case {
  return {
    name,
    call,
    shapes: PAIRS,
    domains,
    reference: ([a, b], [sa, sb]) => broadcastMap(a!, sa!, b!, sb!, f),
    specials,
    differentiable,
  };
}

/** NumPy's broadcasting, written from its definition. */
function broadcastMap(
  a: TensorData,
  sa: Shape,
  b: TensorData,
  sb: Shape,
  f: (a: number, b: number) => number,
): number[] {
  const rank = Math.max(sa.length, sb.length);
  const pad = (s: Shape) => [...new Array(rank - s.length).fill(1), ...s];
  const [pa, pb] = [pad(sa), pad(sb)];
  const out = pa.map((d, i) => (d === 1 ? pb[i] : d));
  const at = (index: number[], shape: number[]) =>
    index.reduce((flat, k, i) => flat * shape[i]! + (shape[i] === 1 ? 0 : k), 0);
  const total = out.reduce((p, d) => p * d, 1);
  return Array.from({ length: total }, (_, flat) => {
    const index: number[] = new Array(rank);
    for (let i = rank - 1, rest = flat; i >= 0; i--) {
      index[i] = rest % out[i];
      rest = Math.floor(rest / out[i]);
    }
    return f(a[at(index, pa)]!, b[at(index, pb)]!);
  });
}

/** Sums in the middle of [outer, k, inner]. */
function reduceMiddle(x: TensorData, outer: number, k: number, inner: number, f: (row: number[]) => number): number[] {
  return Array.from({ length: outer * inner }, (_, i) => {
    const [o, j] = [Math.floor(i / inner), i % inner];
    return f(Array.from({ length: k }, (_, r) => x[(o * k + r) * inner + j]!));
  });
}

const total = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0);

function overRows(x: TensorData, cols: number, f: (row: number[]) => number[]): number[] {
  return Array.from({ length: x.length / cols }, (_, r) => f(Array.from(x.slice(r * cols, (r + 1) * cols)))).flat();
}

function softmaxOf(row: readonly number[]): number[] {
  const max = Math.max(...row);
  const e = row.map((v) => Math.exp(v - max));
  return e.map((v) => v / total(e));
}

const logSumExp = (row: readonly number[]): number => {
  const max = Math.max(...row);
  return max + Math.log(total(row.map((v) => Math.exp(v - max))));
};

function product(
  a: TensorData,
  b: TensorData,
  m: number,
  k: number,
  n: number,
  transA = false,
  transB = false,
): number[] {
  return Array.from({ length: m * n }, (_, i) => {
    const [r, c] = [Math.floor(i / n), i % n];
    const terms = Array.from(
      { length: k },
      (_, p) => a[transA ? p * m + r : r * k + p]! * b[transB ? c * k + p : p * n + c]!,
    );
    return total(terms);
  });
}

/** m, k, n: tails of the 5x8 and 4x8 tiles, vectors, empty ones. Block edges are in gemm.test.ts. */
const PRODUCTS = [
  [1, 1, 1],
  [4, 2, 8],
  [4, 8, 1],
  [2, 4, 8],
  [1, 17, 33],
  [3, 5, 7],
  [5, 9, 8],
  [9, 16, 17],
  [33, 15, 9],
  [0, 3, 4],
  [3, 0, 4],
  [3, 4, 0],
] as const;

function matMulCase(transA: boolean, transB: boolean): Case {
  return {
    name: `matMul${transA ? ' transA' : ''}${transB ? ' transB' : ''}`,
    call: (a, b) => a.matMul(b, { transA, transB }),
    shapes: PRODUCTS.map(([m, k, n]) => [transA ? [k, m] : [m, k], transB ? [n, k] : [k, n]]),
    domains: [wide, wide],
    reference: ([a, b], [sa, sb]) => {
      const [m, k] = transA ? [sa![1]!, sa![0]!] : [sa![0]!, sa![1]!];
      return product(a!, b!, m, k, transB ? sb![0]! : sb![1]!, transA, transB);
    },
    differentiable: [0, 1],
  };
}

const rowShapes: (readonly Shape[])[] = [1, 2, 3, 4, 5, 8, 9, 17, 33].map((n) => [[3, n]]);

export const CASES: readonly Case[] = [
  elementwise(
    'neg',
    (x) => x.neg(),
    (x) => -x,
  ),
  elementwise('abs', (x) => x.abs(), Math.abs),
  elementwise('sign', (x) => x.sign(), Math.sign, wide),
  elementwise(
    'square',
    (x) => x.square(),
    (x) => x * x,
  ),
  elementwise('sqrt', (x) => x.sqrt(), Math.sqrt, positive),
  elementwise('exp', (x) => x.exp(), Math.exp),
  elementwise('log', (x) => x.log(), Math.log, positive),
  elementwise(
    'relu',
    (x) => x.relu(),
    (x) => Math.max(x, 0),
  ),
  elementwise(
    'leakyRelu',
    (x) => x.leakyRelu(0.125),
    (x) => (x > 0 ? x : 0.125 * x),
  ),
  elementwise(
    'sigmoid',
    (x) => x.sigmoid(),
    (x) => 1 / (1 + Math.exp(-x)),
  ),
  elementwise('tanh', (x) => x.tanh(), Math.tanh),
  elementwise(
    'softplus',
    (x) => x.softplus(),
    (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  ),

  binary(
    'add',
    (a, b) => a.add(b),
    (a, b) => a + b,
  ),
  binary(
    'sub',
    (a, b) => a.sub(b),
    (a, b) => a - b,
  ),
  binary(
    'mul',
    (a, b) => a.mul(b),
    (a, b) => a * b,
  ),
  binary(
    'div',
    (a, b) => a.div(b),
    (a, b) => a / b,
  ),
  binary('maximum', (a, b) => a.maximum(b), Math.max, { domains: [{ low: -4, high: 0 }, positive] }),
  binary('minimum', (a, b) => a.minimum(b), Math.min, { domains: [{ low: -4, high: 0 }, positive] }),
  binary(
    'greater',
    (a, b) => a.greater(b),
    (a, b) => (a > b ? 1 : 0),
    { differentiable: [] },
  ),
  binary(
    'equal',
    (a, b) => a.equal(b),
    (a, b) => (a === b ? 1 : 0),
    { differentiable: [] },
  ),
  binary(
    'equal int32',
    (a, b) => a.equal(b),
    (a, b) => (a === b ? 1 : 0),
    { domains: [labels, labels], differentiable: [], specials: false },
  ),
  binary(
    'reluGrad',
    (g, a) => g.reluGrad(a),
    (g, a) => (a > 0 ? g : 0),
    { differentiable: [0] },
  ),
  binary(
    'leakyReluGrad',
    (g, a) => g.leakyReluGrad(a, 0.125),
    (g, a) => (a > 0 ? g : 0.125 * g),
    { differentiable: [0] },
  ),
  binary(
    'sigmoidGrad',
    (g, a) => g.sigmoidGrad(a),
    (g, a) => g * a * (1 - a),
    // An activation's value is never large, so its square does not overflow.
    { domains: [wide, unit], specials: false },
  ),
  binary(
    'tanhGrad',
    (g, a) => g.tanhGrad(a),
    (g, a) => g * (1 - a * a),
    // An activation's value is never large, so its square does not overflow.
    { domains: [wide, unit], specials: false },
  ),

  {
    name: 'toFloat',
    call: (x) => x.toFloat(),
    shapes: vectors,
    domains: [{ low: -1000, high: 1000, dtype: 'int32' }],
    reference: ([x]) => Array.from(x!),
  },
  {
    name: 'sum',
    call: (x) => x.sum(),
    shapes: [...vectors, [[3, 5]], [[1000]]],
    domains: [wide],
    reference: ([x]) => [total(Array.from(x!))],
    differentiable: [0],
    specials: true,
  },
  ...[1, 7, 8, 9, 16, 23].map(
    (n): Case => ({
      name: `sum over axis 0 of [5, ${n}]`,
      call: (x) => x.sum(0),
      shapes: [[[5, n]], [[0, n]]],
      domains: [wide],
      reference: ([x], [s]) => reduceMiddle(x!, 1, s![0]!, n, total),
      differentiable: [0],
    }),
  ),
  {
    name: 'sum over a middle axis',
    call: (x) => x.sum(1),
    shapes: [[[2, 3, 4]], [[2, 5, 9]], [[2, 0, 3]]],
    domains: [wide],
    reference: ([x], [s]) => reduceMiddle(x!, s![0]!, s![1]!, s![2]!, total),
    differentiable: [0],
  },
  {
    name: 'mean over axes 0 and 2',
    call: (x) => x.mean([0, -1]),
    shapes: [[[2, 3, 4]], [[1, 5, 1]]],
    domains: [wide],
    reference: ([x], [s]) => {
      const [a, b, c] = s as [number, number, number];
      const rows = reduceMiddle(x!, a * b, c, 1, total);
      return reduceMiddle(Float64Array.from(rows), 1, a, b, total).map((v) => v / (a * c));
    },
    differentiable: [0],
  },
  {
    name: 'argMax over the last axis',
    call: (x) => x.argMax(),
    shapes: rowShapes,
    domains: [wide],
    reference: ([x], [s]) => overRows(x!, s![1]!, (row) => [row.indexOf(Math.max(...row))]),
  },
  {
    name: 'argMax over axis 0',
    call: (x) => x.argMax(0),
    shapes: [[[4, 3]], [[1, 5]]],
    domains: [wide],
    reference: ([x], [s]) => reduceMiddle(x!, 1, s![0]!, s![1]!, (row) => row.indexOf(Math.max(...row))),
  },
  {
    name: 'softmax',
    call: (x) => x.softmax(),
    shapes: rowShapes,
    domains: [wide],
    reference: ([x], [s]) => overRows(x!, s![1]!, softmaxOf),
    differentiable: [0],
  },
  {
    name: 'logSoftmax',
    call: (x) => x.logSoftmax(),
    shapes: rowShapes,
    domains: [wide],
    reference: ([x], [s]) => overRows(x!, s![1]!, (row) => row.map((v) => v - logSumExp(row))),
    differentiable: [0],
  },
  ...[1, 3, 4, 5, 10].map(
    (classes): Case => ({
      name: `crossEntropy of ${classes} classes`,
      call: (z, y) => z.crossEntropy(y),
      shapes: [
        [[3, classes], [3]],
        [[1, classes], [1]],
      ],
      domains: [wide, { low: 0, high: classes, dtype: 'int32' }],
      reference: ([z, y]) =>
        overRows(z!, classes, (row) => [logSumExp(row)]).map((v, r) => v - z![r * classes + y![r]!]!),
      differentiable: [0],
    }),
  ),
  ...([[[4]], [[1]], [[]]] as const).map(
    ([g]): Case => ({
      name: `crossEntropyGrad with g of ${g.length ? g : 'a scalar'}`,
      call: (g, z, y) => g.crossEntropyGrad(z, y),
      shapes: [[g, [4, 5], [4]]],
      domains: [wide, wide, { low: 0, high: 5, dtype: 'int32' }],
      reference: ([g, z, y]) =>
        overRows(z!, 5, softmaxOf).map((p, i) => {
          const r = Math.floor(i / 5);
          return g![g!.length === 1 ? 0 : r]! * (p - (i % 5 === y![r] ? 1 : 0));
        }),
      differentiable: [0, 1],
    }),
  ),
  matMulCase(false, false),
  matMulCase(true, false),
  matMulCase(false, true),
  matMulCase(true, true),
  {
    name: 'transpose',
    call: (x) => x.transpose(),
    shapes: [[[3, 5]], [[1, 4]], [[0, 3]], [[7]]],
    domains: [wide],
    reference: ([x], [s]) => {
      const [r, c] = s!.length === 2 ? (s as [number, number]) : [s![0]!, 1];
      return Array.from({ length: r * c }, (_, i) => x![(i % r) * c + Math.floor(i / r)]!);
    },
    differentiable: [0],
  },
  {
    name: 'transpose of three axes',
    call: (x) => x.transpose([2, 0, 1]),
    shapes: [[[2, 3, 4]], [[1, 3, 1]]],
    domains: [wide],
    reference: ([x], [s]) => {
      const [a, b, c] = s as [number, number, number];
      return Array.from({ length: a * b * c }, (_, i) => x![(i % (a * b)) * c + Math.floor(i / (a * b))]!);
    },
    differentiable: [0],
  },
  {
    name: 'broadcastTo',
    call: (x) => x.broadcastTo([2, 3, 4]),
    shapes: [[[]], [[4]], [[3, 1]], [[2, 1, 4]], [[2, 3, 4]]],
    domains: [wide],
    reference: ([x], [s]) => broadcastMap(x!, s!, new Float64Array(24), [2, 3, 4], (v) => v),
    differentiable: [0],
  },
  {
    name: 'reshape',
    call: (x) => x.reshape([-1, 2]).mul(2),
    shapes: [[[4]], [[2, 3]]],
    domains: [wide],
    reference: ([x]) => Array.from(x!, (v) => 2 * v),
    differentiable: [0],
  },
];

/** One optimizer update: `slots` tensors that are written, then the gradient, the learning rate and perhaps the step. */
export interface UpdateCase {
  readonly name: string;
  readonly slots: number;
  readonly call: (inputs: readonly Tensor[]) => Tensor;
  /** New [param, …slots] of one element after step t. */
  readonly reference: (values: readonly number[], g: number, lr: number, t: number) => number[];
}

export const UPDATES: readonly UpdateCase[] = [
  {
    name: 'sgd',
    slots: 1,
    call: (inputs) => new Tensor(sgdUpdate, inputs.slice(0, 3), {}),
    reference: ([p], g, lr) => [p! - lr * g],
  },
  ...[false, true].map(
    (nesterov): UpdateCase => ({
      name: nesterov ? 'nesterov' : 'momentum',
      slots: 2,
      call: (inputs) => new Tensor(momentumUpdate, inputs.slice(0, 4), { momentum: 0.9, nesterov }),
      reference: ([p, v], g, lr) => {
        const next = 0.9 * v! + g;
        return [p! - lr * (nesterov ? g + 0.9 * next : next), next];
      },
    }),
  ),
  {
    name: 'rmsprop',
    slots: 2,
    call: (inputs) => new Tensor(rmspropUpdate, inputs.slice(0, 4), { rho: 0.99, epsilon: 1e-8 }),
    reference: ([p, s], g, lr) => {
      const next = 0.99 * s! + (1 - 0.99) * g * g;
      return [p! - (lr * g) / (Math.sqrt(next) + 1e-8), next];
    },
  },
  {
    name: 'adagrad',
    slots: 2,
    call: (inputs) => new Tensor(adagradUpdate, inputs.slice(0, 4), { epsilon: 1e-10 }),
    reference: ([p, s], g, lr) => {
      const next = s! + g * g;
      return [p! - (lr * g) / (Math.sqrt(next) + 1e-10), next];
    },
  },
  {
    name: 'adam',
    slots: 3,
    call: (inputs) => new Tensor(adamUpdate, inputs, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }),
    reference: ([p, m, v], g, lr, t) => {
      const m1 = 0.9 * m! + (1 - 0.9) * g;
      const v1 = 0.999 * v! + (1 - 0.999) * g * g;
      const [mHat, vHat] = [m1 / (1 - 0.9 ** t), v1 / (1 - 0.999 ** t)];
      return [p! - (lr * mHat) / (Math.sqrt(vHat) + 1e-8), m1, v1];
    },
  },
];
