// Every suite of the benchmarks still runs, and its results are right: suites check these before they time anything.
// Peers are not here: they install packages.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { THOROUGH } from './thorough.js';

const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** They take seconds. */
const LONG = ['limits', 'steps', 'threads'];

interface Row {
  readonly suite: string;
  readonly name: string;
  readonly median: number;
}

function rowsOf(suite: string): Row[] {
  const json = join(folder, `${suite}.json`);
  execFileSync(process.execPath, ['bench/index.js', suite, '--smoke', '--json', json], { stdio: 'pipe' });
  return JSON.parse(readFileSync(json, 'utf8')).rows;
}

const bench = (...args: string[]) => spawnSync(process.execPath, ['bench/index.js', ...args], { encoding: 'utf8' });

describe('bench', () => {
  const SUITES: Record<string, string> = {
    limits: 'multiply and add',
    sweep: '5x5x5 AB',
    gemm: '256x256x256 AᵀB',
    steps: 'xor through fit',
    threads: '1024x1024x1024 AB',
    small: 'jitted a + b',
    fusion: 'fused: 2-8 sigmoid, batch 4',
    trainer: 'dropout, against none',
  };

  const some = Object.entries(SUITES).filter(([suite]) => THOROUGH || !LONG.includes(suite));
  it.each(some)('%s runs, is right and reports numbers', (suite, name) => {
    const rows = rowsOf(suite);
    expect(rows.map((row) => row.name)).toContain(name);
    for (const row of rows) expect(row.median, row.name).toBeGreaterThan(0);
  });

  it('says what is wrong with its arguments', () => {
    const refused = (...args: string[]) => {
      const { status, stderr } = bench(...args);
      return `${status}: ${stderr.split('\n')[0]}`;
    };
    expect(refused('nonesuch')).toBe(
      "2: there is no suite 'nonesuch'; the suites are limits, sweep, gemm, steps, threads, small, fusion, scan, trainer, peers",
    );
    expect(refused('steps', '--threads', '0')).toBe('2: --threads 0: expected a whole number from 1 on');
    expect(refused('steps', '--peer', 'jax-js')).toContain('2: --workload and --peer choose');
    expect(refused('peers', '--workload', 'nonesuch')).toContain("2: there is no workload 'nonesuch'; there are mlp32");
  });
});
