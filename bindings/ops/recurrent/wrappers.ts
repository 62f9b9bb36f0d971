// What is made of functions of sequences: both directions at once, and the same function at every step.

import { check, checkFunction, checkIs } from '../../errors.js';
import { oneOf, options, type Rules } from '../../options.js';
import { type Shape, sameShape, sizeOf } from '../../shape.js';
import { checkedTensor, Tensor } from '../../tensor.js';
import { concat, flip } from '../slicing.js';
import { isNamed, type Sequences, sequencesOf, type WithState } from './sequences.js';

/** Options of `bidirectional` of wasmgrad/ops. */
export interface BidirectionalOptions {
  /** How outputs of both directions become one: side by side ('concat', the default), their sum, product or mean. */
  readonly mergeMode?: 'concat' | 'sum' | 'mul' | 'ave' | undefined;
}

/** The states of both directions. */
export interface BothStates<S> {
  readonly forward: S;
  readonly backward: S;
}

export const mergeRule = oneOf('concat', 'sum', 'mul', 'ave');

const bidirectionalOptions = options({ mergeMode: mergeRule } satisfies Rules<BidirectionalOptions>);

/**
 * Goes through sequences in both directions: `forward` gets x, and so does `backward`, which is to go backwards;
 * outputs of the same step are brought together as `mergeMode` says. x is [n, time, features], or an object of it with
 * a mask, lengths, or the states to start from, { forward, backward }. If both return their states, so does this: {
 * output, state: { forward, backward } }.
 *
 * @example
 * bidirectional(
 *   x,
 *   (x) => lstm(x, p, { returnSequences: true }),
 *   (x) => lstm(x, q, { returnSequences: true, goBackwards: true }),
 * )
 */
export function bidirectional<R extends Tensor | WithState<unknown>>(
  x: Tensor | Sequences<BothStates<unknown>>,
  forward: (x: never) => R,
  backward: (x: never) => R,
  options?: BidirectionalOptions,
): R extends WithState<infer S> ? WithState<BothStates<S>> : Tensor {
  checkFunction('bidirectional: forward', forward);
  checkFunction('bidirectional: backward', backward);
  const { mergeMode } = bidirectionalOptions('bidirectional', options);
  sequencesOf('bidirectional', x);
  const { initialState, ...rest } = x instanceof Tensor ? ({ x } as Sequences<BothStates<unknown>>) : x;
  const isBoth = initialState === undefined || (isNamed(initialState) && 'forward' in initialState);
  checkIs(isBoth, 'bidirectional: the initial state', '{ forward, backward }', initialState);
  const given = (state: unknown) =>
    state === undefined && Object.keys(rest).length === 1
      ? rest.x
      : { ...rest, ...(state ? { initialState: state } : {}) };
  const there: unknown = forward(given(initialState?.forward) as never);
  const back: unknown = backward(given(initialState?.backward) as never);
  const [first, second] = [outputOf(there), outputOf(back)];
  const output = merged(mergeMode, first, second.shape.length > 2 ? flip(second, 1) : second);
  if (there instanceof Tensor || back instanceof Tensor) return output as never;
  const states = { forward: (there as WithState<unknown>).state, backward: (back as WithState<unknown>).state };
  return { output, state: states } as never;
}

function outputOf(result: unknown): Tensor {
  const output = isNamed(result) ? (result as { output: unknown }).output : result;
  return checkedTensor('bidirectional: what a direction returns', output as Tensor);
}

function merged(mode: NonNullable<BidirectionalOptions['mergeMode']>, a: Tensor, b: Tensor): Tensor {
  const compared = (t: Tensor): Shape => (mode === 'concat' ? t.shape.slice(0, -1) : t.shape);
  check(a.shape.length === b.shape.length && sameShape(compared(a), compared(b)), () => {
    return `bidirectional: forward returns ${a}, and backward ${b}: mergeMode '${mode}' can't bring these together`;
  });
  if (mode === 'concat') return concat([a, b], -1);
  if (mode === 'mul') return a.mul(b);
  const sum = a.add(b);
  return mode === 'ave' ? sum.mul(0.5) : sum;
}

/**
 * Does the same at every step of sequences: `f` gets x [n, time, …] as samples [n·time, …], and what it makes of them,
 * [n·time, …], becomes [n, time, …].
 *
 * @example timeDistributed(frames, (x) => maxPool2d(x, 2))
 */
export function timeDistributed(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  checkFunction('timeDistributed', f);
  const { shape } = checkedTensor('timeDistributed', x);
  check(shape.length > 1, () => `timeDistributed: expected x [n, time, …], got ${x}`);
  const count = sizeOf(shape.slice(0, 2));
  const y = checkedTensor('timeDistributed: what the function returns', f(x.reshape([count, ...shape.slice(2)])));
  check(y.shape[0] === count, () => `timeDistributed: the function must keep the ${count} samples, and returned ${y}`);
  return y.reshape([...shape.slice(0, 2), ...y.shape.slice(1)]);
}
