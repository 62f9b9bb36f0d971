// rnn: a cell of the user's own, repeated over the steps of sequences.

import { zeros } from '../../creation.js';
import { check, checkFunction, checkIs } from '../../errors.js';
import type { ParameterSpec, Specs, TensorSpec, TensorsOf } from '../../layers/layer.js';
import { options, type Rules } from '../../options.js';
import { checkShape, type Shape } from '../../shape.js';
import { Tensor } from '../../tensor.js';
import { scan } from '../../transforms/scan.js';
import { moveAxis } from '../movement.js';
import { where } from '../where.js';
import {
  checkLike,
  isNamed,
  type OutputOf,
  returned,
  type Sequences,
  type StepOptions,
  sequencesOf,
  startOf,
  stepRules,
  type WithState,
} from './sequences.js';

/** The shapes of the state of one sample: one, or some by name. */
export type StateShape = Shape | { readonly [name: string]: Shape };

/** The state of a batch: a tensor for each shape. */
export type StateOf<S> = S extends Shape ? Tensor : { readonly [K in keyof S]: Tensor };

/** A cell of one's own: what is computed at each step. */
export interface RecurrentCell<S extends StateShape = StateShape, P = Specs<ParameterSpec>> {
  /** Shape of the state of one sample: [units], or { h: [units], c: [units] }. It starts as zeros. */
  readonly stateShape: S;
  /**
   * Checks the input of one step, and says which parameters there are; for the layer. Leave it out if there are none.
   */
  build?(input: TensorSpec): { readonly parameters?: P | undefined };
  /** One step: x is [n, …features]. */
  call(x: Tensor, state: StateOf<S>, parameters: TensorsOf<P>): WithState<StateOf<S>>;
}

const rnnOptions = options(stepRules satisfies Rules<StepOptions>);

/**
 * Repeats a cell of one's own over the steps of sequences x, [n, time, …features], or an object of them with a mask,
 * lengths, or the state to start from. `cell.call` gets one step, the state and `parameters`, and returns { output,
 * state }; it is traced once, as the function of `scan`. It returns the last output, or what the options ask for. A
 * step that the mask leaves out repeats the output before it, zeros if there is none, and keeps the state.
 *
 * @example rnn(x, { stateShape: [2], call: (x, state) => ({ output: x.add(state), state: x.add(state) }) }, {})
 */
export function rnn<S extends StateShape, P, R extends boolean = false>(
  x: Tensor | Sequences<StateOf<S>>,
  cell: RecurrentCell<S, P>,
  parameters: TensorsOf<P>,
  options?: StepOptions<R>,
): OutputOf<R, StateOf<S>> {
  const how = rnnOptions('rnn', options);
  checkCell(cell);
  checkIs(isNamed(parameters), 'rnn: the parameters', 'an object of tensors', parameters);
  const { x: sequences, mask, initialState, fits } = sequencesOf('rnn', x);
  const [n, time, ...features] = sequences.shape as [number, number, ...number[]];
  const start = stateOf(cell.stateShape, n, initialState, fits);
  const call = (row: Tensor, state: unknown) => checkedStep(cell.call(row, state as StateOf<S>, parameters));
  // What it returns if there is no step before: a call shows the shape.
  const shown = call(zeros([n, ...features], sequences.dtype), start);
  checkStates(shown.state, start);
  const first = startOf(shown.output.zerosLike(), fits);
  const xs = { row: moveAxis(sequences, 1, 0), ...(mask && { mask: mask.transpose() }) };
  const step = (before: { state: unknown; output: Tensor }, now: { row: Tensor; mask?: Tensor }) => {
    const next = call(now.row, before.state);
    const after = now.mask ? chosen(now.mask, next, before) : next;
    return [after, how.returnSequences ? after.output : null] as const;
  };
  const { carry, ys } = scan(step as never, { state: start, output: first }, xs, {
    reverse: how.goBackwards,
    length: time,
  });
  const { state, output } = carry as unknown as WithState<StateOf<S>>;
  return returned(how, () => moveAxis(ys as Tensor, 1, 0), output, state) as never;
}

/** Throws unless it is a cell. */
export function checkCell(cell: unknown): void {
  checkIs(isNamed(cell), 'rnn: the cell', '{ stateShape, call }', cell);
  const { stateShape, build, call } = cell as RecurrentCell;
  const shapes = isNamed(stateShape) ? Object.values(stateShape) : [stateShape];
  for (const shape of shapes) checkShape('rnn: stateShape', shape);
  if (build !== undefined) checkFunction('rnn: build of the cell', build);
  checkFunction('rnn: call of the cell', call);
}

/** The state before the first step, checked. */
function stateOf(shape: StateShape, n: number, given: unknown, fits: Tensor | undefined): unknown {
  const one = (s: Shape, t: unknown): Tensor => {
    if (t === undefined) return startOf(zeros([n, ...s]), fits);
    checkLike('rnn: the initial state', t as Tensor, [n, ...s]);
    return startOf(t as Tensor, fits);
  };
  if (Array.isArray(shape)) return one(shape, given);
  checkIs(given === undefined || isNamed(given), 'rnn: the initial state', 'an object of tensors', given);
  const states = (given ?? {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(shape).map(([name, s]) => [name, one(s as Shape, states[name])]));
}

/** Throws unless a cell returns states as it gets them. */
function checkStates(next: unknown, before: unknown): void {
  const what = 'rnn: the state that the cell returns';
  if (before instanceof Tensor) return checkLike(what, next as Tensor, before.shape);
  checkIs(isNamed(next), what, 'an object, as stateShape', next);
  for (const [name, t] of Object.entries(before as Record<string, Tensor>))
    checkLike(`${what}: ${name}`, (next as Record<string, Tensor>)[name]!, t.shape);
}

function checkedStep(result: unknown): { output: Tensor; state: unknown } {
  const isStep = isNamed(result) && (result as { output: unknown }).output instanceof Tensor;
  checkIs(isStep, 'rnn: what the cell returns', '{ output, state }', result);
  const { output, state } = result as { output: Tensor; state: unknown };
  check(state !== undefined, () => 'rnn: what the cell returns must have a state: { output, state }');
  return { output, state };
}

/** `next` where the mask is not 0, else what was before. */
function chosen<T>(mask: Tensor, next: T, before: T): T {
  if (next instanceof Tensor) {
    const wide = mask.reshape([mask.size, ...new Array<number>(next.shape.length - 1).fill(1)]);
    return where(wide, next, before as Tensor) as T;
  }
  const parts = Object.entries(next as object).map(([name, part]) => [
    name,
    chosen(mask, part, before[name as keyof T]),
  ]);
  return Object.fromEntries(parts) as T;
}
