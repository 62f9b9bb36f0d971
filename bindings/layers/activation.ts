// Layers that apply an activation and do nothing else: activation, and prelu, which learns its slope. Not here: which
// names activations have (activations.ts).

import { full } from '../creation.js';
import { check, checkIs } from '../errors.js';
import { type Initializer, type InitializerName, initializerOf } from '../initializers/initializers.js';
import { prelu as preluOp } from '../ops/activations.js';
import { callable, flag, options, type Rules, rule, text } from '../options.js';
import { shapeText } from '../shape.js';
import { type Activation, type ActivationName, activationOf } from './activations.js';
import { type Layer, layer, type Regularizer } from './layer.js';
import { type NameOptions, nameOptions } from './named.js';

/**
 * A layer that applies an activation, by its name or as a function of a tensor: `activation('relu')`,
 * `activation(gelu)`.
 *
 * @throws if the name is unknown
 */
export function activation(of: ActivationName | Activation, options?: NameOptions): Layer {
  const apply = activationOf(of);
  const { name } = nameOptions('activation', options);
  return layer({ kind: 'activation', name, signature: [activation, of, { ...options }], call: (x) => apply(x) });
}

/** Options of `prelu`. */
export interface PreluOptions {
  /** The slopes to begin with; default 0.25 each, as in PyTorch. */
  readonly alphaInitializer?: InitializerName | Initializer | undefined;
  /** What is added to the loss for the slopes: `l2(0.01)`; by default nothing. */
  readonly alphaRegularizer?: Regularizer | undefined;
  /** Axes of the input that share a slope, as in Keras: [1, 2] for one slope a channel of an image. None by default. */
  readonly sharedAxes?: readonly number[] | undefined;
  /** Whether training changes the slopes; default true. */
  readonly trainable?: boolean | undefined;
  /** Its name in the model; by default 'prelu', 'prelu_1' … */
  readonly name?: string | undefined;
}

const preluOptions = options({
  alphaInitializer: (given) => (given === undefined ? quarter : initializerOf(given as InitializerName)),
  alphaRegularizer: callable<Regularizer>(),
  sharedAxes: rule<readonly number[], readonly number[]>([], (what, given) => {
    const fits = Array.isArray(given) && given.every((axis) => Number.isSafeInteger(axis) && axis > 0);
    checkIs(fits, what, 'an array of axes 1, 2 …', given);
  }),
  trainable: flag(true),
  name: text(undefined),
} satisfies Rules<PreluOptions>);

const quarter: Initializer = (shape) => full(shape, 0.25);

/**
 * leakyRelu with slopes that are learned: x where x > 0, else alpha·x. There is a slope for each element of a sample,
 * or for all elements along `sharedAxes`; the parameter is `alpha`.
 * (K. He et al., "Delving deep into rectifiers", 2015.)
 */
export function prelu(options?: PreluOptions): Layer {
  const { alphaInitializer, alphaRegularizer, sharedAxes, trainable, name } = preluOptions('prelu', options);
  return layer({
    kind: 'prelu',
    name,
    signature: [prelu, { ...options }],
    build: ({ shape }) => {
      const beyond = sharedAxes.find((axis) => axis > shape.length);
      check(
        beyond === undefined,
        () => `prelu: samples ${shapeText(shape)} have no axis ${beyond}, the batch is axis 0`,
      );
      const alpha = {
        shape: shape.map((d, i) => (sharedAxes.includes(i + 1) ? 1 : d)),
        initializer: alphaInitializer,
        regularizer: alphaRegularizer,
        trainable,
      };
      return { parameters: { alpha } };
    },
    call: (x, { alpha }) => preluOp(x, alpha),
  });
}
