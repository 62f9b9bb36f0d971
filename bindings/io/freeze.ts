// freeze: writes what `predict` runs to one file, which wasmgrad/run runs without tracing or planning. What writes it
// (freezing.ts) knows the operands of all instructions, so that it loads on demand.

import { checkIs, checkWhole } from '../errors.js';
import type { Model } from '../model/model.js';
import { options, type Rules, rule } from '../options.js';

/** Options of `freeze`. */
export interface FreezeOptions {
  /**
   * How many samples the frozen program computes at once: one number or several, by default 1. Other numbers of samples
   * are put together of these.
   */
  readonly batch?: number | readonly number[] | undefined;
}

const freezeOptions = options({
  batch: rule<number | readonly number[], number>(1, (what, given) => {
    const sizes: readonly unknown[] = [given].flat();
    checkIs(sizes.length > 0, what, 'a whole number, or an array of such', given);
    for (const size of sizes) checkWhole(what, size);
  }),
} satisfies Rules<FreezeOptions>);

/**
 * Writes what a model computes in `predict` to a file that `loadFrozen` of wasmgrad/run runs, with the same bits, on a
 * small part of the library: the programs for some numbers of samples, the weights as they are when it is written, and
 * how inputs and outputs look. What is in the file can't be trained any more.
 *
 * @returns a promise of the bytes of the file
 * @throws if the model draws random numbers when it predicts, or loops without an end that is known: by `whileLoop`
 */
export async function freeze<In, Out>(model: Model<In, Out>, options?: FreezeOptions): Promise<Uint8Array> {
  const { batch } = freezeOptions('freeze', options);
  const sizes = [...new Set([batch].flat())].sort((a, b) => a - b);
  const { frozenFile } = await import('./freezing.js');
  return model.look('freeze', ({ network }) => frozenFile(network, sizes));
}
