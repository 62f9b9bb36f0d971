// Every op of the table, on every runner: values, gradients, twins, guards.

import { afterEach, describe, expect, it } from 'vitest';
import { gradients } from '../bindings/grad.js';
import {
  celu,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  hardTanh,
  logSigmoid,
  mish,
  prelu,
  relu6,
  selu,
  silu,
  softsign,
} from '../bindings/ops/activations.js';
import { acos, asin, atan2, hypot } from '../bindings/ops/angles.js';
import { ceil, floor, pow, round } from '../bindings/ops/curves.js';
import { diag, tril } from '../bindings/ops/diagonals.js';
import { einsum } from '../bindings/ops/einsum.js';
import { scatter, scatterAdd, scatterAlongAxis, take, takeAt } from '../bindings/ops/gather.js';
import { acosh, asinh, atanh, cosh, sinh } from '../bindings/ops/hyperbolic.js';
import { exp2, logAddExp, logSumExp } from '../bindings/ops/logarithms.js';
import { all, any } from '../bindings/ops/logic.js';
import { meshgrid } from '../bindings/ops/meshgrid.js';
import { oneHot } from '../bindings/ops/onehot.js';
import { pad } from '../bindings/ops/pad.js';
import { dot, prod } from '../bindings/ops/products.js';
import { cumProd } from '../bindings/ops/scan.js';
import { concat, flip, roll, slice, split, stack } from '../bindings/ops/slicing.js';
import { searchSorted, sort, topK } from '../bindings/ops/sort.js';
import { norm, std } from '../bindings/ops/spread.js';
import { unique } from '../bindings/ops/unique.js';
import { clip, where } from '../bindings/ops/where.js';
import { Program } from '../bindings/program.js';
import type { Runner } from '../bindings/run/runner.js';
import { type Shape, sizeOf } from '../bindings/shape.js';
import { constantOf, inputOf, type Tensor, type TensorData } from '../bindings/tensor.js';
import { CASES, type Case, type Domain, SPECIALS, UPDATES } from './cases.js';
import {
  ATOL,
  firstDifference,
  firstOtherZero,
  js,
  js64,
  RTOL,
  release,
  type Step,
  small as smallWasm,
  trace,
  wasm,
} from './harness.js';
import { Numbers } from './numbers.js';
import { THOROUGH } from './thorough.js';

afterEach(release);

const numbersOf = (steps: readonly Step[]) => steps.map(({ values }) => values.map((array) => [...array]));
const shapesText = (shapes: readonly Shape[]) => shapes.map((s) => `[${s}]`).join(' ');

/** Random values that float32 holds, none of them close to a kink. */
function sample({ low, high, kinks = [], dtype }: Domain, n: number, random: Numbers): TensorData {
  if (dtype === 'int32') return Int32Array.from({ length: n }, () => low + random.below(high - low));
  return Float64Array.from({ length: n }, () => {
    const x = Math.fround(low + (high - low) * random.uniform());
    return kinks.some((kink) => Math.abs(x - kink) < 0.05) ? x + 0.1 : x;
  }).map(Math.fround);
}

interface Built {
  readonly inputs: Tensor[];
  readonly data: TensorData[];
  readonly out: Tensor;
}

function build(c: Case, shapes: readonly Shape[], seed = 1): Built {
  const random = new Numbers(seed);
  const inputs = shapes.map((shape, i) => inputOf(`x${i}`, shape, c.domains[i]!.dtype));
  const data = shapes.map((shape, i) => sample(c.domains[i]!, sizeOf(shape), random));
  return { inputs, data, out: c.call(...inputs) };
}

const feedsOf = (inputs: readonly Tensor[], data: readonly TensorData[]) =>
  new Map(inputs.map((t, i) => [t, data[i]!]));

/** The last value of a trace, or the input itself where the op was none. */
function lastValue(runner: Runner, out: Tensor, feeds: ReadonlyMap<Tensor, TensorData>): TensorData {
  const steps = trace(runner, [out], feeds);
  let source = out;
  while (source.op.aliases) source = source.inputs[0]!;
  const step = steps.find(({ node }) => node === source);
  return step?.values[0] ?? feeds.get(source) ?? constantValue(source);
}

const constantValue = (t: Tensor): TensorData => (t.attrs as { data: TensorData }).data;

describe.each(CASES)('$name', (c) => {
  /** What it must give, by the shapes: the definition of some takes long. */
  const expected = new Map<readonly Shape[], readonly number[]>();

  it.each([
    ['wasm', wasm],
    ['js', js],
  ] as const)('on %s is within rtol 1.3e-6, atol 1e-5 of its float64 definition, at every shape', (_, runner) => {
    for (const shapes of c.shapes) {
      const { inputs, data, out } = build(c, shapes);
      if (!expected.has(shapes)) expected.set(shapes, c.reference(data, shapes));
      const actual = lastValue(runner, out, feedsOf(inputs, data));
      const [rtol, atol] = out.dtype === 'int32' ? [0, 0] : [RTOL, ATOL];
      expect(firstDifference(actual, expected.get(shapes)!, rtol, atol), shapesText(shapes)).toBeUndefined();
    }
  });

  it('gives the same values on both runners, instruction by instruction, and touches no guard', () => {
    for (const shapes of c.shapes) {
      const { inputs, data, out } = build(c, shapes, 2);
      const wrt = (c.differentiable ?? []).map((i) => inputs[i]!);
      const grads = wrt.length ? gradients(weighted(out), wrt).filter((g) => g !== null) : [];
      const feeds = feedsOf(inputs, data);
      const steps = trace(wasm, [out, ...grads], feeds);
      compareSteps(steps, trace(js, [out, ...grads], feeds), shapesText(shapes));
      // The same kernels, where they come as side modules.
      if (steps.some(({ node }) => node.op.side)) {
        expect(numbersOf(trace(smallWasm, [out, ...grads], feeds))).toEqual(numbersOf(steps));
      }
    }
  });

  it('is the same in a program, where buffers share memory and ops are fused', () => {
    for (const shapes of small(c.shapes)) checkProgram(c, shapes);
  });

  if (c.differentiable?.length) {
    it('has the gradient that central differences in float64 give', () => {
      for (const shapes of c.shapes) checkGradients(c, shapes);
    });

    it('has the second derivatives that central differences of the gradient give', () => {
      for (const shapes of small(c.shapes)) checkSecondDerivatives(c, shapes);
    });
  }

  if (c.specials) {
    it('agrees with its definition at zeros, denormals, large values, infinities and NaN', () => {
      const columns = c.domains.map((_, i) => specialsOf(c.domains.length, i));
      const shapes = columns.map(({ length }) => [length]);
      const inputs = shapes.map((shape, i) => inputOf(`x${i}`, shape));
      const out = c.call(...inputs);
      if (out.size === 1) return;
      const expected = c.reference(columns, shapes).map(Math.fround);
      for (const runner of [wasm, js]) {
        const actual = lastValue(runner, out, feedsOf(inputs, columns));
        expect(firstDifference(actual, expected, 2e-6, 1e-37), runner.backend).toBeUndefined();
      }
      const [ours, theirs] = [wasm, js].map((runner) => lastValue(runner, out, feedsOf(inputs, columns)));
      expect(firstOtherZero(ours!, theirs!), 'wasm and js').toBeUndefined();
    });
  }
});

/** All special values; for two inputs all pairs of them. */
function specialsOf(arity: number, i: number): Float64Array {
  const n = SPECIALS.length;
  const values = SPECIALS.map(Math.fround);
  if (arity === 1) return Float64Array.from(values);
  return Float64Array.from({ length: n * n }, (_, k) => values[i === 0 ? Math.floor(k / n) : k % n]!);
}

/** Σ wᵢ·outᵢ with different weights, so that no gradient cancels. */
function weighted(out: Tensor): Tensor {
  const weights = Float64Array.from({ length: out.size }, (_, i) => Math.fround(0.5 + ((i * 7) % 11) / 11));
  return out.mul(constantOf(weights, out.shape)).sum();
}

function checkGradients(c: Case, shapes: readonly Shape[]): void {
  const { inputs, data, out } = build(c, shapes, 3);
  const loss = weighted(out);
  const wrt = c.differentiable!.map((i) => inputs[i]!);
  const grads = gradients(loss, wrt);
  for (const [k, i] of c.differentiable!.entries()) {
    const at = someOf(data[i]!.length);
    const expected = centralDifferences(loss, inputs, data, i, at);
    const g = grads[k];
    const where = `d/dx${i} at ${shapesText(shapes)}`;
    const feeds = feedsOf(inputs, data);
    const values = (runner: Runner) => {
      const all = g && lastValue(runner, g, feeds);
      return at.map((index) => (all ? all[index]! : 0));
    };
    expect(firstDifference(values(js64), expected, 1e-5, 1e-6), `float64 ${where}`).toBeUndefined();
    for (const runner of [wasm, js]) {
      expect(firstDifference(values(runner), expected, 1e-5, 1e-5), `${runner.backend} ${where}`).toBeUndefined();
    }
  }
}

/** The largest inputs that are still quickly done, three of them. */
const small = (all: Case['shapes']): Case['shapes'] => {
  const sizes = (shapes: readonly Shape[]) => shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  return all
    .filter((shapes) => sizes(shapes) <= 40)
    .sort((a, b) => sizes(b) - sizes(a))
    .slice(0, 3);
};

function checkProgram(c: Case, shapes: readonly Shape[]): void {
  const { inputs, data, out } = build(c, shapes, 6);
  const wrt = (c.differentiable ?? []).map((i) => inputs[i]!);
  const grads = wrt.length ? gradients(weighted(out), wrt).filter((g) => g !== null) : [];
  const outputs = [out, ...grads];
  const program = new Program(wasm, { outputs, effects: [] }, { inputs });
  inputs.forEach((x, i) => {
    program.write(x, data[i]!);
  });
  program.run(1);
  for (const output of outputs) {
    const expected = lastValue(js, output, feedsOf(inputs, data));
    expect(firstDifference(program.read(output), expected, 5e-6, ATOL), shapesText(shapes)).toBeUndefined();
  }
  program.dispose();
}

/** A value in float64 of a graph that may have loops in it, which `trace` does not run. */
function programValue(output: Tensor, inputs: readonly Tensor[], data: readonly TensorData[]): TensorData {
  const program = new Program(js64, { outputs: [output], effects: [] }, { inputs });
  inputs.forEach((x, i) => void program.write(x, data[i]!));
  program.run(1);
  const value = program.read(output);
  program.dispose();
  return value;
}

/** Differentiates a weighted sum of all gradients once more. */
function checkSecondDerivatives(c: Case, shapes: readonly Shape[]): void {
  const { inputs, data, out } = build(c, shapes, 5);
  const wrt = c.differentiable!.map((i) => inputs[i]!);
  const first = gradients(weighted(out), wrt).filter((g) => g !== null);
  if (first.length === 0) return;
  const loss = first.map((g) => weighted(g)).reduce((a, b) => a.add(b));
  const second = gradients(loss, wrt);
  for (const [k, i] of c.differentiable!.entries()) {
    const at = someOf(data[i]!.length);
    const expected = centralDifferences(loss, inputs, data, i, at);
    const g = second[k];
    const all = g && programValue(g, inputs, data);
    const actual = at.map((index) => (all ? all[index]! : 0));
    expect(firstDifference(actual, expected, 1e-5, 1e-6), `d²/dx${i} at ${shapesText(shapes)}`).toBeUndefined();
  }
}

/**
 * Elements of `n` whose gradient is looked at: all; in the share of npm test 8 at most, both ends and what lies
 * between.
 */
function someOf(n: number): number[] {
  const count = THOROUGH ? n : Math.min(n, 8);
  return Array.from({ length: count }, (_, k) => Math.round((k * (n - 1)) / Math.max(1, count - 1)));
}

/** The gradient of `loss` by elements `wanted` of input `i`. */
function centralDifferences(
  loss: Tensor,
  inputs: readonly Tensor[],
  data: readonly TensorData[],
  i: number,
  wanted: readonly number[],
): number[] {
  const h = 1e-5;
  const program = new Program(js64, { outputs: [loss], effects: [] }, { inputs });
  inputs.forEach((x, k) => {
    program.write(x, data[k]!);
  });
  const at = (k: number, shift: number): number => {
    const moved = Float64Array.from(data[i]!);
    moved[k] = moved[k]! + shift;
    program.write(inputs[i]!, moved);
    program.run();
    return program.scalar(loss);
  };
  const differences = wanted.map((k) => (at(k, h) - at(k, -h)) / (2 * h));
  program.dispose();
  return differences;
}

function compareSteps(actual: readonly Step[], expected: readonly Step[], where: string): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach(({ node, values }, s) => {
    values.forEach((value, v) => {
      const difference = firstDifference(value, expected[s]!.values[v]!, 5e-6, ATOL);
      expect(difference, `${node.op.name} at ${where}`).toBeUndefined();
      expect(firstOtherZero(value, expected[s]!.values[v]!), `${node.op.name} at ${where}`).toBeUndefined();
    });
  });
}

describe.each(UPDATES)('$name update', ({ slots, call, reference }) => {
  it.each([
    ['wasm', wasm],
    ['js', js],
  ] as const)('on %s follows its formula for five steps, at every tail, and touches no guard', (_, runner) => {
    for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 9, 17, 33]) followFormula(runner, n);
  });

  function followFormula(runner: Runner, n: number): void {
    const random = new Numbers(4);
    const state = Array.from({ length: slots }, (_, s) => inputOf(`slot${s}`, [n]));
    const [grad, lr, step] = [inputOf('grad', [n]), inputOf('lr', []), inputOf('step', [], 'int32')];
    const update = call([...state, grad, lr, step]);
    let actual: TensorData[] = state.map((_, s) =>
      s === 0 ? sample({ low: -1, high: 1 }, n, random) : new Float64Array(n),
    );
    let expected = actual.map((a) => Array.from(a));
    for (let t = 1; t <= 5; t++) {
      const g = sample({ low: -1, high: 1 }, n, random);
      const feeds = new Map<Tensor, TensorData>(state.map((s, i) => [s, actual[i]!]));
      feeds.set(grad, g).set(lr, Float64Array.of(0.1)).set(step, Int32Array.of(t));
      actual = [...trace(runner, [update], feeds).at(-1)!.values];
      const columns = Array.from({ length: n }, (_, i) =>
        reference(
          expected.map((e) => e[i]!),
          g[i]!,
          Math.fround(0.1),
          t,
        ),
      );
      expected = expected.map((_, s) => columns.map((column) => column[s]!));
      for (const [s, value] of actual.entries()) {
        const difference = firstDifference(value, expected[s]!, 4e-6, 1e-6);
        expect(difference, `slot ${s}, n ${n}, step ${t}`).toBeUndefined();
      }
      release();
    }
  }
});

describe('zeros with a sign', () => {
  const zeros = [0, -0, -0.2, 0.2, -1, Number.NaN, -0, 0, -1, -0, -2, -0];
  const matrix = (x: Tensor) => x.reshape([2, 6]);
  it.each<[string, (x: Tensor) => Tensor]>([
    ['relu', (x) => x.relu()],
    ['leakyRelu', (x) => x.leakyRelu(0)],
    ['relu6', (x) => relu6(x)],
    ['softplus', (x) => x.softplus()],
    ['sign', (x) => x.sign()],
    ['sinh', (x) => sinh(x)],
    ['asinh', (x) => asinh(x)],
    ['atanh', (x) => atanh(x)],
    ['asin', (x) => asin(x)],
    ['atan2', (x) => atan2(x, x.neg())],
    ['abs', (x) => x.abs()],
    ['round', (x) => round(x)],
    ['floor', (x) => floor(x)],
    ['ceil', (x) => ceil(x)],
    ['clip', (x) => clip(x, 0, 1)],
    ['clip at -0', (x) => clip(x, -1, -0)],
    ['maximum of 0', (x) => x.maximum(0)],
    ['maximum of -0', (x) => x.maximum(-0)],
    ['minimum of 0', (x) => x.minimum(0)],
    ['minimum of -0', (x) => x.minimum(-0)],
    ['max of rows', (x) => matrix(x).max(1)],
    ['max of columns', (x) => matrix(x).max(0)],
    ['min of rows', (x) => matrix(x).min(1)],
    ['min of columns', (x) => matrix(x).min(0)],
    ['argMax', (x) => matrix(x).argMax(0)],
    ['sum', (x) => matrix(x).sum(0)],
    ['a product of one', (x) => x.reshape([12, 1]).matMul(x.reshape([1, 12]))],
  ])('of %s are the same on both runners', (_, f) => {
    const x = inputOf('x', [zeros.length]);
    const feeds = feedsOf([x], [Float64Array.from(zeros).map(Math.fround)]);
    const [ours, theirs] = [wasm, js].map((runner) => Array.from(lastValue(runner, f(x), feeds)));
    expect(firstDifference(ours!, theirs!, RTOL, ATOL)).toBeUndefined();
    expect(firstOtherZero(ours!, theirs!)).toBeUndefined();
  });

  it('are what relu makes of -0, and round of -0.2', () => {
    const x = inputOf('x', [2]);
    for (const runner of [wasm, js]) {
      const of = (f: (x: Tensor) => Tensor) =>
        Array.from(lastValue(runner, f(x), feedsOf([x], [Float64Array.of(-0, -0.2)])));
      expect(of((t) => t.relu())).toEqual([-0, 0]);
      expect(of((t) => round(t))).toEqual([-0, -0]);
    }
  });

  it.each([1, 3, 4, 7, 8, 9, 17])('in the largest of %i are lost: it is never -0', (n) => {
    for (const shape of [
      [n, 1],
      [n, 6],
    ]) {
      const x = inputOf('x', shape);
      for (let at = 0; at <= n; at++) {
        const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) =>
          Math.floor(i / shape[1]!) === at ? 0 : -0,
        );
        for (const runner of [wasm, js]) {
          const largest = Array.from(lastValue(runner, x.max(0), feedsOf([x], [data])));
          expect(largest, `${runner.backend} ${shape} ${at}`).toEqual(largest.map(() => 0));
        }
      }
    }
  });
});

/** The gradient of Σ f(x) at a few points, on a runner; zeros where there is none. */
function slopes(runner: Runner, f: (x: Tensor) => Tensor, at: readonly number[]): number[] {
  const x = inputOf('x', [at.length]);
  const feeds = feedsOf([x], [Float64Array.from(at)]);
  const [g] = gradients(f(x).sum(), [x]);
  const values = g ? Array.from(lastValue(runner, g, feeds)) : at.map(() => 0);
  release();
  return values.map((v) => v + 0);
}

describe.each([
  ['wasm', wasm],
  ['js', js],
] as const)("PyTorch's slopes at kinks, on %s", (_, runner) => {
  it.each<[string, (x: Tensor) => Tensor, number[], number[]]>([
    ['relu', (x) => x.relu(), [0], [0]],
    ['relu6', (x) => relu6(x), [0, 6, 3], [0, 0, 1]],
    ['hardTanh', (x) => hardTanh(x), [-1, 1, 0], [0, 0, 1]],
    ['clip', (x) => clip(x, -1, 1), [-1, 1, 2, Number.NaN], [1, 1, 0, 0]],
    ['abs', (x) => x.abs(), [0], [0]],
    ['leakyRelu', (x) => x.leakyRelu(0.25), [0], [0.25]],
    ['prelu', (x) => prelu(x, constantOf(Float64Array.of(0.25), [])), [0, 1], [0.25, 1]],
    ['elu', (x) => elu(x, 0.5), [0, 1], [0.5, 1]],
    ['celu', (x) => celu(x, 0.5), [0, 1], [1, 1]],
    ['hardSigmoid', (x) => hardSigmoid(x), [-3, 3], [0, 0]],
    ['hardSwish', (x) => hardSwish(x), [-3, 3], [0, 1]],
    ['maximum of equals', (x) => x.maximum(2), [1, 2, 3], [0, 0.5, 1]],
    ['max of equals', (x) => x.max(), [1, 3, 3, 2], [0, 0.5, 0.5, 0]],
    ['min of equals', (x) => x.min(), [1, 1, 1, 4], [1 / 3, 1 / 3, 1 / 3, 0].map(Math.fround)],
    [
      'max of equals in axes apart',
      (x) => x.reshape([2, 1, 2]).max([0, 2]),
      [3, 3, 3, 2],
      [1, 1, 1, 0].map((v) => Math.fround(v / 3)),
    ],
    ['prod with zeros', (x) => prod(x), [0, 2, 3], [6, 0, 0]],
    ['prod with two zeros', (x) => prod(x), [0, 2, 0], [0, 0, 0]],
    ['pow of 0', (x) => pow(x, 0), [0, 1], [0, 0]],
    ['pow of 2', (x) => pow(x, 2), [0, 3], [0, 6]],
    ['pow of tensor 0', (x) => pow(x, x.mul(0).stopGradient()), [0, 1], [0, 0]],
    ['exponents of 0', (x) => pow(constantOf(Float64Array.of(0), []), x), [0, 1, 2], [0, 0, 0]],
    ['norm of 0', (x) => norm(x), [0, 0], [0, 0]],
    ['std of equals', (x) => std(x), [2, 2], [0, 0]],
    ['logSumExp of -Infinity', (x) => logSumExp(x), [-Infinity, -Infinity], [0, 0]],
    ['logSumExp with -Infinity', (x) => logSumExp(x), [-Infinity, 1], [0, 1]],
    ['where', (x) => where(x.greater(0), x.log(), 0), [-1, 2], [0, 0.5]],
    ['where of a root', (x) => where(x.greater(0), x.sqrt(), 0), [-1, 4], [Number.NaN, 0.25]],
    [
      'where of a root of what is safe',
      (x) => {
        const ok = x.greater(0);
        return where(ok, where(ok, x, 1).sqrt(), 0);
      },
      [-1, 4],
      [0, 0.25],
    ],
    ['where of what overflows', (x) => where(x.greater(0), 1, x.neg().exp()), [1e4, 1], [0, 0]],
    ['cumProd with a zero', (x) => cumProd(x), [2, 0, 3, 4], [1, 2 + 6 + 24, 0, 0]],
    ['cumProd with two zeros', (x) => cumProd(x), [2, 0, 0, 4], [1, 2, 0, 0]],
    ['sinh where it is infinite', (x) => sinh(x), [100, -Infinity, 0], [Infinity, Infinity, 1]],
    ['cosh where it is infinite', (x) => cosh(x), [100, -Infinity, 0], [Infinity, -Infinity, 0]],
    ['asin of ±1 and beyond', (x) => asin(x), [1, -1, 2, 0], [Infinity, Infinity, Number.NaN, 1]],
    ['acos of ±1 and beyond', (x) => acos(x), [1, -1, 2, 0], [-Infinity, -Infinity, Number.NaN, -1]],
    ['acosh of 1', (x) => acosh(x), [1], [Infinity]],
    ['asinh of 0 and infinity', (x) => asinh(x), [0, Infinity, -Infinity], [1, 0, 0]],
    ['atanh of ±1', (x) => atanh(x), [0, 1, -1], [1, Infinity, Infinity]],
    ['exp2 of infinities', (x) => exp2(x), [Infinity, -Infinity], [Infinity, 0]],
    ['hypot of 0 and 0', (x) => hypot(x, 0), [0, -2, 3], [0, -1, 1]],
    ['hypot of what is large', (x) => hypot(x, x.mul(0)), [-3e38, 1e-38], [-1, 1]],
    ['atan2 on the axes', (x) => atan2(x, 0), [0, 2, -2], [0, 0, 0]],
    ['atan2 beside the axis', (x) => atan2(x, 2), [0, -0], [0.5, 0.5]],
    ['logAddExp of equals', (x) => logAddExp(x, Number.NEGATIVE_INFINITY), [-Infinity, 3], [0.5, 1]],
    ['logAddExp of what is far away', (x) => logAddExp(x, 0), [1e30, -1e30, Infinity], [1, 0, 1]],
    ['round', (x) => round(x), [0.5, 1], [0, 0]],
    ['greater', (x) => x.greater(0), [0, 1], [0, 0]],
  ])('%s', (_name, f, at, expected) => {
    expect(slopes(runner, f, at)).toEqual(expected);
  });

  it.each<[string, (x: Tensor) => Tensor]>([
    ['sigmoid', (x) => x.sigmoid()],
    ['tanh', (x) => x.tanh()],
    ['softplus', (x) => x.softplus()],
    ['logSigmoid', (x) => logSigmoid(x)],
    ['elu', (x) => elu(x)],
    ['selu', (x) => selu(x)],
    ['celu', (x) => celu(x)],
    ['gelu', (x) => gelu(x)],
    ['gelu by tanh', (x) => gelu(x, { approximate: 'tanh' })],
    ['silu', (x) => silu(x)],
    ['mish', (x) => mish(x)],
    ['softsign', (x) => softsign(x)],
    ['hardSwish', (x) => hardSwish(x)],
    ['softmax', (x) => x.softmax().square()],
    ['logSoftmax', (x) => x.logSoftmax()],
    ['logSumExp', (x) => logSumExp(x)],
    ['softmax along axis 0', (x) => x.reshape([3, 1]).softmax(0).square()],
  ])('%s and its gradient are finite at ±1e4', (_name, f) => {
    const x = inputOf('x', [3]);
    const feeds = feedsOf([x], [Float64Array.of(-1e4, 1e4, 0)]);
    expect(Array.from(lastValue(runner, f(x), feeds)).every(Number.isFinite)).toBe(true);
    expect(slopes(runner, f, [-1e4, 1e4, 0]).every(Number.isFinite)).toBe(true);
  });

  it.each<[string, (x: Tensor) => Tensor, number[], number[]]>([
    ['logSumExp of -Infinity', (x) => logSumExp(x), [-Infinity, -Infinity], [-Infinity]],
    ['logSumExp of Infinity', (x) => logSumExp(x), [Infinity, 1], [Infinity]],
    ['logSumExp of NaN', (x) => logSumExp(x), [Number.NaN, 1], [Number.NaN]],
    ['logSumExp of nothing', (x) => logSumExp(x), [], [-Infinity]],
    ['max with NaN', (x) => x.max(), [1, Number.NaN, 3], [Number.NaN]],
    [
      'max of columns with NaN',
      (x) => x.reshape([2, 5]).max(0),
      [0, 1, 2, 3, 4, 9, 0, Number.NaN, 0, 9],
      [9, 1, Number.NaN, 3, 9],
    ],
    ['min with NaN', (x) => x.min(), [1, Number.NaN, 3], [Number.NaN]],
    ['argMin with NaN', (x) => x.argMin(), [1, Number.NaN, 0], [1]],
    ['prod of nothing', (x) => prod(x), [], [1]],
    ['any of NaN', (x) => any(x), [0, Number.NaN], [1]],
    ['all of nothing', (x) => all(x), [], [1]],
    ['sort with NaN', (x) => sort(x), [2, Number.NaN, -Infinity, 1], [-Infinity, 1, 2, Number.NaN]],
    ['sort with NaN, descending', (x) => sort(x, 0, { descending: true }), [2, Number.NaN, 3], [Number.NaN, 3, 2]],
    ['where of NaN', (x) => where(x, 1, 2), [0, Number.NaN, -1], [2, 1, 1]],
    ['sinh, exactly', (x) => sinh(x), [-0, 0, 1.2e-38, 1e-7], [-0, 0, 1.2e-38, 1e-7].map(Math.fround)],
    ['asinh, exactly', (x) => asinh(x), [-0, 0, 1.2e-38, -1e-7], [-0, 0, 1.2e-38, -1e-7].map(Math.fround)],
    ['atanh, exactly', (x) => atanh(x), [-0, 0, 1e-7], [-0, 0, 1e-7].map(Math.fround)],
    ['asin, exactly', (x) => asin(x), [-0, 0, 1e-7], [-0, 0, 1e-7].map(Math.fround)],
    ['exp2, exactly', (x) => exp2(x), [-126, -1, 0, 3, 127], [2 ** -126, 0.5, 1, 8, 2 ** 127]],
    ['atan2 at zeros', (x) => atan2(x, x), [0, -0], [0, -Math.fround(Math.PI)]],
    ['atan2 of zeros beside 0', (x) => atan2(x, 0), [0, -0], [0, -0]],
    ['hypot with infinity', (x) => hypot(x, Infinity), [Number.NaN, 1], [Infinity, Infinity]],
  ])('the value of %s', (_name, f, at, expected) => {
    const x = inputOf('x', [at.length]);
    expect(Array.from(lastValue(runner, f(x), feedsOf([x], [Float64Array.from(at)])))).toEqual(expected);
  });
});

describe('refused is', () => {
  const x = inputOf('x', [2, 3]);
  const k = (...indices: number[]) => constantOf(Int32Array.from(indices), [indices.length], 'int32');
  it.each<[string, () => unknown, RegExp]>([
    ['an index out of range', () => slice(x, [2]), /slice of \[2, 3\]: index 2 is out of range for axis 0 of 2/],
    ['too many ranges', () => slice(x, [0, 0, 0]), /slice of \[2, 3\]: 3 ranges are given for 2 axes/],
    ['a step of 0', () => slice(x, [[0, 1, 0]]), /the step of axis 0 is 0/],
    ['a fraction in a range', () => slice(x, [[0.5]]), /0\.5 in the range of axis 0 is not a whole number/],
    [
      'a negative width',
      () =>
        pad(x, [
          [0, 0],
          [-1, 0],
        ]),
      /pad of \[2, 3\]: a width is a pair of whole numbers of at least 0, got \[-1, 0\]/,
    ],
    ['a width for one axis of two', () => pad(x, [[1, 1]]), /expected a pair \[before, after\] for each axis/],
    ['parts that do not fit', () => split(x, [1, 1], 1), /axis 1 of \[2, 3\] is not made of parts of \[1, 1\]/],
    ['parts that are not equal', () => split(x, 2, 1), /an axis of 3 does not divide into 2 equal parts/],
    ['squeezing an axis of 2', () => x.squeeze(0), /axis 0 has 2 elements/],
    ['concat of other shapes', () => concat([x, x.transpose()]), /\[2, 3\] and \[3, 2\] differ elsewhere/],
    ['concat of nothing', () => concat([]), /there must be at least one tensor/],
    ['concat of two types', () => concat([slice(x, [0]), k(1)]), /float32 and int32 do not go together/],
    ['stack of other shapes', () => stack([x, x.transpose()]), /the shapes \[2, 3\] and \[3, 2\] differ/],
    ['a known index out of range', () => take(x, k(0, 2)), /take: index 2 is out of range for an axis of 2/],
    ['a known index below the range', () => take(x, k(-1, -3)), /take: index -3 is out of range for an axis of 2/],
    [
      'int32 and float32 together',
      () => k(1).add(x),
      /add: int32 and float32 do not go together; convert with toFloat\(\) or toInt\(\)/,
    ],
    ['int32 and a half', () => k(1).mul(0.5), /mul: int32 and float32 do not go together/],
    ['div of int32', () => k(1).div(2), /div needs float32 tensors, got int32/],
    ['mean of int32', () => k(1).mean(), /mean needs float32 tensors, got int32/],
    [
      'scatter of another type',
      () => scatter(x, k(0), k(1, 2, 3).reshape([1, 3])),
      /scatter: float32 and int32 do not go together/,
    ],
    [
      'scatter of other updates',
      () => scatter(x, k(0), x),
      /scatter into \[2, 3\] at indices \[1\]: the updates must be \[1, 3\], got \[2, 3\]/,
    ],
    [
      'indices for more axes',
      () => takeAt(x, [k(0), k(0), k(0)]),
      /takeAt of \[2, 3\]: 3 indices are given for 2 axes/,
    ],
    [
      'scatterAlongAxis of another rank',
      () => scatterAlongAxis(x, k(0), 1),
      /scatterAlongAxis into \[2, 3\] at indices \[1\]: expected/,
    ],
    ['searchSorted of other rows', () => searchSorted(x, x.transpose()), /searchSorted in \[2, 3\] of \[3, 2\]/],
    ['float32 indices', () => take(x, x), /the indices must be int32, got float32/],
    ['updates of another shape', () => scatterAdd(x, k(0), x), /the updates must be \[1, 3\], got/],
    ['more than there are in topK', () => topK(x, 3, 0), /axis 0 has 2 elements, not 3/],
    ['clip between bounds out of order', () => clip(x, 1, 0), /bounds 1 and 0 are not in order/],
    ['max of nothing', () => inputOf('x', [0]).max(), /max of \[0\]: the axis is empty/],
    ['dot of matrices', () => dot(x, x), /expected two equally long vectors/],
    [
      'a batch that does not fit',
      () => inputOf('a', [2, 1, 1]).matMul(inputOf('b', [3, 1, 1])),
      /\[2\] and \[3\] do not broadcast/,
    ],
    ['too few operands of einsum', () => einsum('ij,jk', x), /takes 2 operands, got 1/],
    ['einsum with other sizes', () => einsum('ij,jk', x, x), /'j' is 3 in one operand but 2 in another place/],
    ['einsum of another rank', () => einsum('i', x), /'i' does not name the axes of \[2, 3\]/],
    ['an output letter from nowhere', () => einsum('ij->k', x), /'k' of the output of 'ij->k' is in no operand/],
    ['two ellipses', () => einsum('...i...', x), /is not letters between commas/],
    ['an ellipsis from nowhere', () => einsum('ij->...', x), /'\.\.\.' of the output of 'ij->\.\.\.' is in no operand/],
    ['more letters than axes', () => einsum('...ijk->i', x), /'ijk' does not name the axes of \[2, 3\]/],
    [
      'einsum of axes that do not broadcast',
      () => einsum('i...,i...', x, slice(x, [null, [1]])),
      /an axis of '\.\.\.' is/,
    ],
    [
      'reflection beyond the axis',
      () =>
        pad(
          x,
          [
            [2, 0],
            [0, 0],
          ],
          { mode: 'reflect' },
        ),
      /mode 'reflect' cannot add \[2, 0\] elements to axis 0, which has 2/,
    ],
    [
      'wrapping beyond the axis',
      () =>
        pad(
          x,
          [
            [0, 0],
            [0, 4],
          ],
          { mode: 'wrap' },
        ),
      /mode 'wrap' cannot add/,
    ],
    ['the edge of nothing', () => pad(inputOf('x', [0]), [[1, 0]], { mode: 'edge' }), /mode 'edge' cannot add/],
    [
      'a value for a mode without one',
      () =>
        pad(
          x,
          [
            [0, 0],
            [0, 0],
          ],
          { mode: 'edge', value: 1 },
        ),
      /mode 'edge' takes no value, got 1/,
    ],
    ['a shift for each of two axes', () => roll(x, [1], [0, 1]), /roll: 1 shifts are given for 2 axes/],
    ['an axis that is flipped twice', () => flip(x, [0, -2]), /flip: of \[0, -2\] an axis is given twice/],
    ['flatten of a scalar from axis 1', () => inputOf('x', []).flatten(1), /flatten: axis 1 is out of range for 1 dim/],
    ['an order of too few axes', () => x.transpose([0]), /transpose of \[2, 3\]: \[0\] is not an order of its axes/],
    ['an order that has an axis twice', () => x.transpose([0, 0]), /transpose of \[2, 3\]: \[0, 0\] is not an order/],
    ['tril of a vector', () => tril(k(1, 2)), /tril of \[2\]: expected a matrix/],
    ['diag of three axes', () => diag(x.expandDims()), /diag of \[1, 2, 3\]: expected a vector or a matrix/],
    ['meshgrid of a matrix', () => meshgrid([x]), /meshgrid: expected vectors, got float32\[2, 3\]/],
    ['unique of a placeholder', () => unique(x), /unique of float32\[2, 3\]: how many values differ is not known/],
    ['axis 1 of a scalar', () => inputOf('x', []).sum(1), /sum: axis 1 is out of range for 1 dimension/],
    ['concat of scalars', () => concat([inputOf('x', [])]), /axis 0 is out of range for 0 dimensions/],
    [
      'crossEntropy with labels of another shape',
      () => x.crossEntropy(k(0, 1, 1)),
      /expected \[\.\.\., classes\] and a label for each row/,
    ],
    [
      'where between two types',
      () => where(x, x, k(1)),
      /cannot choose between float32 and int32; convert with toFloat\(\)/,
    ],
    ['oneHot of float32', () => oneHot(x, 3), /the labels must be int32/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
