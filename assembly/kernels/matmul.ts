// The matrix product, and what is applied to it, shared between threads. Twin: bindings/kernels/matmul.ts.

import { gemmScratch } from '../blocks';
import { BatchMatMulOperands, MatMulOperands } from '../operands';
import { endOf, rangeOf, Share, startOf } from '../share';
import { applyEpilogue } from './epilogue';
import { gemm } from './gemm';
import { floats } from './gemm/lanes';
import { fewColumns } from './gemm/vector';

/**
 * From this many products for each part on, a share of a batch is made of whole products, even if they do not divide
 * evenly.
 */
const PRODUCTS_EACH = 4;

/** A row by a matrix of fewer columns than this takes less time than to look at which path it is for. */
const FEW_COLUMNS = 16;

/** Multiplications that take as long as one cheap element (see share.ts). */
const CHEAP = 8;

/**
 * out = epilogue(op(A)·op(B) + bias). `bias` and `epilogue` are 0 where there is none; `y` is the activation's value if
 * the epilogue is an activation's gradient.
 */
export function matMul(it: MatMulOperands, part: i32, parts: i32): void {
  let scratch = it.scratch;
  if (part) scratch += <usize>part * gemmScratch(it.m, it.n, it.k);
  oneProduct(
    it.out,
    it.a,
    it.b,
    it.m,
    it.n,
    it.k,
    it.transA,
    it.transB,
    it.bias,
    it.epilogue,
    it.y,
    <f32>it.slope,
    scratch,
    part,
    parts,
  );
}

/**
 * One product for each index of the batch. The list is [count, dims …, strides of a …, strides of b …], in elements; a
 * stride is 0 where an operand is broadcast.
 */
export function batchMatMul(it: BatchMatMulOperands, part: i32, parts: i32): void {
  const m = it.m;
  const n = it.n;
  const k = it.k;
  const list = it.dimsAndStrides;
  let scratch = it.scratch;
  const rank = load<i32>(list) / 3;
  const bytes = (<usize>m * n) << 2;
  let products = 1;
  for (let d = 1; d <= rank; d++) products *= load<i32>(list + ((<usize>d) << 2));
  if (part) scratch += <usize>part * gemmScratch(m, n, k);
  let first = 0;
  let last = products;
  if (products % parts === 0 || products >= PRODUCTS_EACH * parts) {
    const each = min<i64>((<i64>m * n * k) / CHEAP, i32.MAX_VALUE);
    const range = rangeOf(products, <i32>each, 1, part, parts);
    first = startOf(range);
    last = endOf(range);
    part = 0;
    parts = 1;
  }
  if (m === 1 && n < FEW_COLUMNS && (!it.transB || n === 1) && rank === 1 && parts === 1) {
    for (let t = first; t < last; t++) {
      const out = it.out + <usize>t * bytes;
      fewColumns(out, it.a + offset(list, t, 1, 1), it.b + offset(list, t, 1, 2), n, k);
    }
    return;
  }
  for (let t = first; t < last; t++) {
    const out = it.out + <usize>t * bytes;
    const a = it.a + offset(list, t, rank, 1);
    const b = it.b + offset(list, t, rank, 2);
    oneProduct(out, a, b, m, n, k, it.transA, it.transB, 0, 0, 0, 0, scratch, part, parts);
  }
}

/**
 * The share of one product that belongs to `part`. The longer side of the output is divided, since each part packs all
 * of the operand of the other side.
 */
function oneProduct(
  out: usize,
  a: usize,
  b: usize,
  m: i32,
  n: i32,
  k: i32,
  transA: i32,
  transB: i32,
  bias: usize,
  epilogue: i32,
  y: usize,
  slope: f32,
  scratch: usize,
  part: i32,
  parts: i32,
): void {
  const row = floats(n);
  const aRow: usize = transA ? 4 : floats(k);
  const aCol: usize = transA ? floats(m) : 4;
  const bRow: usize = transB ? 4 : row;
  const bCol: usize = transB ? floats(k) : 4;
  if (parts === 1) {
    gemm(out, row, a, aRow, aCol, b, bRow, bCol, m, n, k, scratch);
    applyEpilogue(out, row, m, n, bias, epilogue, y, slope);
    return;
  }
  if (m < n) {
    const range = Share.of(n, (m * k) / CHEAP, 8, part, parts);
    const first = startOf(range);
    const columns = endOf(range) - first;
    const at = floats(first);
    const bAt = b + <usize>first * bCol;
    const biasAt = bias ? bias + at : 0;
    const yAt = y ? y + at : 0;
    gemm(out + at, row, a, aRow, aCol, bAt, bRow, bCol, m, columns, k, scratch);
    applyEpilogue(out + at, row, m, columns, biasAt, epilogue, yAt, slope);
  } else {
    const range = Share.of(m, (n * k) / CHEAP, 1, part, parts);
    const first = startOf(range);
    const rows = endOf(range) - first;
    const at = <usize>first * row;
    const aAt = a + <usize>first * aRow;
    const yAt = y ? y + at : 0;
    gemm(out + at, row, aAt, aRow, aCol, b, bRow, bCol, rows, n, k, scratch);
    applyEpilogue(out + at, row, rows, n, bias, epilogue, yAt, slope);
  }
}

/** Bytes from the first matrix of an operand (1 is a, 2 is b) to that of product t. */
function offset(list: usize, t: i32, rank: i32, operand: i32): usize {
  if (rank === 1) return (<usize>(t * load<i32>(list + ((<usize>(1 + operand)) << 2)))) << 2; // no division
  let elements = 0;
  for (let d = rank; d > 0; d--) {
    const n = load<i32>(list + ((<usize>d) << 2));
    elements += (t % n) * load<i32>(list + ((<usize>(d + operand * rank)) << 2));
    t /= n;
  }
  return (<usize>elements) << 2;
}
