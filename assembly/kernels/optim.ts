// Optimizer updates, in place, in one pass over all parameters. Numbers that depend on a step are worked out in
// float64. λ is weightDecay, and g is the gradient plus λp, but in adamUpdate where the decay is decoupled. Twin:
// bindings/kernels/optim.ts.

import {
  AdagradUpdateOperands,
  AdamUpdateOperands,
  MomentumUpdateOperands,
  RmspropUpdateOperands,
  SgdUpdateOperands,
} from '../operands';
import { endOf, LINE, Share, startOf } from '../share';
import { F4, powi } from '../simd';

/** The exponent of a float32: 0 in zeros and denormals. */
const EXPONENT = 0x7f800000;

/** How a step reads and writes its lanes. It is a type because a constant argument would be looked at in each turn. */
abstract class Access {
  abstract load(x: usize, n: i32): v128;
  abstract store(x: usize, v: v128, n: i32): void;
}

/** Four floats. */
class Four extends Access {
  @inline
  load(x: usize, n: i32): v128 {
    return v128.load(x);
  }

  @inline
  store(x: usize, v: v128, n: i32): void {
    v128.store(x, v);
  }
}

/** The last n, n being 1, 2 or 3. */
class Rest extends Access {
  @inline
  load(x: usize, n: i32): v128 {
    return F4.loadPartial(x, n);
  }

  @inline
  store(x: usize, v: v128, n: i32): void {
    F4.storePartial(x, v, n);
  }
}

class Lanes {
  /**
   * Denormals as 0. A mean that decays towards 0 would else stick at the smallest denormal, and arithmetic on denormals
   * made the Adam update 2.5x slower for ever after (measured).
   */
  @inline
  static flush(x: v128): v128 {
    return v128.andnot(x, i32x4.eq(v128.and(x, i32x4.splat(EXPONENT)), i32x4.splat(0)));
  }

  @inline
  static load<T extends Access>(x: usize, n: i32): v128 {
    return changetype<T>(0).load(x, n);
  }

  @inline
  static store<T extends Access>(x: usize, v: v128, n: i32): void {
    changetype<T>(0).store(x, v, n);
  }
}

class Sgd {
  @inline
  static step<T extends Access>(param: usize, grad: usize, lr: v128, decay: v128, n: i32): void {
    const p = Lanes.load<T>(param, n);
    const g = f32x4.add(Lanes.load<T>(grad, n), f32x4.mul(decay, p));
    Lanes.store<T>(param, f32x4.sub(p, f32x4.mul(lr, g)), n);
  }
}

/** p ← p - lr·g */
export function sgdUpdate(it: SgdUpdateOperands, part: i32, parts: i32): void {
  const range = Share.of(it.n, 1, LINE, part, parts);
  const from = (<usize>startOf(range)) << 2;
  const to = (<usize>endOf(range)) << 2;
  const fours = it.param + (to & ~15);
  const rest = <i32>((to - from) >> 2) & 3;
  const rate = v128.load32_splat(it.lr);
  const decay = f32x4.splat(<f32>it.weightDecay);
  let param = it.param + from;
  let grad = it.grad + from;
  if (param < fours) {
    do {
      Sgd.step<Four>(param, grad, rate, decay, 4);
      param += 16;
      grad += 16;
    } while (param < fours);
  }
  if (rest) Sgd.step<Rest>(param, grad, rate, decay, rest);
}

class Momentum {
  @inline
  static step<T extends Access>(
    param: usize,
    velocity: usize,
    grad: usize,
    lr: v128,
    decay: v128,
    mu: v128,
    take: v128,
    nesterov: v128,
    n: i32,
  ): void {
    const p = Lanes.load<T>(param, n);
    const g = f32x4.add(Lanes.load<T>(grad, n), f32x4.mul(decay, p));
    const v = Lanes.flush(f32x4.add(f32x4.mul(mu, Lanes.load<T>(velocity, n)), f32x4.mul(take, g)));
    Lanes.store<T>(velocity, v, n);
    const ahead = f32x4.add(g, f32x4.mul(mu, v));
    const step = f32x4.mul(lr, v128.bitselect(ahead, v, nesterov));
    Lanes.store<T>(param, f32x4.sub(p, step), n);
  }
}

/** v ← μv + (1 - τ)g, with τ = 0 in step 1; p ← p - lr·v, or with Nesterov p ← p - lr·(g + μv) */
export function momentumUpdate(it: MomentumUpdateOperands, part: i32, parts: i32): void {
  const range = Share.of(it.n, 1, LINE, part, parts);
  const from = (<usize>startOf(range)) << 2;
  const to = (<usize>endOf(range)) << 2;
  const fours = it.param + (to & ~15);
  const rest = <i32>((to - from) >> 2) & 3;
  const rate = v128.load32_splat(it.lr);
  const decay = f32x4.splat(<f32>it.weightDecay);
  const mu = f32x4.splat(<f32>it.momentum);
  const take = f32x4.splat(load<i32>(it.step) > 1 ? <f32>(1 - it.dampening) : 1);
  const ahead = i32x4.splat(-it.nesterov);
  let param = it.param + from;
  let velocity = it.velocity + from;
  let grad = it.grad + from;
  if (param < fours) {
    do {
      Momentum.step<Four>(param, velocity, grad, rate, decay, mu, take, ahead, 4);
      param += 16;
      velocity += 16;
      grad += 16;
    } while (param < fours);
  }
  if (rest) Momentum.step<Rest>(param, velocity, grad, rate, decay, mu, take, ahead, rest);
}

class Square {
  @inline
  static step<T extends Access>(
    param: usize,
    square: usize,
    grad: usize,
    lr: v128,
    decay: v128,
    keep: v128,
    take: v128,
    eps: v128,
    n: i32,
  ): void {
    const p = Lanes.load<T>(param, n);
    const g = f32x4.add(Lanes.load<T>(grad, n), f32x4.mul(decay, p));
    const s = f32x4.add(f32x4.mul(keep, Lanes.load<T>(square, n)), f32x4.mul(f32x4.mul(take, g), g));
    const flushed = Lanes.flush(s);
    Lanes.store<T>(square, flushed, n);
    const step = f32x4.div(f32x4.mul(lr, g), f32x4.add(f32x4.sqrt(flushed), eps));
    Lanes.store<T>(param, f32x4.sub(p, step), n);
  }
}

/** s ← ρs + (1 - ρ)g²; p ← p - lr·g / (√s + ε) */
export function rmspropUpdate(it: RmspropUpdateOperands, part: i32, parts: i32): void {
  const keep = <f32>it.rho;
  const take = <f32>(1 - it.rho);
  const decay = <f32>it.weightDecay;
  squareUpdate(it.param, it.meanSquare, it.grad, it.lr, it.n, decay, keep, take, <f32>it.epsilon, part, parts);
}

/** s ← s + g²; p ← p - lr·g / (√s + ε) */
export function adagradUpdate(it: AdagradUpdateOperands, part: i32, parts: i32): void {
  const decay = <f32>it.weightDecay;
  squareUpdate(it.param, it.sumSquare, it.grad, it.lr, it.n, decay, 1, 1, <f32>it.epsilon, part, parts);
}

/** s ← keep·s + take·g²; p ← p - lr·g / (√s + ε) */
function squareUpdate(
  param: usize,
  square: usize,
  grad: usize,
  lr: usize,
  n: i32,
  weightDecay: f32,
  keep: f32,
  take: f32,
  epsilon: f32,
  part: i32,
  parts: i32,
): void {
  const range = Share.of(n, 1, LINE, part, parts);
  const from = (<usize>startOf(range)) << 2;
  const to = (<usize>endOf(range)) << 2;
  const fours = param + (to & ~15);
  const rest = <i32>((to - from) >> 2) & 3;
  const rate = v128.load32_splat(lr);
  const decay = f32x4.splat(weightDecay);
  const old = f32x4.splat(keep);
  const fresh = f32x4.splat(take);
  const eps = f32x4.splat(epsilon);
  param += from;
  square += from;
  grad += from;
  if (param < fours) {
    do {
      Square.step<Four>(param, square, grad, rate, decay, old, fresh, eps, 4);
      param += 16;
      square += 16;
      grad += 16;
    } while (param < fours);
  }
  if (rest) Square.step<Rest>(param, square, grad, rate, decay, old, fresh, eps, rest);
}

class Adam {
  @inline
  static step<T extends Access>(
    param: usize,
    m: usize,
    v: usize,
    grad: usize,
    rate: v128,
    coupled: v128,
    keep: v128,
    b1: v128,
    c1: v128,
    b2: v128,
    c2: v128,
    correction: v128,
    eps: v128,
    n: i32,
  ): void {
    const p = Lanes.load<T>(param, n);
    const g = f32x4.add(Lanes.load<T>(grad, n), f32x4.mul(coupled, p));
    const mean = Lanes.flush(f32x4.add(f32x4.mul(b1, Lanes.load<T>(m, n)), f32x4.mul(c1, g)));
    const square = Lanes.flush(f32x4.add(f32x4.mul(b2, Lanes.load<T>(v, n)), f32x4.mul(f32x4.mul(c2, g), g)));
    Lanes.store<T>(m, mean, n);
    Lanes.store<T>(v, square, n);
    const scale = f32x4.add(f32x4.mul(f32x4.sqrt(square), correction), eps);
    Lanes.store<T>(param, f32x4.sub(f32x4.mul(keep, p), f32x4.div(f32x4.mul(rate, mean), scale)), n);
  }
}

/**
 * m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; p ← p - lr·(m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε); before that, if the
 * decay is decoupled, p ← p - lr·λp
 */
export function adamUpdate(it: AdamUpdateOperands, part: i32, parts: i32): void {
  const range = Share.of(it.n, 1, LINE, part, parts);
  const from = (<usize>startOf(range)) << 2;
  const to = (<usize>endOf(range)) << 2;
  const fours = it.param + (to & ~15);
  const rest = <i32>((to - from) >> 2) & 3;
  if (from === to) return;
  const t = load<i32>(it.step);
  const lr = <f64>load<f32>(it.lr);
  const rate = f32x4.splat(<f32>(lr / (1 - powi(it.beta1, t))));
  const coupled = f32x4.splat(it.decoupled ? 0 : <f32>it.weightDecay);
  const keep = f32x4.splat(it.decoupled ? <f32>(1 - lr * it.weightDecay) : 1);
  const correction = f32x4.splat(<f32>(1 / Math.sqrt(1 - powi(it.beta2, t))));
  const b1 = f32x4.splat(<f32>it.beta1);
  const c1 = f32x4.splat(<f32>(1 - it.beta1));
  const b2 = f32x4.splat(<f32>it.beta2);
  const c2 = f32x4.splat(<f32>(1 - it.beta2));
  const eps = f32x4.splat(<f32>it.epsilon);
  let param = it.param + from;
  let m = it.m + from;
  let v = it.v + from;
  let grad = it.grad + from;
  if (param < fours) {
    do {
      Adam.step<Four>(param, m, v, grad, rate, coupled, keep, b1, c1, b2, c2, correction, eps, 4);
      param += 16;
      m += 16;
      v += 16;
      grad += 16;
    } while (param < fours);
  }
  if (rest) Adam.step<Rest>(param, m, v, grad, rate, coupled, keep, b1, c1, b2, c2, correction, eps, rest);
}
