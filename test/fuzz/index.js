// npm run fuzz -- [options]: bundles the fuzzer's TypeScript (main.ts) with the library's, and runs it.

import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { wasmImports } from '../../rollup.config.mjs';

const { load } = wasmImports({ inPlace: true });
const wasm = {
  name: 'wasm',
  setup: ({ onLoad }) => onLoad({ filter: /\.wasm$/ }, ({ path }) => ({ contents: load(path), loader: 'js' })),
};

const root = fileURLToPath(new URL('../..', import.meta.url));
const outfile = `${root}build/fuzz.js`;
await build({
  absWorkingDir: root,
  entryPoints: ['test/fuzz/main.ts'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  sourcemap: 'inline',
  plugins: [wasm],
});
process.setSourceMapsEnabled(true);
await import(pathToFileURL(outfile));
