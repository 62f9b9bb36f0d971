// What TypeScript users write without a type: it must compile, and give these types. Checked by `tsc -p test`.

import { beforeAll, expect, it } from 'vitest';
import { pow } from '../bindings/functions/elementwise.js';
import * as wg from '../bindings/index.js';

beforeAll(() => wg.init({ seed: 1 }));

it('an untyped argument of a transform is a tensor', () => {
  const slope: number = wg.grad((x) => pow(x, 3))(2);
  const second: number = wg.grad(wg.grad((x) => pow(x, 3)))(2);
  const { value, grads } = wg.valueAndGrad((p: { w: wg.Tensor; b: wg.Tensor }) => p.w.mul(2).add(p.b))({ w: 3, b: 4 });
  const both: number = value + grads.w;
  const least: number = wg.minimize((x) => x.square(), 1.2, { steps: 1, optimizer: wg.sgd(0.5) }).point;
  const root: number = wg.newton((x) => x.square().mul(3).add(x.mul(6)), 3).point;
  const low: number = wg.lbfgs((x) => x.square(), 3).point;
  const step = wg.jit((w, x) => wg.grad((v) => v.matMul(x).sum())(w));
  expect([slope, second, both, least, root]).toEqual([12, 12, 12, 0, -1]);
  expect(Math.abs(low)).toBeLessThan(1e-3);
  expect(step(wg.tensor([[1, 2]]), wg.tensor([[3], [4]])).toArray()).toEqual([[3, 4]]);
  expect(
    wg
      .hessian((x) => pow(x, 3))(2)
      .item(),
  ).toBe(12);
});
