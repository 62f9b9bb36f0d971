// The updates of our optimizers as single ops: in place, over all parameters of a model at once. The formulas are those of
// PyTorch. Not here: the optimizers themselves and the slots that they keep (optimizers/).

import { Op } from '../../assembly/opcodes.js';
import { check } from '../errors.js';
import { type Shape, sameShape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkFloat, defineOp, type OpDefinition } from './op.js';

/** `slots` tensors are updated in place (the parameters first); then come the gradient, and scalars that are read. */
/*@__NO_SIDE_EFFECTS__*/
function update<A>(name: string, code: Op, slots: number, numbers: (attrs: A) => number[]): OpDefinition {
  return defineOp<A>({
    name,
    mutates: slots,
    infer: (inputs) => {
      checkFloat(name, inputs.slice(0, slots + 2));
      const { shape } = inputs[0]!;
      for (const t of inputs.slice(0, slots + 1)) checkSame(name, shape, t);
      return inputs[0]!;
    },
    emit: (e, node, attrs) => {
      const places = node.inputs.map((t) => e.at(t));
      e.code(code, ...places, node.size, ...numbers(attrs));
    },
  });
}

function checkSame(name: string, shape: Shape, { shape: other }: Tensor): void {
  check(
    sameShape(shape, other),
    () => `${name}: parameters are ${shapeText(shape)} but one input is ${shapeText(other)}`,
  );
}

/** p ← p - lr·g. Inputs: param, grad, lr. */
export const sgdUpdate = update<object>('sgdUpdate', Op.sgdUpdate, 1, () => []);

interface MomentumAttrs {
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** v ← μv + g; p ← p - lr·v, or with Nesterov p ← p - lr·(g + μv). Inputs: param, velocity, grad, lr. */
export const momentumUpdate = update<MomentumAttrs>('momentumUpdate', Op.momentumUpdate, 2, (a) => [
  +a.nesterov,
  a.momentum,
]);

interface RmspropAttrs {
  readonly rho: number;
  readonly epsilon: number;
}

/** s ← ρs + (1 - ρ)g²; p ← p - lr·g / (√s + ε). Inputs: param, meanSquare, grad, lr. */
export const rmspropUpdate = update<RmspropAttrs>('rmspropUpdate', Op.rmspropUpdate, 2, (a) => [a.rho, a.epsilon]);

interface AdagradAttrs {
  readonly epsilon: number;
}

/** s ← s + g²; p ← p - lr·g / (√s + ε). Inputs: param, sumSquare, grad, lr. */
export const adagradUpdate = update<AdagradAttrs>('adagradUpdate', Op.adagradUpdate, 2, (a) => [a.epsilon]);

interface AdamAttrs {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; p ← p - lr·(m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε).
 * Inputs: param, m, v, grad, lr, t (int32, counted from 1).
 */
export const adamUpdate = update<AdamAttrs>('adamUpdate', Op.adamUpdate, 3, (a) => [a.beta1, a.beta2, a.epsilon]);
