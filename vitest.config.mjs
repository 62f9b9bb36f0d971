import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { wasmImports } from './rollup.config.mjs';

/** These start threads, or measure times: they have the machine for themselves, when all others are done. */
const ALONE = ['test/threads.test.ts', 'test/bench.test.ts'];

/** These look at what a process does first, or at how much memory it has: each has a process and a library of its own. */
const FRESH = ['arena', 'definition', 'memory', 'module', 'sides'].map((name) => `test/${name}.test.ts`);

const cores = availableParallelism();

/** `--mode thorough` is the whole of what is long (test/thorough.ts). */
export default defineConfig(({ mode }) => ({
  test: {
    env: { THOROUGH: `${mode === 'thorough'}` },
    projects: [
      // A process goes through many files, and loads the library once: that would take longer than most of them.
      project('tests', 0, {
        include: ['test/**/*.test.ts'],
        exclude: [...configDefaults.exclude, ...ALONE, ...FRESH],
        isolate: false,
        maxWorkers: cores,
      }),
      project('fresh', 0, { include: FRESH, maxWorkers: cores }),
      project('alone', 1, { include: ALONE, maxWorkers: 1 }),
    ],
  },
}));

/** Files that run in turn `groupOrder`. */
function project(name, groupOrder, test) {
  return {
    plugins: [wasmImports({ inPlace: true })],
    test: {
      ...test,
      name,
      sequence: { groupOrder },
      testTimeout: 60_000,
      maxConcurrency: cores, // of a file: compilers that share a core only wait for each other
    },
  };
}
