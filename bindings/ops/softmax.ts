// Softmax over the last axis and the cross-entropy of its result, without overflow at any logits: the largest is
// subtracted first.

import { check } from '../errors.js';
import { normalizeAxis, sameShape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkFloat, checkKnown, defineOp, unchanged } from './op.js';
import { asVector } from './reduce.js';

function rowsAndCols(name: string, x: Tensor) {
  const cols = x.shape.at(-1);
  check(cols !== undefined && cols > 0, () => `${name} of ${shapeText(x.shape)}: the last axis is empty`);
  return { rows: x.size / cols, cols };
}

/*@__NO_SIDE_EFFECTS__*/
function overRows(name: 'softmax' | 'logSoftmax', rule: (g: Tensor, y: Tensor) => Tensor) {
  return defineOp<object>({
    name,
    infer: (inputs) => {
      checkFloat(name, inputs);
      rowsAndCols(name, inputs[0]!);
      return inputs[0]!;
    },
    derivative: (g, y) => [rule(g, y)],
    batch: unchanged,
    emit: (e, node) => e.code(name, { out: e.at(node), x: e.at(node.inputs[0]!), ...rowsAndCols(name, node) }),
  });
}

/** The derivative of softmax applied to g: y ⊙ (g - Σ g ⊙ y). */
const softmaxRule = (g: Tensor, y: Tensor): Tensor => y.mul(g.sub(g.mul(y).sum(-1, { keepDims: true })));

/** e^xᵢ / Σ e^xⱼ. */
export const softmax = overRows('softmax', softmaxRule);

/** xᵢ - ln Σ e^xⱼ. */
export const logSoftmax = overRows('logSoftmax', (g, y) => g.sub(y.exp().mul(g.sum(-1, { keepDims: true }))));

function checkLabels(logits: Tensor, labels: Tensor): void {
  const where = `cross-entropy of logits ${shapeText(logits.shape)} and labels ${shapeText(labels.shape)}`;
  const fits = sameShape(logits.shape.slice(0, -1), labels.shape) && logits.shape.length > 0;
  check(fits, () => `${where}: expected [..., classes] and a label for each row, [...]`);
  check(labels.dtype === 'int32', () => `${where}: the labels must be int32, got ${labels.dtype}`);
  checkKnown(`${where}: label`, labels, logits.shape.at(-1)!);
}

/**
 * The cross-entropy of each row: ln Σ e^zⱼ - z[label]. A label out of range throws if it is known, else it gives NaN.
 */
export const crossEntropy = defineOp<object>({
  name: 'crossEntropy',
  infer: ([logits, labels]) => {
    checkFloat('crossEntropy', [logits!]);
    checkLabels(logits!, labels!);
    rowsAndCols('crossEntropy', logits!);
    return { shape: labels!.shape, dtype: 'float32' };
  },
  derivative: (g, { inputs: [logits, labels] }) => [g.crossEntropyGrad(logits!, labels!), null],
  batch: ({ full: [logits, labels] }) => logits!.crossEntropy(labels!),
  emit: (e, node) => {
    const [logits, labels] = node.inputs as [Tensor, Tensor];
    const sizes = rowsAndCols('crossEntropy', logits);
    e.code('crossEntropy', { out: e.at(node), logits: e.at(logits), labels: e.at(labels), ...sizes });
  },
});

/**
 * The gradient of it by the logits: g · (softmax(z) - onehot(label)) for each row; g has one element for each row, or
 * for all.
 */
export const crossEntropyGrad = defineOp<object>({
  name: 'crossEntropyGrad',
  infer: ([g, logits, labels]) => {
    checkFloat('crossEntropyGrad', [g!, logits!]);
    checkLabels(logits!, labels!);
    return { shape: logits!.shape, dtype: 'float32' };
  },
  derivative: (gg, { inputs: [g, logits, labels] }) => {
    const column = g!.broadcastTo(labels!.shape).expandDims(-1);
    const excess = g!.onesLike().crossEntropyGrad(logits!, labels!);
    return [gg.mul(excess).sum(-1).sumTo(g!.shape), softmaxRule(gg.mul(column), logits!.softmax()), null];
  },
  batch: ({ size, full: [g, logits, labels] }, { inputs }) => {
    const { shape } = labels!;
    const each = inputs[0]!.size === 1 ? g!.reshape([size, ...shape.slice(1).map(() => 1)]) : g!.reshape(shape);
    return each.broadcastTo(shape).crossEntropyGrad(logits!, labels!);
  },
  broadcasts: (i, [g]) => i === 0 && g!.size === 1,
  emit: (e, node) => {
    const [g, logits, labels] = node.inputs as [Tensor, Tensor, Tensor];
    e.code('crossEntropyGrad', {
      out: e.at(node),
      g: e.at(g),
      gStep: g.size === 1 ? 0 : 1,
      logits: e.at(logits),
      labels: e.at(labels),
      ...rowsAndCols('crossEntropy', logits),
    });
  },
});

/** Applies `overLast`, an op on the last axis, along another axis. */
export function alongAxis(name: string, x: Tensor, axis: number, overLast: (x: Tensor) => Tensor): Tensor {
  return asVector(x, (t) => overAxis(name, t, axis, overLast));
}

function overAxis(name: string, x: Tensor, axis: number, overLast: (x: Tensor) => Tensor): Tensor {
  const last = x.shape.length - 1;
  const at = normalizeAxis(name, axis, x.shape.length);
  if (x.size === 0) return x;
  if (at === last) return overLast(x);
  const swapped = x.shape.map((_, i) => (i === at ? last : i === last ? at : i));
  return overLast(x.transpose(swapped)).transpose(swapped);
}
