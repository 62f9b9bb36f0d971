// The matrix product, and batches of it. Its attributes say what is applied to the result while it is still in cache:
// bias, activation, or an activation's gradient. fuse.ts sets these.

import { gemmScratch } from '../../assembly/blocks.js';
import { opcodeOf } from '../encode.js';
import { check } from '../errors.js';
import { broadcastShapes, broadcastStrides, collapse, type Shape, shapeText, sizeOf } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkFloat, defineOp, type EpilogueAttrs } from './op.js';

/** Inputs are [a, b], then those of the epilogue. */
export interface MatMulAttrs extends EpilogueAttrs {
  readonly transA: boolean;
  readonly transB: boolean;
}

const operandText = (shape: Shape, transposed: boolean): string => `${shapeText(shape)}${transposed ? 'ᵀ' : ''}`;

/** Rows and columns of an operand, which are its last two dimensions; a vector is `vector`. */
function matrixOf(shape: Shape, transposed: boolean, vector: readonly [number, number]): readonly [number, number] {
  if (shape.length === 1) return vector;
  return transposed ? [shape.at(-1)!, shape.at(-2)!] : [shape.at(-2)!, shape.at(-1)!];
}

/** [m, n, k] of the product; throws unless the shapes fit. */
function dimensions([a, b]: readonly Tensor[], { transA, transB }: MatMulAttrs): [number, number, number] {
  const [sa, sb] = [a!.shape, b!.shape];
  const where = () => `matMul of ${operandText(sa, transA)} by ${operandText(sb, transB)}`;
  check(sa.length > 0 && sb.length > 0, () => `${where()}: a scalar is no matrix; use mul`);
  const [m, ka] = matrixOf(sa, transA, [1, sa[0]!]);
  const [kb, n] = matrixOf(sb, transB, [sb[0]!, 1]);
  check(ka === kb, () => `${where()}: the inner dimensions ${ka} and ${kb} differ`);
  return [m, n, ka];
}

/** A multiplication and an addition for each of k, in each element. */
const productFlops = (node: Tensor, attrs: MatMulAttrs): number => {
  return 2 * node.size * dimensions(node.inputs, attrs)[2];
};

/** C = A·B: dA = g·Bᵀ, dB = Aᵀ·g; a transposed operand gets the transpose of that. */
function productGradients(g: Tensor, { inputs }: Tensor, { transA, transB }: MatMulAttrs): [Tensor, Tensor] {
  const [a, b] = inputs as [Tensor, Tensor];
  return [
    transA ? b.matMul(g, { transA: transB, transB: true }) : g.matMul(b, { transB: !transB }),
    transB ? g.matMul(a, { transA: true, transB: transA }) : a.matMul(g, { transA: !transA }),
  ];
}

export const matMul = defineOp<MatMulAttrs>({
  name: 'matMul',
  takesEpilogue: true,
  infer: (inputs, attrs) => {
    checkFloat('matMul', inputs);
    const [m, n] = dimensions(inputs, attrs);
    return { shape: [m, n], dtype: 'float32' };
  },
  derivative: productGradients,
  batch: ({ inputs: [a, b] }, _node, attrs) => a!.matMul(b!, attrs),
  flops: productFlops,
  scratch: (node, attrs) => gemmScratch(...dimensions(node.inputs, attrs)),
  emit: (e, node, attrs) => {
    const { transA, transB, bias, epilogue, gradient, slope = 0 } = attrs;
    const [a, b, ...rest] = node.inputs.map((input) => e.at(input));
    const [m, n, k] = dimensions(node.inputs, attrs);
    e.code('matMul', {
      out: e.at(node),
      a: a!,
      b: b!,
      m,
      n,
      k,
      transA: +transA,
      transB: +transB,
      bias: bias ? rest.shift()! : 0,
      epilogue: epilogue ? opcodeOf(epilogue) : 0,
      y: gradient ? rest.shift()! : 0,
      slope,
      scratch: e.scratch,
    });
  },
});

const batchOf = ({ shape }: Tensor): Shape => shape.slice(0, -2);

/** Strides in elements of the matrices of `t` over the dimensions of the batch; 0 where they are repeated. */
function batchStrides(t: Tensor, batch: Shape): number[] {
  const matrix = sizeOf(t.shape.slice(-2));
  return broadcastStrides(batchOf(t), batch).map((stride) => stride * matrix);
}

/** A product for each index of the dimensions before the last two, which broadcast. */
const batchMatMul = defineOp<MatMulAttrs>({
  name: 'batchMatMul',
  infer: (inputs, attrs) => {
    checkFloat('matMul', inputs);
    const [a, b] = inputs as [Tensor, Tensor];
    const [m, n] = dimensions(inputs, attrs);
    return { shape: [...broadcastShapes('matMul', batchOf(a), batchOf(b)), m, n], dtype: 'float32' };
  },
  derivative: (g, node, attrs) =>
    productGradients(g, node, attrs).map((slope, i) => slope.sumTo(node.inputs[i]!.shape)),
  batch: ({ aligned }, node, attrs) => node.rewrite(node.op, aligned, attrs),
  flops: productFlops,
  scratch: (node, attrs) => gemmScratch(...dimensions(node.inputs, attrs)),
  emit: (e, node, attrs) => {
    const [a, b] = node.inputs as [Tensor, Tensor];
    const batch = batchOf(node);
    const loops = collapse(batch, [batchStrides(a, batch), batchStrides(b, batch)]);
    const [m, n, k] = dimensions(node.inputs, attrs);
    e.code('batchMatMul', {
      out: e.at(node),
      a: e.at(a),
      b: e.at(b),
      m,
      n,
      k,
      transA: +attrs.transA,
      transB: +attrs.transB,
      scratch: e.scratch,
      dimsAndStrides: [...loops.dims, ...loops.strides.flat()],
    });
  },
});

/** The product of vectors, matrices and batches of matrices, by the rules of NumPy's matmul. */
export function matrixProduct(a: Tensor, b: Tensor, transA: boolean, transB: boolean): Tensor {
  dimensions([a, b], { transA, transB }); // throws here, where the error can show the shapes that were given
  const [isRow, isColumn] = [a.shape.length === 1, b.shape.length === 1];
  const left = isRow ? a.reshape([1, a.size]) : a;
  const right = isColumn ? b.reshape([b.size, 1]) : b;
  const out = matrices(left, right, transA && !isRow, transB && !isColumn);
  if (!isRow && !isColumn) return out;
  const kept = [...batchOf(out), ...(isRow ? [] : [out.shape.at(-2)!]), ...(isColumn ? [] : [out.shape.at(-1)!])];
  return out.reshape(kept);
}

function matrices(a: Tensor, b: Tensor, transA: boolean, transB: boolean): Tensor {
  const attrs: MatMulAttrs = { transA, transB };
  if (a.shape.length === 2 && b.shape.length === 2) return a.rewrite(matMul, [a, b], attrs);
  const [m, n, k] = dimensions([a, b], attrs);
  if (b.shape.length > 2 || transA) return a.rewrite(batchMatMul, [a, b], attrs);
  // All rows of the batch are multiplied by the same matrix: one product.
  const rows = sizeOf(batchOf(a)) * m;
  return a
    .reshape([rows, k])
    .matMul(b, { transB })
    .reshape([...batchOf(a), m, n]);
}
