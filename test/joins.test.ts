// The gradients of many slices of one tensor, or lookups in it, are joined: with linear work, and to the same sum.

import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { gradients, pullback } from '../bindings/grad.js';
import { graphOf, ownerOf } from '../bindings/graph.js';
import { take, takeAlongAxis } from '../bindings/ops/gather.js';
import { pad } from '../bindings/ops/pad.js';
import { concat, type Range, slice, split } from '../bindings/ops/slicing.js';
import { Program } from '../bindings/program.js';
import { constantOf, inputOf, type Tensor } from '../bindings/tensor.js';
import { gradCheck } from '../bindings/transforms/gradcheck.js';
import { firstDifference, js, js64, release, trace, wasm } from './harness.js';
import { inParts } from './parts.js';

const sum = (parts: readonly Tensor[]): Tensor => parts.reduce((a, b) => a.add(b));

/** How often each op is in the gradient of `loss` by `x`. */
function opsOf(loss: Tensor, x: Tensor): Record<string, number> {
  const made = graphOf({ outputs: [gradients(loss, [x])[0]!], effects: [] }).nodes;
  const counts: Record<string, number> = {};
  for (const { op } of made) counts[op.name] = (counts[op.name] ?? 0) + 1;
  return counts;
}

/** Elements that the instructions of the gradient of `loss` by `x` write. */
function work(loss: Tensor, x: Tensor): number {
  const { nodes } = graphOf({ outputs: [gradients(loss, [x])[0]!], effects: [] });
  return nodes.reduce((total, node) => total + (node.op.emit ? node.size : 0), 0);
}

const numbers = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1));

/** The values of tensors made of `x`, of which `numbers` are the values. */
function valuesOf(outputs: readonly Tensor[], x: Tensor): ArrayLike<number>[] {
  const program = new Program(js64, { outputs, effects: [] }, { inputs: [x] });
  program.write(x, numbers(x.size));
  program.run(1);
  const values = outputs.map((t) => program.read(t));
  program.dispose();
  return values;
}

describe('the gradient of many slices of one tensor', () => {
  const squares = (parts: readonly Tensor[]): Tensor =>
    sum(
      parts.map((part, k) =>
        part
          .square()
          .sum()
          .mul(k + 1),
      ),
    );

  it.each([0, 1, 2])('is one tensor where split cuts along axis %i', (axis) => {
    const x = inputOf('x', [6, 6, 6]);
    const ops = opsOf(squares(split(x, 6, axis)), x);
    expect(ops).toMatchObject({ embed: 1, slice: 6 });
  });

  it('is one tensor where the windows are the squares of a grid', () => {
    const x = inputOf('x', [6, 9]);
    const at = [0, 3, 6].flatMap((c) =>
      [0, 2, 4].map((r): Range[] => [
        [r, r + 2],
        [c, c + 3],
      ]),
    );
    expect(opsOf(squares(at.map((ranges) => slice(x, ranges))), x)).toMatchObject({ embed: 1 });
  });

  it('has a layer for each of the windows that overlap at once', () => {
    const x = inputOf('x', [200]);
    const windows = Array.from({ length: 196 }, (_, k) => slice(x, [[k, k + 5]]));
    expect(opsOf(squares(windows), x)).toMatchObject({ embed: 5 });
  });

  it('adds up equal windows first', () => {
    const x = inputOf('x', [64, 8]);
    const loss = (n: number) => squares(Array.from({ length: n }, () => slice(x, [[3, 5]])));
    expect(opsOf(loss(30), x)).toMatchObject({ embed: 1 });
  });

  it('takes linear work: twice as many slices twice the work', () => {
    const loss = (x: Tensor) => squares(split(x, x.shape[0]!));
    const [small, large] = [inputOf('x', [64, 4]), inputOf('x', [128, 4])];
    expect(work(loss(large), large) / work(loss(small), small)).toBeLessThan(2.1);
  });

  it('is the sum of what each slice gives, whatever the windows', () => {
    const axis = fc.tuple(
      fc.integer({ min: -7, max: 7 }),
      fc.integer({ min: -7, max: 7 }),
      fc.constantFrom(1, 2, -1, -3),
    );
    const windows = fc.array(fc.tuple(axis, axis), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(windows, (ranges) => {
        const x = inputOf('x', [6, 7]);
        const losses = ranges.map((range, k) =>
          slice(x, range)
            .square()
            .sum()
            .mul(k + 1),
        );
        const alone = losses.map((loss) => gradients(loss, [x])[0]!);
        const [together, expected] = valuesOf([gradients(sum(losses), [x])[0]!, sum(alone)], x);
        expect(firstDifference(together!, expected!, 1e-12, 1e-12)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it('is right where a cotangent is itself a padded tensor, with something else than zeros around it', () => {
    const x = inputOf('x', [4]);
    const [y, z] = [x.mul(2), x.mul(3)];
    const u = [pad(constantOf(numbers(2), [2]), [[1, 1]], { value: 7 }), pad(constantOf(numbers(3), [3]), [[0, 1]])];
    const [g] = pullback([y, z, slice(x, [[0, 2]])], [u[0]!, u[1]!, constantOf(numbers(2), [2])], [x]);
    const [a, b, c] = numbers(3) as unknown as [number, number, number];
    const expected = [14 + 3 * a + a, 2 * a + 3 * b + b, 2 * b + 3 * c, 14];
    expect(firstDifference(valuesOf([g!], x)[0]!, expected, 1e-12, 0)).toBeUndefined();
  });

  it('has a gradient itself', () => {
    const f = (x: Tensor): Tensor => squares([0, 1, 2, 1].map((k) => slice(x, [[k, k + 3]]).tanh()));
    const slope = (x: Tensor): Tensor => gradients(f(x), [x])[0]!.square().sum();
    expect(gradCheck(slope, constantOf(numbers(6), [6]))).toMatchObject({ ok: true });
  });
});

describe('the gradient of many lookups in one table', () => {
  const loss = (table: Tensor, lookups: number): Tensor =>
    sum(
      Array.from({ length: lookups }, (_, k) =>
        take(table, inputOf(`at${k}`, [2], 'int32'))
          .square()
          .sum()
          .mul(k + 1),
      ),
    );

  it('is one scatterAdd', () => {
    const table = inputOf('table', [50, 3]);
    expect(opsOf(loss(table, 8), table)).toMatchObject({ scatterAdd: 1 });
  });

  it('takes work that grows by what is looked up, not by the table', () => {
    const table = inputOf('table', [1000, 3]);
    expect(work(loss(table, 9), table) - work(loss(table, 8), table)).toBeLessThan(100);
  });

  it('is the sum of what each gives, also along different axes', () => {
    const x = inputOf('x', [3, 4, 2]);
    const int = (values: number[], shape: number[]) => constantOf(Int32Array.from(values), shape, 'int32');
    const losses = [
      take(x, int([2, 0], [2])),
      take(x, int([1, 1, 2, 0], [2, 2])),
      take(x, int([3], []), 1),
      take(x, int([3, 0, 3], [3]), 1),
      takeAlongAxis(x, int([0, 2, 1, 1, 0, 3], [3, 1, 2]), 1),
      takeAlongAxis(x, int([0, 3, 1], [3, 1, 1]), 1),
    ].map((t, k) =>
      t
        .square()
        .sum()
        .mul(k + 1),
    );
    const alone = losses.map((t) => gradients(t, [x])[0]!);
    const [together, expected] = valuesOf([gradients(sum(losses), [x])[0]!, sum(alone)], x);
    expect(firstDifference(together!, expected!, 1e-12, 1e-12)).toBeUndefined();
    expect(opsOf(sum(losses), x)).toMatchObject({ scatterAdd: 3 });
  });

  it('has a gradient itself', () => {
    const at = [Int32Array.of(0, 2), Int32Array.of(2, 2), Int32Array.of(1, 0)].map((k) => constantOf(k, [2], 'int32'));
    const f = (x: Tensor): Tensor =>
      sum(
        at.map((k, i) =>
          take(x, k)
            .tanh()
            .mul(i + 1),
        ),
      )
        .square()
        .sum();
    const slope = (x: Tensor): Tensor => gradients(f(x), [x])[0]!.square().sum();
    expect(gradCheck(slope, constantOf(numbers(9), [3, 3]))).toMatchObject({ ok: true });
  });
});

describe('concat', () => {
  /** How often programs of a concat of n tensors, and of its gradients, look at the shape of one. */
  function looks(n: number): number {
    let count = 0;
    const xs = Array.from({ length: n }, (_, k) => {
      const x = inputOf(`x${k}`, [2]);
      const { shape } = x;
      const look = () => {
        count++;
        return shape;
      };
      return Object.defineProperty(x, 'shape', { get: look });
    });
    const joined = concat(xs);
    const grads = gradients(joined.square().sum(), xs).map((g) => g!);
    new Program(js, { outputs: [joined, ...grads], effects: [] }, { inputs: xs }).dispose();
    return count;
  }

  it('takes linear work: twice as many tensors twice the looks', () => {
    expect(looks(2000) / looks(1000)).toBeLessThan(2.1);
  });
});

describe('at every tail, between guards, to the bit: whole numbers have no rounding', () => {
  afterEach(release);

  const TAILS = [3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 65, 131];
  /** [rows, columns]; the last is larger than what one thread does alone (assembly/share.ts). */
  const SHAPES = [
    ...TAILS.flatMap(
      (n) =>
        [
          [n, 5],
          [5, n],
        ] as const,
    ),
    [67, 71] as const,
  ];
  const whole = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => ((i * 7) % 23) - 11);

  /** The values of `out` on every runner, and on three parts of every instruction. */
  function expectExactly(
    out: Tensor,
    feeds: ReadonlyMap<Tensor, ArrayLike<number>>,
    expected: readonly number[],
  ): void {
    const source = ownerOf(out);
    for (const runner of [wasm, js, inParts(3)]) {
      const values = trace(runner, [out], feeds).find(({ node }) => node === source)!.values[0]!;
      expect(firstDifference(values, expected, 0, 0), `${runner.backend}, ${out.shape}`).toBeUndefined();
    }
  }

  /** The numbers that Python's slice has of 0 … n - 1. */
  const picked = (n: number, [from, to, step]: readonly [number, number, number]): number[] => {
    const all = Array.from({ length: n }, (_, i) => i);
    return step > 0
      ? all.filter((i) => i >= from && i < to && (i - from) % step === 0)
      : all.slice(to + 1, from + 1).reverse();
  };

  /** Windows by rows and columns: overlapping ones, halves, every second one, and one backwards. */
  const windowsOf = (rows: number, columns: number) => {
    const axis = (n: number) =>
      [
        [0, n - 1, 1],
        [1, n, 1],
        [0, n >> 1, 1],
        [n >> 1, n, 1],
        [1, n, 2],
        [n - 1, 0, -1],
      ] as [number, number, number][];
    return [
      ...axis(rows).map((r) => [r, [0, columns, 1]] as const),
      ...axis(columns).map((c) => [[0, rows, 1], c] as const),
      ...axis(rows).map((r, k) => [r, axis(columns)[k]!] as const),
    ] as (readonly [[number, number, number], [number, number, number]])[];
  };

  it.each(SHAPES)('slices and their gradient, of %i by %i', (rows, columns) => {
    const x = inputOf('x', [rows, columns]);
    const data = whole(x.size);
    const expected = new Array<number>(x.size).fill(0);
    const losses = windowsOf(rows, columns).map(([r, c], k) => {
      const places = picked(rows, r).flatMap((i) => picked(columns, c).map((j) => i * columns + j));
      for (const place of places) expected[place]! += 2 * (k + 1) * data[place]!;
      const part = slice(x, [r, c]);
      expectExactly(
        part,
        new Map([[x, data]]),
        places.map((place) => data[place]!),
      );
      return part
        .square()
        .sum()
        .mul(k + 1);
    });
    expectExactly(gradients(sum(losses), [x])[0]!, new Map([[x, data]]), expected);
  });

  it.each(SHAPES)('concat and its gradient, of %i by %i', (rows, columns) => {
    for (const axis of [0, 1]) {
      const xs = [1, 0, 2].map((more) =>
        inputOf(`x${more}`, axis === 0 ? [rows + more, columns] : [rows, columns + more]),
      );
      const data = xs.map((x, k) => whole(x.size).map((v) => v + k));
      const feeds = new Map(xs.map((x, k) => [x, data[k]!]));
      const rowsOf = (k: number) =>
        Array.from({ length: xs[k]!.shape[0]! }, (_, r) => {
          const n = xs[k]!.shape[1]!;
          return Array.from(data[k]!.slice(r * n, (r + 1) * n));
        });
      const parts = [0, 1, 2].map(rowsOf);
      const joined =
        axis === 0 ? parts.flat(2) : parts[0]!.flatMap((row, r) => [...row, ...parts[1]![r]!, ...parts[2]![r]!]);
      const out = concat(xs, axis);
      expectExactly(out, feeds, joined);
      gradients(out.square().sum(), xs).forEach((g, k) => {
        expectExactly(
          g!,
          feeds,
          Array.from(data[k]!, (v) => 2 * v),
        );
      });
    }
  });

  it.each(SHAPES)('lookups and their gradient, in a table of %i by %i', (rows, columns) => {
    const table = inputOf('table', [rows, columns]);
    const data = whole(table.size);
    const feeds = new Map<Tensor, ArrayLike<number>>([[table, data]]);
    const expected = new Array<number>(table.size).fill(0);
    const losses = [1, 2, 7, 40].flatMap((count, k) =>
      [0, 1].map((axis) => {
        const at = Int32Array.from({ length: count }, (_, i) => (i * 5 + k) % table.shape[axis]!);
        const indices = inputOf(`at ${count} ${axis}`, [count], 'int32');
        feeds.set(indices, at);
        for (const found of at) {
          for (let place = 0; place < table.size; place++) {
            const here = axis === 0 ? Math.floor(place / columns) : place % columns;
            if (here === found) expected[place]! += 2 * (k + 1) * data[place]!;
          }
        }
        return take(table, indices, axis)
          .square()
          .sum()
          .mul(k + 1);
      }),
    );
    expectExactly(gradients(sum(losses), [table])[0]!, feeds, expected);
  });
});
