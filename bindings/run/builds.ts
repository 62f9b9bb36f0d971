// Chooses among the builds of the kernels: one thread or several, exact or relaxed arithmetic. What is asked for and
// can't be had here is left out, with the reason. Loaded on demand (launch.ts).

import { messageOf, WasmgradError } from '../errors.js';
import type { Kernels } from './launch.js';
import { compile, type WasmSource } from './modules.js';
import type { Launched, Wanted } from './runtime.js';
import { noThreads } from './team.js';
import { createWasmRunner } from './wasm.js';

/** Builds of the kernels (asconfig.json), the best first. */
const BUILDS = [
  { name: 'relaxedThreads', threaded: true, relaxed: true },
  { name: 'threads', threaded: true, relaxed: false },
  { name: 'relaxed', threaded: false, relaxed: true },
  { name: 'core', threaded: false, relaxed: false },
] as const;

/** Starts the best build that is wanted and can run here, or the module that the user gives. */
export function choose(kernels: Kernels, wanted: Wanted): Promise<Launched> {
  return wanted.module === undefined ? ours(kernels, wanted) : theirs(wanted.module, wanted);
}

async function ours(kernels: Kernels, { threads, relaxedSimd }: Wanted): Promise<Launched> {
  const single = threads > 1 ? noThreads() : undefined;
  const reasons = single === undefined ? [] : [`one thread, not ${threads}: ${single}`];
  const several = threads > 1 && single === undefined;
  for (const { name, threaded, relaxed } of BUILDS) {
    if ((threaded && !several) || (relaxed && !relaxedSimd)) continue;
    try {
      const source = kernels[name];
      if (!source)
        throw new WasmgradError('this entry of wasmgrad comes without that module; give it to init({ module })');
      const runner = await createWasmRunner(await compile(source()), threaded ? threads : 1);
      return { runner, relaxedSimd: relaxed, reasons };
    } catch (error) {
      if (name === 'core') throw error;
      const what = [threaded ? `${threads} threads` : '', relaxed ? 'relaxed SIMD' : ''].filter(Boolean).join(' and ');
      reasons.push(`not with ${what}: ${messageOf(error)}`);
    }
  }
  throw new WasmgradError('no build of the kernels');
}

/** A module that the user gives: what it is built for is seen from what it imports. */
async function theirs(source: WasmSource | Promise<WasmSource>, { threads, relaxedSimd }: Wanted): Promise<Launched> {
  const module = await compile(source);
  const threaded = WebAssembly.Module.imports(module).some(({ kind }) => kind === 'memory');
  const single =
    threads > 1
      ? (noThreads() ?? (threaded ? undefined : 'the module given to init is that of one thread'))
      : undefined;
  const runner = await createWasmRunner(module, single === undefined ? threads : 1);
  return { runner, relaxedSimd, reasons: single === undefined ? [] : [`one thread, not ${threads}: ${single}`] };
}
