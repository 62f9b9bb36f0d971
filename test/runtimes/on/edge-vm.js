// Edge VM, in which Vercel's Edge functions are tried out: a realm of its own that may not compile bytes. The compiled
// module comes from this realm, as it comes from the host there: it is no instance of that realm's WebAssembly.Module.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { installed } from '../install.js';

/** `import module from './core.wasm?module'` is the module that the host made. */
const wasmModule = {
  name: 'wasm-module',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path, namespace: 'host' }));
    onLoad({ filter: /./, namespace: 'host' }, () => ({ contents: 'export default globalThis.coreModule;' }));
  },
};

export const edgeVm = {
  name: 'edge vm',
  threads: false,
  async start(folder) {
    const { version, exports } = await installed('@edge-runtime/vm');
    const { outputFiles } = await build({
      entryPoints: [join(folder, 'function.js')],
      bundle: true,
      format: 'iife',
      conditions: ['edge-light'],
      plugins: [wasmModule],
      write: false,
    });
    const wasm = await WebAssembly.compile(readFileSync(join(folder, 'node_modules/wasmgrad/dist/core.wasm')));
    const vm = new exports.EdgeVM({
      codeGeneration: { strings: false, wasm: false },
      extend: (context) => Object.assign(context, { coreModule: wasm }),
    });
    vm.evaluate(outputFiles[0].text);
    return { version, train: (options) => vm.evaluate(`train(${JSON.stringify(options)})`) };
  },
};
