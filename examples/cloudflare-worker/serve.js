// The built Worker in workerd, Cloudflare's runtime, on this machine. Run alone, it serves until it is stopped.

import { fileURLToPath } from 'node:url';
import { Miniflare } from 'miniflare';

/** @param {number} port 0 for any that is free */
export function serve(port, script = 'worker.js', data = 'weights.bin') {
  const root = fileURLToPath(new URL('build', import.meta.url));
  return new Miniflare({
    port,
    rootPath: root,
    compatibilityDate: '2026-04-01',
    modules: [
      { type: 'ESModule', path: script },
      { type: 'CompiledWasm', path: 'core.wasm' },
      { type: 'Data', path: data },
    ],
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(`${await serve(8787).ready}predict and /train take POST requests: see README.md`);
}
