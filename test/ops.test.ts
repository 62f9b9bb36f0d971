// Every op of the table, on every runner: values, gradients, twins, guards.

import { afterEach, describe, expect, it } from 'vitest';
import { gradients } from '../bindings/grad.js';
import { Random } from '../bindings/random.js';
import type { Runner } from '../bindings/run/runner.js';
import { type Shape, sizeOf } from '../bindings/shape.js';
import { constantOf, inputOf, type Tensor, type TensorData } from '../bindings/tensor.js';
import { CASES, type Case, type Domain, SPECIALS, UPDATES } from './cases.js';
import { ATOL, firstDifference, js, js64, RTOL, release, type Step, trace, wasm } from './harness.js';

afterEach(release);

const shapesText = (shapes: readonly Shape[]) => shapes.map((s) => `[${s}]`).join(' ');

/** Random values that float32 holds, none of them close to a kink. */
function sample({ low, high, kinks = [], dtype }: Domain, n: number, random: Random): TensorData {
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
  const random = new Random(seed);
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
  it.each([
    ['wasm', wasm],
    ['js', js],
  ] as const)('on %s is within rtol 1.3e-6, atol 1e-5 of its float64 definition, at every shape', (_, runner) => {
    for (const shapes of c.shapes) {
      const { inputs, data, out } = build(c, shapes);
      const expected = c.reference(data, shapes);
      const actual = lastValue(runner, out, feedsOf(inputs, data));
      expect(firstDifference(actual, expected, RTOL, ATOL), shapesText(shapes)).toBeUndefined();
    }
  });

  it('gives the same values on both runners, instruction by instruction, and touches no guard', () => {
    for (const shapes of c.shapes) {
      const { inputs, data, out } = build(c, shapes, 2);
      const wrt = (c.differentiable ?? []).map((i) => inputs[i]!);
      const grads = wrt.length ? gradients(weighted(out), wrt).filter((g) => g !== null) : [];
      const feeds = feedsOf(inputs, data);
      compareSteps(trace(wasm, [out, ...grads], feeds), trace(js, [out, ...grads], feeds), shapesText(shapes));
    }
  });

  if (c.differentiable?.length) {
    it('has the gradient that central differences in float64 give', () => {
      for (const shapes of c.shapes) checkGradients(c, shapes);
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
    const expected = centralDifferences(loss, inputs, data, i);
    const g = grads[k];
    const where = `d/dx${i} at ${shapesText(shapes)}`;
    const feeds = feedsOf(inputs, data);
    const values = (runner: Runner) => (g ? lastValue(runner, g, feeds) : new Float64Array(expected.length));
    expect(firstDifference(values(js64), expected, 1e-5, 1e-6), `float64 ${where}`).toBeUndefined();
    for (const runner of [wasm, js]) {
      expect(firstDifference(values(runner), expected, 1e-5, 1e-5), `${runner.backend} ${where}`).toBeUndefined();
    }
  }
}

function centralDifferences(
  loss: Tensor,
  inputs: readonly Tensor[],
  data: readonly TensorData[],
  i: number,
): Float64Array {
  const h = 1e-5;
  const at = (k: number, shift: number): number => {
    const moved = Float64Array.from(data[i]!);
    moved[k] = moved[k]! + shift;
    const value = lastValue(js64, loss, feedsOf(inputs, data.with(i, moved)));
    release();
    return value[0]!;
  };
  return Float64Array.from({ length: data[i]!.length }, (_, k) => (at(k, h) - at(k, -h)) / (2 * h));
}

function compareSteps(actual: readonly Step[], expected: readonly Step[], where: string): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach(({ node, values }, s) => {
    values.forEach((value, v) => {
      const difference = firstDifference(value, expected[s]!.values[v]!, 5e-6, ATOL);
      expect(difference, `${node.op.name} at ${where}`).toBeUndefined();
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
    const random = new Random(4);
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
