// One row an op: how it is called, on which inputs, and its definition in float64. Every suite runs from this table.

import { eye } from '../bindings/creation.js';
import {
  celu,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  hardTanh,
  logSigmoid,
  mish,
  prelu,
  relu6,
  selu,
  silu,
  softsign,
} from '../bindings/ops/activations.js';
import { acos, asin, atan2, hypot } from '../bindings/ops/angles.js';
import { permutation } from '../bindings/ops/chance.js';
import {
  atan,
  ceil,
  cos,
  erf,
  expm1,
  floor,
  geluGrad,
  log1p,
  normalCdf,
  pow,
  round,
  sin,
  tan,
} from '../bindings/ops/curves.js';
import { diag, tril, triu } from '../bindings/ops/diagonals.js';
import { gaussianNoise, spatialDropout1d, spatialDropout2d } from '../bindings/ops/disturbing.js';
import { floorDiv, mod } from '../bindings/ops/division.js';
import { dropout } from '../bindings/ops/dropout.js';
import { einsum } from '../bindings/ops/einsum.js';
import { scatter, scatterAdd, scatterAlongAxis, take, takeAlongAxis, takeAt } from '../bindings/ops/gather.js';
import { acosh, asinh, atanh, cosh, sinh } from '../bindings/ops/hyperbolic.js';
import { splitKeys } from '../bindings/ops/keys.js';
import { cholesky } from '../bindings/ops/linalg/cholesky.js';
import { det, slogdet } from '../bindings/ops/linalg/det.js';
import { qr } from '../bindings/ops/linalg/qr.js';
import { inv, solve } from '../bindings/ops/linalg/solve.js';
import { triangularSolve } from '../bindings/ops/linalg/triangular.js';
import { exp2, log2, log10, logAddExp, logSumExp } from '../bindings/ops/logarithms.js';
import { all, any, logicalAnd, logicalNot, logicalOr, logicalXor, maskedFill } from '../bindings/ops/logic.js';
import { binaryCrossEntropy, binaryCrossEntropyWithLogits, focal } from '../bindings/ops/losses/binary.js';
import {
  categoricalCrossEntropy,
  nllLoss,
  type SoftmaxCrossEntropyOptions,
  softmaxCrossEntropy,
} from '../bindings/ops/losses/classes.js';
import { gaussianNll, klDivergence, poissonNll } from '../bindings/ops/losses/densities.js';
import { contrastive, cosineEmbedding, hinge, squaredHinge, tripletMargin } from '../bindings/ops/losses/margins.js';
import {
  huber,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  pinball,
  smoothL1,
} from '../bindings/ops/losses/regression.js';
import { cosineSimilarity } from '../bindings/ops/losses/similarity.js';
import { meshgrid } from '../bindings/ops/meshgrid.js';
import { randomNormal, truncatedNormal } from '../bindings/ops/normal.js';
import { oneHot } from '../bindings/ops/onehot.js';
import { adagradUpdate, adamUpdate, momentumUpdate, rmspropUpdate, sgdUpdate } from '../bindings/ops/optim.js';
import { pad } from '../bindings/ops/pad.js';
import { dot, outer, prod } from '../bindings/ops/products.js';
import { foldIn } from '../bindings/ops/random.js';
import { cumProd, cumSum } from '../bindings/ops/scan.js';
import { concat, flip, roll, slice, split, stack, tile } from '../bindings/ops/slicing.js';
import { argSort, searchSorted, sort, topK } from '../bindings/ops/sort.js';
import { norm, std, variance } from '../bindings/ops/spread.js';
import { randomInt, randomUniform } from '../bindings/ops/uniform.js';
import { clip, where } from '../bindings/ops/where.js';
import { broadcastShapes, type Shape } from '../bindings/shape.js';
import { constantOf, type DType, Tensor, type TensorData } from '../bindings/tensor.js';
import { ATTENTION_CASES } from './attentioncases.js';
import { CONVOLUTIONS } from './convcases.js';
import { erf as exactErf, gelu as exactGelu, geluTanh as exactGeluTanh } from './exact.js';
import { IMAGE_CASES } from './imagecases.js';
import { at, indexed } from './indexed.js';
import {
  choleskyOf,
  determinantOf,
  identityOf,
  type Matrix,
  matricesOf,
  pairsOf,
  qrOf,
  solutionOf,
  turned,
} from './matrices.js';
import { NORM_CASES } from './normcases.js';
import { wordsOf } from './philox.js';
import { POOL_CASES } from './poolcases.js';
import { RECURRENT_CASES } from './recurrentcases.js';

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
  /** It is an elementwise op of so many tensors and nothing else: other tables have it by this row (test/places.ts). */
  readonly plain?: 1 | 2;
  /** Inputs worth trying one by one: infinities, NaN, zeros, denormals. Default: all of them for elementwise ops. */
  readonly specials?: boolean;
}

/** Lengths with every remainder of four lanes and of the unrolled loops. */
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
  specials = true,
): Case {
  return {
    name,
    call,
    plain: 1,
    shapes: [...vectors, [[]], [[3, 5]]],
    domains: [domain],
    reference: ([x]) => Array.from(x!, f),
    specials,
    ...(smooth ? { differentiable: [0] } : {}),
  };
}

/** Pairs of shapes that broadcast in every way that kernels can, and in ways that need a copy first. */
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
    plain: 2,
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

const logSumExpOf = (row: readonly number[]): number => {
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

/** m, k, n with every remainder of the 5x8 and 4x8 tiles, vectors, and empty ones. Block edges are in gemm.test.ts. */
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

/** x^y by IEEE 754: 1 where JavaScript has NaN. */
const power = (x: number, y: number): number =>
  x === 1 || y === 0 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;

function halfToEven(x: number): number {
  const low = Math.floor(x);
  return x - low === 0.5 ? low + (low % 2 === 0 ? 0 : 1) : Math.floor(x + 0.5);
}

/** What three shapes broadcast to. */
const shapeOfThree = (a: Shape, b: Shape, c: Shape): Shape => broadcastShapes('', broadcastShapes('', a, b), c);

const gradientOnly = { differentiable: [0] };
const narrow: Domain = { low: -1.2, high: 1.2, kinks: [0] };
const bent = (...kinks: number[]): Domain => ({ low: -4, high: 4, kinks });
const integers = [-4, -3, -2, -1, 0, 1, 2, 3, 4];

/** A reduction of [outer, k, inner] and of a vector, with keepDims or without. */
function reduction(
  name: string,
  call: (x: Tensor, axes?: number | readonly number[], keepDims?: boolean) => Tensor,
  f: (row: number[]) => number,
  { domain = wide, differentiable = [0] as readonly number[], empty = true } = {},
): Case[] {
  const row = { domains: [domain], differentiable };
  return [
    {
      ...row,
      name: `${name} over all axes`,
      call: (x) => call(x),
      shapes: [...SIZES.filter((n) => n > 1 || empty).map((n): Shape[] => [[n]]), [[]], [[3, 5]]],
      reference: ([x]) => [f(Array.from(x!))],
    },
    {
      ...row,
      name: `${name} over a middle axis`,
      call: (x) => call(x, -2),
      shapes: [
        [[2, 3, 4]],
        [[2, 5, 9]],
        [[3, 2]],
        [[5, 17]],
        [[2, 3, 0]],
        ...(empty ? [[[2, 0, 3]], [[2, 1, 3]]] : []),
      ],
      reference: ([x], [s]) => {
        const [outer, k, inner] = s!.length === 2 ? [1, ...s!] : s!;
        return reduceMiddle(x!, outer!, k!, inner!, f);
      },
    },
    {
      ...row,
      name: `${name} over axes 0 and 2, kept`,
      call: (x) => call(x, [0, -1], true),
      shapes: [[[2, 3, 4]], [[3, 1, 1]]],
      reference: ([x], [s]) => {
        const [a, b, c] = s as [number, number, number];
        const rowOf = (j: number) =>
          Array.from({ length: a * c }, (_, i) => x![(Math.floor(i / c) * b + j) * c + (i % c)]!);
        return Array.from({ length: b }, (_, j) => f(rowOf(j)));
      },
    },
  ];
}

const meanOf = (row: readonly number[]): number => total(row) / row.length;
const varianceOf = (row: readonly number[], correction: number): number =>
  total(row.map((v) => (v - meanOf(row)) ** 2)) / Math.max(0, row.length - correction);

/** A product of matrices with a batch, written from its definition. */
function batched(name: string, options: { transA?: boolean; transB?: boolean }, shapes: Case['shapes']): Case {
  const { transA = false, transB = false } = options;
  const turn = (s: Shape, swap: boolean): Shape => (swap ? [...s.slice(0, -2), s.at(-1)!, s.at(-2)!] : s);
  return {
    name,
    call: (a, b) => a.matMul(b, options),
    shapes,
    domains: [wide, wide],
    reference: ([a, b], [sa, sb]) => {
      const [ra, rb] = [sa!.length === 1 ? [1, ...sa!] : sa!, sb!.length === 1 ? [...sb!, 1] : sb!];
      const [ta, tb] = [turn(ra, transA), turn(rb, transB)];
      const rank = Math.max(ta.length, tb.length);
      const batch = Array.from({ length: rank - 2 }, (_, i) => {
        const [p, q] = [ta[i - rank + ta.length] ?? 1, tb[i - rank + tb.length] ?? 1];
        return p === 1 ? q : p;
      });
      const index = (s: Shape, i: readonly number[]) =>
        i.slice(i.length - s.length).map((k, d) => (d < s.length - 2 && s[d] === 1 ? 0 : k));
      const read = (x: TensorData, s: Shape, i: readonly number[], swap: boolean) => at(x, s, turn(index(s, i), swap));
      return indexed([...batch, ta.at(-2)!, tb.at(-1)!], (i) => {
        const [outer, r, c] = [i.slice(0, -2), i.at(-2)!, i.at(-1)!];
        const terms = Array.from({ length: ta.at(-1)! }, (_, k) => {
          return read(a!, ra, [...outer, r, k], transA) * read(b!, rb, [...outer, k, c], transB);
        });
        return total(terms);
      });
    },
    differentiable: [0, 1],
  };
}

/** An equation, checked by summing over every index. */
function einsumCase(equation: string, shapes: readonly Shape[]): Case {
  const [left, right] = equation.split('->') as [string, string?];
  // The axes of an ellipsis are digits, counted from the right; where they are 1 they are repeated.
  const digits = (labels: string, rank: number): string => labels.replace('...', '210'.slice(labels.length - rank));
  const inputs = left.split(',').map((labels, i) => digits(labels, shapes[i]!.length));
  const all = [...new Set(inputs.join(''))];
  const hidden = all
    .filter((label) => label < 'A')
    .sort()
    .reverse();
  const once = all.filter((label) => left.indexOf(label) === left.lastIndexOf(label) && label > '9').sort();
  const implicit = [...hidden, ...once];
  const output = right === undefined ? implicit : [...right.replace('...', hidden.join(''))];
  const summed = all.filter((label) => !output.includes(label));
  const sizeOfLabel = (label: string) =>
    Math.max(...inputs.map((labels, i) => (labels.includes(label) ? shapes[i]![labels.indexOf(label)]! : -1)));
  return {
    name: `einsum ${equation}`,
    call: (...operands) => einsum(equation, ...operands),
    shapes: [shapes],
    domains: shapes.map(() => wide),
    reference: (data) =>
      indexed(output.map(sizeOfLabel), (outer) => {
        const terms = indexed(summed.map(sizeOfLabel), (inner) => {
          const place = (label: string) => [...outer, ...inner][[...output, ...summed].indexOf(label)]!;
          const index = (labels: string, shape: Shape) =>
            [...labels].map((label, axis) => (shape[axis] === 1 ? 0 : place(label)));
          return inputs.reduce((p, labels, i) => p * at(data[i]!, shapes[i]!, index(labels, shapes[i]!)), 1);
        });
        return total(terms);
      }),
    differentiable: shapes.map((_, i) => i),
  };
}

/** An op that moves elements: which element of x each element of the result is; undefined for `fill`. */
function movement(
  name: string,
  call: (x: Tensor) => Tensor,
  shapes: readonly Shape[],
  result: (shape: Shape) => Shape,
  source: (index: readonly number[], shape: Shape) => readonly number[] | undefined,
  fill = 0,
): Case[] {
  const both = {
    call,
    shapes: shapes.map((s) => [s]),
    reference: ([x]: readonly TensorData[], [s]: readonly Shape[]) =>
      indexed(result(s!), (index) => {
        const from = source(index, s!);
        return from ? at(x!, s!, from) : fill;
      }),
  };
  return [
    { ...both, name, domains: [wide], differentiable: [0] },
    { ...both, name: `${name} of int32`, domains: [{ low: -9, high: 9, dtype: 'int32' }] },
  ];
}

const indices = (low: number, high: number): Domain => ({ low, high, dtype: 'int32' });

/** All of int32. */
const allInts = indices(-(2 ** 31), 2 ** 31);

const ofInts = (
  name: string,
  call: (a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => number,
  domains: [Domain, Domain] = [allInts, allInts],
): Case => binary(`${name} of int32`, call, f, { domains, differentiable: [], specials: false });

/** An index that counts from the end if it is negative; undefined where it is out of range. */
function place(index: number, size: number): number | undefined {
  const at = index < 0 ? index + size : index;
  return at >= 0 && at < size ? at : undefined;
}

/** As PyTorch's remainder. */
function modOf(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

/** As PyTorch's floor_divide. */
function floorDivOf(a: number, b: number): number {
  if (b === 0) return a / b;
  const rest = a % b;
  const whole = (a - rest) / b;
  return Math.round(rest !== 0 && rest < 0 !== b < 0 ? whole - 1 : whole);
}

const unitBall: Domain = { low: -0.95, high: 0.95 };

const logAddExpOf = (a: number, b: number): number => {
  const most = Math.max(a, b);
  return Math.abs(most) === Infinity ? most : most + Math.log1p(Math.exp(-Math.abs(a - b)));
};

/** PyTorch's padding along an axis of n: which element is at place i, before which are `before` others. */
const padded: Readonly<Record<string, (i: number, n: number) => number>> = {
  reflect: (i, n) => (i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i),
  edge: (i, n) => Math.min(Math.max(i, 0), n - 1),
  wrap: (i, n) => (i + n) % n,
};
/** Sides of matrices with both remainders of two lanes, and larger ones. */
const SIDES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17];

const entries: Domain = { low: -1, high: 1 };

/**
 * What makes a matrix of `entries` one that can be solved well: 2√n on a diagonal, the other one if it is `crossed`.
 */
const weight = (i: number, j: number, rows: number, columns: number, crossed: boolean): number =>
  (crossed ? rows - 1 - i : i) === j ? Math.fround(2 * Math.sqrt(Math.max(rows, columns))) : 0;

function weighted(x: Tensor, crossed: boolean): Tensor {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const diagonal = eye(rows, columns).mul(weight(0, 0, rows, columns, false));
  return x.add(crossed ? flip(diagonal, 0) : diagonal);
}

const weightedMatrix = (a: Matrix, crossed: boolean): number[][] =>
  a.map((row, i) => row.map((v, j) => v + weight(i, j, a.length, row.length, crossed)));

/** A function of each matrix of a batch. */
function ofMatrices(
  name: string,
  call: (a: Tensor) => Tensor,
  f: (a: Matrix) => readonly number[],
  { crossed = true, differentiable = [0] as readonly number[], shapes = [] as readonly Shape[] } = {},
): Case {
  return {
    name,
    call: (a) => call(weighted(a, crossed)),
    shapes: [...(shapes.length ? shapes : SIDES.map((n) => [n, n])), [3, 4, 4], [2, 3, 2, 2], [0, 3, 3]].map((s) => [
      s,
    ]),
    domains: [entries],
    reference: ([a], [s]) => matricesOf(a!, s!).flatMap((matrix) => [...f(weightedMatrix(matrix, crossed))]),
    differentiable,
  };
}

/** A function of a square matrix and of the right sides of a system. */
function ofSystems(
  name: string,
  call: (a: Tensor, b: Tensor) => Tensor,
  f: (a: Matrix, b: Matrix) => Matrix,
  sides = SIDES,
): Case {
  return {
    name,
    call,
    shapes: [
      ...sides.map((n): Shape[] => [
        [n, n],
        [n, (n % 4) + 1],
      ]),
      [[5, 5], [5]],
      [[2, 3, 3], [3]],
      [
        [4, 4],
        [4, 0],
      ],
      [
        [3, 4, 4],
        [3, 4, 2],
      ],
      [
        [2, 1, 3, 3],
        [4, 3, 2],
      ],
      [
        [2, 2],
        [0, 2, 2],
      ],
    ],
    domains: [entries, wide],
    reference: ([a, b], [sa, sb]) =>
      pairsOf(a!, sa!, b!, sb!.length === 1 ? [...sb!, 1] : sb!).flatMap(([matrix, right]) => f(matrix, right).flat()),
    differentiable: [0, 1],
  };
}

/** The system that `triangularSolve` sees, as one for `solutionOf`. */
function triangularMatrix(a: Matrix, lower: boolean, transA: boolean, unitDiagonal: boolean): number[][] {
  const kept = a.map((row, i) => row.map((v, j) => (i === j ? (unitDiagonal ? 1 : v + 2) : lower === i > j ? v : 0)));
  return transA ? turned(kept) : kept;
}

function triangularCase(lower: boolean, transA: boolean, unitDiagonal: boolean): Case {
  const options = { lower, transA, unitDiagonal };
  const scale = (n: number) => Math.fround(1 / Math.sqrt(n || 1));
  const text = Object.entries(options).map(([name, value]) => (value ? ` ${name}` : ''));
  return ofSystems(
    `triangularSolve${text.join('')}`,
    (a, b) => triangularSolve(a.mul(scale(a.shape.at(-1)!)).add(eye(a.shape.at(-1)!).mul(2)), b, options),
    (a, b) => {
      const scaled = a.map((row) => row.map((v) => v * scale(a.length)));
      return solutionOf(triangularMatrix(scaled, lower, transA, unitDiagonal), b);
    },
    [0, 1, 2, 3, 5, 8, 9],
  );
}

const RECTANGLES: Shape[] = [
  [1, 1],
  [2, 2],
  [3, 3],
  [5, 5],
  [8, 8],
  [3, 1],
  [3, 2],
  [9, 4],
  [17, 5],
  [1, 3],
  [2, 3],
  [4, 9],
  [4, 0],
  [0, 4],
  [2, 4, 3],
  [2, 2, 4],
];

function qrCase(name: string, call: (a: Tensor) => Tensor, f: (a: Matrix) => readonly number[]): Case {
  return ofMatrices(`qr, ${name}`, call, f, { shapes: RECTANGLES });
}

const each = { reduction: 'none' } as const;

type EachOp = (prediction: Tensor, target: Tensor, options: typeof each) => Tensor;

/** A loss of each element. A scalar is repeated. Reductions: losses.test.ts. */
const elementLoss = (
  name: string,
  loss: EachOp,
  f: (p: number, t: number) => number,
  domains: Domain[] = [{ low: -4, high: 4 }, unit],
): Case => ({
  name,
  call: (p, t) => loss(p, t, each),
  shapes: [
    ...SIZES.map((n): Shape[] => [[n], [n]]),
    [
      [3, 5],
      [3, 5],
    ],
    [[5], []],
    [[], [5]],
  ],
  domains,
  reference: ([p, t], [sp, st]) => broadcastMap(p!, sp!, t!, st!, f),
  differentiable: [0, 1],
});

/** A loss of each row, of class indices and of distributions; `f` is the loss of one class. */
function rowLoss(name: string, loss: EachOp, f: (row: number[], label: number) => number, domain: Domain): Case[] {
  const rows = (p: TensorData, shape: Shape, of: (row: number[], r: number) => number): number[] => {
    const classes = shape.at(-1)!;
    return times(p.length / classes, (r) => of(Array.from(p.slice(r * classes, (r + 1) * classes)), r));
  };
  const call = (p: Tensor, t: Tensor): Tensor => loss(p, t, each);
  const shapes = [[0, 3], [3], ...[3, 4, 5, 8, 9, 17].map((classes) => [3, classes]), [2, 3, 4]];
  return [
    {
      name: `${name} of classes`,
      call,
      shapes: shapes.map((shape) => [shape, shape.slice(0, -1)]),
      domains: [domain, labels],
      reference: ([p, t], [s]) => rows(p!, s!, (row, r) => f(row, t![r]!)),
      differentiable: [0],
    },
    {
      name: `${name} of distributions`,
      call,
      shapes: shapes.map((shape) => [shape, shape]),
      domains: [domain, unit],
      reference: ([p, t], [s]) =>
        rows(p!, s!, (row, r) => total(row.map((_, label) => t![r * row.length + label]! * f(row, label)))),
      differentiable: [0, 1],
    },
  ];
}

/**
 * softmaxCrossEntropy with options, of class indices and of distributions, by the formulas of PyTorch's
 * CrossEntropyLoss.
 */
function softmaxCases(name: string, options: SoftmaxCrossEntropyOptions, weights: readonly number[]): Case[] {
  const { labelSmoothing: share = 0, ignoreIndex } = options;
  const call = (p: Tensor, t: Tensor): Tensor => softmaxCrossEntropy(p, t, { ...each, ...options });
  const shapes: Shape[] = [[0, 3], [3], [4, 3], [2, 3, 3], [17, 3]];
  const loss = (row: readonly number[], target: readonly number[]): number =>
    total(row.map((z, c) => weights[c]! * (target[c]! * (1 - share) + share / 3) * (logSumExpOf(row) - z)));
  const rows = (p: TensorData, target: (r: number) => readonly number[]): number[] =>
    times(p.length / 3, (r) => loss(Array.from(p.slice(3 * r, 3 * r + 3)), target(r)));
  const oneHotOf = (label: number): number[] => [0, 1, 2].map((c) => (c === label ? 1 : 0));
  const ofIndices: Case = {
    name: `softmaxCrossEntropy of classes with ${name}`,
    call,
    shapes: shapes.map((shape) => [shape, shape.slice(0, -1)]),
    domains: [wide, labels],
    reference: ([p, t]) => rows(p!, (r) => oneHotOf(t![r]!)).map((v, r) => (t![r] === ignoreIndex ? 0 : v)),
    differentiable: [0],
  };
  if (ignoreIndex !== undefined) return [ofIndices];
  const ofDistributions: Case = {
    name: `softmaxCrossEntropy of distributions with ${name}`,
    call,
    shapes: shapes.map((shape) => [shape, shape]),
    domains: [wide, unit],
    reference: ([p, t]) => rows(p!, (r) => Array.from(t!.slice(3 * r, 3 * r + 3))),
    differentiable: [0, 1],
  };
  return [ofIndices, ofDistributions];
}

/** A function of vectors, the last axes of its inputs: a number for each of the rows. */
function ofVectors(
  name: string,
  call: (...vectors: Tensor[]) => Tensor,
  f: (...vectors: number[][]) => number,
  count: number,
): Case {
  const sizes: Shape[] = [...[1, 2, 3, 4, 5, 8, 9, 17].map((n) => [3, n]), [5], [2, 3, 4], [0, 3], [17, 3]];
  return {
    name,
    call,
    shapes: sizes.map((shape) => times(count, () => shape)),
    domains: times(count, (i) => ({ low: i, high: i + 1.5 })),
    reference: (inputs, [shape]) => {
      const width = shape!.at(-1)!;
      const rowOf = (x: TensorData, r: number) => Array.from(x.slice(r * width, (r + 1) * width));
      return times(inputs[0]!.length / width, (r) => f(...inputs.map((x) => rowOf(x, r))));
    },
    differentiable: times(count, (i) => i),
  };
}

const dotOf = (a: readonly number[], b: readonly number[]): number => total(a.map((v, i) => v * b[i]!));
const cosineOf = (a: readonly number[], b: readonly number[]): number =>
  dotOf(a, b) / Math.sqrt(dotOf(a, a) * dotOf(b, b));
/** PyTorch's pairwise_distance. */
const distanceOf = (a: readonly number[], b: readonly number[]): number =>
  Math.sqrt(total(a.map((v, i) => (v - b[i]! + 1e-6) ** 2)));
const sigmoidOf = (z: number): number => 1 / (1 + Math.exp(-z));

/** Lin et al.: -α_t (1 - p_t)^γ ln p_t, for labels of 0 and 1; the formula of torchvision for those between. */
function focalOf(z: number, y: number, alpha: number, gamma: number): number {
  const p = sigmoidOf(z);
  const entropy = -y * Math.log(p) - (1 - y) * Math.log(1 - p);
  const pt = p * y + (1 - p) * (1 - y);
  const weight = alpha < 0 ? 1 : alpha * y + (1 - alpha) * (1 - y);
  return weight * (1 - pt) ** gamma * entropy;
}

const KEY = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
const aKey = constantOf(Int32Array.from(KEY), [4], 'int32');

/** Whether 16 random bits keep element i. */
const isKept = (words: Int32Array, i: number, rate: number): boolean => {
  const word = words[4 * (i >> 3) + (i & 3)]!;
  return (i & 4 ? word >>> 16 : word & 0xffff) >= Math.round(rate * 65536);
};

/** What is drawn from a key, for n at vector tails: `reference` makes it of the key's words. */
function drawing(
  name: string,
  call: (n: number, key: Tensor) => Tensor,
  reference: (words: Int32Array, n: number) => number[],
): Case[] {
  return [0, 1, 3, 4, 5, 8, 9, 17, 600].map((n) => ({
    name: `${name} of ${n}`,
    call: (key) => call(n, key),
    shapes: [[[4]]],
    domains: [{ low: -(2 ** 23), high: 2 ** 23, dtype: 'int32' }],
    reference: ([key]) => reference(wordsOf(key!, 0, 0, n + 8), n),
  }));
}

const times = <T = number>(n: number, f: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => f(i));
const unitOf = (word: number): number => (word >>> 8) / 2 ** 24;

function boxMuller(words: Int32Array, i: number): number {
  const pair = 8 * Math.floor(i / 8) + (i % 4);
  const distance = Math.sqrt(-2 * Math.log(((words[pair]! >>> 8) + 1) / 2 ** 24));
  const turn = words[pair + 4]!;
  const angle = ((turn >> 8) + 0.5) * (Math.PI / 2 ** 25);
  const [cosine, sine] = [Math.cos(angle) * (turn & 2 ? -1 : 1), Math.sin(angle)];
  return distance * (i % 8 < 4 === !(turn & 1) ? cosine : sine);
}

/** The z below which a part p of a normal distribution lies, by bisection. */
function quantile(p: number): number {
  let [low, high] = [-3, 3];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if ((1 + exactErf(middle / Math.SQRT2)) / 2 < p) low = middle;
    else high = middle;
  }
  return low;
}

function fisherYates(words: Int32Array, n: number): number[] {
  const items = times(n, (i) => i);
  for (let i = n - 1, at = 0; i > 0; i--, at++) {
    const j = Math.floor(((words[at]! >>> 0) / 2 ** 32) * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

export const CASES: readonly Case[] = [
  ...IMAGE_CASES,
  ...NORM_CASES,
  ...ATTENTION_CASES,
  ...POOL_CASES,
  ...RECURRENT_CASES,
  {
    ...elementwise(
      'dropout',
      (x) => dropout(x, 0.4, { key: aKey }),
      (x) => x,
      { low: -4, high: 4 },
      true,
      false,
    ),
    plain: undefined,
    reference: ([x]) => {
      const words = wordsOf(KEY, 0, 0, x!.length + 8);
      return Array.from(x!, (value, i) => (isKept(words, i, 0.4) ? value / (1 - 0.4) : 0));
    },
  },
  ...(
    [
      ['spatialDropout1d', spatialDropout1d, [[[2, 3, 5]], [[1, 1, 1]], [[3, 0, 2]]]],
      ['spatialDropout2d', spatialDropout2d, [[[2, 3, 2, 5]], [[1, 1, 1, 1]], [[0, 2, 2, 3]]]],
    ] as const
  ).map(
    ([name, op, shapes]): Case => ({
      name,
      call: (x) => op(x!, 0.4, { key: aKey }),
      shapes,
      domains: [{ low: -4, high: 4 }],
      reference: ([x], [shape]) => {
        const [n, channels] = [shape![0]!, shape!.at(-1)!];
        const words = wordsOf(KEY, 0, 0, n * channels + 8);
        const each = x!.length / Math.max(1, n); // of one sample
        return Array.from(x!, (value, i) => {
          const feature = Math.floor(i / each) * channels + (i % channels);
          return isKept(words, feature, 0.4) ? value / (1 - 0.4) : 0;
        });
      },
      differentiable: [0],
    }),
  ),
  {
    name: 'gaussianNoise',
    call: (x) => gaussianNoise(x!, 0.5, { key: aKey }),
    shapes: SIZES.map((n) => [[n]]),
    domains: [{ low: -4, high: 4 }],
    reference: ([x]) => {
      const words = wordsOf(KEY, 0, 0, x!.length + 8);
      return Array.from(x!, (value, i) => value + 0.5 * boxMuller(words, i));
    },
    differentiable: [0],
  },
  ...drawing(
    'randomUniform',
    (n, key) => randomUniform([n], { key, low: -1, high: 3 }),
    (words, n) => times(n, (i) => 4 * unitOf(words[i]!) - 1),
  ),
  ...drawing(
    'randomInt',
    (n, key) => randomInt([n], { key, low: -5, high: 2 ** 31 }),
    (words, n) => times(n, (i) => Math.floor(((words[i]! >>> 0) / 2 ** 32) * (2 ** 31 + 5)) - 5),
  ),
  ...drawing(
    'randomNormal',
    (n, key) => randomNormal([n], { key, mean: 1, std: 2 }),
    (words, n) => times(n, (i) => 1 + 2 * boxMuller(words, i)),
  ),
  ...drawing(
    'truncatedNormal',
    (n, key) => truncatedNormal([n], { key }),
    (words, n) => times(n, (i) => quantile(0.5 + (unitOf(words[i]!) + 2 ** -25 - 0.5) * exactErf(Math.SQRT2))),
  ),
  ...drawing('permutation', (n, key) => permutation(n, { key }), fisherYates),
  {
    name: 'splitKeys',
    call: (key) => splitKeys(key, 5),
    shapes: [[[4]]],
    domains: [{ low: -9, high: 9, dtype: 'int32' }],
    reference: ([key]) => [...wordsOf(key!, 1, 0, 20)],
  },
  {
    name: 'foldIn',
    call: (key, i) => foldIn(key, i),
    shapes: [[[4], []]],
    domains: [
      { low: -9, high: 9, dtype: 'int32' },
      { low: -9, high: 9, dtype: 'int32' },
    ],
    reference: ([key, i]) => [...wordsOf(key!, 2, i![0]!, 4)],
  },
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

  elementwise('expm1', (x) => expm1(x), Math.expm1),
  elementwise('log1p', (x) => log1p(x), Math.log1p, { low: -0.9, high: 4 }),
  elementwise('sin', (x) => sin(x), Math.sin),
  elementwise('cos', (x) => cos(x), Math.cos),
  elementwise('tan', (x) => tan(x), Math.tan, narrow),
  elementwise('atan', (x) => atan(x), Math.atan),
  elementwise('erf', (x) => erf(x), exactErf),
  elementwise(
    'gelu, the distribution',
    (x) => normalCdf(x),
    (x) => (1 + exactErf(x * Math.SQRT1_2)) / 2,
  ),
  binary(
    'gelu, the slope',
    (x, cdf) => geluGrad(x, cdf),
    (x, cdf) => cdf + (x * Math.exp(-(x ** 2) / 2)) / Math.sqrt(2 * Math.PI),
    { domains: [wide, unit], specials: false },
  ),
  elementwise('floor', (x) => floor(x), Math.floor, bent(...integers)),
  elementwise('ceil', (x) => ceil(x), Math.ceil, bent(...integers)),
  elementwise('round', (x) => round(x), halfToEven, bent(...integers.map((n) => n + 0.5))),
  elementwise(
    'round of halves',
    (x) => round(floor(x.mul(2)).div(2)),
    (x) => halfToEven(Math.floor(2 * x) / 2),
    wide,
    false,
    false,
  ),
  elementwise(
    'rsqrt',
    (x) => x.rsqrt(),
    (x) => 1 / Math.sqrt(x),
    positive,
  ),
  elementwise(
    'reciprocal',
    (x) => x.reciprocal(),
    (x) => 1 / x,
    positive,
  ),
  elementwise(
    'clip',
    (x) => clip(x, -1, 2),
    (x) => Math.min(Math.max(x, -1), 2),
    bent(-1, 2),
  ),
  elementwise(
    'zerosLike',
    (x) => x.zerosLike(),
    () => 0,
    wide,
    false,
  ),
  elementwise(
    'onesLike',
    (x) => x.onesLike(),
    () => 1,
    wide,
    false,
  ),
  elementwise(
    'isNaN',
    (x) => x.isNaN(),
    (x) => +Number.isNaN(x),
  ),
  elementwise(
    'relu6',
    (x) => relu6(x.mul(2)),
    (x) => Math.min(Math.max(2 * x, 0), 6),
    bent(0, 3),
  ),
  elementwise(
    'hardTanh',
    (x) => hardTanh(x, -2, 1),
    (x) => Math.min(Math.max(x, -2), 1),
    bent(-2, 1),
  ),
  elementwise(
    'elu',
    (x) => elu(x, 0.7),
    (x) => (x > 0 ? x : 0.7 * Math.expm1(x)),
  ),
  elementwise(
    'celu',
    (x) => celu(x, 2),
    (x) => (x > 0 ? x : 2 * Math.expm1(x / 2)),
  ),
  elementwise(
    'selu',
    (x) => selu(x),
    (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  ),
  elementwise('gelu', (x) => gelu(x), exactGelu),
  elementwise('gelu by tanh', (x) => gelu(x, { approximate: 'tanh' }), exactGeluTanh, wide, true, false),
  elementwise(
    'silu',
    (x) => silu(x),
    (x) => x / (1 + Math.exp(-x)),
  ),
  elementwise(
    'mish',
    (x) => mish(x),
    (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
  ),
  elementwise(
    'softsign',
    (x) => softsign(x),
    (x) => x / (1 + Math.abs(x)),
  ),
  elementwise(
    'hardSigmoid',
    (x) => hardSigmoid(x),
    (x) => Math.min(Math.max(x + 3, 0), 6) / 6,
    bent(-3, 3),
  ),
  elementwise(
    'hardSwish',
    (x) => hardSwish(x),
    (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
    bent(-3, 3),
    true,
    false,
  ),
  elementwise(
    'logSigmoid',
    (x) => logSigmoid(x),
    (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))),
  ),
  binary('mod', (a, b) => mod(a, b), modOf),
  binary('mod by what has a sign', (a, b) => mod(a, b), modOf, { domains: [positive, { low: -2, high: -0.1 }] }),
  binary('floorDiv', (a, b) => floorDiv(a, b), floorDivOf),
  ofInts(
    'add',
    (a, b) => a.add(b),
    (a, b) => (a + b) | 0,
  ),
  ofInts(
    'sub',
    (a, b) => a.sub(b),
    (a, b) => (a - b) | 0,
  ),
  ofInts('mul', (a, b) => a.mul(b), Math.imul),
  ofInts('maximum', (a, b) => a.maximum(b), Math.max),
  ofInts('minimum', (a, b) => a.minimum(b), Math.min),
  ofInts(
    'greater',
    (a, b) => a.greater(b),
    (a, b) => +(a > b),
    [indices(-2, 2), indices(-2, 2)],
  ),
  ofInts(
    'greaterEqual',
    (a, b) => a.greaterEqual(b),
    (a, b) => +(a >= b),
    [indices(-2, 2), indices(-2, 2)],
  ),
  ofInts(
    'less',
    (a, b) => a.less(b),
    (a, b) => +(a < b),
  ),
  ...[[allInts, allInts] as const, [indices(-9, 10), indices(-3, 4)] as const].flatMap(([a, b]) => [
    ofInts(
      `floorDiv from ${b.low}`,
      (p, q) => floorDiv(p, q),
      (p, q) => (q === 0 ? 0 : Math.floor(p / q) | 0),
      [a, b],
    ),
    ofInts(
      `mod from ${b.low}`,
      (p, q) => mod(p, q),
      (p, q) => (q === 0 ? 0 : p - q * Math.floor(p / q)),
      [a, b],
    ),
  ]),
  ...(
    [
      ['neg', (x) => x.neg(), (x) => -x | 0],
      ['abs', (x) => x.abs(), (x) => Math.abs(x) | 0],
      ['plus a number', (x) => x.add(7), (x) => (x + 7) | 0],
      ['below a number', (x) => x.less(7), (x) => +(x < 7)],
      ['toInt', (x) => x.toInt(), (x) => x],
    ] satisfies [string, (x: Tensor) => Tensor, (x: number) => number][]
  ).map(
    ([name, call, f]): Case => ({
      name: `${name} of int32`,
      call,
      shapes: [...vectors, [[]], [[3, 5]]],
      domains: [allInts],
      reference: ([x]) => Array.from(x!, f),
    }),
  ),
  ...(
    [
      ['sum', (x, axes) => x.sum(axes), (row) => row.reduce((a, b) => (a + b) | 0, 0), true],
      ['prod', (x, axes) => prod(x, axes), (row) => row.reduce(Math.imul, 1), true],
      ['max', (x, axes) => x.max(axes), (row) => Math.max(...row), false],
      ['min', (x, axes) => x.min(axes), (row) => Math.min(...row), false],
    ] satisfies [string, (x: Tensor, axes?: number) => Tensor, (row: number[]) => number, boolean][]
  ).flatMap(([name, call, f, empty]): Case[] => [
    {
      name: `${name} of int32`,
      call: (x) => call(x, undefined),
      shapes: [...SIZES.filter((n) => n > 0 || empty).map((n): Shape[] => [[n]]), [[]], [[3, 5]]],
      domains: [allInts],
      reference: ([x]) => [f(Array.from(x!))],
    },
    {
      name: `${name} of int32 over a middle axis`,
      call: (x) => call(x, 1),
      shapes: [[[2, 3, 4]], [[2, 5, 9]], [[2, 2, 0]], ...(empty ? [[[2, 0, 3]]] : [])],
      domains: [allInts],
      reference: ([x], [s]) => reduceMiddle(x!, s![0]!, s![1]!, s![2]!, f),
    },
  ]),
  ...(
    [
      ['argMax', (x) => x.argMax(1), (row) => row.indexOf(Math.max(...row))],
      ['argMin', (x) => x.argMin(1), (row) => row.indexOf(Math.min(...row))],
    ] satisfies [string, (x: Tensor) => Tensor, (row: number[]) => number][]
  ).map(
    ([name, call, f]): Case => ({
      name: `${name} of int32`,
      call,
      shapes: [[[2, 3, 4]], [[2, 17]], [[1, 1]]],
      domains: [allInts],
      reference: ([x], [s]) => reduceMiddle(x!, s![0]!, s![1]!, s![2] ?? 1, f),
    }),
  ),
  ...[true, false].map(
    (descending): Case => ({
      name: `argSort of int32, ${descending ? 'descending' : 'ascending'}`,
      call: (x) => argSort(x, 0, { descending }),
      shapes: [...vectors, [[5, 3]], [[4, 0]]],
      domains: [indices(2 ** 31 - 12, 2 ** 31)], // float32 holds none of these but two
      reference: ([x], [s]) => {
        const sign = descending ? -1 : 1;
        const inner = s![1] ?? 1;
        const orders = Array.from({ length: inner }, (_, j) =>
          Array.from({ length: s![0]! }, (_, r) => r).sort(
            (p, q) => sign * (x![p * inner + j]! - x![q * inner + j]!) || p - q,
          ),
        );
        return indexed(s!, ([r, j = 0]) => orders[j]![r!]!);
      },
    }),
  ),
  {
    name: 'cumSum of int32',
    call: (x) => cumSum(x, 1),
    shapes: [[[3, 5]], [[2, 17, 3]], [[2, 5, 6]], [[2, 0]], [[1, 1]]],
    domains: [allInts],
    reference: ([x], [s]) =>
      indexed(s!, (index) => {
        const row = Array.from({ length: index[1]! + 1 }, (_, r) => at(x!, s!, index.with(1, r)));
        return row.reduce((a, b) => (a + b) | 0, 0);
      }),
  },
  elementwise(
    'toInt',
    (x) => x.mul(1.5).toInt(),
    (x) => Math.max(-(2 ** 31), Math.min(Math.trunc(Math.fround(x * 1.5)) || 0, 2 ** 31 - 1)),
    wide,
    false,
  ),
  elementwise('sinh', (x) => sinh(x), Math.sinh),
  elementwise('cosh', (x) => cosh(x), Math.cosh),
  elementwise('asinh', (x) => asinh(x), Math.asinh),
  elementwise('acosh', (x) => acosh(x), Math.acosh, { low: 1.05, high: 4 }),
  elementwise('atanh', (x) => atanh(x), Math.atanh, unitBall),
  elementwise('asin', (x) => asin(x), Math.asin, unitBall),
  elementwise('acos', (x) => acos(x), Math.acos, unitBall),
  elementwise('log2', (x) => log2(x), Math.log2, positive),
  elementwise('log10', (x) => log10(x), Math.log10, positive),
  elementwise(
    'exp2',
    (x) => exp2(x),
    (x) => 2 ** x,
  ),
  binary('hypot', (a, b) => hypot(a, b), Math.hypot),
  binary('atan2', (a, b) => atan2(a, b), Math.atan2),
  binary('logAddExp', (a, b) => logAddExp(a, b), logAddExpOf),
  ...(
    [
      ['logicalAnd', logicalAnd, (a, b) => a && b],
      ['logicalOr', logicalOr, (a, b) => a || b],
      ['logicalXor', logicalXor, (a, b) => a !== b],
    ] satisfies [string, (a: Tensor, b: Tensor) => Tensor, (a: boolean, b: boolean) => boolean][]
  ).map(([name, call, f]) =>
    // Whole numbers: there are zeros.
    binary(
      name,
      (a, b) => call(floor(a), floor(b)),
      (a, b) => +f(Math.floor(a) !== 0, Math.floor(b) !== 0),
      { differentiable: [] },
    ),
  ),
  elementwise(
    'logicalNot',
    (x) => logicalNot(floor(x)),
    (x) => +(Math.floor(x) === 0),
    wide,
    false,
  ),
  {
    name: 'logicalNot of int32',
    call: (x) => logicalNot(x),
    shapes: vectors,
    domains: [indices(-2, 2)],
    reference: ([x]) => Array.from(x!, (v) => +(v === 0)),
  },
  {
    name: 'maskedFill',
    call: (x, mask, value) => maskedFill(x, mask, value),
    shapes: [
      [[17], [17], []],
      [[3, 4], [4], []],
      [[0], [0], []],
    ],
    domains: [wide, labels, wide],
    reference: ([x, mask, value]) => Array.from(x!, (v, i) => (mask![i % mask!.length] ? value![0]! : v)),
    differentiable: [0, 2],
  },
  elementwise(
    'where beside a scalar',
    (x) => where(x.greater(0), x.log(), -1),
    (x) => (x > 0 ? Math.log(x) : -1),
  ),
  binary('pow', (a, b) => pow(a, b), power, { domains: [positive, { low: -2, high: 2 }] }),
  elementwise(
    'pow of 3',
    (x) => pow(x, 3),
    (x) => x ** 3,
  ),
  elementwise(
    'pow of -1',
    (x) => pow(x, -1),
    (x) => 1 / x,
    positive,
  ),
  elementwise(
    'pow of -1.5',
    (x) => pow(x, -1.5),
    (x) => x ** -1.5,
    positive,
  ),
  binary(
    'greaterEqual',
    (a, b) => a.greaterEqual(b),
    (a, b) => +(a >= b),
    { differentiable: [] },
  ),
  binary(
    'less',
    (a, b) => a.less(b),
    (a, b) => +(a < b),
    { differentiable: [] },
  ),
  binary(
    'lessEqual',
    (a, b) => a.lessEqual(b),
    (a, b) => +(a <= b),
    { differentiable: [] },
  ),
  binary(
    'notEqual',
    (a, b) => a.notEqual(b),
    (a, b) => +(a !== b),
    { differentiable: [] },
  ),
  {
    ...binary(
      'prelu',
      (a, b) => prelu(a, b),
      (a, b) => (a > 0 ? a : a * b),
      { domains: [wide, unit] },
    ),
    specials: false,
  },
  {
    name: 'where',
    call: (c, a, b) => where(c.greater(0), a, b),
    shapes: [
      ...SIZES.map((n): Shape[] => [[n], [n], [n]]),
      [[3, 1], [4], []],
      [[], [2, 3], [3]],
      [[2, 3, 4], [4], [3, 1]],
      [[0, 3], [3], [1, 1]],
    ],
    domains: [wide, wide, wide],
    reference: ([c, a, b], [sc, sa, sb]) => {
      const pick = (x: TensorData, s: Shape) =>
        broadcastMap(x, s, new Float64Array(64), shapeOfThree(sc!, sa!, sb!), (v) => v);
      const [pc, pa, pb] = [pick(c!, sc!), pick(a!, sa!), pick(b!, sb!)];
      return pc.map((v, i) => (v > 0 ? pa[i]! : pb[i]!));
    },
    differentiable: [1, 2],
  },
  {
    name: 'where between int32 tensors',
    call: (c, a) => where(c, a, 7),
    shapes: vectors.map(([s]) => [s!, s!]),
    domains: [labels, indices(-9, 9)],
    reference: ([c, a]) => Array.from(c!, (v, i) => (v ? a![i]! : 7)),
  },

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
    reference: ([x], [s]) => overRows(x!, s![1]!, (row) => row.map((v) => v - logSumExpOf(row))),
    differentiable: [0],
  },
  elementLoss('meanSquaredError', meanSquaredError, (p, t) => (p - t) ** 2),
  elementLoss('meanAbsoluteError', meanAbsoluteError, (p, t) => Math.abs(p - t), [{ low: 1, high: 4 }, unit]),
  elementLoss('binaryCrossEntropy', binaryCrossEntropy, (p, t) => -t * Math.log(p) - (1 - t) * Math.log(1 - p), [
    unit,
    unit,
  ]),
  elementLoss(
    'binaryCrossEntropyWithLogits',
    binaryCrossEntropyWithLogits,
    (z, t) => z * (1 - t) + Math.log(1 + Math.exp(-z)),
  ),
  elementLoss(
    'binaryCrossEntropyWithLogits, weighted',
    (z, t, options) => binaryCrossEntropyWithLogits(z, t, { posWeight: 2.5, ...options }),
    (z, t) => -2.5 * t * Math.log(sigmoidOf(z)) - (1 - t) * Math.log(1 - sigmoidOf(z)),
  ),
  elementLoss('focal', focal, (z, y) => focalOf(z, y, 0.25, 2)),
  elementLoss(
    'focal without weights, of another gamma',
    (z, t, options) => focal(z, t, { alpha: -1, gamma: 1.5, ...options }),
    (z, y) => focalOf(z, y, -1, 1.5),
  ),
  elementLoss('huber, beyond delta', huber, (p, t) => Math.abs(p - t) - 0.5, [{ low: 2.1, high: 4 }, unit]),
  elementLoss(
    'huber, within delta',
    (p, t, options) => huber(p, t, { delta: 6, ...options }),
    (p, t) => (p - t) ** 2 / 2,
  ),
  elementLoss(
    'smoothL1, beyond beta',
    (p, t, options) => smoothL1(p, t, { beta: 0.5, ...options }),
    (p, t) => Math.abs(p - t) - 0.25,
    [{ low: 2, high: 4 }, unit],
  ),
  elementLoss(
    'smoothL1, within beta',
    (p, t, options) => smoothL1(p, t, { beta: 6, ...options }),
    (p, t) => (p - t) ** 2 / 12,
  ),
  elementLoss('logCosh', logCosh, (p, t) => Math.log(Math.cosh(p - t))),
  elementLoss(
    'pinball below the target',
    (p, t, options) => pinball(p, t, { quantile: 0.9, ...options }),
    (p, t) => 0.9 * (t - p),
    [{ low: -4, high: -1 }, unit],
  ),
  elementLoss(
    'pinball above the target',
    (p, t, options) => pinball(p, t, { quantile: 0.9, ...options }),
    (p, t) => 0.1 * (p - t),
    [{ low: 1, high: 4 }, unit],
  ),
  elementLoss('klDivergence', klDivergence, (p, t) => t * (Math.log(t) - p)),
  elementLoss(
    'klDivergence from a logarithm',
    (p, t, options) => klDivergence(p, t, { logTarget: true, ...options }),
    (p, t) => Math.exp(t) * (t - p),
  ),
  elementLoss('poissonNll', poissonNll, (p, t) => Math.exp(p) - t * p),
  elementLoss(
    'poissonNll of a rate, in full',
    (p, t, options) => poissonNll(p, t, { logInput: false, full: true, ...options }),
    (p, t) => p - t * Math.log(p + 1e-8) + t * Math.log(t) - t + 0.5 * Math.log(2 * Math.PI * t),
    [positive, { low: 1.1, high: 4 }],
  ),
  elementLoss('hinge, short', hinge, (p, t) => 1 - p * t, [
    { low: -4, high: 0.9 },
    { low: 0.1, high: 0.9 },
  ]),
  elementLoss('squaredHinge, short', squaredHinge, (p, t) => (1 - p * t) ** 2, [
    { low: -4, high: 0.9 },
    { low: 0.1, high: 0.9 },
  ]),
  elementLoss(
    'contrastive',
    (d, t, options) => contrastive(d, t, { margin: 5, ...options }),
    (d, y) => y * d ** 2 + (1 - y) * (5 - d) ** 2,
    [positive, unit],
  ),
  {
    name: 'gaussianNll',
    call: (p, t, v) => gaussianNll(p, t, v, { full: true, ...each }),
    shapes: [
      ...SIZES.map((n): Shape[] => [[n], [n], [n]]),
      [
        [3, 5],
        [3, 5],
        [3, 1],
      ],
      [[5], [], []],
    ],
    domains: [wide, unit, positive],
    reference: ([p, t, v], [sp, st, sv]) => {
      const apart = Float64Array.from(broadcastMap(p!, sp!, t!, st!, (a, b) => (a - b) ** 2));
      return broadcastMap(apart, sp!, v!, sv!, (e, w) => 0.5 * (Math.log(w) + e / w + Math.log(2 * Math.PI)));
    },
    differentiable: [0, 1, 2],
  },
  ofVectors('cosineSimilarity', (a, b) => cosineSimilarity(a, b), cosineOf, 2),
  ofVectors(
    'cosineEmbedding of those alike',
    (a, b) => cosineEmbedding(a, b, 1, each),
    (a, b) => 1 - cosineOf(a, b),
    2,
  ),
  ofVectors(
    'cosineEmbedding of others',
    (a, b) => cosineEmbedding(a, b, -1, { margin: -0.5, ...each }),
    (a, b) => cosineOf(a, b) + 0.5,
    2,
  ),
  ofVectors(
    'tripletMargin',
    (a, p, n) => tripletMargin(a, p, n, { margin: 30, ...each }),
    (a, p, n) => distanceOf(a, p) - distanceOf(a, n) + 30,
    3,
  ),
  ofVectors(
    'tripletMargin, swapped',
    (a, p, n) => tripletMargin(a, p, n, { margin: 30, swap: true, ...each }),
    (a, p, n) => distanceOf(a, p) - Math.min(distanceOf(a, n), distanceOf(p, n)) + 30,
    3,
  ),
  ...softmaxCases('weights', { weight: [0.5, 2, 0] }, [0.5, 2, 0]),
  ...softmaxCases('label smoothing', { labelSmoothing: 0.25 }, [1, 1, 1]),
  ...softmaxCases('both', { labelSmoothing: 0.25, weight: [0.5, 2, 1] }, [0.5, 2, 1]),
  ...softmaxCases('an index that is ignored', { ignoreIndex: 1 }, [1, 1, 1]),
  ...softmaxCases('all of them', { ignoreIndex: 1, labelSmoothing: 0.25, weight: [0.5, 2, 1] }, [0.5, 2, 1]),
  {
    name: 'nllLoss',
    call: (p, t) => nllLoss(p, t, { weight: [0.5, 2, 1], ignoreIndex: 2, ...each }),
    shapes: [[0, 3], [3], [4, 3], [2, 3, 3], [17, 3]].map((shape) => [shape, shape.slice(0, -1)]),
    domains: [wide, labels],
    reference: ([p, t]) => Array.from(t!, (label, r) => [-0.5, -2, 0][label]! * p![3 * r + label]!),
    differentiable: [0],
  },
  ...rowLoss('softmaxCrossEntropy', softmaxCrossEntropy, (row, label) => logSumExpOf(row) - row[label]!, wide),
  ...rowLoss(
    'categoricalCrossEntropy',
    categoricalCrossEntropy,
    (row, label) => Math.log(total(row)) - Math.log(row[label]!),
    unit,
  ),
  ...[1, 3, 4, 5, 10].map(
    (classes): Case => ({
      name: `crossEntropy of ${classes} classes`,
      call: (z, y) => z.crossEntropy(y),
      shapes: [
        [[3, classes], [3]],
        [[1, classes], [1]],
        [[classes], []],
        [
          [2, 3, classes],
          [2, 3],
        ],
        [
          [2, 0, classes],
          [2, 0],
        ],
      ],
      domains: [wide, { low: 0, high: classes, dtype: 'int32' }],
      reference: ([z, y]) =>
        overRows(z!, classes, (row) => [logSumExpOf(row)]).map((v, r) => v - z![r * classes + y![r]!]!),
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
    shapes: [[[2, 3, 4]], [[1, 3, 1]], [[7, 2, 3]], [[3, 2, 2]]],
    domains: [wide],
    reference: ([x], [s]) => {
      const [a, b, c] = s as [number, number, number];
      return Array.from({ length: a * b * c }, (_, i) => x![(i % (a * b)) * c + Math.floor(i / (a * b))]!);
    },
    differentiable: [0],
  },
  {
    name: 'transpose of small matrices',
    call: (x) => x.transpose([0, 2, 1]),
    shapes: [[[5, 2, 2]], [[3, 2, 3]], [[3, 4, 2]], [[2, 2, 5]], [[2, 4, 4]]],
    domains: [wide],
    reference: ([x], [s]) => {
      const [n, r, c] = s as [number, number, number];
      return indexed([n, c, r], ([i, j, k]) => at(x!, s!, [i!, k!, j!]));
    },
    differentiable: [0],
  },
  {
    name: 'transpose of middle axes, before few elements',
    call: (x) => x.transpose([0, 2, 1, 3]),
    shapes: [[[2, 3, 2, 1]], [[2, 3, 2, 2]], [[3, 2, 3, 3]], [[2, 3, 4, 5]]],
    domains: [wide],
    reference: ([x], [s]) => {
      const [n, r, c, k] = s as [number, number, number, number];
      return indexed([n, c, r, k], ([i, j, l, m]) => at(x!, s!, [i!, l!, j!, m!]));
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
  ...reduction(
    'max',
    (x, axes, keepDims) => x.max(axes, { keepDims: keepDims ?? false }),
    (row) => Math.max(...row),
    {
      empty: false,
    },
  ),
  ...reduction(
    'min',
    (x, axes, keepDims) => x.min(axes, { keepDims: keepDims ?? false }),
    (row) => Math.min(...row),
    {
      empty: false,
    },
  ),
  ...reduction(
    'prod',
    (x, axes, keepDims) => prod(x, axes, { keepDims: keepDims ?? false }),
    (row) => row.reduce((a, b) => a * b, 1),
    {
      domain: { low: 0.6, high: 1.6 },
    },
  ),
  ...reduction(
    'variance',
    (x, axes, keepDims) => variance(x, axes, { keepDims: keepDims ?? false, correction: 0 }),
    (row) => varianceOf(row, 0),
    {
      empty: false,
    },
  ),
  ...reduction(
    'std',
    (x, axes, keepDims) => std(x.mul(2), axes, { keepDims: keepDims ?? false, correction: 0 }),
    (row) => 2 * Math.sqrt(varianceOf(row, 0)),
    {
      empty: false,
      differentiable: [],
    },
  ),
  ...reduction(
    'norm',
    (x, axes, keepDims) => norm(x, axes, { keepDims: keepDims ?? false }),
    (row) => Math.sqrt(total(row.map((v) => v * v))),
    {
      empty: false,
    },
  ),
  ...reduction(
    'logSumExp',
    (x, axes, keepDims) => logSumExp(x, axes ?? x.shape.map((_, i) => i), { keepDims: keepDims ?? false }),
    logSumExpOf,
  ),
  ...reduction(
    'any',
    (x, axes, keepDims) => any(floor(x), axes, { keepDims: keepDims ?? false }),
    (row) => +row.some((v) => Math.floor(v) !== 0),
    {
      differentiable: [],
    },
  ),
  ...reduction(
    'all',
    (x, axes, keepDims) => all(floor(x), axes, { keepDims: keepDims ?? false }),
    (row) => +row.every((v) => Math.floor(v) !== 0),
    {
      differentiable: [],
    },
  ),
  {
    name: 'variance with correction 1',
    call: (x) => variance(x, -1),
    shapes: [[[3, 5]], [[2, 2]]],
    domains: [wide],
    reference: ([x], [s]) => overRows(x!, s![1]!, (row) => [varianceOf(row, 1)]),
    differentiable: [0],
  },
  {
    name: 'variance of one element with correction 1',
    call: (x) => variance(x, -1),
    shapes: [[[3, 1]], [[1]]],
    domains: [wide],
    reference: ([x]) => Array.from(x!, () => Number.NaN),
  },
  {
    name: 'std',
    call: (x) => std(x, -1),
    shapes: [[[3, 5]], [[2, 2]]],
    domains: [wide],
    reference: ([x], [s]) => overRows(x!, s![1]!, (row) => [Math.sqrt(varianceOf(row, 1))]),
    differentiable: [0],
  },
  ...[false, true].flatMap((descending): Case[] => {
    const common = {
      shapes: [...SIZES.slice(1).map((n) => [[n]]), [[3, 5, 2]], [[2, 33]], [[2, 0]]],
      domains: [wide],
    };
    const orderOf = (s: Shape, x: TensorData, index: readonly number[]): number[] => {
      const axis = s.length === 3 ? 1 : s.length - 1;
      const value = (r: number) => at(x, s, index.with(axis, r));
      return [...Array(s[axis]!).keys()].sort((p, q) => (descending ? value(q) - value(p) : value(p) - value(q)));
    };
    const pick =
      (value: (x: TensorData, s: Shape, index: readonly number[], from: number) => number): Case['reference'] =>
      ([x], [s]) =>
        indexed(s!, (index) => {
          const axis = s!.length === 3 ? 1 : s!.length - 1;
          return value(x!, s!, index, orderOf(s!, x!, index)[index[axis]!]!);
        });
    const name = descending ? ', descending' : '';
    return [
      {
        ...common,
        name: `argSort${name}`,
        // Whole numbers: there are equal ones.
        call: (x) => argSort(floor(x), x.shape.length === 3 ? 1 : -1, { descending }),
        reference: ([x], [s]) => {
          const floors = Float64Array.from(x!, Math.floor);
          return pick((_x, _s, _index, from) => from)([floors], [s!]);
        },
      },
      {
        ...common,
        name: `sort${name}`,
        call: (x) => sort(x, x.shape.length === 3 ? 1 : -1, { descending }),
        reference: pick((x, s, index, from) => at(x, s, index.with(s.length === 3 ? 1 : s.length - 1, from))),
        differentiable: [0],
      },
    ];
  }),
  {
    name: 'topK',
    call: (x) => topK(x, 2, 0).values,
    shapes: [[[5]], [[3, 4]], [[2]]],
    domains: [wide],
    reference: ([x], [s]) => {
      const inner = s!.length === 2 ? s![1]! : 1;
      return indexed([2, inner], ([r, j]) => {
        const column = Array.from({ length: s![0]! }, (_, k) => x![k * inner + j!]!);
        return column.sort((p, q) => q - p)[r!]!;
      });
    },
    differentiable: [0],
  },
  {
    name: 'argMin over axis 0',
    call: (x) => x.argMin(0),
    shapes: [[[4, 3]], [[1, 5]]],
    domains: [wide],
    reference: ([x], [s]) => reduceMiddle(x!, 1, s![0]!, s![1]!, (row) => row.indexOf(Math.min(...row))),
  },
  ...[0, 1, -1].map(
    (axis): Case => ({
      name: `cumSum along axis ${axis}`,
      call: (x) => cumSum(x, axis),
      shapes: [[[3, 5]], [[1, 1]], [[0, 3]], [[2, 17]], [[2, 3, 4]]],
      domains: [wide],
      reference: ([x], [s]) =>
        indexed(s!, (index) => {
          const k = axis < 0 ? s!.length + axis : axis;
          return total(Array.from({ length: index[k]! + 1 }, (_, r) => at(x!, s!, index.with(k, r))));
        }),
      differentiable: [0],
    }),
  ),
  ...[0, 1, -1].map(
    (axis): Case => ({
      name: `cumProd along axis ${axis}`,
      call: (x) => cumProd(x, axis),
      shapes: [[[3, 5]], [[1, 1]], [[0, 3]], [[2, 9]], [[2, 3, 4]], [[2, 3, 11]]],
      domains: [{ low: -1.5, high: 1.5 }],
      reference: ([x], [s]) =>
        indexed(s!, (index) => {
          const k = axis < 0 ? s!.length + axis : axis;
          const factors = Array.from({ length: index[k]! + 1 }, (_, r) => at(x!, s!, index.with(k, r)));
          return factors.reduce((a, b) => a * b, 1);
        }),
      differentiable: [0],
    }),
  ),
  ...(
    [
      ['sum', (x) => x.sum(0), (x) => x],
      ['mean', (x) => x.mean(-1), (x) => x],
      ['max', (x) => x.max([0]), (x) => x],
      ['min', (x) => x.min(-1, { keepDims: true }), (x) => x],
      ['softmax', (x) => x.softmax(), () => 1],
      ['logSoftmax', (x) => x.logSoftmax(0), () => 0],
      ['logSumExp', (x) => logSumExp(x), (x) => x],
      ['prod', (x) => prod(x, 0), (x) => x],
      ['norm', (x) => norm(x, -1), Math.abs],
      ['cumSum', (x) => cumSum(x), (x) => x],
      ['cumProd', (x) => cumProd(x, 0), (x) => x],
      ['sort', (x) => sort(x), (x) => x],
      ['variance', (x) => variance(x, 0), () => Number.NaN],
      ['argMax', (x) => x.argMax().toFloat(), () => 0],
      ['argMin', (x) => x.argMin(0).toFloat(), () => 0],
      ['argSort', (x) => argSort(x).toFloat(), () => 0],
    ] satisfies [string, (x: Tensor) => Tensor, (x: number) => number][]
  ).map(
    ([name, call, f]): Case => ({
      name: `${name} of a scalar`,
      call,
      shapes: [[[]]],
      domains: [wide],
      reference: ([x]) => [f(x![0]!)],
      differentiable: name.startsWith('arg') || name === 'variance' ? [] : [0],
    }),
  ),
  ...[0, 1].flatMap((axis): Case[] => {
    const along =
      (f: (row: readonly number[]) => number[]): Case['reference'] =>
      ([x], [s]) =>
        indexed(s!, (index) => {
          const row = Array.from({ length: s![axis]! }, (_, r) => at(x!, s!, index.with(axis, r)));
          return f(row)[index[axis]!]!;
        });
    const common = { shapes: [[[3, 5]], [[4, 1]], [[2, 3, 4]]] as Shape[][], domains: [wide], differentiable: [0] };
    const name = `along axis ${axis}`;
    return [
      { ...common, name: `softmax ${name}`, call: (x) => x.softmax(axis), reference: along(softmaxOf) },
      {
        ...common,
        name: `logSoftmax ${name}`,
        call: (x) => x.logSoftmax(axis),
        reference: along((row) => row.map((v) => v - logSumExpOf(row))),
      },
    ];
  }),

  batched('matMul of vectors', {}, [
    [[5], [5]],
    [[4], [4, 3]],
    [[2, 4], [4]],
    [[1], [1]],
    [[0], [0, 3]],
  ]),
  batched('matMul of a vector and a batch', {}, [
    [[4], [2, 4, 3]],
    [[2, 3, 4], [4]],
  ]),
  batched('matMul of a batch and a matrix', {}, [
    [
      [2, 3, 4],
      [4, 5],
    ],
    [
      [2, 1, 3, 4],
      [4, 5],
    ],
    [
      [0, 3, 4],
      [4, 5],
    ],
  ]),
  batched('batched matMul', {}, [
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    [
      [3, 4],
      [2, 4, 5],
    ],
    [
      [2, 1, 3, 4],
      [5, 4, 2],
    ],
    [
      [2, 1, 3, 4],
      [2, 3, 4, 2],
    ],
    [
      [1, 3, 4],
      [3, 4, 2],
    ],
    [
      [3, 9, 17],
      [3, 17, 9],
    ],
    [
      [2, 0, 4],
      [2, 4, 5],
    ],
    [
      [2, 3, 0],
      [2, 0, 5],
    ],
    [
      [0, 3, 4],
      [1, 4, 5],
    ],
  ]),
  batched('batched matMul transA', { transA: true }, [
    [
      [2, 4, 3],
      [2, 4, 5],
    ],
    [
      [2, 4, 3],
      [4, 5],
    ],
    [
      [4, 3],
      [2, 4, 5],
    ],
  ]),
  batched('batched matMul transB', { transB: true }, [
    [
      [5, 1, 9],
      [5, 1, 9],
    ],
    [
      [5, 1, 3],
      [5, 2, 3],
    ],
    [
      [2, 3, 4],
      [2, 5, 4],
    ],
    [
      [2, 3, 4],
      [5, 4],
    ],
    [
      [3, 4],
      [2, 1, 5, 4],
    ],
  ]),
  batched('batched matMul transA transB', { transA: true, transB: true }, [
    [
      [2, 4, 3],
      [2, 5, 4],
    ],
    [
      [2, 4, 3],
      [5, 4],
    ],
  ]),
  {
    name: 'dot',
    call: (a, b) => dot(a, b),
    shapes: SIZES.map((n) => [[n], [n]]),
    domains: [wide, wide],
    reference: ([a, b]) => [total(Array.from(a!, (v, i) => v * b![i]!))],
    differentiable: [0, 1],
  },
  {
    name: 'outer',
    call: (a, b) => outer(a, b),
    shapes: [
      [[3], [5]],
      [[1], [4]],
      [[0], [2]],
    ],
    domains: [wide, wide],
    reference: ([a, b]) => Array.from(a!).flatMap((v) => Array.from(b!, (w) => v * w)),
    differentiable: [0, 1],
  },
  einsumCase('ij,jk->ik', [
    [3, 4],
    [4, 5],
  ]),
  einsumCase('ij,jk', [
    [3, 4],
    [4, 5],
  ]),
  einsumCase('ji,kj->ik', [
    [4, 3],
    [5, 4],
  ]),
  einsumCase('bij,bjk->bik', [
    [2, 3, 4],
    [2, 4, 5],
  ]),
  einsumCase('bhqd,bkhd->bhqk', [
    [2, 2, 3, 4],
    [2, 5, 2, 4],
  ]),
  einsumCase('i,i->', [[5], [5]]),
  einsumCase('i,j->ij', [[3], [4]]),
  einsumCase('i,i->i', [[5], [5]]),
  einsumCase('bi,bj->bij', [
    [2, 3],
    [2, 4],
  ]),
  einsumCase('ij->ji', [[3, 4]]),
  einsumCase('ba', [[3, 4]]),
  einsumCase('ij->', [[3, 4]]),
  einsumCase('ii->', [[4, 4]]),
  einsumCase('ii->i', [[4, 4]]),
  einsumCase('iji->j', [[3, 4, 3]]),
  einsumCase('iij,jk->ik', [
    [3, 3, 4],
    [4, 2],
  ]),
  einsumCase('ij,jk,kl->il', [
    [2, 3],
    [3, 4],
    [4, 2],
  ]),
  einsumCase('ij,ik,il->jkl', [
    [4, 2],
    [4, 3],
    [4, 2],
  ]),
  einsumCase('ab,c->c', [[2, 3], [4]]),
  einsumCase('ij,jk->ik', [
    [3, 0],
    [0, 5],
  ]),
  einsumCase('...ij,...jk->...ik', [
    [2, 5, 3, 4],
    [5, 4, 2],
  ]),
  einsumCase('b...,b...->b...', [
    [2, 3, 1],
    [2, 1, 4],
  ]),
  einsumCase('...i,...j', [
    [2, 1, 3],
    [1, 4, 2],
  ]),
  einsumCase('...,...->', [
    [2, 3],
    [1, 3],
  ]),
  einsumCase('...i->i...', [[2, 3, 4]]),
  einsumCase('i...j,...j->i', [
    [3, 2, 4],
    [2, 4],
  ]),
  einsumCase('...ii->...i', [[2, 3, 3]]),
  einsumCase('...i,...->...i', [[4], []]),
  einsumCase(',i->i', [[], [3]]),
  einsumCase('ijk,jk->i', [
    [1, 3, 1],
    [3, 1],
  ]),

  ...movement(
    'slice',
    (x) =>
      slice(x, [
        [1, -1],
        [null, null, 2],
      ]),
    [
      [4, 5],
      [3, 1],
      [5, 8],
    ],
    ([a, b]) => [a! - 2, Math.ceil(b! / 2)],
    ([i, j]) => [i! + 1, 2 * j!],
  ),
  ...movement(
    'slice backwards',
    (x) =>
      slice(x, [
        [null, null, -2],
        [3, 0, -1],
      ]),
    [
      [4, 5],
      [5, 4],
      [1, 4],
    ],
    ([a]) => [Math.ceil(a! / 2), 3],
    ([i, j], [a]) => [a! - 1 - 2 * i!, 3 - j!],
  ),
  ...movement(
    'slice at an index',
    (x) => slice(x, [-1, null, 1]),
    [
      [2, 3, 4],
      [1, 5, 2],
    ],
    ([, b]) => [b!],
    ([j], [a]) => [a! - 1, j!, 1],
  ),
  ...movement(
    'slice beyond the end',
    (x) =>
      slice(x, [
        [2, 100],
        [-100, 1],
      ]),
    [
      [4, 3],
      [2, 3],
      [0, 2],
    ],
    ([a]) => [Math.max(0, a! - 2), 1],
    ([i, j]) => [i! + 2, j!],
  ),
  ...movement(
    'pad',
    (x) =>
      pad(
        x,
        [
          [1, 2],
          [0, 1],
        ],
        { value: 3 },
      ),
    [
      [2, 3],
      [0, 2],
      [1, 1],
      [3, 8],
    ],
    ([a, b]) => [a! + 3, b! + 1],
    ([i, j], [a, b]) => (i! >= 1 && i! <= a! && j! < b! ? [i! - 1, j!] : undefined),
    3,
  ),
  ...(['reflect', 'edge', 'wrap'] as const).flatMap((mode) =>
    movement(
      `pad by '${mode}'`,
      (x) =>
        pad(
          x,
          [
            [1, 2],
            [0, 1],
          ],
          { mode },
        ),
      [
        [3, 4],
        [5, 9],
        [3, 2],
      ],
      ([a, b]) => [a! + 3, b! + 1],
      ([i, j], [a, b]) => [padded[mode]!(i! - 1, a!), padded[mode]!(j!, b!)],
    ),
  ),
  ...movement(
    "pad by 'edge', further than the axis",
    (x) => pad(x, [[3, 2]], { mode: 'edge' }),
    [[1], [2], [5]],
    ([n]) => [n! + 5],
    ([i], [n]) => [padded['edge']!(i! - 3, n!)],
  ),
  ...[1, -1, 0, 7].flatMap((shift) =>
    movement(
      `roll by ${shift} along axis 1`,
      (x) => roll(x, shift, 1),
      [
        [2, 3],
        [2, 0],
        [3, 1],
        [2, 5, 3],
      ],
      (s) => s,
      (index, s) => index.with(1, (index[1]! - shift + 8 * s[1]!) % s[1]!),
    ),
  ),
  ...movement(
    'roll of two axes',
    (x) => roll(x, [1, -2], [0, -1]),
    [
      [3, 4],
      [1, 5],
    ],
    (s) => s,
    ([i, j], [a, b]) => [(i! - 1 + a!) % a!, (j! + 2) % b!],
  ),
  ...movement(
    'roll as if flat',
    (x) => roll(x, 2),
    [
      [3, 4],
      [1, 1],
    ],
    (s) => s,
    ([i, j], [a, b]) => {
      const flat = (i! * b! + j! - 2 + 2 * a! * b!) % (a! * b!);
      return [Math.floor(flat / b!), flat % b!];
    },
  ),
  ...[0, 1, -1, 2, -2].flatMap((offset) => [
    ...movement(
      `tril with offset ${offset}`,
      (x) => tril(x, offset),
      [
        [3, 3],
        [2, 4],
        [4, 2],
        [2, 3, 4],
        [0, 3],
      ],
      (s) => s,
      (index) => (index.at(-1)! - index.at(-2)! <= offset ? index : undefined),
    ),
    ...movement(
      `triu with offset ${offset}`,
      (x) => triu(x, offset),
      [
        [3, 3],
        [2, 4],
        [4, 2],
        [2, 3, 4],
        [3, 0],
      ],
      (s) => s,
      (index) => (index.at(-1)! - index.at(-2)! >= offset ? index : undefined),
    ),
    ...movement(
      `diag of a vector with offset ${offset}`,
      (x) => diag(x, offset),
      [[4], [1], [0], [9]],
      ([n]) => [n! + Math.abs(offset), n! + Math.abs(offset)],
      ([i, j]) => (j! - i! === offset ? [Math.min(i!, j!)] : undefined),
    ),
    ...movement(
      `diag of a matrix with offset ${offset}`,
      (x) => diag(x, offset),
      [
        [3, 3],
        [2, 5],
        [5, 2],
        [1, 1],
        [0, 2],
      ],
      ([a, b]) => [Math.max(0, Math.min(a! + Math.min(0, offset), b! - Math.max(0, offset)))],
      ([i]) => [i! - Math.min(0, offset), i! + Math.max(0, offset)],
    ),
  ]),
  ...(['ij', 'xy'] as const).flatMap((indexing) =>
    [0, 1, 2].map((part): Case => {
      const swapped = indexing === 'xy' ? [1, 0, 2] : [0, 1, 2];
      return {
        name: `meshgrid by '${indexing}', part ${part}`,
        call: (...vs) => meshgrid(vs, { indexing })[part]!,
        shapes: [
          [[3], [2], [4]],
          [[1], [], [0]],
          [[2], [], [5]],
        ],
        domains: [wide, wide, wide],
        reference: (data) =>
          indexed(
            swapped.map((i) => data[i]!.length),
            (index) => data[part]![index[swapped[part]!]!]!,
          ),
        differentiable: [part],
      };
    }),
  ),
  ...movement(
    'flip',
    (x) => flip(x),
    [[2, 3], [0, 2], [1, 1], [5]],
    (s) => s,
    (index, s) => index.map((i, k) => s[k]! - 1 - i),
  ),
  ...movement(
    'flip of axis -1',
    (x) => flip(x, -1),
    [[2, 3], [3, 0], [5]],
    (s) => s,
    (index, s) => index.with(-1, s.at(-1)! - 1 - index.at(-1)!),
  ),
  ...movement(
    'tile',
    (x) => tile(x, [2, 1, 3]),
    [[2, 3], [2, 1, 2], [4], []],
    (s) => [2, s.at(-2) ?? 1, 3 * (s.at(-1) ?? 1)].map((d, i) => (i === 0 ? d * (s.at(-3) ?? 1) : d)),
    (index, s) => index.slice(3 - s.length).map((i, k) => i % s[k]!),
  ),
  ...movement(
    'flatten',
    (x) => x.flatten(1),
    [
      [2, 3, 4],
      [2, 3],
      [0, 2, 2],
    ],
    ([a, ...rest]) => [a!, rest.reduce((p, d) => p * d, 1)],
    ([i, j], s) => (s.length === 2 ? [i!, j!] : [i!, Math.floor(j! / s[2]!), j! % s[2]!]),
  ),
  ...movement(
    'expandDims and squeeze',
    (x) => flip(x.expandDims(-1).expandDims(0).squeeze(0).squeeze(), 0),
    [[4], [2, 3]],
    (s) => s,
    ([i, ...rest], [a]) => [a! - 1 - i!, ...rest],
  ),
  ...movement(
    'split',
    (x) => split(x, [1, 2, 0], -1)[1]!,
    [[2, 3]],
    () => [2, 2],
    ([i, j]) => [i!, j! + 1],
  ),
  {
    name: 'concat',
    call: (a, b, c) => concat([a, b, c], -1),
    shapes: [
      [
        [2, 3],
        [2, 1],
        [2, 4],
      ],
      [
        [2, 0],
        [2, 1],
        [2, 0],
      ],
      [
        [0, 1],
        [0, 2],
        [0, 2],
      ],
      [[3], [2], [1]],
      [
        [2, 2, 1],
        [2, 2, 5],
        [2, 2, 2],
      ],
    ],
    domains: [wide, wide, wide],
    reference: (data, shapes) => {
      const rows = shapes[0]!.slice(0, -1).reduce((p, d) => p * d, 1);
      return Array.from({ length: rows }, (_, r) =>
        data.flatMap((x, k) => Array.from(x.slice(r * shapes[k]!.at(-1)!, (r + 1) * shapes[k]!.at(-1)!))),
      ).flat();
    },
    differentiable: [0, 1, 2],
  },
  {
    name: 'slices of one tensor, which overlap',
    call: (x) => concat([0, 1, 2, 0].map((k) => slice(x, [null, [k, k + 3]]).square())),
    shapes: [[[2, 5]], [[1, 8]], [[0, 6]]],
    domains: [wide],
    reference: ([x], [s]) =>
      [0, 1, 2, 0].flatMap((first) =>
        Array.from({ length: s![0]! }, (_, r) => [0, 1, 2].map((c) => x![r * s![1]! + first + c]! ** 2)).flat(),
      ),
    differentiable: [0],
  },
  {
    name: 'take of one tensor, several times',
    call: (x, i, j) =>
      take(x, i)
        .mul(take(x, j))
        .add(take(x, i).square())
        .add(take(x, j, 1).sum()),
    shapes: [
      [[3, 4], [2], [2]],
      [[3, 3], [], []],
    ],
    domains: [wide, indices(0, 3), indices(0, 3)],
    reference: ([x, i, j], [s]) => {
      const [rows, cols] = s as [number, number];
      const columns = total(Array.from(j!).flatMap((c) => Array.from({ length: rows }, (_, r) => x![r * cols + c]!)));
      return Array.from(i!).flatMap((r, k) =>
        Array.from({ length: cols }, (_, c) => {
          const [a, b] = [x![r * cols + c]!, x![j![k]! * cols + c]!];
          return a * b + a * a + columns;
        }),
      );
    },
    differentiable: [0],
  },
  {
    name: 'stack of int32',
    call: (a, b) => stack([a, b], 1),
    shapes: [
      [[3], [3]],
      [[0], [0]],
    ],
    domains: [indices(-9, 9), indices(-9, 9)],
    reference: ([a, b]) => Array.from(a!, (v, i) => [v, b![i]!]).flat(),
  },
  ...['in range', 'beyond'].map(
    (where, beyond): Case => ({
      name: `take of axis 1, ${where}`,
      call: (x, i) => take(x, i, 1),
      shapes: [
        [[2, 3, 4], [5]],
        [
          [2, 3, 20],
          [2, 2],
        ],
        [[1, 3], []],
        [[3, 3], [0]],
        [[0, 3], [2]],
      ],
      domains: [wide, indices(-3 - 2 * beyond, 3 + 2 * beyond)],
      reference: ([x, i], [s, si]) =>
        indexed([s![0]!, ...si!, ...s!.slice(2)], (index) => {
          const k = place(at(i!, si!, index.slice(1, 1 + si!.length)), 3);
          return k === undefined ? Number.NaN : at(x!, s!, [index[0]!, k, ...index.slice(1 + si!.length)]);
        }),
      ...(beyond ? {} : gradientOnly),
    }),
  ),
  {
    name: 'take of int32',
    call: (x, i) => take(x, i),
    shapes: [[[3, 2], [17]]],
    domains: [indices(-9, 9), indices(-5, 5)],
    reference: ([x, i]) =>
      Array.from(i!, (k) => place(k, 3)).flatMap((k) =>
        [0, 1].map((j) => (k === undefined ? -(2 ** 31) : x![k * 2 + j]!)),
      ),
  },
  {
    name: 'takeAlongAxis',
    call: (x, i) => takeAlongAxis(x, i, 1),
    shapes: [
      [
        [2, 3, 4],
        [2, 5, 4],
      ],
      [
        [2, 3],
        [2, 1],
      ],
      [
        [70, 3],
        [70, 1],
      ],
      [
        [2, 3],
        [1, 4],
      ],
      [
        [1, 3],
        [2, 2],
      ],
    ],
    domains: [wide, indices(-3, 3)],
    reference: ([x, i], [s, si]) =>
      indexed([Math.max(s![0]!, si![0]!), ...si!.slice(1)], (index) => {
        const given = at(
          i!,
          si!,
          index.map((v, d) => Math.min(v, si![d]! - 1)),
        );
        const k = place(given, 3)!;
        return at(
          x!,
          s!,
          index.map((v, d) => (d === 1 ? k : Math.min(v, s![d]! - 1))),
        );
      }),
    differentiable: [0],
  },
  {
    name: 'scatterAdd',
    call: (x, i, u) => scatterAdd(x, i, u),
    shapes: [
      [[4, 3], [6], [6, 3]],
      [[4], [3], [3]],
      [
        [4, 17],
        [2, 2],
        [2, 2, 17],
      ],
      [[4, 2], [0], [0, 2]],
      [[4], [], []],
    ],
    // Out of range is dropped.
    domains: [wide, indices(-6, 6), wide],
    reference: ([x, i, u], [s]) => {
      const out = Array.from(x!);
      const inner = s!.slice(1).reduce((p, d) => p * d, 1);
      i!.forEach((index, r) => {
        const k = place(index, 4);
        for (let j = 0; j < inner && k !== undefined; j++) out[k * inner + j]! += u![r * inner + j]!;
      });
      return out;
    },
    differentiable: [0, 2],
  },
  ...[wide, allInts].map(
    (domain): Case => ({
      name: `scatter${domain.dtype ? ' of int32' : ''}`,
      call: (x, i, u) => scatter(x, i, u),
      shapes: [
        [[4, 3], [6], [6, 3]],
        [[4], [3], [3]],
        [
          [4, 17],
          [2, 2],
          [2, 2, 17],
        ],
        [[4, 2], [0], [0, 2]],
        [[4], [], []],
      ],
      // Indices repeat: the last one wins. Out of range is dropped.
      domains: [domain, indices(-6, 6), domain],
      reference: ([x, i, u], [s]) => {
        const out = Array.from(x!);
        const inner = s!.slice(1).reduce((p, d) => p * d, 1);
        i!.forEach((index, r) => {
          const k = place(index, 4);
          for (let j = 0; j < inner && k !== undefined; j++) out[k * inner + j] = u![r * inner + j]!;
        });
        return out;
      },
      differentiable: domain.dtype ? [] : [0, 2],
    }),
  ),
  {
    name: 'scatter into axis 1',
    call: (x, i, u) => scatter(x, i, u, 1),
    shapes: [
      [[2, 4, 3], [5], [2, 5, 3]],
      [
        [3, 4],
        [2, 2],
        [3, 2, 2],
      ],
    ],
    domains: [wide, indices(-5, 5), wide],
    reference: ([x, i, u], [s, si]) => {
      const out = Array.from(x!);
      const [outer, inner, count] = [s![0]!, s![2] ?? 1, si!.reduce((p, d) => p * d, 1)];
      for (let o = 0; o < outer; o++) {
        i!.forEach((index, r) => {
          const k = place(index, 4);
          for (let j = 0; j < inner && k !== undefined; j++)
            out[(o * 4 + k) * inner + j] = u![(o * count + r) * inner + j]!;
        });
      }
      return out;
    },
    differentiable: [0, 2],
  },
  {
    name: 'scatter of a number',
    call: (x, i) => scatter(x, i, 2),
    shapes: [[[4, 3], [2]]],
    domains: [wide, indices(-5, 5)],
    reference: ([x, i]) => {
      const places = Array.from(i!, (k) => place(k, 4));
      return Array.from(x!, (v, flat) => (places.includes(Math.floor(flat / 3)) ? 2 : v));
    },
    differentiable: [0],
  },
  {
    name: 'scatterAlongAxis',
    call: (x, i, u) => scatterAlongAxis(x, i, u, 1),
    shapes: [
      [
        [2, 4, 3],
        [2, 5, 3],
        [2, 5, 3],
      ],
      [
        [3, 4],
        [1, 2],
        [3, 2],
      ],
      [
        [2, 4],
        [2, 0],
        [2, 0],
      ],
    ],
    domains: [wide, indices(-5, 5), wide],
    reference: ([x, i, u], [s, si, su]) => {
      const out = Float64Array.from(x!);
      indexed(su!, (index) => {
        const broadcast = index.map((v, d) => Math.min(v, si![d]! - 1));
        const k = place(at(i!, si!, broadcast), 4);
        const flat = k === undefined ? -1 : index.with(1, k).reduce((sum, v, d) => sum * s![d]! + v, 0);
        if (flat >= 0) out[flat] = at(u!, su!, index);
        return 0;
      });
      return Array.from(out);
    },
    differentiable: [0, 2],
  },
  {
    name: 'takeAt',
    call: (x, i, j) => takeAt(x, [i, j]),
    shapes: [
      [[3, 4], [17], [17]],
      [[3, 4, 2], [3, 1], [2]],
      [[3, 4], [], [5]],
      [[3, 4], [0], [0]],
    ],
    // Out of range of a column is in the next row, which must not be read.
    domains: [wide, indices(-4, 4), indices(-5, 6)],
    reference: ([x, i, j], [s, si, sj]) => {
      const inner = s![2] ?? 1;
      const picked = broadcastMap(i!, si!, j!, sj!, (a, b) => {
        const [r, c] = [place(a, 3), place(b, 4)];
        return r === undefined || c === undefined ? -1 : r * 4 + c;
      });
      return picked.flatMap((flat) =>
        Array.from({ length: inner }, (_, k) => (flat < 0 ? Number.NaN : x![flat * inner + k]!)),
      );
    },
  },
  {
    name: 'takeAt, in range',
    call: (x, i, j) => takeAt(x, [i, j]),
    shapes: [
      [[3, 4], [5], [5]],
      [[3, 4, 2], [3, 1], [2]],
    ],
    domains: [wide, indices(-3, 3), indices(-4, 4)],
    reference: ([x, i, j], [s, si, sj]) => {
      const inner = s![2] ?? 1;
      const picked = broadcastMap(i!, si!, j!, sj!, (a, b) => place(a, 3)! * 4 + place(b, 4)!);
      return picked.flatMap((flat) => Array.from({ length: inner }, (_, k) => x![flat * inner + k]!));
    },
    differentiable: [0],
  },
  ...(['left', 'right'] as const).flatMap((side): Case[] => {
    const count = (row: readonly number[], v: number) => row.filter((r) => (side === 'left' ? r < v : r <= v)).length;
    return [
      {
        name: `searchSorted, ${side}`,
        // Halves: there are equal ones.
        call: (s, x) => searchSorted(sort(floor(s.mul(2))), floor(x.mul(2)), { side }),
        shapes: [...SIZES.map((n): Shape[] => [[n], [17]]), [[5], []], [[5], [2, 3]]],
        domains: [wide, wide],
        reference: ([s, x]) =>
          Array.from(x!, (v) =>
            count(
              Array.from(s!, (r) => Math.floor(2 * r)),
              Math.floor(2 * v),
            ),
          ),
      },
      {
        name: `searchSorted in rows, ${side}`,
        call: (s, x) => searchSorted(sort(s), x, { side }),
        shapes: [
          [
            [2, 3, 5],
            [2, 3, 4],
          ],
          [
            [3, 1],
            [3, 7],
          ],
        ],
        domains: [wide, wide],
        reference: ([s, x], [ss, sx]) =>
          Array.from(x!, (v, flat) => {
            const row = Math.floor(flat / sx!.at(-1)!);
            return count(Array.from(s!.slice(row * ss!.at(-1)!, (row + 1) * ss!.at(-1)!)), v);
          }),
      },
    ];
  }),
  {
    name: 'scatterAdd into axis 1',
    call: (x, i, u) => scatterAdd(x, i, u, -1),
    shapes: [[[2, 4], [3], [2, 3]]],
    // Out of range of a row is in its neighbour: guards of NaN do not show what is added to them.
    domains: [wide, indices(-6, 6), wide],
    reference: ([x, i, u]) =>
      Array.from(x!, (v, flat) => {
        const [r, c] = [Math.floor(flat / 4), flat % 4];
        return v + total(Array.from(i!, (k, j) => (place(k, 4) === c ? u![r * 3 + j]! : 0)));
      }),
    differentiable: [0, 2],
  },
  ofSystems(
    'solve',
    (a, b) => solve(weighted(a, true), b),
    (a, b) => solutionOf(weightedMatrix(a, true), b),
  ),
  ofMatrices(
    'inv',
    (a) => inv(a),
    (a) => solutionOf(a, identityOf(a.length)).flat(),
  ),
  ofMatrices(
    'det',
    (a) => det(a),
    (a) => [determinantOf(a)],
    { shapes: [0, 1, 2, 3, 4, 5, 8, 9].map((n) => [n, n]) },
  ),
  ofMatrices(
    'slogdet, the logarithm',
    (a) => slogdet(a).logAbsDet,
    (a) => [Math.log(Math.abs(determinantOf(a)))],
  ),
  ofMatrices(
    'slogdet, the sign',
    (a) => slogdet(a).sign,
    (a) => [Math.sign(determinantOf(a))],
    { differentiable: [] },
  ),
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((k) => triangularCase(k % 2 === 1, k % 4 > 1, k > 3)),
  ofMatrices(
    'cholesky',
    (a) => cholesky(a),
    (a) => choleskyOf(a.map((row, i) => row.map((v, j) => (v + a[j]![i]!) / 2))).flat(),
    { crossed: false },
  ),
  qrCase(
    'q',
    (a) => qr(a).q,
    (a) => qrOf(a).q.flat(),
  ),
  qrCase(
    'r',
    (a) => qr(a).r,
    (a) => qrOf(a).r.flat(),
  ),
  qrCase(
    'both',
    (a) =>
      concat(
        [
          qr(a).q.flatten(a.shape.length - 2),
          qr(a)
            .r.square()
            .flatten(a.shape.length - 2),
        ],
        -1,
      ),
    (a) => [
      ...qrOf(a).q.flat(),
      ...qrOf(a)
        .r.flat()
        .map((v) => v * v),
    ],
  ),
  ...CONVOLUTIONS,
  {
    name: 'oneHot',
    call: (y) => oneHot(y, 4),
    shapes: [[[5]], [[2, 3]], [[]], [[0]]],
    domains: [indices(-1, 5)],
    reference: ([y]) => Array.from(y!).flatMap((k) => [0, 1, 2, 3].map((c) => +(c === k))),
  },
];

/**
 * One optimizer update: `slots` tensors that are written, then the gradient, the learning rate and perhaps the step.
 */
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
    call: (inputs) => new Tensor(sgdUpdate, inputs.slice(0, 3), { weightDecay: 0.5 }),
    reference: ([p], g, lr) => [p! - lr * (g + 0.5 * p!)],
  },
  ...(['momentum', 'nesterov', 'dampening', 'momentum and decay'] as const).map((name): UpdateCase => {
    const [nesterov, dampening] = [name === 'nesterov', name === 'dampening' ? 0.25 : 0];
    const weightDecay = name === 'momentum and decay' ? 0.5 : 0;
    return {
      name,
      slots: 2,
      call: (inputs) => new Tensor(momentumUpdate, inputs, { weightDecay, momentum: 0.9, dampening, nesterov }),
      reference: ([p, v], slope, lr, t) => {
        const g = slope + weightDecay * p!;
        const next = 0.9 * v! + (t > 1 ? 1 - dampening : 1) * g;
        return [p! - lr * (nesterov ? g + 0.9 * next : next), next];
      },
    };
  }),
  {
    name: 'rmsprop',
    slots: 2,
    call: (inputs) => new Tensor(rmspropUpdate, inputs.slice(0, 4), { weightDecay: 0.5, rho: 0.99, epsilon: 1e-8 }),
    reference: ([p, s], slope, lr) => {
      const g = slope + 0.5 * p!;
      const next = 0.99 * s! + (1 - 0.99) * g * g;
      return [p! - (lr * g) / (Math.sqrt(next) + 1e-8), next];
    },
  },
  {
    name: 'adagrad',
    slots: 2,
    call: (inputs) => new Tensor(adagradUpdate, inputs.slice(0, 4), { weightDecay: 0.5, epsilon: 1e-10 }),
    reference: ([p, s], slope, lr) => {
      const g = slope + 0.5 * p!;
      const next = s! + g * g;
      return [p! - (lr * g) / (Math.sqrt(next) + 1e-10), next];
    },
  },
  ...(['adam', 'adam with decay', 'adamW'] as const).map((name): UpdateCase => {
    const [decoupled, weightDecay] = [name === 'adamW', name === 'adam' ? 0 : 0.5];
    return {
      name,
      slots: 3,
      call: (inputs) =>
        new Tensor(adamUpdate, inputs, { decoupled, weightDecay, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }),
      reference: ([p, m, v], slope, lr, t) => {
        const g = decoupled ? slope : slope + weightDecay * p!;
        const kept = decoupled ? p! - lr * weightDecay * p! : p!;
        const m1 = 0.9 * m! + (1 - 0.9) * g;
        const v1 = 0.999 * v! + (1 - 0.999) * g * g;
        const [mHat, vHat] = [m1 / (1 - 0.9 ** t), v1 / (1 - 0.999 ** t)];
        return [kept - (lr * mHat) / (Math.sqrt(vHat) + 1e-8), m1, v1];
      },
    };
  }),
];
