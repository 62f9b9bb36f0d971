// Several threads: the same bits as one, workers that sleep, fail, stop and start again.

import { spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import workerThreads from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import threadsUrl from '#threads.wasm';
import { encode, opcodeOf } from '../bindings/encode.js';
import { gradients } from '../bindings/grad.js';
import { adam, dense, init, runtimeInfo, scan, sequential, whileLoop } from '../bindings/index.js';
import { Program } from '../bindings/program.js';
import { Memory } from '../bindings/run/memory.js';
import { compile } from '../bindings/run/modules.js';
import type { Runner } from '../bindings/run/runner.js';
import { runner as currentRunner } from '../bindings/run/runtime.js';
import { createTeamRunner } from '../bindings/run/team.js';
import { constantOf, type Tensor } from '../bindings/tensor.js';
import { wasm } from './harness.js';

const wave = (n: number, step: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i * step));

/** The weights after some steps of a network that is large enough to be shared. */
async function trained(threads: number): Promise<number[][]> {
  const info = await init({ threads, seed: 3 });
  expect(info).toEqual({ backend: 'wasm', precision: 'float32', simd: true, relaxedSimd: false, threads });
  const model = sequential([61], [dense(130, { activation: 'tanh' }), dense(67, { activation: 'relu' }), dense(10)]);
  model.compile({ optimizer: adam(0.01), loss: 'softmaxCrossEntropy', metrics: ['accuracy'] });
  const labels = Int32Array.from({ length: 300 }, (_, i) => (i * 7) % 10);
  await model.fit(wave(300 * 61, 0.37), labels, { epochs: 4, batchSize: 77 });
  const weights = model.getWeights().map((w) => [...w.data()]);
  model.dispose();
  return weights;
}

/** A product that is large enough to be shared, on any runner. */
function largeProduct(runner: Runner): { run: () => number; values: () => Float32Array } {
  const a = constantOf(wave(150 * 150, 0.11), [150, 150]);
  const out = a.matMul(a).sigmoid();
  const program = new Program(runner, { outputs: [out], effects: [] });
  return { run: () => program.run(1), values: () => program.read(out) as Float32Array };
}

/** A runner of several threads, and what its team's block says (assembly/threads.ts). */
interface Threaded {
  readonly runner: Runner;
  /** How often all threads that took part met. */
  readonly phase: () => number;
  readonly workerState: () => number;
}

/** States of a worker. */
const PARKED = 4;

async function threaded(threads: number): Promise<Threaded> {
  const alloc = vi.spyOn(Memory.prototype, 'alloc');
  const runner = await createTeamRunner(await compile(threadsUrl()), threads);
  const team = alloc.mock.calls.findIndex(([, what]) => what === 'the team of threads');
  const { address } = alloc.mock.results[team]!.value as { address: number };
  alloc.mockRestore();
  const cell = (at: number) => Atomics.load(runner.memory.i, (address + at) / 4);
  return { runner, phase: () => cell(64), workerState: () => cell(256) };
}

/** Looks again and again: a state of another thread, of which no event tells. The time is the limit to fail at. */
const until = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 1 });

/** Runs until the workers take part: while they wake, and on a busy machine, this thread runs all of it alone. */
const runTogether = (run: () => void, { phase }: Threaded) => {
  const before = phase();
  return until(() => {
    for (let k = 0; k < 10 && phase() === before; k++) run();
    expect(phase()).toBeGreaterThan(before);
  });
};

/** A recurrence and its gradients, and a loop that ends by a condition, large enough to be shared. */
function largeLoop(runner: Runner) {
  const [xs, w, h] = [wave(6 * 96 * 64, 0.3), wave(64 * 64, 0.7), wave(96 * 64, 0.1)];
  const weights = constantOf(
    w.map((value) => value / 8),
    [64, 64],
  );
  const first = constantOf(h, [96, 64]);
  const { carry, ys } = scan(
    (state, x: Tensor) => {
      const next = state.matMul(weights).add(x).tanh();
      return [next, next.square()];
    },
    first,
    constantOf(xs, [6, 96, 64]),
  );
  const halved = whileLoop(
    (t: Tensor) => t.square().sum().greater(1),
    (t: Tensor) => t.mul(0.7),
    carry,
  );
  const outputs = [ys, halved, ...gradients(ys.sum(), [weights, first]).map((g) => g!)];
  const program = new Program(runner, { outputs, effects: [] });
  return { run: () => void program.run(), values: () => outputs.map((t) => [...program.read(t)]) };
}

/** Runs a tape that no kernel can run. */
function fail(runner: Runner): void {
  const tape = runner.memory.alloc(64, 'a broken tape');
  runner.memory.i.set([9999, 2, opcodeOf('halt')], tape.address / 4);
  runner.load(tape, true, [])(1, 0);
}

describe('threads', () => {
  it('give the bits of one thread, however many there are', async () => {
    const one = await trained(1);
    expect(await trained(2)).toEqual(one);
    expect(await trained(3)).toEqual(one);
  });

  it('give the bits of one thread whether the workers sleep, wake or are awake', async () => {
    const team = await threaded(2);
    const shared = largeProduct(team.runner);
    const alone = largeProduct(wasm);
    alone.run();
    const parked = () => until(() => expect(team.workerState()).toBe(PARKED)); // it does when nothing ran for about 1 ms
    const check = () => expect(shared.values()).toEqual(alone.values());
    for (let round = 0; round < 2; round++) {
      await parked();
      shared.run();
      check();
      await parked();
      shared.run();
      shared.run(); // while it wakes
      check();
      await runTogether(shared.run, team);
      check();
    }
  });

  it.each([2, 3, 7])('give the bits of one thread in loops, with %i threads', async (threads) => {
    const team = await threaded(threads);
    const [shared, alone] = [largeLoop(team.runner), largeLoop(wasm)];
    alone.run();
    for (let round = 0; round < 3; round++) {
      await runTogether(shared.run, team);
      expect(shared.values()).toEqual(alone.values());
    }
    await team.runner.workers!.stop();
  });

  it('take part', async () => {
    const team = await threaded(2);
    expect(team.phase()).toBe(0);
    await runTogether(largeProduct(team.runner).run, team);
  });

  it('go on after an exception in the middle of a run', async () => {
    const runner = await createTeamRunner(await compile(threadsUrl()), 3);
    const { run, values } = largeProduct(runner);
    run();
    const before = values();
    expect(() => fail(runner)).toThrow(WebAssembly.RuntimeError);
    run();
    expect(values()).toEqual(before);
    await runner.workers!.start(); // others, which were started after the failure
    run();
    expect(values()).toEqual(before);
    expect(() => fail(runner)).toThrow(WebAssembly.RuntimeError);
  });

  it('go on after a worker alone has failed', async () => {
    const runner = await createTeamRunner(await compile(threadsUrl()), 2);
    const { run, values } = largeProduct(runner);
    run();
    const before = values();
    const n = 1 << 16;
    const [tape, out] = [runner.memory.alloc(64, 'a broken tape'), runner.memory.alloc(n * 4, 'a result')];
    const x = runner.memory.f.length * 4 - n * 2; // the second half, the worker's, lies past the end of memory
    const words: number[] = [];
    encode(words, 'neg', { out: out.address, x, n, slope: 0 });
    encode(words, 'halt', {});
    runner.memory.i.set(words, tape.address / 4);
    // While the worker is not awake, the main thread runs all of it, and fails itself; then others are started.
    let message = '';
    await vi.waitFor(
      async () => {
        await runner.workers!.start();
        // On a machine with more to do than cores the worker takes a while to come to work.
        for (let k = 0; k < 50; k++) run();
        try {
          runner.load(tape, true, [])(1, 0);
        } catch (error) {
          message = String(error);
        }
        expect(message).toContain('a thread failed');
      },
      { timeout: 30_000, interval: 0 },
    );
    expect(message).toMatch(/a thread failed in the middle of a run/);
    run();
    expect(values()).toEqual(before);
  });

  it('do not keep a process alive', () => {
    const program = `import { init, runtimeInfo } from 'wasmgrad';
      await init({ threads: 3 });
      console.log(runtimeInfo().threads);`;
    const args = ['--input-type=module', '--eval', program];
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const { stdout, status } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 20_000 });
    expect([status, stdout]).toEqual([0, '3\n']);
  });

  it('are one where memory cannot be shared, and runtimeInfo says why', async () => {
    vi.stubGlobal('crossOriginIsolated', false);
    await init({ threads: 4 });
    vi.unstubAllGlobals();
    expect(runtimeInfo()).toMatchObject({ backend: 'wasm', threads: 1 });
    expect(runtimeInfo().reason).toMatch(/^one thread, not 4: the page is not cross-origin isolated/);
  });

  it('are one where a worker ends before it is at work, and runtimeInfo says so', async () => {
    const { Worker } = workerThreads;
    workerThreads.Worker = class extends Worker {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        void this.terminate();
      }
    };
    syncBuiltinESMExports();
    const { threads, reason } = await init({ threads: 6 });
    workerThreads.Worker = Worker;
    syncBuiltinESMExports();
    expect([threads, reason]).toEqual([1, 'not with 6 threads: a worker ended before it was at work']);
  });

  describe('of a runner that init leaves', () => {
    const { Worker } = workerThreads;
    const live = new Set<object>();
    const exits = new EventEmitter();
    const expectLive = async (count: number): Promise<void> => {
      while (live.size > count) await once(exits, 'exit');
      expect(live.size).toBe(count);
    };

    beforeAll(async () => {
      await init({ threads: 1 });
      workerThreads.Worker = class extends Worker {
        constructor(...args: ConstructorParameters<typeof Worker>) {
          super(...args);
          live.add(this);
          this.on('exit', () => {
            live.delete(this);
            exits.emit('exit');
          });
        }
      };
      syncBuiltinESMExports();
    });

    afterAll(() => {
      workerThreads.Worker = Worker;
      syncBuiltinESMExports();
    });

    it('end, and come back with it', async () => {
      for (const threads of [2, 3, 5, 2, 5, 1]) {
        expect(await init({ threads })).toMatchObject({ threads });
        await expectLive(threads - 1);
      }
      await init({ threads: 3 });
      await init({ backend: 'js' });
      await expectLive(0);
    });

    it('are those of the last call, whichever of several at once ends last', async () => {
      const calls = [5, 2, 3, 1, 7, 2, 3].map((threads) => init({ threads }));
      await Promise.all(calls);
      expect(runtimeInfo().threads).toBe(3);
      await expectLive(2);
      await Promise.all([init({ threads: 1 }), init({ threads: 3 })]);
      expect(runtimeInfo().threads).toBe(3);
      await expectLive(2);
    });

    it('leave its programs one thread, and the same bits', async () => {
      await init({ threads: 3 });
      const { run, values } = largeProduct(currentRunner());
      run();
      const before = values();
      await init({ threads: 1 });
      await expectLive(0);
      run();
      expect(values()).toEqual(before);
      await init({ threads: 3 });
      run();
      expect(values()).toEqual(before);
    });

    it('may fail to come back, which runtimeInfo says', async () => {
      await init({ threads: 3 });
      await init({ threads: 1 });
      const Counted = workerThreads.Worker;
      workerThreads.Worker = class extends Counted {
        constructor(...args: ConstructorParameters<typeof Worker>) {
          super(...args);
          void this.terminate();
        }
      };
      syncBuiltinESMExports();
      const { threads, reason } = await init({ threads: 3 });
      workerThreads.Worker = Counted;
      syncBuiltinESMExports();
      expect([threads, reason]).toEqual([1, 'one thread, not 3: a worker ended before it was at work']);
      expect(await init({ threads: 3 })).toMatchObject({ threads: 3 });
      await expectLive(2);
    });
  });

  it('are one on the TypeScript kernels, which runtimeInfo says', async () => {
    const { threads, reason } = await init({ backend: 'js', threads: 2 });
    expect([threads, reason]).toEqual([1, 'the TypeScript kernels have one thread, no relaxed SIMD']);
  });
});
