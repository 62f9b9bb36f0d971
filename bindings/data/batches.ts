// A data set batch by batch: for training loops of one's own.

import { flag, options, type Rules, whole } from '../options.js';
import { Draws, inOrder, seedRule } from './draws.js';
import { type Rows, readGiven } from './rows.js';

/** Options of `batches`. */
export interface BatchesOptions {
  /** Samples of a batch; default 32. */
  readonly batchSize?: number | undefined;
  /** Another order each time that it is gone through; default false. */
  readonly shuffle?: boolean | undefined;
  /** Makes the orders repeatable; by default they are the next ones after `setSeed`. */
  readonly seed?: number | undefined;
  /** Leaves out the last batch if it is smaller; default false. */
  readonly dropLast?: boolean | undefined;
}

const batchesOptions = options({
  batchSize: whole(32),
  shuffle: flag(false),
  seed: seedRule,
  dropLast: flag(false),
} satisfies Rules<BatchesOptions>);

/** Batches that can be gone through again and again, each time from the start. */
export interface Batches<A> extends Iterable<A> {
  /** How many there are each time. */
  readonly length: number;
}

/**
 * Data sets batch by batch: `for (const [xs, ys] of batches(x, y, { batchSize: 32, shuffle: true }))`. Each part is of
 * the kind that its data came in as. Going through it again starts anew, in another order if it is shuffled.
 *
 * @throws if the arrays have not as many rows
 */
export function batches<A extends readonly [Rows, ...Rows[]]>(...given: [...arrays: A]): Batches<A>;
export function batches<A extends readonly [Rows, ...Rows[]]>(
  ...given: [...arrays: A, options: BatchesOptions]
): Batches<A>;
export function batches(...given: readonly unknown[]): Batches<readonly Rows[]> {
  const { views, count, options } = readGiven('batches', given);
  const { batchSize, shuffle, seed, dropLast } = batchesOptions('batches', options);
  const draws = shuffle ? new Draws(seed) : undefined;
  const length = dropLast ? Math.floor(count / batchSize) : Math.ceil(count / batchSize);
  return {
    length,
    *[Symbol.iterator]() {
      const order = draws ? draws.permutation(count) : inOrder(count);
      for (let batch = 0; batch < length; batch++) {
        const indices = order.subarray(batch * batchSize, (batch + 1) * batchSize);
        yield views.map((view) => view.pick(indices));
      }
    },
  };
}
