// The main entry.

/** @module wasmgrad */

export * from './api.js';
export { init } from './entry/inline.js';
