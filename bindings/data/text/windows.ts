// One long sequence of tokens as samples of a language model.

import { check, checkIs, checkWhole } from '../../errors.js';
import { options, type Rules, whole } from '../../options.js';
import { checkShape } from '../../shape.js';
import { constantOf, Tensor } from '../../tensor.js';
import { checkRow } from './padding.js';
import type { TokenIds } from './tokenizer.js';

/** Options of `slidingWindows`. */
export interface WindowOptions {
  /** How far behind the start of one window that of the next one is; by default the length, so that none overlap. */
  readonly stride?: number | undefined;
}

const windowOptions = options({ stride: whole(undefined) } satisfies Rules<WindowOptions>);

/**
 * Cuts a long text of tokens into samples that teach a language model: windows `x` of some length, and `y`, the same
 * one step later, so that y has for each token of x the one that follows it. Both are int32 tensors [n, length]; what
 * is left at the end is dropped.
 *
 * @param ids    the tokens of the text
 * @param length how many tokens a window has
 * @example const { x, y } = slidingWindows(tokenizer.encode(text), 64); // await model.fit(x, y)
 */
export function slidingWindows(ids: TokenIds, length: number, options?: WindowOptions): { x: Tensor; y: Tensor } {
  const where = 'slidingWindows';
  checkWhole(`${where}: length`, length);
  const { stride = length } = windowOptions(where, options);
  checkIs(!(ids instanceof Tensor) || ids.shape.length === 1, `${where}: the ids`, 'those of one text, [time]', ids);
  const list = ids instanceof Tensor ? ids.values() : ids;
  checkRow(`${where}: the ids`, list);
  check(list.length > length, () => `${where}: a window of ${length} needs ${length + 1} tokens, got ${list.length}`);
  const count = Math.floor((list.length - length - 1) / stride) + 1;
  checkShape(where, [count, length]);
  const from = (first: number): Tensor => {
    const data = new Int32Array(count * length);
    for (let w = 0; w < count; w++) {
      for (let t = 0; t < length; t++) data[w * length + t] = list[first + w * stride + t]!;
    }
    return constantOf(data, [count, length], 'int32');
  };
  return { x: from(0), y: from(1) };
}
