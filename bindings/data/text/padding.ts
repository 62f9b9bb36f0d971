// Sequences of different lengths as one rectangle: filled up, or cut.

import { check, checkIs, show } from '../../errors.js';
import { oneOf, options, type Rules, whole } from '../../options.js';
import { checkShape } from '../../shape.js';
import { constantOf, type Tensor } from '../../tensor.js';
import { typedName } from '../../typed.js';

/** Options of `padSequences`, and of `encodeBatch` of a tokenizer. */
export interface PadSequencesOptions {
  /** The length of all; by default that of the longest. */
  readonly maxLength?: number | undefined;
  /** Where a sequence is filled up: 'post' (default), behind its end, or 'pre', before its start. */
  readonly padding?: 'pre' | 'post' | undefined;
  /** Where a sequence that is too long is cut: 'post' (default), at its end, or 'pre', at its start. */
  readonly truncating?: 'pre' | 'post' | undefined;
  /** What fills up: a whole number, by default 0, or the padding token of a tokenizer. */
  readonly value?: number | undefined;
}

/** Reads the options of what fills sequences up. */
export const padOptions = options({
  maxLength: whole(undefined, 0),
  padding: oneOf('post', 'pre'),
  truncating: oneOf('post', 'pre'),
  value: whole(undefined, -(2 ** 31), 2 ** 31 - 1),
} satisfies Rules<PadSequencesOptions>);

/** Sequences of int32 as one tensor; `options` are read. */
export function padded(
  where: string,
  rows: readonly ArrayLike<number>[],
  options: ReturnType<typeof padOptions>,
): Tensor {
  const time = options.maxLength ?? rows.reduce((longest, { length }) => Math.max(longest, length), 0);
  checkShape(where, [rows.length, time]);
  const data = new Int32Array(rows.length * time).fill(options.value ?? 0);
  rows.forEach((row, r) => {
    const count = Math.min(row.length, time);
    const from = options.truncating === 'pre' ? row.length - count : 0;
    const to = r * time + (options.padding === 'pre' ? time - count : 0);
    for (let i = 0; i < count; i++) data[to + i] = row[from + i]!;
  });
  return constantOf(data, [rows.length, time], 'int32');
}

/**
 * Makes one int32 tensor [n, time] of sequences of different lengths, by filling them up and cutting them. Where
 * `value` is 0, as by default, an `embedding` with `maskZero: true` knows what counts. Keras fills up and cuts at the
 * start unless told otherwise: `padding: 'pre', truncating: 'pre'`.
 *
 * @example padSequences([[1, 2, 3], [4]]) // [[1, 2, 3], [4, 0, 0]]
 */
export function padSequences(sequences: readonly ArrayLike<number>[], options?: PadSequencesOptions): Tensor {
  const where = 'padSequences';
  const read = padOptions(where, options);
  checkIs(Array.isArray(sequences), `${where}: the sequences`, 'an array of arrays', sequences);
  sequences.forEach((row, r) => void checkRow(`${where}: sequence ${r}`, row));
  return padded(where, sequences, read);
}

/** Throws unless it is an array of int32. */
export function checkRow(what: string, row: unknown): asserts row is ArrayLike<number> {
  checkIs(Array.isArray(row) || typedName(row) !== undefined, what, 'an array of whole numbers', row);
  const list = row as ArrayLike<number>;
  for (let i = 0; i < list.length; i++) {
    const x: unknown = list[i];
    const holds = typeof x === 'number' && x === (x | 0);
    check(holds, () => `${what}: expected whole numbers of 32 bits, got ${show(x)} at ${i}`);
  }
}
