// Every instruction that walks over elements, as a program that does nothing else. Products are in suites/limits.js.

import * as wg from '../../build/internal.js';
import { random } from '../data.js';

/**
 * @typedef {object} OpCase
 * @property {string} name
 * @property {string | undefined} stream the walk through memory (see STREAMS) that reads and writes as many arrays; without
 *   it arithmetic takes the time
 * @property {(n: number) => OpProgram} make
 *
 * @typedef {object} OpProgram over about n elements
 * @property {{ shape: number[], data: Float32Array | Int32Array }[]} feeds
 * @property {(...inputs) => { outputs?: unknown[], effects?: unknown[], results?: unknown[] }} build
 * @property {number} elements
 */

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);

function floats(shape, seed, [low, high] = [-3, 3]) {
  const next = random(seed);
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * next()) };
}

function integers(shape, seed, below) {
  const next = random(seed);
  return { shape, data: Int32Array.from({ length: sizeOf(shape) }, () => Math.floor(next() * below)) };
}

/** [rows, cols] of about n elements. */
const matrix = (n, cols) => [Math.max(4, Math.floor(n / cols)), cols];

/** The case of a program with one result. `feedsOf` makes its inputs; the elements of the first one count. */
function op(name, stream, feedsOf, result) {
  const make = (n) => {
    const feeds = feedsOf(n);
    return { feeds, elements: sizeOf(feeds[0].shape), build: (...inputs) => ({ outputs: [result(...inputs)] }) };
  };
  return { name, stream, make };
}

/** The op of that name: a function, or a method that is none. */
const apply = (name, x, ...rest) => (name in wg.ops ? wg.ops[name](x, ...rest) : x[name](...rest));

function unary(name, stream, result = (x) => apply(name, x), range = undefined) {
  return op(name, stream, (n) => [floats([n], 1, range)], result);
}

/** Of one operand of int32 or of two. */
function whole(name, stream, result, operands = 2) {
  const feeds = (n) => Array.from({ length: operands }, (_, i) => integers([n], i + 1, 100));
  return op(`${name} of int32`, stream, feeds, result);
}

function binary(name, stream = 'triad', range = [0.5, 3], result = (a, b) => apply(name, a, b)) {
  return op(name, stream, (n) => [floats([n], 1, range), floats([n], 2, range)], result);
}

/** Cases whose second operand is broadcast: a row, a column or a number. */
function broadcast(name, shapeOf) {
  const feeds = (n) => [floats(matrix(n, 256), 1), floats(shapeOf(matrix(n, 256)), 2)];
  return op(name, 'copy', feeds, (a, b) => a.add(b));
}

/** Cases over rows of so many elements. */
function overRows(name, stream, cols, result) {
  return op(`${name}, ${cols}`, stream, (n) => [floats(matrix(n, cols), 1)], result);
}

/** The gradient by x of what is normalised, given that of the result: a case of both and the factors. */
function normGradient(name, cols, normalise) {
  const feeds = (n) => [floats(matrix(n, cols), 1), floats(matrix(n, cols), 2), floats([cols], 3)];
  const make = (n) => {
    const given = feeds(n);
    const build = (x, g, gamma) => ({ outputs: [wg.pullback([normalise(x, gamma)], [g], [x])[0]] });
    return { feeds: given, elements: sizeOf(given[0].shape), build };
  };
  return { name: `${name}, ${cols}`, stream: 'triad', make };
}

/** Cases over rows of so many elements, with factors and what is added for each column. */
function normalised(name, stream, cols, result) {
  const feeds = (n) => [floats(matrix(n, cols), 1), floats([cols], 2), floats([cols], 3)];
  return op(`${name}, ${cols}`, stream, feeds, result);
}

/** Cases over images [n, 12, 12, 16]. */
function onImages(name, result) {
  return op(name, 'copy', (n) => [floats([Math.max(1, Math.floor(n / 2304)), 12, 12, 16], 1)], result);
}

/** dy/dx for a cotangent of ones. */
const gradientOf = (x, y) => wg.pullback([y], [y.onesLike()], [x])[0];

/** Cases over rows of logits, with labels and a gradient for each row. */
function withLabels(name, cols, result) {
  const feeds = (n) => {
    const [rows] = matrix(n, cols);
    return [floats([rows, cols], 1), integers([rows], 2, cols), floats([rows], 3)];
  };
  return op(`${name}, ${cols}`, undefined, feeds, result);
}

/** Cases that pick rows by index, as many as there are. */
function picking(name, stream, result) {
  const feeds = (n) => {
    const [rows, cols] = matrix(n, 784);
    return [floats([rows, cols], 1), integers([rows], 2, rows), floats([rows, cols], 3)];
  };
  return op(name, stream, feeds, result);
}

/** Cases of matrices of 16x16 with large diagonals, and as many right sides. */
function linear(name, result) {
  const feeds = (n) => {
    const shape = [Math.max(1, Math.floor(n / 256)), 16, 16];
    const a = floats(shape, 1);
    for (let i = 0; i < a.data.length; i += 256) for (let k = 0; k < 256; k += 17) a.data[i + k] += 50;
    return [a, floats(shape, 2)];
  };
  return op(`${name}, 16x16`, undefined, feeds, result);
}

/** An optimizer's update of n parameters in place. */
function update(name, stream, optimizer) {
  const make = (n) => {
    const state = optimizer.slots.map((_, i) => floats([n], 3 + i, [0.1, 1]));
    const [rate, step] = [floats([], 0, [1e-3, 1e-3]), integers([], 0, 1)];
    step.data[0] = 1;
    const build = (param, grad, learningRate, stepInput, ...states) => {
      const slots = Object.fromEntries(optimizer.slots.map((slot, i) => [slot, states[i]]));
      const coefficients = Object.fromEntries(
        Object.entries(optimizer.coefficients ?? {}).map(([name, of]) => [name, wg.tensor(of(0))]),
      );
      const effects = optimizer.update({ param, grad, slots, learningRate, step: stepInput, coefficients });
      return { effects, results: [param, ...states] };
    };
    return { feeds: [floats([n], 1), floats([n], 2), rate, step, ...state], elements: n, build };
  };
  return { name, stream, make };
}

const copy = {
  name: 'copy',
  stream: 'copy',
  make: (n) => ({
    feeds: [floats([n], 1), floats([n], 2)],
    elements: n,
    build: (to, x) => ({ effects: [wg.assignTo(to, x)], results: [to] }),
  }),
};

const repeatRow = {
  name: 'repeat a row, 256',
  stream: 'fill',
  make: (n) => ({
    feeds: [floats([256], 1)],
    elements: sizeOf(matrix(n, 256)),
    build: (x) => ({ outputs: [x.broadcastTo(matrix(n, 256))] }),
  }),
};

/** n elements drawn from a key. */
function drawing(name, draw) {
  const key = { shape: [4], data: Int32Array.of(1, 2, 3, 4) };
  const make = (n) => ({ feeds: [key], elements: n, build: (k) => ({ outputs: [draw(n, { key: k })] }) });
  return { name, stream: undefined, make };
}

const LIGHT = ['neg', 'abs', 'sign', 'square', 'relu', 'leakyRelu', 'floor', 'ceil', 'round'];
const HEAVY = ['exp', 'expm1', 'sin', 'cos', 'atan', 'erf', 'sigmoid', 'tanh', 'softplus', 'gelu', 'silu', 'mish'];
const PAIRS = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'equal', 'greater', 'greaterEqual'];

/** @type {OpCase[]} */
const CASES = [
  ...LIGHT.map((name) => unary(name, 'copy')),
  unary('toInt', 'copy'),
  { ...binary('mod'), stream: undefined },
  ...['add', 'sub', 'mul', 'maximum', 'minimum', 'greater', 'greaterEqual'].map((name) =>
    whole(name, 'triad', (a, b) => apply(name, a, b)),
  ),
  ...['floorDiv', 'mod'].map((name) => whole(name, undefined, (a, b) => apply(name, a, b))),
  ...['sum', 'max'].map((name) => whole(name, undefined, (x) => apply(name, x), 1)),
  unary('sqrt', 'copy', (x) => x.sqrt(), [0, 3]),
  op(
    'toFloat',
    'copy',
    (n) => [integers([n], 1, 100)],
    (x) => x.toFloat(),
  ),
  ...HEAVY.map((name) => unary(name)),
  unary('gelu tanh', undefined, (x) => wg.ops.gelu(x, { approximate: 'tanh' })),
  unary('gelu dx', undefined, (x) => wg.vjp((t) => wg.ops.gelu(t), x).pull(x)),
  unary('log', undefined, (x) => x.log(), [0.1, 3]),
  unary('log1p', undefined, (x) => wg.ops.log1p(x), [0.1, 3]),

  ...PAIRS.map((name) => binary(name)),
  ...['reluGrad', 'sigmoidGrad', 'tanhGrad'].map((name) => binary(name, 'triad', [-1, 1])),
  binary('leakyReluGrad', 'triad', [-1, 1], (g, a) => g.leakyReluGrad(a, 0.01)),
  op(
    'equal int32',
    'triad',
    (n) => [integers([n], 1, 3), integers([n], 2, 3)],
    (a, b) => a.equal(b),
  ),
  { ...binary('pow'), stream: undefined },
  broadcast('add a row', ([, cols]) => [cols]),
  broadcast('add a column', ([rows]) => [rows, 1]),
  broadcast('add a number', () => []),
  op(
    'where',
    'select',
    (n) => [floats([n], 1, [0, 1]), floats([n], 2), floats([n], 3)],
    (condition, a, b) => wg.ops.where(condition, a, b),
  ),

  unary('sum of all', 'read', (x) => x.sum()),
  unary('max of all', 'read', (x) => x.max()),
  ...[10, 1000].flatMap((cols) => [
    overRows('sum of rows', 'read', cols, (x) => x.sum(-1)),
    overRows('sum of columns', 'read', cols, (x) => x.sum(0)),
    overRows('max of rows', 'read', cols, (x) => x.max(-1)),
    overRows('max of columns', 'read', cols, (x) => x.max(0)),
    overRows('argMax of rows', 'read', cols, (x) => x.argMax(-1)),
    overRows('argMax of columns', 'read', cols, (x) => x.argMax(0)),
    overRows('softmax', undefined, cols, (x) => x.softmax()),
    overRows('logSoftmax', undefined, cols, (x) => x.logSoftmax()),
    withLabels('crossEntropy', cols, (x, labels) => x.crossEntropy(labels)),
    withLabels('crossEntropyGrad', cols, (x, labels, g) => g.crossEntropyGrad(x, labels)),
  ]),
  overRows('cumSum of rows', undefined, 1000, (x) => wg.ops.cumSum(x)),
  overRows('cumSum of columns', 'copy', 1000, (x) => wg.ops.cumSum(x, 0)),
  // Near 1, so that products stay in range.
  op(
    'cumProd of rows, 1000',
    undefined,
    (n) => [floats(matrix(n, 1000), 1, [0.99, 1.01])],
    (x) => wg.ops.cumProd(x),
  ),
  whole('cumSum', undefined, (x) => wg.ops.cumSum(x), 1),

  ...[64, 512].flatMap((cols) => [
    normalised('layerNorm', 'copy', cols, (x, gamma, beta) => wg.ops.layerNorm(x, { gamma, beta })),
    normalised('rmsNorm', 'copy', cols, (x, gamma) => wg.ops.rmsNorm(x, { gamma })),
    // It has to go over x twice: the moments of a column are known when all of it was read.
    normalised('batchNorm', 'triad', cols, (x, gamma, beta) => wg.ops.batchNorm(x, { gamma, beta })),
    normGradient('layerNorm by x', cols, (x, gamma) => wg.ops.layerNorm(x, { gamma })),
    normGradient('batchNorm by x', cols, (x, gamma) => wg.ops.batchNorm(x, { gamma })),
  ]),

  ...[2, 3].flatMap((size) => [
    onImages(`maxPool2d of ${size}x${size}`, (x) => wg.ops.maxPool2d(x, size)),
    onImages(`avgPool2d of ${size}x${size}`, (x) => wg.ops.avgPool2d(x, size)),
    onImages(`maxPool2d of ${size}x${size} by x`, (x) => gradientOf(x, wg.ops.maxPool2d(x, size))),
    onImages(`avgPool2d of ${size}x${size} by x`, (x) => gradientOf(x, wg.ops.avgPool2d(x, size))),
  ]),

  copy,
  repeatRow,
  overRows('transpose', 'copy', 256, (x) => x.transpose()),
  op(
    'NHWC to NCHW, 8x8x16',
    'copy',
    (n) => [floats([matrix(n, 1024)[0], 8, 8, 16], 1)],
    (x) => x.transpose([0, 3, 1, 2]),
  ),
  picking('take rows, 784', 'copy', (x, rows) => wg.ops.take(x, rows)),
  picking('scatterAdd rows, 784', undefined, (x, rows, updates) => wg.ops.scatterAdd(x, rows, updates)),
  picking('scatter rows, 784', undefined, (x, rows, updates) => wg.ops.scatter(x, rows, updates)),
  op(
    'searchSorted, 256',
    undefined,
    (n) => [floats([n], 1), { shape: [256], data: Float32Array.from({ length: 256 }, (_, i) => i / 43 - 3) }],
    (x, sorted) => wg.ops.searchSorted(sorted, x),
  ),
  op(
    'takeAlongAxis, 256',
    undefined,
    (n) => [floats(matrix(n, 256), 1), integers(matrix(n, 256), 2, 256)],
    (x, picks) => wg.ops.takeAlongAxis(x, picks),
  ),
  overRows('argSort of rows', undefined, 256, (x) => wg.ops.argSort(x)),
  linear('solve', (a, b) => wg.ops.solve(a, b)),
  linear('det', (a) => wg.ops.det(a)),
  linear('triangularSolve', (a, b) => wg.ops.triangularSolve(a, b)),
  linear('cholesky', (a) => wg.ops.cholesky(a)),
  linear('qr', (a) => wg.ops.qr(a).r),

  drawing('randomUniform', (n, options) => wg.randomUniform([n], options)),
  drawing('randomNormal', (n, options) => wg.randomNormal([n], options)),
  drawing('permutation', (n, options) => wg.permutation(n, options)),
  op(
    'dropout',
    undefined,
    (n) => [floats([n], 1), integers([4], 2, 1000)],
    (x, key) => wg.ops.dropout(x, 0.3, { key }),
  ),

  update('sgd', 'triad', wg.sgd(1e-3)),
  update('momentum', 'update2', wg.sgd(1e-3, { momentum: 0.9 })),
  update('rmsprop', 'update2', wg.rmsprop(1e-3)),
  update('adagrad', 'update2', wg.adagrad(1e-3)),
  update('adam', 'update3', wg.adam(1e-3)),
];

const isOp = (name) => name in wg.ops || name in wg.tensor(0);

/** Elementwise instructions that no case above is of, as ops of their names; most functions are defined between 0 and 1. */
const others = Object.entries(wg.FAMILIES).flatMap(([family, row]) => {
  const members = wg.NAMES.filter((name) => sameOperands(wg.INSTRUCTIONS[name], row) && isOp(name));
  const missing = members.filter((name) => !CASES.some((one) => one.name === name));
  const make =
    family === 'unary'
      ? (name) => unary(name, undefined, undefined, [0.1, 0.9])
      : (name) => binary(name, undefined, [0.1, 0.9]);
  return missing.map(make);
});

function sameOperands(a, b) {
  return Object.keys(a).join() === Object.keys(b).join();
}

export const OPS = [...CASES, ...others];
