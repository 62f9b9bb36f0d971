// Random numbers of a normal distribution, whole or cut off. Not here: other random tensors (random.ts).

import chance from '#sides/chance.wasm';
import { Draw } from '../../assembly/draws.js';
import { randomNormal as normalKernel } from '../kernels/normal.js';
import { number, options, type Rules } from '../options.js';
import { checkShape, owned, type Shape, sizeOf } from '../shape.js';
import { Tensor } from '../tensor.js';
import { defineOp, unchanged } from './op.js';
import { aKey, COST, KEY_WORDS, type RandomOptions, wordBytes } from './random.js';
import { drawn, keyFor } from './uniform.js';

/** Options of `randomNormal` and `truncatedNormal`. */
export interface NormalOptions extends RandomOptions {
  /** Default 0. */
  readonly mean?: number | undefined;
  /** Standard deviation; default 1. */
  readonly std?: number | undefined;
}

const normalOptions = options({ mean: number(0), std: number(1), key: aKey } satisfies Rules<NormalOptions>);

interface NormalAttrs {
  /** Of what one key gives. */
  readonly shape: Shape;
  readonly mean: number;
  readonly std: number;
}

/** Normal numbers. Input: keys. */
const normal = defineOp<NormalAttrs>({
  name: 'randomNormal',
  kernels: { randomNormal: normalKernel },
  side: chance,
  infer: ([keys], { shape }) => ({ shape: [...keys!.shape.slice(0, -1), ...shape], dtype: 'float32' }),
  batch: unchanged,
  work: ({ size }) => 2 * COST * size,
  scratch: wordBytes,
  emit: (e, node, { shape, mean, std }) => {
    const [keys] = node.inputs as [Tensor];
    const rows = keys.size / KEY_WORDS;
    e.code('randomNormal', {
      mean,
      std,
      out: e.at(node),
      keys: e.at(keys),
      rows,
      n: sizeOf(shape),
      scratch: e.scratch,
    });
  },
});

/** Random numbers of a normal (Gaussian) distribution, with mean `mean` and standard deviation `std`. */
export function randomNormal(shape: Shape, options?: NormalOptions): Tensor {
  const { mean, std, key } = normalOptions('randomNormal', options);
  checkShape('randomNormal', shape);
  return new Tensor(normal, [keyFor('randomNormal', key)], { shape: owned(shape), mean, std });
}

/** Of a standard normal distribution, the part between 0 and 2 standard deviations: (erf √2) / 2. */
const WITHIN_TWO = 0.4772498680518208;

/**
 * Random numbers of a normal distribution that is cut off two standard deviations from the mean: none is further away.
 * By the inverse of the distribution function, so that each number depends on its place alone.
 */
export function truncatedNormal(shape: Shape, options?: NormalOptions): Tensor {
  const { mean, std, key } = normalOptions('truncatedNormal', options);
  const u = drawn('truncatedNormal', shape, key, Draw.uniform, 2 ** -25 - 0.5, 2 ** -24, 0.5);
  const q = u.mul(2 * WITHIN_TWO);
  // z(q) with Φ(z) = ½ + q is q times a quotient of polynomials of q², to 2^-20: Remez exchange in 40 digits.
  const t = q.square().sub(0.1875);
  const above = t.mul(-716.320556640625).add(514.682861328125).mul(t).sub(81.47306060791016).mul(t);
  const below = t.mul(112.55423736572266).sub(459.9880065917969).mul(t).add(209.89166259765625).mul(t);
  const z = above.add(3.460893392562866).mul(q).div(below.sub(26.811161041259766).mul(t).add(1));
  return z.mul(std).add(mean);
}
