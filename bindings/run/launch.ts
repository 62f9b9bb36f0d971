// How an entry starts wasm: its core module, unless threads, relaxed arithmetic or another module are asked for. Those few
// who do load the code that chooses (builds.ts). Without any wasm it is TypeScript.

import { check, messageOf, WasmgradError } from '../errors.js';
import type { WasmSource } from './modules.js';
import { type Launch, type Launched, once, type Wanted } from './runtime.js';
import { createWasmRunner } from './wasm.js';

type CompiledModule = WebAssembly.Module | Promise<WebAssembly.Module>;
type ModuleSource = () => WasmSource | Promise<WasmSource>;

/** How an entry finds the builds that it comes with; core needs no more than WebAssembly to be one. */
export type KernelBuilds = Readonly<{
  core: () => CompiledModule;
  threads?: ModuleSource;
  relaxed?: ModuleSource;
  relaxedThreads?: ModuleSource;
}>;

/** How an entry with these kernels starts wasm. */
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
