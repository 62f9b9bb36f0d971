// A traced function as the steps in which a person would compute it: each step is an op, or several that are one line
// in a book (2w + 3b). Not here: the numbers (walk.ts), and what they are called (names.ts).

import { customGradient, identity, input, reshape } from '../ops/movement.js';
import { sameShape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { call, fraction, number, product, sum, type Term, total } from './notation.js';
import { RULES, type Rule } from './rules.js';

/** A step: a tensor, and what it is computed from. */
export interface Step {
  readonly tensor: Tensor;
  /** In the order of the formula; constants among them. */
  readonly inputs: readonly Tensor[];
  readonly rule: Rule;
  /** The name of the op; 'linear' and 'mean' are several. */
  readonly op: string;
}

/** The tensor that has the value: an alias of it is no step. */
export function shown(t: Tensor): Tensor {
  let at = t;
  while (at.op === identity || (at.op === reshape && at.size === 1)) at = at.inputs[0]!;
  return at;
}

/** What a tensor is computed from, as far as it depends on the arguments. */
function inputsOf({ op, inputs }: Tensor): readonly Tensor[] {
  const maker = inputs[0];
  if (maker?.op.nest) return maker.inputs;
  return op === customGradient ? inputs.slice(1) : inputs;
}

/** The number of a constant that is one. */
export const constantOf = (t: Tensor): number | undefined =>
  !t.traced && t.shape.length === 0 ? t.values()[0] : undefined;

/** The steps from the arguments to `result`, in order. */
export function stepsOf(result: Tensor, digits: number): Step[] {
  const uses = countUses(result);
  const found = new Map<Tensor, Step>();
  const open = [result];
  for (let t = open.pop(); t; t = open.pop()) {
    if (found.has(t) || !t.traced || t.op === input) continue;
    const step = meanOf(t) ?? linearStep(t, uses, digits) ?? plainStep(t);
    found.set(t, step);
    open.push(...step.inputs);
  }
  return [...found.values()].sort((a, b) => a.tensor.id - b.tensor.id);
}

function countUses(result: Tensor): Map<Tensor, number> {
  const uses = new Map<Tensor, number>([[result, Infinity]]);
  for (const [t] of uses) {
    if (!t.traced) continue;
    for (const from of inputsOf(t).map(shown)) uses.set(from, (uses.get(from) ?? 0) + 1);
  }
  return uses;
}

function plainStep(tensor: Tensor): Step {
  const { op, inputs } = tensor;
  const name = inputs[0]?.op.nest ? inputs[0].op.name : op.name;
  const rule = op === customGradient ? undefined : RULES[name];
  return { tensor, inputs: inputsOf(tensor).map(shown), rule: rule ?? { value: (of) => call(name, of) }, op: name };
}

/** A sum that is divided by the number of its terms. */
function meanOf(tensor: Tensor): Step | undefined {
  if (tensor.op.name !== 'mul') return undefined;
  const [total0, factor] = tensor.inputs.map(shown) as [Tensor, Tensor];
  const by = constantOf(factor);
  if (total0.op.name !== 'sum' || by === undefined) return undefined;
  const x = total0.inputs[0]!;
  const count = x.size / total0.size;
  if (!(Math.abs(by * count - 1) < 1e-6)) return undefined;
  const n = number(count, 9);
  const rule: Rule = {
    value: ([of]) => ({ ...call('mean', [of!]), latex: `\\frac{1}{${n.latex}} ${total(of!).latex}` }),
    back: (g) => [fraction(g, n)],
  };
  return { tensor, inputs: [shown(x)], rule, op: 'mean' };
}

/** Factors of tensors, which are added; of a constant the tensor is undefined. */
type Linear = readonly (readonly [tensor: Tensor | undefined, factor: number])[];

function linearStep(tensor: Tensor, uses: ReadonlyMap<Tensor, number>, digits: number): Step | undefined {
  const linear = tensor.dtype === 'float32' ? linearOf(tensor, uses) : undefined;
  if (!linear) return undefined;
  const terms = new Map<Tensor | undefined, number>();
  for (const [of, factor] of linear) terms.set(of, (terms.get(of) ?? 0) + factor);
  const constant = terms.get(undefined) ?? 0;
  terms.delete(undefined);
  const factors = [...terms.values()].map((factor) => number(factor, digits));
  const rule: Rule = {
    value: (names) => {
      const all = names.map((name, i) => product([factors[i]!, name]));
      return sum(constant === 0 && all.length > 0 ? all : [...all, number(constant, digits)]);
    },
    slopes: () => factors,
  };
  return { tensor, inputs: [...terms.keys()] as Tensor[], rule, op: 'linear' };
}

/**
 * A tensor as a sum of others in its shape; undefined if it is none. What is read elsewhere, too, stands for itself.
 */
function linearOf(tensor: Tensor, uses: ReadonlyMap<Tensor, number>): Linear | undefined {
  const times = (of: Tensor, factor: number): Linear | undefined => {
    const value = constantOf(of);
    if (value !== undefined) return [[undefined, factor * value]];
    if (!sameShape(of.shape, tensor.shape)) return undefined;
    const inner = of.traced && uses.get(of) === 1 && !meanOf(of) ? linearOf(of, uses) : undefined;
    return inner?.map(([t, f]) => [t, factor * f] as const) ?? [[of, factor]];
  };
  const both = (a: Linear | undefined, b: Linear | undefined) => a && b && [...a, ...b];
  const [a, b] = tensor.inputs.map(shown) as [Tensor, Tensor];
  switch (tensor.op.name) {
    case 'neg':
      return times(a, -1);
    case 'add':
      return both(times(a, 1), times(b, 1));
    case 'sub':
      return both(times(a, 1), times(b, -1));
    case 'mul': {
      const [left, right] = [constantOf(a), constantOf(b)];
      if (right !== undefined) return times(a, right);
      return left === undefined ? undefined : times(b, left);
    }
    case 'div': {
      const divisor = constantOf(b);
      return divisor === undefined ? undefined : times(a, 1 / divisor);
    }
    default:
      return undefined;
  }
}

/** The formula of a step, of what its inputs are called. */
export const formulaOf = ({ rule, tensor }: Step, names: readonly Term[]): Term => rule.value(names, tensor);
