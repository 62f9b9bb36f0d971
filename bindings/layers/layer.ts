// What a layer is, ours and the user's alike. Shapes are those of one sample, without the batch. Not here: where parameters
// live (model/network.ts).

import type { Initializer, InitializerName } from '../initializers/initializers.js';
import type { Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';

/** A trainable array of a layer. */
export interface ParameterSpec {
  readonly shape: Shape;
  readonly initializer: InitializerName | Initializer;
}

/** What a layer says of itself once it knows the shape of its input. */
export interface LayerSpec {
  /** Shape of one sample of its output. */
  readonly outputShape: Shape;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
}

/** The parameters of a layer, by name. */
export type Parameters = Readonly<Record<string, Tensor>>;

/**
 * A layer: what it computes and which parameters it needs. It is a description without state; the model holds the
 * parameters.
 */
export interface Layer {
  /** What it is, e.g. 'dense'. */
  readonly kind: string;
  /** Its name in the model; by default made of the kind. */
  readonly name?: string | undefined;
  /** Checks the shape of an input sample, and returns the shape of the output and the parameters for it. */
  build(inputShape: Shape): LayerSpec;
  /** Computes z, the layer's output before the activation, for a batch `x` of shape [n, …inputShape]. */
  linear(x: Tensor, parameters: Parameters): Tensor;
  /** Computes the activation a = σ(z); leave it out where there is none. */
  activate?: ((z: Tensor) => Tensor) | undefined;
}
