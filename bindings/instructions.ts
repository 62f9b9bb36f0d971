// The instruction table: one row an instruction, with the name and the kind of each of its operands in the order in
// which they lie on the tape. Everything that knows of operands follows from it: opcodes (the order of the rows), the
// operands of kernels in assembly/ and the switch that calls them (scripts/instructions.mjs writes them), the types of
// what ops emit and of what TypeScript kernels get, the text form, and what tests know of reads and writes. Not here:
// what an instruction does (kernels/).
//
// An instruction on the tape is [opcode, words in this instruction, operand words …]. `halt` ends the tape.

/** What a kernel does with the array at an address; an `updated` one is read and written. */
type Access = 'read' | 'written' | 'updated' | 'scratch';

/** What the array has: floats, whole numbers, addresses in bytes, or words of either kind, which are copied as bits. */
type Element = 'float32' | 'int32' | 'address' | 'any';

/**
 * What an operand is: the address of an array, which is 0 where there is none; a whole number, be it the opcode of
 * another instruction, 0 for none; a number of two words, `double`; or a `list` of whole numbers after their count,
 * which ends the instruction. A `tape` is such a list, too: the number of words that move, of each [word of the tape,
 * its address in the first turn, stride], and then the tape.
 */
export type Kind = `${Access} ${Element}` | 'int' | 'opcode' | 'double' | 'list' | 'tape';

/** The operands of an instruction. Doubles come first: AssemblyScript places them at multiples of 8 bytes. */
export type Row = Readonly<Record<string, Kind>>;

type Rows = Readonly<Record<string, Row>>;

const read = 'read float32';
const readInt = 'read int32';
const readAny = 'read any';
const readAddress = 'read address';
const written = 'written float32';
const writtenInt = 'written int32';
const writtenAny = 'written any';
const updated = 'updated float32';
const updatedInt = 'updated int32';
const updatedAny = 'updated any';
const scratch = 'scratch any';
const int = 'int';
const opcode = 'opcode';
const double = 'double';
const list = 'list';
const tape = 'tape';

/** Elementwise, of one input; slope is 0 for most. */
const unary = { slope: double, out: written, x: read, n: int } as const;

/** Elementwise, of two inputs, which broadcast: steps from row to row and from column to column. */
const binary = {
  slope: double,
  out: written,
  a: read,
  b: read,
  rows: int,
  cols: int,
  aRow: int,
  aCol: int,
  bRow: int,
  bCol: int,
} as const;

/** Elementwise, of two inputs of int32. */
const binaryInt = { ...binary, out: writtenInt, a: readInt, b: readInt } as const;

/** Of x [outer, k, inner], along k. */
const reduction = { out: written, x: read, outer: int, k: int, inner: int } as const;

/** Of each row of x. */
const overRows = { out: written, x: read, rows: int, cols: int } as const;

/**
 * Elementwise instructions: those of a family stand together in their module, where one kernel carries them out
 * (`unary`; in the side module curves `curvesUnary`).
 */
export const FAMILIES = { unary, binary } as const;

/** What every network may need. */
const main = {
  // run.ts itself
  halt: {},
  loop: { turns: int, test: read, body: tape },

  // kernels/movement.ts
  copy: { out: writtenAny, x: readAny, n: int },
  permute: { out: writtenAny, x: readAny, dimsAndStrides: list },
  write: { out: writtenAny, x: readAny, dimsAndStrides: list },
  takeRows: {
    out: writtenAny,
    base: readAddress,
    bytes: readInt,
    order: readAddress,
    cursor: readInt,
    rows: int,
    n: int,
  },
  advance: { cell: updatedInt, by: int },
  record: { log: readAddress, cursor: updatedInt, x: readAny, n: int },

  // kernels/elementwise.ts: one input
  neg: unary,
  abs: unary,
  sign: unary,
  square: unary,
  sqrt: unary,
  exp: unary,
  log: unary,
  relu: unary,
  leakyRelu: unary,
  sigmoid: unary,
  tanh: unary,
  softplus: unary,
  toFloat: { ...unary, x: readInt },
  toInt: { ...unary, out: writtenInt },

  // kernels/elementwise.ts: two inputs
  add: binary,
  sub: binary,
  mul: binary,
  div: binary,
  maximum: binary,
  minimum: binary,
  equal: binary,
  greater: binary,
  greaterEqual: binary,
  addInt: binaryInt,
  subInt: binaryInt,
  mulInt: binaryInt,
  maximumInt: binaryInt,
  minimumInt: binaryInt,
  equalInt: { ...binaryInt, out: written },
  greaterInt: { ...binaryInt, out: written },
  greaterEqualInt: { ...binaryInt, out: written },
  reluGrad: binary,
  leakyReluGrad: binary,
  sigmoidGrad: binary,
  tanhGrad: binary,

  // kernels/reduce.ts
  sum: reduction,
  argMax: { ...reduction, out: writtenInt },
  max: reduction,
  sumInt: { ...reduction, out: writtenInt, x: readInt },
  maxInt: { ...reduction, out: writtenInt, x: readInt },

  // kernels/random.ts
  random: {
    a: double,
    b: double,
    c: double,
    out: writtenAny,
    keys: readInt,
    first: readInt,
    rows: int,
    n: int,
    domain: int,
    draw: int,
    scratch,
  },

  // kernels/softmax.ts
  softmax: overRows,
  logSoftmax: overRows,
  crossEntropy: { out: written, logits: read, labels: readInt, rows: int, cols: int },
  crossEntropyGrad: { out: written, g: read, gStep: int, logits: read, labels: readInt, rows: int, cols: int },

  // kernels/matmul.ts
  matMul: {
    slope: double,
    out: written,
    a: read,
    b: read,
    m: int,
    n: int,
    k: int,
    transA: int,
    transB: int,
    bias: read,
    epilogue: opcode,
    y: read,
    scratch,
  },
  batchMatMul: {
    out: written,
    a: read,
    b: read,
    m: int,
    n: int,
    k: int,
    transA: int,
    transB: int,
    scratch,
    dimsAndStrides: list,
  },

  // kernels/optim.ts
  sgdUpdate: { weightDecay: double, param: updated, grad: read, lr: read, n: int },
  momentumUpdate: {
    weightDecay: double,
    momentum: double,
    dampening: double,
    param: updated,
    velocity: updated,
    grad: read,
    lr: read,
    step: readInt,
    n: int,
    nesterov: int,
  },
  rmspropUpdate: {
    weightDecay: double,
    rho: double,
    epsilon: double,
    param: updated,
    meanSquare: updated,
    grad: read,
    lr: read,
    n: int,
  },
  adagradUpdate: {
    weightDecay: double,
    epsilon: double,
    param: updated,
    sumSquare: updated,
    grad: read,
    lr: read,
    n: int,
  },
  adamUpdate: {
    weightDecay: double,
    beta1: double,
    beta2: double,
    epsilon: double,
    param: updated,
    m: updated,
    v: updated,
    grad: read,
    lr: read,
    step: readInt,
    n: int,
    decoupled: int,
  },
} as const satisfies Rows;

/** Elements at indices, and of their order. */
const indexing = {
  // kernels/gather.ts
  gather: {
    out: writtenAny,
    x: readAny,
    indices: readInt,
    outer: int,
    size: int,
    count: int,
    inner: int,
    along: int,
    fill: int,
  },
  scatterAdd: {
    out: written,
    x: read,
    indices: readInt,
    outer: int,
    size: int,
    count: int,
    inner: int,
    along: int,
  },
  scatter: {
    out: updatedAny,
    x: readAny,
    indices: readInt,
    outer: int,
    size: int,
    count: int,
    inner: int,
    along: int,
  },

  // kernels/search.ts
  searchSorted: { out: writtenInt, sorted: read, x: read, rows: int, k: int, count: int, right: int },

  // kernels/where.ts
  where: { out: writtenAny, condition: read, a: readAny, b: readAny, n: int, aStep: int, bStep: int },

  // kernels/scan.ts
  cumSum: reduction,
  cumProd: reduction,
  cumSumInt: { ...reduction, out: writtenInt, x: readInt },

  // kernels/sort.ts
  argSort: { ...reduction, out: writtenInt, x: readAny, count: int, ints: int, descending: int, scratch },
} as const satisfies Rows;

/** Functions of one number or two that networks seldom need. */
const curves = {
  // kernels/curves.ts: one input
  expm1: unary,
  log1p: unary,
  sin: unary,
  cos: unary,
  atan: unary,
  erf: unary,
  cdf: unary,
  floor: unary,
  ceil: unary,
  round: unary,

  // kernels/curves.ts: two inputs
  pow: binary,
  geluGrad: binary,
  mod: binary,
  floorDivInt: binaryInt,
  modInt: binaryInt,
} as const satisfies Rows;

/** Linear algebra of small matrices. */
const linalg = {
  // kernels/linalg.ts
  solve: { out: written, a: read, b: read, batch: int, n: int, m: int, transA: int, adjugate: int, scratch },
  det: { out: written, a: read, batch: int, n: int, pivots: int, scratch },
  triangularSolve: {
    out: written,
    a: read,
    b: read,
    batch: int,
    n: int,
    m: int,
    lower: int,
    transA: int,
    unitDiagonal: int,
    scratch,
  },
  cholesky: { out: written, a: read, batch: int, n: int, scratch },
  qr: { out: written, a: read, batch: int, m: int, n: int, scratch },
} as const satisfies Rows;

/** Normal numbers, and what else is done at random. */
const chance = {
  // kernels/normal.ts
  randomNormal: {
    mean: double,
    std: double,
    out: written,
    keys: readInt,
    rows: int,
    n: int,
    scratch,
  },

  // kernels/chance.ts
  shuffle: { out: writtenInt, keys: readInt, rows: int, n: int, scratch },
  dropout: { scale: double, out: written, x: read, keys: readInt, rows: int, n: int, threshold: int, scratch },
} as const satisfies Rows;

/** What is normalised by the means and variances of rows. */
const normalization = {
  // kernels/normalization.ts
  normRows: {
    epsilon: double,
    out: written,
    x: read,
    gamma: read,
    beta: read,
    rows: int,
    cols: int,
    centered: int,
  },
  normRowsGrad: {
    epsilon: double,
    out: written,
    g: read,
    x: read,
    gamma: read,
    rows: int,
    cols: int,
    centered: int,
  },
} as const satisfies Rows;

/** Means and variances of columns, and what is normalised by them. */
const columns = {
  // kernels/columns.ts
  columnMoments: { out: written, x: read, rows: int, cols: int, scratch },
  columnDots: { out: written, g: read, x: read, mean: read, rows: int, cols: int, scratch },
  mixColumns: {
    out: written,
    x: read,
    mean: read,
    b: read,
    c: read,
    g: read,
    a: read,
    rows: int,
    cols: int,
  },
} as const satisfies Rows;

/**
 * Of images [n, h, w, c], kernels [kh, kw, c / groups, o] and results [n, oh, ow, o]: two of them, and the third one.
 */
const convolutional = {
  slope: double,
  out: written,
  a: read,
  b: read,
  bias: read,
  epilogue: opcode,
  y: read,
  n: int,
  h: int,
  w: int,
  c: int,
  oh: int,
  ow: int,
  o: int,
  kh: int,
  kw: int,
  strideH: int,
  strideW: int,
  dilationH: int,
  dilationW: int,
  top: int,
  left: int,
  groups: int,
  rows: int,
  bytes: int,
  scratch,
} as const;

/** Convolution of images, and its gradients. */
const convolution = {
  // kernels/convolution.ts
  convolution: convolutional,
  convolutionInput: convolutional,
  convolutionKernel: convolutional,
} as const satisfies Rows;

/**
 * Recurrence over the steps of sequences, by the number of the cell's gates: 1 a simple one with tanh, 3 a gru, 4 an
 * lstm.
 */
const recurrence = {
  // kernels/recurrence.ts
  recurrence: {
    out: written,
    z: read,
    kernel: read,
    state: read,
    bias: read,
    mask: read,
    n: int,
    steps: int,
    units: int,
    gates: int,
    reverse: int,
    scratch,
  },
  recurrenceGrad: {
    out: written,
    g: read,
    saved: read,
    kernel: read,
    mask: read,
    n: int,
    steps: int,
    units: int,
    gates: int,
    reverse: int,
    scratch,
  },
} as const satisfies Rows;

/**
 * Attention by blocks of queries and keys. The strides of mask and bias, in elements, are those from sample to sample,
 * from head to head and from query to query; keys follow each other.
 */
const attending = {
  q: read,
  k: read,
  v: read,
  mask: read,
  bias: read,
  n: int,
  heads: int,
  shared: int,
  queries: int,
  keys: int,
  width: int,
  size: int,
  causal: int,
  maskN: int,
  maskHead: int,
  maskQuery: int,
  biasN: int,
  biasHead: int,
  biasQuery: int,
  scratch,
} as const;

const attention = {
  // kernels/attention.ts
  attention: { scale: double, out: written, ...attending },
  attentionGrad: { scale: double, out: written, g: read, saved: read, ...attending },
} as const satisfies Rows;

/** Images [n, h, w, c] and windows on them, the first `top` rows and `left` columns beyond the image. */
const windows = {
  n: int,
  h: int,
  w: int,
  c: int,
  sizeH: int,
  sizeW: int,
  strideH: int,
  strideW: int,
  top: int,
  left: int,
  outH: int,
  outW: int,
} as const;

/** The largest or the mean of windows. */
const pooling = {
  // kernels/pooling.ts
  maxPool: { out: written, x: read, from: read, ...windows },
  maxPoolGrad: { out: written, x: read, g: read, ...windows },
  avgPool: { out: written, x: read, ...windows, counted: int },
  avgPoolGrad: { out: written, g: read, ...windows, counted: int },
} as const satisfies Rows;

/**
 * Which module of wasm has an instruction's kernel: `main`, which is in every program, or a side module, which comes
 * with the ops that need it (`side` in ops/op.ts). A row moves by being written elsewhere. The builds that are files
 * hold all.
 */
export const MODULES = {
  main,
  indexing,
  curves,
  linalg,
  chance,
  normalization,
  columns,
  convolution,
  pooling,
  recurrence,
  attention,
} as const;

/**
 * Instructions of the main module that its slim build is without: wasmgrad/run starts with that one, which has what
 * most networks need to predict, and loads the other for programs that have one of these.
 */
export const BEYOND_SLIM: readonly (keyof typeof main)[] = [
  'permute',
  'write',
  'takeRows',
  'advance',
  'record',
  'exp',
  'log',
  'softplus',
  'sum',
  'argMax',
  'max',
  'sumInt',
  'maxInt',
  'random',
  'logSoftmax',
  'crossEntropy',
  'crossEntropyGrad',
  'batchMatMul',
  'sgdUpdate',
  'momentumUpdate',
  'rmspropUpdate',
  'adagradUpdate',
  'adamUpdate',
];

/** All instructions, by opcode: those of side modules come last. */
export const INSTRUCTIONS = {
  ...main,
  ...indexing,
  ...curves,
  ...linalg,
  ...chance,
  ...normalization,
  ...columns,
  ...convolution,
  ...pooling,
  ...recurrence,
  ...attention,
} as const;

/** The name of an instruction. */
export type Instruction = keyof typeof INSTRUCTIONS;

/** The names of all instructions, by opcode. */
export const NAMES = /*@__PURE__*/ Object.keys(INSTRUCTIONS) as readonly Instruction[];

/** The value of an operand: a number, or those of a list. */
export type OperandValue = number | readonly number[];

/**
 * The operands of an instruction, by name. Addresses are in bytes where it is encoded; a TypeScript kernel gets them as
 * indices into the views of memory.
 */
export type Operands<I extends Instruction> = {
  readonly [K in keyof (typeof INSTRUCTIONS)[I]]: (typeof INSTRUCTIONS)[I][K] extends 'list' | 'tape'
    ? readonly number[]
    : number;
};

/** The instructions with the operands of a family. */
type Like<F> = {
  [I in Instruction]: [keyof (typeof INSTRUCTIONS)[I], keyof F] extends [keyof F, keyof (typeof INSTRUCTIONS)[I]]
    ? I
    : never;
}[Instruction];

/** The name of an elementwise instruction of one input. */
export type UnaryInstruction = Like<typeof unary>;

/** The name of an elementwise instruction of two inputs. */
export type BinaryInstruction = Like<typeof binary>;

/** Whether an operand is an address. */
export const isAddress = (kind: Kind): boolean => kind.includes(' ');
