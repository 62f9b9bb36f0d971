// The matrix product, and what can be done to its result while it is still in cache.

import { gemmScratch } from '../../assembly/blocks.js';
import { Op } from '../../assembly/opcodes.js';
import { check } from '../errors.js';
import { type Shape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkFloat, defineOp } from './op.js';

/** Inputs are [a, b], then the bias, then the activation's value a, as the attributes say. */
export interface MatMulAttrs {
  readonly transA: boolean;
  readonly transB: boolean;
  /** A row is added to every row of the product. */
  readonly bias?: boolean;
  /** Applied to the result: an activation, or an activation's gradient, whose other input is then the last one. */
  readonly epilogue?: Op;
  /** The epilogue has an input of its own. */
  readonly gradient?: boolean;
  /** The epilogue's slope. */
  readonly p?: number;
}

const operandText = (shape: Shape, transposed: boolean): string => `${shapeText(shape)}${transposed ? 'ᵀ' : ''}`;

/** [m, n, k] of the product; throws unless the shapes fit. */
function dimensions([a, b]: readonly Tensor[], { transA, transB }: MatMulAttrs): [number, number, number] {
  const [sa, sb] = [a!.shape, b!.shape];
  const where = () => `matMul of ${operandText(sa, transA)} by ${operandText(sb, transB)}`;
  check(sa.length === 2 && sb.length === 2, () => `${where()}: both must have 2 dimensions`);
  const [m, ka] = transA ? [sa[1]!, sa[0]!] : [sa[0]!, sa[1]!];
  const [kb, n] = transB ? [sb[1]!, sb[0]!] : [sb[0]!, sb[1]!];
  check(ka === kb, () => `${where()}: the inner dimensions ${ka} and ${kb} differ`);
  return [m, n, ka];
}

export const matMul = defineOp<MatMulAttrs>({
  name: 'matMul',
  infer: (inputs, attrs) => {
    checkFloat('matMul', inputs);
    const [m, n] = dimensions(inputs, attrs);
    return { shape: [m, n], dtype: 'float32' };
  },
  // C = A·B: dA = g·Bᵀ, dB = Aᵀ·g; a transposed operand gets the transpose of that.
  derivative: (g, { inputs: [a, b] }, { transA, transB }) => [
    transA ? b!.matMul(g, { transA: transB, transB: true }) : g.matMul(b!, { transB: !transB }),
    transB ? g.matMul(a!, { transA: true, transB: transA }) : a!.matMul(g, { transA: !transA }),
  ],
  scratch: (node, attrs) => gemmScratch(...dimensions(node.inputs, attrs)),
  emit: (e, node, attrs) => {
    const { transA, transB, bias, epilogue = 0, gradient, p = 0 } = attrs;
    const [a, b, ...rest] = node.inputs.map((input) => e.at(input));
    const biasAt = bias ? rest.shift()! : 0;
    const yAt = gradient ? rest.shift()! : 0;
    const [m, n, k] = dimensions(node.inputs, attrs);
    e.code(Op.matMul, e.at(node), a!, b!, m, n, k, +transA, +transB, biasAt, epilogue, yAt, p, e.scratch);
  },
});
