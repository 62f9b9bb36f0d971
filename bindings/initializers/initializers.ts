// Initializers: the values that parameters have before training. Glorot and He: X. Glorot and Y. Bengio 2010; K. He et al.
// 2015. Defaults are those of Keras.

import { lookup } from '../errors.js';
import type { Random } from '../random.js';
import { type Shape, sizeOf } from '../shape.js';

/** Fills `data`, the numbers of a parameter of shape `shape`, in place; `random` is a stream for this parameter alone. */
export type Initializer = (data: Float32Array, shape: Shape, random: Random) => void;

type Draw = (random: Random) => number;

const uniform: Draw = (random) => 2 * random.uniform() - 1;
const normal: Draw = (random) => random.normal();

/** Random numbers times √scale(fanIn, fanOut), for a kernel of shape [in, out] or [height, width, in, out]. */
function scaled(draw: Draw, scale: (fanIn: number, fanOut: number) => number): Initializer {
  return (data, shape, random) => {
    const area = sizeOf(shape.slice(0, -2));
    const factor = Math.sqrt(scale(area * (shape.at(-2) ?? 1), area * (shape.at(-1) ?? 1)));
    for (let i = 0; i < data.length; i++) data[i] = draw(random) * factor;
  };
}

/** Names of the initializers. */
export type InitializerName = 'zeros' | 'ones' | 'glorotUniform' | 'glorotNormal' | 'heUniform' | 'heNormal';

const INITIALIZERS: Record<InitializerName, Initializer> = {
  zeros: (data) => void data.fill(0),
  ones: (data) => void data.fill(1),
  /** ±√(6 / (in + out)): the default of kernels. */
  glorotUniform: scaled(uniform, (fanIn, fanOut) => 6 / (fanIn + fanOut)),
  glorotNormal: scaled(normal, (fanIn, fanOut) => 2 / (fanIn + fanOut)),
  /** ±√(6 / in): for relu. */
  heUniform: scaled(uniform, (fanIn) => 6 / fanIn),
  heNormal: scaled(normal, (fanIn) => 2 / fanIn),
};

/** The initializer of that name, or the function itself. */
export function initializerOf(value: InitializerName | Initializer): Initializer {
  return typeof value === 'function' ? value : lookup('initializer', value, INITIALIZERS, '; or a function');
}
