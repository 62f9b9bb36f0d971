// What init({ debug }) asks for. Loaded on demand.

import { flag, options, type Rules } from '../options.js';
import type { Runner } from '../run/runner.js';
import { checkingRunner } from './nonfinite.js';

/** Ways to find an error in a program; an option of `init`. */
export interface DebugOptions {
  /**
   * Runs op by op, and throws a NonFiniteValueError at the first op that makes a NaN of inputs without one, or an
   * infinity of finite inputs. Holds for what is made from then on: models, jitted functions, values that are read.
   * Default false.
   */
  readonly checkNaN?: boolean | undefined;
}

const debugOptions = options({ checkNaN: flag(false) } satisfies Rules<DebugOptions>);

/** Those that were made so far: init may be called again and again, and a model stays with its runner. */
const made = new WeakMap<Runner, Runner>();

/** A runner over the same memory that does what the options say. */
export function debugRunner(runner: Runner, given: DebugOptions): Runner {
  const { checkNaN } = debugOptions('init: debug', given);
  if (!checkNaN) return runner;
  const checking = made.get(runner) ?? checkingRunner(runner);
  made.set(runner, checking);
  return checking;
}
