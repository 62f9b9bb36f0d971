// Linear algebra where test/cases.ts does not go: factors put together again, pivots, singular and indefinite matrices,
// special values, derivatives of derivatives, parts. On both back ends.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { type Shape, sizeOf } from '../bindings/shape.js';
import { inputOf, Tensor } from '../bindings/tensor.js';
import { firstDifference, release, trace } from './harness.js';
import { Numbers } from './numbers.js';
import { inParts, setLeast } from './parts.js';

const { grad, gradCheck, tensor } = wg;
const { cholesky, det, inv, qr, slogdet, solve, triangularSolve } = ops;

const SIDES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 33];

/** Random numbers between -1 and 1. */
function random(shape: Shape, seed = 1): Tensor {
  const source = new Numbers(seed);
  return tensor(
    Float32Array.from({ length: sizeOf(shape) }, () => 2 * source.uniform() - 1),
    shape,
  );
}

const flat = (t: Tensor): number[] => [...t.data()];
const turned = (t: Tensor): Tensor => t.transpose([...t.shape.slice(0, -2).map((_, i) => i), -1, -2]);
const definite = (n: number): Tensor =>
  random([n, n])
    .matMul(random([n, n]), { transB: true })
    .add(wg.eye(n));

function expectClose(actual: Tensor | readonly number[], expected: Tensor | readonly number[], tolerance = 2e-6): void {
  const [a, e] = [actual, expected].map((x) => (x instanceof Tensor ? flat(x) : x)) as [number[], number[]];
  const scale = e.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  expect(firstDifference(a, e, tolerance, tolerance * scale)).toBeUndefined();
}

/** NaN or infinite. */
const noNumber = (v: number): boolean => !Number.isFinite(v);

afterEach(release);

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  describe.each(SIDES)('of side %i', (n) => {
    const cases: readonly Shape[] = [
      [n, n],
      [n + 3, n],
      [n, n + 2],
      [3, n, n],
    ];

    it.each(cases.map((shape) => [shape]))(
      'q·r of %s is a, the columns of q are orthonormal, and r is triangular',
      (shape) => {
        const a = random(shape);
        const { q, r } = qr(a);
        expectClose(q.matMul(r), a);
        const k = Math.min(...shape.slice(-2));
        expectClose(turned(q).matMul(q), wg.eye(k).broadcastTo([...shape.slice(0, -2), k, k]));
        const columns = shape.at(-1)!;
        const below = flat(r).filter((_, at) => Math.floor(at / columns) % k > at % columns);
        expect(below.every((v) => Object.is(v, 0))).toBe(true);
      },
    );

    it('l·lᵀ is a', () => {
      const a = definite(n);
      const l = cholesky(a);
      expectClose(l.matMul(l, { transB: true }), a);
      expect(
        flat(l)
          .filter((_, at) => at % n > Math.floor(at / n))
          .every((v) => Object.is(v, 0)),
      ).toBe(true);
    });

    it('a·inv(a) is the identity, and a·solve(a, b) is b', () => {
      const a = random([n, n]).add(wg.eye(n).mul(n));
      expectClose(a.matMul(inv(a)), wg.eye(n));
      const b = random([n, 3], 2);
      expectClose(a.matMul(solve(a, b)), b);
    });

    it('det(a·b) is det(a)·det(b), and slogdet says the same', () => {
      const [a, b] = [random([n, n]).add(wg.eye(n)), random([n, n], 2).sub(wg.eye(n))];
      const product = det(a).item() * det(b).item();
      expect(det(a.matMul(b)).item() / product).toBeCloseTo(1, 3);
      const { sign, logAbsDet } = slogdet(a);
      expect((sign.item() * Math.exp(logAbsDet.item())) / det(a).item()).toBeCloseTo(1, 5);
    });

    it('a triangular system has the solution of the whole one', () => {
      const lower = cholesky(definite(n));
      const b = random([n, 2], 3);
      for (const transA of [false, true]) {
        expectClose(triangularSolve(lower, b, { lower: true, transA }), solve(transA ? turned(lower) : lower, b), 1e-5);
        expectClose(triangularSolve(turned(lower), b, { transA }), solve(transA ? lower : turned(lower), b), 1e-5);
      }
    });
  });

  // What NumPy 2.4 gives, by LAPACK.
  it.each<[number[][], number[][], number[][]]>([
    [
      [
        [0, 2, 1],
        [3, -1, 2],
        [1, 1, -4],
      ],
      [
        [0, 0.8451543, -0.5345225],
        [-0.9486833, -0.1690309, -0.2672612],
        [-0.3162278, 0.5070926, 0.8017837],
      ],
      [
        [-3.1622777, 0.6324555, -0.6324555],
        [0, 2.3664319, -1.5212777],
        [0, 0, -4.2761799],
      ],
    ],
    [
      [
        [-1, 2],
        [2, 0],
        [2, 1],
      ],
      [
        [-1 / 3, -0.8944272],
        [2 / 3, 0],
        [2 / 3, -0.4472136],
      ],
      [
        [3, 0],
        [0, -2.236068],
      ],
    ],
    [
      [
        [1, 2, 3],
        [-2, 1, 0],
      ],
      [
        [-0.4472136, 0.8944272],
        [0.8944272, 0.4472136],
      ],
      [
        [-2.236068, 0, -1.3416408],
        [0, 2.236068, 2.6832816],
      ],
    ],
    [
      [
        [2, 1],
        [0, 3],
      ],
      [
        [1, 0],
        [0, 1],
      ],
      [
        [2, 1],
        [0, 3],
      ],
    ],
    [
      [
        [0, 0],
        [0, 0],
      ],
      [
        [1, 0],
        [0, 1],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    ],
    [[[-3]], [[1]], [[-3]]],
  ])('qr of %j has the signs of LAPACK', (a, q, r) => {
    const actual = qr(tensor(a));
    expectClose(actual.q, q.flat());
    expectClose(actual.r, r.flat());
  });

  it('exchanges rows and columns where there are zeros on the diagonal, and small numbers', () => {
    const cycle = tensor([
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]);
    expect(flat(solve(cycle, tensor([1, 2, 3])))).toEqual([3, 1, 2]);
    expect(flat(inv(cycle))).toEqual([0, 0, 1, 1, 0, 0, 0, 1, 0]);
    const { sign, logAbsDet } = slogdet(cycle);
    expect([det(cycle).item(), sign.item(), logAbsDet.item()]).toEqual([1, 1, 0]);
    expect(
      det(
        tensor([
          [0, 2],
          [3, 0],
        ]),
      ).item(),
    ).toBe(-6);
    expect(
      flat(
        solve(
          tensor([
            [1e-20, 1],
            [1, 1],
          ]),
          tensor([1, 2]),
        ),
      ),
    ).toEqual([1, 1]);
    expect(
      flat(
        solve(
          tensor([
            [0, 0, 2],
            [0, 4, 1],
            [8, 1, 1],
          ]),
          tensor([2, 5, 10]),
        ),
      ),
    ).toEqual([1, 1, 1]);
  });

  describe('of a singular matrix', () => {
    const singular = tensor([
      [1, 2],
      [2, 4],
    ]);
    it.each<[string, () => Tensor]>([
      ['solve', () => solve(singular, tensor([1, 1]))],
      ['inv', () => inv(singular)],
      ['inv of zeros', () => inv(wg.zeros([2, 2]))],
      ['triangularSolve', () => triangularSolve(wg.zeros([2, 2]), tensor([1, 1]))],
    ])('%s has no finite element', (_, f) => {
      expect(flat(f()).every(noNumber)).toBe(true);
    });

    it('det is 0, and its gradient is that of cofactors', () => {
      const gradient = (a: number[][]) => grad((x: Tensor) => det(x))(tensor(a));
      expect(det(singular).item()).toBe(0);
      expect(
        flat(
          gradient([
            [1, 2],
            [2, 4],
          ]),
        ),
      ).toEqual([4, -2, -2, 1]);
      expectClose(
        gradient([
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ]),
        [-3, 6, -3, 6, -12, 6, -3, 6, -3],
      );
      expect(
        flat(
          gradient([
            [1, 2, 3],
            [2, 4, 6],
            [3, 6, 9],
          ]),
        ),
      ).toEqual(new Array(9).fill(0));
      expect(
        flat(
          gradient([
            [0, 0, 0],
            [0, 0, 0],
            [0, 0, 5],
          ]),
        ),
      ).toEqual(new Array(9).fill(0));
      expect(flat(gradient([[0]]))).toEqual([1]);
      expect(
        flat(
          gradient([
            [0, 0],
            [0, 0],
          ]),
        ),
      ).toEqual([0, 0, 0, 0]);
    });

    it('slogdet is 0 and -Infinity', () => {
      const { sign, logAbsDet } = slogdet(singular);
      expect([sign.item(), logAbsDet.item()]).toEqual([0, -Infinity]);
    });

    it('nothing happens to its neighbours in a batch', () => {
      const batch = ops.stack([
        singular,
        wg.eye(2),
        tensor([
          [Number.NaN, 1],
          [1, 1],
        ]),
        wg.eye(2).mul(2),
      ]);
      expect(flat(det(batch))).toEqual([0, 1, Number.NaN, 4]);
      expect(flat(inv(batch)).slice(4, 8)).toEqual([1, 0, 0, 1]);
      expect(flat(inv(batch)).slice(12)).toEqual([0.5, 0, 0, 0.5]);
      expect(flat(qr(batch).r).slice(4, 8)).toEqual([1, 0, 0, 1]);
    });
  });

  it.each([
    [
      [
        [1, 2],
        [2, 1],
      ],
    ],
    [
      [
        [1, 1],
        [1, 1],
      ],
    ],
    [
      [
        [-1, 0],
        [0, 1],
      ],
    ],
    [
      [
        [0, 0],
        [0, 0],
      ],
    ],
    [
      [
        [1, Number.NaN],
        [0, 1],
      ],
    ],
  ])('cholesky of %j, which is not positive definite, is NaN, and of its neighbours is not', (a) => {
    const nan = [Number.NaN, 0, Number.NaN, Number.NaN];
    expect(flat(cholesky(ops.stack([wg.eye(2), tensor(a), wg.eye(2)])))).toEqual([1, 0, 0, 1, ...nan, 1, 0, 0, 1]);
  });

  it('cholesky is that of the symmetric part, and its gradient is symmetric', () => {
    const [lower, both] = [
      tensor([
        [4, 0],
        [4, 10],
      ]),
      tensor([
        [4, 2],
        [2, 10],
      ]),
    ];
    expect(flat(cholesky(lower))).toEqual([2, 0, 1, 3]);
    expect(flat(cholesky(lower))).toEqual(flat(cholesky(both)));
    const [, b, c] = flat(grad((x: Tensor) => cholesky(x).square().sum())(both));
    expect(b).toBe(c);
  });

  it('what is not of the triangle is not looked at, nor a diagonal of 1', () => {
    const x = Number.NaN;
    const b = tensor([2, 5]);
    expect(
      flat(
        triangularSolve(
          tensor([
            [2, 1],
            [x, 5],
          ]),
          b,
        ),
      ),
    ).toEqual([0.5, 1]);
    expect(
      flat(
        triangularSolve(
          tensor([
            [2, x],
            [3, 2],
          ]),
          b,
          { lower: true },
        ),
      ),
    ).toEqual([1, 1]);
    expect(
      flat(
        triangularSolve(
          tensor([
            [x, 1],
            [x, x],
          ]),
          b,
          { unitDiagonal: true },
        ),
      ),
    ).toEqual([-3, 5]);
    expect(
      flat(
        triangularSolve(
          tensor([
            [2, 1],
            [x, 4],
          ]),
          b,
          { transA: true },
        ),
      ),
    ).toEqual([1, 1]);
  });

  it('numbers at the ends of float32 are no trouble before the result is', () => {
    const [huge, tiny] = [3e38, 1e-42].map(Math.fround) as [number, number];
    const diagonal = (...d: number[]) => tensor(d.map((v, i) => d.map((_, j) => (i === j ? v : 0))));
    expect(flat(solve(diagonal(huge, tiny), tensor([huge, tiny])))).toEqual([1, 1]);
    expect(det(diagonal(huge, tiny, 1e4)).item()).toBe(Math.fround(huge * tiny * 1e4));
    expect(det(diagonal(huge, huge)).item()).toBe(Infinity);
    expect(slogdet(diagonal(huge, huge)).logAbsDet.item()).toBeCloseTo(2 * Math.log(huge), 4);
    expect(flat(cholesky(diagonal(huge, tiny)))).toEqual([huge, 0, 0, tiny].map((v) => Math.fround(Math.sqrt(v))));
    expect(flat(qr(tensor([[huge], [huge / 2]])).q)).toEqual(
      flat(qr(tensor([[tiny], [tiny / 2]])).q).map(() => expect.any(Number)),
    );
    expectClose(qr(tensor([[huge], [0.75 * huge]])).q, [-0.8, -0.6]);
    expectClose(qr(tensor([[8 * 2 ** -149], [-6 * 2 ** -149]])).q, [-0.8, 0.6]);
  });

  it('infinities and NaN become no numbers', () => {
    for (const special of [Infinity, -Infinity, Number.NaN]) {
      const a = tensor([
        [special, 1],
        [1, 2],
      ]);
      for (const f of [det, (x: Tensor) => qr(x).r, (x: Tensor) => cholesky(x)]) {
        expect(flat(f(a)).some(noNumber), `${special}`).toBe(true);
      }
    }
    expect(
      flat(
        solve(
          tensor([
            [1, 2],
            [Number.NaN, 1],
          ]),
          tensor([1, 1]),
        ),
      ).every(Number.isNaN),
    ).toBe(true);
    const columns = tensor([
      [Number.NaN, 1],
      [1, 3],
    ]);
    expect(flat(solve(wg.eye(2), columns)).filter((_, at) => at % 2)).toEqual([1, 3]);
  });

  describe('derivatives', () => {
    const n = 3;
    const weights = random([n, n], 7);
    const a = random([n, n], 5).add(ops.flip(wg.eye(n), 0).mul(2));
    const scalars: Record<string, (x: Tensor) => Tensor> = {
      solve: (x) => solve(x, weights).square().sum(),
      inv: (x) => inv(x).mul(weights).square().sum(),
      det: (x) => det(x),
      slogdet: (x) => slogdet(x).logAbsDet,
      triangularSolve: (x) =>
        triangularSolve(x.add(wg.eye(n).mul(3)), weights)
          .square()
          .sum(),
      cholesky: (x) =>
        cholesky(x.add(wg.eye(n).mul(5)))
          .mul(weights)
          .square()
          .sum(),
      q: (x) => qr(x).q.mul(weights).square().sum(),
      r: (x) => qr(x).r.mul(weights).square().sum(),
    };
    it.each(Object.entries(scalars))('of %s, of the first to the third order', (_, f) => {
      const first = (x: Tensor): Tensor => grad(f)(x).mul(weights).sum();
      const second = (x: Tensor): Tensor => grad(first)(x).mul(weights).sum();
      for (const g of [f, first, second]) expect(gradCheck(g, a)).toMatchObject({ ok: true });
    });

    it('of a whole batch, compiled', () => {
      const [x, b] = [random([4, n, n]).add(wg.eye(n).mul(2)), random([n, 2])];
      const f = (p: { x: Tensor; b: Tensor }) => solve(p.x, p.b).square().sum();
      const [now, later] = [grad(f)({ x, b }), wg.jit((p: { x: Tensor; b: Tensor }) => grad(f)(p))({ x, b })];
      expectClose(later.x, now.x);
      expectClose(later.b, now.b);
    });

    it('the hessian of log|det x| is -∂x⁻ᵀ', () => {
      const x = tensor([
        [2, 1],
        [0, 4],
      ]);
      const h = flat(wg.hessian((y: Tensor) => slogdet(y).logAbsDet)(x) as Tensor);
      const y = flat(inv(x));
      const at = (i: number, j: number) => y[2 * i + j]!;
      const expected = [0, 1].flatMap((i) =>
        [0, 1].flatMap((j) => [0, 1].flatMap((k) => [0, 1].map((l) => -at(j, k) * at(l, i)))),
      );
      expectClose(h, expected);
    });
  });
});

describe('parts', () => {
  beforeAll(() => setLeast(0));
  afterAll(() => setLeast(4096));

  it.each([2, 3, 7])('%i give the bits of one', (parts) => {
    for (const [batch, n] of [
      [1, 5],
      [8, 3],
      [9, 17],
    ] as const) {
      const [a, b] = [inputOf('a', [batch, n, n]), inputOf('b', [batch, n, 3])];
      const tall = inputOf('tall', [batch, n + 2, n]);
      const results = [
        solve(a, b),
        inv(a),
        det(a),
        slogdet(a).logAbsDet,
        grad((x: Tensor) => det(x).sum())(a),
        triangularSolve(a, b, { lower: true }),
        cholesky(a.matMul(a, { transB: true }).add(wg.eye(n))),
        qr(tall).q,
        qr(tall).r,
      ];
      const feeds = new Map([a, b, tall].map((t, i) => [t, random(t.shape, i).data()]));
      const [one, many] = [1, parts].map((p) => trace(inParts(p), results, feeds));
      one!.forEach(({ node, values }, s) => {
        const same = values[0]!.every((v, i) => Object.is(v, many![s]!.values[0]![i]));
        expect(same, `${node.op.name} of ${batch} of side ${n}`).toBe(true);
      });
    }
  });
});

describe('refused is', () => {
  const [square, wide, vector] = [wg.eye(3), wg.zeros([2, 3]), wg.zeros([3])];
  const integers = wg.zeros([3, 3], 'int32');
  it.each<[string, () => unknown, RegExp]>([
    [
      'inv of a matrix that is not square',
      () => inv(wide),
      /^inv of \[2, 3\]: expected a square matrix, got 2 rows and 3 columns$/,
    ],
    ['det of a vector', () => det(vector), /^det of \[3\]: expected a matrix, or a batch of matrices$/],
    ['qr of a vector', () => qr(vector), /^qr of \[3\]: expected a matrix/],
    [
      'a right side of other rows',
      () => solve(square, wide),
      /^solve: \[3, 3\] needs a right side of 3 rows, got \[2, 3\]$/,
    ],
    [
      'a scalar as right side',
      () => solve(square, tensor(1)),
      /^solve: \[3, 3\] needs a right side of 3 rows, got \[\]$/,
    ],
    [
      'a right side that is no tensor',
      () => solve(square, 1 as never),
      /^solve: the right side: expected a Tensor, got 1$/,
    ],
    [
      'batches that differ',
      () => solve(wg.zeros([2, 3, 3]), wg.zeros([4, 3, 1])),
      /^solve: the shapes \[2\] and \[4\] do not broadcast$/,
    ],
    ['int32', () => cholesky(integers), /^cholesky needs float32 tensors, got int32/],
    ['int32 in slogdet', () => slogdet(integers), /^slogdet needs float32 tensors, got int32/],
    [
      'an unknown option',
      () => triangularSolve(square, vector, { upper: true } as never),
      /option of triangularSolve 'upper'/,
    ],
  ])('%s', (_, f, message) => {
    expect(f).toThrow(message);
  });
});
