// init({ debug: { checkNaN: true } }): every op runs as it does without, and the first that makes a NaN or an infinity
// is named.

import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import coreBytes from '#core.wasm';
import { checkingRunner } from '../bindings/debug/nonfinite.js';
import { gradients } from '../bindings/grad.js';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { Program } from '../bindings/program.js';
import { runner } from '../bindings/run/runtime.js';
import { sizeOf } from '../bindings/shape.js';
import { inputOf } from '../bindings/tensor.js';
import { CASES } from './cases.js';
import { js, release, small, wasm } from './harness.js';
import { Numbers } from './numbers.js';

const { cond, dense, grad, jit, scan, sequential, sgd, tensor, vmap, whileLoop } = wg;

/** What `run` throws, which must be a NonFiniteValueError. */
async function found(run: () => unknown): Promise<wg.NonFiniteValueError> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(wg.WasmgradError);
    expect((error as Error).name, String(error)).toBe('NonFiniteValueError');
    return error as wg.NonFiniteValueError;
  }
  throw new Error('nothing was found');
}

const x = () =>
  tensor([
    [1, 0],
    [-1, 2],
  ]);

/** Computations, and what the message says of each after 'checkNaN: '. */
const FOUND: [what: string, run: () => unknown, message: string][] = [
  ['an infinity', () => x().log().data(), 'log made -Infinity: element [0, 1] of its result float32[2, 2] is log(0)'],
  ['a NaN', () => x().sqrt().data(), 'sqrt made NaN: element [1, 0] of its result float32[2, 2] is sqrt(-1)'],
  [
    'one of operands that broadcast',
    () =>
      x()
        .div(tensor([3, 0]))
        .data(),
    'div made NaN: element [0, 1] of its result float32[2, 2] is div(0, 0)',
  ],
  ['one of a scalar', () => tensor(-2).log().item(), 'log made NaN: its result float32[] is log(-2)'],
  [
    'one that is computed in place',
    () => x().add(1).square().sub(3).log().data(),
    'log made NaN: element [0, 1] of its result float32[2, 2] is log(-2)',
  ],
  [
    'a NaN of infinities',
    () =>
      tensor([
        [0, 1],
        [-Infinity, -Infinity],
      ])
        .softmax()
        .data(),
    'softmax made NaN: element [1, 0] of its result float32[2, 2] is made of float32[2, 2] (-Infinity … 1)',
  ],
  [
    'an infinity beside one that was there',
    () => tensor([Infinity, 1e38, 1]).mul(10).data(),
    'mul made Infinity: element [1] of its result float32[3] is mul(9.999999680285692e+37, 10)',
  ],
  [
    'a product, with bias and activation',
    () =>
      jit((a: wg.Tensor) =>
        a
          .matMul(x())
          .add(tensor([1, 2]))
          .relu(),
      )(x().mul(1e38)),
    'matMul, bias, relu made Infinity, in a jitted function: element [1, 1] of its result float32[2, 2] is made of argument 0 float32[2, 2] (-1e+38 … 2e+38), float32[2, 2] (-1 … 2), float32[2] (1 … 2)',
  ],
  [
    'a derivative',
    () => grad((a: wg.Tensor) => a.sqrt().sum())(tensor([4, 0])).data(),
    'div made Infinity: element [1] of its result float32[2] is div(1, 0)',
  ],
  [
    'the derivative of a jitted function',
    () => jit((a: wg.Tensor) => grad((b: wg.Tensor) => b.sqrt().sum())(a))(tensor([4, 0])),
    'div made Infinity, in the gradient of a jitted function: element [1] of its result float32[2] is div(1, 0)',
  ],
  [
    'a mapped function',
    () => vmap((row: wg.Tensor) => row.log().sum())(x().add(1)).data(),
    'log made -Infinity, in the function of vmap: element [1, 0] of its result float32[2, 2] is log(0)',
  ],
  [
    'a turn of scan',
    () => scan((sum: wg.Tensor, row: wg.Tensor) => [sum.sub(row), sum.log()], 2, tensor([1, 1, 1, 1])).ys.data(),
    'log made -Infinity, in the function of scan, turn 2 of scan: its result float32[] is log(0)',
  ],
  [
    'a turn of a loop in a loop',
    () => {
      const inner = (a: wg.Tensor) =>
        whileLoop(
          (b) => b.less(7),
          (b) => b.mul(4).sub(2).log().add(4),
          a,
        );
      return scan((sum: wg.Tensor, row: wg.Tensor) => [inner(sum).add(row), null], 1, tensor([-7, 1])).carry.data();
    },
    'log made NaN, in a function of whileLoop, turn 1 of scan, turn 0 of whileLoop: its result float32[] is log(-1.08',
  ],
  [
    'the condition of a loop',
    () =>
      whileLoop(
        (a) => a.log().less(1),
        (a) => a.sub(1),
        tensor(1),
      ).data(),
    'log made -Infinity, in a function of whileLoop, turn 0 of whileLoop: its result float32[] is log(0)',
  ],
  [
    'the condition before the first turn',
    () =>
      whileLoop(
        (a) => a.log().less(1),
        (a) => a.add(2),
        tensor(0),
      ).data(),
    'log made -Infinity, in a function of whileLoop: its result float32[] is log(0)',
  ],
  [
    'a branch',
    () =>
      cond(
        1,
        (a: wg.Tensor) => a.sub(1).log(),
        (a: wg.Tensor) => a,
        tensor(1),
      ).data(),
    'log made -Infinity, in a function of cond, a branch of cond: its result float32[] is log(0)',
  ],
  [
    'the backward turns of scan',
    () => {
      const root = (a: wg.Tensor) =>
        scan((sum: wg.Tensor, row: wg.Tensor) => [sum.sub(row), sum.sqrt()], a, tensor([1, 1])).ys.sum();
      return grad(root)(tensor(1)).data();
    },
    'div made Infinity, in the gradient of the function of scan',
  ],
  [
    'a side module',
    () => ops.pow(x(), -3).data(),
    'pow made Infinity: element [0, 1] of its result float32[2, 2] is pow(0, -3)',
  ],
  [
    'a minimiser',
    () => wg.minimize((a: wg.Tensor) => a.log().square().sum(), tensor([1e-30, 0]), { optimizer: sgd(1) }),
    'log made -Infinity, in the function of minimize: element [1] of its result float32[2] is log(0)',
  ],
];

const WAYS: [name: string, options: wg.InitOptions][] = [
  ['wasm with side modules', {}],
  ['a complete module', { module: coreBytes() }],
  ['two threads', { threads: 2 }],
  ['TypeScript', { backend: 'js' }],
  ['float64', { precision: 'float64' }],
];

describe.each(WAYS)('checkNaN on %s', (way, options) => {
  beforeAll(() => wg.init({ ...options, seed: 1, debug: { checkNaN: true } }));

  it.each(FOUND)('finds %s', async (what, run, message) => {
    if (way === 'float64' && /infinity beside|product/.test(what)) return; // they fit into float64
    const { message: got } = await found(run);
    // Float64 has other digits.
    expect(got).toContain(`checkNaN: ${way === 'float64' ? message.split(':')[0] : message}`);
  });

  it('says where, as numbers too', async () => {
    const error = await found(() =>
      tensor([
        [1, 2],
        [3, 0],
      ])
        .log()
        .data(),
    );
    expect(error).toMatchObject({ op: 'log', shape: [2, 2], index: [1, 1], value: -Infinity, origin: undefined });
  });

  it('leaves alone what comes from the data', () => {
    const mask = tensor([0, -Infinity, 0]);
    expect([...tensor([1, 2, 1]).add(mask).softmax().data()]).toEqual([0.5, 0, 0.5]);
    expect([...tensor([Number.NaN, 1]).mul(2).add(1).data()]).toEqual([Number.NaN, 3]);
    expect([...tensor([Infinity]).exp().data()]).toEqual([Infinity]);
  });

  it('trains as it does without, and names the layer', async () => {
    const [data, labels] = [
      [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      [0, 1, 1, 0],
    ];
    const trained = async (debug: wg.DebugOptions) => {
      await wg.init({ ...options, seed: 3, debug });
      const model = sequential([2], [dense(6, { activation: 'tanh' }), dense(1, { activation: 'sigmoid' })]);
      model.compile({ optimizer: wg.adam(0.1), loss: 'binaryCrossEntropy', metrics: ['accuracy'] });
      const logs = await model.fit(data, labels, { epochs: 3, batchSize: 3 });
      return [
        logs,
        model.evaluate(data, labels),
        model.predict(data).toArray(),
        model.getWeights().map((w) => w.toArray()),
      ];
    };
    expect(await trained({ checkNaN: true })).toEqual(await trained({}));

    await wg.init({ ...options, seed: 1, debug: { checkNaN: true } });
    const model = sequential([2], [dense(4, { activation: 'relu' }), dense(1)]);
    model.compile({ optimizer: sgd(1e30), loss: 'meanSquaredError' });
    const before = model.getWeights().map((w) => w.toArray());
    const error = await found(() => model.fit(data, labels, { epochs: 9, batchSize: 2, shuffle: false }));
    expect(error.origin).toMatch(/layer dense|loss meanSquaredError/);
    // There was no good epoch, but in float64, where larger numbers are finite.
    if (!options.precision) expect(model.getWeights().map((w) => w.toArray())).toEqual(before);
    await found(() => model.fit(data, labels, { epochs: 9, batchSize: 'full' }));
    model.setWeights(before as never);
    await model.fit(data, labels, { epochs: 1, batchSize: 'full' }); // and it can be trained again
    const later = await found(() => {
      for (let step = 0; step < 9; step++) model.trainOnBatch(data, labels);
    });
    expect(later.origin).toMatch(/layer dense|loss meanSquaredError/);
  });

  it('says of data with NaN what it says without', async () => {
    const model = sequential([1], [dense(1)]);
    model.compile({ optimizer: sgd(0.1), loss: 'meanSquaredError' });
    await expect(model.fit([[1], [Number.NaN]], [1, 2])).rejects.toThrow('x holds NaN in sample 1');
  });
});

describe('every op', () => {
  afterEach(release);

  it.each([
    ['wasm', wasm],
    ['wasm with side modules', small],
    ['TypeScript', js],
  ])('gives the same bits on %s', (_, at) => {
    const checking = checkingRunner(at);
    const stopped: string[] = [];
    for (const { name, call, shapes: all, domains, differentiable = [] } of CASES) {
      const shapes = all.at(-1)!;
      const random = new Numbers(7);
      const inputs = shapes.map((shape, i) => inputOf(`x${i}`, shape, domains[i]!.dtype));
      const out = call(...inputs);
      const loss = out.dtype === 'float32' && differentiable.length > 0 ? out.sum().reshape([]) : undefined;
      const grads = loss
        ? gradients(
            loss,
            differentiable.map((i) => inputs[i]!),
          )
        : [];
      const outputs = [out, ...grads.filter((g) => g !== null)];
      const data = domains.map(({ low, high }, i) => {
        return Float64Array.from({ length: sizeOf(shapes[i]!) }, () =>
          Math.floor(low + (high - low) * random.uniform()),
        );
      });
      const bits = (on: typeof at) => {
        const program = new Program(on, { outputs, effects: [] }, { inputs });
        inputs.forEach((input, i) => void program.write(input, data[i]!));
        program.run();
        return outputs.map((output) => new Uint32Array(program.read(output).buffer));
      };
      const expected = bits(at);
      try {
        expect(bits(checking), name).toEqual(expected);
      } catch (error) {
        if ((error as Error).name !== 'NonFiniteValueError') throw error;
        stopped.push(name);
      }
    }
    expect(stopped.length, stopped.join(', ')).toBeLessThan(CASES.length / 10);
  });
});

describe('init', () => {
  it('checks the options of debug', async () => {
    const init = (debug: unknown) => wg.init({ debug } as wg.InitOptions);
    await wg.init();
    const before = runner();
    await expect(init({ checkNan: true })).rejects.toThrow(
      "unknown option of init: debug 'checkNan'; did you mean 'checkNaN'?",
    );
    await expect(init({ checkNaN: 1 })).rejects.toThrow('init: debug: checkNaN must be true or false, got 1');
    await expect(init(true)).rejects.toThrow('init: debug: options must be an object, got true');
    await expect(init(null)).rejects.toThrow('init: debug: options must be an object, got null');
    expect(runner()).toBe(before);
    expect(wg.tensor(0).log().item()).toBe(-Infinity);
  });

  it('turns it on and off, for what is made from then on', async () => {
    await wg.init();
    const [plain, before] = [runner(), sequential([1], [dense(1)])];
    await wg.init({ debug: { checkNaN: true } });
    const checking = runner();
    expect(checking).not.toBe(plain);
    expect(before.predict([Infinity]).size).toBe(1);
    await wg.init({ debug: { checkNaN: false } });
    expect(runner()).toBe(plain);
    await wg.init({ debug: { checkNaN: true } });
    expect(runner()).toBe(checking);
    await wg.init();
    expect(wg.tensor(0).log().item()).toBe(-Infinity);
  });

  it('is not in wasmgrad/js, which says so', async () => {
    const { init } = await import('../bindings/entry/js.js');
    await expect(init({ debug: { checkNaN: true } })).rejects.toThrow(
      "init: debug is not in wasmgrad/js; it is in wasmgrad, with backend: 'js'",
    );
  });
});
