// Libraries that are no ES modules: esbuild makes them such, and rollup bundles what it made.

import { build } from 'esbuild';

/** A plugin of rollup: `libraries` are the names of their folders in node_modules. */
export const commonJs = (libraries) => ({
  name: 'common-js',
  async load(id) {
    if (!libraries.some((library) => new RegExp(`node_modules[/\\\\]${library}[/\\\\]`).test(id))) return null;
    const options = { bundle: true, format: 'esm', platform: 'browser', target: 'es2022', write: false };
    // What only Node has is asked for by functions that are not used.
    const { outputFiles } = await build({ entryPoints: [id], external: ['stream'], ...options });
    return { code: outputFiles[0].text, moduleSideEffects: false };
  },
});
