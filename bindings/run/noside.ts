// In the place of a side module, in entries that need none: their wasm is complete, or they have none
// (scripts/bare.mjs).

import { WasmgradError } from '../errors.js';

/** Called where a function of such an entry meets the small main module of another entry. */
export default function noSide(): never {
  throw new WasmgradError(
    "a function that was imported from 'wasmgrad/js' or 'wasmgrad/js/ops' has no kernels for the wasm of 'wasmgrad': import it from 'wasmgrad' or 'wasmgrad/ops', or call init({ module }) with wasmgrad/core.wasm",
  );
}
