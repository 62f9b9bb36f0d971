// The arena that the programs of a runner share, and the cache of programs: whatever runs in between, and whatever is
// dropped, the bits are the same.

import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import threadsUrl from '#threads.wasm';
import { ProgramCache } from '../bindings/cache.js';
import * as wg from '../bindings/index.js';
import { Program } from '../bindings/program.js';
import { Arena } from '../bindings/run/arena.js';
import { Memory } from '../bindings/run/memory.js';
import { compile } from '../bindings/run/modules.js';
import { runner } from '../bindings/run/runtime.js';
import { createTeamRunner } from '../bindings/run/team.js';
import { inputOf } from '../bindings/tensor.js';
import { js, js64, wasm } from './harness.js';

const team = await createTeamRunner(await compile(threadsUrl()), 2);

/** A program that a run on one thread and on several gives the same bits for: relu(x·x)·2 + 1, with constants. */
function square(at: typeof wasm, n: number) {
  const x = inputOf('x', [n, n]);
  const out = x.matMul(x).relu().mul(2).add(1);
  return { x, out, program: new Program(at, { outputs: [out], effects: [] }, { inputs: [x] }) };
}

const numbers = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i) / 4);

describe('the arena', () => {
  it('is as large as the largest need, and gone with the last one', () => {
    const memory = new Memory(0, (bytes) => {
      if (bytes > 2 ** 20) throw new RangeError('no more');
      const i = new Int32Array(Math.ceil(bytes / 4));
      return { f: new Float32Array(i.buffer), i };
    });
    const before = memory.used;
    const arena = new Arena(memory);
    const [small, large, other] = [640, 6400, 1280].map((bytes) => arena.reserve(bytes, 'a program'));
    expect(memory.used - before).toBe(6400);
    expect(() => arena.reserve(2 ** 21, 'a huge program')).toThrow(/a huge program: memory could not grow/);
    expect(memory.used - before).toBe(6400);
    arena.release(large!);
    arena.release(large!);
    expect(memory.used - before).toBe(1280);
    arena.release(small!);
    expect(memory.used - before).toBe(1280);
    arena.release(other!);
    expect(memory.used).toBe(before);
  });

  it.each([
    ['wasm', wasm],
    ['wasm on two threads', team],
    ['TypeScript', js],
    ['float64', js64],
  ])('moves with everything that programs know of it, on %s', (_name, at) => {
    const values = numbers(80 * 80);
    const run = ({ program, x, out }: ReturnType<typeof square>): unknown[] => {
      program.write(x, values.subarray(0, x.size));
      program.run(2);
      return [...program.read(out)];
    };
    const first = square(at, 80);
    const expected = run(first);
    const made = [first];
    const addresses = new Set([at.arena.address]);
    for (const n of [90, 100, 110]) {
      made.push(square(at, n)); // its tape lies behind the arena, which must move to grow
      addresses.add(at.arena.address);
      expect(run(first)).toEqual(expected);
    }
    expect(addresses.size).toBeGreaterThan(1);
    for (const { program } of made.splice(1)) program.dispose();
    expect(run(first)).toEqual(expected);
    first.program.dispose();
  });

  it('refuses what would read or run with the values of another program', () => {
    const [a, b] = [square(wasm, 3), square(wasm, 3)];
    const write = ({ program, x }: typeof a) => program.write(x, numbers(9));
    write(a);
    write(b);
    expect(() => a.program.run()).toThrow(/another program ran/);
    b.program.run();
    write(a);
    a.program.run();
    expect(() => b.program.read(b.out)).toThrow(/another program ran/);
    a.program.dispose();
    expect(() => a.program.run()).toThrow(/internal error/);
    expect(() => write(a)).toThrow(/internal error/);
    b.program.dispose();
  });
});

describe.each([
  ['wasm', { backend: 'wasm' }],
  ['wasm on two threads', { backend: 'wasm', threads: 2 }],
  ['TypeScript', { backend: 'js' }],
] as const)('programs in turns, on %s,', (_name, options) => {
  beforeAll(() => wg.init(options));

  const turn: wg.Callback = { onBatchEnd: async () => void (await setImmediate()) };
  const [samples, features] = [150, 96];
  const x = numbers(samples * features);
  const y = Int32Array.from({ length: samples }, (_, i) => i % 10);

  function classifier(units: number, optimizer: wg.Optimizer): wg.Sequential {
    const model = wg.sequential([features], [wg.dense(units, { activation: 'tanh' }), wg.dense(10)]);
    model.compile({ optimizer, loss: 'softmaxCrossEntropy', metrics: ['accuracy'] });
    return model;
  }

  /** Results of each of several jobs, which let the others have their turn after every step. */
  async function results(together: boolean): Promise<unknown[]> {
    await wg.init({ ...options, seed: 7 });
    const models = [
      classifier(64, wg.adam(0.01)),
      classifier(40, wg.sgd(0.1, { momentum: 0.9 })),
      classifier(48, wg.adam()),
    ];
    const [a, b, c] = models as [wg.Sequential, wg.Sequential, wg.Sequential];
    const repeat = async (times: number, step: (k: number) => unknown): Promise<unknown[]> => {
      const made: unknown[] = [];
      for (let k = 0; k < times; k++) {
        made.push(step(k));
        await setImmediate();
      }
      return made;
    };
    const weights = (model: wg.Sequential) => model.getWeights().map((w) => w.toArray());
    const fit = async (model: wg.Sequential, options: wg.FitOptions) => {
      const { history } = await model.fit(x, y, { ...options, shuffle: false });
      return [history, weights(model)];
    };
    const f = wg.jit((t: wg.Tensor) => t.matMul(t.transpose()).softmax().sum(0));
    const valley = (t: wg.Tensor) => t.square().sum().add(t.exp().sum());
    const jobs = [
      () => fit(a, { epochs: 3, batchSize: 64, callbacks: [turn], validationSplit: 0.2 }),
      () => fit(b, { epochs: 20, batchSize: 'full' }),
      () => repeat(20, (k) => c.trainOnBatch(x.subarray(0, (k + 1) * features), y.subarray(0, k + 1))),
      () => repeat(6, (k) => b.predict(x, { batchSize: 20 * (k + 1) }).shape),
      () => repeat(20, (k) => f(wg.tensor(x.subarray(0, (1 + 5 * k) * 12), [1 + 5 * k, 12])).toArray()),
      () =>
        repeat(9, (k) =>
          wg
            .tensor(x.subarray(0, 300 * k + 1))
            .exp()
            .sum()
            .item(),
        ),
      () => repeat(3, (k) => wg.minimize(valley, wg.ones([30 * k + 1]), { steps: 5 }).value),
      () =>
        repeat(
          3,
          (k) =>
            wg.newton(valley, wg.ones([2 * k + 1]), { until: () => f(wg.ones([50, 2])).item !== undefined, steps: 4 })
              .value,
        ),
      () => repeat(3, (k) => wg.lbfgs(valley, wg.ones([9 * k + 1]), { onStep: () => void f(wg.ones([60, 2])) }).value),
    ];
    const made: unknown[] = [];
    if (together) made.push(...(await Promise.all(jobs.map((job) => job()))));
    else for (const job of jobs) made.push(await job());
    made.push(a.evaluate(x, y), a.predict(x).toArray(), weights(c), c.inspect(x, y).layers['dense']!.dW!.toArray());
    for (const model of models) model.dispose();
    return made;
  }

  it('give the bits that each gives alone', async () => {
    const alone = await results(false);
    const together = await results(true);
    for (const [i, result] of together.entries()) expect(result, `job ${i}`).toEqual(alone[i]);
  });

  it('give all memory back', () => {
    const { memory } = runner();
    classifier(300, wg.adam()).dispose(); // what draws initial weights is kept
    const before = memory.used;
    const model = classifier(300, wg.adam());
    model.trainOnBatch(x, y);
    model.evaluate(x, y);
    model.predict(x);
    expect(memory.used).toBeGreaterThan(before);
    model.dispose();
    expect(memory.used).toBe(before);
  });

  it('can be called with arguments that are still to be computed', () => {
    const f = wg.jit((a: wg.Tensor, b: wg.Tensor) => a.sub(b));
    expect(f(wg.tensor([5]).mul(2), wg.tensor([3]).add(1)).item()).toBe(6);
    expect(f(wg.tensor([5]), wg.tensor([3]).add(wg.tensor([1]))).item()).toBe(1);
  });
});

describe('the cache of programs', () => {
  beforeAll(() => wg.init({ backend: 'wasm' }));

  const values = wg.tensor(numbers(2 ** 18));

  /** A program that holds a constant of about a mebibyte. */
  const heavy = (): { program: Program } => {
    const out = inputOf('x', [2 ** 18]).add(values);
    return { program: new Program(wasm, { outputs: [out], effects: [] }, { inputs: [out.inputs[0]!] }) };
  };

  it('drops what was used longest ago, in whatever cache that is, but nothing pinned', () => {
    const { used } = wasm.memory;
    const [old, busy, next] = [
      new ProgramCache<number, { program: Program }>(),
      new ProgramCache<number, { program: Program }>(),
      new ProgramCache<number, { program: Program }>(),
    ];
    busy.pinned = true;
    for (let k = 0; k < 4; k++) old.keep(k, heavy());
    busy.keep(0, heavy());
    const { program } = old.get(0)!;
    for (let k = 0; k < 60; k++) {
      next.keep(k, heavy());
      program.write(inputOf('none', []), [0]); // a turn of its own
      expect(wasm.memory.used - used).toBeLessThan(36 * 2 ** 20);
    }
    expect([...old.keys()]).toEqual([0]);
    expect([...busy.keys()]).toEqual([0]);
    expect(next.has(59)).toBe(true);
    expect(next.has(0)).toBe(false);
    for (const cache of [old, busy, next]) cache.clear();
    expect(wasm.memory.used).toBe(used);
  });

  it('counts what long programs hold in JavaScript: tensors for each instruction', () => {
    const cache = new ProgramCache<number, { program: Program }>();
    for (let k = 0; k < 40; k++) {
      const x = inputOf('x', [1]);
      let out = x.exp();
      for (let i = 0; i < 3000; i++) out = out.exp();
      cache.keep(k, { program: new Program(wasm, { outputs: [out], effects: [] }, { inputs: [x] }) });
    }
    const { bytes, words } = cache.get(39)!.program;
    expect(40 * bytes).toBeLessThan(2 ** 22);
    expect(words).toBeGreaterThan(3 * 3000);
    expect(cache.size).toBeLessThan(36); // about a mebibyte each
    cache.clear();
  });

  it('is bounded for ever new expressions, and changes no result', () => {
    const read = (k: number) => wg.ones([k]).add(1).sum().item();
    for (let k = 1; k <= 5000; k++) expect(read(k)).toBe(2 * k);
    const { memory } = runner();
    const before = memory.i.byteLength;
    for (let k = 5001; k <= 10_000; k++) expect(read(k)).toBe(2 * k);
    for (let k = 1; k <= 100; k++) expect(read(k)).toBe(2 * k);
    expect(memory.i.byteLength).toBeLessThanOrEqual(before + 2 ** 20);
  });

  it('does not keep the arena of an expression that needed very much of it', () => {
    const { memory } = runner();
    const before = memory.used;
    expect(
      wg
        .ones([2 ** 23])
        .exp()
        .sum()
        .item(),
    ).toBeGreaterThan(2 ** 23);
    expect(memory.used).toBe(before);
  });
});
