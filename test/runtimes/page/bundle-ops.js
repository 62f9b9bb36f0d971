// test/ops.test.ts as one script for a page: its own code, with a small stand-in for Vitest and the packed kernels.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { wasmModule } from '../../../scripts/wasm-text.mjs';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** A file of the package, or what the build inlined: the main module and the side modules are no files. */
function kernelsFrom(folder, name) {
  const file = join(folder, 'node_modules/wasmgrad/dist', name);
  return readFileSync(existsSync(file) ? file : path(`../../../build/${name}`));
}

/** Writes ops.js, which exports `results()`, into the folder with the package. */
export async function bundleOps(folder) {
  const kernels = {
    name: 'packed-kernels',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^#.*\.wasm$/ }, ({ path }) => ({ path: path.slice(1), namespace: 'kernels' }));
      onLoad({ filter: /./, namespace: 'kernels' }, ({ path }) => ({
        contents: wasmModule(kernelsFrom(folder, path)),
      }));
    },
  };
  await build({
    stdin: { contents: "import '../../ops.test.ts'; export { results } from './vitest.js';", resolveDir: path('.') },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    ignoreAnnotations: true, // package.json says that importing a file does nothing
    alias: { vitest: path('vitest.js') },
    plugins: [kernels],
    outfile: join(folder, 'ops.js'),
  });
}
