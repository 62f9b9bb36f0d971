// What is published: the right files are in the tarball, with the same bytes in every build. Reads dist/ and build/.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { MODULES } from '../bindings/instructions.js';
import { VERSION } from '../bindings/version.js';
import manifest from '../package.json' with { type: 'json' };
import { compile } from '../scripts/compile.mjs';
import { decode, encode } from '../scripts/wasm-text.mjs';
import { THOROUGH } from './thorough.js';

const SIDES = Object.keys(MODULES).filter((module) => module !== 'main');

const FILES = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'dist/bare-functions.js',
  'dist/bare-onnx.js',
  'dist/bare-ops.js',
  'dist/catalog-attention.js',
  'dist/catalog-augmentation.js',
  'dist/catalog-basic.js',
  'dist/catalog-fitted.js',
  'dist/catalog-functions.js',
  'dist/catalog-images.js',
  'dist/catalog-made.js',
  'dist/catalog-normalization.js',
  'dist/catalog-sequences.js',
  'dist/catalog-training.js',
  'dist/core.wasm',
  'dist/data.js',
  'dist/debug-init-functions.js',
  'dist/debug-init-shared.js',
  'dist/debug-init.js',
  'dist/diagnose-shared.js',
  'dist/diagnose-watch.js',
  'dist/diagnose.js',
  'dist/edge-light.js',
  'dist/explain-shared.js',
  'dist/explain.js',
  'dist/files-disk-shared.js',
  'dist/files.js',
  'dist/formats.js',
  'dist/functions.js',
  'dist/gradcheck.js',
  'dist/images.js',
  'dist/io-freezing-functions.js',
  'dist/io-freezing-shared.js',
  'dist/io-freezing.js',
  'dist/io-reading-common.js',
  'dist/io-reading-shared.js',
  'dist/io-reading.js',
  'dist/io.js',
  'dist/js.js',
  'dist/keras.js',
  'dist/launch.js',
  'dist/libraries-fflate.js',
  'dist/libraries-jpeg.js',
  'dist/libraries-papaparse.js',
  'dist/licenses.txt',
  'dist/model-fitparts-functions.js',
  'dist/model-fitparts-shared.js',
  'dist/model-fitparts.js',
  'dist/onnx-shared.js',
  'dist/onnx.js',
  'dist/ops.js',
  'dist/plot.js',
  'dist/pytorch.js',
  'dist/relaxed-threads.wasm',
  'dist/relaxed.wasm',
  'dist/require.cjs',
  'dist/run-allextents.js',
  'dist/run-attention.js',
  'dist/run-builds.js',
  'dist/run-columns.js',
  'dist/run-complete.js',
  'dist/run-convolution.js',
  'dist/run-curves.js',
  'dist/run-disk.js',
  'dist/run-edge-light.js',
  'dist/run-indexing.js',
  'dist/run-js-shared.js',
  'dist/run-js.js',
  'dist/run-linalg.js',
  'dist/run-load.js',
  'dist/run-normalization.js',
  'dist/run-pooling.js',
  'dist/run-recurrence.js',
  'dist/run-small.js',
  'dist/run-sync.js',
  'dist/run-twins.js',
  'dist/run-workerd.js',
  'dist/run.js',
  'dist/shared.js',
  'dist/side-functions.js',
  'dist/tensorboard.js',
  'dist/threads.wasm',
  'dist/wasmgrad.js',
  'dist/wasmgrad.min.js',
  'dist/workerd.js',
  'package.json',
];

function packed(): string[] {
  // Without scripts: prepack would build anew while other tests read dist/.
  const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' });
  return JSON.parse(text)[0].files.map((file: { path: string }) => file.path);
}

const leaves = (tree: string | object): string[] => {
  return typeof tree === 'string' ? [tree] : Object.values(tree).flatMap(leaves);
};

const files = packed();

describe('the tarball', () => {
  const isType = (file: string) => file.startsWith('dist/types/') && /\.d\.c?ts$/.test(file);

  it('holds what it should and nothing else', () => {
    expect(files.filter((file) => !isType(file)).sort()).toEqual([...FILES].sort());
  });

  it('holds what package.json points to', () => {
    const paths = [
      manifest.unpkg,
      manifest.jsdelivr,
      manifest.main,
      manifest.types,
      ...leaves(manifest.typesVersions),
      ...leaves(manifest.exports),
    ];
    for (const path of paths) expect(files).toContain(normalize(path));
  });

  it('has the licence of every library that is bundled in a file of it', () => {
    const text = readFileSync('dist/licenses.txt', 'utf8');
    const named = [...text.matchAll(/^(\S+) \S+, (\S+), in (.*)\n\n(.*)/gm)].map(([, ...parts]) => parts);
    const d3 = ['array', 'color', 'contour', 'format', 'interpolate', 'path', 'scale', 'shape'].map(
      (name) => `d3-${name}`,
    );
    expect(named).toEqual([
      ...d3.map((name) => [name, 'ISC', 'plot.js', expect.stringContaining('Copyright')]),
      ['fflate', 'MIT', 'libraries-fflate.js', 'MIT License'],
      ['jpeg-js', 'BSD-3-Clause', 'libraries-jpeg.js', expect.stringContaining('Copyright')],
      ['papaparse', 'MIT', 'libraries-papaparse.js', 'The MIT License (MIT)'],
    ]);
  });

  it('holds every declaration that another one needs', () => {
    for (const file of files.filter(isType)) {
      for (const [, path] of readFileSync(file, 'utf8').matchAll(/['"](\.[^'"]+)\.js['"]/g)) {
        expect(files).toContain(normalize(join(dirname(file), `${path}.d.ts`)));
      }
    }
  });
});

it('the version that files are marked with is that of the package', () => expect(VERSION).toBe(manifest.version));

it('require loads every entry, or says what to do where it cannot', () => {
  const entries = [
    ['wasmgrad', 'init'],
    ['wasmgrad/js', 'init'],
    ['wasmgrad/ops', 'sin'],
    ['wasmgrad/data', 'kFold'],
    ['wasmgrad/keras', 'loadKeras'],
    ['wasmgrad/onnx', 'exportOnnx'],
    ['wasmgrad/plot', 'learningCurves'],
    ['wasmgrad/pytorch', 'loadStateDict'],
    ['wasmgrad/explain', 'explain'],
    ['wasmgrad/diagnose', 'diagnose'],
    ['wasmgrad/tensorboard', 'tensorboard'],
    ['wasmgrad/run', 'loadFrozen'],
    ['wasmgrad/js/ops', 'sin'],
  ];
  const code = `
const message = (entry, name) => {
  try {
    return typeof require(entry)[name];
  } catch (error) {
    return error.message;
  }
};
console.log(JSON.stringify(${JSON.stringify(entries)}.map(([entry, name]) => message(entry, name))));`;
  const run = (...options: string[]): string[] => {
    const args = [...options, '--input-type=commonjs', '--eval', code];
    return JSON.parse(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout);
  };
  expect(run()).toEqual(entries.map(() => 'function'));
  expect(run('--no-experimental-require-module')).toEqual(
    entries.map(() => expect.stringMatching('^wasmgrad is an ES module: ')),
  );
});

it("TypeScript's moduleResolution node finds the declarations of every entry", () => {
  const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(process.cwd(), join(folder, 'node_modules/wasmgrad'), 'junction');
    const found = (name: string, moduleResolution: ts.ModuleResolutionKind) => {
      const options = { moduleResolution, module: ts.ModuleKind.ESNext };
      return ts.resolveModuleName(name, join(folder, 'program.ts'), options, ts.sys).resolvedModule?.resolvedFileName;
    };
    for (const entry of Object.keys(manifest.exports).filter((name) => !name.endsWith('.json'))) {
      const name = `wasmgrad${entry.slice(1)}`;
      const expected = found(name, ts.ModuleResolutionKind.Bundler);
      expect(expected, name).toMatch(/dist\/types\/\w+\.d\.ts$/);
      expect(found(name, ts.ModuleResolutionKind.Node10), name).toBe(expected);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('wasm', () => {
  const builds = [
    ['small', 'index', 'build/small.wasm'],
    ['slim', 'index', 'build/slim.wasm'],
    ['core', 'index', 'dist/core.wasm'],
    ...SIDES.map((side) => ['side', `sides/${side}`, `build/sides/${side}.wasm`]),
  ];

  it.runIf(THOROUGH).concurrent.for(builds)(
    'has the same bytes in every build: %s, of %s',
    async ([target, entry, built], { expect, onTestFinished }) => {
      const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const again = join(folder, 'again.wasm');
      await compile([[target!, entry!, again]]);
      const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
      expect(hash(again)).toBe(hash(built!));
    },
  );

  it('is inlined where it is needed: not in entries whose wasm is complete, or that have none', () => {
    const texts = ['small', ...SIDES.map((side) => `sides/${side}`)].map((name) =>
      encode(readFileSync(`build/${name}.wasm`)),
    );
    const inlined = files.filter((file) => {
      const content = readFileSync(file, 'latin1');
      return texts.some((text) => content.includes(text));
    });
    const apart = ['small', ...SIDES].map((name) => `dist/run-${name}.js`); // wasmgrad/run loads them on demand
    const others = inlined.filter(
      (file) => !/^dist\/(side-functions|catalog-\w+)\.js$/.test(file) && !apart.includes(file),
    );
    expect(others.sort()).toEqual(['dist/wasmgrad.js', 'dist/wasmgrad.min.js']);
    for (const entry of ['js', 'workerd', 'edge-light', 'bare-ops', 'data', 'run-workerd', 'run-edge-light']) {
      const reached = new Set([`dist/${entry}.js`]);
      for (const file of reached) {
        const imports = readFileSync(file, 'utf8').matchAll(/(?:from |import\(|import )'\.\/([\w-]+\.js)'/g);
        for (const [, name] of imports) reached.add(`dist/${name}`);
      }
      expect(reached.size).toBeGreaterThan(2);
      expect(
        inlined.filter((file) => reached.has(file)),
        entry,
      ).toEqual([]);
    }
  });

  it('comes back from its text', () => {
    const bytes = Uint8Array.from({ length: 1024 }, (_, i) => (i * 7 + (i >> 8)) & 255);
    expect(decode(encode(bytes))).toEqual(bytes);
    expect(encode(bytes)).toMatch(/^[#-[\]-~]*$/);
    const wasm = readFileSync('dist/core.wasm');
    expect(Buffer.from(decode(encode(wasm)))).toEqual(wasm);
  });
});

it('what is loaded from a file can be saved again, though its functions are of chunks of their own', () => {
  const code = `
import { adamW, averageWeights, cosineDecay, dense, huber, init, l2, rmse, sequential } from 'wasmgrad';
import { loadModel, saveModel } from 'wasmgrad/io';
import { gelu } from 'wasmgrad/ops';
await init({ seed: 1 });
const net = sequential([2], [dense(3, { activation: gelu, kernelRegularizer: l2(0.1) }), dense(1)]);
const optimizer = averageWeights(0.9, adamW(cosineDecay(0.1, { decaySteps: 9 })));
const bytes = await saveModel(net.compile({ optimizer, loss: huber(), metrics: [rmse()] }));
const again = await saveModel(await loadModel(bytes));
console.log(Buffer.compare(bytes, again));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
  expect(stderr + stdout).toBe('0\n');
});
