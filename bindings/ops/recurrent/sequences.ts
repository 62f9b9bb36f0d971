// What recurrent ops take and give: sequences [n, time, features], with masks, lengths and a state to start from. Not
// here: what goes through the steps (cells.ts, rnn.ts).

import { ones } from '../../creation.js';
import { check, checkIs, isRecord } from '../../errors.js';
import { anything, flag, options, type Rules, range, together, type Values } from '../../options.js';
import { type Shape, sameShape, shapeText } from '../../shape.js';
import { checkedTensor, Tensor } from '../../tensor.js';
import { dropout as dropoutOp } from '../dropout.js';
import { before, checkLengths, inRange, nanUnless } from '../lengths.js';
import { checkFloat, type TensorSpec } from '../op.js';
import { aKey, foldIn } from '../random.js';
import { flip } from '../slicing.js';

/** Sequences, and what is known of them. `S` is the state of what goes through them. */
export interface Sequences<S = Tensor> {
  /** [n, time, features] */
  readonly x: Tensor;
  /**
   * [n, time] of 0 and 1: a step that is 0 is left out. The state stays what it was, and the output of the step before
   * is repeated (as in Keras). A layer goes by it, or by `lengths`, in place of the mask that x itself has (`maskOf`),
   * which the outputs of all steps have then, as they have without it.
   */
  readonly mask?: Tensor | undefined;
  /**
   * [n], int32: only so many first steps of each sequence count. The same as a mask of 1 there. One that is out of
   * range throws if its value is known; if a program computes it, outputs and states of its sequence are NaN.
   */
  readonly lengths?: Tensor | undefined;
  /**
   * The state before the first step; by default zeros. Of `simpleRnn`, `lstm` and `gru` it is also what steps repeat that
   * are left out before one has counted (in Keras zeros).
   */
  readonly initialState?: S | undefined;
}

/** What a recurrent op or layer returns with `returnState`. */
export interface WithState<S> {
  /** What it returns otherwise. */
  readonly output: Tensor;
  /** The state after the last step. */
  readonly state: S;
}

/** What it returns without the state. */
export const outputOf = (result: Tensor | WithState<unknown>): Tensor =>
  result instanceof Tensor ? result : result.output;

/** What a recurrent op or layer returns: with `returnState` the state `S` as well. */
export type OutputOf<R extends boolean, S> = R extends true ? WithState<S> : Tensor;

/** Options of all that goes through sequences; `R` is whether the state is returned, too. */
export interface StepOptions<R extends boolean = boolean> {
  /**
   * Whether the outputs of all steps are returned, [n, time, units], in place of the last one, [n, units]; default
   * false.
   */
  readonly returnSequences?: boolean | undefined;
  /** Whether the state after the last step is returned, too: { output, state }; default false. */
  readonly returnState?: R | undefined;
  /**
   * Goes from the last step to the first; with `returnSequences` the outputs are in that order, too (as in Keras).
   * Default false.
   */
  readonly goBackwards?: boolean | undefined;
}

/** Options of `simpleRnn`, `lstm` and `gru` of wasmgrad/ops. */
export interface RecurrentOptions<R extends boolean = boolean> extends StepOptions<R> {
  /** How much of the features is dropped at random, the same ones in all steps of a sequence; default 0. */
  readonly dropout?: number | undefined;
  /**
   * How much of the state is dropped on its way into the product with `recurrentKernel`, the same in all steps;
   * default 0.
   */
  readonly recurrentDropout?: number | undefined;
  /** What is drawn from, if something is dropped. */
  readonly key?: Tensor | undefined;
}

export const stepRules = {
  returnSequences: flag(false),
  returnState: flag(false),
  goBackwards: flag(false),
} satisfies Rules<StepOptions>;

export const dropRules = { dropout: range(0, 0, 1), recurrentDropout: range(0, 0, 1) };

export const recurrentRules = together(together(stepRules, dropRules), { key: aKey }) satisfies Rules<RecurrentOptions>;

const parts = options({
  x: anything<Tensor>(),
  mask: anything<Tensor | undefined>(),
  lengths: anything<Tensor | undefined>(),
  initialState: anything<unknown>(),
} satisfies Rules<Sequences<unknown>>);

/** Sequences as they were given, checked. */
export interface Given {
  /** [n, time, …] */
  readonly x: Tensor;
  /** [n, time] of 0 and 1, float32; absent: all steps count. */
  readonly mask: Tensor | undefined;
  readonly initialState: unknown;
  /** 1 where the length of a sequence is in range, [n]. Absent: all are. */
  readonly fits: Tensor | undefined;
}

/** Whether a value is an object with names: a tensor is none. */
export const isNamed = (value: unknown): boolean => isRecord(value) && !(value instanceof Tensor);

/** Reads sequences: a tensor, or one in an object with what is known of it. */
export function sequencesOf(where: string, given: Tensor | Sequences<unknown>): Given {
  checkIs(given instanceof Tensor || isRecord(given), `${where}: the input`, 'a tensor or { x, mask … }', given);
  const { x, mask, lengths, initialState } = given instanceof Tensor ? parts(where, { x: given }) : parts(where, given);
  const { shape } = checkedTensor(`${where}: x`, x);
  check(shape.length > 1, () => `${where}: expected x [n, time, features], got ${x}`);
  check(mask === undefined || lengths === undefined, () => `${where}: mask and lengths say the same: give one of them`);
  const counted = mask ? asMask(where, mask, x) : lengths && prefix(where, lengths, x);
  return { x, mask: counted, initialState, fits: lengths && inRange(lengths, 0, shape[1]!) };
}

function asMask(where: string, mask: Tensor, x: Tensor): Tensor {
  const expected = x.shape.slice(0, 2);
  checkLike(`${where}: the mask`, mask, expected);
  return mask.toFloat();
}

function prefix(where: string, lengths: Tensor, x: Tensor): Tensor {
  const [n, time] = x.shape as [number, number];
  checkLike(`${where}: lengths`, lengths, [n]);
  checkIs(lengths.dtype === 'int32', `${where}: lengths`, 'int32', lengths);
  checkLengths(`${where}: length`, lengths, time);
  return before(lengths, time);
}

/** A state that sequences start from, [n, …], or NaN where their lengths are out of range. */
export const startOf = (state: Tensor, fits: Tensor | undefined): Tensor =>
  state.dtype === 'float32' ? nanUnless(fits?.reshape(state.shape.map((d, i) => (i > 0 ? 1 : d))), state) : state;

/** What is known of one step of the samples of a layer, which are sequences or { x }; throws unless they are so. */
export function stepSpec(where: string, input: TensorSpec | { readonly x: TensorSpec }): TensorSpec {
  const { shape, dtype } = 'x' in input ? input.x : input;
  check(Array.isArray(shape) && shape.length > 0, () => {
    return `${where}: expected samples of shape [time, features], got ${shapeText(shape ?? [])}`;
  });
  return { shape: shape.slice(1), dtype };
}

/** Throws unless `t` is a tensor of that shape. */
export function checkLike(what: string, t: Tensor, shape: Shape): void {
  checkedTensor(what, t);
  check(sameShape(t.shape, shape), () => `${what}: expected ${shapeText(shape)}, got ${t}`);
}

/**
 * How `returnSequences` and the other options want what came out: `ys` [n, time, …] in the order of time, and the last
 * of them.
 */
export function returned<S>(
  { returnSequences, returnState, goBackwards }: Values<typeof stepRules>,
  ys: () => Tensor,
  last: Tensor,
  state: S,
): Tensor | WithState<S> {
  const sequences = () => (goBackwards ? flip(ys(), 1) : ys());
  const output = returnSequences ? sequences() : last;
  return returnState ? { output, state } : output;
}

/** Factors of 0 and 1 / (1 - rate) in the shape of one step, the same for all steps; drawn anew by `number`. */
export const factorsOf = (shape: Shape, rate: number, key: Tensor, number: number): Tensor =>
  dropoutOp(ones(shape), rate, { key: foldIn(key, number) });

/** Throws unless x is float32 with that many axes. */
export function checkSteps(where: string, x: Tensor): void {
  check(x.shape.length === 3, () => `${where}: expected x [n, time, features], got ${x}`);
  checkFloat(where, [x]);
}
