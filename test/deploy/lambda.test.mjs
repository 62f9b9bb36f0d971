// examples/lambda: the handler, with weights that the example's own script has trained.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { coldStarts, INVOKE } from '../../examples/lambda/cold-start.js';
import { loadDigits } from '../../examples/lib/mnist.js';

const folder = fileURLToPath(new URL('../../examples/lambda', import.meta.url));
const COUNT = 200;

describe('examples/lambda', () => {
  let handler;
  before(async () => {
    execFileSync(process.execPath, ['../lib/train-digits.js', 'weights.bin'], { cwd: folder });
    ({ handler } = await import('../../examples/lambda/handler.js'));
  });

  it('reads digits that it has never seen', async () => {
    const { images, labels } = loadDigits({ train: 8000, test: 2000, seed: 7 }).test;
    let right = 0;
    for (let i = 0; i < COUNT; i++) {
      const pixels = [...images.subarray(i * 784, (i + 1) * 784)];
      const { statusCode, headers, body } = await handler({ body: JSON.stringify({ pixels }) });
      assert.deepEqual([statusCode, headers], [200, { 'content-type': 'application/json' }]);
      const { digit, probability } = JSON.parse(body);
      assert.ok(probability > 0.1 && probability <= 1, `probability ${probability}`);
      right += digit === labels[i];
    }
    assert.ok(right > 0.9 * COUNT, `${right} of ${COUNT} are right`);
  });

  it('answers 400 to what is no digit, and says why', async () => {
    const answer = async (body) => {
      const response = await handler({ body });
      return [response.statusCode, JSON.parse(response.body).error];
    };
    assert.deepEqual(await answer('{"pixels":[1,2]}'), [400, 'x has the shape [1, 2]; expected [n, 784]']);
    assert.equal((await answer('{'))[0], 400);
  });

  it('starts cold', (t) => {
    const { empty, handler: cold } = coldStarts({ empty: '', handler: INVOKE }, 5);
    t.diagnostic(`first prediction ${(cold - empty).toFixed(0)} ms above an empty process`);
  });
});
