// Errors that end a benchmark with one line, without a stack.

/** A mistake on the command line: the usage is shown. */
export class UsageError extends Error {}

/** Something that was asked for is missing on this machine. */
export class RefusedError extends Error {}
