// explain: forward and backward pass in words and numbers.

import { checkFunction } from '../errors.js';
import type { Tensor } from '../tensor.js';
import type { AnyFunction, FeedAll } from '../transforms/call.js';
import { type ExplainFunctionOptions, type Explanation, explainFunctionOptions } from './explanation.js';
import { explainedFunction, type FunctionData } from './formulas.js';

/** What `explain` makes of a function. */
export type ExplainedFunction<A extends unknown[]> = (...args: FeedAll<A>) => Explanation<FunctionData>;

/**
 * Explains a function of numbers or tensors that returns a scalar: `explain(f)(x)` tells its forward pass step by step, and how
 * the chain rule leads back from its result to each argument.
 */
export function explain<A extends unknown[]>(
  f: (...args: A) => Tensor,
  options?: ExplainFunctionOptions,
): ExplainedFunction<A> {
  checkFunction('explain', f);
  const settings = explainFunctionOptions('explain', options);
  return (...args) => explainedFunction('explain', f as AnyFunction, args, settings as never);
}
