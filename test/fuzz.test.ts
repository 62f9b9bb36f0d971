// The fuzzer itself: its table has every op, a few cases of every kind pass, and planted errors are found and shrunk.

import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { ProgramCache } from '../bindings/cache.js';
import * as library from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import type { Program } from '../bindings/program.js';
import { Tensor } from '../bindings/tensor.js';
import { search } from './fuzz/fuzz.js';
import { KINDS, type Kind, recipesOf } from './fuzz/kinds.js';
import { checkNet } from './fuzz/nets.js';
import { PLANTS } from './fuzz/plants.js';
import { OPS, OTHER_EXPORTS, OTHER_METHODS } from './fuzz/table.js';
import { THOROUGH } from './thorough.js';

describe('the table of the fuzzer', () => {
  const named = (method: boolean) => new Set(OPS.filter((op) => op.method === method).map(({ name }) => name));

  it('has every method of Tensor, or says why not', () => {
    const methods = Object.getOwnPropertyNames(Tensor.prototype);
    expect([...named(true), ...Object.keys(OTHER_METHODS)].sort()).toEqual(methods.sort());
  });

  it('has every export, or says why not', () => {
    const functions = Object.keys(ops).filter((name) => !named(true).has(name));
    const exports = new Set([...Object.keys(library), ...functions]);
    expect([...named(false), ...Object.keys(OTHER_EXPORTS)].sort()).toEqual([...exports].sort());
  });
});

const CASES = {
  graphs: 80,
  derivatives: 80,
  batches: 80,
  loops: 100,
  effects: 150,
  models: 4,
  nets: 25,
  images: 15,
  descents: 100,
  order: 100,
};

describe('a few cases of every kind', () => {
  it.each(Object.values(KINDS).map((kind) => [kind.name, kind as Kind] as const))('%s', async (name, kind) => {
    const { found } = await search(kind, { seed: 1, cases: CASES[name as keyof typeof CASES] });
    expect(found?.error, found?.text).toBeUndefined();
  });
});

/** Trainings whose loss leaves the range of float32, and differences those of float64. */
it.each([
  [0, 0, 8, 0, 157, 789, 8, 3231, 9992, 9995, 5647, 9633, 7, 6733, 5663],
  [0, 0, 7, 0, 0, 0, 0, 1205, 7, 6733, 5663],
])('nets that diverge are passed over: %i, %i, %i …', async (...numbers) => {
  const net = { numbers, optimizer: 3, sampleWeight: false, samples: 5, batchSize: 1, epochs: 2, seed: 6 };
  await expect(checkNet(net)).resolves.toBeUndefined();
});

/** Drops all programs that are kept: those that were made with a planted error would be found again without it. */
function forgetPrograms(): void {
  const cache = new ProgramCache<string, { readonly program: Program }>();
  const huge = { bytes: Infinity, turn: Infinity, dispose: () => {} };
  cache.keep('huge', { program: huge as unknown as Program });
  cache.clear();
}

describe('the fuzzer finds, and shrinks to a few lines, that', () => {
  afterEach(forgetPrograms);

  /** The commonest ops, and those that a plant is about. */
  const kindsOf = (among: readonly string[]) => {
    const names = ['add', 'mul', 'sum', 'reshape', 'exp', ...among];
    return { ...KINDS, ...recipesOf(OPS.filter(({ name }) => names.includes(name))) };
  };

  it.each(THOROUGH ? PLANTS : PLANTS.filter((_, i) => i % 6 === 0))(
    '$name',
    async ({ kind: name, size, seed = 1, among, plant }) => {
      const kind = (among && !THOROUGH ? kindsOf(among) : KINDS)[name] as Kind;
      const undo = plant();
      // One op more in the table makes other programs of a seed: there are four more.
      let found: Awaited<ReturnType<typeof search>>['found'];
      try {
        for (let more = 0; more < 5 && !(found && found.size <= size); more++) {
          ({ found } = await search(kind, { seed: seed + more, cases: 3000 }));
          forgetPrograms();
        }
      } finally {
        undo();
      }
      forgetPrograms();
      expect(found).toBeDefined();
      expect(found!.size).toBeLessThanOrEqual(size);
      expect(await search(kind, { seed: 2, cases: 5 }), 'without it').not.toHaveProperty('found');
    },
  );
});

describe('npm run fuzz', () => {
  const fuzz = (...args: string[]) =>
    spawnSync(process.execPath, ['test/fuzz/index.js', ...args], { encoding: 'utf8' });

  it('says what was done, and with which seed', () => {
    const { status, stdout } = fuzz('--seconds', '1', '--seed', '7', '--kind', 'descents,order');
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/^seed 7\nno differences in descents \d+ .*, order \d+/),
    ]);
  });

  it('refuses what it does not know', () => {
    const { status, stderr } = fuzz('--kind', 'nothing');
    expect([status, stderr]).toEqual([2, expect.stringMatching(/there is no kind 'nothing'/)]);
  });
});
