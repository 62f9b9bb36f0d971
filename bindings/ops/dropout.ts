// dropout: random zeros, which keep a network from relying on single values. Not here: other random tensors
// (random.ts).

import chance from '#sides/chance.wasm';
import { checkRange } from '../errors.js';
import { dropout as dropoutKernel } from '../kernels/chance.js';
import { options, type Rules } from '../options.js';
import { floats } from '../run/runtime.js';
import { Tensor, type TensorLike, tensorOf } from '../tensor.js';
import { checkFloat, defineOp } from './op.js';
import { aKey, COST, KEY_WORDS, type RandomOptions, wordBytes } from './random.js';
import { keyFor } from './uniform.js';

const dropoutOptions = options({ key: aKey } satisfies Rules<RandomOptions>);

interface DropoutAttrs {
  /** Random numbers of 16 bits below this drop an element. */
  readonly threshold: number;
  readonly scale: number;
}

/**
 * Inputs: a tensor, and a key, or keys [..., 4] for its first axes [...]. The derivative drops the same elements. It is
 * not `elementwise`: a key is no operand that broadcasts.
 */
const dropoutOp = defineOp<DropoutAttrs>({
  name: 'dropout',
  kernels: { dropout: dropoutKernel },
  side: chance,
  infer: ([x]) => {
    checkFloat('dropout', [x!]);
    return x!;
  },
  derivative: (g, { inputs: [, key] }, attrs) => [dropped(g, key!, attrs), null],
  batch: ({ full: [x, keys] }, _node, attrs) => dropped(x!, keys!, attrs),
  work: ({ size }) => (COST / 2) * size,
  scratch: wordBytes,
  emit: (e, node, { threshold, scale }) => {
    const [x, keys] = node.inputs as [Tensor, Tensor];
    const rows = keys.size / KEY_WORDS;
    e.code('dropout', {
      out: e.at(node),
      x: e.at(x),
      keys: e.at(keys),
      rows,
      n: node.size / rows,
      threshold,
      scale,
      scratch: e.scratch,
    });
  },
});

const dropped = (x: Tensor, key: Tensor, attrs: DropoutAttrs): Tensor => new Tensor(dropoutOp, [x, key], attrs);

/**
 * Sets elements to 0 at random, each with probability `rate`, and multiplies the others by 1 / (1 - rate), so that the
 * mean stays as it was. The gradient is that of the elements that were kept. Which ones these are depends on the key
 * only. (N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.)
 *
 * @param rate in [0, 1), in steps of 2^-16
 */
export function dropout(x: TensorLike, rate: number, options?: RandomOptions): Tensor {
  const given = tensorOf('dropout', x);
  checkRange('dropout: the rate', rate, 0, 1);
  const key = keyFor('dropout', dropoutOptions('dropout', options).key);
  if (rate === 0) return given;
  const threshold = Math.min(Math.round(rate * 2 ** 16), 2 ** 16 - 1);
  return dropped(given, key, { threshold, scale: floats().of(1 / (1 - rate))[0]! });
}
