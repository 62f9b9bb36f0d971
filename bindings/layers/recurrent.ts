// Recurrent layers: simpleRnn, lstm, gru. The ops of wasmgrad/ops have the same names; defaults are those of Keras, and
// what the numbers mean is PyTorch's. Not here: cells of one's own, and both directions at once (sequences.ts).

import { zeros } from '../creation.js';
import { check, checkWhole } from '../errors.js';
import { type Initializer, type InitializerName, initializerOf } from '../initializers/initializers.js';
import { orthogonal } from '../initializers/orthogonal.js';
import * as ops from '../ops/recurrent/recurrent.js';
import {
  dropRules,
  type OutputOf,
  type RecurrentOptions,
  type Sequences,
  type StepOptions,
  stepRules,
  stepSpec,
} from '../ops/recurrent/sequences.js';
import { concat, split } from '../ops/slicing.js';
import { callable, flag, options, type Rules, text, together, type Values } from '../options.js';
import { type Shape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type Activation, type ActivationName, activationOf } from './activations.js';
import { continued } from './continued.js';
import { initializer } from './filters.js';
import { type Layer, layer, type ParameterSpec, type Regularizer, type Specs, type TensorSpec } from './layer.js';
import { throughSteps } from './masks.js';

/** Options of the layer `gru`, which `simpleRnn` and `lstm` have as well. */
export interface RecurrentLayerOptions<R extends boolean = boolean> extends StepOptions<R> {
  /** Whether biases are added, one to the product with the input and one to that with the state; default true. */
  readonly useBias?: boolean | undefined;
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: InitializerName | Initializer | undefined;
  /** Of the recurrent kernel; default `orthogonal`. */
  readonly recurrentInitializer?: InitializerName | Initializer | undefined;
  /** Of both biases; default 'zeros'. */
  readonly biasInitializer?: InitializerName | Initializer | undefined;
  /** What is added to the loss for the kernel: `l2(0.01)`; by default nothing. */
  readonly kernelRegularizer?: Regularizer | undefined;
  /** What is added to the loss for the recurrent kernel; by default nothing. */
  readonly recurrentRegularizer?: Regularizer | undefined;
  /** What is added to the loss for each of both biases; by default nothing. */
  readonly biasRegularizer?: Regularizer | undefined;
  /** How much of the features is dropped in training, the same ones in all steps of a sequence; default 0. */
  readonly dropout?: number | undefined;
  /**
   * How much of the state is dropped in training on its way into the recurrent product, the same in all steps;
   * default 0.
   */
  readonly recurrentDropout?: number | undefined;
  /** Whether training changes the parameters; default true. */
  readonly trainable?: boolean | undefined;
  /** Its name in the model; by default made of its kind: 'lstm', 'lstm_1' … */
  readonly name?: string | undefined;
}

/** Options of the layer `simpleRnn`. */
export interface SimpleRnnLayerOptions<R extends boolean = boolean> extends RecurrentLayerOptions<R> {
  /** Default 'tanh'. */
  readonly activation?: ActivationName | Activation | undefined;
}

/** Options of the layer `lstm`. */
export interface LstmLayerOptions<R extends boolean = boolean> extends RecurrentLayerOptions<R> {
  /**
   * Whether the bias of the forget gate starts at 1, so that the cell remembers from the beginning; default false, as
   * in PyTorch (in Keras it is true).
   */
  readonly unitForgetBias?: boolean | undefined;
}

const rules = together(together(stepRules, dropRules), {
  useBias: flag(true),
  kernelInitializer: initializer('glorotUniform'),
  recurrentInitializer: (given: unknown = orthogonal) => initializerOf(given as Initializer),
  biasInitializer: initializer('zeros'),
  kernelRegularizer: callable<Regularizer>(),
  recurrentRegularizer: callable<Regularizer>(),
  biasRegularizer: callable<Regularizer>(),
  trainable: flag(true),
  name: text(undefined),
}) satisfies Rules<RecurrentLayerOptions>;

const gruOptions = options(rules);
const simpleOptions = options(
  together(rules, {
    activation: (given = 'tanh') => activationOf(given as ActivationName),
  }) satisfies Rules<SimpleRnnLayerOptions>,
);
const lstmOptions = options(together(rules, { unitForgetBias: flag(false) }) satisfies Rules<LstmLayerOptions>);

type Given = Values<typeof rules>;

/** What one kind of recurrent layer is. */
interface Kind {
  readonly kind: string;
  readonly signature: readonly unknown[];
  readonly units: number;
  readonly gates: number;
  /** The first values of `bias`. */
  readonly biasInitializer: Initializer;
  run(input: never, parameters: ops.RecurrentParameters, how: RecurrentOptions): unknown;
}

/** A layer of `units` numbers for each step, with the parameters that all of these layers have. */
function recurrent({ kind, signature, units, gates, biasInitializer, run }: Kind, given: Given): never {
  const { returnSequences, returnState, goBackwards, dropout, recurrentDropout, useBias, trainable, name } = given;
  const spec = (shape: Shape, initializer: Initializer, regularizer: Regularizer | undefined): ParameterSpec => ({
    shape,
    initializer,
    regularizer,
    trainable,
  });
  const how = { returnSequences, returnState, goBackwards };
  const stateShape = kind === 'lstm' ? { h: [units], c: [units] } : [units];
  const drops = dropout > 0 || recurrentDropout > 0;
  return layer<Specs<ParameterSpec>, object, Tensor | Sequences<unknown>, unknown>({
    kind,
    name,
    signature,
    build: (input) => {
      const columns = gates * units;
      const where = `${kind}(${units})`;
      const { shape } = stepSpec(where, input as never);
      check(shape.length === 1, () => {
        const { shape: sample } = 'x' in input ? (input as { x: TensorSpec }).x : (input as TensorSpec);
        const hint =
          shape.length === 0
            ? '; a recurrent layer before it needs { returnSequences: true }, tokens an embedding'
            : '';
        return `${where}: expected samples of shape [time, features], got ${shapeText(sample)}${hint}`;
      });
      const kernel = spec([shape[0]!, columns], given.kernelInitializer, given.kernelRegularizer);
      const recurrentKernel = spec([units, columns], given.recurrentInitializer, given.recurrentRegularizer);
      if (!useBias) return { parameters: { kernel, recurrentKernel } };
      const bias = spec([columns], biasInitializer, given.biasRegularizer);
      const recurrentBias = spec([columns], given.biasInitializer, given.biasRegularizer);
      return { parameters: { kernel, recurrentKernel, bias, recurrentBias } };
    },
    call: (input, parameters, context) => {
      const dropped = context.training && drops ? { dropout, recurrentDropout, key: context.key } : {};
      return throughSteps(input, how, (x) =>
        continued(kind, x, stateShape, how, (from, more) =>
          run(from as never, parameters as never, { ...more, ...dropped }),
        ),
      );
    },
  }) as never;
}

/**
 * The simple recurrent layer: its state h, of `units` numbers, goes from step to step, h' = σ(x·W + b + h·R + bᵣ), tanh
 * being σ by default. x is [n, time, features], or an object of it with a mask [n, time] of 0 and 1, lengths [n], or
 * the state to start from: { x, mask, lengths, initialState }. It returns the last h, [n, units], or with
 * `returnSequences` that of each step, [n, time, units]. Parameters: kernel W, recurrentKernel R, bias, recurrentBias.
 * As RNN of PyTorch.
 */
export function simpleRnn<R extends boolean = false>(
  units: number,
  options?: SimpleRnnLayerOptions<R>,
): Layer<Tensor | Sequences, OutputOf<R, Tensor>> {
  checkWhole('simpleRnn: units', units);
  const { activation, ...given } = simpleOptions('simpleRnn', options);
  const { biasInitializer } = given;
  const run: Kind['run'] = (x, parameters, how) => ops.simpleRnn(x, parameters, { ...how, activation });
  const signature = [simpleRnn, units, { ...options }];
  return recurrent({ kind: 'simpleRnn', signature, units, gates: 1, biasInitializer, run }, given);
}

/**
 * The long short-term memory: its state is the output h and a cell c, of `units` numbers each. With the gates i, f, g,
 * o = x·W + b + h·R + bᵣ, in this order, c' = σ(f)·c + σ(i)·tanh(g) and h' = σ(o)·tanh(c'). x is [n, time, features],
 * or an object of it with a mask [n, time] of 0 and 1, lengths [n], or the state to start from: { x, mask, lengths,
 * initialState: { h, c } }. It returns the last h, [n, units], or with `returnSequences` that of each step, [n, time,
 * units]; with `returnState` { output, state: { h, c } }. Parameters: kernel W, recurrentKernel R, bias, recurrentBias.
 * As LSTM of PyTorch. (S. Hochreiter and J. Schmidhuber, "Long short-term memory", 1997.)
 */
export function lstm<R extends boolean = false>(
  units: number,
  options?: LstmLayerOptions<R>,
): Layer<Tensor | Sequences<ops.LstmState>, OutputOf<R, ops.LstmState>> {
  checkWhole('lstm: units', units);
  const { unitForgetBias, ...given } = lstmOptions('lstm', options);
  const biasInitializer = unitForgetBias ? remembering(given.biasInitializer) : given.biasInitializer;
  const signature = [lstm, units, { ...options }];
  return recurrent({ kind: 'lstm', signature, units, gates: 4, biasInitializer, run: ops.lstm }, given);
}

/** Biases whose second quarter, of the forget gate, is 1. */
const remembering =
  (initializer: Initializer): Initializer =>
  (shape, key) => {
    const [i, f, g, o] = split(initializer(shape, key), 4) as [Tensor, Tensor, Tensor, Tensor];
    return concat([i, zeros(f.shape).add(1), g, o]);
  };

/**
 * The gated recurrent unit: its state h, of `units` numbers, is kept as far as the gate z says. r = σ(x·Wᵣ + bᵣ +
 * h·Rᵣ + b'ᵣ), z likewise, n = tanh(x·Wₙ + bₙ + r·(h·Rₙ + b'ₙ)) and h' = (1 - z)·n + z·h; the gates are r, z, n in this
 * order, as in PyTorch (Keras has z, r, n). x is [n, time, features], or an object of it with a mask [n, time] of 0 and
 * 1, lengths [n], or the state to start from: { x, mask, lengths, initialState }. It returns the last h, [n, units], or
 * with `returnSequences` that of each step, [n, time, units]. Parameters: kernel W, recurrentKernel R, bias,
 * recurrentBias.
 * (K. Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014.)
 */
export function gru<R extends boolean = false>(
  units: number,
  options?: RecurrentLayerOptions<R>,
): Layer<Tensor | Sequences, OutputOf<R, Tensor>> {
  checkWhole('gru: units', units);
  const given = gruOptions('gru', options);
  const { biasInitializer } = given;
  const signature = [gru, units, { ...options }];
  return recurrent({ kind: 'gru', signature, units, gates: 3, biasInitializer, run: ops.gru }, given);
}
