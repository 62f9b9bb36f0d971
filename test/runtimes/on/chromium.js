// Chromium, the system's. Each check is a page of its own, under the headers that it names; the page does one job
// (page/page.js) and writes what came of it to the console.

import assert from 'node:assert/strict';
import { chromiumPath, noChromium } from '../../chromium.js';
import { expectFallback, expectOneThread, expectWasm } from '../expect.js';
import { installed } from '../install.js';
import { Missing } from '../missing.js';
import { bundleOps } from '../page/bundle-ops.js';
import { serve } from '../page/server.js';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const TIME_LIMIT_MS = 120_000;

/** A busy machine can hold up a page, too: what blocks the page itself does so every time. */
const SMOOTH_ATTEMPTS = 6;

const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
const csp = (scripts) => ({ 'Content-Security-Policy': `script-src ${scripts}` });

/** Opens a page under `headers` and waits for what it writes: what its job came to. */
async function runPage(browser, url) {
  const page = await browser.newPage();
  try {
    return await new Promise((resolve, reject) => {
      page.setDefaultTimeout(TIME_LIMIT_MS);
      page.on('console', (message) => {
        const [, kind, json] = /^(result|error) (.*)/s.exec(message.text()) ?? [];
        if (kind === 'result') resolve(JSON.parse(json));
        if (kind === 'error') reject(new Error(json));
      });
      page.on('pageerror', reject);
      page.on('crash', () => reject(new Error('the page crashed')));
      setTimeout(() => reject(new Error(`nothing came within ${TIME_LIMIT_MS / 1000} s`)), TIME_LIMIT_MS).unref();
      page.goto(url).catch(reject);
    });
  } finally {
    await page.close();
  }
}

export const chromium = {
  name: 'chromium',
  threads: true,
  async start(folder) {
    if (!chromiumPath) throw new Missing(noChromium);
    const { exports } = await installed('playwright-core');
    const browser = await exports.chromium.launch({ executablePath: chromiumPath, args: FLAGS });
    const server = await serve(folder);
    await bundleOps(folder);
    const job = (name, options, headers = {}) => runPage(browser, server.url({ job: name, options, headers }));
    const train = (options, headers) => job('train', options, headers);
    return {
      version: browser.version(),
      train: (options) => train(options, ISOLATED),
      checks: checks(job, train),
      stop: async () => {
        await browser.close();
        server.close();
      },
    };
  },
};

const checks = (job, train) => ({
  "CSP script-src 'self'": async () => expectFallback(await train({}, csp("'self'"))),
  "CSP script-src 'self' 'wasm-unsafe-eval'": async () => expectWasm(await train({}, csp("'self' 'wasm-unsafe-eval'"))),
  'threads without isolation': async () => expectOneThread(await train({ threads: 2 }), /not cross-origin isolated/),
  'threads where CSP allows no worker from a blob': async () =>
    expectOneThread(await train({ threads: 2 }, { ...ISOLATED, ...csp("'self' 'wasm-unsafe-eval'") }), /worker/),
  'the file for CDNs': async () => expectWasm(await job('train from cdn file', {})),
  'in a Web Worker': async () => expectWasm(await job('train in worker', {})),
  'in a Web Worker, 2 threads': async () => expectWasm(await job('train in worker', { threads: 2 }, ISOLATED), 2),
  'fit on the main thread blocks it for 50 ms at most': () => smooth(job),
  'the op suite': async () => {
    const { passed, failed } = await job('ops', {});
    assert.equal(failed.length, 0, failed.slice(0, 5).join('\n'));
    assert.ok(passed > 500, `only ${passed} tests`);
    return { says: `${passed} tests` };
  },
});

async function smooth(job) {
  for (let attempt = 1; ; attempt++) {
    const { blocked, longest, epochs, milliseconds } = await job('smooth', {});
    const says = `${epochs} epochs in ${milliseconds} ms, ${longest} ms between two frames at most`;
    if (blocked.length === 0) return { says };
    assert.ok(attempt < SMOOTH_ATTEMPTS, `tasks of ${blocked.join(', ')} ms`);
  }
}
