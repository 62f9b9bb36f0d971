// Gradients of one tensor that many slices or lookups give: they are joined, in linear work, and add up to the same.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { take, takeAlongAxis } from '../bindings/functions/gather.js';
import { concat, pad, type Range, slice, split } from '../bindings/functions/slicing.js';
import { gradients, pullback } from '../bindings/grad.js';
import { graphOf } from '../bindings/graph.js';
import { Program } from '../bindings/program.js';
import { constantOf, inputOf, type Tensor } from '../bindings/tensor.js';
import { gradCheck } from '../bindings/transforms/gradcheck.js';
import { firstDifference, js, js64 } from './harness.js';

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
  program.run(1, 0);
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
    const u = [pad(constantOf(numbers(2), [2]), [[1, 1]], 7), pad(constantOf(numbers(3), [3]), [[0, 1]])];
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
