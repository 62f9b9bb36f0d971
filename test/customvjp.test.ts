// customVjp: gradients of one's own, for tensors and trees, under other transforms, and what is refused.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';

const { customVjp, grad, tensor } = wg;
const flat = (t: wg.Tensor): number[] => [...t.data()];
// biome-ignore lint/suspicious/noExplicitAny: wrong on purpose
const any = (value: unknown): any => value;

describe.each(['wasm', 'js'] as const)('customVjp on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  /** x², with 3g in place of 2x·g, so that it shows. */
  const tripled = customVjp(
    (x: wg.Tensor) => ({ value: x.square(), saved: null }),
    (_, g) => [g.mul(3)],
  );
  /** x³ with its own derivative, of which there are more. */
  const cube = customVjp(
    (x: wg.Tensor) => ({ value: x.square().mul(x), saved: x }),
    (x, g) => [g.mul(x.square()).mul(3)],
  );

  it('has the value of the function and the gradient of `back`', () => {
    expect(wg.valueAndGrad(tripled)(5)).toEqual({ value: 25, grads: 3 });
    expect(
      flat(
        grad((x: wg.Tensor) =>
          tripled(x)
            .mul(tensor([1, 2]))
            .sum(),
        )(tensor([5, 6])),
      ),
    ).toEqual([3, 6]);
  });

  it('has gradients of gradients', () => {
    expect(grad(cube)(2)).toBe(12);
    expect(grad(grad(cube))(2)).toBe(12);
    expect(grad(grad(grad(cube)))(2)).toBe(6);
  });

  it('works under jit, vjp, jvp and vmap', () => {
    expect(wg.jit(grad(cube))(2).item()).toBe(12);
    expect(grad((x: wg.Tensor) => wg.jit((t: wg.Tensor) => cube(t))(x))(2)).toBe(12);
    expect(wg.vjp(cube, 2).pull(10).item()).toBe(120);
    expect(wg.jvp(cube, 2, 10).tangent.item()).toBe(120);
    expect(flat(wg.vmap(grad(cube))(tensor([1, 2, 3])))).toEqual([3, 12, 27]);
    expect(flat(wg.vmap(grad(grad(cube)))(tensor([1, 2, 3])))).toEqual([6, 12, 18]);
  });

  it('takes and returns trees; null is no gradient', () => {
    const f = customVjp(
      ({ w, b }: { w: wg.Tensor; b: wg.Tensor }, scale: wg.Tensor) => ({
        value: { sum: w.add(b), pair: [w.mul(scale), b.sum()] as const },
        saved: { scale },
      }),
      ({ scale }, { sum, pair: [scaled, total] }) => [{ b: total.mul(100), w: sum.add(scaled.mul(scale)) }, null],
    );
    const loss = (p: { w: wg.Tensor; b: wg.Tensor; scale: wg.Tensor }) => {
      const { sum, pair } = f({ w: p.w, b: p.b }, p.scale);
      return sum.sum().add(pair[0].mul(10).sum()).add(pair[1].mul(7));
    };
    const { value, grads } = wg.valueAndGrad(loss)({ w: tensor([1, 2]), b: 3, scale: 2 });
    expect((value as wg.Tensor).item()).toBe(9 + 60 + 21);
    expect([flat(grads.w), grads.b, grads.scale]).toEqual([[21, 21], 700, 0]);
    const batch = wg.vmap(grad(loss))({ w: tensor([[1, 2]]), b: tensor([3]), scale: tensor([2]) });
    expect([flat(batch.w), flat(batch.b), flat(batch.scale)]).toEqual([[21, 21], [700], [0]]);
  });

  it('lets labels and other int32 tensors through', () => {
    const f = customVjp(
      (x: wg.Tensor, at: wg.Tensor) => ({ value: { picked: ops.take(x, at), at }, saved: x }),
      (x, { picked, at }) => [x.zerosLike().add(picked.sum()).add(at.sum()), at],
    );
    const at = tensor([2, 0], undefined, 'int32');
    const loss = (x: wg.Tensor) => {
      const { picked, at: same } = f(x, at);
      expect(same.dtype).toBe('int32');
      return picked.mul(5).sum();
    };
    expect(flat(grad(loss)(tensor([1, 2, 3])))).toEqual([10, 10, 10]);
  });

  it('calls `back` only for a gradient, and is a straight-through estimator in a line', () => {
    let calls = 0;
    const through = customVjp(
      (x: wg.Tensor) => ({ value: ops.round(x), saved: 0 }),
      (_, g) => {
        calls++;
        return [g];
      },
    );
    expect(through(tensor(2.4)).item()).toBe(2);
    expect(calls).toBe(0);
    expect(grad((x: wg.Tensor) => through(x).square())(2.4)).toBe(4);
    expect(calls).toBe(1);
  });

  const f = (x: wg.Tensor) => ({ value: x.mul(2), saved: 0 });
  const outside = grad((w: wg.Tensor) =>
    customVjp(
      (x: wg.Tensor) => ({ value: x.mul(w), saved: 0 }),
      (_, g) => [g],
    )(tensor(1)),
  );
  it.each<[string, () => unknown, RegExp]>([
    ['no function', () => customVjp(any(1), any(f)), /customVjp: expected a function, got 1/],
    ['no function for the gradient', () => customVjp(f, any(1)), /customVjp: back: expected a function, got 1/],
    [
      'a value alone',
      () =>
        customVjp(
          any((x: wg.Tensor) => x),
          () => [],
        )(tensor(1)),
      /return \{ value, saved \}, got float32\[\]/,
    ],
    [
      'one gradient too few',
      () =>
        grad(
          customVjp(
            f,
            any(() => []),
          ),
        )(1),
      /back must return an array of 1, one for each argument/,
    ],
    [
      'a gradient that is no array',
      () =>
        grad(
          customVjp(
            f,
            any((_: 0, g: wg.Tensor) => g),
          ),
        )(1),
      /back must return an array of 1/,
    ],
    [
      'a gradient of another shape',
      () => grad(customVjp(f, () => [tensor([1, 2])]))(1),
      /back returns the gradient float32\[2\] for an argument of float32\[\]/,
    ],
    [
      'a gradient of another form',
      () =>
        grad(
          customVjp(
            f,
            any(() => [{ x: 1 }]),
          ),
        )(1),
      /gradient 0 that back returns must have the form of its argument/,
    ],
    [
      'a function that loses a gradient',
      () => outside(3),
      /a function of customVjp that uses more than its arguments inside of grad would lose the gradient of float32\[\]/,
    ],
  ])('refuses %s', (_, act, message) => {
    expect(act).toThrow(message);
    expect(act).toThrow(wg.WasmgradError);
  });
});
