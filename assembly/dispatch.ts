// Generated from bindings/instructions.ts by scripts/instructions.mjs: edit the table, then `npm run build:wasm`.

import { attention, attentionGrad } from './kernels/attention';
import { dropout, shuffle } from './kernels/chance';
import { columnDots, columnMoments, mixColumns } from './kernels/columns';
import { convolution, convolutionInput, convolutionKernel } from './kernels/convolution';
import { curvesBinary, curvesUnary } from './kernels/curves';
import { binary, unary } from './kernels/elementwise';
import { gather, scatter, scatterAdd } from './kernels/gather';
import { cholesky, det, qr, solve, triangularSolve } from './kernels/linalg';
import { batchMatMul, matMul } from './kernels/matmul';
import { advance, copy, permute, record, takeRows, write } from './kernels/movement';
import { randomNormal } from './kernels/normal';
import { normRows, normRowsGrad } from './kernels/normalization';
import { adagradUpdate, adamUpdate, momentumUpdate, rmspropUpdate, sgdUpdate } from './kernels/optim';
import { avgPool, avgPoolGrad, maxPool, maxPoolGrad } from './kernels/pooling';
import { random } from './kernels/random';
import { recurrence, recurrenceGrad } from './kernels/recurrence';
import { argMax, maxInt, maxOf, sum, sumInt } from './kernels/reduce';
import { cumProd, cumSum, cumSumInt } from './kernels/scan';
import { searchSorted } from './kernels/search';
import { crossEntropy, crossEntropyGrad, logSoftmax, softmax } from './kernels/softmax';
import { argSort } from './kernels/sort';
import { where } from './kernels/where';
import { Op } from './opcodes';
import {
  AdagradUpdateOperands,
  AdamUpdateOperands,
  AdvanceOperands,
  ArgMaxOperands,
  ArgSortOperands,
  AttentionGradOperands,
  AttentionOperands,
  AvgPoolGradOperands,
  AvgPoolOperands,
  BatchMatMulOperands,
  BinaryOperands,
  CholeskyOperands,
  ColumnDotsOperands,
  ColumnMomentsOperands,
  ConvolutionInputOperands,
  ConvolutionKernelOperands,
  ConvolutionOperands,
  CopyOperands,
  CrossEntropyGradOperands,
  CrossEntropyOperands,
  CumProdOperands,
  CumSumIntOperands,
  CumSumOperands,
  DetOperands,
  DropoutOperands,
  GatherOperands,
  LogSoftmaxOperands,
  MatMulOperands,
  MaxIntOperands,
  MaxOperands,
  MaxPoolGradOperands,
  MaxPoolOperands,
  MixColumnsOperands,
  MomentumUpdateOperands,
  NormRowsGradOperands,
  NormRowsOperands,
  PermuteOperands,
  QrOperands,
  RandomNormalOperands,
  RandomOperands,
  RecordOperands,
  RecurrenceGradOperands,
  RecurrenceOperands,
  RmspropUpdateOperands,
  ScatterAddOperands,
  ScatterOperands,
  SearchSortedOperands,
  SgdUpdateOperands,
  ShuffleOperands,
  SoftmaxOperands,
  SolveOperands,
  SumIntOperands,
  SumOperands,
  TakeRowsOperands,
  TriangularSolveOperands,
  UnaryOperands,
  WhereOperands,
  WriteOperands,
} from './operands';

/** Part `part` of the instruction at ip. */
export function step(op: i32, ip: usize, part: i32, parts: i32): void {
  switch (op) {
    case Op.copy:
      return copy(changetype<CopyOperands>(ip), part, parts);
    case Op.permute:
      if (SLIM) return unreachable();
      return permute(changetype<PermuteOperands>(ip), part, parts);
    case Op.write:
      if (SLIM) return unreachable();
      return write(changetype<WriteOperands>(ip), part, parts);
    case Op.takeRows:
      if (SLIM) return unreachable();
      return takeRows(changetype<TakeRowsOperands>(ip), part, parts);
    case Op.advance:
      if (SLIM) return unreachable();
      return advance(changetype<AdvanceOperands>(ip), part, parts);
    case Op.record:
      if (SLIM) return unreachable();
      return record(changetype<RecordOperands>(ip), part, parts);
    case Op.sum:
      if (SLIM) return unreachable();
      return sum(changetype<SumOperands>(ip), part, parts);
    case Op.argMax:
      if (SLIM) return unreachable();
      return argMax(changetype<ArgMaxOperands>(ip), part, parts);
    case Op.max:
      if (SLIM) return unreachable();
      return maxOf(changetype<MaxOperands>(ip), part, parts);
    case Op.sumInt:
      if (SLIM) return unreachable();
      return sumInt(changetype<SumIntOperands>(ip), part, parts);
    case Op.maxInt:
      if (SLIM) return unreachable();
      return maxInt(changetype<MaxIntOperands>(ip), part, parts);
    case Op.random:
      if (SLIM) return unreachable();
      return random(changetype<RandomOperands>(ip), part, parts);
    case Op.softmax:
      return softmax(changetype<SoftmaxOperands>(ip), part, parts);
    case Op.logSoftmax:
      if (SLIM) return unreachable();
      return logSoftmax(changetype<LogSoftmaxOperands>(ip), part, parts);
    case Op.crossEntropy:
      if (SLIM) return unreachable();
      return crossEntropy(changetype<CrossEntropyOperands>(ip), part, parts);
    case Op.crossEntropyGrad:
      if (SLIM) return unreachable();
      return crossEntropyGrad(changetype<CrossEntropyGradOperands>(ip), part, parts);
    case Op.matMul:
      return matMul(changetype<MatMulOperands>(ip), part, parts);
    case Op.batchMatMul:
      if (SLIM) return unreachable();
      return batchMatMul(changetype<BatchMatMulOperands>(ip), part, parts);
    case Op.sgdUpdate:
      if (SLIM) return unreachable();
      return sgdUpdate(changetype<SgdUpdateOperands>(ip), part, parts);
    case Op.momentumUpdate:
      if (SLIM) return unreachable();
      return momentumUpdate(changetype<MomentumUpdateOperands>(ip), part, parts);
    case Op.rmspropUpdate:
      if (SLIM) return unreachable();
      return rmspropUpdate(changetype<RmspropUpdateOperands>(ip), part, parts);
    case Op.adagradUpdate:
      if (SLIM) return unreachable();
      return adagradUpdate(changetype<AdagradUpdateOperands>(ip), part, parts);
    case Op.adamUpdate:
      if (SLIM) return unreachable();
      return adamUpdate(changetype<AdamUpdateOperands>(ip), part, parts);
    // The elementwise ones, by range: a case for each would become a comparison with one after the other.
    default:
      if (op >= Op.neg && op <= Op.toInt) return unary(changetype<UnaryOperands>(ip), part, parts);
      if (op >= Op.add && op <= Op.tanhGrad) return binary(changetype<BinaryOperands>(ip), part, parts);
      if (COMPLETE) return aside(op, ip, part, parts);
      // Kernels of side modules, which JavaScript puts at their opcodes.
      return call_indirect<void>(op, ip, part, parts);
  }
}

/** The instructions of side modules, in a build that has their kernels itself. */
function aside(op: i32, ip: usize, part: i32, parts: i32): void {
  switch (op) {
    case Op.gather:
      return gather(changetype<GatherOperands>(ip), part, parts);
    case Op.scatterAdd:
      return scatterAdd(changetype<ScatterAddOperands>(ip), part, parts);
    case Op.scatter:
      return scatter(changetype<ScatterOperands>(ip), part, parts);
    case Op.searchSorted:
      return searchSorted(changetype<SearchSortedOperands>(ip), part, parts);
    case Op.where:
      return where(changetype<WhereOperands>(ip), part, parts);
    case Op.cumSum:
      return cumSum(changetype<CumSumOperands>(ip), part, parts);
    case Op.cumProd:
      return cumProd(changetype<CumProdOperands>(ip), part, parts);
    case Op.cumSumInt:
      return cumSumInt(changetype<CumSumIntOperands>(ip), part, parts);
    case Op.argSort:
      return argSort(changetype<ArgSortOperands>(ip), part, parts);
    case Op.solve:
      return solve(changetype<SolveOperands>(ip), part, parts);
    case Op.det:
      return det(changetype<DetOperands>(ip), part, parts);
    case Op.triangularSolve:
      return triangularSolve(changetype<TriangularSolveOperands>(ip), part, parts);
    case Op.cholesky:
      return cholesky(changetype<CholeskyOperands>(ip), part, parts);
    case Op.qr:
      return qr(changetype<QrOperands>(ip), part, parts);
    case Op.randomNormal:
      return randomNormal(changetype<RandomNormalOperands>(ip), part, parts);
    case Op.shuffle:
      return shuffle(changetype<ShuffleOperands>(ip), part, parts);
    case Op.dropout:
      return dropout(changetype<DropoutOperands>(ip), part, parts);
    case Op.normRows:
      return normRows(changetype<NormRowsOperands>(ip), part, parts);
    case Op.normRowsGrad:
      return normRowsGrad(changetype<NormRowsGradOperands>(ip), part, parts);
    case Op.columnMoments:
      return columnMoments(changetype<ColumnMomentsOperands>(ip), part, parts);
    case Op.columnDots:
      return columnDots(changetype<ColumnDotsOperands>(ip), part, parts);
    case Op.mixColumns:
      return mixColumns(changetype<MixColumnsOperands>(ip), part, parts);
    case Op.convolution:
      return convolution(changetype<ConvolutionOperands>(ip), part, parts);
    case Op.convolutionInput:
      return convolutionInput(changetype<ConvolutionInputOperands>(ip), part, parts);
    case Op.convolutionKernel:
      return convolutionKernel(changetype<ConvolutionKernelOperands>(ip), part, parts);
    case Op.maxPool:
      return maxPool(changetype<MaxPoolOperands>(ip), part, parts);
    case Op.maxPoolGrad:
      return maxPoolGrad(changetype<MaxPoolGradOperands>(ip), part, parts);
    case Op.avgPool:
      return avgPool(changetype<AvgPoolOperands>(ip), part, parts);
    case Op.avgPoolGrad:
      return avgPoolGrad(changetype<AvgPoolGradOperands>(ip), part, parts);
    case Op.recurrence:
      return recurrence(changetype<RecurrenceOperands>(ip), part, parts);
    case Op.recurrenceGrad:
      return recurrenceGrad(changetype<RecurrenceGradOperands>(ip), part, parts);
    case Op.attention:
      return attention(changetype<AttentionOperands>(ip), part, parts);
    case Op.attentionGrad:
      return attentionGrad(changetype<AttentionGradOperands>(ip), part, parts);
    default:
      if (op >= Op.expm1 && op <= Op.round) return curvesUnary(changetype<UnaryOperands>(ip), part, parts);
      if (op >= Op.pow && op <= Op.modInt) return curvesBinary(changetype<BinaryOperands>(ip), part, parts);
      return unreachable();
  }
}
