// Models kept by a page: in IndexedDB and the page's own file system, over a reload; as a download; and loaded from
// what fetch returns and from a file that the user chose.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { skip, withPage } from './chromium.mjs';

/** Serves an empty page, and dist/ beside it. */
async function serve() {
  const server = createServer(async ({ url }, answer) => {
    if (url === '/')
      return void answer.setHeader('content-type', 'text/html').end('<!doctype html><title>files</title>');
    const file = await readFile(new URL(`../../dist/${basename(url)}`, import.meta.url)).catch(() => undefined);
    if (!file) return void answer.writeHead(404).end();
    answer.setHeader('content-type', url.endsWith('.js') ? 'text/javascript' : 'application/octet-stream').end(file);
  });
  await new Promise((resolve) => server.listen(0, resolve));
  return server;
}

/** In the page: makes a model, and keeps it wherever a page can; returns its weights. */
async function keep() {
  const { dense, init, sequential } = await import('/wasmgrad.js');
  const { indexedDb, opfs, saveModel, download } = await import('/io.js');
  await init({ seed: 1 });
  const net = sequential([3], [dense(4, { activation: 'tanh' }), dense(2)]);
  await saveModel(net, indexedDb('net'));
  await saveModel(net, opfs('models/deep/net.safetensors'));
  await saveModel(net, opfs('models/deep/net.safetensors')); // replaces it
  await saveModel(net, download('net.safetensors'));
  return net.getWeights().map((w) => w.toArray());
}

/** In the page, after it was loaded anew: the weights of the model from everywhere. */
async function load(bytes) {
  const { init } = await import('/wasmgrad.js');
  const { indexedDb, loadModel, opfs } = await import('/io.js');
  await init({ seed: 2 });
  const file = new File([Uint8Array.from(bytes)], 'net.safetensors');
  const answer = fetch(URL.createObjectURL(file));
  const sources = { indexedDb: indexedDb('net'), opfs: opfs('models/deep/net.safetensors'), file, answer };
  const weights = {};
  for (const [name, from] of Object.entries(sources)) {
    weights[name] = (await loadModel(from)).getWeights().map((w) => w.toArray());
  }
  const missing = [];
  for (const from of [indexedDb('none'), opfs('none')])
    await loadModel(from).catch((error) => missing.push(error.name));
  return { weights, missing };
}

describe('a page keeps models', { skip }, () => {
  it('in IndexedDB, its own file system and downloads, and loads them from there, files and answers', async () => {
    const server = await serve();
    try {
      await withPage(async (page) => {
        page.on('pageerror', (error) => assert.fail(error));
        await page.goto(`http://localhost:${server.address().port}/`);
        const downloading = page.waitForEvent('download');
        const expected = await page.evaluate(keep);
        const downloaded = await downloading;
        assert.equal(downloaded.suggestedFilename(), 'net.safetensors');
        const bytes = await readFile(await downloaded.path());
        await page.reload();
        const { weights, missing } = await page.evaluate(load, [...bytes]);
        for (const name of ['indexedDb', 'opfs', 'file', 'answer']) assert.deepEqual(weights[name], expected, name);
        assert.deepEqual(missing, ['FileError', 'FileError']);
      });
    } finally {
      server.close();
    }
  });
});
