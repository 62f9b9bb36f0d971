// Optimizer updates, in place. Twin: assembly/kernels/optim.ts. lr is the index of a scalar.

import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';
import { powi } from './math/powi.js';

/** p ← p - lr·g. */
export function sgdUpdate({ f }: Views, { param, grad, lr, n }: Operands<'sgdUpdate'>): void {
  const rate = f[lr]!;
  for (let i = 0; i < n; i++) f[param + i] = f[param + i]! - rate * f[grad + i]!;
}

/** v ← μv + g; p ← p - lr·v, or with Nesterov p ← p - lr·(g + μv). */
export function momentumUpdate(
  { f }: Views,
  { param, velocity, grad, lr, n, nesterov, momentum }: Operands<'momentumUpdate'>,
): void {
  const rate = f[lr]!;
  for (let i = 0; i < n; i++) {
    const g = f[grad + i]!;
    const v = momentum * f[velocity + i]! + g;
    f[velocity + i] = v;
    f[param + i] = f[param + i]! - rate * (nesterov ? g + momentum * v : v);
  }
}

/** s ← ρs + (1 - ρ)g²; p ← p - lr·g / (√s + ε). */
export function rmspropUpdate(
  { f }: Views,
  { param, meanSquare, grad, lr, n, rho, epsilon }: Operands<'rmspropUpdate'>,
): void {
  const rate = f[lr]!;
  for (let i = 0; i < n; i++) {
    const g = f[grad + i]!;
    const s = rho * f[meanSquare + i]! + (1 - rho) * g * g;
    f[meanSquare + i] = s;
    f[param + i] = f[param + i]! - (rate * g) / (Math.sqrt(s) + epsilon);
  }
}

/** s ← s + g²; p ← p - lr·g / (√s + ε). */
export function adagradUpdate(
  { f }: Views,
  { param, sumSquare, grad, lr, n, epsilon }: Operands<'adagradUpdate'>,
): void {
  const rate = f[lr]!;
  for (let i = 0; i < n; i++) {
    const g = f[grad + i]!;
    const s = f[sumSquare + i]! + g * g;
    f[sumSquare + i] = s;
    f[param + i] = f[param + i]! - (rate * g) / (Math.sqrt(s) + epsilon);
  }
}

/** m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; p ← p - lr·(m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε). */
export function adamUpdate(
  { f, i: ints }: Views,
  { param, m, v, grad, lr, step, n, beta1, beta2, epsilon }: Operands<'adamUpdate'>,
): void {
  const t = ints[step]!;
  const rate = f[lr]! / (1 - powi(beta1, t));
  const correction = 1 / Math.sqrt(1 - powi(beta2, t));
  for (let i = 0; i < n; i++) {
    const g = f[grad + i]!;
    const mean = beta1 * f[m + i]! + (1 - beta1) * g;
    const square = beta2 * f[v + i]! + (1 - beta2) * g * g;
    f[m + i] = mean;
    f[v + i] = square;
    f[param + i] = f[param + i]! - (rate * mean) / (Math.sqrt(square) * correction + epsilon);
  }
}
