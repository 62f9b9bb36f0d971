// Memory: the allocator, and that everything which fails half-way gives its memory back.

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { check, WasmgradError } from '../bindings/errors.js';
import { adam, init, lbfgs, minimize, newton, tensor } from '../bindings/index.js';
import { defineOp } from '../bindings/ops/op.js';
import { Program } from '../bindings/program.js';
import { type Block, Memory } from '../bindings/run/memory.js';
import { runner } from '../bindings/run/runtime.js';
import { inputOf, Tensor } from '../bindings/tensor.js';
import { js, wasm } from './harness.js';

function smallMemory(limit = 2 ** 22): Memory {
  return new Memory(0, (bytes) => {
    if (bytes > limit) throw new RangeError('no more');
    const i = new Int32Array(Math.ceil(bytes / 4));
    return { f: new Float32Array(i.buffer), i };
  });
}

describe('memory', () => {
  it('hands out blocks that never overlap, and takes back every byte', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(5000)), { maxLength: 60 }), (moves) => {
        const memory = smallMemory();
        const start = memory.used;
        const live: Block[] = [];
        for (const [frees, n] of moves) {
          if (frees && live.length) memory.free(live.splice(n % live.length, 1)[0]!);
          else live.push(memory.alloc(n, 'a block'));
          for (const [i, a] of live.entries()) {
            expect(a.address % 64).toBe(0);
            for (const b of live.slice(0, i)) {
              expect(a.address + a.bytes <= b.address || b.address + b.bytes <= a.address).toBe(true);
            }
          }
        }
        for (const block of live) memory.free(block);
        expect(memory.used).toBe(start);
      }),
    );
  });

  it('hands out zeros, also where something was before', () => {
    const memory = smallMemory();
    const block = memory.alloc(64, 'a block');
    memory.f.fill(7, block.address / 4, block.address / 4 + 16);
    memory.free(block);
    const again = memory.alloc(64, 'a block');
    expect(again.address).toBe(block.address);
    expect(memory.f.slice(again.address / 4, again.address / 4 + 16).every((v) => v === 0)).toBe(true);
  });

  it('frees a block once, however often it is told to', () => {
    const memory = smallMemory();
    const start = memory.used;
    const block = memory.alloc(64, 'a block');
    memory.free(block);
    memory.free(block);
    expect(memory.used).toBe(start);
  });

  it('leaves everything as it was when it cannot grow', () => {
    const memory = smallMemory(2 ** 16);
    const { used } = memory;
    expect(() => memory.alloc(2 ** 20, 'a large array')).toThrow(/a large array: memory could not grow to 1\.0 MiB/);
    expect(memory.used).toBe(used);
    expect(memory.alloc(64, 'a small array').bytes).toBe(64);
  });

  it.each([wasm, js])('refuses more than 4 GiB before an address wraps, on $backend', ({ memory }) => {
    const { used } = memory;
    expect(() => memory.alloc(65536 * 65536 * 4, 'a [65536, 65536] tensor')).toThrow(WasmgradError);
    expect(memory.used).toBe(used);
  });

  it('is where it was after programs have come and gone', () => {
    for (const runner of [wasm, js]) {
      const before = runner.memory.used;
      for (let n = 1; n < 20; n++) {
        const x = inputOf('x', [n, n]);
        new Program(runner, { outputs: [x.matMul(x).relu().sum()], effects: [] }, { inputs: [x] }).dispose();
      }
      expect(runner.memory.used).toBe(before);
    }
  });

  describe.each([wasm, js])('comes back at once, on $backend,', ({ backend }) => {
    const broken = defineOp<object>({
      name: 'broken',
      infer: ([x]) => x!,
      derivative: (g) => [g],
      emit: () => {
        throw new Error('cannot be emitted');
      },
    });
    const failing = (x: Tensor): Tensor => new Tensor(broken, [x], {}).sum();

    beforeAll(() => init({ backend }));

    /** Runs `make`, which must throw `message`, and expects that it leaves the memory as it was. */
    function expectNothingLeft(make: () => unknown, message: string): void {
      const { memory } = runner();
      const before = memory.used;
      expect(make).toThrow(message);
      expect(memory.used).toBe(before);
    }

    it('when a program cannot be encoded', () => {
      const x = inputOf('x', [1000]);
      const goals = { outputs: [failing(x)], effects: [] };
      expectNothingLeft(() => new Program(runner(), goals, { inputs: [x] }), 'cannot be emitted');
    });

    it('when there is room for the arena of a program but not for its tape', () => {
      const { memory } = runner();
      let allocations = 0;
      const alloc = memory.alloc.bind(memory);
      memory.alloc = (bytes, what) => {
        check(++allocations < 2, () => 'no more');
        return alloc(bytes, what);
      };
      const x = inputOf('x', [9]);
      try {
        expectNothingLeft(() => new Program(runner(), { outputs: [x.sum()], effects: [] }, { inputs: [x] }), 'no more');
      } finally {
        memory.alloc = alloc;
      }
    });

    it.each([
      ['minimize', (f: (x: Tensor) => Tensor, x: Tensor) => minimize(f, x, { optimizer: adam(0.1) })],
      ['newton', (f: (x: Tensor) => Tensor, x: Tensor) => newton(f, x)],
      ['lbfgs', (f: (x: Tensor) => Tensor, x: Tensor) => lbfgs(f, x)],
    ])('when %s cannot start', (_name, search) => {
      const start = tensor([1, 2, 3]);
      expectNothingLeft(() => search(failing, start), 'cannot be emitted');
    });

    it('when minimize has an optimizer whose update or learning rate is none', () => {
      const f = (x: Tensor): Tensor => x.square().sum();
      const update = () => {
        throw new Error('no update');
      };
      expectNothingLeft(() => minimize(f, tensor([1, 2]), { optimizer: { ...adam(), update } }), 'no update');
      const learningRate = 1n as unknown as number;
      expectNothingLeft(() => minimize(f, tensor([1, 2]), { optimizer: { ...adam(), learningRate } }), 'got 1n');
    });
  });
});
