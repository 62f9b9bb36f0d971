// Layers of sequences that are made of others: both directions at once, the same layer at every step, and cells of
// one's own.

import { check, checkIs, isRecord } from '../errors.js';
import { checkCell, type RecurrentCell, rnn as rnnOp, type StateOf, type StateShape } from '../ops/recurrent/rnn.js';
import {
  type OutputOf,
  outputOf,
  type Sequences,
  type StepOptions,
  stepRules,
  stepSpec,
  type WithState,
} from '../ops/recurrent/sequences.js';
import {
  type BidirectionalOptions,
  type BothStates,
  bidirectional as bidirectionalOp,
  mergeRule,
  timeDistributed as timeDistributedOp,
} from '../ops/recurrent/wrappers.js';
import { anything, options, type Rules, text, together } from '../options.js';
import { shapeText } from '../shape.js';
import { Tensor } from '../tensor.js';
import { continued } from './continued.js';
import { isLayer, type Layer, type LayerDefinition, layer, type ParameterSpec, type Specs } from './layer.js';
import { marked, maskOf, passing, throughSteps } from './masks.js';
import { type NameOptions, nameOptions } from './named.js';

/** Options of the layer `bidirectional`. */
export interface BidirectionalLayerOptions extends BidirectionalOptions {
  /** The layer that goes backwards; by default one like the other, with its own parameters. */
  readonly backward?: Layer<never, Tensor | WithState<unknown>> | undefined;
  /** Its name in the model; by default 'bidirectional', 'bidirectional_1' … */
  readonly name?: string | undefined;
}

const bidirectionalOptions = options({
  mergeMode: mergeRule,
  backward: anything<BidirectionalLayerOptions['backward']>(),
  name: text(undefined),
} satisfies Rules<BidirectionalLayerOptions>);

/** What `bidirectional` returns for layers that return `Out`. */
type Both<Out> = Out extends WithState<infer S> ? WithState<BothStates<S>> : Tensor;

/**
 * A layer that goes through sequences in both directions: forwards as the recurrent layer `of`, backwards as another
 * one like it. With `returnSequences` outputs of the same step are brought together, else the last ones of each
 * direction. x is [n, time, features], or an object of it with a mask, lengths, or the states to start from: { x, mask,
 * lengths, initialState: { forward, backward } }.
 *
 * @example bidirectional(lstm(64, { returnSequences: true }))
 */
export function bidirectional<Out extends Tensor | WithState<unknown>>(
  of: Layer<never, Out>,
  options?: BidirectionalLayerOptions,
): Layer<Tensor | Sequences<BothStates<unknown>>, Both<Out>> {
  checkIs(isLayer(of), 'bidirectional', 'a recurrent layer', of);
  const { mergeMode, backward, name } = bidirectionalOptions('bidirectional', options);
  const other = (backward ?? reversed(of)) as typeof of;
  checkIs(isLayer(other), 'bidirectional: backward', 'a recurrent layer', other);
  const [there, back] = [of, other].map(goesBackwards);
  check(there === undefined || there !== back, () => {
    return `bidirectional: ${of.kind} and backward go in the same direction: one of them is to have goBackwards`;
  });
  return layer<Specs<ParameterSpec>, object, Tensor | Sequences<BothStates<unknown>>, Both<Out>>({
    kind: 'bidirectional',
    name,
    signature: [bidirectional, of, { ...options }],
    call: (x) => {
      let first: Tensor | undefined;
      const forward = (input: never): Out => {
        const result = of(input);
        first = outputOf(result);
        return result;
      };
      const result = bidirectionalOp(x, forward, other as never, { mergeMode });
      if (maskOf(x instanceof Tensor ? x : x.x)) marked(outputOf(result), maskOf(first!) ?? null);
      return result as never;
    },
  });
}

/** The call that made a layer: a function, how many units or which cell, and options. */
const callOf = (of: Layer<never, unknown>): readonly unknown[] => (of.definition as LayerDefinition).signature ?? [];

/** undefined: it does not say. */
function goesBackwards(of: Layer<never, unknown>): boolean | undefined {
  const [make, , given] = callOf(of);
  return make && isRecord(given) ? ((given as StepOptions).goBackwards ?? false) : undefined;
}

/** A layer made by the same call, but for its direction. */
function reversed(of: Layer<never, unknown>): unknown {
  const [make, what, given] = callOf(of) as [(...args: unknown[]) => unknown, unknown, StepOptions & NameOptions];
  const isRecurrent = ['simpleRnn', 'lstm', 'gru', 'rnn'].includes(of.kind);
  check(isRecurrent && typeof make === 'function' && isRecord(given), () => {
    return `bidirectional: ${of.kind} is not made by simpleRnn, lstm, gru or rnn: give the other direction as { backward }`;
  });
  const { name, goBackwards } = given;
  return make(what, { ...given, goBackwards: !goBackwards, name: name && `${name}_backward` });
}

/**
 * A layer that does what `of` does at every step of sequences: x [n, time, …] goes through it as samples [n·time, …].
 *
 * @param of a layer, a function that calls layers and any op, or a model by its `asLayer()`
 * @example timeDistributed(dense(3))
 * timeDistributed(readsDigits.asLayer({ trainable: false }))
 */
export function timeDistributed(of: (x: Tensor) => Tensor, options?: NameOptions): Layer {
  checkIs(typeof of === 'function', 'timeDistributed', 'a layer, a function, or a model by its asLayer()', of);
  const { name } = nameOptions('timeDistributed', options);
  return layer({
    kind: 'timeDistributed',
    name,
    signature: [timeDistributed, of, { ...options }],
    build: ({ shape }) => {
      check(shape.length > 0, () => `timeDistributed: expected samples of shape [time, …], got ${shapeText(shape)}`);
      return {};
    },
    call: (x) => passing(x, (steps) => timeDistributedOp(steps, of)),
  });
}

/** Options of the layer `rnn`. */
export interface RnnLayerOptions<R extends boolean = boolean> extends StepOptions<R> {
  /** Its name in the model; by default 'rnn', 'rnn_1' … */
  readonly name?: string | undefined;
}

const rnnOptions = options(together(stepRules, { name: text(undefined) }) satisfies Rules<RnnLayerOptions>);

/**
 * A recurrent layer of one's own cell, which says what is computed at each step: `cell.call(x, state, parameters)` gets
 * one step [n, …features] and returns { output, state }; `cell.build({ shape })` says which parameters it has, for one
 * step [...features] of a sample; `cell.stateShape` is the shape of the state of a sample, or an object of shapes. It
 * is traced once, as the function of `scan`, in which nothing random may be drawn. x is [n, time, …features], or an
 * object of it with a mask, lengths, or the state to start from: { x, mask, lengths, initialState }.
 *
 * @example
 * const leaky = rnn({
 *   stateShape: [4],
 *   build: ({ shape }) => ({ parameters: { kernel: { shape: [shape[0], 4], initializer: 'glorotUniform' } } }),
 *   call: (x, state, { kernel }) => {
 *     const next = state.mul(0.9).add(x.matMul(kernel).tanh().mul(0.1));
 *     return { output: next, state: next };
 *   },
 * });
 */
export function rnn<
  const S extends StateShape,
  P extends { readonly [K in keyof P]?: ParameterSpec | undefined } = Specs<ParameterSpec>,
  R extends boolean = false,
>(
  cell: RecurrentCell<S, P>,
  options?: RnnLayerOptions<R>,
): Layer<Tensor | Sequences<StateOf<S>>, OutputOf<R, StateOf<S>>> {
  checkCell(cell);
  const { name, ...how } = rnnOptions('rnn', options);
  return layer<P, object, Tensor | Sequences<StateOf<S>>, OutputOf<R, StateOf<S>>>({
    kind: 'rnn',
    name,
    signature: [rnn, cell, { ...options }],
    build: (input) => cell.build?.(stepSpec('rnn', input as never)) ?? {},
    call: (input, parameters) =>
      throughSteps(input, how, (x) =>
        continued('rnn', x, cell.stateShape, how, (from, more) => rnnOp(from as Tensor, cell, parameters, more)),
      ) as never,
  });
}
