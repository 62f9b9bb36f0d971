// Masks of sequences, as Keras has them go through its layers: some use them, some pass them on, and behind all others
// they are lost. Not here: layers of ours that do as Keras's do by themselves (layers/masks.ts).

import { check } from '../errors.js';
import { maskOf, withMask } from '../layers/masks.js';
import type { Tensor } from '../tensor.js';
import type { GraphLayer } from './graph.js';

/** Layers that compute each step by itself, and do with a mask what those of Keras do. */
const ALIKE: ReadonlySet<string> = new Set([
  ...['Activation', 'Dense', 'Dropout', 'ELU', 'GaussianNoise', 'Identity', 'LayerNormalization', 'LeakyReLU', 'ReLU'],
]);

/** Layers that use it, as those of Keras do. */
const USING: ReadonlySet<string> = new Set([
  ...['Bidirectional', 'GRU', 'GlobalAveragePooling1D', 'LSTM', 'Masking', 'MultiHeadAttention', 'SimpleRNN'],
]);

/** Layers that compute what they would without a mask, and pass it on. */
const PASSING: ReadonlySet<string> = new Set(['PReLU', 'Rescaling', 'SpatialDropout1D', 'TimeDistributed']);

/** Layers that compute something of a mask that is not here. */
const REFUSED: ReadonlySet<string> = new Set(['BatchNormalization', 'GroupNormalization', 'Softmax']);

/** What a call was given as masks besides its inputs, by the names of its arguments. */
export type Masks = Readonly<Record<string, Tensor>>;

type Calling = (given: readonly Tensor[]) => readonly Tensor[];

/** The inputs of a call that was given a mask for the first of them. */
export function withGiven(given: readonly Tensor[], { mask }: Masks): readonly Tensor[] {
  const [first, ...others] = given as [Tensor, ...Tensor[]];
  return mask ? [withMask(first, mask), ...others] : given;
}

/** Whether a layer can be called on these tensors as it is. */
export const isAlike = ({ inner, kind = '' }: GraphLayer, given: readonly Tensor[]): boolean =>
  inner !== undefined || ALIKE.has(kind) || USING.has(kind) || given.every((t) => maskOf(t) === undefined);

/** What a layer makes of sequences with masks that it can't be called on as it is. */
export function throughLayer({ kind = '', merge }: GraphLayer, given: readonly Tensor[], call: Calling) {
  check(!REFUSED.has(kind), () => 'it is called on sequences with a mask, which is not supported');
  const masks = given.map((t) => maskOf(t));
  const made = call(given.map((t) => withMask(t, null)));
  const mask = merge ? merge.masks?.(masks, given) : PASSING.has(kind) ? masks[0] : undefined;
  return mask ? made.map((t) => withMask(t, mask)) : made;
}

/** 0 for steps that do not count. */
export function zeroed(x: Tensor): Tensor {
  const mask = maskOf(x);
  return mask ? withMask(withMask(x, null).mul(mask.expandDims(-1)), mask) : x;
}

/**
 * Results of attention whose steps that do not count have no certain value. Here such queries read 0; in Keras,
 * depending on its version and back end, they read 0 or the mean of all values.
 */
const vague = new WeakSet<Tensor>();

/** Calls a layer; throws if what it makes depends on steps that are vague. */
export function knowing({ inner, kind = '', merge }: GraphLayer, given: readonly Tensor[], call: Calling) {
  if (inner) return call(given);
  const isAttention = kind === 'MultiHeadAttention';
  const isEach = merge !== undefined || ALIKE.has(kind) || PASSING.has(kind);
  const read = isEach ? [] : isAttention && given.length > 1 ? given.slice(1) : given;
  check(
    read.every((t) => !vague.has(t) || maskOf(t) !== undefined),
    () =>
      'it reads steps that do not count, since Keras has lost their mask: what attention made of these is another thing in each version of Keras',
  );
  const made = call(given);
  const [query] = given as [Tensor];
  if (isEach ? given.some((t) => vague.has(t)) : isAttention && (vague.has(query) || maskOf(query)))
    for (const t of made) vague.add(t);
  return made;
}

/** The same without a mask. */
export function unmasked(x: Tensor): Tensor {
  if (maskOf(x) === undefined) return x;
  const plain = withMask(x, null);
  if (vague.has(x)) vague.add(plain);
  return plain;
}
