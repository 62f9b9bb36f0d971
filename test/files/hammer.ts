// Reads damaged files of a format, and looks at what comes of it: a result, or a WasmgradError, soon.

import { WasmgradError } from '../../bindings/errors.js';
import { Dice, mutate } from './mutate.js';

/** A format whose readers are to bear anything. */
export interface Format {
  /** Small valid files, as different as can be. */
  examples(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Reads a file as users do, all of it. */
  read(bytes: Uint8Array): unknown;
  /** What comes out of compressed bytes is counted, and stops at 1 MiB. */
  readonly inflates?: boolean;
  /** How many mutants `npm test` reads, where each takes long; default 300. */
  readonly share?: number;
  /** Puts right what else would hide all other damage: check sums. */
  mend?(bytes: Uint8Array): Uint8Array;
}

/** What was found first. */
export interface Finding {
  /** The mutant is number `at` of its seed. */
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly error: unknown;
}

export interface Hammered {
  readonly found?: Finding | undefined;
  /** How many were read in spite of their damage. */
  readonly read: number;
  /** The longest that one took. */
  readonly slowest: number;
}

export interface HammerOptions {
  readonly seed: number;
  readonly count: number;
  readonly from?: number | undefined;
  /** Is told of each mutant before it is read. */
  before?(at: number): void;
  /** Throws if something is wrong after it was read. */
  after?(bytes: Uint8Array): void;
}

/** No file may take longer. */
const MAX_MS = 1000;

/** Mutant number `at` of a seed; every other one is mended, where that can be done. */
function mutantOf(format: Format, examples: readonly Uint8Array[], seed: number, at: number): Uint8Array {
  const bytes = mutate(examples, new Dice(Math.imul(seed, 0x9e3779b1) ^ Math.imul(at + 1, 0x85ebca6b)));
  return (at & 1) === 1 && format.mend ? format.mend(bytes) : bytes;
}

/** Reads `count` mutants, up to the first one that is not borne. */
export async function hammer(format: Format, options: HammerOptions): Promise<Hammered> {
  const { seed, count, from = 0, before, after } = options;
  const examples = await format.examples();
  for (const example of examples) await format.read(example); // else nothing of all this means anything
  let read = 0;
  let slowest = 0;
  for (let at = from; at < from + count; at++) {
    const bytes = mutantOf(format, examples, seed, at);
    before?.(at);
    const start = performance.now();
    try {
      if (await isRead(format, bytes)) read++;
      const ms = performance.now() - start;
      slowest = Math.max(slowest, ms);
      if (ms > MAX_MS) throw new Error(`it took ${Math.round(ms)} ms`);
      after?.(bytes);
    } catch (error) {
      return { found: { at, bytes, error }, read, slowest };
    }
  }
  return { read, slowest };
}

async function isRead(format: Format, bytes: Uint8Array): Promise<boolean> {
  try {
    await format.read(bytes);
    return true;
  } catch (error) {
    if (error instanceof WasmgradError) return false;
    throw error;
  }
}
