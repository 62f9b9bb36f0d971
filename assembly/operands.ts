// Generated from bindings/instructions.ts by scripts/instructions.mjs: edit the table, then `npm run build:wasm`.
//
// The operands of each instruction as a structure over the tape, of which a kernel reads what it needs. The lines below
// the classes are for the compiler: it stops if it would read an operand where the encoder does not write it.

@unmanaged
export class UnaryOperands {
  op: i32;
  length: i32;
  slope: f64;
  out: usize;
  x: usize;
  n: i32;
}
if (offsetof<UnaryOperands>('n') !== 24) ERROR('UnaryOperands: n is not at 24');

@unmanaged
export class BinaryOperands {
  op: i32;
  length: i32;
  slope: f64;
  out: usize;
  a: usize;
  b: usize;
  rows: i32;
  cols: i32;
  aRow: i32;
  aCol: i32;
  bRow: i32;
  bCol: i32;
}
if (offsetof<BinaryOperands>('bCol') !== 48) ERROR('BinaryOperands: bCol is not at 48');

@unmanaged
export class LoopOperands {
  op: i32;
  length: i32;
  turns: i32;
  test: usize;
  bodyCount: i32;

  /** The address of the list: its count, then its numbers. */
  @inline
  get body(): usize {
    return changetype<usize>(this) + 16;
  }
}
if (offsetof<LoopOperands>('bodyCount') !== 16) ERROR('LoopOperands: bodyCount is not at 16');

@unmanaged
export class CopyOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  n: i32;
}
if (offsetof<CopyOperands>('n') !== 16) ERROR('CopyOperands: n is not at 16');

@unmanaged
export class PermuteOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  dimsAndStridesCount: i32;

  /** The address of the list: its count, then its numbers. */
  @inline
  get dimsAndStrides(): usize {
    return changetype<usize>(this) + 16;
  }
}
if (offsetof<PermuteOperands>('dimsAndStridesCount') !== 16) ERROR('PermuteOperands: dimsAndStridesCount is not at 16');

@unmanaged
export class WriteOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  dimsAndStridesCount: i32;

  /** The address of the list: its count, then its numbers. */
  @inline
  get dimsAndStrides(): usize {
    return changetype<usize>(this) + 16;
  }
}
if (offsetof<WriteOperands>('dimsAndStridesCount') !== 16) ERROR('WriteOperands: dimsAndStridesCount is not at 16');

@unmanaged
export class TakeRowsOperands {
  op: i32;
  length: i32;
  out: usize;
  base: usize;
  bytes: usize;
  order: usize;
  cursor: usize;
  rows: i32;
  n: i32;
}
if (offsetof<TakeRowsOperands>('n') !== 32) ERROR('TakeRowsOperands: n is not at 32');

@unmanaged
export class AdvanceOperands {
  op: i32;
  length: i32;
  cell: usize;
  by: i32;
}
if (offsetof<AdvanceOperands>('by') !== 12) ERROR('AdvanceOperands: by is not at 12');

@unmanaged
export class RecordOperands {
  op: i32;
  length: i32;
  log: usize;
  cursor: usize;
  x: usize;
  n: i32;
}
if (offsetof<RecordOperands>('n') !== 20) ERROR('RecordOperands: n is not at 20');

@unmanaged
export class SumOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  outer: i32;
  k: i32;
  inner: i32;
}
if (offsetof<SumOperands>('inner') !== 24) ERROR('SumOperands: inner is not at 24');

@unmanaged
export class ArgMaxOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  outer: i32;
  k: i32;
  inner: i32;
}
if (offsetof<ArgMaxOperands>('inner') !== 24) ERROR('ArgMaxOperands: inner is not at 24');

@unmanaged
export class MaxOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  outer: i32;
  k: i32;
  inner: i32;
}
if (offsetof<MaxOperands>('inner') !== 24) ERROR('MaxOperands: inner is not at 24');

@unmanaged
export class SumIntOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  outer: i32;
  k: i32;
  inner: i32;
}
if (offsetof<SumIntOperands>('inner') !== 24) ERROR('SumIntOperands: inner is not at 24');

@unmanaged
export class MaxIntOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  outer: i32;
  k: i32;
  inner: i32;
}
if (offsetof<MaxIntOperands>('inner') !== 24) ERROR('MaxIntOperands: inner is not at 24');

@unmanaged
export class RandomOperands {
  op: i32;
  length: i32;
  a: f64;
  b: f64;
  c: f64;
  out: usize;
  keys: usize;
  first: usize;
  rows: i32;
  n: i32;
  domain: i32;
  draw: i32;
  scratch: usize;
}
if (offsetof<RandomOperands>('scratch') !== 60) ERROR('RandomOperands: scratch is not at 60');

@unmanaged
export class SoftmaxOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  rows: i32;
  cols: i32;
}
if (offsetof<SoftmaxOperands>('cols') !== 20) ERROR('SoftmaxOperands: cols is not at 20');

@unmanaged
export class LogSoftmaxOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  rows: i32;
  cols: i32;
}
if (offsetof<LogSoftmaxOperands>('cols') !== 20) ERROR('LogSoftmaxOperands: cols is not at 20');

@unmanaged
export class CrossEntropyOperands {
  op: i32;
  length: i32;
  out: usize;
  logits: usize;
  labels: usize;
  rows: i32;
  cols: i32;
}
if (offsetof<CrossEntropyOperands>('cols') !== 24) ERROR('CrossEntropyOperands: cols is not at 24');

@unmanaged
export class CrossEntropyGradOperands {
  op: i32;
  length: i32;
  out: usize;
  g: usize;
  gStep: i32;
  logits: usize;
  labels: usize;
  rows: i32;
  cols: i32;
}
if (offsetof<CrossEntropyGradOperands>('cols') !== 32) ERROR('CrossEntropyGradOperands: cols is not at 32');

@unmanaged
export class MatMulOperands {
  op: i32;
  length: i32;
  slope: f64;
  out: usize;
  a: usize;
  b: usize;
  m: i32;
  n: i32;
  k: i32;
  transA: i32;
  transB: i32;
  bias: usize;
  epilogue: i32;
  y: usize;
  scratch: usize;
}
if (offsetof<MatMulOperands>('scratch') !== 60) ERROR('MatMulOperands: scratch is not at 60');

@unmanaged
export class BatchMatMulOperands {
  op: i32;
  length: i32;
  out: usize;
  a: usize;
  b: usize;
  m: i32;
  n: i32;
  k: i32;
  transA: i32;
  transB: i32;
  scratch: usize;
  dimsAndStridesCount: i32;

  /** The address of the list: its count, then its numbers. */
  @inline
  get dimsAndStrides(): usize {
    return changetype<usize>(this) + 44;
  }
}
if (offsetof<BatchMatMulOperands>('dimsAndStridesCount') !== 44)
  ERROR('BatchMatMulOperands: dimsAndStridesCount is not at 44');

@unmanaged
export class SgdUpdateOperands {
  op: i32;
  length: i32;
  weightDecay: f64;
  param: usize;
  grad: usize;
  lr: usize;
  n: i32;
}
if (offsetof<SgdUpdateOperands>('n') !== 28) ERROR('SgdUpdateOperands: n is not at 28');

@unmanaged
export class MomentumUpdateOperands {
  op: i32;
  length: i32;
  weightDecay: f64;
  momentum: f64;
  dampening: f64;
  param: usize;
  velocity: usize;
  grad: usize;
  lr: usize;
  step: usize;
  n: i32;
  nesterov: i32;
}
if (offsetof<MomentumUpdateOperands>('nesterov') !== 56) ERROR('MomentumUpdateOperands: nesterov is not at 56');

@unmanaged
export class RmspropUpdateOperands {
  op: i32;
  length: i32;
  weightDecay: f64;
  rho: f64;
  epsilon: f64;
  param: usize;
  meanSquare: usize;
  grad: usize;
  lr: usize;
  n: i32;
}
if (offsetof<RmspropUpdateOperands>('n') !== 48) ERROR('RmspropUpdateOperands: n is not at 48');

@unmanaged
export class AdagradUpdateOperands {
  op: i32;
  length: i32;
  weightDecay: f64;
  epsilon: f64;
  param: usize;
  sumSquare: usize;
  grad: usize;
  lr: usize;
  n: i32;
}
if (offsetof<AdagradUpdateOperands>('n') !== 40) ERROR('AdagradUpdateOperands: n is not at 40');

@unmanaged
export class AdamUpdateOperands {
  op: i32;
  length: i32;
  weightDecay: f64;
  beta1: f64;
  beta2: f64;
  epsilon: f64;
  param: usize;
  m: usize;
  v: usize;
  grad: usize;
  lr: usize;
  step: usize;
  n: i32;
  decoupled: i32;
}
if (offsetof<AdamUpdateOperands>('decoupled') !== 68) ERROR('AdamUpdateOperands: decoupled is not at 68');

@unmanaged
export class GatherOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  indices: usize;
  outer: i32;
  size: i32;
  count: i32;
  inner: i32;
  along: i32;
  fill: i32;
}
if (offsetof<GatherOperands>('fill') !== 40) ERROR('GatherOperands: fill is not at 40');

@unmanaged
export class ScatterAddOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  indices: usize;
  outer: i32;
  size: i32;
  count: i32;
  inner: i32;
  along: i32;
}
if (offsetof<ScatterAddOperands>('along') !== 36) ERROR('ScatterAddOperands: along is not at 36');

@unmanaged
export class ScatterOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  indices: usize;
  outer: i32;
  size: i32;
  count: i32;
  inner: i32;
  along: i32;
}
if (offsetof<ScatterOperands>('along') !== 36) ERROR('ScatterOperands: along is not at 36');

@unmanaged
export class SearchSortedOperands {
  op: i32;
  length: i32;
  out: usize;
  sorted: usize;
  x: usize;
  rows: i32;
  k: i32;
  count: i32;
  right: i32;
}
if (offsetof<SearchSortedOperands>('right') !== 32) ERROR('SearchSortedOperands: right is not at 32');

@unmanaged
export class WhereOperands {
  op: i32;
  length: i32;
  out: usize;
  condition: usize;
  a: usize;
  b: usize;
  n: i32;
  aStep: i32;
  bStep: i32;
}
if (offsetof<WhereOperands>('bStep') !== 32) ERROR('WhereOperands: bStep is not at 32');

@unmanaged
export class CumSumOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  outer: i32;
  k: i32;
  inner: i32;
}
if (offsetof<CumSumOperands>('inner') !== 24) ERROR('CumSumOperands: inner is not at 24');

@unmanaged
export class CumProdOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  outer: i32;
  k: i32;
  inner: i32;
}
if (offsetof<CumProdOperands>('inner') !== 24) ERROR('CumProdOperands: inner is not at 24');

@unmanaged
export class CumSumIntOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  outer: i32;
  k: i32;
  inner: i32;
}
if (offsetof<CumSumIntOperands>('inner') !== 24) ERROR('CumSumIntOperands: inner is not at 24');

@unmanaged
export class ArgSortOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  outer: i32;
  k: i32;
  inner: i32;
  count: i32;
  ints: i32;
  descending: i32;
  scratch: usize;
}
if (offsetof<ArgSortOperands>('scratch') !== 40) ERROR('ArgSortOperands: scratch is not at 40');

@unmanaged
export class SolveOperands {
  op: i32;
  length: i32;
  out: usize;
  a: usize;
  b: usize;
  batch: i32;
  n: i32;
  m: i32;
  transA: i32;
  adjugate: i32;
  scratch: usize;
}
if (offsetof<SolveOperands>('scratch') !== 40) ERROR('SolveOperands: scratch is not at 40');

@unmanaged
export class DetOperands {
  op: i32;
  length: i32;
  out: usize;
  a: usize;
  batch: i32;
  n: i32;
  pivots: i32;
  scratch: usize;
}
if (offsetof<DetOperands>('scratch') !== 28) ERROR('DetOperands: scratch is not at 28');

@unmanaged
export class TriangularSolveOperands {
  op: i32;
  length: i32;
  out: usize;
  a: usize;
  b: usize;
  batch: i32;
  n: i32;
  m: i32;
  lower: i32;
  transA: i32;
  unitDiagonal: i32;
  scratch: usize;
}
if (offsetof<TriangularSolveOperands>('scratch') !== 44) ERROR('TriangularSolveOperands: scratch is not at 44');

@unmanaged
export class CholeskyOperands {
  op: i32;
  length: i32;
  out: usize;
  a: usize;
  batch: i32;
  n: i32;
  scratch: usize;
}
if (offsetof<CholeskyOperands>('scratch') !== 24) ERROR('CholeskyOperands: scratch is not at 24');

@unmanaged
export class QrOperands {
  op: i32;
  length: i32;
  out: usize;
  a: usize;
  batch: i32;
  m: i32;
  n: i32;
  scratch: usize;
}
if (offsetof<QrOperands>('scratch') !== 28) ERROR('QrOperands: scratch is not at 28');

@unmanaged
export class RandomNormalOperands {
  op: i32;
  length: i32;
  mean: f64;
  std: f64;
  out: usize;
  keys: usize;
  rows: i32;
  n: i32;
  scratch: usize;
}
if (offsetof<RandomNormalOperands>('scratch') !== 40) ERROR('RandomNormalOperands: scratch is not at 40');

@unmanaged
export class ShuffleOperands {
  op: i32;
  length: i32;
  out: usize;
  keys: usize;
  rows: i32;
  n: i32;
  scratch: usize;
}
if (offsetof<ShuffleOperands>('scratch') !== 24) ERROR('ShuffleOperands: scratch is not at 24');

@unmanaged
export class DropoutOperands {
  op: i32;
  length: i32;
  scale: f64;
  out: usize;
  x: usize;
  keys: usize;
  rows: i32;
  n: i32;
  threshold: i32;
  scratch: usize;
}
if (offsetof<DropoutOperands>('scratch') !== 40) ERROR('DropoutOperands: scratch is not at 40');

@unmanaged
export class NormRowsOperands {
  op: i32;
  length: i32;
  epsilon: f64;
  out: usize;
  x: usize;
  gamma: usize;
  beta: usize;
  rows: i32;
  cols: i32;
  centered: i32;
}
if (offsetof<NormRowsOperands>('centered') !== 40) ERROR('NormRowsOperands: centered is not at 40');

@unmanaged
export class NormRowsGradOperands {
  op: i32;
  length: i32;
  epsilon: f64;
  out: usize;
  g: usize;
  x: usize;
  gamma: usize;
  rows: i32;
  cols: i32;
  centered: i32;
}
if (offsetof<NormRowsGradOperands>('centered') !== 40) ERROR('NormRowsGradOperands: centered is not at 40');

@unmanaged
export class ColumnMomentsOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  rows: i32;
  cols: i32;
  scratch: usize;
}
if (offsetof<ColumnMomentsOperands>('scratch') !== 24) ERROR('ColumnMomentsOperands: scratch is not at 24');

@unmanaged
export class ColumnDotsOperands {
  op: i32;
  length: i32;
  out: usize;
  g: usize;
  x: usize;
  mean: usize;
  rows: i32;
  cols: i32;
  scratch: usize;
}
if (offsetof<ColumnDotsOperands>('scratch') !== 32) ERROR('ColumnDotsOperands: scratch is not at 32');

@unmanaged
export class MixColumnsOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  mean: usize;
  b: usize;
  c: usize;
  g: usize;
  a: usize;
  rows: i32;
  cols: i32;
}
if (offsetof<MixColumnsOperands>('cols') !== 40) ERROR('MixColumnsOperands: cols is not at 40');

@unmanaged
export class ConvolutionOperands {
  op: i32;
  length: i32;
  slope: f64;
  out: usize;
  a: usize;
  b: usize;
  bias: usize;
  epilogue: i32;
  y: usize;
  n: i32;
  h: i32;
  w: i32;
  c: i32;
  oh: i32;
  ow: i32;
  o: i32;
  kh: i32;
  kw: i32;
  strideH: i32;
  strideW: i32;
  dilationH: i32;
  dilationW: i32;
  top: i32;
  left: i32;
  groups: i32;
  rows: i32;
  bytes: i32;
  scratch: usize;
}
if (offsetof<ConvolutionOperands>('scratch') !== 112) ERROR('ConvolutionOperands: scratch is not at 112');

@unmanaged
export class ConvolutionInputOperands {
  op: i32;
  length: i32;
  slope: f64;
  out: usize;
  a: usize;
  b: usize;
  bias: usize;
  epilogue: i32;
  y: usize;
  n: i32;
  h: i32;
  w: i32;
  c: i32;
  oh: i32;
  ow: i32;
  o: i32;
  kh: i32;
  kw: i32;
  strideH: i32;
  strideW: i32;
  dilationH: i32;
  dilationW: i32;
  top: i32;
  left: i32;
  groups: i32;
  rows: i32;
  bytes: i32;
  scratch: usize;
}
if (offsetof<ConvolutionInputOperands>('scratch') !== 112) ERROR('ConvolutionInputOperands: scratch is not at 112');

@unmanaged
export class ConvolutionKernelOperands {
  op: i32;
  length: i32;
  slope: f64;
  out: usize;
  a: usize;
  b: usize;
  bias: usize;
  epilogue: i32;
  y: usize;
  n: i32;
  h: i32;
  w: i32;
  c: i32;
  oh: i32;
  ow: i32;
  o: i32;
  kh: i32;
  kw: i32;
  strideH: i32;
  strideW: i32;
  dilationH: i32;
  dilationW: i32;
  top: i32;
  left: i32;
  groups: i32;
  rows: i32;
  bytes: i32;
  scratch: usize;
}
if (offsetof<ConvolutionKernelOperands>('scratch') !== 112) ERROR('ConvolutionKernelOperands: scratch is not at 112');

@unmanaged
export class MaxPoolOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  from: usize;
  n: i32;
  h: i32;
  w: i32;
  c: i32;
  sizeH: i32;
  sizeW: i32;
  strideH: i32;
  strideW: i32;
  top: i32;
  left: i32;
  outH: i32;
  outW: i32;
}
if (offsetof<MaxPoolOperands>('outW') !== 64) ERROR('MaxPoolOperands: outW is not at 64');

@unmanaged
export class MaxPoolGradOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  g: usize;
  n: i32;
  h: i32;
  w: i32;
  c: i32;
  sizeH: i32;
  sizeW: i32;
  strideH: i32;
  strideW: i32;
  top: i32;
  left: i32;
  outH: i32;
  outW: i32;
}
if (offsetof<MaxPoolGradOperands>('outW') !== 64) ERROR('MaxPoolGradOperands: outW is not at 64');

@unmanaged
export class AvgPoolOperands {
  op: i32;
  length: i32;
  out: usize;
  x: usize;
  n: i32;
  h: i32;
  w: i32;
  c: i32;
  sizeH: i32;
  sizeW: i32;
  strideH: i32;
  strideW: i32;
  top: i32;
  left: i32;
  outH: i32;
  outW: i32;
  counted: i32;
}
if (offsetof<AvgPoolOperands>('counted') !== 64) ERROR('AvgPoolOperands: counted is not at 64');

@unmanaged
export class AvgPoolGradOperands {
  op: i32;
  length: i32;
  out: usize;
  g: usize;
  n: i32;
  h: i32;
  w: i32;
  c: i32;
  sizeH: i32;
  sizeW: i32;
  strideH: i32;
  strideW: i32;
  top: i32;
  left: i32;
  outH: i32;
  outW: i32;
  counted: i32;
}
if (offsetof<AvgPoolGradOperands>('counted') !== 64) ERROR('AvgPoolGradOperands: counted is not at 64');

@unmanaged
export class RecurrenceOperands {
  op: i32;
  length: i32;
  out: usize;
  z: usize;
  kernel: usize;
  state: usize;
  bias: usize;
  mask: usize;
  n: i32;
  steps: i32;
  units: i32;
  gates: i32;
  reverse: i32;
  scratch: usize;
}
if (offsetof<RecurrenceOperands>('scratch') !== 52) ERROR('RecurrenceOperands: scratch is not at 52');

@unmanaged
export class RecurrenceGradOperands {
  op: i32;
  length: i32;
  out: usize;
  g: usize;
  saved: usize;
  kernel: usize;
  mask: usize;
  n: i32;
  steps: i32;
  units: i32;
  gates: i32;
  reverse: i32;
  scratch: usize;
}
if (offsetof<RecurrenceGradOperands>('scratch') !== 48) ERROR('RecurrenceGradOperands: scratch is not at 48');

@unmanaged
export class AttentionOperands {
  op: i32;
  length: i32;
  scale: f64;
  out: usize;
  q: usize;
  k: usize;
  v: usize;
  mask: usize;
  bias: usize;
  n: i32;
  heads: i32;
  shared: i32;
  queries: i32;
  keys: i32;
  width: i32;
  size: i32;
  causal: i32;
  maskN: i32;
  maskHead: i32;
  maskQuery: i32;
  biasN: i32;
  biasHead: i32;
  biasQuery: i32;
  scratch: usize;
}
if (offsetof<AttentionOperands>('scratch') !== 96) ERROR('AttentionOperands: scratch is not at 96');

@unmanaged
export class AttentionGradOperands {
  op: i32;
  length: i32;
  scale: f64;
  out: usize;
  g: usize;
  saved: usize;
  q: usize;
  k: usize;
  v: usize;
  mask: usize;
  bias: usize;
  n: i32;
  heads: i32;
  shared: i32;
  queries: i32;
  keys: i32;
  width: i32;
  size: i32;
  causal: i32;
  maskN: i32;
  maskHead: i32;
  maskQuery: i32;
  biasN: i32;
  biasHead: i32;
  biasQuery: i32;
  scratch: usize;
}
if (offsetof<AttentionGradOperands>('scratch') !== 104) ERROR('AttentionGradOperands: scratch is not at 104');
