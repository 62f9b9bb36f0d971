// What a layer is. Ours and yours are written with the same pieces; shapes are those of one sample, without the batch.

import type { Initializer } from '../initializers/initializers.js';
import type { Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';

/** A trainable array of a layer. */
export interface ParameterSpec {
  readonly shape: Shape;
  readonly initializer: Initializer;
}

/** What a layer makes of samples of some shape. */
export interface LayerSpec {
  /** Shape of one sample of its output. */
  readonly outputShape: Shape;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
}

/** The parameters of a layer, by name. */
export type Parameters = Readonly<Record<string, Tensor>>;

/** A layer: a description, without state. The model holds the parameters. */
export interface Layer {
  /** What it is, e.g. 'dense'. */
  readonly kind: string;
  /** Its name in the model; by default made of the kind. */
  readonly name?: string | undefined;
  /** Checks the shape of its input and says what it makes of it. */
  build(inputShape: Shape): LayerSpec;
  /** z: the layer before its activation, for a batch `x` of shape [n, …inputShape]. */
  linear(x: Tensor, parameters: Parameters): Tensor;
  /** a = σ(z); absent where there is no activation. */
  activate?: ((z: Tensor) => Tensor) | undefined;
}
