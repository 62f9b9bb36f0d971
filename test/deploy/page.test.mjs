// examples/page: trains in a worker while the page draws, with threads and without.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serve } from '../../examples/page/server.js';
import { skip, withPage } from './chromium.mjs';

/** Opens the page and waits until it has trained. */
async function trained({ isolated, threads }) {
  const server = await serve(0, { isolated });
  try {
    return await withPage(async (page) => {
      page.on('pageerror', (error) => assert.fail(error));
      await page.goto(`http://localhost:${server.address().port}/?threads=${threads}`);
      const result = await page.waitForFunction(() => globalThis.result, undefined, { timeout: 120_000 });
      const status = await page.textContent('#status');
      return { ...(await result.jsonValue()), status };
    });
  } finally {
    server.close();
  }
}

describe('examples/page', { skip }, () => {
  let expected;
  for (const [name, options, threads] of [
    ['one thread', { isolated: true, threads: 1 }, 1],
    ['two threads, isolated', { isolated: true, threads: 2 }, 2],
    ['not isolated', { isolated: false, threads: 2 }, 1],
  ]) {
    it(`${name}: learns, and the page goes on drawing`, async (t) => {
      const { failure, losses, frames, runtime, accuracy, status } = await trained(options);
      assert.equal(failure, undefined);
      assert.deepEqual([runtime.backend, runtime.threads], ['wasm', threads]);
      if (!options.isolated) assert.match(runtime.reason, /not cross-origin isolated/);
      expected ??= losses;
      assert.deepEqual(losses, expected, 'the bits depend on the threads');
      assert.ok(losses.at(-1) < losses[0] / 10, `loss from ${losses[0]} to ${losses.at(-1)}`);
      assert.ok(accuracy > 0.98, `accuracy ${accuracy}`);
      assert.ok(frames.length > 20, `${frames.length} frames`);
      const late = frames.filter((ms) => ms > 200);
      assert.ok(late.length <= frames.length / 100, `of ${frames.length} frames, these took over 200 ms: ${late}`);
      t.diagnostic(status.replaceAll('\n', ', '));
    });
  }
});
