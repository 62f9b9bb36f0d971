// The back end in use. init() chooses it once; models, and tensors when they are read, run on it.

import { check, checkOptions, checkWhole, lookup, show, WasmgradError } from '../errors.js';
import { setSeed } from '../random.js';
import { createJsRunner } from './js.js';
import type { Backend, Runner } from './runner.js';

/** Options of `init`. */
export interface InitOptions {
  /** 'wasm', 'js', or 'auto' (default): wasm where it is allowed, else TypeScript. */
  readonly backend?: Backend | 'auto';
  /** 'float32' (default), or 'float64': the reference, on the TypeScript kernels. Typed arrays read stay Float32Array. */
  readonly precision?: 'float32' | 'float64';
  /** Makes initial weights, shuffling and so the whole run repeatable. A whole number. */
  readonly seed?: number;
}

/** What runs, and why not more. */
export interface RuntimeInfo {
  readonly backend: Backend;
  readonly precision: 'float32' | 'float64';
  /** Why the TypeScript kernels run, if wasm was tried in vain. */
  readonly reason?: string;
}

/** A runner and what it is. */
interface Running {
  readonly runner: Runner;
  readonly info: RuntimeInfo;
}

let current: Running | undefined;

/** Runners made so far: init() may be called again and again. */
const made = new Map<string, Runner>();

async function once(name: string, make: () => Runner | Promise<Runner>): Promise<Runner> {
  const runner = made.get(name) ?? (await make());
  made.set(name, runner);
  return runner;
}

/** `init` of every entry; `wasm` makes the runner on the kernels that the entry comes with (entry/). */
export async function start(options: InitOptions, wasm: () => Promise<Runner>): Promise<RuntimeInfo> {
  checkOptions('init', options, ['backend', 'precision', 'seed']);
  const { backend = 'auto', precision = 'float32', seed } = options;
  lookup('backend', backend, { auto: 0, wasm: 0, js: 0 });
  lookup('precision', precision, { float32: 0, float64: 0 });
  check(
    precision === 'float32' || backend !== 'wasm',
    () => 'init: float64 runs on the TypeScript kernels; leave out backend',
  );
  if (seed !== undefined) checkWhole('init: seed', seed, 0);
  current = await (backend === 'js' || precision === 'float64' ? onJs(precision) : wasmOr(backend, wasm));
  if (seed !== undefined) setSeed(seed);
  return current.info;
}

async function onJs(precision: 'float32' | 'float64', reason?: string): Promise<Running> {
  const runner = await once(precision, () => createJsRunner(precision === 'float64' ? Float64Array : Float32Array));
  return { runner, info: { backend: 'js', precision, ...(reason === undefined ? {} : { reason }) } };
}

async function wasmOr(backend: 'wasm' | 'auto', wasm: () => Promise<Runner>): Promise<Running> {
  try {
    const runner = await once('wasm', wasm);
    return { runner, info: { backend: 'wasm', precision: 'float32' } };
  } catch (cause) {
    const reason = `WebAssembly with SIMD cannot run here: ${cause instanceof Error ? cause.message : show(cause)}`;
    if (backend === 'wasm') throw new WasmgradError(reason, { cause });
    return onJs('float32', reason);
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
