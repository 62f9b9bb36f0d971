// What a benchmark ends with in one line, without a stack.

/** A mistake on the command line: the usage is shown. */
export class UsageError extends Error {}

/** Something that was asked for is not there. */
export class RefusedError extends Error {}
