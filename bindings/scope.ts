// Which transform a tensor is being differentiated in: jit must not hide a function from it.

/** A transform at work on a function. */
export interface Scope {
  /** The function is running. */
  active: boolean;
  /** The transform whose function made this one. */
  readonly outer: Scope | undefined;
}

/** The innermost scope around `scope`, itself included, whose function is running. */
export function activeScope(scope: Scope | undefined): Scope | undefined {
  let s = scope;
  while (s && !s.active) s = s.outer;
  return s;
}
