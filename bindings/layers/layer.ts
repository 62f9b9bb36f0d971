// What a layer is, ours and the user's alike: a description that is called inside of a model's function. Shapes are
// those of one sample, without the batch. Not here: where its parameters live (model/network.ts), and how it finds them
// (model/forward.ts).

import { check, checkFunction, checkIs } from '../errors.js';
import type { Initializer, InitializerName } from '../initializers/initializers.js';
import type { Shape } from '../shape.js';
import type { DType, Tensor } from '../tensor.js';
import { type Frame, frameAtWork } from './frame.js';

/** What is added to the loss for a parameter, a scalar: `l2(0.01)`. */
export type Regularizer = (parameter: Tensor) => Tensor;

/** An array that a layer trains. */
export interface ParameterSpec {
  readonly shape: Shape;
  readonly initializer: InitializerName | Initializer;
  /** Whether training changes it; default true. */
  readonly trainable?: boolean | undefined;
  /** What is added to the loss for it while it is trained. */
  readonly regularizer?: Regularizer | undefined;
}

/** An array that a layer keeps from step to step and does not train, such as a running mean. */
export interface StateSpec {
  readonly shape: Shape;
  readonly initializer: InitializerName | Initializer;
}

/** What a layer knows of its input before it is called: shape of one sample, and type of the elements. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** The same for an input of several tensors, by their names. */
export type SpecOf<In> = In extends Tensor ? TensorSpec : { readonly [K in keyof In]: SpecOf<In[K]> };

/** Parameters, or states, by name. */
export type Specs<T> = { readonly [name: string]: T | undefined };

/** A tensor for each of the specs. */
export type TensorsOf<P> = { readonly [K in keyof P]: Tensor };

/** What a layer, or the function of a model, is told and may say while it runs. */
export interface Context<S = Specs<StateSpec>> {
  /** Whether this is a training step: dropout and the like do nothing else. */
  readonly training: boolean;
  /**
   * A key of this layer's own, another one in each step and each call. It throws where there is none, as in `predict`.
   */
  readonly key: Tensor;
  /** The state, by name; after `update` the new value. */
  readonly state: TensorsOf<S>;
  /** Gives a state its value for the next step. It is written once, after the step. */
  update(name: keyof S & string, value: Tensor): void;
  /** Names a value for `inspect`: z, attention weights … */
  show(name: string, value: Tensor): void;
  /** Adds a scalar to the loss. */
  penalty(value: Tensor): void;
}

/** What `layer` makes a layer of. */
export interface LayerDefinition<In = Tensor, Out = Tensor, P = Specs<ParameterSpec>, S = Specs<StateSpec>> {
  /** What it is, e.g. 'dense'. */
  readonly kind: string;
  /** Its name in a model; by default made of the kind: 'dense', 'dense_1' … */
  readonly name?: string | undefined;
  /**
   * The call that makes such a layer: a function, then its arguments, on which alone build and call depend. A file
   * keeps them, and makes the layer of them again. Chains of layers with equal ones share their programs, so that many
   * small networks cost little more than one.
   */
  readonly signature?: readonly unknown[] | undefined;
  /** Checks the input, and says which parameters and which state it takes. Leave it out if there are none. */
  build?(input: SpecOf<In>): { readonly parameters?: P | undefined; readonly state?: S | undefined };
  /** Computes the output for a batch, [n, …shape]. */
  call(input: In, parameters: TensorsOf<P>, context: Context<S>): Out;
}

/**
 * A layer: what it computes, and which parameters it needs. It has none itself: each model in whose function it is
 * called makes parameters for it. Called twice in one model it has the same parameters both times.
 */
export interface Layer<In = Tensor, Out = Tensor> {
  /** Calls the layer, in the function of a model. */
  (input: In): Out;
  /** What it is, e.g. 'dense'. */
  readonly kind: string;
  /** What it was made of. */
  readonly definition: object;
  /** The run of a model's function in which it was made. @internal */
  readonly madeIn?: Frame | undefined;
}

/** Makes a layer of the library. Users have `layer` of own.ts. */
export function layer<
  P extends { readonly [K in keyof P]?: ParameterSpec | undefined } = Specs<ParameterSpec>,
  S extends { readonly [K in keyof S]?: StateSpec | undefined } = Specs<StateSpec>,
  In = Tensor,
  Out = Tensor,
>(definition: LayerDefinition<In, Out, P, S>): Layer<In, Out> {
  const { kind, name, signature = [], build, call } = (definition ?? {}) as Partial<typeof definition>;
  checkName('layer: kind', kind);
  if (name !== undefined) checkName(`layer ${kind}: name`, name);
  checkIs(Array.isArray(signature), `layer ${kind}: signature`, 'an array', signature);
  if (build !== undefined) checkFunction(`layer ${kind}: build`, build);
  checkFunction(`layer ${kind}: call`, call);
  const called = (input: In): Out => {
    const frame = frameAtWork();
    check(frame !== undefined, () => {
      return `${kind} was called outside of a model's function: layers are called inside of model(inputs, forward); on a tensor call net.apply(parameters, x), or an op of wasmgrad/ops`;
    });
    return frame.call(called as never, input) as Out;
  };
  return Object.assign(called, { kind, definition, madeIn: frameAtWork() }) as Layer<In, Out>;
}

/** Throws unless `name` can be a part of a path such as 'block.dense.kernel'. */
export function checkName(what: string, name: unknown): asserts name is string {
  checkIs(typeof name === 'string' && /^[^./]+$/.test(name), what, "a name without '.' and '/'", name);
}

/** Whether a value was made by `layer`. */
export const isLayer = (value: unknown): value is Layer =>
  typeof value === 'function' && typeof (value as Partial<Layer>).kind === 'string' && 'definition' in value;
