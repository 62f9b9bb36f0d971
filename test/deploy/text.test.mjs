// The examples that read and write text, for a part of their time.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const run = (...args) => execFileSync(process.execPath, ['examples/run.js', ...args], { cwd, encoding: 'utf8' });
const lossesOf = (text) => [...text.matchAll(/: loss (\d\.\d+),/g)].map(([, loss]) => Number(loss));

describe('examples of text', () => {
  it('moby-gpt learns from a novel that it installs, and goes on with what it kept', () => {
    const out = run('moby-gpt', '60');
    const [first, second] = lossesOf(out);
    assert.ok(second < first && second < 6.5, out); // ln 1024 is 6.9
    assert.match(out, /written at \d+ tokens\/s/);
    const [third] = lossesOf(run('moby-gpt', '30', '--resume'));
    assert.ok(third < first, `${third} after ${first}`);
  });

  it('sums adds numbers that it has never seen', () => {
    const out = run('sums', '800');
    assert.match(out, /^ *\d+\+ *\d+= \d+ ✓/m);
    assert.ok(Number(/gets right: ([\d.]+)\n$/.exec(out)?.[1]) > 0.95, out);
  });

  it('spam tells mails that it installs better than naive Bayes, which beats a guess', () => {
    const out = run('spam');
    const accuracy = (way) => Number(new RegExp(`${way} +([\\d.]+)`).exec(out)?.[1]);
    assert.ok(accuracy('all is ham') < 0.8 && accuracy('naive Bayes') > 0.95, out);
    assert.ok(accuracy('mean of words') > accuracy('naive Bayes'), out);
    const words = /speak for spam: \w+ ([\d.]+).*\n.*speak for ham: \S+ (-[\d.]+)/.exec(out);
    assert.ok(words?.[1] > 5 && words[2] < -5, out); // of single words; without the mask 0.5
  });
});
