// Typed arrays of users: they may be of another realm, and their memory may be gone.

import { WasmgradError } from './errors.js';

/**
 * 'Float32Array' and the like, of a typed array of any realm, where instanceof would fail; undefined for anything else.
 */
export function typedName(value: unknown): string | undefined {
  return ArrayBuffer.isView(value) && 'length' in value ? (value as Float32Array)[Symbol.toStringTag] : undefined;
}

/** Whether it is an array of bytes, of any realm. */
export const isBytes = (value: unknown): value is Uint8Array | Uint8ClampedArray =>
  typedName(value)?.startsWith('Uint8') === true;

/** Throws if the memory of a typed array is gone: its buffer was transferred, or shrunk. Its length is then 0. */
export function checkAlive(where: string, value: unknown): void {
  const name = typedName(value);
  const typed = value as Float32Array;
  if (name === undefined || typed.length > 0) return;
  try {
    typed.at(0);
  } catch (cause) {
    throw new WasmgradError(`${where} is a ${name} without memory: its buffer was transferred or resized`, { cause });
  }
}
