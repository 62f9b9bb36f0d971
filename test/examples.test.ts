// Every example, run as a user runs it.

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const run = (name: string): string => execFileSync(process.execPath, ['examples/run.js', name], { encoding: 'utf8' });

describe('example', () => {
  it('digits learns to read handwriting, without a terminal in plain lines', () => {
    const out = run('digits');
    expect(out).toMatch(/^epoch 1: [\d.]+ s, [\d,]+ samples\/s, loss \d\.\d{4}, accuracy 0\.\d{4}$/m);
    expect(out).not.toContain('\u001b');
    const accuracy = Number(/test accuracy: (0\.\d{4})\n$/.exec(out)?.[1]);
    expect(accuracy).toBeGreaterThanOrEqual(0.96);
  });

  it('xor prints the truth table that it has learned', () => {
    const rows = [...run('xor').matchAll(/(\d) xor (\d) = ([\d.]+)/g)];
    expect(rows).toHaveLength(4);
    for (const [, a, b, p] of rows) expect(Math.round(Number(p))).toBe(Number(a) ^ Number(b));
  });

  it('delta prints what test/delta.test.ts computes by hand', () => {
    const out = run('delta');
    expect(out).toContain('L = 0.572582');
    expect(out).toContain('δ  = [[0.10155,-0.123679]]');
    expect(out).toContain('after one step: L = 0.548239');
  });

  it('of an unknown name lists those that there are', () => {
    expect(() => run('nonesuch')).toThrow(/There is no example 'nonesuch'. There are: delta, digits, xor/);
  });
});
