// simpleRnn, lstm and gru, as functions of their parameters. The layers of these names are in layers/recurrent.ts. The
// product of all inputs with the kernel is one; then the steps follow each other (cells.ts).

import { zeros } from '../../creation.js';
import { check, checkIs } from '../../errors.js';
import { type Activation, type ActivationName, activationOf } from '../../layers/activations.js';
import { anything, options, type Rules, together, type Values } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { checkFloat } from '../op.js';
import { concat, slice } from '../slicing.js';
import { keyFor } from '../uniform.js';
import { type Cell, gruCell, lstmCell, repeated, type Steps, simpleCell } from './cells.js';
import { fused, isFused } from './recurrence.js';
import {
  checkLike,
  checkSteps,
  factorsOf,
  type Given,
  isNamed,
  type OutputOf,
  type RecurrentOptions,
  recurrentRules,
  returned,
  type Sequences,
  sequencesOf,
  startOf,
  type WithState,
} from './sequences.js';

/** What a recurrent op computes with: kernels, and biases if there are any. */
export interface RecurrentParameters {
  /** What the input is multiplied by: [features, gates·units]. */
  readonly kernel: Tensor;
  /** What the state is multiplied by: [units, gates·units]. */
  readonly recurrentKernel: Tensor;
  /** Added to the product with the input: [gates·units]; by default none. */
  readonly bias?: Tensor | undefined;
  /** Added to the product with the state: [gates·units]; by default none. */
  readonly recurrentBias?: Tensor | undefined;
}

/** The state of an LSTM, both [n, units]. */
export interface LstmState {
  /** The output. */
  readonly h: Tensor;
  /** The cell. */
  readonly c: Tensor;
}

/** Options of `simpleRnn` of wasmgrad/ops. */
export interface SimpleRnnOptions<R extends boolean = boolean> extends RecurrentOptions<R> {
  /** Default 'tanh'. */
  readonly activation?: ActivationName | Activation | undefined;
}

const simpleOptions = options(
  together(recurrentRules, {
    activation: (given = 'tanh') => activationOf(given as ActivationName),
  }) satisfies Rules<SimpleRnnOptions>,
);
const gatedOptions = options(recurrentRules satisfies Rules<RecurrentOptions>);

const parameterRules = options({
  kernel: anything<Tensor>(),
  recurrentKernel: anything<Tensor>(),
  bias: anything<Tensor | undefined>(),
  recurrentBias: anything<Tensor | undefined>(),
} satisfies Rules<RecurrentParameters>);

/**
 * The simple recurrent network of Elman: h' = σ(x·W + b + h·R + bᵣ) for one step after the other, tanh being σ by
 * default. x is [n, time, features], or an object of it with a mask, lengths, or the state to start from, [n, units];
 * the kernel W is [features, units], the recurrent kernel R [units, units]. As RNN of PyTorch. It returns the last h,
 * [n, units], or what the options ask for. In the backward pass gradients below 2^-100 that go from step to step
 * become 0.
 *
 * @throws if shapes do not fit, or an option is unknown
 */
export function simpleRnn<R extends boolean = false>(
  x: Tensor | Sequences,
  parameters: RecurrentParameters,
  options?: SimpleRnnOptions<R>,
): OutputOf<R, Tensor> {
  const { activation, ...how } = simpleOptions('simpleRnn', options);
  const given = sequencesOf('simpleRnn', x);
  const start = given.initialState === undefined ? undefined : [given.initialState as Tensor];
  return ended(
    computed('simpleRnn', simpleCell(activation, activation === activationOf('tanh')), given, start, parameters, how),
    how,
    one,
  ) as never;
}

/**
 * The long short-term memory: with the gates i, f, g, o = x·W + b + h·R + bᵣ, in this order, c' = σ(f)·c + σ(i)·tanh(g)
 * and h' = σ(o)·tanh(c') for one step after the other. x is [n, time, features], or an object of it with a mask,
 * lengths, or the state to start from, { h, c }, both [n, units]; the kernel W is [features, 4·units], the recurrent
 * kernel R [units, 4·units]. As LSTM of PyTorch. It returns the last h, [n, units], or what the options ask for. In the
 * backward pass gradients below 2^-100 that go from step to step become 0. (S. Hochreiter and J. Schmidhuber, "Long
 * short-term memory", 1997; F. Gers et al. 2000.)
 *
 * @throws if shapes do not fit, or an option is unknown
 */
export function lstm<R extends boolean = false>(
  x: Tensor | Sequences<LstmState>,
  parameters: RecurrentParameters,
  options?: RecurrentOptions<R>,
): OutputOf<R, LstmState> {
  const how = gatedOptions('lstm', options);
  const given = sequencesOf('lstm', x);
  const start = given.initialState as Partial<LstmState> | undefined;
  checkIs(start === undefined || isNamed(start), 'lstm: the initial state', '{ h, c }', start);
  const state = start && [start.h!, start.c!];
  const both = ([h, c]: readonly Tensor[]) => ({ h: h!, c: c! });
  return ended(computed('lstm', lstmCell, given, state, parameters, how), how, both) as never;
}

/**
 * The gated recurrent unit: r = σ(x·Wᵣ + bᵣ + h·Rᵣ + b'ᵣ), z likewise, n = tanh(x·Wₙ + bₙ + r·(h·Rₙ + b'ₙ)) and h' =
 * (1 - z)·n + z·h for one step after the other, the gates being r, z, n in this order. x is [n, time, features], or an
 * object of it with a mask, lengths, or the state to start from, [n, units]; the kernel W is [features, 3·units], the
 * recurrent kernel R [units, 3·units]. As GRU of PyTorch, and of Keras with resetAfter, whose gates are z, r, n. It
 * returns the last h, [n, units], or what the options ask for. In the backward pass gradients below 2^-100 that go from
 * step to step become 0. (K. Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014.)
 *
 * @throws if shapes do not fit, or an option is unknown
 */
export function gru<R extends boolean = false>(
  x: Tensor | Sequences,
  parameters: RecurrentParameters,
  options?: RecurrentOptions<R>,
): OutputOf<R, Tensor> {
  const how = gatedOptions('gru', options);
  const given = sequencesOf('gru', x);
  const start = given.initialState === undefined ? undefined : [given.initialState as Tensor];
  return ended(computed('gru', gruCell, given, start, parameters, how), how, one) as never;
}

type How = Values<typeof recurrentRules>;

/** The state of a cell that has one tensor. */
const one = ([h]: readonly Tensor[]): Tensor => h!;

const ended = <S>({ ys, state }: Steps, how: How, stateOf: (state: readonly Tensor[]) => S): Tensor | WithState<S> =>
  returned(how, () => ys, state[0]!, stateOf(state));

/** All steps of a cell. */
function computed(
  where: string,
  cell: Cell,
  { x, mask, fits }: Given,
  start: readonly Tensor[] | undefined,
  parameters: RecurrentParameters,
  { goBackwards: reverse, dropout, recurrentDropout, key: given }: How,
): Steps {
  const { kernel, recurrentKernel, bias, recurrentBias } = checked(where, cell, x, parameters);
  const [n, time, features] = x.shape as [number, number, number];
  const units = recurrentKernel.shape[0]!;
  start?.forEach((t, i) => {
    const what = `${where}: ${start.length > 1 ? `${'hc'[i]} of ` : ''}the initial state`;
    checkLike(what, t, [n, units]);
    checkFloat(what, [t]);
  });
  const first = start ?? Array.from({ length: cell.states }, () => zeros([n, units]));
  const state = first.map((t) => startOf(t, fits));
  const key = dropout > 0 || recurrentDropout > 0 ? keyFor(where, given) : undefined;
  const kept = dropout > 0 ? x.mul(factorsOf([n, 1, features], dropout, key!, 0)) : x;
  const factors = recurrentDropout > 0 ? factorsOf([n, units], recurrentDropout, key!, 1) : undefined;
  const [early, late] = biases(cell, units, bias, recurrentBias);
  const product = kept.reshape([n * time, features]).matMul(kernel);
  const z = (early ? product.add(early) : product).reshape([n, time, kernel.shape[1]!]);
  const all = { cell, z, kernel: recurrentKernel, bias: late, state, mask, reverse, factors };
  return isFused(all) ? fused(all) : repeated(all);
}

/**
 * The biases of all steps: what can be added at once, and what a gru adds inside of the product with its reset gate.
 */
function biases(
  { gates, states }: Cell,
  units: number,
  bias: Tensor | undefined,
  recurrentBias: Tensor | undefined,
): [early: Tensor | undefined, late: Tensor | undefined] {
  const isGru = gates > 1 && states === 1;
  if (!recurrentBias || !isGru)
    return [bias && recurrentBias ? bias.add(recurrentBias) : (bias ?? recurrentBias), undefined];
  const cut = 2 * units;
  const others = concat([slice(recurrentBias, [[0, cut]]), zeros([units])]);
  return [bias ? bias.add(others) : others, slice(recurrentBias, [[cut, 3 * units]])];
}

/** Throws unless parameters and sequences fit. */
function checked(where: string, { gates }: Cell, x: Tensor, given: RecurrentParameters): RecurrentParameters {
  checkIs(isNamed(given), `${where}: the parameters`, '{ kernel, recurrentKernel … }', given);
  const parameters = parameterRules(`${where}: the parameters`, given);
  const { recurrentKernel, bias, recurrentBias, kernel } = parameters;
  checkSteps(where, x);
  const units = recurrentKernel?.shape?.[0];
  check(typeof units === 'number', () => `${where}: the recurrent kernel must be a tensor [units, ${gates} · units]`);
  checkLike(`${where}: the recurrent kernel`, recurrentKernel, [units, gates * units]);
  checkLike(`${where}: the kernel`, kernel, [x.shape[2]!, gates * units]);
  for (const t of [bias, recurrentBias]) if (t !== undefined) checkLike(`${where}: a bias`, t, [gates * units]);
  checkFloat(where, [kernel, recurrentKernel, ...[bias, recurrentBias].filter((t) => t !== undefined)]);
  return parameters;
}
