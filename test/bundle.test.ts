// What bundlers leave of the package: a program ships only what it uses. Sizes are in npm run size. Reads dist/.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MODULES } from '../bindings/instructions.js';
import { BUNDLERS, byLoading } from '../scripts/bundle.mjs';
import { encode } from '../scripts/wasm-text.mjs';

const SIDES = Object.keys(MODULES).filter((module) => module !== 'main');

/** A text that is in a bundle only if the export of that name is used. */
const TRACES = {
  adam: '"adamUpdate"',
  adagrad: '"adagradUpdate"',
  rmsprop: '"rmspropUpdate"',
  lbfgs: 'lbfgs',
  newton: 'newton',
  minimize: '"minimize"',
  hessian: 'jacobian: ',
  gradCheck: 'gradCheck',
  jit: 'what the jitted function returns',
  vmap: 'has no batch rule',
  customVjp: 'customVjp',
  treeMap: 'treeMap',
  earlyStopping: 'earlyStopping',
  linspace: 'linspace',
  flatten: 'kind:"flatten"',
  rescaling: 'kind:"rescaling"',
};

/** The same for wasmgrad/ops. */
const OP_TRACES = {
  einsum: 'einsum',
  concat: 'concat along axis',
  slice: 'slice of',
  take: '"take"',
  sort: '"argSort"',
  sin: '"sin"',
  pow: '"pow"',
  where: 'where: the condition',
  cumSum: '"cumSum"',
  rsqrt: '"rsqrt"',
};

const exports = (names: readonly string[], from: string) => `export { ${names.join(', ')} } from '${from}';\n`;

const train = (from: string, options = '') => `
import { dense, init, sequential, sgd } from '${from}';
const { backend, reason = '' } = await init({ seed: 1, ${options} });
const model = sequential([1], [dense(1)]);
model.compile({ optimizer: sgd(0.1), loss: 'meanSquaredError' });
await model.fit([[0], [1], [2]], [[1], [3], [5]], { epochs: 300, batchSize: 'full' });
export const result = { backend, reason, seven: model.predict([3]).item() };
`;

/** Functions bring along their kernels: all of these have one. */
const functions = (from: string, ops: string, options = '') => `
import { init, tensor } from '${from}';
import { ${FUNCTIONS.join(', ')} } from '${ops}';
await init({ ${options} });
const [x, at] = [tensor([[3, 1, 2]]), tensor([2, 0], undefined, 'int32')];
const round2 = (t) => t.toArray().flat().map((v) => Math.round(v * 100) / 100);
export const result = {
  sort: round2(sort(x)),
  take: round2(take(x, at, 1)),
  scatterAdd: round2(scatterAdd(x, at, tensor([[10, 20]]), 1)),
  cumSum: round2(cumSum(x)),
  concat: round2(concat([x, x], 1)),
  where: round2(where(x.greater(1), x, 0)),
  sin: round2(sin(x)),
  erf: round2(erf(x)),
  pow: round2(pow(x, 3)),
};
`;
const FUNCTIONS = ['concat', 'cumSum', 'erf', 'pow', 'scatterAdd', 'sin', 'sort', 'take', 'where'];

import { THOROUGH } from './thorough.js';

type Files = Awaited<ReturnType<(typeof BUNDLERS)[string]>>;

const textOf = (files: Files) => files.map(({ text }) => text).join('\n');

/** What a program exports when only these files of it are there. */
async function run(files: Files) {
  const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-bundle-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
  try {
    return await import(/* @vite-ignore */ pathToFileURL(join(folder, 'program.js')).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.each(Object.entries(BUNDLERS).filter(([name]) => THOROUGH || name === 'esbuild'))('%s', (_, bundler) => {
  /** Bundles by program: several tests look at one. */
  const bundles = new Map<string, Promise<Files>>();
  const bundle = (program: string): Promise<Files> => {
    if (!bundles.has(program)) bundles.set(program, bundler(program));
    return bundles.get(program)!;
  };

  it('leaves out what a program does not use', async () => {
    const [all, some] = [
      textOf(await bundle(exports(Object.keys(TRACES), 'wasmgrad') + exports(Object.keys(OP_TRACES), 'wasmgrad/ops'))),
      textOf(byLoading(await bundle(train('wasmgrad'))).first),
    ];
    const traces = [...Object.values(TRACES), ...Object.values(OP_TRACES)];
    expect(traces.filter((trace) => all.includes(trace))).toEqual(traces);
    expect(traces.filter((trace) => some.includes(trace))).toEqual([]);
  });

  it('has a side module only with the functions that need it', async () => {
    const texts = SIDES.map((side) => encode(readFileSync(`build/sides/${side}.wasm`)));
    const has = async (program: string): Promise<string[]> => {
      const all = textOf(await bundle(program));
      return SIDES.filter((_, i) => all.includes(texts[i]!));
    };
    expect(await has(train('wasmgrad'))).toEqual([]);
    expect(await has(exports(['concat', 'exp', 'matMul'], 'wasmgrad/ops'))).toEqual([]);
    expect(await has(exports(['sin'], 'wasmgrad/ops'))).toEqual(['curves']);
    expect(await has(exports(['cumSum'], 'wasmgrad/ops'))).toEqual(['indexing']);
    expect(await has(exports(['qr'], 'wasmgrad/ops'))).toEqual(['linalg']);
    expect(await has(exports(['conv2d'], 'wasmgrad/ops'))).toEqual(['convolution']);
    expect(await has(exports(['permutation', 'randomNormal'], 'wasmgrad'))).toEqual(['indexing', 'chance']);
    expect(await has(exports(['batchNorm'], 'wasmgrad'))).toEqual(['columns']);
    expect(await has(exports(['layerNorm'], 'wasmgrad'))).toEqual(['normalization', 'columns']);
    expect(await has(exports(['avgPool1d', 'maxPool2d'], 'wasmgrad'))).toEqual(['pooling']);
    expect(await has(exports(['batchNorm', 'maxPool2d', 'dropout'], 'wasmgrad/js'))).toEqual([]);
    expect(await has(exports(['permutation', 'randomNormal'], 'wasmgrad/js'))).toEqual([]);
    expect(await has(functions('wasmgrad', 'wasmgrad/ops'))).toEqual(['indexing', 'curves']);
    expect(await has(functions('wasmgrad/js', 'wasmgrad/js/ops'))).toEqual([]);
  });

  it('has of a namespace of ops what is used of it', async () => {
    const names = `import * as ops from 'wasmgrad/ops';\nexport const root = (x) => ops.rsqrt(ops.exp(x));`;
    const [named, whole] = [
      textOf(await bundle(exports(['exp', 'rsqrt'], 'wasmgrad/ops'))),
      textOf(await bundle(names)),
    ];
    expect(Object.values(OP_TRACES).filter((trace) => whole.includes(trace))).toEqual([OP_TRACES.rsqrt]);
    expect(Math.abs(whole.length - named.length)).toBeLessThan(100);
  });

  it('has no wasm in wasmgrad/js', async () => {
    const [wasm, js] = [textOf(await bundle(train('wasmgrad'))), textOf(await bundle(train('wasmgrad/js')))];
    expect([wasm, js].map((text) => /WebAssembly\.[a-z]/.test(text))).toEqual([true, false]);
  });

  it.each([
    ['wasmgrad', '', 'wasm'],
    ['wasmgrad', "backend: 'js'", 'js'],
    ['wasmgrad/js', '', 'js'],
  ])('makes a program of %s that runs with { %s } on %s', async (from, options, backend) => {
    const { result } = await run(await bundle(train(from, options)));
    expect(result.backend).toBe(backend);
    expect(result.seven).toBeCloseTo(7, 3);
  });

  it.each([
    ['wasmgrad', 'wasmgrad/ops', ''],
    ['wasmgrad', 'wasmgrad/ops', "backend: 'js'"],
    ['wasmgrad/js', 'wasmgrad/js/ops', ''],
    ['wasmgrad/js', 'wasmgrad/ops', ''],
  ])('gives a program of %s with %s its kernels, with { %s }', async (from, ops, options) => {
    expect((await run(await bundle(functions(from, ops, options)))).result).toEqual({
      sort: [1, 2, 3],
      take: [2, 3],
      scatterAdd: [23, 1, 12],
      cumSum: [3, 4, 6],
      concat: [3, 1, 2, 3, 1, 2],
      where: [3, 0, 2],
      sin: [0.14, 0.84, 0.91],
      erf: [1, 0.84, 1],
      pow: [27, 1, 8],
    });
  });

  it('says so if functions without side modules meet a wasm that needs them', async () => {
    await expect(run(await bundle(functions('wasmgrad', 'wasmgrad/js/ops')))).rejects.toThrow(
      "imported from 'wasmgrad/js' or 'wasmgrad/js/ops' has no kernels for the wasm of 'wasmgrad'",
    );
  });

  it('loads no more than it needs', async () => {
    const { first, later } = byLoading(await bundle(train('wasmgrad')));
    expect(later.length).toBeGreaterThanOrEqual(2); // the TypeScript kernels, and the code that chooses a build
    expect((await run(first)).result.backend).toBe('wasm');
    expect(textOf(first)).not.toContain('"log1p"'); // nor a function's twin
    expect(byLoading(await bundle(train('wasmgrad/js'))).later).toEqual([]);
  });

  it('says so if what it needs later is not there', async () => {
    const without = async (options: string) => run(byLoading(await bundle(train('wasmgrad', options))).first);
    await expect(without("backend: 'js'")).rejects.toThrow('the TypeScript kernels could not be loaded: ');
    await expect(without("module: 'file:///nowhere'")).rejects.toThrow(
      /^the module given to init cannot run here: the code for .* could not be loaded: .*, and the TypeScript kernels could not be loaded: /,
    );
    const { result } = await without('threads: 2');
    expect(result).toMatchObject({
      backend: 'wasm',
      reason: expect.stringMatching(/^the code for threads, relaxed SIMD and other modules could not be loaded/),
    });
  });
});
