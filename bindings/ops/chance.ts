// Draws that need kernels of side modules: of categories, and permutations. Not here: all other random tensors
// (random.ts); dropout.ts.

import chance from '#sides/chance.wasm';
import { Draw } from '../../assembly/draws.js';
import { check, checkIs } from '../errors.js';
import { shuffle as shuffleKernel } from '../kernels/chance.js';
import { options, type Rules, rule, whole } from '../options.js';
import { checkShape, normalizeAxis, type Shape, sameShape, shapeText } from '../shape.js';
import { checkedTensor, Tensor } from '../tensor.js';
import { log1p } from './curves.js';
import { take } from './gather.js';
import { defineOp, unchanged } from './op.js';
import { aKey, COST, KEY_WORDS, type RandomOptions, wordBytes } from './random.js';
import { drawn, keyFor } from './uniform.js';

/** Options of `categorical`. */
export interface CategoricalOptions extends RandomOptions {
  /** The axis of the categories; default -1. */
  readonly axis?: number | undefined;
  /** The shape of the result, which ends with that of the logits without `axis`; that is the default. */
  readonly shape?: Shape | undefined;
}

const categoricalOptions = options({
  axis: whole(-1, -Infinity),
  shape: rule<Shape, undefined>(undefined, (what, given) => checkShape(what, given as Shape)),
  key: aKey,
} satisfies Rules<CategoricalOptions>);
const randomOptions = options({ key: aKey } satisfies Rules<RandomOptions>);

/**
 * Draws categories: int32 indices of `axis`, each with the probability that softmax gives it. With a `shape`, more than
 * one of each distribution: logits [8, 10] with shape [5, 8] are drawn from 5 times.
 */
export function categorical(logits: Tensor, options?: CategoricalOptions): Tensor {
  const { axis, shape, key } = categoricalOptions('categorical', options);
  const given = checkedTensor('categorical', logits);
  const at = normalizeAxis('categorical', axis, given.shape.length);
  const each = given.shape.filter((_, i) => i !== at);
  const out = shape ?? each;
  const more = out.slice(0, Math.max(0, out.length - each.length));
  check(sameShape(out.slice(more.length), each), () => {
    return `categorical: the shape ${shapeText(out)} must end with that of the logits without axis ${axis}, ${shapeText(each)}`;
  });
  // The largest of logits plus Gumbel noise, -ln(-ln u). No u is 0: it would outweigh every logit.
  const u = drawn('categorical', [...more, ...given.shape], key, Draw.uniform, 0, 2 ** -24, 1).maximum(2 ** -25);
  return given.sub(log1p(u.neg()).neg().log()).argMax(at + more.length);
}

/** 0 … n - 1 in random order. Input: keys. */
const shuffle = defineOp<{ readonly n: number }>({
  name: 'shuffle',
  kernels: { shuffle: shuffleKernel },
  side: chance,
  infer: ([keys], { n }) => ({ shape: [...keys!.shape.slice(0, -1), n], dtype: 'int32' }),
  batch: unchanged,
  work: ({ size }) => COST * size,
  scratch: wordBytes,
  emit: (e, node, { n }) => {
    const [keys] = node.inputs as [Tensor];
    e.code('shuffle', { out: e.at(node), keys: e.at(keys), rows: keys.size / KEY_WORDS, n, scratch: e.scratch });
  },
});

/** The numbers 0 … n - 1 in random order, as int32; or the rows of a tensor in random order. */
export function permutation(x: number | Tensor, options?: RandomOptions): Tensor {
  const { key } = randomOptions('permutation', options);
  if (x instanceof Tensor) {
    check(x.shape.length > 0, () => `permutation: ${x} has no rows`);
    return take(x, permutation(x.shape[0]!, options));
  }
  checkIs(typeof x === 'number', 'permutation: what is to be shuffled', 'a number or a tensor', x);
  checkShape('permutation', [x]);
  return new Tensor(shuffle, [keyFor('permutation', key)], { n: x });
}
