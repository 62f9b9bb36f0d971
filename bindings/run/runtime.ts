// The back end in use. init() chooses it once; models, and tensors when they are read, run on it.

import wasmBytes from '#core.wasm';
import { check, checkOptions, checkWhole, lookup, show, WasmgradError } from '../errors.js';
import { setSeed } from '../random.js';
import { createJsRunner } from './js.js';
import type { Backend, Runner } from './runner.js';
import { createWasmRunner } from './wasm.js';

/** Options of `init`. */
export interface InitOptions {
  /** 'wasm', 'js', or 'auto' (default): wasm where it is allowed, else TypeScript. */
  readonly backend?: Backend | 'auto';
  /** Makes initial weights, shuffling and so the whole run repeatable. A whole number. */
  readonly seed?: number;
}

/** What runs, and why not more. */
export interface RuntimeInfo {
  readonly backend: Backend;
  /** Why the TypeScript kernels run, if wasm was tried in vain. */
  readonly reason?: string;
}

let current: { runner: Runner; info: RuntimeInfo } | undefined;

/**
 * Makes wasmgrad ready: instantiates the SIMD kernels, or falls back to the TypeScript ones.
 * Calling it again changes the back end of what is made from then on.
 *
 * @throws if `backend` is 'wasm' and wasm cannot run here
 */
export async function init(options: InitOptions = {}): Promise<RuntimeInfo> {
  checkOptions('init', options, ['backend', 'seed']);
  const { backend = 'auto', seed } = options;
  lookup('backend', backend, { auto: 0, wasm: 0, js: 0 });
  if (seed !== undefined) checkWhole('init: seed', seed, 0);
  current = backend === 'js' ? { runner: createJsRunner(), info: { backend: 'js' } } : await wasmOr(backend);
  if (seed !== undefined) setSeed(seed);
  return current.info;
}

async function wasmOr(backend: 'wasm' | 'auto'): Promise<{ runner: Runner; info: RuntimeInfo }> {
  try {
    return { runner: await createWasmRunner(wasmBytes()), info: { backend: 'wasm' } };
  } catch (cause) {
    const reason = `WebAssembly with SIMD cannot run here: ${cause instanceof Error ? cause.message : show(cause)}`;
    if (backend === 'wasm') throw new WasmgradError(reason, { cause });
    return { runner: createJsRunner(), info: { backend: 'js', reason } };
  }
}

/** The back end in use. Throws before init(). */
export function runner(): Runner {
  check(current !== undefined, () => 'call `await init()` before anything that computes');
  return current.runner;
}

/** What runs: the back end, and the reason if it is not wasm. */
export function runtimeInfo(): RuntimeInfo {
  runner();
  return current!.info;
}
