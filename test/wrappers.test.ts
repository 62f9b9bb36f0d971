// What is put around optimizers: groups, clipping, accumulation, the average of weights, and what a user's own
// prepares.

import { afterEach, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { type Parameter, ParameterBlock } from '../bindings/optimizers/parameters.js';
import { slotsOf } from '../bindings/optimizers/slots.js';
import { OptimizerState } from '../bindings/optimizers/state.js';
import { Program } from '../bindings/program.js';
import type { Runner } from '../bindings/run/runner.js';
import { tapeText } from '../bindings/tapetext.js';
import { inputOf, type Tensor } from '../bindings/tensor.js';
import { firstDifference, js, release, wasm } from './harness.js';
import { Numbers } from './numbers.js';

afterEach(release);

const NAMES: Readonly<Record<string, readonly number[]>> = {
  'trunk.kernel': [3, 5],
  'trunk.bias': [5],
  'norm.scale': [4],
  'head.kernel': [5, 1],
  'head.bias': [1],
};

/** Parameters, an optimizer at work on them, and the values that should come out. */
class Bench {
  readonly block: ParameterBlock;
  readonly state: OptimizerState;
  readonly grads: readonly Tensor[];
  readonly start: Float64Array[];
  readonly #random = new Numbers(5);
  readonly #at: Runner;

  constructor(at: Runner, optimizer: wg.Optimizer) {
    this.#at = at;
    this.block = new ParameterBlock(
      at,
      Object.entries(NAMES).map(([name, shape]) => inputOf(name, shape)),
    );
    this.state = new OptimizerState(at, this.parameters, optimizer);
    this.grads = this.parameters.map(({ tensor: { shape } }) => inputOf('g', shape));
    this.start = this.draw();
    this.parameters.forEach((p, i) => void this.block.view(p).set(this.start[i]!));
  }

  get parameters(): readonly Parameter[] {
    return this.block.parameters;
  }

  /** A number in -1 … 1 for every number of the parameters. */
  draw(): Float64Array[] {
    return this.parameters.map(({ tensor: { size } }) =>
      Float64Array.from({ length: size }, () => Math.fround(2 * this.#random.uniform() - 1)),
    );
  }

  program(effects: readonly Tensor[]): Program {
    return new Program(this.#at, { outputs: [], effects }, { places: this.state.places, inputs: this.grads });
  }

  run(program: Program, values: readonly Float64Array[]): void {
    this.state.prepareSteps();
    this.grads.forEach((g, i) => void program.write(g, values[i]!));
    program.run();
  }

  values(): Float64Array[] {
    return this.parameters.map((p) => Float64Array.from(this.block.view(p)));
  }
}

/** Compares with a loop in float64: `move` is given values, gradients, and the step from 1. */
function follows(
  at: Runner,
  optimizer: wg.Optimizer,
  move: (p: Float64Array[], g: readonly Float64Array[], t: number) => void,
  scale = 1,
): void {
  const bench = new Bench(at, optimizer);
  const program = bench.program(bench.state.step(bench.grads));
  const expected = bench.start.map((p) => p.slice());
  for (let t = 1; t <= 8; t++) {
    const g = bench.draw().map((part) => part.map((v) => Math.fround(v * scale)));
    bench.run(program, g);
    move(expected, g, t);
  }
  expectSame(bench.values(), expected);
}

function expectSame(actual: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[]): void {
  actual.forEach((part, i) => {
    expect(firstDifference(part, expected[i]!, 1.3e-6, 1e-5), `parameter ${i}`).toBeUndefined();
  });
}

const normOf = (...parts: readonly Float64Array[]): number =>
  Math.sqrt(parts.reduce((sum, part) => sum + part.reduce((s, v) => s + v * v, 0), 0));

const descend =
  (rate: (i: number) => number, factor: (g: readonly Float64Array[], i: number) => number = () => 1) =>
  (p: Float64Array[], g: readonly Float64Array[]): void =>
    p.forEach((part, i) => {
      const f = factor(g, i);
      part.forEach((_, k) => void (part[k]! -= rate(i) * f * g[i]![k]!));
    });

const updatesOf = (program: Program) => tapeText(program.tape).match(/\w+Update/g) ?? [];

const plain = (name: string, more: Partial<wg.Optimizer>): wg.Optimizer => ({
  name,
  learningRate: 0.1,
  slots: [],
  update: ({ param, grad, learningRate }) => [wg.assign(param, param.sub(grad.mul(learningRate)))],
  ...more,
});

describe.each([
  ['wasm', wasm],
  ['js', js],
] as const)('on %s', (_, at) => {
  const followed = (optimizer: wg.Optimizer, move: Parameters<typeof follows>[2], scale?: number) =>
    follows(at, optimizer, move, scale);
  const updatesIn = (optimizer: wg.Optimizer): string[] => {
    const bench = new Bench(at, optimizer);
    return updatesOf(bench.program(bench.state.step(bench.grads)));
  };

  describe('groups', () => {
    it('have an optimizer of their own, found by the start of a name, a pattern, or a function', () => {
      const rates = [0.5, 0.5, 0.25, 0.1, 0.125];
      const optimizer = wg.grouped(wg.sgd(0.1), [
        { match: 'trunk.', optimizer: wg.sgd(0.5) },
        { match: /norm/g, optimizer: wg.sgd(0.25) },
        { match: (name, shape) => name.startsWith('head') && shape.length === 1, optimizer: wg.sgd(0.125) },
      ]);
      followed(
        optimizer,
        descend((i) => rates[i]!),
      );
    });

    it('may be of different kinds, one in another, and keep the decay of kernels', () => {
      const inner = wg.grouped(wg.adamW(0.1, { weightDecay: 0.5 }), [{ match: 'head', optimizer: wg.sgd(0.25) }]);
      const optimizer = wg.grouped(inner, [{ match: 'trunk.bias', optimizer: wg.sgd(0.5) }]);
      const names = Object.keys(NAMES);
      const [m, v] = [names.map(() => [] as number[]), names.map(() => [] as number[])];
      followed(optimizer, (p, g, t) => {
        p.forEach((part, i) => {
          part.forEach((w, k) => {
            const gk = g[i]![k]!;
            if (names[i]!.startsWith('head') || names[i] === 'trunk.bias') {
              part[k] = w - (names[i] === 'trunk.bias' ? 0.5 : 0.25) * gk;
              return;
            }
            m[i]![k] = 0.9 * (m[i]![k] ?? 0) + 0.1 * gk;
            v[i]![k] = 0.999 * (v[i]![k] ?? 0) + 0.001 * gk * gk;
            const kept = w * (names[i] === 'trunk.kernel' ? 1 - 0.1 * 0.5 : 1);
            part[k] = kept - (0.1 * m[i]![k]!) / (1 - 0.9 ** t) / (Math.sqrt(v[i]![k]! / (1 - 0.999 ** t)) + 1e-8);
          });
        });
      });
    });

    it('are one instruction for parameters side by side', () => {
      expect(updatesIn(wg.adam())).toEqual(['adamUpdate']);
      expect(updatesIn(wg.adamW())).toEqual(['adamUpdate', 'adamUpdate']);
      expect(updatesIn(wg.adamW(0.1, { decays: () => true }))).toEqual(['adamUpdate']);
      expect(updatesIn(wg.adamW(0.1, { weightDecay: 0 }))).toEqual(['adamUpdate']);
      expect(updatesIn(wg.grouped(wg.sgd(), [{ match: /bias|norm/, optimizer: wg.adam() }]))).toEqual([
        'sgdUpdate',
        'adamUpdate',
      ]);
    });

    it('let adamW decay what a function says', () => {
      const names: unknown[] = [];
      const decays = (name: string, shape: wg.Shape) => names.push([name, shape]) > 0 && name === 'norm.scale';
      const bench = new Bench(at, wg.adamW(0.5, { weightDecay: 1, decays }));
      expect(names).toEqual(Object.entries(NAMES));
      bench.run(
        bench.program(bench.state.step(bench.grads)),
        bench.start.map((p) => p.map(() => 0)),
      );
      const halved = bench.start.map((p, i) => (i === 2 ? p.map((w) => w / 2) : p));
      expectSame(bench.values(), halved);
    });

    it('that match nothing are named', () => {
      const of = (match: wg.ParameterGroup['match']) => () =>
        new Bench(
          at,
          wg.grouped(wg.sgd(), [
            { match: 'trunk', optimizer: wg.adam() },
            { match, optimizer: wg.sgd() },
          ]),
        );
      expect(of('tail')).toThrow(
        'grouped: groups[1], match tail, has none of the parameters (trunk.kernel, trunk.bias, norm.scale, head.kernel, head.bias) that groups before it left',
      );
      expect(of(/^trunk\.k/)).toThrow('groups[1], match /^trunk\\.k/, has none');
    });

    it('with rates of their own refuse another rate, and take a scale', () => {
      const { state } = new Bench(at, wg.grouped(wg.sgd(0.5), [{ match: 'trunk', optimizer: wg.sgd(0.25) }]));
      expect(() => {
        state.learningRate = 1;
      }).toThrow('learningRate: sgd has a schedule, or groups with rates: set learningRateScale, a factor of all');
      expect(state.learningRate).toBe(0.5);
      const same = new Bench(at, wg.grouped(wg.sgd(0.5), [{ match: 'trunk', optimizer: wg.adam(0.5) }]));
      same.state.learningRate = 0.25;
      expect(same.state.learningRate).toBe(0.25);
    });

    it('scale all of their rates', () => {
      const bench = new Bench(at, wg.grouped(wg.sgd(0.5), [{ match: 'trunk', optimizer: wg.sgd(() => 0.25) }]));
      bench.state.learningRateScale = 0.5;
      expect(bench.state.learningRateScale).toBe(0.5);
      const g = bench.draw();
      bench.run(bench.program(bench.state.step(bench.grads)), g);
      const expected = bench.start.map((p, i) => p.map((w, k) => w - (i < 2 ? 0.125 : 0.25) * g[i]![k]!));
      expectSame(bench.values(), expected);
    });
  });

  describe('clipping', () => {
    const global = (g: readonly Float64Array[]) => Math.min(1, 1.5 / (normOf(...g) + 1e-6));

    it.each([0.1, 10])(
      'by the global norm makes all gradients smaller by one factor, if they are %f large',
      (scale) => {
        followed(
          wg.clipByGlobalNorm(1.5, wg.sgd(0.5)),
          descend(() => 0.5, global),
          scale,
        );
      },
    );

    it('by the global norm goes through groups, decay and another clipping', () => {
      const groups = [{ match: 'trunk', optimizer: wg.sgd(0.25) }];
      const rate = (i: number) => (i < 2 ? 0.25 : 0.5);
      followed(wg.clipByGlobalNorm(1.5, wg.grouped(wg.sgd(0.5), groups)), descend(rate, global), 10);
      const twice = wg.clipByGlobalNorm(3, wg.clipByGlobalNorm(1.5, wg.grouped(wg.sgd(0.5), groups)));
      followed(twice, descend(rate, global), 10);
      expect(updatesIn(wg.clipByGlobalNorm(1, wg.adamW()))).toEqual(['adamUpdate', 'adamUpdate']);
    });

    it('by the norm of a group is of its gradients', () => {
      const groups = [{ match: 'trunk', optimizer: wg.clipByGlobalNorm(1.5, wg.sgd(0.5)) }];
      const factor = (g: readonly Float64Array[], i: number) => (i < 2 ? global(g.slice(0, 2)) : 1);
      followed(
        wg.grouped(wg.sgd(0.5), groups),
        descend(() => 0.5, factor),
        10,
      );
      const both = (g: readonly Float64Array[], i: number) => {
        const outer = Math.min(1, 3 / (normOf(...g) + 1e-6));
        return outer * (i < 2 ? Math.min(1, 1.5 / (outer * normOf(...g.slice(0, 2)) + 1e-6)) : 1);
      };
      followed(
        wg.clipByGlobalNorm(3, wg.grouped(wg.sgd(0.5), groups)),
        descend(() => 0.5, both),
        10,
      );
    });

    it('by norm is of each parameter', () => {
      const factor = (g: readonly Float64Array[], i: number) => Math.min(1, 1.5 / (normOf(g[i]!) + 1e-6));
      followed(
        wg.clipByNorm(1.5, wg.sgd(0.5)),
        descend(() => 0.5, factor),
        2,
      );
    });

    it('by value is of each number', () => {
      followed(wg.clipByValue(0.5, wg.sgd(0.5)), (p, g) => {
        p.forEach((part, i) => {
          part.forEach((_, k) => void (part[k]! -= 0.5 * Math.max(-0.5, Math.min(0.5, g[i]![k]!))));
        });
      });
    });

    it('leaves gradients of 0 alone', () => {
      const bench = new Bench(at, wg.clipByGlobalNorm(1, wg.clipByNorm(1, wg.sgd(1))));
      bench.run(
        bench.program(bench.state.step(bench.grads)),
        bench.start.map((p) => p.map(() => 0)),
      );
      expectSame(bench.values(), bench.start);
    });
  });

  it('prepare is given all gradients in their true shapes, and every update what it returned', () => {
    const shapes: unknown[] = [];
    const mine = plain('mine', {
      prepare: (grads) => {
        shapes.push(...grads.map(({ shape }) => shape));
        return { sum: grads.reduce((sum, g) => sum.add(g.sum()), wg.tensor(0)) };
      },
      update: ({ param, prepared }) => [wg.assign(param, param.sub((prepared as { sum: Tensor }).sum))],
    });
    const sumOf = (g: readonly Float64Array[]) => g.reduce((sum, part) => sum + part.reduce((s, v) => s + v, 0), 0);
    followed(mine, (p, g) => {
      for (const part of p) part.forEach((_, k) => void (part[k]! -= sumOf(g)));
    });
    expect(shapes).toEqual(Object.values(NAMES));
    const clipped = wg.clipByGlobalNorm(1.5, mine);
    followed(clipped, (p, g) => {
      const sum = Math.min(1, 1.5 / (normOf(...g) + 1e-6)) * sumOf(g);
      for (const part of p) part.forEach((_, k) => void (part[k]! -= sum));
    });
  });

  it.each([wg.sgd(0.5, { momentum: 0.5 }), plain('mine', { learningRate: 0.5 }), wg.clipByGlobalNorm(1, wg.adam(0.1))])(
    'accumulated gradients of three parts are a step by their mean: $name',
    (optimizer) => {
      const [bench, whole] = [new Bench(at, optimizer), new Bench(at, optimizer)];
      const first = bench.program(bench.state.accumulate(bench.grads, true));
      const more = bench.program(bench.state.accumulate(bench.grads, false));
      const last = bench.program(bench.state.step(bench.grads, 3));
      const all = whole.program(whole.state.step(whole.grads));
      for (let t = 0; t < 3; t++) {
        const parts = [bench.draw(), bench.draw(), bench.draw()] as const;
        [first, more, last].forEach((program, k) => void bench.run(program, parts[k]!));
        const mean = parts[0].map((part, i) => part.map((v, k) => (v + parts[1][i]![k]! + parts[2][i]![k]!) / 3));
        whole.run(all, mean);
      }
      expect(bench.state.stepCount).toBe(3);
      expectSame(bench.values(), whole.values());
      expect(normOf(...bench.values())).not.toBeCloseTo(normOf(...bench.start), 2);
    },
  );

  it.each([
    ['sgd', wg.sgd(0.5), true],
    ['a user', plain('mine', { learningRate: 0.5 }), true],
    ['groups', wg.grouped(wg.sgd(0.5), [{ match: 'trunk', optimizer: plain('mine', { learningRate: 0.5 }) }]), true],
  ])('the average follows the weights after each update of %s', (_name, optimizer) => {
    const bench = new Bench(at, wg.averageWeights(0.75, optimizer));
    const program = bench.program(bench.state.step(bench.grads));
    let expected: Float64Array[] = [];
    for (let t = 1; t <= 6; t++) {
      bench.run(program, bench.draw());
      const now = bench.values();
      expected = now.map((part, i) => part.map((w, k) => (t === 1 ? w : 0.75 * expected[i]![k]! + 0.25 * w)));
    }
    const averages = bench.parameters.map((p) => slotsOf(at.memory, bench.state, p)['average']!);
    expectSame(
      averages.map(({ values }) => values),
      expected,
    );
    expect(averages.map(({ shape }) => shape)).toEqual(Object.values(NAMES));
    const same = bench.values();
    const alone = new Bench(at, optimizer);
    const step = alone.program(alone.state.step(alone.grads));
    for (let t = 1; t <= 6; t++) alone.run(step, alone.draw());
    expect(alone.values()).toEqual(same);
  });

  it('slots have the shapes and first values that the optimizer says', () => {
    const bench = new Bench(at, wg.adafactor());
    const shapes = bench.parameters.map((p) => {
      const slots = slotsOf(at.memory, bench.state, p);
      return Object.entries(slots).map(([name, { shape, values }]) => [name, shape, values.length]);
    });
    expect(shapes[0]).toEqual([
      ['rows', [3, 1], 3],
      ['columns', [1, 5], 5],
    ]);
    expect(shapes[1]).toEqual([['square', [5], 5]]);
    const filled = new Bench(at, wg.adagrad(0.1, { initialAccumulator: 0.25 }));
    for (const p of filled.parameters) {
      const { values } = slotsOf(at.memory, filled.state, p)['sumSquare']!;
      expect([...values]).toEqual(Array(p.tensor.size).fill(0.25));
    }
  });
});

describe('what is put around an optimizer', () => {
  it.each([
    [() => wg.clipByGlobalNorm(0, wg.sgd()), /clipByGlobalNorm: norm must be a positive finite number, got 0/],
    [() => wg.clipByNorm(1, {} as never), /clipByNorm: optimizer must be made by sgd/],
    [() => wg.clipByValue(-1, wg.sgd()), /clipByValue: value/],
    [() => wg.averageWeights(1, wg.sgd()), /averageWeights: decay must be a number in \[0, 1\), got 1/],
    [() => wg.averageWeights(0.9, wg.averageWeights(0.9, wg.sgd())), /keeps an average already/],
    [() => wg.grouped(wg.sgd(), {} as never), /grouped: groups must be an array/],
    [() => wg.grouped(wg.sgd(), [{ match: 3 as never, optimizer: wg.sgd() }]), /groups\[0\]: match must be the start/],
    [() => wg.grouped(wg.sgd(), [{ match: 'a', optimizer: 3 as never }]), /groups\[0\]: optimizer/],
  ])('is refused where it does not fit: %#', (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(wg.WasmgradError);
  });
});
