// What layers with filters share, of which those of dense see all of their input: the options of their parameters. Not
// here: any layer (dense.ts, convolution.ts, depthwise.ts).

import { check } from '../errors.js';
import { type Initializer, type InitializerName, initializerOf } from '../initializers/initializers.js';
import { callable, flag, type Rule, type Rules, text } from '../options.js';
import { type Shape, shapeText } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { type Activation, type ActivationName, activationOf } from './activations.js';
import type { Context, ParameterSpec, Regularizer } from './layer.js';

/** Options that all layers with filters have. */
export interface FilterOptions {
  /** Default 'linear'. */
  readonly activation?: ActivationName | Activation | undefined;
  /** Whether a bias is added, one number for each filter or unit; default true. */
  readonly useBias?: boolean | undefined;
  /** Default 'zeros'. */
  readonly biasInitializer?: InitializerName | Initializer | undefined;
  /** What is added to the loss for the bias; by default nothing. */
  readonly biasRegularizer?: Regularizer | undefined;
  /** Whether training changes the parameters; default true. */
  readonly trainable?: boolean | undefined;
  /** Its name in the model, in `summary`, `inspect` and errors; by default after its kind: 'dense', 'dense_1' … */
  readonly name?: string | undefined;
}

/** Options that layers with one kernel have. */
export interface KernelOptions extends FilterOptions {
  /** Default 'glorotUniform', as in Keras; of filters that slide, of the inputs and outputs of each window. */
  readonly kernelInitializer?: InitializerName | Initializer | undefined;
  /** What is added to the loss for the kernel: `l2(0.01)`; by default nothing. */
  readonly kernelRegularizer?: Regularizer | undefined;
}

/** The rule of an initializer, by its name or as a function. */
/*@__NO_SIDE_EFFECTS__*/
export function initializer(fallback: InitializerName): Rule<Initializer> {
  return (given = fallback) => initializerOf(given as InitializerName);
}

/** How the options of layers with one kernel are read. */
export const kernelRules = {
  activation: ((given = 'linear') => activationOf(given as ActivationName)) as Rule<Activation>,
  useBias: flag(true),
  kernelInitializer: initializer('glorotUniform'),
  biasInitializer: initializer('zeros'),
  kernelRegularizer: callable<Regularizer>(),
  biasRegularizer: callable<Regularizer>(),
  trainable: flag(true),
  name: text(undefined),
} satisfies Rules<KernelOptions>;

/** The same without the kernel, for layers that have others. */
export const filterRules: Omit<typeof kernelRules, 'kernelInitializer' | 'kernelRegularizer'> = /*@__PURE__*/ (() => {
  const { kernelInitializer: _, kernelRegularizer: __, ...others } = kernelRules;
  return others;
})() satisfies Rules<FilterOptions>;

/** The options of a parameter. */
type OptionsOf<P extends string> = Record<`${P}Initializer`, Initializer> &
  Record<`${P}Regularizer`, Regularizer | undefined> & { readonly trainable: boolean };

/** A parameter, as its options say: a kernel by kernelInitializer, kernelRegularizer and trainable. */
export function parameterOf<P extends string>(part: P, shape: Shape, given: OptionsOf<P>): ParameterSpec {
  const of = given as Readonly<Record<string, unknown>>;
  return {
    shape,
    initializer: of[`${part}Initializer`] as Initializer,
    regularizer: of[`${part}Regularizer`] as Regularizer | undefined,
    trainable: given.trainable,
  };
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
