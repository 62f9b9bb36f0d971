// Chooses among the builds of the kernels: one thread or several, exact or relaxed arithmetic. What is asked for but
// can't run here is left out, and the reason is kept for runtimeInfo(). Loaded on demand (launch.ts).

import { check, messageOf, WasmgradError } from '../errors.js';
import type { KernelBuilds } from './launch.js';
import { compile, type WasmSource } from './modules.js';
import type { Launched, Wanted } from './runtime.js';
import { createTeamRunner, noThreads } from './team.js';
import { createWasmRunner } from './wasm.js';

/** Builds of the kernels (asconfig.json), the best first. */
const BUILDS = [
  { name: 'relaxedThreads', threaded: true, relaxed: true },
  { name: 'threads', threaded: true, relaxed: false },
  { name: 'relaxed', threaded: false, relaxed: true },
  { name: 'core', threaded: false, relaxed: false },
] as const;

/** Starts the best build that is wanted and can run here, or the module that the user gives. */
export function choose(kernels: KernelBuilds, wanted: Wanted): Promise<Launched> {
  return wanted.module === undefined ? ours(kernels, wanted) : theirs(wanted.module, wanted);
}

async function ours(kernels: KernelBuilds, { threads, relaxedSimd }: Wanted): Promise<Launched> {
  const single = threads > 1 ? noThreads() : undefined;
  const reasons = single === undefined ? [] : [`one thread, not ${threads}: ${single}`];
  const several = threads > 1 && single === undefined;
  for (const { name, threaded, relaxed } of BUILDS) {
    if ((threaded && !several) || (relaxed && !relaxedSimd)) continue;
    try {
      const source = kernels[name];
      if (!source) throw new WasmgradError('this entry comes without that module; give it to init({ module })');
      const module = await compile(source());
      const runner = await (threaded ? createTeamRunner(module, threads) : createWasmRunner(module));
      return { runner, relaxedSimd: relaxed, reasons };
    } catch (error) {
      if (name === 'core') throw error;
      const what = [threaded ? `${threads} threads` : '', relaxed ? 'relaxed SIMD' : ''].filter(Boolean).join(' and ');
      reasons.push(`not with ${what}: ${messageOf(error)}`);
    }
  }
  throw new WasmgradError('no build of the kernels');
}

/** Starts a module that the user gives. Its imports and exports show whether it has threads and relaxed SIMD. */
async function theirs(source: WasmSource | Promise<WasmSource>, { threads, relaxedSimd }: Wanted): Promise<Launched> {
  const module = await compile(source);
  checkOurs(module);
  const threaded = WebAssembly.Module.imports(module).some(({ kind }) => kind === 'memory');
  const single =
    threads > 1
      ? (noThreads() ?? (threaded ? undefined : 'the module given to init is that of one thread'))
      : undefined;
  const count = single === undefined ? threads : 1;
  const runner = await (threaded ? createTeamRunner(module, count) : createWasmRunner(module));
  const reasons = single === undefined ? [] : [`one thread, not ${threads}: ${single}`];
  if (relaxedSimd && !runner.relaxedSimd) reasons.push('not with relaxed SIMD: the module given to init is exact');
  return { runner, relaxedSimd: runner.relaxedSimd, reasons };
}

/** Throws unless this is a build of the kernels. */
function checkOurs(module: WebAssembly.Module): void {
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  const ours = ['run', 'heapBase', 'relaxed', 'complete'].every((name) => names.includes(name));
  check(
    ours,
    () => `the module given to init is none of this version of wasmgrad: it exports ${names.join(', ') || 'nothing'}`,
  );
}
