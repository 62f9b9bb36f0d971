// How an entry starts wasm: with its core module, unless threads, relaxed arithmetic or another module are asked for;
// the code that chooses then is loaded on demand (builds.ts). Where no wasm can run, the TypeScript kernels are started
// instead.

import { check, messageOf, WasmgradError } from '../errors.js';
import type { WasmSource } from './modules.js';
import { type Launch, type Launched, once, type Wanted } from './runtime.js';
import { createWasmRunner } from './wasm.js';

type CompiledModule = WebAssembly.Module | Promise<WebAssembly.Module>;
type ModuleSource = () => WasmSource | Promise<WasmSource>;

/** The builds of the kernels that an entry comes with, and how it gets them. */
export type KernelBuilds = Readonly<{
  core: () => CompiledModule;
  threads?: ModuleSource;
  relaxed?: ModuleSource;
  relaxedThreads?: ModuleSource;
}>;

/** Makes the function with which an entry that has these builds starts wasm. */
export function launcher(kernels: KernelBuilds): Launch {
  return async (wanted, instead) => {
    const { backend, threads, relaxedSimd, module } = wanted;
    try {
      const key = typeof module === 'object' ? module : kernels;
      return await once(key, `${module} ${threads} ${relaxedSimd}`, () => launch(kernels, wanted));
    } catch (cause) {
      const what = module === undefined ? 'WebAssembly with SIMD' : 'the module given to init';
      const reason = `${what} cannot run here: ${messageOf(cause)}`;
      if (backend === 'wasm') throw new WasmgradError(reason, { cause });
      return instead(reason);
    }
  };
}

async function launch(kernels: KernelBuilds, wanted: Wanted): Promise<Launched> {
  check(typeof WebAssembly === 'object', () => 'there is no WebAssembly');
  if (wanted.threads === 1 && !wanted.relaxedSimd && wanted.module === undefined) return core(kernels, []);
  let builds: typeof import('./builds.js');
  try {
    builds = await import('./builds.js');
  } catch (cause) {
    const reason = `the code for threads, relaxed SIMD and other modules could not be loaded: ${messageOf(cause)}`;
    if (wanted.module !== undefined) throw new WasmgradError(reason, { cause });
    return core(kernels, [reason]);
  }
  return builds.choose(kernels, wanted);
}

async function core(kernels: KernelBuilds, reasons: readonly string[]): Promise<Launched> {
  return { runner: await createWasmRunner(await kernels.core()), relaxedSimd: false, reasons };
}
