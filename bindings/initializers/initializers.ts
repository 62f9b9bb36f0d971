// How parameters start. Glorot and He: X. Glorot and Y. Bengio 2010; K. He et al. 2015. Defaults are those of Keras.

import { lookup } from '../errors.js';
import type { Random } from '../random.js';
import type { Shape } from '../shape.js';

/** Fills `data`, a parameter of shape `shape`, from random numbers of its own. */
export type Initializer = (data: Float32Array, shape: Shape, random: Random) => void;

/** Inputs and outputs of a kernel [in, out] or [height, width, in, out]. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const field = shape.slice(0, -2).reduce((a, b) => a * b, 1);
  return { fanIn: field * (shape.at(-2) ?? 1), fanOut: field * (shape.at(-1) ?? 1) };
}

function uniform(limit: (fanIn: number, fanOut: number) => number): Initializer {
  return (data, shape, random) => {
    const { fanIn, fanOut } = fans(shape);
    const bound = limit(fanIn, fanOut);
    for (let i = 0; i < data.length; i++) data[i] = (2 * random.uniform() - 1) * bound;
  };
}

function normal(deviation: (fanIn: number, fanOut: number) => number): Initializer {
  return (data, shape, random) => {
    const { fanIn, fanOut } = fans(shape);
    const sigma = deviation(fanIn, fanOut);
    for (let i = 0; i < data.length; i++) data[i] = random.normal() * sigma;
  };
}

/** Names of the initializers. */
export type InitializerName = 'zeros' | 'ones' | 'glorotUniform' | 'glorotNormal' | 'heUniform' | 'heNormal';

const INITIALIZERS: Record<InitializerName, Initializer> = {
  zeros: (data) => void data.fill(0),
  ones: (data) => void data.fill(1),
  /** ±√(6 / (in + out)): the default of kernels. */
  glorotUniform: uniform((fanIn, fanOut) => Math.sqrt(6 / (fanIn + fanOut))),
  glorotNormal: normal((fanIn, fanOut) => Math.sqrt(2 / (fanIn + fanOut))),
  /** ±√(6 / in): for relu. */
  heUniform: uniform((fanIn) => Math.sqrt(6 / fanIn)),
  heNormal: normal((fanIn) => Math.sqrt(2 / fanIn)),
};

/** The initializer of that name, or the function itself. */
export function initializerOf(value: InitializerName | Initializer): Initializer {
  return typeof value === 'function' ? value : lookup('initializer', value, INITIALIZERS);
}
