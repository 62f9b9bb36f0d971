// How much of memory instructions read or write that the slim build is without: those of side modules, and what few
// networks have of the main one. Loaded with their kernels.

import { attentionScratch, KEYS } from '../../assembly/attention.js';
import { gemmScratch } from '../../assembly/blocks.js';
import { recurrenceGradScratch, recurrenceScratch } from '../../assembly/recurrence.js';
import { gradWidth, savedWidth } from '../kernels/gates.js';
import { type ConvolutionKind, stripBytes } from '../strip.js';
import {
  EXTENTS,
  type Extent,
  type Extents,
  ifAny,
  isStep,
  type Numbers,
  overRows,
  type Rule,
  size,
  strided,
  where,
} from './extents.js';

/** Deeper nests of loops than any shape has are no program of ours, and kernels recurse. */
const MAX_RANK = 32;

/** Splits [dims …, strides …] of `operands` operands; NaN for all if it can't be. */
function dimsOf(list: readonly number[], operands: number): readonly number[][] {
  const rank = list.length / (operands + 1);
  if (!Number.isInteger(rank) || rank > MAX_RANK) return Array.from({ length: operands + 1 }, () => [Number.NaN]);
  return Array.from({ length: operands + 1 }, (_, i) => list.slice(i * rank, (i + 1) * rank));
}

/** Between the elements of a strided tensor and those of one without gaps. */
/*@__NO_SIDE_EFFECTS__*/
const moved =
  (flat: string, apart: string): Rule =>
  (_, list) => {
    const [dims, strides] = dimsOf(list, 1) as [number[], number[]];
    return { [flat]: size(...dims), [apart]: strided(dims, strides) };
  };

/** Of nothing there is a sum, 0, and a largest number, -Infinity. */
const reduction: Rule = ({ outer, k, inner }) => ({
  out: size(outer!, inner!),
  x: k === 0 ? 0 : size(outer!, k!, inner!),
});

const running: Rule = ({ outer, k, inner }) => ({ out: size(outer!, k!, inner!), x: size(outer!, k!, inner!) });

const scattered: Rule = ({ outer, size: rows, count, inner, along }) => ({
  out: size(outer!, rows!, inner!),
  x: size(outer!, count!, inner!),
  indices: along ? size(outer!, count!, inner!) : size(count!),
});

/** How far a kernel may count: more would wrap in 32 bits. */
const FAR = 2 ** 28;

/** Windows begin within the image, or in front of it. */
const fits = (n: number, size: number, stride: number, before: number, out: number): boolean =>
  before >= 0 && before < FAR && size > 0 && size < FAR && stride > 0 && (out - 1) * stride - before < n;

/*@__NO_SIDE_EFFECTS__*/
const pooled =
  (...ends: readonly (readonly [image: string, result: string])[]): Rule =>
  (it) => {
    const { n, h, w, c, sizeH, sizeW, strideH, strideW, top, left, outH, outW } = it;
    const holds = fits(h!, sizeH!, strideH!, top!, outH!) && fits(w!, sizeW!, strideW!, left!, outW!);
    const all = ends.map(([image, result]) => ({
      [image]: where(holds, size(n!, h!, w!, c!)),
      [result]: size(n!, outH!, outW!, c!),
    }));
    return Object.assign({}, ...all);
  };

/** Images, results and the kernel of a convolution, by the operand that each is. */
/*@__NO_SIDE_EFFECTS__*/
const convolved =
  (kind: ConvolutionKind, images: string, results: string, kernel: string): Rule =>
  (it) => {
    const { n, h, w, c, oh, ow, o, kh, kw, strideH, strideW, dilationH, dilationW, top, left, groups, rows } = it;
    const each = c! / size(groups!);
    const reach = size(oh!, strideH!) + size(kh!, dilationH!) + Math.abs(top!);
    const across = size(ow!, strideW!) + size(kw!, dilationW!) + Math.abs(left!);
    const holds = reach < FAR && across < FAR && Number.isInteger(each) && Number.isInteger(o! / groups!);
    const words = { [images]: size(n!, h!, w!, c!), [results]: size(n!, oh!, ow!, o!) };
    const last = images === 'out' ? c! : o!;
    return {
      ...words,
      [kernel]: size(kh!, kw!, each, o!),
      bias: ifAny(it.bias!, last),
      y: ifAny(it.y!, words.out!),
      scratch: where(holds, size(rows!) && stripBytes(kind, it as never, rows!) / 4),
    };
  };

/** Of the cells that there are: a simple one, a gru, an lstm. */
const isCell = (gates: number): boolean => gates === 1 || gates === 3 || gates === 4;

/** What both instructions of attention read, and their scratch memory for so many blocks of scores. */
function attended(it: Numbers, matrices: number): Readonly<Record<string, Extent>> {
  const { n, heads, shared, queries, keys, width, size: each } = it;
  const limit = (name: 'mask' | 'bias'): Extent => {
    const strides = [it[`${name}N`]!, it[`${name}Head`]!, it[`${name}Query`]!];
    return it[name] ? strided([n!, heads!, queries!], strides, keys!) : 0;
  };
  const holds = Number.isInteger(heads! / size(shared!)) && KEYS * size(width! + each!) < FAR;
  return {
    q: where(holds, size(n!, heads!, queries!, width!)),
    k: size(n!, shared!, keys!, width!),
    v: size(n!, shared!, keys!, each!),
    mask: limit('mask'),
    bias: limit('bias'),
    scratch: attentionScratch(queries!, keys!, width!, each!, matrices) / 4,
  };
}

/** Of [n, n] and [n, m] in doubles, and an index for each of n in as many bytes. */
const eliminated = (n: number, m: number): number => 2 * n * (n + m + 1);

/** The rules of all instructions that a frozen program can have. */
export const ALL_EXTENTS: Extents = /*@__PURE__*/ Object.assign({}, EXTENTS, {
  permute: moved('out', 'x'),
  write: moved('x', 'out'),
  logSoftmax: overRows,

  sum: reduction,
  argMax: ({ outer, k, inner }) => ({ out: size(outer!, inner!), x: size(outer!, k!, inner!) }),
  max: reduction,
  sumInt: reduction,
  maxInt: reduction,
  cumSum: running,
  cumProd: running,
  cumSumInt: running,
  argSort: ({ outer, k, inner, count }) => ({
    out: where(count! <= k!, size(outer!, count!, inner!)),
    x: size(outer!, k!, inner!),
    scratch: 4 * k!,
  }),

  recurrence: ({ n, steps, units, gates, mask, bias }) => ({
    out: size(n!, steps! + 1, savedWidth(gates!) * units!),
    z: size(n!, steps!, gates!, units!),
    kernel: size(units!, gates!, units!),
    state: size(n!, gates === 4 ? 2 : 1, units!),
    bias: where(isCell(gates!) && (gates === 3) === bias! > 0, ifAny(bias!, units!)),
    mask: ifAny(mask!, size(n!, steps!)),
    scratch: recurrenceScratch(n!, units!, gates!) / 4,
  }),
  recurrenceGrad: ({ n, steps, units, gates, mask }) => ({
    out: size(n!, steps! + 1, gradWidth(gates!) * units!),
    g: size(n!, gates === 4 ? steps! + 1 : steps!, units!),
    saved: where(isCell(gates!), size(n!, steps! + 1, savedWidth(gates!) * units!)),
    kernel: size(units!, gates!, units!),
    mask: ifAny(mask!, size(n!, steps!)),
    scratch: recurrenceGradScratch(n!, units!, gates!) / 4,
  }),

  attention: (it) => ({
    ...attended(it, 1),
    out: size(it.n!, it.heads!, it.queries!, it.size! + 2),
  }),
  attentionGrad: (it) => {
    const { n, heads, shared, queries, keys, width, size: each } = it;
    return {
      ...attended(it, 2),
      out: size(n!, shared!, (heads! / shared!) * queries! * width! + keys! * (width! + each!)),
      g: size(n!, heads!, queries!, each!),
      saved: size(n!, heads!, queries!, each! + 2),
    };
  },

  batchMatMul: ({ m, n, k }, list) => {
    const [dims, a, b] = dimsOf(list, 2) as [number[], number[], number[]];
    return {
      out: size(...dims, m!, n!),
      a: strided(dims, a, size(m!, k!)),
      b: strided(dims, b, size(k!, n!)),
      scratch: gemmScratch(m!, n!, k!) / 4,
    };
  },

  gather: ({ outer, size: rows, count, inner, along }) => ({
    out: size(outer!, count!, inner!),
    x: size(outer!, rows!, inner!),
    indices: along ? size(outer!, count!, inner!) : size(count!),
  }),
  scatterAdd: scattered,
  scatter: scattered,
  searchSorted: ({ rows, k, count }) => ({
    out: size(rows!, count!),
    sorted: size(rows!, k!),
    x: size(rows!, count!),
  }),
  where: ({ n, aStep, bStep }) => ({
    out: size(n!),
    condition: size(n!),
    a: where(isStep(aStep!), strided([n!], [aStep!])),
    b: where(isStep(bStep!), strided([n!], [bStep!])),
  }),

  solve: ({ batch, n, m, b }) => ({
    out: size(batch!, n!, m!),
    a: size(batch!, n!, n!),
    b: b ? size(batch!, n!, m!) : where(n === m, 0),
    scratch: eliminated(n!, m!),
  }),
  det: ({ batch, n, pivots }) => ({
    out: pivots ? size(batch!, n!) : size(batch!),
    a: size(batch!, n!, n!),
    scratch: eliminated(n!, 0),
  }),
  triangularSolve: ({ batch, n, m }) => ({
    out: size(batch!, n!, m!),
    a: size(batch!, n!, n!),
    b: size(batch!, n!, m!),
    scratch: 2 * n! * (n! + m!),
  }),
  cholesky: ({ batch, n }) => ({ out: size(batch!, n!, n!), a: size(batch!, n!, n!), scratch: 2 * n! * n! }),
  qr: ({ batch, m, n }) => ({
    out: size(batch!, m! + n!, n!),
    a: where(m! >= n!, size(batch!, m!, n!)),
    scratch: 2 * n! * (2 * m! + 1),
  }),

  normRows: ({ rows, cols, gamma, beta }) => ({
    out: size(rows!, cols!),
    x: size(rows!, cols!),
    gamma: beta || gamma ? cols! : 0,
    beta: ifAny(beta!, cols!),
  }),
  normRowsGrad: ({ rows, cols, gamma }) => ({
    out: size(rows!, cols!),
    g: size(rows!, cols!),
    x: size(rows!, cols!),
    gamma: ifAny(gamma!, cols!),
  }),
  columnMoments: ({ rows, cols }) => ({ out: 2 * cols!, x: size(rows!, cols!), scratch: 24 * Math.ceil(cols! / 4) }),
  columnDots: ({ rows, cols, mean }) => ({
    out: 2 * cols!,
    g: size(rows!, cols!),
    x: size(rows!, cols!),
    mean: ifAny(mean!, cols!),
    scratch: 24 * Math.ceil(cols! / 4),
  }),
  mixColumns: ({ rows, cols, g }) => ({
    out: size(rows!, cols!),
    x: size(rows!, cols!),
    mean: cols!,
    b: cols!,
    c: cols!,
    g: ifAny(g!, rows! * cols!),
    a: ifAny(g!, cols!),
  }),

  convolution: convolved('convolution', 'a', 'out', 'b'),
  convolutionInput: convolved('convolutionInput', 'out', 'a', 'b'),
  convolutionKernel: convolved('convolutionKernel', 'a', 'b', 'out'),

  maxPool: pooled(['x', 'out'], ['from', 'out']),
  maxPoolGrad: pooled(['x', 'g'], ['out', 'g']),
  avgPool: pooled(['x', 'out']),
  avgPoolGrad: pooled(['out', 'g']),
} satisfies Extents);
