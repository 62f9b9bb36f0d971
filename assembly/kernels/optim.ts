// Optimizer updates, in place, in one pass over all parameters. Numbers that depend on a step are worked out in float64.
// Twin: bindings/kernels/optim.ts.

import { F4, powi } from '../simd';

/** The smallest normal float32. */
const MIN_NORMAL: f32 = 1.1754943508222875e-38;

class Lanes {
  /**
   * Denormals as 0. A mean that decays towards 0 would else stick at the smallest denormal, and arithmetic on denormals
   * made the Adam update 2.5x slower for ever after (measured).
   */
  @inline
  static flush(x: v128): v128 {
    return v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(MIN_NORMAL)));
  }

  /** Four floats, or the last `rest` of them. */
  @inline
  static load(x: usize, rest: i32): v128 {
    return rest ? F4.loadPartial(x, rest) : v128.load(x);
  }

  @inline
  static store(x: usize, v: v128, rest: i32): void {
    if (rest) F4.storePartial(x, v, rest);
    else v128.store(x, v);
  }
}

class Sgd {
  @inline
  static step(param: usize, grad: usize, lr: v128, rest: i32): void {
    const p = Lanes.load(param, rest);
    Lanes.store(param, f32x4.sub(p, f32x4.mul(lr, Lanes.load(grad, rest))), rest);
  }
}

/** p ← p - lr·g */
export function sgdUpdate(param: usize, grad: usize, lr: usize, n: i32, part: i32, parts: i32): void {
  if (part) return;
  const rate = v128.load32_splat(lr);
  const end = param + ((<usize>(n & ~3)) << 2);
  if (param < end) {
    do {
      Sgd.step(param, grad, rate, 0);
      param += 16;
      grad += 16;
    } while (param < end);
  }
  if (n & 3) Sgd.step(param, grad, rate, n & 3);
}

class Momentum {
  @inline
  static step(param: usize, velocity: usize, grad: usize, lr: v128, mu: v128, nesterov: v128, rest: i32): void {
    const g = Lanes.load(grad, rest);
    const v = Lanes.flush(f32x4.add(f32x4.mul(mu, Lanes.load(velocity, rest)), g));
    Lanes.store(velocity, v, rest);
    const ahead = f32x4.add(g, f32x4.mul(mu, v));
    const step = f32x4.mul(lr, v128.bitselect(ahead, v, nesterov));
    Lanes.store(param, f32x4.sub(Lanes.load(param, rest), step), rest);
  }
}

/** v ← μv + g; p ← p - lr·v, or with Nesterov p ← p - lr·(g + μv) */
export function momentumUpdate(
  param: usize,
  velocity: usize,
  grad: usize,
  lr: usize,
  n: i32,
  nesterov: i32,
  momentum: f64,
  part: i32,
  parts: i32,
): void {
  if (part) return;
  const rate = v128.load32_splat(lr);
  const mu = f32x4.splat(<f32>momentum);
  const ahead = i32x4.splat(-nesterov);
  const end = param + ((<usize>(n & ~3)) << 2);
  if (param < end) {
    do {
      Momentum.step(param, velocity, grad, rate, mu, ahead, 0);
      param += 16;
      velocity += 16;
      grad += 16;
    } while (param < end);
  }
  if (n & 3) Momentum.step(param, velocity, grad, rate, mu, ahead, n & 3);
}

class Rmsprop {
  @inline
  static step(param: usize, square: usize, grad: usize, lr: v128, rho: v128, rest1: v128, eps: v128, rest: i32): void {
    const g = Lanes.load(grad, rest);
    const s = Lanes.flush(f32x4.add(f32x4.mul(rho, Lanes.load(square, rest)), f32x4.mul(f32x4.mul(rest1, g), g)));
    Lanes.store(square, s, rest);
    const step = f32x4.div(f32x4.mul(lr, g), f32x4.add(f32x4.sqrt(s), eps));
    Lanes.store(param, f32x4.sub(Lanes.load(param, rest), step), rest);
  }
}

/** s ← ρs + (1 - ρ)g²; p ← p - lr·g / (√s + ε) */
export function rmspropUpdate(
  param: usize,
  meanSquare: usize,
  grad: usize,
  lr: usize,
  n: i32,
  rho: f64,
  epsilon: f64,
  part: i32,
  parts: i32,
): void {
  if (part) return;
  squareUpdate(param, meanSquare, grad, lr, n, <f32>rho, <f32>(1 - rho), <f32>epsilon);
}

/** s ← s + g²; p ← p - lr·g / (√s + ε) */
export function adagradUpdate(
  param: usize,
  sumSquare: usize,
  grad: usize,
  lr: usize,
  n: i32,
  epsilon: f64,
  part: i32,
  parts: i32,
): void {
  if (part) return;
  squareUpdate(param, sumSquare, grad, lr, n, 1, 1, <f32>epsilon);
}

/** s ← keep·s + take·g²; p ← p - lr·g / (√s + ε) */
function squareUpdate(
  param: usize,
  square: usize,
  grad: usize,
  lr: usize,
  n: i32,
  keep: f32,
  take: f32,
  epsilon: f32,
): void {
  const rate = v128.load32_splat(lr);
  const rho = f32x4.splat(keep);
  const fresh = f32x4.splat(take);
  const eps = f32x4.splat(epsilon);
  const end = param + ((<usize>(n & ~3)) << 2);
  if (param < end) {
    do {
      Rmsprop.step(param, square, grad, rate, rho, fresh, eps, 0);
      param += 16;
      square += 16;
      grad += 16;
    } while (param < end);
  }
  if (n & 3) Rmsprop.step(param, square, grad, rate, rho, fresh, eps, n & 3);
}

class Adam {
  @inline
  static step(
    param: usize,
    m: usize,
    v: usize,
    grad: usize,
    rate: v128,
    b1: v128,
    c1: v128,
    b2: v128,
    c2: v128,
    correction: v128,
    eps: v128,
    rest: i32,
  ): void {
    const g = Lanes.load(grad, rest);
    const mean = Lanes.flush(f32x4.add(f32x4.mul(b1, Lanes.load(m, rest)), f32x4.mul(c1, g)));
    const square = Lanes.flush(f32x4.add(f32x4.mul(b2, Lanes.load(v, rest)), f32x4.mul(f32x4.mul(c2, g), g)));
    Lanes.store(m, mean, rest);
    Lanes.store(v, square, rest);
    const scale = f32x4.add(f32x4.mul(f32x4.sqrt(square), correction), eps);
    Lanes.store(param, f32x4.sub(Lanes.load(param, rest), f32x4.div(f32x4.mul(rate, mean), scale)), rest);
  }
}

/** m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; p ← p - lr·(m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε) */
export function adamUpdate(
  param: usize,
  m: usize,
  v: usize,
  grad: usize,
  lr: usize,
  step: usize,
  n: i32,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
  part: i32,
  parts: i32,
): void {
  if (part) return;
  const t = load<i32>(step);
  const rate = f32x4.splat(<f32>(<f64>load<f32>(lr) / (1 - powi(beta1, t))));
  const correction = f32x4.splat(<f32>(1 / Math.sqrt(1 - powi(beta2, t))));
  const b1 = f32x4.splat(<f32>beta1);
  const c1 = f32x4.splat(<f32>(1 - beta1));
  const b2 = f32x4.splat(<f32>beta2);
  const c2 = f32x4.splat(<f32>(1 - beta2));
  const eps = f32x4.splat(<f32>epsilon);
  const end = param + ((<usize>(n & ~3)) << 2);
  if (param < end) {
    do {
      Adam.step(param, m, v, grad, rate, b1, c1, b2, c2, correction, eps, 0);
      param += 16;
      m += 16;
      v += 16;
      grad += 16;
    } while (param < end);
  }
  if (n & 3) Adam.step(param, m, v, grad, rate, b1, c1, b2, c2, correction, eps, n & 3);
}
