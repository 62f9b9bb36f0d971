// The back end in use. init() chooses it once; models, and tensors when they are read, run on it.

import type { DebugOptions, debugRunner } from '../debug/init.js';
import { check, checkIs, messageOf, WasmgradError } from '../errors.js';
import type * as FitParts from '../model/fitparts.js';
import { anything, flag, oneOf, options, type Rules, rule, whole } from '../options.js';
import { setSeed } from '../seed.js';
import type { createJsRunner } from './js.js';
import type { WasmSource } from './modules.js';
import type { Backend, FloatsConstructor, Runner } from './runner.js';

/** Options of `init`. */
export interface InitOptions {
  /** 'wasm', 'js', or 'auto' (default): wasm where it is allowed, else TypeScript. */
  readonly backend?: Backend | 'auto' | undefined;
  /**
   * 'float32' (default), or 'float64': double precision, on the TypeScript kernels; data() still gives a Float32Array.
   */
  readonly precision?: 'float32' | 'float64' | undefined;
  /** Makes initial weights, shuffling and so the whole run repeatable. A whole number. */
  readonly seed?: number | undefined;
  /** Threads that share the work of large programs, from 1 (default) to 64; the bits are the same for any number. */
  readonly threads?: number | undefined;
  /**
   * Multiplies and adds in one instruction where the engine can; the bits then depend on the machine. Default false.
   */
  readonly relaxedSimd?: boolean | undefined;
  /** Kernels from elsewhere, in place of those that are inlined: wasmgrad/core.wasm or one of the other wasm files. */
  readonly module?: WasmSource | Promise<WasmSource> | undefined;
  /** Ways to find an error; they are slow, and off by default. */
  readonly debug?: DebugOptions | undefined;
}

const initOptions = options({
  backend: oneOf('auto', 'wasm', 'js'),
  precision: oneOf('float32', 'float64'),
  seed: whole(undefined, 0),
  threads: whole(1, 1, 64),
  relaxedSimd: flag(false),
  module: rule<WasmSource | Promise<WasmSource>, undefined>(undefined, (what, given) => {
    const source = typeof given === 'string' || (typeof given === 'object' && given !== null);
    checkIs(source, what, 'a WebAssembly.Module, its bytes, a URL or a Response', given);
  }),
  debug: anything<DebugOptions | undefined>(),
} satisfies Rules<InitOptions>);

/** What runs, and if it is not what was asked for, the reason. */
export interface RuntimeInfo {
  readonly backend: Backend;
  readonly precision: 'float32' | 'float64';
  /** Whether kernels work on vectors of 128 bits: as wasm does. */
  readonly simd: boolean;
  readonly relaxedSimd: boolean;
  readonly threads: number;
  /** Why it is not what was asked for: no wasm, threads or relaxed SIMD. */
  readonly reason?: string;
}

/** What is asked for. */
export interface Wanted {
  readonly backend: Backend | 'auto';
  readonly threads: number;
  readonly relaxedSimd: boolean;
  readonly module: WasmSource | Promise<WasmSource> | undefined;
}

/** What was started, and why not all that was asked for. */
export interface Launched {
  readonly runner: Runner;
  readonly relaxedSimd: boolean;
  readonly reasons: readonly string[];
}

/**
 * How an entry starts wasm (launch.ts); `instead` starts the TypeScript kernels where wasm cannot run, and says why.
 */
export type Launch = (wanted: Wanted, instead: (why: string) => Promise<Launched>) => Promise<Launched>;

/** What an entry comes with. */
export interface BackEnds {
  readonly wasm: Launch;
  /** The TypeScript runner, js.ts. Most programs never need it: it is loaded when they do. */
  readonly js: () => Promise<Readonly<{ createJsRunner: typeof createJsRunner }>>;
  /** What `init({ debug })` needs. */
  readonly debug: () => Promise<Readonly<{ debugRunner: typeof debugRunner }>>;
  /** What some calls of `fit` need. */
  readonly fit: () => Promise<typeof FitParts>;
}

/** A runner and what it is. */
interface Running {
  readonly backEnds: BackEnds;
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
export function once(key: object, name: string, make: () => Promise<Launched>): Promise<Launched> {
  const known = made.get(key) ?? new Map<string, Promise<Launched>>();
  made.set(key, known);
  const launched = known.get(name) ?? make();
  known.set(name, launched);
  launched.catch(() => known.delete(name));
  return launched;
}

/** `init` of every entry. */
export async function start(options: InitOptions, backEnds: BackEnds): Promise<RuntimeInfo> {
  const { backend, precision, seed, threads, relaxedSimd, module, debug } = initOptions('init', options);
  check(
    precision === 'float32' || backend !== 'wasm',
    () => 'init: float64 runs on the TypeScript kernels; leave out backend',
  );
  const wanted = { backend, threads, relaxedSimd, module };
  const call = ++calls;
  const js = (why?: string) => onJs(backEnds, precision, wanted, why);
  const plain = await (backend === 'js' || precision === 'float64' ? js() : backEnds.wasm(wanted, js));
  const launched = debug === undefined ? plain : await debugged(plain, debug, backEnds);
  if (call > latest) {
    latest = call;
    const before = current?.runner;
    current = { backEnds, runner: launched.runner, info: infoOf(launched, precision) };
    if (before?.workers !== launched.runner.workers) before?.workers?.stop();
    if (seed !== undefined) setSeed(seed);
  }
  await muster(launched.runner);
  return runtimeInfo();
}

/** The same for debugging; its code reads these options. */
async function debugged(launched: Launched, options: DebugOptions, backEnds: BackEnds): Promise<Launched> {
  const { debugRunner } = await loaded('the code for debugging', backEnds.debug());
  return { ...launched, runner: debugRunner(launched.runner, options) };
}

/** What is loaded on demand; `what` names it in the error if it can't be. */
async function loaded<T>(what: string, loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (cause) {
    throw new WasmgradError(`${what} could not be loaded: ${messageOf(cause)}`, { cause });
  }
}

/** Only the workers of the runner in use are at work: those of this one start again, or stop. */
async function muster({ workers }: Runner): Promise<void> {
  const running = current!;
  if (running.runner.workers !== workers) return workers?.stop();
  try {
    await workers?.start();
  } catch (error) {
    workers!.stop();
    const reason = `one thread, not ${running.info.threads}: ${messageOf(error)}`;
    if (current === running) current = { ...running, info: { ...running.info, threads: 1, reason } };
  }
}

function infoOf({ runner, relaxedSimd, reasons }: Launched, precision: 'float32' | 'float64'): RuntimeInfo {
  const { backend, threads } = runner;
  const info = { backend, precision, simd: backend === 'wasm', relaxedSimd, threads };
  return reasons.length ? { ...info, reason: reasons.join('; ') } : info;
}

/** Starts the TypeScript kernels; `why` says what keeps wasm from running. */
async function onJs(
  backEnds: BackEnds,
  precision: 'float32' | 'float64',
  { threads, relaxedSimd }: Wanted,
  why?: string,
): Promise<Launched> {
  const launching = once(backEnds, precision, async () => {
    const { createJsRunner } = await backEnds.js();
    const runner = createJsRunner(precision === 'float64' ? Float64Array : Float32Array);
    return { runner, relaxedSimd: false, reasons: [] };
  });
  const launched = await loaded(`${why ? `${why}, and ` : ''}the TypeScript kernels`, launching);
  const less = threads > 1 || relaxedSimd;
  const reason = why ?? (less && 'the TypeScript kernels have one thread, no relaxed SIMD');
  return reason ? { ...launched, reasons: [reason] } : launched;
}

/** The back end in use. Throws before init(). */
export function runner(): Runner {
  check(current !== undefined, () => 'call `await init()` before anything that computes');
  return current.runner;
}

/** What some calls of `fit` need. */
export const fitParts = async (): Promise<typeof FitParts> => loaded('a part of fit', current!.backEnds.fit());

/** What holds float32 values in JavaScript: doubles where the float64 reference is to see them unrounded. */
export const floats = (): FloatsConstructor => current?.runner.Floats ?? Float32Array;

/** What runs: back end, SIMD, threads, and the reason if it is not what was asked for. */
export function runtimeInfo(): RuntimeInfo {
  runner();
  return current!.info;
}
