// Every optimizer with its published formula, written in float64: for the test of single steps (rules.test.ts), and for
// the fuzzer's models.

import * as wg from '../bindings/index.js';

/** Moves `p` in step t, from 1, by its gradient `g`; made anew for each parameter, of this shape. */
export type Rule = (shape: readonly number[]) => (p: Float64Array, g: Float64Array, t: number) => void;

/** A rule that treats every number by itself: `step` returns p; `s` is what it keeps. */
const each =
  (step: (p: number, g: number, t: number, s: Record<string, number>, shape: readonly number[]) => number): Rule =>
  (shape) => {
    const kept: Record<string, number>[] = [];
    return (p, g, t) => {
      for (let i = 0; i < p.length; i++) p[i] = step(p[i]!, g[i]!, t, (kept[i] ??= {}), shape);
    };
  };

/** The running means of Adam and its kin. */
function means(s: Record<string, number>, g: number, b1 = 0.9, b2 = 0.999): [number, number] {
  s['m'] = b1 * (s['m'] ?? 0) + (1 - b1) * g;
  s['v'] = b2 * (s['v'] ?? 0) + (1 - b2) * g * g;
  return [s['m'], s['v']];
}

const rms = (x: Float64Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);

/**
 * Mean of `x`, of matrices [batch, rows, columns], over the rows or the columns of each; [batch, columns] or [batch,
 * rows].
 */
function meansOf(x: Float64Array, rows: number, cols: number, over: 'rows' | 'columns'): Float64Array {
  const [count, n] = over === 'rows' ? [cols, rows] : [rows, cols];
  const sums = new Float64Array((x.length / (rows * cols)) * count);
  x.forEach((v, i) => {
    const [matrix, r, c] = [Math.floor(i / (rows * cols)), Math.floor(i / cols) % rows, i % cols];
    sums[matrix * count + (over === 'rows' ? c : r)]! += v / n;
  });
  return sums;
}

const adafactor =
  (decay: number, c = -0.8): Rule =>
  (shape) => {
    const [lr, eps, d] = [0.01, 2 ** -23, 1];
    let [R, C, V] = [new Float64Array(0), new Float64Array(0), new Float64Array(0)];
    return (p, g, t) => {
      const beta = t ** c;
      const square = g.map((v) => v * v);
      const next = (old: Float64Array, now: Float64Array) => now.map((v, i) => (1 - beta) * (old[i] ?? 0) + beta * v);
      const alpha = Math.max(1e-3, rms(p)) * Math.min(lr, 1 / Math.sqrt(t));
      if (shape.length > 1) {
        const [rows, cols] = shape.slice(-2) as [number, number];
        R = next(R, meansOf(square, rows, cols, 'columns'));
        C = next(C, meansOf(square, rows, cols, 'rows'));
        const rowMeans = meansOf(R, rows, 1, 'rows');
        V = square.map((_, i) => {
          const matrix = Math.floor(i / (rows * cols));
          const [r, k] = [matrix * rows + (Math.floor(i / cols) % rows), matrix * cols + (i % cols)];
          return (R[r]! * C[k]!) / Math.max(rowMeans[matrix]!, eps);
        });
      } else V = next(V, square);
      const u = g.map((v, i) => v / Math.sqrt(Math.max(V[i]!, eps * eps)));
      const factor = alpha / Math.max(1, rms(u) / d);
      const kept = shape.length > 1 ? 1 - lr * decay : 1;
      for (let i = 0; i < p.length; i++) p[i] = kept * p[i]! - factor * u[i]!;
    };
  };

const nadamMomentum = (t: number): number => 0.9 * (1 - 0.5 * 0.96 ** (t * 0.004));

export const RULES: readonly (readonly [name: string, optimizer: wg.Optimizer, rule: Rule])[] = [
  ['sgd', wg.sgd(0.1), each((p, g) => p - 0.1 * g)],
  ['sgd with decay', wg.sgd(0.1, { weightDecay: 0.2 }), each((p, g) => p - 0.1 * (g + 0.2 * p))],
  ...[false, true].map((nesterov): [string, wg.Optimizer, Rule] => [
    `sgd with momentum, decay, ${nesterov ? 'nesterov' : 'dampening'}`,
    wg.sgd(0.1, { momentum: 0.8, weightDecay: 0.2, nesterov, dampening: nesterov ? 0 : 0.3 }),
    each((p, grad, t, s) => {
      const g = grad + 0.2 * p;
      s['v'] = t === 1 ? g : 0.8 * s['v']! + (nesterov ? 1 : 0.7) * g;
      return p - 0.1 * (nesterov ? g + 0.8 * s['v'] : s['v']);
    }),
  ]),
  [
    'adagrad',
    wg.adagrad(0.1, { initialAccumulator: 0.5, learningRateDecay: 0.25, weightDecay: 0.2 }),
    each((p, grad, t, s) => {
      const g = grad + 0.2 * p;
      s['sum'] = (s['sum'] ?? 0.5) + g * g;
      return p - ((0.1 / (1 + (t - 1) * 0.25)) * g) / (Math.sqrt(s['sum']) + 1e-10);
    }),
  ],
  [
    'adadelta',
    wg.adadelta(1, { weightDecay: 0.2 }),
    each((p, grad, _t, s) => {
      const g = grad + 0.2 * p;
      s['square'] = 0.9 * (s['square'] ?? 0) + 0.1 * g * g;
      const delta = (Math.sqrt((s['acc'] ?? 0) + 1e-6) / Math.sqrt(s['square'] + 1e-6)) * g;
      s['acc'] = 0.9 * (s['acc'] ?? 0) + 0.1 * delta * delta;
      return p - delta;
    }),
  ],
  ...[
    { centered: false, momentum: 0 },
    { centered: true, momentum: 0 },
    { centered: false, momentum: 0.7 },
    { centered: true, momentum: 0.7 },
  ].map(({ centered, momentum }): [string, wg.Optimizer, Rule] => [
    `rmsprop${centered ? ', centered' : ''}${momentum ? ', with momentum' : ''}`,
    wg.rmsprop(0.01, { centered, momentum, weightDecay: 0.2 }),
    each((p, grad, _t, s) => {
      const g = grad + 0.2 * p;
      s['s'] = 0.99 * (s['s'] ?? 0) + 0.01 * g * g;
      s['mean'] = 0.99 * (s['mean'] ?? 0) + 0.01 * g;
      const spread = Math.sqrt(centered ? s['s'] - s['mean'] ** 2 : s['s']) + 1e-8;
      s['b'] = momentum * (s['b'] ?? 0) + g / spread;
      return p - 0.01 * s['b'];
    }),
  ]),
  ...[false, true].flatMap((amsgrad) =>
    [0, 0.2].flatMap((weightDecay) =>
      [false, true].map((decoupled): [string, wg.Optimizer, Rule] => [
        `${decoupled ? 'adamW' : 'adam'}${amsgrad ? ' with amsgrad' : ''}, decay ${weightDecay}`,
        decoupled ? wg.adamW(0.01, { amsgrad, weightDecay }) : (amsgrad ? wg.amsgrad : wg.adam)(0.01, { weightDecay }),
        each((p, grad, t, s, shape) => {
          const decays = !decoupled || shape.length > 1 ? weightDecay : 0;
          const [m, v] = means(s, decoupled ? grad : grad + decays * p);
          s['most'] = Math.max(s['most'] ?? 0, v);
          const spread = Math.sqrt((amsgrad ? s['most'] : v) / (1 - 0.999 ** t)) + 1e-8;
          const from = decoupled ? p * (1 - 0.01 * decays) : p;
          return from - (0.01 * (m / (1 - 0.9 ** t))) / spread;
        }),
      ]),
    ),
  ),
  [
    'adamax',
    wg.adamax(0.01, { weightDecay: 0.2 }),
    each((p, grad, t, s) => {
      const g = grad + 0.2 * p;
      const [m] = means(s, g);
      s['u'] = Math.max(0.999 * (s['u'] ?? 0), Math.abs(g) + 1e-8);
      return p - ((0.01 / (1 - 0.9 ** t)) * m) / s['u'];
    }),
  ],
  [
    'nadam',
    wg.nadam(0.01, { weightDecay: 0.2 }),
    each((p, grad, t, s) => {
      const g = grad + 0.2 * p;
      const [m, v] = means(s, g);
      const [now, next] = [nadamMomentum(t), nadamMomentum(t + 1)];
      s['product'] = (s['product'] ?? 1) * now;
      const spread = Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8;
      const first = p - ((0.01 * (1 - now)) / (1 - s['product'])) * (g / spread);
      return first - ((0.01 * next) / (1 - s['product'] * next)) * (m / spread);
    }),
  ],
  ...[0.999, 0.9].map((beta2): [string, wg.Optimizer, Rule] => [
    `radam, beta2 ${beta2}`,
    wg.radam(0.01, { beta2, weightDecay: 0.2 }),
    each((p, grad, t, s) => {
      const [m, v] = means(s, grad + 0.2 * p, 0.9, beta2);
      const full = 2 / (1 - beta2) - 1;
      const rho = full - (2 * t * beta2 ** t) / (1 - beta2 ** t);
      const mean = m / (1 - 0.9 ** t);
      if (rho <= 5) return p - 0.01 * mean;
      const r = Math.sqrt(((rho - 4) * (rho - 2) * full) / ((full - 4) * (full - 2) * rho));
      return p - (0.01 * mean * r * Math.sqrt(1 - beta2 ** t)) / (Math.sqrt(v) + 1e-8);
    }),
  ]),
  [
    'lion',
    wg.lion(0.01, { weightDecay: 0.5 }),
    each((p, g, _t, s, shape) => {
      const direction = Math.sign(0.9 * (s['m'] ?? 0) + 0.1 * g);
      s['m'] = 0.99 * (s['m'] ?? 0) + 0.01 * g;
      return p * (1 - (shape.length > 1 ? 0.01 * 0.5 : 0)) - 0.01 * direction;
    }),
  ],
  [
    'rprop',
    wg.rprop(0.01, { minStep: 0.004, maxStep: 0.02 }),
    each((p, grad, _t, s) => {
      const turn = Math.sign(grad * (s['last'] ?? 0));
      s['step'] = Math.min(0.02, Math.max(0.004, (s['step'] ?? 0.01) * (turn > 0 ? 1.2 : turn < 0 ? 0.5 : 1)));
      s['last'] = turn < 0 ? 0 : grad;
      return p - Math.sign(s['last']) * s['step'];
    }),
  ],
  ['adafactor', wg.adafactor(), adafactor(0)],
  ['adafactor with decay', wg.adafactor(0.01, { weightDecay: 0.5 }), adafactor(0.5)],
];
