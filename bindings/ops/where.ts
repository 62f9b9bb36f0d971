// where, which chooses between two tensors element by element, and clip, which is made of it.

import indexing from '#sides/indexing.wasm';
import { check, show } from '../errors.js';
import { where as whereKernel } from '../kernels/where.js';
import { broadcastShapes } from '../shape.js';
import { Tensor, type TensorLike, tensorOf } from '../tensor.js';
import { checkFloat, defineOp } from './op.js';

/** The second input where the first is not 0, else the third; both of the shape of the first, or of one element. */
const whereOp = defineOp<object>({
  name: 'where',
  elementwise: true,
  kernels: { where: whereKernel },
  side: indexing,
  infer: ([condition, a, b]) => {
    checkFloat('where', [condition!]);
    check(
      a!.dtype === b!.dtype,
      () => `where: cannot choose between ${a!.dtype} and ${b!.dtype}; convert with toFloat()`,
    );
    return { shape: condition!.shape, dtype: a!.dtype };
  },
  derivative: (g, { inputs: [condition, a, b] }) => [
    null,
    where(condition!, g, 0).sumTo(a!.shape),
    where(condition!, 0, g).sumTo(b!.shape),
  ],
  batch: ({ aligned: [condition, a, b] }) => where(condition!, a!, b!),
  emit: (e, node) => {
    const [condition, a, b] = node.inputs as [Tensor, Tensor, Tensor];
    e.code('where', {
      out: e.at(node),
      condition: e.at(condition),
      a: e.at(a),
      b: e.at(b),
      n: node.size,
      aStep: a.size === 1 ? 0 : 1,
      bStep: b.size === 1 ? 0 : 1,
    });
  },
});

/**
 * Chooses between two tensors, element by element: `a` where the condition is not 0, else `b`. All three broadcast.
 *
 * The gradient of the element that is not chosen is 0. Multiplied by a slope that is NaN or infinite it still gives
 * NaN: where(x.greater(0), x.sqrt(), 0) is 0 at x = -1, but its gradient there is 0·NaN. Choose before the function as
 * well: where(ok, where(ok, x, 1).sqrt(), 0).
 *
 * @throws if a and b differ in type, or the shapes do not broadcast
 */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  check(condition instanceof Tensor, () => `where: the condition must be a tensor, got ${show(condition)}`);
  const [first, second] = [tensorOf('where', a, b), tensorOf('where', b, a)];
  const shape = broadcastShapes('where', broadcastShapes('where', condition.shape, first.shape), second.shape);
  const repeated = (t: Tensor): Tensor => (t.size === 1 ? t : t.broadcastTo(shape));
  return new Tensor(whereOp, [condition.toFloat().broadcastTo(shape), repeated(first), repeated(second)], {});
}

/** Throws unless both are numbers, and in order. */
export function checkBounds(where: string, low: number, high: number): void {
  for (const bound of [low, high]) {
    check(typeof bound === 'number', () => {
      return `${where}: the bounds must be numbers, got ${show(bound)}; for tensors use maximum and minimum`;
    });
  }
  check(low <= high, () => `${where}: the bounds ${low} and ${high} are not in order`);
}

/**
 * Limits x to low … high: min(max(x, low), high). As in PyTorch the gradient is 1 at the bounds, and 0 beyond them and
 * at NaN.
 *
 * @throws if low is above high
 */
export function clip(x: TensorLike, low: number, high: number): Tensor {
  const given = tensorOf('clip', x);
  checkBounds('clip', low, high);
  const clipped = given.stopGradient().maximum(low).minimum(high);
  return where(given.equal(clipped), given, clipped); // NaN equals nothing
}
