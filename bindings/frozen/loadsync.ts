// loadFrozenSync: the same as loadFrozen where nothing can be waited for, with a module that is given.

import { check, checkIs } from '../errors.js';
import type { WasmModule } from '../run/modules.js';
import { ALL_EXTENTS } from './allextents.js';
import { checkModule, exportsOf, FrozenModel, type LoadFrozenOptions, readOptions, wasmMachine } from './load.js';
import { open, unseal } from './read.js';

/**
 * Loads a frozen model, as `loadFrozen`, without waiting: of its bytes, and a module of the kernels that was compiled
 * before. For platforms whose bundlers make a module of an imported file, when a program is to be ready as soon as it
 * was imported.
 *
 * @param module `wasmgrad/core.wasm`, compiled
 * @throws FileError if it is no such file, is damaged, or was frozen by a version whose instructions differ
 */
export function loadFrozenSync<Out = Float32Array>(
  file: ArrayBuffer | ArrayBufferView,
  module: WasmModule,
  given?: Pick<LoadFrozenOptions, 'maxBytes'>,
): FrozenModel<Out> {
  const where = 'loadFrozenSync';
  const { maxBytes } = readOptions(where, given);
  checkModule(`${where}: module`, module);
  const frozen = open(unseal(`${where}: the file`, bytesIn(where, file), maxBytes), ALL_EXTENTS);
  const exports = exportsOf(new WebAssembly.Instance(module as WebAssembly.Module));
  check(Boolean(exports.complete.value), () => `${where}: the module lacks kernels: give it wasmgrad/core.wasm`);
  return new FrozenModel<Out>(frozen, wasmMachine(frozen, exports), 'wasm');
}

function bytesIn(where: string, file: unknown): Uint8Array {
  if (ArrayBuffer.isView(file)) return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const isBuffer = Object.prototype.toString.call(file) === '[object ArrayBuffer]';
  checkIs(isBuffer, `${where}: the file`, 'bytes', file);
  return new Uint8Array(file as ArrayBuffer);
}
