// profile: every instruction is in the table, with what it does, and a model is left as it was.

import { beforeAll, describe, expect, it } from 'vitest';
import coreBytes from '#core.wasm';
import { measured } from '../bindings/debug/measure.js';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { Program } from '../bindings/program.js';
import type { Runner } from '../bindings/run/runner.js';
import { runner } from '../bindings/run/runtime.js';
import { tapeText } from '../bindings/tapetext.js';
import { inputOf } from '../bindings/tensor.js';

const { dense, profile, scan, sequential, tensor } = wg;

const DATA = Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(i)]);
const LABELS = DATA.map(([a, b]) => (a! > b! ? 1 : 0));

function classifier(): wg.Sequential {
  const model = sequential([2], [dense(16, { activation: 'relu' }), dense(2)]);
  model.compile({ optimizer: wg.adam(0.01), loss: 'softmaxCrossEntropy', metrics: ['accuracy'] });
  return model;
}

/** The names of the instructions on a tape, `halt` aside. */
const namesOn = ({ tape }: Program): string[] => {
  const names = tapeText(tape)
    .split('\n')
    .map((line) => line.split(' ')[0]!);
  return names.slice(0, -1).sort();
};

const namesIn = ({ rows }: wg.Profile): string[] =>
  rows.flatMap(({ instruction, count }) => Array<string>(count).fill(instruction)).sort();

const WAYS: [name: string, options: wg.InitOptions][] = [
  ['wasm with side modules', {}],
  ['a complete module', { module: coreBytes() }],
  ['two threads', { threads: 2 }],
  ['TypeScript', { backend: 'js' }],
  ['float64', { precision: 'float64' }],
  ['a runner that checks for NaN', { debug: { checkNaN: true } }],
];

describe.each(WAYS)('profile on %s', (_, options) => {
  beforeAll(() => wg.init({ ...options, seed: 1 }));

  it('has every instruction of a training step, and leaves the model as it was', () => {
    const [model, twin] = [classifier(), classifier()];
    twin.setWeights(model.getWeights());
    for (const one of [model, twin]) one.trainOnBatch(DATA, LABELS);
    const found = profile(model, DATA, LABELS);
    model.look('test', ({ training, data }) => {
      const { program } = training().make('batch', DATA.length, data(DATA, LABELS).labels, runner().unchecked);
      expect(namesIn(found)).toEqual(namesOn(program));
    });
    for (const one of [model, twin]) one.trainOnBatch(DATA, LABELS);
    expect(model.getWeights().map((w) => w.toArray())).toEqual(twin.getWeights().map((w) => w.toArray()));
    const origins = new Set(found.rows.map(({ origin }) => origin));
    expect(origins).toContain('gradient of layer dense');
    expect(origins).toContain('loss softmaxCrossEntropy');
    expect(origins).toContain('metric accuracy');
    expect(origins).toContain('optimizer adam');
  });

  it('has a prediction', () => {
    const found = profile(classifier(), DATA);
    const texts = found.rows.map(({ op, origin, shape, inputs }) => [op, origin, shape, inputs]);
    expect(texts).toContainEqual(['matMul, bias, relu', 'layer dense', [12, 16], [[12, 2], [2, 16], [16]]]);
    expect(texts).toContainEqual(['matMul, bias', 'layer dense_1', [12, 2], [[12, 16], [16, 2], [2]]]);
    expect(texts.length).toBe(2);
  });

  it('has a function, side modules too', () => {
    const found = profile((x: wg.Tensor, y: wg.Tensor) => ops.sin(x).add(y).sum())(tensor([1, 2, 3]), 2);
    expect(namesIn(found)).toEqual(['add', 'sin', 'sum']);
  });

  it('runs each instruction as it runs in the program', () => {
    const x = inputOf('x', [64]);
    const values = Float32Array.from({ length: 64 }, (_, i) => i / 64);
    // Computed in place, one after the other; in a loop, too.
    const loop = scan(
      (sum: wg.Tensor, row: wg.Tensor) => [sum.add(row).square(), sum.sum()],
      x.reshape([4, 16]).sum([0]),
      x.reshape([4, 16]),
    );
    const out = [x.square().square().sqrt().exp(), loop.ys];
    const goals = { outputs: out, effects: [] };
    const read = (program: Program) => out.map((t) => program.read(t));
    const expected = new Program(runner(), goals, { inputs: [x] });
    expected.write(x, values);
    expected.run();
    const numbers = read(expected);
    const after: ReturnType<typeof read>[] = [];
    let made: Program | undefined;
    const make = (at: Runner) => (made = new Program(at, goals, { inputs: [x] }));
    measured(runner(), { make, feed: (program) => program.write(x, values), restore: () => after.push(read(made!)) });
    expect(after).toEqual([numbers, numbers]); // after the runs in one go, and after each instruction by itself
  });

  it('counts the turns of loops', () => {
    const sum = (x: wg.Tensor) =>
      scan((s: wg.Tensor, row: wg.Tensor) => [ops.sin(s).add(row), null], tensor([0, 0]), x).carry;
    const { rows } = profile(sum)(wg.ones([7, 2]));
    const count = (name: string) => rows.find(({ op }) => op === name)!.count;
    expect([count('sin'), count('add')]).toEqual([7, 7]);
    const double = (x: wg.Tensor) =>
      wg.whileLoop(
        (a) => a.less(100),
        (a) => a.mul(2),
        x,
      );
    const doubled = profile(double)(1).rows;
    expect(doubled.find(({ op }) => op === 'mul')!.count).toBe(7);
    expect(doubled.filter(({ op }) => op === 'greater').reduce((n, row) => n + row.count, 0)).toBe(8);
  });
});

describe('a profile', () => {
  beforeAll(() => wg.init({ seed: 1 }));

  it('says what is done, in what time', () => {
    const found = profile((a: wg.Tensor, b: wg.Tensor) => a.matMul(b).exp().sum([0]))(
      wg.ones([32, 64]),
      wg.ones([64, 16]),
    );
    const of = (name: string) => found.rows.find(({ op }) => op === name)!;
    const product = of('matMul');
    expect(product.gflops! * product.microseconds * 1000).toBeCloseTo(2 * 32 * 64 * 16, 3);
    expect(product.gbPerSecond! * product.microseconds * 1000).toBeCloseTo(4 * (32 * 64 + 64 * 16 + 32 * 16), 3);
    expect(of('exp').gflops).toBeUndefined();
    expect(of('exp').gbPerSecond! * of('exp').microseconds * 1000).toBeCloseTo(4 * 2 * 32 * 16, 3);
    expect(found.rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 10);
    const times = found.rows.map(({ microseconds }) => microseconds);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(found).toMatchObject({ backend: 'wasm', threads: 1 });
  });

  it('of gathers and windows counts what they read', () => {
    const at = tensor([1, 2, 3], undefined, 'int32');
    const bytes = (f: (x: wg.Tensor) => wg.Tensor) => {
      const [row] = profile(f)(wg.ones([1000, 8])).rows;
      return Math.round(row!.gbPerSecond! * row!.microseconds * 1000);
    };
    expect(bytes((x) => ops.take(x, at))).toBe(4 * (3 + 2 * 3 * 8));
    expect(bytes((x) => ops.slice(x, [[0, 10], null]))).toBe(4 * 2 * 10 * 8);
  });

  it('is a table', () => {
    const lines = String(profile((x: wg.Tensor) => x.exp().sum())(wg.ones([100]))).split('\n');
    expect(lines[0]).toMatch(/^op +instruction +part of +result +count +µs +share +GFLOP\/s +GB\/s$/);
    expect(
      lines.filter((line) => /^exp +exp +a profiled function +\[100\] +1 +[\d.]+ +[\d.]+ % +[\d.]+$/.test(line)).length,
    ).toBe(1);
    expect(lines.at(-3)).toMatch(/^sum +2 +[\d.]+$/);
    expect(lines.at(-2)).toMatch(/^in one go +[\d.]+$/);
    expect(lines.at(-1)).toBe('on wasm, one thread');
    const inspect = Symbol.for('nodejs.util.inspect.custom');
    const found = profile((x: wg.Tensor) => x.exp())(1);
    expect((found as unknown as Record<symbol, () => string>)[inspect]!()).toBe(String(found));
  });

  it('has no rows where nothing is computed', () => {
    expect(profile((x: wg.Tensor) => x)(tensor([1])).rows).toEqual([]);
  });

  it('is refused in words', () => {
    const model = sequential([2], [dense(1)]);
    expect(() => profile(3 as never)).toThrow('profile must be of a function or a model, got 3');
    expect(() => profile(model, DATA, LABELS)).toThrow('profile: call model.compile({ optimizer, loss }) first');
    expect(() => profile(model, [[1, 2, 3]])).toThrow('x has the shape [1, 3]; expected [n, 2]');
    expect(() => profile(classifier(), DATA, [1])).toThrow('y has the shape [1]; 12 samples need');
    expect(() => profile((() => 'x') as never)()).toThrow('what the profiled function returns');
    expect(() => profile((x: wg.Tensor) => x)('x' as never)).toThrow("the arguments[0] is 'x'");
    const inTrace = wg.jit((x: wg.Tensor) => {
      profile((y: wg.Tensor) => y.exp())(1);
      return x;
    });
    expect(() => inTrace(1)).toThrow('profile inside of a jitted function');
    model.dispose();
    expect(() => profile(model, DATA)).toThrow('profile: the model was disposed');
  });
});
