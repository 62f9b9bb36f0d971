// Bundles what tsc compiled (build/) into dist/: an ES module for each entry, over chunks that they share.

import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { transform } from 'esbuild';
import { dts } from 'rollup-plugin-dts';
import { bareEntries, noSides } from './scripts/bare.mjs';
import { catalogTwins } from './scripts/catalog.mjs';
import { chunksAround, chunksInOrder } from './scripts/chunks.mjs';
import { commonJs } from './scripts/commonjs.mjs';
import { licenses } from './scripts/licenses.mjs';
import { pureCalls } from './scripts/pure.mjs';
import { wasmModule } from './scripts/wasm-text.mjs';

/** The builds of the kernels (asconfig.json) that are files of the package. An entry that imports one is left with the import. */
const WASM = ['core', 'threads', 'relaxed', 'relaxed-threads'].map((name) => `${name}.wasm`);

/**
 * `#threads.wasm` and the relaxed builds are functions that return where the file is: beside the bundle, or with `inPlace`,
 * as Vitest has it, where it was built. All others are inlined: functions that return the bytes.
 */
export function wasmImports({ inPlace = false } = {}) {
  const place = (id) => (inPlace ? `'${pathToFileURL(id)}'` : `'./${basename(id)}', import.meta.url`);
  return {
    name: 'wasm-imports',
    enforce: 'pre',
    load: (id) => {
      if (!id.endsWith('.wasm')) return null;
      if (/threads|relaxed/.test(basename(id))) return `export default () => new URL(${place(id)});`;
      return wasmModule(readFileSync(id));
    },
  };
}

/** What tsc declares. */
const TYPES = 'build/types/bindings';

const wasmFiles = {
  name: 'wasm-files',
  resolveId: (id) => (WASM.some((file) => id.startsWith(`./${file}`)) ? { id, external: 'absolute' } : null),
  generateBundle() {
    for (const fileName of WASM) this.emitFile({ type: 'asset', fileName, source: readFileSync(`build/${fileName}`) });
  },
};

/** The entries by what they export: everything but ops, and ops. */
const ENTRIES = [
  {
    wasmgrad: 'build/bindings/index.js',
    workerd: 'build/bindings/entry/workerd.js',
    'edge-light': 'build/bindings/entry/edge-light.js',
    js: 'build/bindings/entry/js.js',
  },
  { ops: 'build/bindings/ops.js', 'bare-ops': 'build/bindings/entry/bareops.js' },
];

/** Entries that are the same everywhere. */
const BESIDE = ['data', 'diagnose', 'explain', 'io', 'keras', 'plot', 'pytorch', 'tensorboard'];
/** The declarations of entries, which are in no chunk of all. */
const OWN = new RegExp(`bindings.(index|api|(${['ops', 'onnx', 'run', ...BESIDE].join('|')})\\.d|entry)`);
const filesOf = (names, path) => Object.fromEntries(names.map((name) => [name, path(name)]));

/** One that has ops: its files are in no chunk of the others. */
const ONNX = { onnx: 'build/bindings/onnx.js', 'bare-onnx': 'build/bindings/entry/bareonnx.js' };

const pathsOf = (entries) => Object.values(entries).map((path) => resolve(path));

/** Those that walk through a computation: one tells it, the other draws it. */
const EXPLAINING = ['explain', 'plot'].map((name) => resolve(`build/bindings/${name}.js`));
/** What fit loads on demand, too. */
const DIAGNOSING = [resolve('build/bindings/diagnose.js')];

const GROUPS = ENTRIES.map(pathsOf);

/** The entry wasmgrad/run, in its variants. */
const RUN = {
  run: 'build/bindings/run.js',
  'run-workerd': 'build/bindings/entry/run-workerd.js',
  'run-edge-light': 'build/bindings/entry/run-edge-light.js',
};

/**
 * The TypeScript kernels of wasmgrad/run are a file that shares nothing with its entries: a bundler would load with these all that
 * both have.
 */
const TWINS = 'run-twins';
const twinsApart = {
  name: 'twins-apart',
  resolveId: (id) => (id.endsWith('/twins.js') ? { id: `./${TWINS}.js`, external: 'absolute' } : null),
};

/** What loadFrozen starts with, and apart from it the checks of all kernels, and loadFrozenSync. */
const RUN_CHUNKS = { load: 'load', allextents: 'allextents', sync: 'loadsync' };

/** What needs no side modules: its wasm is complete, or it has none. */
const BARE = ['workerd', 'edge-light', 'js', 'bareops', 'bareonnx'].map((name) =>
  resolve(`build/bindings/entry/${name}.js`),
);

/** What a program that trains starts with, and `made`, whose notes of what made a value all files must share. */
const CORE = ['model/sequential', 'run/wasm', 'made'].map((name) => resolve(`build/bindings/${name}.js`));

/** What `require` gets where it loads no ES modules, and what it is for a compiler. */
const requireEntry = {
  name: 'require-entry',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'require.cjs', source: readFileSync('bindings/entry/require.cjs') });
    for (const name of ['wasmgrad', 'js', 'ops', ...BESIDE, 'onnx', 'run']) {
      const source = `import module = require('./${name}.js');\nexport = module;\n`;
      this.emitFile({ type: 'asset', fileName: `types/${name}.d.cts`, source });
    }
  },
};

const minify = {
  name: 'minify',
  renderChunk: async (code) => (await transform(code, { minify: true, format: 'esm', target: 'es2022' })).code,
};

/** What a file of declarations exports as types, classes among them: the bundler of declarations makes values of these. */
function typeExports(file) {
  const lists = [...readFileSync(file, 'utf8').matchAll(/export (type )?\{([^}]*)\}/g)];
  return lists.flatMap(([, type, list]) => {
    return list
      .split(',')
      .flatMap((item) => (type || item.includes('type ') ? [item.replace('type ', '').trim()] : []));
  });
}

const typesStayTypes = {
  name: 'types-stay-types',
  renderChunk(code) {
    const types = new Set(
      ['api', 'ops', ...BESIDE, 'onnx', 'frozen/api'].flatMap((file) => typeExports(`${TYPES}/${file}.d.ts`)),
    );
    const marked = (list) => list.replace(/\w+(?=[,\s])/g, (name) => (types.has(name) ? `type ${name}` : name));
    return code.replace(/^export \{.*\} from/gm, marked);
  },
};

const plugins = [wasmImports(), commonJs(['papaparse', 'jpeg-js']), nodeResolve()];
const banner = '/* wasmgrad, MIT license */';

export default [
  {
    input: Object.assign(
      {},
      ...ENTRIES,
      ONNX,
      filesOf(BESIDE, (name) => `build/bindings/${name}.js`),
    ),
    output: {
      dir: 'dist',
      format: 'es',
      banner,
      chunkFileNames: '[name].js',
      minifyInternalExports: false,
      hoistTransitiveImports: false,
      manualChunks: chunksAround(CORE, GROUPS, {
        'onnx-shared': pathsOf(ONNX),
        'explain-shared': EXPLAINING,
        'diagnose-shared': DIAGNOSING,
      }),
    },
    plugins: [
      wasmFiles,
      requireEntry,
      licenses,
      catalogTwins(CORE),
      bareEntries(BARE),
      ...plugins,
      pureCalls('build/bindings'),
    ],
  },
  // By itself, so that it is a part of no chunk that has more.
  {
    input: RUN,
    output: {
      dir: 'dist',
      format: 'es',
      banner,
      chunkFileNames: 'run-[name].js',
      minifyInternalExports: false,
      hoistTransitiveImports: false,
      manualChunks: chunksInOrder(RUN_CHUNKS, 'build/bindings/frozen'),
    },
    plugins: [wasmFiles, twinsApart, ...plugins, pureCalls('build/bindings')],
  },
  {
    input: { [TWINS]: 'build/bindings/frozen/twins.js' },
    output: { dir: 'dist', format: 'es', banner },
    plugins: [noSides, ...plugins],
  },
  // The declarations: of all entries in one run, so that there is one Tensor.
  {
    input: {
      wasmgrad: `${TYPES}/index.d.ts`,
      js: `${TYPES}/entry/js.d.ts`,
      ops: `${TYPES}/ops.d.ts`,
      ...filesOf(BESIDE, (name) => `${TYPES}/${name}.d.ts`),
      onnx: `${TYPES}/onnx.d.ts`,
      run: `${TYPES}/run.d.ts`,
      wasm: `${TYPES}/entry/wasm.d.ts`,
    },
    output: {
      dir: 'dist/types',
      chunkFileNames: '[name].d.ts',
      minifyInternalExports: false,
      manualChunks: (id) => {
        return OWN.test(id) ? null : 'shared';
      },
    },
    plugins: [dts(), typesStayTypes],
  },
  // For a <script type="module"> from a CDN: one file.
  {
    input: 'build/bindings/entry/onefile.js',
    output: { file: 'dist/wasmgrad.min.js', format: 'es', banner, inlineDynamicImports: true },
    plugins: [...plugins, minify],
  },
  // For bench/: stays out of the package.
  {
    input: 'build/bindings/internal.js',
    output: { file: 'build/internal.js', format: 'es', inlineDynamicImports: true },
    plugins,
  },
];
