// The version of the package, for files that say what wrote them. test/package.test.ts compares it.

export const VERSION = '0.1.0';
