// What layers with filters share: the options of their parameters. Not here: any layer (convolution.ts, depthwise.ts).

import { check } from '../errors.js';
import { type Initializer, type InitializerName, initializerOf } from '../initializers/initializers.js';
import { callable, flag, options, type Rule, text } from '../options.js';
import { type Shape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type Activation, type ActivationName, activationOf } from './activations.js';
import type { Context, ParameterSpec, Regularizer } from './layer.js';

/** Options that all layers with filters have. */
export interface FilterOptions {
  /** Default 'linear'. */
  readonly activation?: ActivationName | Activation | undefined;
  /** Whether a bias is added for each filter; default true. */
  readonly useBias?: boolean | undefined;
  /** Default 'zeros'. */
  readonly biasInitializer?: InitializerName | Initializer | undefined;
  /** What is added to the loss for the bias; by default nothing. */
  readonly biasRegularizer?: Regularizer | undefined;
  /** Whether training changes the parameters; default true. */
  readonly trainable?: boolean | undefined;
  /** Its name in the model, in `summary`, `inspect` and errors; by default 'conv2d', 'conv2d_1' …, after its kind. */
  readonly name?: string | undefined;
}

/** Options that layers with one kernel have. */
export interface KernelOptions extends FilterOptions {
  /** Default 'glorotUniform', of the inputs and outputs of each window, as in Keras. */
  readonly kernelInitializer?: InitializerName | Initializer | undefined;
  /** What is added to the loss for the kernel: `l2(0.01)`; by default nothing. */
  readonly kernelRegularizer?: Regularizer | undefined;
}

/** The rule of an initializer, by its name or as a function. */
/*@__NO_SIDE_EFFECTS__*/
export function initializer(fallback: InitializerName): Rule<Initializer> {
  return (given = fallback) => initializerOf(given as InitializerName);
}

/** Reads the options that all layers with filters have, and `more`. */
/*@__NO_SIDE_EFFECTS__*/
export function filterOptions<R extends Readonly<Record<string, Rule<unknown>>>>(more: R) {
  return options({
    activation: ((given = 'linear') => activationOf(given as ActivationName)) as Rule<Activation>,
    useBias: flag(true),
    biasInitializer: initializer('zeros'),
    biasRegularizer: callable<Regularizer>(),
    trainable: flag(true),
    name: text(undefined),
    ...more,
  });
}

/** A bias for each filter, if there is to be one. */
export function biasOf(
  filters: number,
  given: {
    useBias: boolean;
    biasInitializer: Initializer;
    biasRegularizer: Regularizer | undefined;
    trainable: boolean;
  },
): ParameterSpec | undefined {
  const { biasInitializer, biasRegularizer, trainable } = given;
  if (!given.useBias) return undefined;
  return { shape: [filters], initializer: biasInitializer, regularizer: biasRegularizer, trainable };
}

/** How many channels samples have; throws unless they have these axes. */
export function channelsOf(what: string, shape: Shape, axes: readonly string[]): number {
  check(shape.length === axes.length, () => {
    return `${what}: expected samples of shape [${axes.join(', ')}], got ${shapeText(shape)}`;
  });
  return shape.at(-1)!;
}

/** The activation of z, which `inspect` shows. */
export function activated(z: Tensor, activation: Activation, { show }: Pick<Context, 'show'>): Tensor {
  show('z', z);
  return activation(z);
}
