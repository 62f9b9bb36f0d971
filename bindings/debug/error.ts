// The error of init({ debug: { checkNaN: true } }). Apart from the search itself, which is loaded on demand.

import { WasmgradError } from '../errors.js';
import type { Shape } from '../shape.js';

/**
 * An op made a NaN or an infinity, and `init({ debug: { checkNaN: true } })` found it. The message says which op, what it
 * is a part of, and what went in.
 */
export class NonFiniteValueError extends WasmgradError {
  override name = 'NonFiniteValueError';
  constructor(
    message: string,
    /** The op: 'log', 'matMul' … */
    readonly op: string,
    /** The shape of its result. */
    readonly shape: Shape,
    /** Where in the result the first such element is. */
    readonly index: readonly number[],
    /** That element: NaN, Infinity or -Infinity. */
    readonly value: number,
    /** What the op is a part of, if it is known: 'the layer dense_1', 'the loss huber', 'the gradient of the layer dense_1'. */
    readonly origin: string | undefined,
  ) {
    super(message);
  }
}
