// What each op is in the language of a textbook: its formula, and its local derivatives as formulas. A row an op. The
// numbers of these derivatives are never computed from here, but by the ops' own rules (steps.ts); an op without a row
// is shown by its name.

import type { ElementwiseAttrs } from '../ops/elementwise.js';
import type { MatMulAttrs } from '../ops/matmul.js';
import type { Tensor } from '../tensor.js';
import {
  absolute,
  call,
  difference,
  fraction,
  negative,
  number,
  power,
  product,
  root,
  sum,
  symbol,
  type Term,
  total,
  transposed,
} from './notation.js';

/** An op in formulas. */
export interface Rule {
  /** y, of what its inputs are called. */
  value(inputs: readonly Term[], node: Tensor): Term;
  /** Of an op that is elementwise: ∂y/∂input for each input; null where it is 0 everywhere. */
  slopes?(inputs: readonly Term[], y: Term, node: Tensor): readonly (Term | null)[];
  /** Of any other: what comes back to each input of g = ∂L/∂y. */
  back?(g: Term, inputs: readonly Term[], y: Term, node: Tensor): readonly (Term | null)[];
}

const ONE = number(1, 1);
const TWO = number(2, 1);
const square = (t: Term): Term => power(t, TWO);
const exponential = (t: Term): Term => power(symbol('e'), t);
const oneMinus = (t: Term): Term => difference(ONE, t);
const over = (t: Term): Term => fraction(ONE, t);
const isElementwise = ({ inputs }: Tensor): boolean => inputs.every(({ shape }) => shape.length > 0);
const times = (node: Tensor, ...factors: readonly Term[]): Term => product(factors, isElementwise(node));
const slopeOf = ({ attrs }: Tensor): Term => number((attrs as ElementwiseAttrs).slope, 5);
const text = (name: string, latex?: string) => (inputs: readonly Term[]) => call(name, inputs, latex);
/** 1 where a comparison holds, else 0. */
const where = (a: Term, relation: string, b: Term, latex = relation): Term => {
  return symbol(`[${a.text} ${relation} ${b.text}]`, `\\left[${a.latex} ${latex} ${b.latex}\\right]`);
};
const ZERO = number(0, 1);

/** An op of one input, and its slope. */
const unary = (
  value: (x: Term, node: Tensor) => Term,
  slope: (x: Term, y: Term, node: Tensor) => Term | null,
): Rule => ({
  value: ([x], node) => value(x!, node),
  slopes: ([x], y, node) => [slope(x!, y, node)],
});

/** An op of two inputs, and its slopes. */
const binary = (
  value: (a: Term, b: Term, node: Tensor) => Term,
  slopes: (a: Term, b: Term, y: Term, node: Tensor) => readonly (Term | null)[],
): Rule => ({
  value: ([a, b], node) => value(a!, b!, node),
  slopes: ([a, b], y, node) => slopes(a!, b!, y, node),
});

const flat = (name: string): Rule =>
  unary(
    (x) => call(name, [x]),
    () => null,
  );

/** The matrices that a product multiplies. */
const operands = (inputs: readonly Term[], { attrs }: Tensor): Term[] => {
  const { transA, transB } = attrs as MatMulAttrs;
  return inputs.map((t, i) => ((i === 0 ? transA : transB) ? transposed(t) : t));
};

export const RULES: Readonly<Record<string, Rule>> = {
  neg: unary(negative, () => negative(ONE)),
  abs: unary(absolute, (x) => call('sign', [x])),
  sign: flat('sign'),
  floor: flat('floor'),
  ceil: flat('ceil'),
  round: flat('round'),
  square: unary(square, (x) => product([TWO, x])),
  sqrt: unary(root, (_x, y) => over(product([TWO, y]))),
  exp: unary(exponential, (_x, y) => y),
  log: unary((x) => call('ln', [x], '\\ln'), over),
  softplus: unary(
    (x) => call('ln', [sum([ONE, exponential(x)])], '\\ln'),
    (x) => call('σ', [x], '\\sigma'),
  ),
  sigmoid: unary(
    (x) => call('σ', [x], '\\sigma'),
    (_x, y, node) => times(node, y, oneMinus(y)),
  ),
  tanh: unary(
    (x) => call('tanh', [x], '\\tanh'),
    (_x, y) => oneMinus(square(y)),
  ),
  relu: unary(
    (x) => call('max', [ZERO, x], '\\max'),
    (x) => where(x, '>', ZERO),
  ),
  leakyRelu: unary(
    (x, node) => call('max', [product([slopeOf(node), x]), x], '\\max'),
    (x, _y, node) => sum([where(x, '>', ZERO), product([slopeOf(node), where(x, '≤', ZERO, '\\le')])]),
  ),
  sin: unary(
    (x) => call('sin', [x], '\\sin'),
    (x) => call('cos', [x], '\\cos'),
  ),
  cos: unary(
    (x) => call('cos', [x], '\\cos'),
    (x) => negative(call('sin', [x], '\\sin')),
  ),
  atan: unary(
    (x) => call('arctan', [x], '\\arctan'),
    (x) => over(sum([ONE, square(x)])),
  ),
  expm1: unary(
    (x) => difference(exponential(x), ONE),
    (x) => exponential(x),
  ),
  log1p: unary(
    (x) => call('ln', [sum([ONE, x])], '\\ln'),
    (x) => over(sum([ONE, x])),
  ),
  add: binary(
    (a, b) => sum([a, b]),
    () => [ONE, ONE],
  ),
  sub: binary(difference, () => [ONE, negative(ONE)]),
  mul: binary(
    (a, b, node) => times(node, a, b),
    (a, b) => [b, a],
  ),
  div: binary(fraction, (_a, b, y) => [over(b), negative(fraction(y, b))]),
  pow: binary(power, (a, b, y) => [product([b, power(a, difference(b, ONE))]), product([y, call('ln', [a], '\\ln')])]),
  maximum: binary(
    (a, b) => call('max', [a, b], '\\max'),
    (a, b) => [where(a, '>', b), where(b, '>', a)],
  ),
  minimum: binary(
    (a, b) => call('min', [a, b], '\\min'),
    (a, b) => [where(a, '<', b), where(b, '<', a)],
  ),
  greater: binary(
    (a, b) => where(a, '>', b),
    () => [null, null],
  ),
  greaterEqual: binary(
    (a, b) => where(a, '≥', b, '\\ge'),
    () => [null, null],
  ),
  equal: binary(
    (a, b) => where(a, '=', b),
    () => [null, null],
  ),
  sum: {
    value: ([x]) => total(x!),
    back: (g) => [product([g, ONE])],
  },
  softmax: {
    value: text('softmax'),
    back: (g, _x, y) => [product([y, difference(g, total(product([g, y], true)))], true)],
  },
  logSoftmax: {
    value: ([x]) => call('ln', [call('softmax', [x!])], '\\ln'),
    back: (g, [x]) => [difference(g, product([call('softmax', [x!]), total(g)], true))],
  },
  matMul: {
    value: (inputs, node) => product(operands(inputs, node)),
    back: (g, inputs, _y, node) => {
      const { transA, transB } = node.attrs as MatMulAttrs;
      const [a, b] = operands(inputs, node) as [Term, Term];
      return [
        transA ? product([b, transposed(g)]) : product([g, transposed(b)]),
        transB ? product([transposed(g), a]) : product([transposed(a), g]),
      ];
    },
  },
  transpose: { value: ([x]) => transposed(x!), back: (g) => [transposed(g)] },
};
