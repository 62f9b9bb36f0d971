// Bundles what tsc compiled (build/) into dist/: one ES module, with the wasm and the loader inside.

import { readFileSync } from 'node:fs';
import { nodeResolve } from '@rollup/plugin-node-resolve';

/** `import bytes from './x.wasm'`: a function that returns the file's bytes, decoded from base64 when it is called. */
export function wasmInline() {
  return {
    name: 'wasm-inline',
    enforce: 'pre',
    load(id) {
      if (!id.endsWith('.wasm')) return null;
      const text = readFileSync(id, 'base64');
      return `
const text = '${text}';
export default function bytes() {
  // Buffer is 30 times faster than atob, where there is one.
  if (typeof Buffer === 'function') return new Uint8Array(Buffer.from(text, 'base64'));
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}`;
    },
  };
}

const plugins = [wasmInline(), nodeResolve()];
const banner = '/* wasmgrad, MIT license; contains @assemblyscript/loader, Apache-2.0 license: see NOTICE */';

export default [
  { input: 'build/bindings/index.js', output: { file: 'dist/wasmgrad.js', format: 'es', banner }, plugins },
  // For bench/: stays out of the package.
  { input: 'build/bindings/internal.js', output: { file: 'build/internal.js', format: 'es' }, plugins },
];
