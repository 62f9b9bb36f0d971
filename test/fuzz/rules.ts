// Optimizers: random options, and each rule written by hand in float64.

import fc from 'fast-check';
import { adagrad, adam, type Optimizer, rmsprop, sgd } from '../../bindings/index.js';

type Options = Readonly<Record<string, number | boolean>>;

export interface OptimizerCase {
  readonly kind: keyof typeof RULES;
  readonly learningRate: number;
  readonly options: Options;
}

/** Moves `w` against the gradient `g` in step `t`, from 1; `state` is kept from step to step. */
export type Rule = (w: number[], g: readonly number[], t: number) => void;

const slot = (): ((i: number, next: (old: number) => number) => number) => {
  const values: number[] = [];
  return (i, next) => (values[i] = next(values[i] ?? 0));
};

const RULES = {
  sgd: (lr: number, { momentum = 0, nesterov = false }: Options): Rule => {
    const velocity = slot();
    return (w, g) => {
      g.forEach((gi, i) => {
        const v = velocity(i, (old) => +momentum * old + gi);
        w[i]! -= lr * (nesterov ? gi + +momentum * v : v);
      });
    };
  },
  rmsprop: (lr: number, { rho = 0.99, epsilon = 1e-8 }: Options): Rule => {
    const square = slot();
    return (w, g) => {
      g.forEach((gi, i) => {
        const s = square(i, (old) => +rho * old + (1 - +rho) * gi * gi);
        w[i]! -= (lr * gi) / (Math.sqrt(s) + +epsilon);
      });
    };
  },
  adagrad: (lr: number, { epsilon = 1e-10 }: Options): Rule => {
    const square = slot();
    return (w, g) => {
      g.forEach((gi, i) => {
        w[i]! -= (lr * gi) / (Math.sqrt(square(i, (old) => old + gi * gi)) + +epsilon);
      });
    };
  },
  adam: (lr: number, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: Options): Rule => {
    const [mean, square] = [slot(), slot()];
    return (w, g, t) => {
      g.forEach((gi, i) => {
        const m = mean(i, (old) => +beta1 * old + (1 - +beta1) * gi) / (1 - (+beta1) ** t);
        const v = square(i, (old) => +beta2 * old + (1 - +beta2) * gi * gi) / (1 - (+beta2) ** t);
        w[i]! -= (lr * m) / (Math.sqrt(v) + +epsilon);
      });
    };
  },
} as const;

const MAKERS = { sgd, rmsprop, adagrad, adam } as const;

const CHOICES: Readonly<Record<keyof typeof RULES, readonly Options[]>> = {
  sgd: [{}, { momentum: 0.9 }, { momentum: 0.5, nesterov: true }],
  rmsprop: [{}, { rho: 0.5 }, { rho: 0, epsilon: 0.125 }],
  adagrad: [{}, { epsilon: 0.25 }],
  adam: [{}, { beta1: 0 }, { beta1: 0.5, beta2: 0.75 }, { epsilon: 0.125 }],
};

export const optimizerArbitrary: fc.Arbitrary<OptimizerCase> = fc
  .record({
    kind: fc.constantFrom(...(Object.keys(RULES) as (keyof typeof RULES)[])),
    learningRate: fc.constantFrom(2 ** -5, 2 ** -7, 2 ** -3),
    choice: fc.nat(11),
  })
  .map(({ kind, learningRate, choice }) => {
    return { kind, learningRate, options: CHOICES[kind][choice % CHOICES[kind].length]! };
  });

export const optimizerOf = ({ kind, learningRate, options }: OptimizerCase): Optimizer =>
  (MAKERS[kind] as (lr: number, options: object) => Optimizer)(learningRate, options);

export const ruleOf = ({ kind, learningRate, options }: OptimizerCase): Rule => RULES[kind](learningRate, options);

export function optimizerText({ kind, learningRate, options }: OptimizerCase): string {
  const parts = Object.entries(options).map(([name, value]) => `${name}: ${value}`);
  return `${kind}(${learningRate}${parts.length ? `, { ${parts.join(', ')} }` : ''})`;
}
