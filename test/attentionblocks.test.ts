// Attention by blocks past the edges of blocks: against the composed ops in float64, what it does with numbers that are
// none, in parts, and how much memory it takes. Small sizes are rows of cases.ts.

import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { KEYS, QUERIES } from '../assembly/attention.js';
import { gradients } from '../bindings/grad.js';
import { graphOf } from '../bindings/graph.js';
import * as wg from '../bindings/index.js';
import { attentionWeights, checkAttention, weighted } from '../bindings/ops/attention.js';
import * as ops from '../bindings/ops.js';
import { Program } from '../bindings/program.js';
import type { Runner } from '../bindings/run/runner.js';
import { type Shape, sizeOf } from '../bindings/shape.js';
import { inputOf, Tensor, type TensorData } from '../bindings/tensor.js';
import { ATOL, firstDifference, js, js64, RTOL, release, small, trace, wasm } from './harness.js';
import { Numbers } from './numbers.js';
import { inParts } from './parts.js';
import { THOROUGH } from './thorough.js';

afterEach(release);

type Options = NonNullable<Parameters<typeof ops.scaledDotProductAttention>[3]>;

interface Sizes {
  readonly n?: number;
  readonly heads?: number;
  readonly shared?: number;
  readonly queries: number;
  readonly keys: number;
  readonly width?: number;
  readonly size?: number;
  readonly causal?: boolean;
  /** The shape of a mask, of zeros and ones, and of a bias. */
  readonly mask?: Shape;
  readonly bias?: Shape;
}

const shapesOf = ({ n = 1, heads = 1, shared = heads, queries, keys, width = 3, size = 2, mask, bias }: Sizes) => [
  [n, heads, queries, width],
  [n, shared, keys, width],
  [n, shared, keys, size],
  ...(mask ? [mask] : []),
  ...(bias ? [bias] : []),
];

/** Random numbers; of a mask about two thirds are 1, and all of its last row are 0. */
function numbersFor(sizes: Sizes, spread = 4): TensorData[] {
  const random = new Numbers(3);
  return shapesOf(sizes).map((shape, i) =>
    Float32Array.from({ length: sizeOf(shape) }, (_, at) =>
      sizes.mask && i === 3
        ? +(random.uniform() < 0.67 && at < sizeOf(shape) - shape.at(-1)!)
        : (random.uniform() - 0.5) * spread,
    ),
  );
}

function optionsOf({ causal, mask, bias }: Sizes, rest: readonly Tensor[]): Options {
  return { causal, mask: mask && rest[0], bias: bias && rest.at(-1) };
}

/** What is read, and its gradients by q, k and v: in blocks, and composed. */
function both(sizes: Sizes): { inputs: Tensor[]; blocks: Tensor[]; composed: Tensor[] } {
  const inputs = shapesOf(sizes).map((shape, i) => inputOf(`x${i}`, shape));
  const [q, k, v, ...rest] = inputs as [Tensor, Tensor, Tensor, ...Tensor[]];
  const options = optionsOf(sizes, rest);
  const at = checkAttention(q, k, v, options);
  const all = (y: Tensor): Tensor[] => [y, ...gradients(y.mul(y.add(0.5)).sum(), [q, k, v]).map((g) => g!)];
  return {
    inputs,
    blocks: all(ops.scaledDotProductAttention(q, k, v, options)),
    composed: all(weighted(at, attentionWeights(at))),
  };
}

function valuesOn(runner: Runner, outputs: readonly Tensor[], inputs: readonly Tensor[], data: readonly TensorData[]) {
  const program = new Program(runner, { outputs, effects: [] }, { inputs });
  inputs.forEach((x, i) => void program.write(x, data[i]!));
  program.run(1);
  const values = outputs.map((t) => program.read(t).slice());
  program.dispose();
  return values;
}

const opsOf = (outputs: readonly Tensor[]): string[] =>
  graphOf({ outputs, effects: [] }).nodes.map(({ op }) => op.name);

const [Q, K] = [QUERIES, KEYS];

describe.each<Sizes>([
  { queries: Q + 3, keys: K + 7 },
  { queries: Q + 1, keys: 5, width: 9, size: 17, heads: 4, shared: 2 },
  { queries: 3, keys: 2 * K + 1, n: 2 },
  { queries: Q + 5, keys: K + 1, causal: true },
  { queries: K + 9, keys: Q, causal: true },
  { queries: 49, keys: 25, causal: true, heads: 2, shared: 1 },
  { queries: 33, keys: 2 * K + 3, causal: true },
  { queries: Q + 1, keys: K + 5, mask: [1, 1, 1, K + 5] },
  { queries: Q + 1, keys: K + 2, mask: [Q + 1, K + 2], causal: true, heads: 2, shared: 1 },
  { queries: Q + 2, keys: 11, n: 2, mask: [2, 1, Q + 2, 11], bias: [1, Q + 2, 1] },
  { queries: 5, keys: K + 3, n: 2, heads: 2, bias: [2, 2, 1, K + 3] },
])('of %o', (sizes) => {
  it('is what is composed, in float64', () => {
    const { inputs, blocks, composed } = both(sizes);
    expect(opsOf(blocks)).toContain('attentionGrad');
    expect(opsOf(composed)).not.toContain('attention');
    const data = numbersFor(sizes);
    const exact = valuesOn(js64, composed, inputs, data);
    for (const [name, runner] of Object.entries(THOROUGH ? { js64, js, wasm, small } : { js64, wasm })) {
      valuesOn(runner, blocks, inputs, data).forEach((values, i) => {
        const [rtol, atol] = name === 'js64' ? [1e-9, 1e-9] : [RTOL, ATOL];
        expect(firstDifference(values, exact[i]!, rtol, atol), `${i} on ${name}`).toBeUndefined();
      });
    }
  });

  it('touches no guard, and has the same bits in parts', () => {
    const { inputs, blocks } = both(sizes);
    const data = numbersFor(sizes);
    const feeds = new Map(inputs.map((t, i) => [t, data[i]!]));
    trace(wasm, blocks, feeds);
    const one = valuesOn(inParts(1), blocks, inputs, data);
    for (const parts of [2, 3]) expect(valuesOn(inParts(parts), blocks, inputs, data)).toEqual(one);
    expect(valuesOn(wasm, blocks, inputs, data)).toEqual(one);
  });
});

describe.each([
  ['wasm', wasm],
  ['js', js],
] as const)('on %s', (_, runner) => {
  /** What is read with queries, keys and values of one number, for one head, and the gradients. */
  function read(
    q: number[],
    k: number[],
    v: number[],
    options: (of: (x: number[][]) => Tensor) => Options = () => ({}),
  ) {
    const inputs = [q, k, v].map((x, i) => inputOf(`x${i}`, [x.length, 1]));
    const [a, b, c] = inputs as [Tensor, Tensor, Tensor];
    const y = ops.scaledDotProductAttention(a, b, c, { scale: 1, ...options((x) => wg.tensor(x)) });
    const grads = gradients(y.sum(), inputs).map((g) => g!);
    return valuesOn(
      runner,
      [y, ...grads],
      inputs,
      [q, k, v].map((x) => Float32Array.from(x)),
    ).map((x) => [...x]);
  }

  it('reads 0 where nothing may be read, with gradients of 0', () => {
    const mask = [
      [0, 0],
      [1, 0],
    ];
    const [y, dq, dk, dv] = read([3, 2], [1, 5], [7, 9], (of) => ({ mask: of(mask) }));
    expect(y).toEqual([0, 7]);
    expect(dq).toEqual([0, 0]);
    expect(dk).toEqual([0, 0]);
    expect(dv).toEqual([1, 0]);
  });

  it('goes with the largest score, however far others are, and infinite ones are NaN', () => {
    expect(read([1], [3e38, -3e38], [2, 5])[0]).toEqual([2]);
    expect(read([1], [1000, 900], [2, 5])[0]).toEqual([2]);
    expect(read([1], [-1000, -1000], [2, 5])[0]).toEqual([3.5]);
    expect(read([1], [-Infinity, 1], [2, 5])[0]).toEqual([5]);
    expect(read([1], [Infinity, 1], [2, 5])[0]).toEqual([Number.NaN]);
    expect(read([1, 0], [Number.NaN, 1], [2, 5])[0]).toEqual([Number.NaN, Number.NaN]);
  });

  it('does not look at the scores of what is excluded', () => {
    const mask = [
      [1, 0],
      [1, 1],
    ];
    const [y] = read([1, 1], [1, Number.NaN], [2, 5], (of) => ({ mask: of(mask) }));
    expect(y).toEqual([2, Number.NaN]);
    expect(read([1, 1], [1, Number.NaN], [2, 5], () => ({ causal: true }))[0]).toEqual([2, Number.NaN]);
  });

  it('takes weights and slopes below 2^-100 for 0', () => {
    const [y, dq, dk, dv] = read([1], [0, -69], [1, 1]);
    expect(dv![1]).toBeCloseTo(Math.exp(-69), 36);
    expect([y, dq, dk]).toEqual([[1], [0], [0, 0]]);
    expect(read([1], [0, -69.4], [1, 1])[3]).toEqual([1, 0]);
  });
});

it('takes as long where weights fade as elsewhere', () => {
  const [time, width] = [256, 16];
  const inputs = [0, 1, 2].map((i) => inputOf(`x${i}`, [time, width]));
  const [q, k, v] = inputs as [Tensor, Tensor, Tensor];
  const y = ops.scaledDotProductAttention(q, k, v, { scale: 1 });
  const program = new Program(
    wasm,
    { outputs: [y, ...gradients(y.sum(), inputs).map((g) => g!)], effects: [] },
    { inputs },
  );
  const fastest = (spread: number): number => {
    const random = new Numbers(1);
    for (const x of inputs)
      program.write(
        x,
        Float32Array.from({ length: x.size }, () => (random.uniform() - 0.5) * spread),
      );
    program.run(1);
    return Math.min(
      ...Array.from({ length: 10 }, () => {
        const start = performance.now();
        program.run(1);
        return performance.now() - start;
      }),
    );
  };
  const usual = fastest(1);
  expect(fastest(12)).toBeLessThan(3 * usual); // scores from -100 to 100
  program.dispose();
});

it('trains in memory that grows with the steps, not with their square', () => {
  const bytesAt = (time: number): number => {
    const inputs = [0, 1, 2].map((i) => inputOf(`x${i}`, [1, 2, time, 8]));
    const [q, k, v] = inputs as [Tensor, Tensor, Tensor];
    const y = ops.scaledDotProductAttention(q, k, v, { causal: true });
    const outputs = [y, ...gradients(y.square().sum(), inputs).map((g) => g!)];
    const program = new Program(wasm, { outputs, effects: [] }, { inputs });
    const { arenaBytes } = program;
    program.dispose();
    return arenaBytes;
  };
  const [one, two, four] = [1024, 2048, 4096].map(bytesAt) as [number, number, number];
  expect(four - two).toBeLessThan(2.01 * (two - one));
  expect(four).toBeLessThan(2 * 4096 * 8 * 4 * 16);
});

describe('transforms', () => {
  beforeAll(() => wg.init({ backend: 'wasm', seed: 1 }));
  const normal = (shape: Shape, seed: number): Tensor => wg.randomNormal([...shape], { key: wg.randomKey(seed) });
  const mask = wg.tensor([
    [1, 0, 1],
    [0, 0, 0],
    [1, 1, 1],
    [1, 1, 0],
  ]);
  const blocks = (q: Tensor, k: Tensor, v: Tensor) => ops.scaledDotProductAttention(q, k, v, { mask });
  const composed = (q: Tensor, k: Tensor, v: Tensor) => {
    const at = checkAttention(q, k, v, { mask });
    return weighted(at, attentionWeights(at));
  };
  const given = (): [Tensor, Tensor, Tensor] => [normal([2, 4, 5], 1), normal([2, 3, 5], 2), normal([2, 3, 2], 3)];
  const close = (a: Tensor, b: Tensor): void =>
    expect(firstDifference(a.data(), [...b.data()], 1e-5, 1e-5)).toBeUndefined();

  it('read at once do not compute what they are for files', () => {
    const read = vi.spyOn(Tensor.prototype, 'toJSON');
    expect(blocks(...given()).data()).toHaveLength(16);
    expect(read).not.toHaveBeenCalled();
  });

  it('jvp and the gradient of a gradient are those of what is composed', () => {
    const tangents = given().map((t) => t.mul(0.3).add(0.1));
    const tangentOf = (f: typeof blocks) =>
      wg.jvp((x: Tensor[]) => f(...(x as ReturnType<typeof given>)), given(), tangents).tangent;
    close(tangentOf(blocks), tangentOf(composed));
    const second = (f: typeof blocks) =>
      wg.grad((x: Tensor[]) =>
        wg
          .grad((y: Tensor[]) =>
            f(...(y as ReturnType<typeof given>))
              .square()
              .sum(),
          )(x)
          .reduce((sum, g) => sum.add(g.square().sum()), wg.tensor(0)),
      )(given());
    const [ours, theirs] = [second(blocks), second(composed)];
    ours.forEach((g, i) => void close(g, theirs[i]!));
  });

  it('vmap maps some or all of queries, keys, values, masks and gradients', () => {
    const [q, k, v] = [normal([3, 2, 4, 5], 1), normal([3, 2, 3, 5], 2), normal([3, 2, 3, 2], 3)];
    const masks = normal([3, 4, 3], 4).greater(0);
    const one = (a: Tensor, b: Tensor, c: Tensor, m: Tensor) =>
      wg.grad((x: Tensor) => ops.scaledDotProductAttention(x, b, c, { mask: m }).square().sum())(a);
    const at = (t: Tensor, i: number): Tensor => ops.slice(t, [i]);
    const all = wg.vmap(one)(q, k, v, masks);
    const some = wg.vmap(one, { inAxes: [0, null, null, 0] as never })(q, at(k, 0), at(v, 0), masks);
    for (let i = 0; i < 3; i++) {
      close(at(all, i), one(at(q, i), at(k, i), at(v, i), at(masks, i)));
      close(at(some, i), one(at(q, i), at(k, 0), at(v, 0), at(masks, i)));
    }
  });
});
