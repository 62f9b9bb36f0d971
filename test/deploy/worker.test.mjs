// examples/cloudflare-worker in workerd, built from the packed tarball.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { init } from '../../dist/wasmgrad.js';
import { install } from '../../examples/lib/install.js';
import { loadDigits } from '../../examples/lib/mnist.js';

const folder = fileURLToPath(new URL('../../examples/cloudflare-worker', import.meta.url));
const COUNT = 100;

await init(); // the digits are shuffled
const { train, test } = loadDigits({ train: 8000, test: 2000, seed: 7 });
const rows = ({ images }, count) =>
  Array.from({ length: count }, (_, i) => [...images.subarray(i * 784, (i + 1) * 784)]);

describe('examples/cloudflare-worker', () => {
  let worker;
  before(async () => {
    install(folder);
    execFileSync('npm', ['run', '-s', 'build'], { cwd: folder, stdio: 'pipe', shell: process.platform === 'win32' });
    const { serve } = await import('../../examples/cloudflare-worker/serve.js');
    worker = serve(0);
  });
  after(() => worker?.dispose());

  async function post(path, body) {
    const response = await worker.dispatchFetch(`http://localhost${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return { status: response.status, ...(await response.json()) };
  }

  it('reads digits that it has never seen, many requests at a time, on wasm', async () => {
    const answers = await Promise.all(rows(test, COUNT).map((pixels) => post('/predict', { pixels })));
    for (const { status, backend, digit, probabilities } of answers) {
      assert.deepEqual([status, backend, probabilities.length], [200, 'wasm', 10]);
      assert.equal(probabilities.indexOf(Math.max(...probabilities)), digit);
      assert.ok(Math.abs(probabilities.reduce((a, b) => a + b) - 1) < 1e-5);
    }
    const right = answers.filter(({ digit }, i) => digit === test.labels[i]).length;
    assert.ok(right > 0.85 * COUNT, `${right} of ${COUNT} are right`);
  });

  it('trains, two requests at a time, while it predicts', async () => {
    const samples = rows(train, 1000).map((pixels) => pixels.map((pixel) => pixel / 255));
    const body = { samples, labels: [...train.labels.subarray(0, 1000)] };
    const [one, two, prediction] = await Promise.all([
      post('/train', body),
      post('/train', body),
      post('/predict', { pixels: rows(test, 1)[0] }),
    ]);
    assert.equal(prediction.status, 200);
    for (const { status, accuracy, loss } of [one, two]) {
      assert.equal(status, 200);
      assert.equal(loss.length, 10);
      assert.ok(loss.at(-1) < loss[0] / 4, `loss ${loss}`);
      assert.ok(accuracy > 0.75, `accuracy ${accuracy}`);
    }
  });

  it('says what is wrong with a request, and goes on', async () => {
    const wrong = await post('/predict', { pixels: [1, 2] });
    assert.deepEqual(wrong, { status: 400, error: 'x has the shape [1, 2]; expected [n, 784]' });
    const none = await post('/train', {});
    assert.deepEqual(none, { status: 400, error: 'expected { samples: [[…], …], labels: [class, …] }' });
    const tooMuch = await post('/train', { samples: [new Array(784).fill(0)], labels: [1], epochs: 1e6 });
    assert.match(tooMuch.error, /^1 samples of 784 values, 1000000 epochs: more than 20000000$/);
    const { status } = await worker.dispatchFetch('http://localhost/');
    assert.equal(status, 404);
    assert.equal((await post('/predict', { pixels: rows(test, 1)[0] })).status, 200);
  });

  it('predicts the same from a frozen model, in a smaller script', async () => {
    const { serve } = await import('../../examples/cloudflare-worker/serve.js');
    const frozen = serve(0, 'frozen.js', 'digits.bin');
    const ask = (body) => frozen.dispatchFetch('http://localhost/', { method: 'POST', body: JSON.stringify(body) });
    try {
      for (const pixels of rows(test, 5)) {
        const { digit, probabilities } = await post('/predict', { pixels });
        assert.deepEqual(await (await ask({ pixels })).json(), { digit, probabilities });
      }
      const wrong = await ask({ pixels: [1, 2] });
      assert.equal(wrong.status, 400);
      assert.match((await wrong.json()).error, /2/);
      assert.equal((await frozen.dispatchFetch('http://localhost/')).status, 405);
    } finally {
      await frozen.dispose();
    }
    const [large, small] = ['worker.js', 'frozen.js'].map((file) => readFileSync(`${folder}/build/${file}`).length);
    assert.ok(small < 0.7 * large, `${small} of ${large} bytes`);
  });

  it('imports wasmgrad/core.wasm, for init({ module })', async () => {
    const source = readFileSync(new URL('module-worker.js', import.meta.url), 'utf8');
    const require = createRequire(`${folder}/worker.js`);
    const { outputFiles } = await require('esbuild').build({
      stdin: { contents: source, resolveDir: folder },
      bundle: true,
      format: 'esm',
      loader: { '.wasm': 'copy' },
      assetNames: '[name]',
      outdir: 'out',
      write: false,
    });
    const [script, wasm] = ['.js', '.wasm'].map((end) => outputFiles.find(({ path }) => path.endsWith(end)));
    const modules = [
      { type: 'ESModule', path: 'worker.js', contents: script.text },
      { type: 'CompiledWasm', path: 'core.wasm', contents: wasm.contents },
    ];
    const { Miniflare } = require('miniflare');
    // A date from before Workers had FinalizationRegistry.
    const other = new Miniflare({ modules, compatibilityDate: '2024-01-01' });
    try {
      const { alone, given, sum } = await (await other.dispatchFetch('http://localhost/')).json();
      assert.equal(alone.backend, 'js');
      assert.match(alone.reason, /^WebAssembly with SIMD cannot run here: .*disallowed by embedder/);
      assert.deepEqual([given.backend, given.reason, sum], ['wasm', undefined, 6]);
    } finally {
      await other.dispose();
    }
  });

  it('has no kernels in its script: workerd compiles none at run time', () => {
    const script = readFileSync(`${folder}/build/worker.js`, 'utf8');
    assert.match(script, /from "\.\/core\.wasm"/);
    assert.doesNotMatch(script, /threads\.wasm|relaxed\.wasm/);
    assert.deepEqual(readFileSync(`${folder}/build/core.wasm`), readFileSync('build/core.wasm'));
  });
});
