// explain: forward and backward pass in words and numbers.

import { checkIs } from '../errors.js';
import { type DataOf, type LabelsOf, Model } from '../model/model.js';
import type { Tensor } from '../tensor.js';
import type { AnyFunction, FeedAll } from '../transforms/call.js';
import {
  type ExplainFunctionOptions,
  type ExplainOptions,
  type Explanation,
  explainFunctionOptions,
  explainOptions,
} from './explanation.js';
import { explainedFunction, type FunctionData } from './formulas.js';
import { explainedModel, type ModelData } from './models.js';

/** What `explain` makes of a function. */
export type ExplainedFunction<A extends unknown[]> = (...args: FeedAll<A>) => Explanation<FunctionData>;

/**
 * Explains a training step of a model on a batch: z, a and the loss on the way forward, δ, dW and db on the way back,
 * and what one step of its optimizer changes. Nothing of the model is changed. Dense layers and activations are told in
 * full, others by their shapes and the norms of their gradients.
 *
 * @param x samples, as `fit` takes them
 * @param y labels
 * @throws if the model was not compiled, or the data do not fit
 */
export function explain<In, Out>(
  model: Model<In, Out>,
  x: DataOf<In>,
  y: LabelsOf<Out>,
  options?: ExplainOptions,
): Explanation<ModelData>;
/**
 * Explains a function of numbers or tensors that returns a scalar: `explain(f)(x)` tells its forward pass step by step,
 * and how the chain rule leads back from its result to each argument.
 *
 * @throws, when it is called, if the function returns no scalar, or one that does not depend on its arguments
 *
 * @example
 * const z = ({ w, b }) => w.mul(2).add(b.mul(3)).mul(b.mul(2).add(1));
 * console.log(explain(z)({ w: 3, b: 4 }).text); // … ∂z/∂w = 18, ∂z/∂b = 63
 */
export function explain<A extends unknown[]>(
  f: (...args: A) => Tensor,
  options?: ExplainFunctionOptions,
): ExplainedFunction<A>;
export function explain(what: unknown, ...rest: readonly unknown[]): unknown {
  if (what instanceof Model) {
    const [x, y, options] = rest;
    const settings = explainOptions('explain', options);
    return what.look('explain', (inside) => explainedModel(inside, x, y, settings));
  }
  checkIs(typeof what === 'function', 'explain: what is to be explained', 'a function or a model', what);
  const settings = explainFunctionOptions('explain', rest[0]);
  return (...args: readonly unknown[]) => explainedFunction('explain', what as AnyFunction, args, settings);
}
