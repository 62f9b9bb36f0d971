// The updates of our optimizers as single ops: in place, over all parameters of a model at once. The formulas are those
// of PyTorch. Not here: the optimizers themselves and the slots that they keep (optimizers/).

import { check } from '../errors.js';
import { INSTRUCTIONS, isAddress, type Kind, type Operands, type Row } from '../instructions.js';
import { type Shape, sameShape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { checkFloat, defineOp, type OpDefinition } from './op.js';

/** The name of an instruction that updates parameters. */
type Update = 'sgdUpdate' | 'momentumUpdate' | 'rmspropUpdate' | 'adagradUpdate' | 'adamUpdate';

/**
 * The row of the instruction says it all: its addresses are the inputs, in that order, of which `slots` are updated
 * (the parameters first); its numbers, but for the size, are the attributes.
 */
/*@__NO_SIDE_EFFECTS__*/
function update(name: Update, slots: number): OpDefinition {
  return defineOp<Readonly<Record<string, number | boolean>>>({
    name,
    mutates: slots,
    infer: (inputs) => {
      checkFloat(name, inputs.slice(0, slots + 2));
      const { shape } = inputs[0]!;
      for (const t of inputs.slice(0, slots + 1)) checkSame(name, shape, t);
      return inputs[0]!;
    },
    emit: (e, { inputs, size }, attrs) => {
      const places = inputs.map((t) => e.at(t));
      const numberOf = (operand: string, kind: Kind): number => {
        if (isAddress(kind)) return places.shift()!;
        return operand === 'n' ? size : Number(attrs[operand]);
      };
      const row = Object.entries(INSTRUCTIONS[name] as Row);
      const operands = Object.fromEntries(row.map(([operand, kind]) => [operand, numberOf(operand, kind)]));
      e.code(name, operands as Operands<Update>);
    },
  });
}

function checkSame(name: string, shape: Shape, { shape: other }: Tensor): void {
  check(
    sameShape(shape, other),
    () => `${name}: parameters are ${shapeText(shape)} but one input is ${shapeText(other)}`,
  );
}

// λ is the attribute weightDecay, and g is the gradient plus λp, but in adamUpdate where the decay is decoupled.

/** p ← p - lr·g. Inputs: param, grad, lr. */
export const sgdUpdate = update('sgdUpdate', 1);

/**
 * v ← μv + (1 - τ)g, with τ = 0 in step 1; p ← p - lr·v, or with Nesterov p ← p - lr·(g + μv).
 * Inputs: param, velocity, grad, lr, t (int32, counted from 1).
 */
export const momentumUpdate = update('momentumUpdate', 2);

/** s ← ρs + (1 - ρ)g²; p ← p - lr·g / (√s + ε). Inputs: param, meanSquare, grad, lr. */
export const rmspropUpdate = update('rmspropUpdate', 2);

/** s ← s + g²; p ← p - lr·g / (√s + ε). Inputs: param, sumSquare, grad, lr. */
export const adagradUpdate = update('adagradUpdate', 2);

/**
 * m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; p ← p - lr·(m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε); before that, if the
 * decay is `decoupled`, p ← p - lr·λp.
 * Inputs: param, m, v, grad, lr, t (int32, counted from 1).
 */
export const adamUpdate = update('adamUpdate', 3);
