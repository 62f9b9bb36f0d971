// Every op of the public API: a row each, which says what it takes; an elementwise op that has none here is made of its
// row in cases.ts. Shapes and values that an op must refuse are not
// made here; whatever it throws on these is an error.

import type { Tensor } from '../../bindings/tensor.js';
import type { Case, Domain } from '../cases.js';
import { PLAIN } from '../places.js';
import { CONVOLUTIONS } from './convolutions.js';
import type { Cook, Op, Row } from './cook.js';
import type { Arg, Ref } from './recipe.js';

/** All of them exact in float32. */
const NUMBERS = [2, 0.5, -1, 0, 3, 1, -0.25, 2 ** -10];

const unary: Row = (c) => [c.float()];
const positive: Row = (c) => [c.positive(c.float())];

const broadcasts = (shape: readonly number[], t: Tensor): boolean => {
  const n = Math.min(shape.length, t.shape.length);
  for (let i = 1; i <= n; i++) {
    const [p, q] = [shape.at(-i)!, t.shape.at(-i)!];
    if (p !== q && p !== 1 && q !== 1) return false;
  }
  return true;
};

/** A number, a tensor that broadcasts with `x`, or a new leaf that does. */
function partner(c: Cook, x: Ref): Ref {
  const shape = c.shape(x);
  const from = c.choices.below(shape.length + 1);
  const fresh = shape.slice(from).map((d) => (c.choices.below(3) === 2 ? 1 : d));
  return c.floatOr(fresh, (t) => broadcasts(shape, t));
}

const operands = (c: Cook): readonly [Ref, Ref | number] => {
  const x = c.float();
  return [x, c.choices.below(4) === 3 ? c.choices.of(NUMBERS) : partner(c, x)];
};

const binary: Row = (c) => operands(c);

const notEmpty = (elements: number): boolean => elements > 0;

const reduce =
  (fits?: (elements: number) => boolean, more: (c: Cook) => Readonly<Record<string, Arg>> = () => ({})): Row =>
  (c) => {
    const x = c.float();
    const axes = c.axes(x, fits);
    const keepDims = c.choices.flag();
    return [x, axes, { ...(keepDims ? { keepDims } : {}), ...more(c) }];
  };

const alongAxis =
  (fits?: (d: number) => boolean): Row =>
  (c) => {
    const x = c.float();
    return [x, c.axis(x, fits)];
  };

/** The same of either type. */
const orderAlong =
  (fits: ((d: number) => boolean) | undefined, option: string): Row =>
  (c) => {
    const x = c.any();
    return [x, c.axis(x, fits), flag(c, option)];
  };

const flag = (c: Cook, name: string): Readonly<Record<string, Arg>> => (c.choices.flag() ? { [name]: true } : {});

/** The shapes of a product: vectors, matrices, batches that broadcast, each side transposed or not. */
function matMulOf(c: Cook): readonly Arg[] {
  const a = c.float(({ shape }) => shape.length > 0);
  const [transA, transB] = [c.choices.flag(), c.choices.flag()];
  const shape = c.shape(a);
  const k = shape.length > 1 && transA ? shape.at(-2)! : shape.at(-1)!;
  const n = c.dimension();
  const batch = c.choices.some(shape.slice(0, -2)).length === shape.length - 2 ? shape.slice(0, -2) : [];
  const fresh = c.choices.below(5) === 4 ? [k] : [...batch, ...(transB ? [n, k] : [k, n])];
  const rows = (t: Tensor): number | undefined => (t.shape.length > 1 && !transB ? t.shape.at(-2) : t.shape.at(-1));
  const fits = (t: Tensor): boolean => t.shape.length > 0 && t.shape.length < 3 && rows(t) === k;
  return [a, c.floatOr(fresh, fits), { ...(transA ? { transA } : {}), ...(transB ? { transB } : {}) }];
}

const reshape: Row = (c) => {
  const x = c.any();
  const shape = c.shape(x);
  const size = shape.reduce((p, d) => p * d, 1);
  const divisor = [2, 3, 4, 5].find((d) => size % d === 0) ?? 1;
  return [
    x,
    c.choices.of([
      [size],
      [1, ...shape],
      [...shape, 1],
      [...shape].reverse(),
      [divisor, size / divisor],
      ...(size > 0 ? [[-1], [divisor, -1]] : []),
    ]),
  ];
};

/** Each axis once. */
function order(c: Cook, rank: number): number[] {
  const left = Array.from({ length: rank }, (_, i) => i);
  return left.slice().map(() => left.splice(c.choices.below(left.length), 1)[0]!);
}

const transpose: Row = (c) => {
  const x = c.any();
  return c.choices.flag() ? [x, order(c, c.rank(x))] : [x];
};

const broadcastTo: Row = (c) => {
  const x = c.any();
  const wider = c.shape(x).map((d) => (d === 1 ? c.dimension() : d));
  return [x, c.choices.flag() ? [c.dimension(), ...wider] : wider];
};

const squeeze: Row = (c) => {
  const x = c.any();
  const ones = c.shape(x).flatMap((d, i) => (d === 1 ? [i] : []));
  return c.choices.flag() ? [x, c.choices.some(ones)] : [x];
};

const reduction = (c: Cook): Arg => c.choices.of([{}, { reduction: 'sum' }, { reduction: 'none' }]);

/** A prediction, and a target of its shape or a number. */
const pair = (c: Cook, prediction: Ref): readonly Arg[] => {
  const target = c.choices.below(4) === 3 ? 0.5 : c.like(c.shape(prediction));
  return [prediction, target, reduction(c)];
};

const elementLoss: Row = (c) => pair(c, c.float());

const rowsOf = (c: Cook): Ref => c.float(({ shape }) => shape.length > 0 && shape.at(-1)! > 0);

/** Rows, and class indices or distributions. */
const rowLoss = (c: Cook, rows: Ref): readonly Arg[] => {
  const shape = c.shape(rows);
  const target = c.choices.flag() ? c.like(shape) : c.indices(shape.slice(0, -1), shape.at(-1)!);
  return [rows, target, reduction(c)];
};

/** Sometimes the same numbers, made by another op. */
const disguised = (c: Cook, x: Ref): Ref => (c.choices.flag() ? c.method('mul', x, 1) : x);

/** What networks are made of. */
const USUAL: Readonly<Record<string, Row>> = {
  add: binary,
  mul: binary,
  sub: binary,
  neg: unary,
  square: unary,
  relu: unary,
  sigmoid: unary,
  tanh: unary,
  leakyRelu: (c) => [c.float(), ...(c.choices.flag() ? [c.choices.of([0.25, 0, 2])] : [])],
  exp: unary,
  sum: reduce(),
  mean: reduce(),
  max: reduce(notEmpty),
  matMul: (c) => matMulOf(c),
  transpose,
  reshape,
  broadcastTo,
};

const METHODS: Readonly<Record<string, Row>> = {
  min: reduce(notEmpty),
  div: (c) => {
    const [a, b] = operands(c);
    return [a, typeof b === 'number' ? b || 4 : c.positive(b)];
  },
  maximum: binary,
  minimum: binary,
  greater: binary,
  greaterEqual: binary,
  less: binary,
  lessEqual: binary,
  equal: binary,
  notEqual: binary,
  isNaN: unary,
  abs: unary,
  sign: unary,
  sqrt: positive,
  log: positive,
  rsqrt: positive,
  reciprocal: positive,
  toFloat: (c) => [c.any()],
  toInt: (c) => [c.any()],
  softplus: unary,
  softmax: alongAxis(notEmpty),
  logSoftmax: alongAxis(notEmpty),
  argMax: orderAlong(notEmpty, 'keepDims'),
  argMin: orderAlong(notEmpty, 'keepDims'),
  flatten: (c) => {
    const x = c.any();
    return [x, c.rank(x) > 0 ? c.axis(x) : 0];
  },
  expandDims: (c) => {
    const x = c.any();
    return [x, c.choices.below(c.rank(x) + 1)];
  },
  squeeze,
  stopGradient: unary,
  zerosLike: unary,
  onesLike: unary,
};

const condition = (c: Cook, x: Ref): Ref => c.method('greater', x, c.choices.of([0, 1]));

const where: Row = (c) => {
  const x = c.float();
  const [a, b] = [c.choices.below(3) === 2 ? c.choices.of(NUMBERS) : partner(c, x), c.choices.of(NUMBERS)];
  const shape = typeof a === 'number' ? [] : c.shape(a);
  return [condition(c, x), a, c.choices.flag() ? b : c.like(shape)];
};

const pow: Row = (c) => {
  if (c.choices.flag()) return [c.float(), c.choices.of([3, 2, 0, 1, -1, 0.5])];
  const [a, b] = operands(c);
  return [c.positive(a), b];
};

const vector = (c: Cook): Ref => c.float(({ shape }) => shape.length === 1);

const EQUATIONS: readonly [equation: string, ranks: readonly number[]][] = [
  ['ij,jk->ik', [2, 2]],
  ['ii->', [2]],
  ['ij->ji', [2]],
  ['ij,ij->', [2, 2]],
  ['bij,bjk->bik', [3, 3]],
  ['i,j->ij', [1, 1]],
  ['ij,j', [2, 1]],
  ['bij->bji', [3]],
  ['ij,kj,k->i', [2, 2, 1]],
  ['iij->ij', [3]],
  ['abc,cd->bad', [3, 2]],
];

/** Operands whose axes agree on the size of every letter. */
const einsum: Row = (c) => {
  const [equation, ranks] = c.choices.of(EQUATIONS);
  const terms = equation.split('->')[0]!.split(',');
  const first = c.float(({ shape }) => shape.length === ranks[0]);
  const sizes = new Map<string, number>();
  [...terms[0]!].forEach((letter, i) => {
    const size = sizes.get(letter) ?? c.shape(first)[i]!;
    c.choices.need(size === c.shape(first)[i]);
    sizes.set(letter, size);
  });
  const others = terms.slice(1).map((term) => {
    for (const letter of term) if (!sizes.has(letter)) sizes.set(letter, c.dimension());
    return c.like([...term].map((letter) => sizes.get(letter)!));
  });
  return [equation, first, ...others];
};

const concat: Row = (c) => {
  const x = c.float(({ shape }) => shape.length > 0);
  const axis = c.axis(x);
  const shape = c.shape(x);
  const at = axis < 0 ? axis + shape.length : axis;
  const length = c.dimension();
  const others = Array.from({ length: c.choices.below(3) }, () => c.like(shape.map((d, i) => (i === at ? length : d))));
  return [[x, ...others], axis];
};

const stack: Row = (c) => {
  const x = c.float();
  const others = Array.from({ length: c.choices.below(3) }, () => c.like(c.shape(x)));
  return [[x, ...others], c.choices.below(c.rank(x) + 1)];
};

const split: Row = (c) => {
  const x = c.any(({ shape }) => shape.length > 0);
  const axis = c.axis(x, notEmpty);
  const n = c.shape(x).at(axis)!;
  const first = c.choices.below(n + 1);
  const parts = c.choices.flag() ? n : [first, n - first];
  return { args: [x, parts, axis], part: c.choices.below(Array.isArray(parts) ? 2 : n) };
};

function range(c: Cook, n: number): Arg {
  const kind = c.choices.below(4);
  if (kind === 0) return null;
  if (kind === 1 && n > 0) return c.choices.below(2 * n) - n;
  const bound = (): number | null => (c.choices.flag() ? c.choices.below(2 * n + 2) - n - 1 : null);
  return [bound(), bound(), c.choices.of([1, 2, -1, 3, -2])];
}

const slice: Row = (c) => {
  const x = c.any();
  return [x, c.shape(x).map((n) => range(c, n))];
};

const pad: Row = (c) => {
  const x = c.any();
  const mode = c.choices.of(['constant', 'reflect', 'edge', 'wrap']);
  const most = (n: number): number => Math.min(2, { constant: 2, reflect: n - 1, edge: 2 * n, wrap: n }[mode]!);
  const widths = c.shape(x).map((n) => {
    const below = Math.max(0, most(n)) + 1;
    return [c.choices.below(below), c.choices.below(below)];
  });
  if (mode !== 'constant') return [x, widths, { mode }];
  return c.choices.flag() ? [x, widths, { value: 3 }] : [x, widths];
};

/** Images: a tensor made before, with axes of 1 in front of it. */
const images = (c: Cook): Ref => {
  const x = c.float(({ shape }) => shape.length < 5);
  const shape = c.shape(x);
  return shape.length === 4 ? x : c.method('reshape', x, [...new Array<number>(4 - shape.length).fill(1), ...shape]);
};

/** Rows to normalise: more than one element each, or the result is noise. */
const samples = (c: Cook): Ref => c.float(({ shape }) => shape.length > 1 && shape[0]! > 1 && shape.at(-1)! > 1);

/** Factors, or what is added, one a channel. */
const channel = (c: Cook, x: Ref, name: string): Readonly<Record<string, Arg>> =>
  c.choices.flag() ? { [name]: c.like(c.shape(x).slice(-1)) } : {};

const normRow =
  (...more: readonly string[]): Row =>
  (c) => {
    const x = samples(c);
    // A large epsilon, so that rows that are nearly constant are not noise.
    return [x, Object.assign({ epsilon: 1 }, ...more.map((name) => channel(c, x, name)))];
  };

const groupNorm: Row = (c) => {
  const x = samples(c);
  return [x, c.choices.flag() ? 1 : c.shape(x).at(-1)!, { epsilon: 1, ...channel(c, x, 'gamma') }];
};

const upSampling2d: Row = (c) => {
  const size = c.choices.of([2, 1, 3, [1, 2]]);
  return [images(c), { size, interpolation: c.choices.of(['nearest', 'bilinear']) }];
};

const pool =
  (average: boolean): Row =>
  (c) => {
    const x = images(c);
    const padding = c.choices.of(['same', 1, 'valid']);
    const [, height, width] = c.shape(x) as [number, number, number];
    c.choices.need(padding === 'same' || (height > 1 && width > 1));
    const counted = average && c.choices.flag() ? { countIncludePad: false } : {};
    return [x, 2, { padding, strides: c.choices.of([1, 2, 3]), ...flag(c, 'ceilMode'), ...counted }];
  };

/** Sequences: a tensor made before, with axes of 1 in front of it. */
const sequences = (c: Cook): Ref => {
  const x = c.float(({ shape }) => shape.length < 4);
  const shape = c.shape(x);
  return shape.length === 3 ? x : c.method('reshape', x, [...new Array<number>(3 - shape.length).fill(1), ...shape]);
};

const pool1d: Row = (c) => [sequences(c), 3, { padding: 'same', strides: c.choices.of([1, 2]) }];

/** Sequences of some steps, and a mask or none. */
const globalPool1d: Row = (c) => {
  const x = sequences(c);
  const [n, time] = c.shape(x) as [number, number];
  c.choices.need(time > 0);
  const mask = c.choices.flag() ? { mask: c.indices([n, time], 2) } : {};
  return [x, { ...flag(c, 'keepDims'), ...mask }];
};

const globalPool2d: Row = (c) => {
  const x = images(c);
  c.choices.need(c.shape(x)[1]! > 0 && c.shape(x)[2]! > 0);
  return [x, flag(c, 'keepDims')];
};

/** How much may be cut off both ends of an axis of n, so that something is left. */
const cut = (c: Cook, n: number): [number, number] => {
  const before = c.choices.below(Math.max(1, n));
  return [before, c.choices.below(Math.max(1, n - before))];
};

/** Images whose channels are four times as many. */
const depthToSpace: Row = (c) => {
  const x = images(c);
  return [c.add({ call: { name: 'concat', method: false, args: [[x, x, x, x], -1] } }), 2];
};

/** Images twice as large. */
const spaceToDepth: Row = (c) => [c.add({ call: { name: 'upSampling2d', method: false, args: [images(c)] } }), 2];

const triangle: Row = (c) => [c.any(({ shape }) => shape.length >= 2), c.choices.below(5) - 2];

/** A tensor between -1 and 1. */
const ball: Row = (c) => [c.method('mul', c.method('tanh', c.float()), 0.9)];

const tile: Row = (c) => {
  const x = c.any();
  const repeats = c.shape(x).map(() => c.choices.of([2, 1, 3, 0]));
  return [x, c.choices.flag() ? [2, ...repeats] : repeats.slice(c.choices.below(2))];
};

const flip: Row = (c) => {
  const x = c.any();
  return [x, c.axes(x)];
};

/** A shape of indices. */
const picks = (c: Cook): number[] => c.choices.of([[3], [], [2, 2], [5], [0], [17]]);

const take: Row = (c) => {
  const x = c.any(({ shape }) => shape.length > 0);
  const axis = c.axis(x, notEmpty);
  return [x, c.indices(picks(c), c.shape(x).at(axis)!), axis];
};

/** Tokens, and a row of numbers for each. */
const embedding: Row = (c) => {
  const table = c.float(({ shape }) => shape.length === 2 && shape[0]! > 0);
  const tokens = c.shape(table)[0]!;
  return [c.indices(picks(c), tokens), table, c.choices.flag() ? { paddingIndex: c.choices.below(tokens) } : {}];
};

/** Queries, keys and values of one width, and options. */
const attention: Row = (c) => {
  const q = c.float(({ shape }) => shape.length >= 2 && shape.length < 5);
  const shape = c.shape(q);
  const [time, width] = shape.slice(-2) as [number, number];
  const k = c.like([c.dimension(), width]);
  const keys = c.shape(k)[0]!;
  const mask = c.choices.flag() ? { mask: c.indices([time, keys], 2) } : {};
  return [q, k, c.like([keys, c.dimension()]), { ...flag(c, 'causal'), ...mask }];
};

/** Sequences that read others, by kernels of two heads. */
const multiHead: Row = (c) => {
  const query = sequences(c);
  const [n, time, width] = c.shape(query) as [number, number, number];
  const steps = c.dimension();
  const [key, value] = [c.like([n, steps, 2]), c.like([n, steps, 3])];
  const shared = c.choices.of([2, 1]);
  const kernels = {
    queryKernel: c.like([width, 4]),
    keyKernel: c.like([2, 2 * shared]),
    valueKernel: c.like([3, 2 * shared]),
    outputKernel: c.like([4, 3]),
    ...(c.choices.flag() ? { queryBias: c.like([4]), outputBias: c.like([3]) } : {}),
  };
  const mask = c.choices.flag()
    ? {
        mask: c.indices(
          c.choices.of([
            [n, steps],
            [n, time, steps],
          ]),
          2,
        ),
      }
    : {};
  const how = { numKeyValueHeads: shared, ...flag(c, 'causal'), ...flag(c, 'rotary'), ...mask };
  return [query, key, value, kernels, 2, how];
};

const takeAlongAxis: Row = (c) => {
  const x = c.any(({ shape }) => shape.length > 0);
  const axis = c.axis(x, notEmpty);
  const shape = c.shape(x);
  const at = axis < 0 ? axis + shape.length : axis;
  const count = c.dimension();
  const full = shape.map((d, i) => (i === at ? count : c.choices.below(4) === 3 ? 1 : d));
  return [x, c.indices(full, shape[at]!), axis];
};

const scatterAdd: Row = (c) => {
  const x = c.float(({ shape }) => shape.length > 0);
  const axis = c.axis(x, notEmpty);
  const shape = c.shape(x);
  const at = axis < 0 ? axis + shape.length : axis;
  const picked = picks(c);
  const updates = c.like([...shape.slice(0, at), ...picked, ...shape.slice(at + 1)]);
  return [x, c.indices(picked, shape[at]!), updates, axis];
};

const topK: Row = (c) => {
  const x = c.any(({ shape }) => shape.length > 0);
  const axis = c.axis(x);
  const k = c.choices.below(c.shape(x).at(axis)! + 1);
  return { args: [x, k, axis], part: c.choices.of(['values', 'indices']) };
};

/**
 * A matrix, or a batch of them, made of any tensor so that it can be solved well: with ones on the diagonal, and so
 * little elsewhere that no singular value is below ½.
 */
function regular(c: Cook, square = true): Ref {
  const x = c.float(({ shape }) => shape.length > 1 && (!square || shape.at(-1) === shape.at(-2)));
  const [rows, columns] = c.shape(x).slice(-2) as [number, number];
  const little = c.method('mul', c.method('tanh', x), 1 / (2 * Math.max(1, rows, columns)));
  return c.method('add', little, c.add({ call: { name: 'eye', method: false, args: [rows, columns] } }));
}

/** A right side for `a`: a vector, or columns for the whole batch or each matrix of it. */
function rightSide(c: Cook, a: Ref): Ref {
  const n = c.shape(a).at(-1)!;
  const kind = c.choices.below(3);
  if (kind === 0) return c.like([n]);
  return c.like([...(kind === 1 ? c.shape(a).slice(0, -2) : []), n, c.dimension()]);
}

const ofMatrix: Row = (c) => [regular(c)];

const triangularSolve: Row = (c) => {
  const a = regular(c);
  return [a, rightSide(c, a), { ...flag(c, 'lower'), ...flag(c, 'transA'), ...flag(c, 'unitDiagonal') }];
};

const cholesky: Row = (c) => {
  const a = regular(c);
  return [c.method('matMul', a, a, { transB: true })];
};

const shapeOf = (c: Cook): number[] => Array.from({ length: c.choices.below(4) }, () => c.dimension());

/** Images of at least one pixel. */
const pictures = (c: Cook): Ref => {
  const x = images(c);
  c.choices.need(c.shape(x)[1]! > 0 && c.shape(x)[2]! > 0);
  return x;
};

/** A random change of images by a number, with these options or none. */
const augmentation =
  (numbers: readonly number[], options: readonly object[] = [{}]): Row =>
  (c) => [pictures(c), c.choices.of(numbers), { ...c.choices.of(options), key: key(c) }];

const FILLS = [{}, { fillMode: 'edge' }, { fillValue: -2 }];

const ofType = (c: Cook): Arg => (c.choices.flag() ? 'int32' : undefined);

const bounded: Row = (c) => [
  c.float(),
  ...c.choices.of([
    [-1, 1],
    [0, 2],
    [0.5, 0.5],
    [-1e3, 1e3],
  ] as const),
];

const curve: Row = (c) => [c.float(), ...(c.choices.flag() ? [c.choices.of([0.5, 2, -1])] : [])];

const FUNCTIONS: Readonly<Record<string, Row>> = {
  ...CONVOLUTIONS,
  concat,
  slice,
  where,
  pow,
  expm1: unary,
  log1p: positive,
  mod: (c) => {
    const [a, b] = operands(c);
    return [a, typeof b === 'number' ? b || 4 : c.positive(b)];
  },
  floorDiv: (c) => {
    const [a, b] = operands(c);
    return [a, typeof b === 'number' ? b || 4 : c.positive(b)];
  },
  sinh: unary,
  cosh: unary,
  asinh: unary,
  acosh: (c) => [c.method('add', c.positive(c.float()), 1)],
  atanh: ball,
  asin: ball,
  acos: ball,
  log2: positive,
  log10: positive,
  exp2: unary,
  hypot: (c) => {
    const [a, b] = operands(c);
    return [c.positive(a), b];
  },
  atan2: (c) => {
    const [a, b] = operands(c);
    return [c.positive(a), b];
  },
  logAddExp: binary,
  logicalAnd: binary,
  logicalOr: binary,
  logicalXor: binary,
  logicalNot: unary,
  maskedFill: (c) => {
    const x = c.float();
    return [x, condition(c, x), c.choices.of(NUMBERS)];
  },
  cumProd: alongAxis(),
  roll: (c) => {
    const x = c.any();
    return [x, c.choices.below(7) - 3, c.axes(x)];
  },
  tril: triangle,
  triu: triangle,
  diag: (c) => [c.any(({ shape }) => shape.length === 1 || shape.length === 2), c.choices.below(5) - 2],
  meshgrid: (c) => {
    const vectors = [vector(c), vector(c)];
    return { args: [vectors, { indexing: c.choices.of(['ij', 'xy']) }], part: c.choices.below(2) };
  },
  sin: unary,
  cos: unary,
  tan: unary,
  atan: unary,
  erf: unary,
  floor: unary,
  ceil: unary,
  round: unary,
  clip: bounded,
  any: reduce(),
  all: reduce(),
  prod: reduce(),
  variance: reduce(undefined, (c) => (c.choices.flag() ? { correction: 0 } : {})),
  std: reduce(undefined, (c) => (c.choices.flag() ? { correction: 0 } : {})),
  norm: reduce(),
  logSumExp: (c) => {
    const x = c.float(({ shape }) => shape.length > 0);
    return [x, c.axes(x)];
  },
  cumSum: alongAxis(),
  dot: (c) => {
    const a = vector(c);
    return [a, c.like(c.shape(a))];
  },
  outer: (c) => [vector(c), vector(c)],
  einsum,
  stack,
  split,
  pad,
  maxPool2d: pool(false),
  avgPool2d: pool(true),
  maxPool1d: pool1d,
  avgPool1d: pool1d,
  adaptiveAvgPool1d: (c) => {
    const x = sequences(c);
    c.choices.need(c.shape(x)[1]! > 0);
    return [x, c.choices.of([1, 2, 3])];
  },
  adaptiveAvgPool2d: (c) => {
    const x = images(c);
    c.choices.need(c.shape(x)[1]! > 0 && c.shape(x)[2]! > 0);
    return [x, c.choices.of([1, 2, [3, 2]])];
  },
  globalAvgPool1d: globalPool1d,
  globalMaxPool1d: globalPool1d,
  globalAvgPool2d: globalPool2d,
  globalMaxPool2d: globalPool2d,
  zeroPadding1d: (c) => [sequences(c), c.choices.of([1, 0, [2, 1]])],
  zeroPadding2d: (c) => [
    images(c),
    c.choices.of([
      1,
      0,
      [2, 1],
      [
        [1, 0],
        [0, 2],
      ],
    ]),
  ],
  cropping1d: (c) => {
    const x = sequences(c);
    return [x, cut(c, c.shape(x)[1]!)];
  },
  cropping2d: (c) => {
    const x = images(c);
    return [x, [cut(c, c.shape(x)[1]!), cut(c, c.shape(x)[2]!)]];
  },
  repeatVector: (c) => [c.any(({ shape }) => shape.length === 2), c.dimension() + 1],
  layerNorm: normRow('gamma', 'beta'),
  rmsNorm: normRow('gamma'),
  batchNorm: normRow('gamma', 'beta'),
  instanceNorm: normRow('gamma', 'beta'),
  groupNorm,
  localResponseNorm: (c) => [samples(c), c.choices.of([3, 1, 2]), { alpha: 0.5 }],
  upSampling2d,
  depthToSpace,
  spaceToDepth,
  tile,
  flip,
  take,
  embedding,
  positionalEmbedding: (c) => [c.float(({ shape }) => shape.length >= 2), { offset: c.choices.below(3) }],
  rotaryEmbedding: (c) => {
    const x = c.float(({ shape }) => shape.length >= 2);
    return [c.add({ call: { name: 'concat', method: false, args: [[x, x], -1] } }), { offset: c.choices.below(3) }];
  },
  scaledDotProductAttention: attention,
  multiHeadAttention: multiHead,
  takeAlongAxis,
  scatterAdd,
  scatter: scatterAdd,
  scatterAlongAxis: (c) => {
    const [x, indices, axis] = takeAlongAxis(c) as readonly [Ref, Ref, number];
    return [x, indices, c.choices.of([2, 0, -3]), axis]; // whole ones go with int32, too
  },
  takeAt: (c) => {
    const x = c.any(({ shape }) => shape.length > 1);
    const [rows, columns] = c.shape(x) as [number, number];
    const picked = picks(c);
    return [x, [c.indices(picked, rows), c.indices(picked, columns)]];
  },
  searchSorted: (c) => [c.add({ call: { name: 'sort', method: false, args: [vector(c)] } }), c.float()],
  oneHot: (c) => {
    const size = c.dimension();
    return [c.indices(picks(c), size + 1), size];
  },
  sort: orderAlong(undefined, 'descending'),
  argSort: orderAlong(undefined, 'descending'),
  topK,
  solve: (c) => {
    const a = regular(c);
    return [a, rightSide(c, a)];
  },
  inv: ofMatrix,
  det: ofMatrix,
  slogdet: (c) => ({ args: [regular(c)], part: c.choices.of(['logAbsDet', 'sign']) }),
  triangularSolve,
  cholesky,
  qr: (c) => ({ args: [regular(c, false)], part: c.choices.of(['q', 'r']) }),
  celu: curve,
  elu: curve,
  gelu: (c) => [c.float(), ...(c.choices.flag() ? [{ approximate: 'tanh' }] : [])],
  hardSigmoid: unary,
  hardSwish: unary,
  hardTanh: bounded,
  logSigmoid: unary,
  mish: unary,
  prelu: (c) => {
    const x = c.float();
    return [x, c.choices.flag() ? 0.25 : partner(c, x)];
  },
  relu6: unary,
  selu: unary,
  silu: unary,
  softsign: unary,
  dropout: (c) => [c.float(), c.choices.of([0.5, 0.25, 0]), { key: key(c) }],
  spatialDropout1d: (c) => [sequences(c), c.choices.of([0.5, 0]), { key: key(c) }],
  spatialDropout2d: (c) => [images(c), c.choices.of([0.5, 0]), { key: key(c) }],
  gaussianNoise: (c) => [c.float(), c.choices.of([0.5, 0]), { key: key(c) }],
  randomFlip: (c) => [pictures(c), { mode: c.choices.of(['horizontal', 'vertical', 'both']), key: key(c) }],
  randomTranslation: (c) => {
    const part = (): number => c.choices.of([0, 0.3, 1]);
    return [pictures(c), part(), part(), { ...c.choices.of(FILLS), key: key(c) }];
  },
  randomCrop: (c) => {
    const x = pictures(c);
    const padding = c.choices.below(3);
    const [, height, width] = c.shape(x) as [number, number, number];
    const size = (most: number): number => 1 + c.choices.below(most + 2 * padding);
    return [x, size(height), size(width), { padding, key: key(c) }];
  },
  randomRotation: augmentation([0, 20, 180], FILLS),
  randomBrightness: augmentation([0, 0.2, 3]),
  randomContrast: augmentation([0, 0.2, 3]),
  cutout: augmentation([1, 2, 9], [{}, { fillValue: 3 }]),
  mixUp: (c) => {
    const x = c.float(({ shape }) => shape.length > 0);
    const y = c.leaf([c.shape(x)[0]!, 2]);
    return { args: [x, y, { alpha: c.choices.of([0.2, 1, 0.001]), key: key(c) }], part: c.choices.below(2) };
  },
  randomUniform: (c) => [shapeOf(c), { key: key(c), low: c.choices.of([0, -2]), high: c.choices.of([1, 3]) }],
  randomNormal: (c) => [shapeOf(c), { key: key(c), std: c.choices.of([1, 0.5]) }],
  truncatedNormal: (c) => [shapeOf(c), { key: key(c), mean: c.choices.of([0, 2]) }],
  bernoulli: (c) => [shapeOf(c), { key: key(c), p: c.choices.of([0.5, 0.25]) }],
  randomInt: (c) => [shapeOf(c), { key: key(c), low: c.choices.of([0, -3]), high: c.choices.of([2, 5]) }],
  permutation: (c) => [c.dimension(), { key: key(c) }],
  splitKeys: (c) => [key(c), c.dimension()],
  foldIn: (c) => [key(c), c.choices.of([0, 1, -1])],
  zeros: (c) => [shapeOf(c), ofType(c)],
  ones: (c) => [shapeOf(c), ofType(c)],
  full: (c) => [shapeOf(c), c.choices.of([3, -1, 7]), ofType(c)],
  eye: (c) => [c.dimension(), c.dimension()],
  arange: (c) => [0, c.dimension(), c.choices.of([1, 2, 3]), ofType(c)],
  linspace: (c) => [-1, 2, c.dimension()],
  meanSquaredError: elementLoss,
  meanAbsoluteError: elementLoss,
  huber: elementLoss,
  smoothL1: elementLoss,
  logCosh: elementLoss,
  pinball: elementLoss,
  focal: elementLoss,
  klDivergence: elementLoss,
  poissonNll: elementLoss,
  hinge: elementLoss,
  squaredHinge: elementLoss,
  contrastive: elementLoss,
  gaussianNll: (c) => {
    const [p, t, options] = elementLoss(c) as [Ref, Arg, Arg];
    return [p, t, c.choices.flag() ? 2 : c.positive(c.like(c.shape(p))), options];
  },
  cosineSimilarity: (c) => {
    const x = c.float(({ shape }) => shape.length > 0);
    const axis = c.axis(x);
    c.choices.need(c.shape(x).at(axis) !== 1); // of one number it is a sign, and its slope what is left of 1/|x| - 1/|x|
    return [x, partner(c, x), { axis: axis < 0 ? axis : axis - c.rank(x) }];
  },
  cosineEmbedding: (c) => {
    const x = c.float(({ shape }) => shape.length > 0 && shape.at(-1) !== 1); // likewise
    return [x, c.like(c.shape(x)), c.choices.of([1, -1]), reduction(c)];
  },
  tripletMargin: (c) => {
    const x = c.float(({ shape }) => shape.length > 0);
    return [x, c.like(c.shape(x)), c.like(c.shape(x)), c.choices.flag() ? { swap: true } : reduction(c)];
  },
  nllLoss: (c) => {
    const rows = rowsOf(c);
    const shape = c.shape(rows);
    const options = c.choices.flag() ? { ignoreIndex: 0, reduction: 'sum' } : reduction(c);
    return [rows, c.indices(shape.slice(0, -1), shape.at(-1)!), options];
  },
  binaryCrossEntropy: (c) => pair(c, disguised(c, c.method('sigmoid', c.float()))),
  binaryCrossEntropyWithLogits: elementLoss,
  softmaxCrossEntropy: (c) => rowLoss(c, rowsOf(c)),
  categoricalCrossEntropy: (c) => rowLoss(c, disguised(c, c.method('softmax', rowsOf(c)))),
};

/** Any four words are a key. */
function key(c: Cook): Ref {
  return c.indices([4], 1000);
}

const product = (c: Cook): Ref => c.method('matMul', ...matMulOf(c));

const biased = (c: Cook): readonly [Ref, Ref] => {
  const z = product(c);
  return [z, c.like(c.shape(z).slice(-1))];
};

/** A product, with a bias or without: what follows it may be fused with it. */
const linear = (c: Cook): Ref => (c.choices.flag() ? c.method('add', ...biased(c)) : product(c));

/** More rows of some ops: behind others, where they seldom are by chance. */
const SEQUENCES: readonly Op[] = [
  { name: 'leakyRelu', method: true, row: (c) => [linear(c), c.choices.of([0.25, 0, 2])] },
  { name: 'sigmoid', method: true, row: (c) => [linear(c)] },
  { name: 'add', method: true, row: biased },
];

const rows = (table: Readonly<Record<string, Row>>, method: boolean): Op[] =>
  Object.entries(table).map(([name, row]) => ({ name, method, row }));

/** An operand with numbers of a domain. */
function within(c: Cook, x: Ref | number, { low, high }: Domain): Ref | number {
  if (low >= 0) return typeof x === 'number' ? Math.abs(x) || 4 : c.positive(x);
  if (low < -1 || high > 1) return x;
  return typeof x === 'number' ? x / 4 : c.method('mul', c.method('tanh', x), 0.9);
}

/** What an op takes whose row in cases.ts says so. */
const plain =
  ({ domains }: Case): Row =>
  (c) => {
    const given = domains.length === 1 ? [c.float()] : operands(c);
    return given.map((x, i) => within(c, x, domains[i]!));
  };

const others = [...PLAIN].filter(([name]) => !(name in FUNCTIONS)).map(([name, row]) => [name, plain(row)] as const);

/** The table. The simplest ones come first: what shrinks goes there, and the usual ones come more often. */
export const OPS: readonly Op[] = [
  ...rows(USUAL, true),
  ...SEQUENCES,
  ...rows(METHODS, true),
  ...rows(FUNCTIONS, false),
  ...rows(Object.fromEntries(others), false),
];

/** Methods of Tensor that make no op of the table, and why. */
export const OTHER_METHODS: Readonly<Record<string, string>> = {
  constructor: 'is no op',
  data: 'reads',
  item: 'reads',
  toArray: 'reads',
  toString: 'prints',
  toJSON: 'prints',
  known: 'internal: what was read',
  keepValue: 'internal: what is read is kept',
  tracked: 'internal: whether a transform looks at it',
  checkSeen: 'internal: refuses what no transform sees through',
  values: 'internal: reads',
  identity: 'internal: made by every transform',
  rewrite: 'internal: made by every fused program',
  sumTo: 'internal: in the derivative of every op that broadcasts',
  reluGrad: 'internal: in the derivative of relu',
  leakyReluGrad: 'internal: in the derivative of leakyRelu',
  sigmoidGrad: 'internal: in the derivative of sigmoid',
  tanhGrad: 'internal: in the derivative of tanh',
  crossEntropy: 'internal: in softmaxCrossEntropy',
  crossEntropyGrad: 'internal: in the derivative of crossEntropy',
};

const TRANSFORM = 'graphs.ts and derivatives.ts apply it to graphs, or test/transforms.test.ts';
const MODEL = 'models.ts';
const LAYER = 'test/layers.test.ts';
const ATTENTION = 'test/attention.test.ts';
const RECURRENT = 'test/recurrent.test.ts';
const METRIC = 'test/metrics.test.ts';
const SCHEDULE = 'test/schedules.test.ts';
const LOSS = 'a loss of compile: test/losses.test.ts';

/** Exports that are no op of the table, and why. */
export const OTHER_EXPORTS: Readonly<Record<string, string>> = {
  categorical: 'the two largest may be equal but for rounding: random.test.ts',
  randomKey: 'its words are those of a leaf',
  glorotNormal: 'draws by randomNormal: test/random.test.ts',
  heNormal: 'draws by randomNormal: test/random.test.ts',
  splitKey: 'as splitKeys',
  setSeed: 'draws outside of graphs: random.test.ts',
  tensor: 'every leaf',
  unique: 'its shape depends on values: test/vocabulary.test.ts',
  ctcLoss: 'test/ctc.test.ts',
  ctcGreedyDecode: 'test/ctc.test.ts',
  assign: 'effects.ts',
  grad: TRANSFORM,
  valueAndGrad: TRANSFORM,
  vjp: TRANSFORM,
  jvp: TRANSFORM,
  jacobian: TRANSFORM,
  hessian: TRANSFORM,
  jit: TRANSFORM,
  gradCheck: TRANSFORM,
  vmap: 'batches.ts',
  scan: 'loops.ts',
  whileLoop: 'test/scan.test.ts',
  cond: 'test/scan.test.ts',
  customVjp: 'test/customvjp.test.ts',
  treeMap: 'test/trees.test.ts',
  treeLeaves: 'test/trees.test.ts',
  treeReduce: 'test/trees.test.ts',
  minimize: 'descents.ts',
  newton: 'test/minimize.test.ts',
  lbfgs: 'test/minimize.test.ts',
  sequential: MODEL,
  dense: MODEL,
  flatten: MODEL,
  rescaling: 'test/bytes.test.ts',
  activation: LAYER,
  recompute: 'test/recompute.test.ts',
  permute: LAYER,
  orthogonal: RECURRENT,
  simpleRnn: RECURRENT,
  lstm: RECURRENT,
  gru: RECURRENT,
  rnn: RECURRENT,
  bidirectional: RECURRENT,
  timeDistributed: RECURRENT,
  masking: 'test/masks.test.ts',
  maskOf: 'test/masks.test.ts',
  withMask: 'test/masks.test.ts',
  tiedOutput: ATTENTION,
  transformerDecoder: ATTENTION,
  transformerEncoder: ATTENTION,
  reshape: LAYER,
  cosineDistance: LOSS,
  confusionMatrix: METRIC,
  f1: METRIC,
  logLoss: METRIC,
  measure: METRIC,
  metric: METRIC,
  perplexity: METRIC,
  prAuc: METRIC,
  precision: METRIC,
  r2: METRIC,
  recall: METRIC,
  rmse: METRIC,
  rocAuc: METRIC,
  topKAccuracy: METRIC,
  sgd: MODEL,
  adam: MODEL,
  adagrad: MODEL,
  rmsprop: MODEL,
  adadelta: 'test/rules.test.ts',
  adafactor: 'test/rules.test.ts',
  adamW: 'test/rules.test.ts',
  adamax: 'test/rules.test.ts',
  amsgrad: 'test/rules.test.ts',
  averageWeights: 'test/wrappers.test.ts',
  clipByGlobalNorm: 'test/wrappers.test.ts',
  clipByNorm: 'test/wrappers.test.ts',
  clipByValue: 'test/wrappers.test.ts',
  constantSchedule: SCHEDULE,
  cosineDecay: SCHEDULE,
  cosineDecayRestarts: SCHEDULE,
  exponentialDecay: SCHEDULE,
  grouped: 'test/wrappers.test.ts',
  inverseTimeDecay: SCHEDULE,
  joinSchedules: SCHEDULE,
  l1: 'test/forward.test.ts',
  l2: 'test/forward.test.ts',
  layer: 'test/forward.test.ts',
  linearWarmup: SCHEDULE,
  lion: 'test/rules.test.ts',
  model: 'test/forward.test.ts',
  multiStep: SCHEDULE,
  nadam: 'test/rules.test.ts',
  oneCycle: SCHEDULE,
  piecewiseConstant: SCHEDULE,
  polynomialDecay: SCHEDULE,
  radam: 'test/rules.test.ts',
  rprop: 'test/rules.test.ts',
  stepDecay: SCHEDULE,
  trainer: 'test/trainer.test.ts',
  earlyStopping: 'test/model.test.ts',
  reduceLROnPlateau: 'test/callbacks.test.ts',
  logger: 'test/progress.test.ts',
  progressBar: 'test/progress.test.ts',
  fitBatches: 'test/fitbatches.test.ts',
  learningRateFinder: 'test/learningratefinder.test.ts',
  stopBelow: 'test/model.test.ts',
  generate: 'test/generate.test.ts',
  profile: 'test/profile.test.ts',
  init: 'starts everything',
  runtimeInfo: 'says what runs',
  WasmgradError: 'an error',
  NonFiniteLossError: 'an error',
};
