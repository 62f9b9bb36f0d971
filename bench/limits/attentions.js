// Attention, forward and backward, as programs that do nothing else.

import * as wg from '../../build/internal.js';
import { operand } from '../product.js';

/** A small one comes first. */
const SIZES = [
  { samples: 1, heads: 2, steps: 20, width: 8 },
  { samples: 8, heads: 4, steps: 256, width: 64 },
  { samples: 8, heads: 4, steps: 256, width: 64, causal: true },
  { samples: 1, heads: 4, steps: 2048, width: 64 },
];

/** Cases as those of convolutions.js: what is read, and the gradients by queries, keys and values. */
export const ATTENTIONS = SIZES.flatMap(({ samples, heads, steps, width, causal = false }) => {
  const shape = [samples, heads, steps, width];
  const pairs = causal ? (steps * (steps + 1)) / 2 : steps * steps;
  const product = (2 * samples * heads * pairs * width) / 1e9;
  const name = `attention of ${samples}x${heads}x${steps}x${width}${causal ? ', causal' : ''}`;
  const feeds = [1, 2, 3, 4].map((seed) => ({ shape, data: operand(samples * heads * steps * width, seed) }));
  const read = ([q, k, v]) => wg.ops.scaledDotProductAttention(q, k, v, { causal });
  const pulled = (...inputs) => {
    const { value, pull } = wg.vjp(read, inputs.slice(0, 3));
    return { outputs: [value, ...pull(inputs[3])] };
  };
  return [
    { name, gigaflop: 2 * product, feeds: feeds.slice(0, 3), build: (...inputs) => ({ outputs: [read(inputs)] }) },
    // Queries and keys, weights and values; in the gradient both again, and each by both of its factors but for one that is there.
    { name: `${name}, and its gradients`, gigaflop: 7 * product, feeds, build: pulled },
  ];
});
