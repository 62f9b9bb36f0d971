// Clipping of gradients: wrappers that make large ones smaller before the optimizer sees them.

import { checkPositive } from '../errors.js';
import { madeBy } from '../made.js';
import type { Tensor } from '../tensor.js';
import { checkOptimizer, elementwise, isElementwise, type Optimizer } from './optimizer.js';
import { insideOf, wrapped } from './wrap.js';

/** Keeps the quotient finite where a norm is 0, as in PyTorch's clip_grad_norm_. */
const LEAST_NORM = 1e-6;

/** The factor that makes the norm of these at most `most`. */
function factorFor(grads: readonly Tensor[], most: number): Tensor {
  const norm = grads
    .map((g) => g.square().sum())
    .reduce((sum, square) => sum.add(square))
    .sqrt();
  return norm.add(LEAST_NORM).reciprocal().mul(most).minimum(1);
}

/** What `clipByGlobalNorm` prepares: its factor, and what the optimizer inside prepares. */
interface Clipped {
  readonly factor: Tensor;
  readonly inner: unknown;
}

/**
 * An optimizer that gets gradients with a norm of at most `norm`, taken over all parameters together: all are made
 * smaller by the same factor, min(1, norm / (‖g‖ + 10⁻⁶)) (PyTorch's clip_grad_norm_). Steps stay in proportion; one
 * bad batch does not ruin the weights. Usual for transformers and recurrent networks.
 *
 * @example clipByGlobalNorm(1, adamW(3e-4))
 */
export function clipByGlobalNorm(norm: number, optimizer: Optimizer): Optimizer {
  checkPositive('clipByGlobalNorm: norm', norm);
  checkOptimizer('clipByGlobalNorm: optimizer', optimizer);
  const change: Parameters<typeof wrapped>[1] = ({ prepared, ...inputs }, part) => {
    const { factor, inner } = prepared as Clipped;
    return part.update({ ...inputs, grad: inputs.grad.mul(factor), prepared: inner });
  };
  const prepare: Optimizer['prepare'] = (grads, chosen): Clipped => {
    const factor = factorFor(grads, norm);
    const clipped = () => grads.map((g) => g.mul(factor));
    return { factor, inner: optimizer.prepare?.(clipped(), chosen.map(insideOf)) };
  };
  if (!optimizer.prepare || isElementwise(optimizer.prepare)) elementwise(prepare); // the gradients of padding are 0
  return madeBy(
    'clipByGlobalNorm',
    [norm, optimizer],
    wrapped(optimizer, change, true, () => ({ prepare })),
  );
}

/**
 * An optimizer that gets gradients with a norm of at most `norm` for each parameter by itself: min(1, norm / (‖g‖ +
 * 10⁻⁶))·g (Keras's clipnorm).
 */
export function clipByNorm(norm: number, optimizer: Optimizer): Optimizer {
  checkPositive('clipByNorm: norm', norm);
  checkOptimizer('clipByNorm: optimizer', optimizer);
  return madeBy(
    'clipByNorm',
    [norm, optimizer],
    wrapped(
      optimizer,
      ({ grad, ...inputs }, part) => {
        return part.update({ ...inputs, grad: grad.mul(factorFor([grad], norm)) });
      },
      false,
    ),
  );
}

/**
 * An optimizer that gets gradients whose numbers are all in -value … value (Keras's clipvalue, PyTorch's
 * clip_grad_value_).
 */
export function clipByValue(value: number, optimizer: Optimizer): Optimizer {
  checkPositive('clipByValue: value', value);
  checkOptimizer('clipByValue: optimizer', optimizer);
  return madeBy(
    'clipByValue',
    [value, optimizer],
    wrapped(optimizer, ({ grad, ...inputs }, part) => {
      return part.update({ ...inputs, grad: grad.maximum(-value).minimum(value) });
    }),
  );
}
