import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { wasmImports } from './rollup.config.mjs';

/** These start threads, or measure times: they have the machine for themselves, when all others are done. */
const ALONE = ['test/threads.test.ts', 'test/bench.test.ts'];

const cores = availableParallelism();

export default defineConfig({
  test: {
    projects: [
      project('tests', 0, {
        include: ['test/**/*.test.ts'],
        exclude: [...configDefaults.exclude, ...ALONE],
        maxWorkers: cores,
      }),
      project('alone', 1, { include: ALONE, maxWorkers: 1 }),
    ],
  },
});

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
