// Optimizer updates, in place. Twin: assembly/kernels/optim.ts. lr is the index of a scalar. λ is weightDecay, and g is
// the gradient plus λp, but in adamUpdate where the decay is decoupled.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';
import { powi } from './math/powi.js';

/** p ← p - lr·g. */
export function sgdUpdate({ f }: Views, { param, grad, lr, n, weightDecay }: Operands<'sgdUpdate'>): void {
  const rate = f[lr]!;
  for (let i = 0; i < n; i++) {
    const p = f[param + i]!;
    f[param + i] = p - rate * (f[grad + i]! + weightDecay * p);
  }
}

/** v ← μv + (1 - τ)g, with τ = 0 in step 1; p ← p - lr·v, or with Nesterov p ← p - lr·(g + μv). */
export function momentumUpdate(
  { f, i: ints }: Views,
  { param, velocity, grad, lr, step, n, nesterov, weightDecay, momentum, dampening }: Operands<'momentumUpdate'>,
): void {
  const rate = f[lr]!;
  const take = ints[step]! > 1 ? 1 - dampening : 1;
  for (let i = 0; i < n; i++) {
    const p = f[param + i]!;
    const g = f[grad + i]! + weightDecay * p;
    const v = momentum * f[velocity + i]! + take * g;
    f[velocity + i] = v;
    f[param + i] = p - rate * (nesterov ? g + momentum * v : v);
  }
}

/** s ← ρs + (1 - ρ)g²; p ← p - lr·g / (√s + ε). */
export function rmspropUpdate(
  { f }: Views,
  { param, meanSquare, grad, lr, n, weightDecay, rho, epsilon }: Operands<'rmspropUpdate'>,
): void {
  const rate = f[lr]!;
  for (let i = 0; i < n; i++) {
    const p = f[param + i]!;
    const g = f[grad + i]! + weightDecay * p;
    const s = rho * f[meanSquare + i]! + (1 - rho) * g * g;
    f[meanSquare + i] = s;
    f[param + i] = p - (rate * g) / (Math.sqrt(s) + epsilon);
  }
}

/** s ← s + g²; p ← p - lr·g / (√s + ε). */
export function adagradUpdate(
  { f }: Views,
  { param, sumSquare, grad, lr, n, weightDecay, epsilon }: Operands<'adagradUpdate'>,
): void {
  const rate = f[lr]!;
  for (let i = 0; i < n; i++) {
    const p = f[param + i]!;
    const g = f[grad + i]! + weightDecay * p;
    const s = f[sumSquare + i]! + g * g;
    f[sumSquare + i] = s;
    f[param + i] = p - (rate * g) / (Math.sqrt(s) + epsilon);
  }
}

/**
 * m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; p ← p - lr·(m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε); before that, if the
 * decay is decoupled, p ← p - lr·λp.
 */
export function adamUpdate(
  { f, i: ints }: Views,
  { param, m, v, grad, lr, step, n, decoupled, weightDecay, beta1, beta2, epsilon }: Operands<'adamUpdate'>,
): void {
  const t = ints[step]!;
  const rate = f[lr]! / (1 - powi(beta1, t));
  const correction = 1 / Math.sqrt(1 - powi(beta2, t));
  const coupled = decoupled ? 0 : weightDecay;
  const keep = decoupled ? 1 - f[lr]! * weightDecay : 1;
  for (let i = 0; i < n; i++) {
    const p = f[param + i]!;
    const g = f[grad + i]! + coupled * p;
    const mean = beta1 * f[m + i]! + (1 - beta1) * g;
    const square = beta2 * f[v + i]! + (1 - beta2) * g * g;
    f[m + i] = mean;
    f[v + i] = square;
    f[param + i] = keep * p - (rate * mean) / (Math.sqrt(square) * correction + epsilon);
  }
}
