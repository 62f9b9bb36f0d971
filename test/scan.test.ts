// scan, whileLoop and cond: against the same written out, on both back ends, with gradients of both orders.

import { beforeAll, describe, expect, it } from 'vitest';
import { gradients } from '../bindings/grad.js';
import * as wg from '../bindings/index.js';
import { pad } from '../bindings/ops/pad.js';
import { slice, split, stack } from '../bindings/ops/slicing.js';
import * as ops from '../bindings/ops.js';
import { Program } from '../bindings/program.js';
import type { Runner } from '../bindings/run/runner.js';
import { constantOf, inputOf, type Tensor } from '../bindings/tensor.js';
import { firstDifference, js, js64, wasm } from './harness.js';

const { grad, gradCheck, init, jit, scan, tensor, valueAndGrad, whileLoop, cond } = wg;

const flat = (t: Tensor): number[] => [...t.data()];

/** Numbers around 0, always the same. */
const numbers = (size: number, seed = 1): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 0.7);

type Step<C> = (carry: C, x: Tensor) => readonly [C, Tensor];

/** scan written out: what it is compared with. */
function writtenOut<C>(f: Step<C>, init: C, xs: Tensor, reverse = false): { carry: C; ys: Tensor } {
  const [length, ...row] = xs.shape as [number, ...number[]];
  const ys: Tensor[] = [];
  let carry = init;
  for (let turn = 0; turn < length; turn++) {
    const t = reverse ? length - 1 - turn : turn;
    const [next, y] = f(carry, slice(xs, [t]).reshape(row));
    carry = next;
    ys[t] = y;
  }
  return { carry, ys: stack(ys) };
}

const looped = <C>(f: Step<C>, init: C, xs: Tensor, reverse = false) =>
  scan(f as never, init as never, xs, { reverse }) as unknown as { carry: C; ys: Tensor };

interface State {
  readonly h: Tensor;
  readonly c: Tensor;
}

/** A cell with the gates of an LSTM. */
const lstm =
  (kernel: Tensor, recurrent: Tensor, bias: Tensor): Step<State> =>
  ({ h, c }, x) => {
    const gates = x.matMul(kernel).add(h.matMul(recurrent)).add(bias);
    const [i, f, g, o] = split(gates, 4, 1) as [Tensor, Tensor, Tensor, Tensor];
    const next = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
    const out = o.sigmoid().mul(next.tanh());
    return [{ h: out, c: next }, out];
  };

/** The program of a function of inputs of these shapes, and what it gives when it is run twice. */
function run(at: Runner, shapes: readonly (readonly number[])[], f: (...inputs: Tensor[]) => Tensor[]) {
  const inputs = shapes.map((shape, i) => inputOf(`input ${i}`, shape));
  const outputs = f(...inputs);
  const program = new Program(at, { outputs, effects: [] }, { inputs });
  const values = [1, 2].map(() => {
    inputs.forEach((t, i) => void program.write(t, numbers(t.size, i)));
    program.run();
    return outputs.map((t) => [...program.read(t)]);
  });
  expect(values[1]).toEqual(values[0]);
  const words = program.tape.length;
  program.dispose();
  return { values: values[0]!, words };
}

/** Loss and gradients of the cell over all steps. */
const lossOf =
  (form: typeof looped, reverse: boolean) =>
  (xs: Tensor, h: Tensor, c: Tensor, ...weights: Tensor[]): Tensor[] => {
    const [kernel, recurrent, bias] = weights as [Tensor, Tensor, Tensor];
    const { carry, ys } = form(lstm(kernel, recurrent, bias), { h, c }, xs, reverse);
    const loss = ys.square().sum().add(carry.c.sum());
    return [loss, carry.h, carry.c, ys, ...gradients(loss, [xs, h, c, ...weights]).map((g) => g!)];
  };

const shapesOf = (steps: number, batch = 3, units = 5, inputs = 4) => [
  [steps, batch, inputs],
  [batch, units],
  [batch, units],
  [inputs, 4 * units],
  [units, 4 * units],
  [4 * units],
];

const withoutSign = (values: readonly (readonly number[])[]) => values.map((row) => row.map((value) => value + 0));

describe.each([
  ['wasm', wasm],
  ['js', js],
  ['float64', js64],
] as const)('scan of an LSTM cell on %s', (_, at) => {
  describe.each([false, true])('reverse: %s', (reverse) => {
    it.each([1, 2, 7])('is the same as %i steps written out, bit for bit, values and gradients', (steps) => {
      const [loop, written] = [looped, writtenOut].map((form) => run(at, shapesOf(steps), lossOf(form, reverse)));
      expect(withoutSign(loop!.values)).toEqual(withoutSign(written!.values));
    });
  });
});

it('a tape does not grow with the length of its loops', () => {
  const [few, many] = [2, 50].map((steps) => run(wasm, shapesOf(steps), lossOf(looped, false)).words);
  expect(many).toBe(few);
});

it('has the same values on both back ends', () => {
  const [a, b] = [wasm, js].map((at) => run(at, shapesOf(9, 4, 8, 3), lossOf(looped, false)).values);
  for (const [i, values] of a!.entries()) expect(firstDifference(values, b![i]!, 1e-4, 1e-5)).toBeUndefined();
});

it('computes only what somebody reads', () => {
  const f = (all: boolean) => (xs: Tensor) => {
    const init = { sum: tensor(0), product: tensor(1) };
    const { carry, ys } = scan(
      ({ sum, product }, x: Tensor) => {
        return [{ sum: sum.add(x), product: product.mul(x) }, x.exp()];
      },
      init,
      xs,
    );
    return all ? [carry.sum, carry.product, ys] : [carry.sum];
  };
  expect(run(wasm, [[4]], f(false)).words).toBeLessThan(run(wasm, [[4]], f(true)).words - 20);
});

it.each([
  ['wasm', wasm],
  ['js', js],
] as const)('survives that the arena moves, with loops inside of loops, on %s', (_, at) => {
  const [xs, w] = [inputOf('xs', [3, 4, 2]), inputOf('w', [2])];
  const { carry, ys } = scan(
    (h: Tensor, rows: Tensor) => {
      const inner = scan((s: Tensor, x: Tensor) => [s.mul(w).add(x).tanh(), s.mul(x)], h, rows);
      return [inner.carry, inner.ys];
    },
    constantOf(numbers(2), [2]),
    xs,
  );
  const outputs = [carry, ys, ...gradients(ys.square().sum(), [xs, w]).map((g) => g!)];
  const program = new Program(at, { outputs, effects: [] }, { inputs: [xs, w] });
  const values = () => {
    for (const t of [xs, w]) program.write(t, numbers(t.size));
    program.run();
    return outputs.map((t) => [...program.read(t)]);
  };
  const before = values();
  const address = program.address(xs);
  const large = new Program(at, {
    outputs: [constantOf(numbers(2), [2]).broadcastTo([at.arena.block!.bytes, 2]).exp()],
    effects: [],
  });
  expect(values()).toEqual(before);
  expect(program.address(xs)).not.toBe(address);
  for (const one of [program, large]) one.dispose();
});

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => init({ backend, seed: 1 }));

  it('carries any nest of tensors and numbers, swaps, and integers', () => {
    const { carry, ys } = scan(
      ({ a: [first, second], i }, x: Tensor) => {
        const after = ops.take(tensor([3, 0, 1, 2], undefined, 'int32'), i);
        return [
          { a: [second!, first!.add(x)], i: after },
          { old: [first!, second!], i },
        ];
      },
      { a: [1, 2], i: tensor(0, [], 'int32') },
      tensor([10, 20, 30]),
    );
    expect(carry.a.map((t) => t.item())).toEqual([22, 41]);
    expect(ys.old.map(flat)).toEqual([
      [1, 2, 11],
      [2, 11, 22],
    ]);
    expect([ys.i.dtype, flat(ys.i), carry.i.item()]).toEqual(['int32', [0, 3, 2], 1]);
  });

  it('goes from the last row to the first, and leaves the ys in the order of the xs', () => {
    const { carry, ys } = scan((s, x: Tensor) => [s.mul(2).add(x), s], 1, tensor([10, 20, 30]), { reverse: true });
    expect([carry.item(), ...flat(ys)]).toEqual([178, 84, 32, 1]);
  });

  it('without a turn the carry is what it was, and so is its gradient', () => {
    const xs = tensor([], [0, 2]);
    const f = (p: { c: Tensor; w: Tensor }) => {
      const { carry, ys } = scan((c, x: Tensor) => [c.mul(p.w).add(x), x.add(c)], p.c, xs);
      expect(ys.shape).toEqual([0, 2]);
      return carry.mul(tensor([2, 3])).sum();
    };
    const { value, grads } = valueAndGrad(f)({ c: tensor([5, 7]), w: tensor([1, 2]) });
    expect([(value as Tensor).item(), ...flat(grads.c), ...flat(grads.w)]).toEqual([31, 2, 3, 0, 0]);
  });

  it('runs without xs for a length, and without ys', () => {
    const { carry, ys } = scan((c) => [c.mul(2), null], 3, null, { length: 5 });
    expect([carry.item(), ys]).toEqual([96, null]);
  });

  it('puts out what is no result of its own: a row, an old carry, something from outside', () => {
    const out = tensor([7]);
    const { ys } = scan(
      (c, x: Tensor) => [c.add(1), [x, c, c.reshape([1]), out, c.add(1), x.reshape([1])]],
      0,
      tensor([4, 5]),
    );
    expect((ys as Tensor[]).map(flat)).toEqual([
      [4, 5],
      [0, 1],
      [0, 1],
      [7, 7],
      [1, 2],
      [4, 5],
    ]);
  });

  it('tells loops apart that differ in their body only', () => {
    const xs = tensor([1, 2, 3]);
    const sums = [2, 3].map((k) => scan((s, x: Tensor) => [s.add(x.mul(k)), s], 0, xs).carry.item());
    const others = [(x: Tensor) => x.exp(), (x: Tensor) => x.neg()].map((f) => {
      return scan((s, x: Tensor) => [s.add(f(x)), s], 0, xs).carry.item();
    });
    expect(sums).toEqual([12, 18]);
    expect(others[0]).toBeCloseTo(Math.E + Math.exp(2) + Math.exp(3), 3);
    expect(others[1]).toBe(-6);
  });

  it('reads what a function from outside has made, in every transform and trace', () => {
    const f = (w: Tensor, xs: Tensor) => {
      const scale = w.exp();
      return scan((s, x: Tensor) => [s.mul(scale).add(x), null], 0, xs).carry;
    };
    const xs = tensor([1, 2, 3]);
    const value = Math.exp(1) ** 2 + 2 * Math.exp(1) + 3;
    const slope = 2 * Math.exp(2) + 2 * Math.exp(1);
    expect(jit(f)(tensor(1), xs).item()).toBeCloseTo(value, 4);
    expect(grad((w: Tensor) => f(w, xs))(1)).toBeCloseTo(slope, 4);
    expect(jit((w: Tensor) => grad((v: Tensor) => f(v, xs))(w))(1 as never).item()).toBeCloseTo(slope, 4);
    const second = grad((w: Tensor) => grad((v: Tensor) => f(v, xs))(w));
    expect(second(1)).toBeCloseTo(4 * Math.exp(2) + 2 * Math.exp(1), 3);
  });

  it('differentiates inside of its function', () => {
    const descend = (start: Tensor) =>
      scan((x) => [x.sub(grad((y: Tensor) => y.square().square().sum())(x).mul(0.01)), x], start, null, { length: 20 });
    let x = 1.5;
    let slope = 1;
    for (let i = 0; i < 20; i++) [x, slope] = [x - 0.04 * x ** 3, slope * (1 - 0.12 * x ** 2)];
    expect(descend(tensor(1.5)).carry.item()).toBeCloseTo(x, 5);
    expect(grad((s: Tensor) => descend(s).carry)(1.5)).toBeCloseTo(slope, 5);
  });

  it('nests: a loop over rows inside of one over matrices, and its gradients', () => {
    const f = (form: typeof looped) => (p: { xs: Tensor; w: Tensor; h: Tensor }) => {
      const inner: Step<Tensor> = (h, row) => {
        const next = h.mul(p.w).add(row).tanh();
        return [next, next.mul(h)];
      };
      const outer: Step<Tensor> = (h, rows) => {
        const { carry, ys } = form(inner, h, rows, true);
        return [carry.mul(p.w), ys.sum(0).add(h)];
      };
      const { carry, ys } = form(outer, p.h, p.xs);
      return carry.sum().add(ys.square().sum());
    };
    const p = { xs: tensor(numbers(24), [3, 4, 2]), w: tensor([0.5, -0.7]), h: tensor([0.1, 0.2]) };
    const [a, b] = [looped, writtenOut].map((form) => valueAndGrad(f(form))(p));
    expect((a!.value as Tensor).item()).toBe((b!.value as Tensor).item());
    for (const key of ['xs', 'w', 'h'] as const) {
      expect(firstDifference(flat(a!.grads[key]), flat(b!.grads[key]), 1e-5, 1e-6)).toBeUndefined();
    }
    const squared = (form: typeof looped) => (q: typeof p) => {
      const g = grad(f(form))(q);
      return g.xs.square().sum().add(g.w.square().sum()).add(g.h.square().sum());
    };
    const [c, d] = [looped, writtenOut].map((form) => grad(squared(form))(p));
    for (const key of ['xs', 'w', 'h'] as const) {
      expect(firstDifference(flat(c![key]), flat(d![key]), 1e-4, 1e-4)).toBeUndefined();
    }
  });

  it('slices, lookups and paddings of what is used from outside add up', () => {
    const f = (form: typeof looped) => (p: { table: Tensor; xs: Tensor }) => {
      const step: Step<Tensor> = (h, x) => {
        const used = h
          .mul(slice(p.table, [[0, 2]]))
          .add(ops.take(p.table, tensor([3, 1], undefined, 'int32')))
          .add(pad(slice(x, [[0, 1]]), [[1, 0]]));
        return [used.tanh(), used];
      };
      const { carry, ys } = form(step, tensor([0.3, -0.2]), p.xs);
      return carry.square().sum().add(ys.sum());
    };
    const p = { table: tensor(numbers(4)), xs: tensor(numbers(6, 3), [3, 2]) };
    const [a, b] = [looped, writtenOut].map((form) => grad(f(form))(p));
    for (const key of ['table', 'xs'] as const) {
      expect(firstDifference(flat(a![key]), flat(b![key]), 1e-5, 1e-6)).toBeUndefined();
    }
  });

  it('passes gradCheck, and so does its gradient', () => {
    const loss = (p: { h: Tensor; c: Tensor; k: Tensor; r: Tensor; b: Tensor; xs: Tensor }) => {
      const { carry, ys } = scan(lstm(p.k, p.r, p.b), { h: p.h, c: p.c }, p.xs);
      return ys.square().sum().add(carry.c.sum());
    };
    const shapes = shapesOf(3, 1, 2, 2);
    const [xs, h, c, k, r, b] = shapes.map((shape, i) =>
      tensor(
        numbers(
          shape.reduce((x, y) => x * y, 1),
          i,
        ),
        shape,
      ),
    );
    const p = { h: h!, c: c!, k: k!, r: r!, b: b!, xs: xs! };
    expect(gradCheck(loss, p)).toMatchObject({ ok: true });
    const second = (q: typeof p) => {
      const g = grad(loss)(q);
      return g.k.square().sum().add(g.xs.square().sum()).add(g.h.mul(g.c).sum());
    };
    expect(gradCheck(second, p)).toMatchObject({ ok: true });
  });

  it('is mapped by vmap, with gradients, also over what it uses from outside', () => {
    const f = (h: Tensor, w: Tensor, xs: Tensor) => {
      const { carry, ys } = scan(
        ({ s, n }: { s: Tensor; n: Tensor }, x: Tensor) => [
          { s: s.mul(w.exp()).add(x).tanh(), n: n.add(1) },
          s.mul(x).add(n),
        ],
        { s: h, n: 0 },
        xs,
        { reverse: true },
      );
      return carry.s.sum().add(ys.sum());
    };
    const [hs, ws, xs] = [tensor(numbers(6), [3, 2]), tensor(numbers(6, 2), [3, 2]), tensor(numbers(24, 3), [3, 4, 2])];
    const row = (t: Tensor, i: number) => slice(t, [i]).reshape(t.shape.slice(1));
    const slopes = (h: Tensor, w: Tensor, x: Tensor) =>
      grad((p: { h: Tensor; w: Tensor; x: Tensor }) => f(p.h, p.w, p.x))({ h, w, x });
    for (const axes of [
      [0, 0, 0],
      [null, 0, null],
      [0, null, 0],
      [null, null, 0],
    ]) {
      const given = [hs, ws, xs].map((t, k) => (axes[k] === null ? row(t, 0) : t)) as [Tensor, Tensor, Tensor];
      const one = (i: number) =>
        [hs, ws, xs].map((t, k) => row(t, axes[k] === null ? 0 : i)) as [Tensor, Tensor, Tensor];
      const values = flat(wg.vmap(f, { inAxes: axes })(...given));
      const grads = wg.vmap(slopes, { inAxes: axes })(...given) as { h: Tensor; w: Tensor; x: Tensor };
      for (let i = 0; i < 3; i++) {
        expect(values[i]).toBeCloseTo(f(...one(i)).item(), 5);
        const expected = slopes(...one(i));
        for (const key of ['h', 'w', 'x'] as const)
          expect(firstDifference(flat(row(grads[key], i)), flat(expected[key]), 1e-4, 1e-5)).toBeUndefined();
      }
    }
    const whole = (g: typeof f) =>
      grad((p: { h: Tensor; w: Tensor; x: Tensor }) => g(p.h, p.w, p.x))({ h: hs, w: ws, x: xs });
    const [a, b] = [
      (...p: [Tensor, Tensor, Tensor]) =>
        wg
          .vmap(f)(...p)
          .sum(),
      (...p: [Tensor, Tensor, Tensor]) =>
        f(row(p[0], 0), row(p[1], 0), row(p[2], 0))
          .add(f(row(p[0], 1), row(p[1], 1), row(p[2], 1)))
          .add(f(row(p[0], 2), row(p[1], 2), row(p[2], 2))),
    ].map(whole as never) as ReturnType<typeof whole>[];
    for (const key of ['h', 'w', 'x'] as const)
      expect(firstDifference(flat(a![key]), flat(b![key]), 1e-4, 1e-5)).toBeUndefined();
  });

  it('has no gradient where no turn passes one: an infinity before the loop makes no NaN of it', () => {
    const f = (slope: Tensor, start: Tensor) => {
      const [outside, before] = [ops.prelu(-Infinity, slope), ops.prelu(-Infinity, start)];
      const { carry, ys } = scan(
        ({ kept, sum }: { kept: Tensor; sum: Tensor }, x: Tensor) => [
          { kept: kept.greater(0), sum: sum.add(x) },
          x.greater(outside),
        ],
        { kept: before, sum: tensor(0) },
        tensor([1, 2, 3]),
      );
      return carry.kept.add(carry.sum).add(ys.sum());
    };
    const { grads } = wg.valueAndGrad(([slope, start]: [Tensor, Tensor]) => f(slope, start))([
      tensor(0.5),
      tensor(0.5),
    ]);
    expect(grads.map((g) => g.item())).toEqual([0, 0]);
  });

  it('makes 0 of a carried gradient that would be a denormal in the end', () => {
    const f = (x: Tensor) => scan((s) => [s.mul(2 ** -30), null], x, null, { length: 4 }).carry;
    expect(grad(f)(1)).toBe(0);
    expect(grad((x: Tensor) => scan((s) => [s.mul(2 ** -24), null], x, null, { length: 4 }).carry)(1)).toBe(2 ** -96);
  });

  it('whileLoop goes on as long as the condition holds', () => {
    const collatz = (n: number) =>
      whileLoop(
        ({ n: at }) => at.greater(1),
        ({ n: at, turns }) => {
          const half = at.mul(0.5);
          const odd = half.sub(ops.floor(half)).mul(2);
          return { n: odd.mul(at.mul(3).add(1)).add(odd.sub(1).neg().mul(half)), turns: turns.add(1) };
        },
        { n, turns: 0 },
      ).turns.item();
    expect([1, 2, 6, 27].map(collatz)).toEqual([0, 1, 8, 111]);
    const root = jit((x: Tensor) =>
      whileLoop(
        (r: Tensor) => r.square().sub(x).abs().greater(1e-3),
        (r: Tensor) => r.add(x.div(r)).mul(0.5),
        x,
      ),
    );
    expect([2, 9, 100].map((x) => root(tensor(x)).item().toFixed(2))).toEqual(['1.41', '3.00', '10.00']);
  });

  it('cond computes one of two', () => {
    const f = jit((p: Tensor, x: Tensor) =>
      cond(
        p.greater(0),
        (a: Tensor) => ({ y: a.mul(2), same: a }),
        (a: Tensor) => ({ y: a.neg(), same: a.add(1) }),
        x,
      ),
    );
    const x = tensor([1, -2]);
    expect([1, -1].map((p) => flat(f(tensor(p), x).y))).toEqual([
      [2, -4],
      [-1, 2],
    ]);
    expect([1, -1].map((p) => flat(f(tensor(p), x).same))).toEqual([
      [1, -2],
      [2, -1],
    ]);
    const inside = scan(
      (s, p: Tensor) => [
        cond(
          p,
          (a: Tensor) => a.add(p),
          (a: Tensor) => a.mul(10),
          s,
        ),
        s,
      ],
      1,
      tensor([2, 0, 3]),
    );
    expect([inside.carry.item(), ...flat(inside.ys)]).toEqual([33, 1, 3, 30]);
  });

  it('cond takes a boolean', () => {
    for (const flag of [true, false]) {
      const f = (x: Tensor) =>
        cond(
          flag,
          (a: Tensor) => a,
          (a: Tensor) => a.neg(),
          x,
        );
      expect([f(tensor(3)).item(), jit(f)(tensor(3)).item()]).toEqual(flag ? [3, 3] : [-3, -3]);
    }
  });

  it('whileLoop and cond stand inside of loops, and loops inside of them', () => {
    const f = (x: Tensor) =>
      whileLoop(
        (s: Tensor) => s.less(100),
        (s: Tensor) => scan((a, row: Tensor) => [a.add(row), null], s, x).carry,
        tensor(0),
      );
    expect(f(tensor([1, 2, 4])).item()).toBe(105);
    const { ys } = scan(
      (s, row: Tensor) => [s.add(1), f(row.mul(s))],
      1,
      tensor([
        [1, 2, 4],
        [1, 1, 1],
        [3, 4, 5],
      ]),
    );
    expect(flat(ys)).toEqual([105, 102, 108]);
  });
});

describe('what is refused', () => {
  beforeAll(() => init({ backend: 'js', seed: 1 }));
  const xs = tensor([1, 2, 3]);
  const any = (value: unknown) => value as never;

  it.each<[string, () => unknown, string]>([
    [
      'another shape',
      () => scan((c, x: Tensor) => [c.add(tensor([1, 2])), x], 0, xs),
      'scan: the carry that the function returns must have the shapes and types of the one that it gets: got float32[2], expected float32[]',
    ],
    [
      'other keys',
      () =>
        scan(
          any((c: { a: Tensor }) => [{ b: c.a }, null]),
          { a: 0 },
          xs,
        ),
      'scan: the carry that the function returns must have the form of the one that it gets',
    ],
    [
      'no pair',
      () =>
        scan(
          any((c: Tensor) => c),
          0,
          xs,
        ),
      'scan: the function must return [carry, y], got',
    ],
    ['no length', () => scan((c) => [c, null], 0, null), 'scan: without xs the number of turns is needed'],
    [
      'another length',
      () => scan((c) => [c, null], 0, xs, { length: 4 }),
      'scan: xs holds float32[3], but the length is 4',
    ],
    [
      'unequal xs',
      () => scan((c) => [c, null], 0, any([xs, tensor([1])])),
      'scan: xs holds float32[1], but float32[3] has 3 rows',
    ],
    ['a scalar x', () => scan((c) => [c, null], 0, tensor(1)), 'scan: xs holds float32[], a scalar'],
    [
      'async',
      () =>
        scan(
          any(async (c: Tensor) => [c, null]),
          0,
          xs,
        ),
      'must not be async',
    ],
    ['reading', () => scan((c) => [c.add(c.item()), null], 0, xs), 'cannot be read inside of the function of scan'],
    ['random numbers', () => scan((c) => [c.add(wg.randomNormal([])), null], 0, xs), 'inside of the function of scan'],
    ['effects', () => wg.jit((a: Tensor) => scan((c) => [wg.assign(a, c), null], 0, xs).carry)(tensor(1)), 'assign'],
    [
      'gradient of whileLoop',
      () =>
        grad(
          (x: Tensor) =>
            whileLoop(
              (c) => c.less(9),
              (c) => c.mul(2),
              x,
            ) as unknown as Tensor,
        )(1),
      'the gradient of whileLoop',
    ],
    [
      'gradient of cond',
      () =>
        grad((x: Tensor) =>
          cond(
            1,
            (a: Tensor) => a,
            (a: Tensor) => a.neg(),
            x,
          ),
        )(1),
      'the gradient of cond',
    ],
    [
      'other branches',
      () =>
        cond(
          1,
          (a: Tensor) => a,
          () => tensor([1, 2]),
          tensor(1),
        ),
      'cond: what the second function returns must have the shapes and types of what the first one returns',
    ],
    [
      'a condition that is the same for every carry',
      () =>
        whileLoop(
          any(() => true),
          (c) => c,
          1,
        ),
      'whileLoop: the condition returned true for every carry; return a tensor, such as x.less(100)',
    ],
    [
      'a condition that is no function',
      () => whileLoop(any(1), (c) => c, 1),
      'whileLoop: the condition must be a function',
    ],
    [
      'a body that is no function',
      () => whileLoop((c) => c, any(1), 1),
      'whileLoop: the body must be a function, got 1',
    ],
    [
      'a most number of turns',
      () =>
        whileLoop(
          (c) => c,
          (c) => c,
          1,
          any(50),
        ),
      'whileLoop takes a condition, a body and a carry, got 50 behind them; to bound its turns, carry a counter',
    ],
    [
      'a branch that is no function',
      () => cond(1, any(2), () => tensor(1)),
      'cond: what is called where the predicate is true must be a function, got 2',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(wg.WasmgradError);
    expect(call).toThrow(message);
  });

  it('a stand-in that is kept and used after its loop', () => {
    let kept: Tensor | undefined;
    scan((c, x: Tensor) => [(kept = c.add(x)), null], 0, xs);
    expect(() => kept!.item()).toThrow('cannot be read outside of the trace that it was made in');
  });
});
