// Initializers: the values that parameters have before training. Glorot and He: X. Glorot and Y. Bengio 2010; K. He et
// al.
// 2015. Defaults are those of Keras. Not here: those that draw normal numbers (normal.ts), which are passed as
//       functions.

import { Domain, Draw } from '../../assembly/draws.js';
import { lookup } from '../errors.js';
import { random } from '../ops/random.js';
import { type Shape, sizeOf } from '../shape.js';
import { scalar, Tensor } from '../tensor.js';

/**
 * Makes the values of a parameter: a tensor of that shape. `key` is for this parameter alone, to draw random numbers
 * from.
 */
export type Initializer = (shape: Shape, key: Tensor) => Tensor;

/** How many inputs each output has, and outputs each input. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Of a kernel of shape [in, out] or [height, width, in, out]. */
export function fansOf(shape: Shape): Fans {
  const area = sizeOf(shape.slice(0, -2));
  return { fanIn: area * (shape.at(-2) ?? 1), fanOut: area * (shape.at(-1) ?? 1) };
}

/** Random numbers that are equally likely everywhere in ±limit. */
function uniform(shape: Shape, key: Tensor, limit: number): Tensor {
  const attrs = { shape, domain: Domain.draw, draw: Draw.uniform, a: -limit, b: limit / 2 ** 23, c: limit };
  return new Tensor(random, [key], attrs);
}

/** Names of the initializers. */
export type InitializerName = 'zeros' | 'ones' | 'glorotUniform' | 'heUniform';

const INITIALIZERS: Record<InitializerName, Initializer> = {
  zeros: (shape) => scalar(0).broadcastTo(shape),
  ones: (shape) => scalar(1).broadcastTo(shape),
  /** ±√(6 / (in + out)): the default of kernels. */
  glorotUniform: (shape, key) => {
    const { fanIn, fanOut } = fansOf(shape);
    return uniform(shape, key, Math.sqrt(6 / (fanIn + fanOut)));
  },
  /** ±√(6 / in): for relu. */
  heUniform: (shape, key) => uniform(shape, key, Math.sqrt(6 / fansOf(shape).fanIn)),
};

/** Whether it has a name: so it is always the same, which a function of the user need not be. */
export const isOurs = (initializer: Initializer): boolean => Object.values(INITIALIZERS).includes(initializer);

/** The initializer of that name, or the function itself. */
export function initializerOf(value: InitializerName | Initializer): Initializer {
  if (typeof value === 'function') return value;
  return lookup('initializer', value, INITIALIZERS, '; all others are functions: import { heNormal }');
}
