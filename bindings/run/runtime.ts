// The back end in use. init() chooses it once; models, and tensors when they are read, run on it.

import { check, checkOptions, checkWhole, lookup, messageOf, show, WasmgradError } from '../errors.js';
import { setSeed } from '../random.js';
import type { createJsRunner } from './js.js';
import type { WasmSource } from './modules.js';
import type { Backend, Runner } from './runner.js';

/** Options of `init`. */
export interface InitOptions {
  /** 'wasm', 'js', or 'auto' (default): wasm where it is allowed, else TypeScript. */
  readonly backend?: Backend | 'auto';
  /** 'float32' (default), or 'float64': the reference, on the TypeScript kernels. Typed arrays read stay Float32Array. */
  readonly precision?: 'float32' | 'float64';
  /** Makes initial weights, shuffling and so the whole run repeatable. A whole number. */
  readonly seed?: number;
  /** Threads that share the work of large programs, from 1 (default) to 64; the bits are the same for any number. */
  readonly threads?: number;
  /** Fused multiply-add where the engine has it: faster, but the bits then depend on the machine. Default false. */
  readonly relaxedSimd?: boolean;
  /** The kernels, from wherever they are, in place of those that wasmgrad comes with: wasmgrad/core.wasm and the like. */
  readonly module?: WasmSource | Promise<WasmSource>;
}

/** What runs, and why not more. */
export interface RuntimeInfo {
  readonly backend: Backend;
  readonly precision: 'float32' | 'float64';
  /** Whether kernels work on vectors of 128 bits: as wasm does. */
  readonly simd: boolean;
  readonly relaxedSimd: boolean;
  readonly threads: number;
  /** Why not what was asked for: wasm, threads, relaxed SIMD. */
  readonly reason?: string;
}

/** What of wasm is asked for. */
export interface Wanted {
  readonly threads: number;
  readonly relaxedSimd: boolean;
  readonly module: WasmSource | Promise<WasmSource> | undefined;
}

/** What of it there is, and why not the rest. */
export interface Launched {
  readonly runner: Runner;
  readonly relaxedSimd: boolean;
  readonly reasons: readonly string[];
}

/** How an entry starts wasm (launch.ts). */
export type Launch = (wanted: Wanted) => Promise<Launched>;

/** What an entry comes with. */
export interface BackEnds {
  readonly wasm: Launch;
  /** The TypeScript runner, js.ts. Most programs never need it: it is loaded when they do. */
  readonly js: () => Promise<JsRunner>;
}

type JsRunner = Readonly<{ createJsRunner: typeof createJsRunner }>;

const OPTIONS = ['backend', 'precision', 'seed', 'threads', 'relaxedSimd', 'module'];

/** A runner and what it is. */
interface Running {
  readonly runner: Runner;
  readonly info: RuntimeInfo;
}

let current: Running | undefined;

/** Calls of init so far, and which of them `current` is from: one that ends after a later one changes nothing. */
let calls = 0;
let latest = 0;

/** What was made so far, by the entry or the module that it was made with: init() may be called again and again. */
const made = new WeakMap<object, Map<string, Promise<Launched>>>();

/** The same again for the same `key` and `name`, unless it failed. */
function once(key: object, name: string, make: () => Promise<Launched>): Promise<Launched> {
  const known = made.get(key) ?? new Map<string, Promise<Launched>>();
  made.set(key, known);
  const launched = known.get(name) ?? make();
  known.set(name, launched);
  launched.catch(() => known.delete(name));
  return launched;
}

/** `init` of every entry. */
export async function start(options: InitOptions, backEnds: BackEnds): Promise<RuntimeInfo> {
  checkOptions('init', options, OPTIONS);
  const { backend = 'auto', precision = 'float32', seed, threads = 1, relaxedSimd = false, module } = options;
  lookup('backend', backend, { auto: 0, wasm: 0, js: 0 });
  lookup('precision', precision, { float32: 0, float64: 0 });
  check(
    precision === 'float32' || backend !== 'wasm',
    () => 'init: float64 runs on the TypeScript kernels; leave out backend',
  );
  if (seed !== undefined) checkWhole('init: seed', seed, 0);
  checkWhole('init: threads', threads);
  check(threads <= 64, () => `init: threads must be at most 64, got ${threads}`);
  check(typeof relaxedSimd === 'boolean', () => `init: relaxedSimd must be true or false, got ${show(relaxedSimd)}`);
  const source = module === undefined || typeof module === 'string' || (typeof module === 'object' && module !== null);
  check(source, () => `init: module must be a WebAssembly.Module, its bytes, a URL or a Response, got ${show(module)}`);
  const wanted = { threads, relaxedSimd, module };
  const js = backend === 'js' || precision === 'float64';
  const call = ++calls;
  const running = await (js ? onJs(backEnds, precision, wanted) : onWasm(backEnds, backend, wanted));
  if (call > latest) {
    latest = call;
    current = running;
    if (seed !== undefined) setSeed(seed);
  }
  return runtimeInfo();
}

async function onJs(
  backEnds: BackEnds,
  precision: 'float32' | 'float64',
  { threads, relaxedSimd }: Wanted,
  why?: string,
): Promise<Running> {
  const { runner } = await once(backEnds, precision, async () => {
    const { createJsRunner } = await loaded(backEnds.js, why);
    const runner = createJsRunner(precision === 'float64' ? Float64Array : Float32Array);
    return { runner, relaxedSimd: false, reasons: [] };
  });
  const less = threads > 1 || relaxedSimd ? 'the TypeScript kernels have one thread, no relaxed SIMD' : undefined;
  const reason = why ?? less;
  const info = { backend: 'js', precision, simd: false, relaxedSimd: false, threads: 1 } as const;
  return { runner, info: reason === undefined ? info : { ...info, reason } };
}

/** The TypeScript runner, which may be a file of its own; `why` it is needed. */
async function loaded(load: BackEnds['js'], why = ''): Promise<JsRunner> {
  try {
    return await load();
  } catch (cause) {
    const reason = `the TypeScript kernels could not be loaded: ${messageOf(cause)}`;
    throw new WasmgradError(why === '' ? reason : `${why}, and ${reason}`, { cause });
  }
}

async function onWasm(backEnds: BackEnds, backend: 'wasm' | 'auto', wanted: Wanted): Promise<Running> {
  const { threads, relaxedSimd, module } = wanted;
  try {
    const key = typeof module === 'object' ? module : backEnds;
    const launched = await once(key, `${module} ${threads} ${relaxedSimd}`, () => backEnds.wasm(wanted));
    const { runner, reasons } = launched;
    const info = {
      backend: 'wasm',
      precision: 'float32',
      simd: true,
      relaxedSimd: launched.relaxedSimd,
      threads: runner.threads,
    } as const;
    return { runner, info: reasons.length === 0 ? info : { ...info, reason: reasons.join('; ') } };
  } catch (cause) {
    const what = module === undefined ? 'WebAssembly with SIMD' : 'the module given to init';
    const reason = `${what} cannot run here: ${messageOf(cause)}`;
    if (backend === 'wasm') throw new WasmgradError(reason, { cause });
    return onJs(backEnds, 'float32', wanted, reason);
  }
}

/** The back end in use. Throws before init(). */
export function runner(): Runner {
  check(current !== undefined, () => 'call `await init()` before anything that computes');
  return current.runner;
}

/** What runs: back end, SIMD, threads, and the reason if it is not what was asked for. */
export function runtimeInfo(): RuntimeInfo {
  runner();
  return current!.info;
}
