// The entry wasmgrad/diagnose: what is wrong with a training, said in words and numbers. Public exports only.

/** @module wasmgrad/diagnose */

export type { Diagnosable } from './diagnose/curves.js';
export { type DiagnoseData, diagnose } from './diagnose/diagnose.js';
export type { Finding, FindingId } from './diagnose/finding.js';
