// The error of a runtime that is not there.

/** A runtime is not on this machine: it is named, and is a failure only where CI is set. */
export class Missing extends Error {}
