// By which call of the library a value was made: a file keeps that of optimizers, losses, schedules and the like, which
// are closures and can't be written down themselves. Layers have a signature for it (layers/layer.ts).

/** A call: the name of a function of the library, and what it was given. */
export interface Call {
  readonly name: string;
  /** Absent: it is the function of that name itself. */
  readonly args?: readonly unknown[];
}

const calls = /*@__PURE__*/ new WeakMap<WeakKey, Call>();

/** Notes the call that made a value, and returns the value. */
export function madeBy<T extends WeakKey>(name: string, args: readonly unknown[], value: T): T {
  calls.set(value, { name, args });
  return value;
}

/** Notes the name of a function of the library that layers are given as it is. */
/*@__NO_SIDE_EFFECTS__*/
export function named<F extends WeakKey>(name: string, f: F): F {
  calls.set(f, { name });
  return f;
}

/** The call that made a value, if a function of the library did. */
export const callOf = (value: WeakKey): Call | undefined => calls.get(value);
