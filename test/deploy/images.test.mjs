// The examples that see, on a part of their data, so that each takes seconds.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const run = (...args) => execFileSync(process.execPath, ['examples/run.js', ...args], { cwd, encoding: 'utf8' });
const numberIn = (text, pattern) => Number(pattern.exec(text)?.[1]);

describe('examples of images', () => {
  it('digits-cnn reads digits', () => {
    const out = run('digits-cnn', '1000');
    assert.match(out, /conv2d_1 \(conv2d\)/);
    assert.ok(numberIn(out, /test accuracy: (0\.\d+)\n$/) > 0.93, out);
  });

  it('fashion-cnn sorts clothes, whose pictures it installs', () => {
    const out = run('fashion-cnn', '2000');
    assert.match(out, /taken for \S+, is \S+/);
    assert.ok(numberIn(out, /test accuracy: (0\.\d+)\n$/) > 0.7, out);
  });

  it('autoencoder brings digits through 16 numbers', () => {
    assert.ok(numberIn(run('autoencoder', '2000'), /it keeps (\d+\.\d) %\n$/) > 55);
  });

  it('fine-tune learns more from a trained trunk than from nothing', () => {
    const out = run('fine-tune');
    const [tuned, fresh] = [numberIn(out, /frozen trunk +(0\.\d{4})\n/), numberIn(out, /from nothing +(0\.\d{4})\n/)];
    assert.ok(tuned > 0.9 && tuned > fresh, `${tuned}, from nothing ${fresh}`);
  });

  it('gan-digits draws', () => {
    const out = run('gan-digits', '40');
    assert.match(out, /step 40: loss of the discriminator \d\.\d{3}, of the generator \d\.\d{3}/);
    assert.match(out, /[░▒▓█]/);
  });
});
