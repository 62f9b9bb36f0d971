// Division that rounds down, and what is left of it: floorDiv and mod, of float32 and of int32. Not here: div, which is
// a method of Tensor.

import curves from '#sides/curves.wasm';
import { binaryKernel, intKernel } from '../kernels/loops.js';
import { binaryOf, type Tensor, type TensorLike, tensorOf } from '../tensor.js';
import { floor, round } from './curves.js';
import { binary } from './elementwise.js';
import { bringing, checkAlike } from './op.js';
import { where } from './where.js';

const modOp = bringing(
  binary('mod', (g, a, b) => [g, g.mul(floor(a.div(b))).neg()], 'modInt'),
  {
    kernels: {
      mod: /*@__PURE__*/ binaryKernel((a, b) => {
        const rest = a % b;
        return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
      }),
      modInt: /*@__PURE__*/ intKernel((a, b) => (b === 0 ? 0 : a - b * Math.floor(a / b))),
    },
    side: curves,
  },
);

const floorDivInts = bringing(
  binary('floorDivInt', () => [null, null], 'floorDivInt'),
  { kernels: { floorDivInt: /*@__PURE__*/ intKernel((a, b) => (b === 0 ? 0 : Math.floor(a / b))) }, side: curves },
);

/** Both operands, the number among them in the type of the other. */
function alike(name: string, x: TensorLike, y: TensorLike): [Tensor, Tensor] {
  const [a, b] = [tensorOf(name, x, y), tensorOf(name, y, x)];
  checkAlike(name, a, b);
  return [a, b];
}

/**
 * What is left of x when it is divided by y, with the sign of y: x - y·floorDiv(x, y), exactly, as `remainder` in
 * PyTorch. It broadcasts. By 0 it is NaN, of int32 0.
 */
export function mod(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = alike('mod', x, y);
  return binaryOf(modOp, a, b);
}

/** x / y, rounded down; it broadcasts. By 0 it is that of `div`, of int32 0. The gradient is 0. */
export function floorDiv(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = alike('floorDiv', x, y);
  if (a.dtype === 'int32') return binaryOf(floorDivInts, a, b);
  // The quotient itself may have been rounded up to a whole number.
  const quotient = where(b.equal(0), a.div(b), round(a.sub(mod(a, b)).div(b)));
  // Less than a whole: 0 or -1, NaN if a is infinite as well.
  const small = a.sign().mul(b.sign()).minimum(0).add(a.sub(a));
  return where(b.abs().equal(Number.POSITIVE_INFINITY), small, quotient).stopGradient();
}
