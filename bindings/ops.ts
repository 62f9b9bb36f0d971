// The entry wasmgrad/ops: every op as a function of tensors. Public exports only. Not here: what makes tensors of numbers and
// shapes (api.ts), random ones among them.

/** @module wasmgrad/ops */

export {
  celu,
  elu,
  type GeluOptions,
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
} from './ops/activations.js';
export { acos, asin, atan2, hypot } from './ops/angles.js';
export { atan, ceil, cos, erf, expm1, floor, log1p, pow, round, sin, tan } from './ops/curves.js';
export { diag, tril, triu } from './ops/diagonals.js';
export { floorDiv, mod } from './ops/division.js';
export { dropout } from './ops/dropout.js';
export { einsum } from './ops/einsum.js';
export { scatter, scatterAdd, scatterAlongAxis, take, takeAlongAxis, takeAt } from './ops/gather.js';
export { acosh, asinh, atanh, cosh, sinh } from './ops/hyperbolic.js';
export { cholesky } from './ops/linalg/cholesky.js';
export { det, type SignAndLogDet, slogdet } from './ops/linalg/det.js';
export { type QrDecomposition, qr } from './ops/linalg/qr.js';
export { inv, solve } from './ops/linalg/solve.js';
export { type TriangularSolveOptions, triangularSolve } from './ops/linalg/triangular.js';
export { exp2, log2, log10, logAddExp, logSumExp } from './ops/logarithms.js';
export { all, any, logicalAnd, logicalNot, logicalOr, logicalXor, maskedFill } from './ops/logic.js';
export {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  categoricalCrossEntropy,
  type LossOp,
  type LossOptions,
  meanAbsoluteError,
  meanSquaredError,
  softmaxCrossEntropy,
} from './ops/losses.js';
export { type MeshgridOptions, meshgrid } from './ops/meshgrid.js';
export * from './ops/methods.js';
export { oneHot } from './ops/onehot.js';
export { type PadOptions, pad } from './ops/pad.js';
export { dot, outer, prod } from './ops/products.js';
export { cumProd, cumSum } from './ops/scan.js';
export { concat, flip, type Range, roll, slice, split, stack, tile } from './ops/slicing.js';
export { argSort, type SearchOptions, type SortOptions, searchSorted, sort, type TopK, topK } from './ops/sort.js';
export { norm, std, type VarianceOptions, variance } from './ops/spread.js';
export { type Unique, unique } from './ops/unique.js';
export { clip, where } from './ops/where.js';
