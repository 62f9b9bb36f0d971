// The main entry.

export * from './api.js';
export { init } from './entry/inline.js';
