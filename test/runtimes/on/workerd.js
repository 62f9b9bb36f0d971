// workerd, Cloudflare's runtime, through miniflare. It compiles no bytes: wasm is a module of the Worker.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { installed } from '../install.js';

export const workerd = {
  name: 'workerd',
  threads: false,
  async start(folder) {
    const { exports } = await installed('miniflare');
    const { version } = await installed('workerd');
    const { outputFiles } = await build({
      entryPoints: [join(folder, 'worker.js')],
      bundle: true,
      format: 'esm',
      conditions: ['workerd'],
      external: ['*.wasm'],
      write: false,
    });
    const miniflare = new exports.Miniflare({
      compatibilityDate: '2026-04-01',
      modules: [
        { type: 'ESModule', path: 'worker.js', contents: outputFiles[0].text },
        {
          type: 'CompiledWasm',
          path: 'core.wasm',
          contents: readFileSync(join(folder, 'node_modules/wasmgrad/dist/core.wasm')),
        },
      ],
    });
    const train = async (options) => {
      const response = await miniflare.dispatchFetch('http://worker/', {
        method: 'POST',
        body: JSON.stringify(options),
      });
      if (!response.ok) throw new Error(await response.text());
      return response.json();
    };
    return { version, train, stop: () => miniflare.dispose() };
  },
};
