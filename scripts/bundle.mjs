// Bundles and minifies a program as users do: with esbuild, and with rollup and esbuild's minifier.

import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build, transform } from 'esbuild';
import { rollup } from 'rollup';

const root = fileURLToPath(new URL('..', import.meta.url));
const ENTRY = 'program.js';

/**
 * @typedef {object} File of a bundle
 * @property {string} name
 * @property {string} text
 * @property {string[]} imports names of the files that are loaded with it
 */

/** @returns {Promise<File[]>} */
async function byEsbuild(program) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: root, sourcefile: ENTRY },
    outdir: 'out',
    entryNames: 'program',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    metafile: true,
    write: false,
  });
  const importsOf = Object.entries(metafile.outputs).map(([path, { imports }]) => [
    basename(path),
    imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => basename(path)),
  ]);
  const imports = Object.fromEntries(importsOf);
  return outputFiles.map(({ path, text }) => ({ name: basename(path), text, imports: imports[basename(path)] }));
}

/** @returns {Promise<File[]>} */
async function byRollup(program) {
  const entry = {
    name: 'program',
    resolveId: (id) => (id === 'program' ? `${root}${ENTRY}` : null),
    load: (id) => (id.endsWith(ENTRY) ? program : null),
  };
  const bundle = await rollup({ input: 'program', plugins: [entry, nodeResolve({ rootDir: root })] });
  const { output } = await bundle.generate({ format: 'es', entryFileNames: ENTRY });
  const minified = output.map(async ({ fileName, code, imports }) => {
    const text = (await transform(code, { minify: true, format: 'esm' })).code;
    return { name: fileName, text, imports };
  });
  return Promise.all(minified);
}

/**
 * Bundlers by name: the text of an ES module to the files of its bundle.
 * @type {Record<string, (program: string) => Promise<File[]>>}
 */
export const BUNDLERS = { esbuild: byEsbuild, rollup: byRollup };

/**
 * What is loaded to start the program, which is program.js and what it imports, and what is loaded on demand.
 *
 * @param {File[]} files
 * @returns {{ first: File[], later: File[] }}
 */
export function byLoading(files) {
  const first = new Set([ENTRY]);
  for (const name of first) for (const other of files.find((file) => file.name === name).imports) first.add(other);
  return {
    first: files.filter(({ name }) => first.has(name)),
    later: files.filter(({ name }) => !first.has(name)),
  };
}
