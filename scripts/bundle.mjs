// A program, bundled and minified as its users would: by esbuild, and by rollup with esbuild's minifier.

import { fileURLToPath } from 'node:url';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build, transform } from 'esbuild';
import { rollup } from 'rollup';

const root = fileURLToPath(new URL('..', import.meta.url));

async function byEsbuild(program) {
  const stdin = { contents: program, resolveDir: root };
  const { outputFiles } = await build({ stdin, bundle: true, minify: true, format: 'esm', write: false });
  return outputFiles[0].text;
}

async function byRollup(program) {
  const entry = {
    name: 'program',
    resolveId: (id) => (id === 'program' ? `${root}program.js` : null),
    load: (id) => (id.endsWith('program.js') ? program : null),
  };
  const bundle = await rollup({ input: 'program', plugins: [entry, nodeResolve({ rootDir: root })] });
  const { output } = await bundle.generate({ format: 'es' });
  return (await transform(output[0].code, { minify: true, format: 'esm' })).code;
}

/**
 * Bundlers by name: the text of an ES module to the text of its bundle.
 * @type {Record<string, (program: string) => Promise<string>>}
 */
export const BUNDLERS = { esbuild: byEsbuild, rollup: byRollup };
