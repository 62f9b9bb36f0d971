import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { wasmImports } from './rollup.config.mjs';

export default defineConfig({
  plugins: [wasmImports({ inPlace: true })],
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    maxConcurrency: availableParallelism(), // of a file: compilers that share a core only wait for each other
  },
});
