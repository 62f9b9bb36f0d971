// Runs TypeScript of the tests with the library's: bundled for Node, with the wasm where it was built.

import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { wasmImports } from '../../rollup.config.mjs';

const { load } = wasmImports({ inPlace: true });
const wasm = {
  name: 'wasm',
  setup: ({ onLoad }) => onLoad({ filter: /\.wasm$/ }, ({ path }) => ({ contents: load(path), loader: 'js' })),
};

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles `entry` into `build/<name>.js`, and imports it. */
export async function runBundled(entry, name, options) {
  const outfile = `${root}build/${name}.js`;
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    sourcemap: 'inline',
    plugins: [wasm],
    ...options,
  });
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(outfile));
}
