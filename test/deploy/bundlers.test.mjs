// examples/bundlers: the packed tarball through four bundlers, in Node and in a page.

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { BUILDS, buildAll, runInNode, scriptsOf } from '../../examples/bundlers/builds.js';
import { serve } from '../../examples/page/server.js';
import { encode } from '../../scripts/wasm-text.mjs';
import { skip, withPage } from './chromium.mjs';

const folder = new URL('../../examples/bundlers/', import.meta.url);

/** What the program prints in a page of its own. */
async function runInPage(name) {
  const server = await serve(0, { folders: { '/': new URL(`build/${name}/`, folder) } });
  try {
    return await withPage(async (page) => {
      const failure = new Promise((_, reject) => page.once('pageerror', reject));
      const message = page.waitForEvent('console', (m) => m.type() === 'log');
      await page.goto(`http://localhost:${server.address().port}/?threads=2`);
      return JSON.parse((await Promise.race([message, failure])).text());
    });
  } finally {
    server.close();
  }
}

function assertLearned({ loss, predictions, runtime }) {
  assert.equal(runtime.backend, 'wasm');
  assert.ok(loss < 0.01, `loss ${loss}`);
  assert.deepEqual(predictions.map(Math.round), [0, 1, 1, 0]);
}

const inNode = Object.keys(BUILDS).filter((name) => BUILDS[name]);
const pages = ['vite', 'webpack', 'esbuild', 'rollup'];

/**
 * Those that see a file in `new URL('x.wasm', import.meta.url)`. For the others it is missing, and runtimeInfo says so.
 */
const emits = (name) => name.startsWith('vite') || name.startsWith('webpack');

function assertThreads(name, { threads, reason }) {
  if (emits(name)) assert.deepEqual([threads, reason], [2, undefined]);
  else assert.match(`${threads}: ${reason}`, /^1: not with 2 threads: .*(ENOENT|threads\.wasm answered 404)/);
}

/** The kernels of a build as they are inlined; a minifier may have escaped quotes. */
const inlined = (name) => encode(readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url)));

describe('examples/bundlers', () => {
  let expected;
  before(() => {
    buildAll();
    expected = runInNode('esbuild');
  });

  for (const name of inNode) {
    it(`${name}: learns in Node`, () => {
      const result = runInNode(name);
      assertLearned(result);
      assert.deepEqual(result, expected);
      const { runtime, ...learned } = runInNode(name, 2);
      assert.deepEqual({ ...learned, runtime: expected.runtime }, expected);
      assertThreads(name, runtime);
    });
  }

  for (const name of pages) {
    it(`${name}: learns in a page`, { skip }, async () => {
      const { runtime, ...learned } = await runInPage(name);
      assert.deepEqual({ ...learned, runtime: expected.runtime }, expected);
      assertThreads(name, runtime);
    });
  }

  it('esbuild: has threads once their kernels lie beside the bundle', () => {
    const beside = new URL('build/esbuild/threads.wasm', folder);
    copyFileSync(new URL('node_modules/wasmgrad/dist/threads.wasm', folder), beside);
    const { runtime } = runInNode('esbuild', 2);
    rmSync(beside);
    assert.deepEqual([runtime.threads, runtime.reason], [2, undefined]);
  });

  for (const name of pages) {
    it(`${name}: inlines the kernels of one thread, and no others`, () => {
      const text = scriptsOf(name).replaceAll('\\', '');
      assert.ok(text.includes(inlined('small')), 'the kernels are not in the script');
      for (const other of ['core', 'threads', 'relaxed-threads'])
        assert.ok(!text.includes(inlined(other)), `${other} is in it`);
    });
  }
});
