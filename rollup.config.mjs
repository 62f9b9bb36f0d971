// Bundles what tsc compiled (build/) into dist/: an ES module for each entry, over chunks that they share.

import { existsSync, readFileSync } from 'node:fs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { transform } from 'esbuild';
import { wasmModule } from './scripts/wasm-text.mjs';

/** `#core.wasm` is a function that returns the bytes, which are inlined. Vitest uses it, too. */
export function wasmInline() {
  return {
    name: 'wasm-inline',
    enforce: 'pre',
    load: (id) => (id.endsWith('.wasm') ? wasmModule(readFileSync(id)) : null),
  };
}

/** The builds of the kernels (asconfig.json): files of the package. An entry that imports one is left with the import. */
const WASM = ['core', 'threads', 'relaxed', 'relaxed-threads'].map((name) => `${name}.wasm`);
const wasmFiles = {
  name: 'wasm-files',
  resolveId: (id) => (WASM.some((file) => id.startsWith(`./${file}`)) ? { id, external: 'absolute' } : null),
  generateBundle() {
    for (const fileName of WASM.filter((file) => existsSync(`build/${file}`)))
      this.emitFile({ type: 'asset', fileName, source: readFileSync(`build/${fileName}`) });
  },
};

/** Chunks by readable names: what the entries share, and the runner that needs wasm. */
function manualChunks(id) {
  if (/bindings.run.wasm|loader/.test(id)) return 'wasm';
  return /bindings.(index|entry)|core\.wasm/.test(id) ? null : 'shared';
}

const minify = {
  name: 'minify',
  renderChunk: async (code) => (await transform(code, { minify: true, format: 'esm', target: 'es2022' })).code,
};

const plugins = [wasmInline(), nodeResolve()];
const banner = '/* wasmgrad, MIT license; contains @assemblyscript/loader, Apache-2.0 license: see NOTICE */';

export default [
  {
    input: {
      wasmgrad: 'build/bindings/index.js',
      workerd: 'build/bindings/entry/workerd.js',
      'edge-light': 'build/bindings/entry/edge-light.js',
      js: 'build/bindings/entry/js.js',
    },
    output: {
      dir: 'dist',
      format: 'es',
      banner,
      chunkFileNames: '[name].js',
      minifyInternalExports: false,
      manualChunks,
    },
    plugins: [wasmFiles, ...plugins],
  },
  // For a <script type="module"> from a CDN: one file.
  {
    input: 'build/bindings/index.js',
    output: { file: 'dist/wasmgrad.min.js', format: 'es', banner },
    plugins: [...plugins, minify],
  },
  // For bench/: stays out of the package.
  { input: 'build/bindings/internal.js', output: { file: 'build/internal.js', format: 'es' }, plugins },
];
