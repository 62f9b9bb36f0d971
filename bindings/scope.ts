// Which transforms (grad, vjp …) and traces (jit, vmap, a layer, a loss …) are running a function of the user right
// now. Inside of these a value that is read, or drawn at random, would become a constant that the user did not mean;
// other files ask here and refuse it. Not here: the transforms themselves.

import { check } from './errors.js';

/** One call of a transform that differentiates. A tensor knows the scopes whose argument it depends on. */
export interface Scope {
  /** Its name, as users know it. */
  readonly name: string;
  /** Whether its function is running. */
  active: boolean;
  /** It may differentiate again later: the tensors of its function must keep what they were made of. */
  readonly reusable: boolean;
}

/** The innermost transform or trace whose function is running. */
let innermost: Scope | Trace | undefined;

/** One trace: a function is run once, on placeholders, to make a graph. */
interface Trace {
  /** What is traced, as users know it: 'a jitted function', 'the loss huber'. */
  readonly traced: string;
}

let trace: Trace | undefined;

/** What the tensors that are made now come from, for reports: the innermost trace, or the gradient of what one made. */
let origin: string | undefined;

function within<T>(at: Scope | Trace | undefined, from: string | undefined, run: () => T): T {
  const before = [innermost, trace, origin] as const;
  [innermost, origin] = [at, from];
  if (at && 'traced' in at) trace = at;
  try {
    return run();
  } finally {
    [innermost, trace, origin] = before;
  }
}

/**
 * What a tensor comes from that is made now: 'the layer dense', 'the loss huber', 'the gradient of the layer dense'.
 */
export const originAtWork = (): string | undefined => origin;

/** Makes tensors that come from there. */
export const withOrigin = <T>(from: string | undefined, run: () => T): T => within(innermost, from, run);

/** Runs the function of a transform. */
export function inScope<T>(scope: Scope, run: () => T): T {
  scope.active = true;
  try {
    return within(scope, origin, run);
  } finally {
    scope.active = false;
  }
}

/** Runs a function that is traced; `traced` names it in errors. */
export const inTrace = <T>(traced: string, run: () => T): T => within({ traced }, traced, run);

/** Whether the function of a transform or a trace is running: a jitted function that is called in it is inlined. */
export const isInside = (): boolean => innermost !== undefined;

/** What is being traced, as users know it; undefined outside of traces. */
export const traceAtWork = (): string | undefined => trace?.traced;

/** Throws inside of a trace, where `what` would happen once, when the program is made, and never again. */
export function checkNotTraced(what: string, wayOut: string): void {
  check(
    trace === undefined,
    () => `${what} inside of ${trace!.traced} happens only once, when it is traced; ${wayOut}`,
  );
}

/** The scopes at work whose argument a tensor made of these inputs depends on; undefined if there are none. */
export function scopesOf(
  inputs: readonly { readonly scopes: readonly Scope[] | undefined }[],
): readonly Scope[] | undefined {
  let found: readonly Scope[] | undefined;
  for (const { scopes } of inputs) {
    if (scopes === undefined || scopes === found) continue;
    const active = scopes.every((scope) => scope.active) ? scopes : scopes.filter((scope) => scope.active);
    if (found === undefined) found = active.length > 0 ? active : undefined;
    else if (active.some((scope) => !found!.includes(scope))) found = [...new Set([...found, ...active])];
  }
  return found;
}
