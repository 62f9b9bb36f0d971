// explain(f)(x): its numbers against float64 by hand and by differences, its formulas against its numbers.

import { beforeAll, describe, expect, it } from 'vitest';
import { explain } from '../../bindings/explain.js';
import * as wg from '../../bindings/index.js';
import * as ops from '../../bindings/ops.js';
import { computed, isFunction } from './arithmetic.js';

type T = wg.Tensor;

const z = ({ w, b }: { w: T; b: T }): T => w.mul(2).add(b.mul(3)).mul(b.mul(2).add(1));
const c = (x: T): T => x.square().log().sqrt();

const linesOf = (text: string, start: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith(start));

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend }));

  it('z = (2w + 3b)·(2b + 1) has the numbers of the notes', () => {
    const { text, data } = explain(z)({ w: 3, b: 4 });
    expect(text).toBe(`z = (2w + 3b)·(2b + 1), at w = 3, b = 4

Forward: from the inputs to the result
    x = 2w + 3b = 2·3 + 3·4 = 18
    y = 2b + 1 = 2·4 + 1 = 9
    z = x·y = 18·9 = 162

Backward: local derivatives, from the result to the inputs
  z = x·y
    ∂z/∂x = y = 9
    ∂z/∂y = x = 18
  y = 2b + 1
    ∂y/∂b = 2
  x = 2w + 3b
    ∂x/∂w = 2
    ∂x/∂b = 3

Chain rule: along each path the derivatives are multiplied, and the paths are added up
    ∂z/∂y = 18
    ∂z/∂x = 9
    ∂z/∂w = ∂z/∂x·∂x/∂w = 9·2 = 18
    ∂z/∂b = ∂z/∂x·∂x/∂b + ∂z/∂y·∂y/∂b = 9·3 + 18·2 = 63`);
    expect(data.value).toBe(162);
    expect(data.inputs).toEqual([
      { name: 'w', value: 3, gradient: 18 },
      { name: 'b', value: 4, gradient: 63 },
    ]);
    expect(JSON.parse(JSON.stringify(explain(z)({ w: 3, b: 4 })))).toEqual(data);
  });

  it('c = √ln x² goes through the chain rule node by node', () => {
    const { text, data } = explain(c)(2);
    const [y, u] = [4, Math.log(4)];
    const slopes = [1 / (2 * Math.sqrt(u)), 1 / y, 2 * 2];
    expect(text.split('\n')[0]).toBe('c = √(ln(x²)), at x = 2');
    expect(linesOf(text, '∂c/∂x')).toEqual(['∂c/∂x = ∂c/∂y·∂y/∂x = 0.10617·4 = 0.42466']);
    const locals = data.steps.map(({ back }) => back[0]!.local as number).reverse();
    slopes.forEach((slope, i) => void expect(locals[i]).toBeCloseTo(slope, 6));
    expect(data.inputs[0]!.gradient).toBeCloseTo(slopes[0]! * slopes[1]! * slopes[2]!, 6);
  });

  it('a product of matrices has dA = g·Bᵀ and dB = Aᵀ·g', () => {
    const A = wg.tensor([[1, 2], [3, 4]]); // biome-ignore format: a matrix
    const B = wg.tensor([[-1, -2], [-3, -4]]); // biome-ignore format: a matrix
    const { text, data } = explain((a: T, b: T) => a.matMul(b).square().sum())(A, B);
    const by = wg.grad(({ a, b }: { a: T; b: T }) => a.matMul(b).square().sum())({ a: A, b: B });
    expect(data.inputs.map(({ gradient }) => gradient)).toEqual([by.a.toArray(), by.b.toArray()]);
    expect(text).toContain(`    ∂f/∂a = ∂f/∂x·bᵀ = [  54  122 ]
                       [ 118  266 ]
    ∂f/∂b = aᵀ·∂f/∂x = [ -104  -152 ]
                       [ -148  -216 ]`);
  });
});

/** Functions of one variable: each op that has a row in rules.ts, where it is smooth. */
const UNARY: Readonly<Record<string, (x: T) => T>> = {
  neg: (x) => x.neg(),
  abs: (x) => x.abs(),
  square: (x) => x.square(),
  sqrt: (x) => x.abs().sqrt(),
  exp: (x) => x.exp(),
  log: (x) => x.abs().log(),
  softplus: (x) => x.softplus(),
  sigmoid: (x) => x.sigmoid(),
  tanh: (x) => x.tanh(),
  relu: (x) => x.relu(),
  leakyRelu: (x) => x.leakyRelu(0.25),
  sin: (x) => ops.sin(x),
  cos: (x) => ops.cos(x),
  atan: (x) => ops.atan(x),
  expm1: (x) => ops.expm1(x),
  log1p: (x) => ops.log1p(x.abs()),
  sign: (x) => x.sign().add(x),
  floor: (x) => ops.floor(x).add(x),
  ceil: (x) => ops.ceil(x).add(x),
  round: (x) => ops.round(x).add(x),
  add: (x) => x.add(x.square()),
  sub: (x) => x.sub(x.square()).sub(3),
  mul: (x) => x.mul(x).mul(x),
  div: (x) => x.div(x.square().add(1)).add(x.square().div(-4)),
  pow: (x) => ops.pow(x.abs(), x),
  maximum: (x) => x.maximum(x.neg()).mul(x),
  minimum: (x) => x.minimum(x.mul(0.5)).mul(x),
  greater: (x) => x.greater(0).mul(x),
  greaterEqual: (x) => x.greaterEqual(0.5).mul(x),
  equal: (x) => x.equal(x.mul(1)).mul(x),
};

/** Whether a side of an equation has no names in it. */
const isNumeric = (side: string): boolean =>
  !/[∂=]|^\[[^\]]*$|^[^[]*\]/.test(side) && (side.match(/[a-zσ]+/g) ?? []).every(isFunction);

describe('every op of a book', () => {
  beforeAll(() => wg.init({ precision: 'float64' }));

  const points = Object.keys(UNARY).flatMap((name) => [-1.3, 0.7, 2.2].map((at) => [name, at] as const));

  it.each(points)(
    '%s at %d: its formulas have the values of its steps, and its gradient that of differences',
    (name, at) => {
      const { text, data } = explain((x: T) => UNARY[name]!(x).mul(2).exp(), { digits: 16 })(at);
      const exact = (x: number): number => explain((t: T) => UNARY[name]!(t).mul(2).exp())(x).data.value;
      const h = 1e-6;
      const slope = (exact(at + h) - exact(at - h)) / (2 * h);
      expect(Math.abs((data.inputs[0]!.gradient as number) - slope)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
      let compared = 0;
      for (const line of text.split('\n').slice(1)) {
        const numbers = line.split(' = ').filter(isNumeric);
        if (numbers.length < 2) continue;
        const [formula, value] = [computed(numbers[0]!), computed(numbers.at(-1)!)];
        expect(Math.abs(formula - value), line).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)));
        compared++;
      }
      expect(compared).toBeGreaterThan(2);
    },
  );
});

describe('names', () => {
  beforeAll(() => wg.init({ backend: 'js' }));

  const namesOf = (text: string): string => text.split('\n')[0]!.split(', at ')[1]!;

  it('are those of the parameters, of keys, or made up', () => {
    expect(namesOf(explain((height: T, width: T) => height.mul(width))(2, 3).text)).toBe('height = 2, width = 3');
    expect(namesOf(explain(([p, q]: [T, T]) => p.mul(q))([2, 3]).text)).toBe('p = 2, q = 3');
    expect(namesOf(explain((v: T[]) => v[0]!.mul(v[1]!))([2, 3]).text)).toBe('v1 = 2, v2 = 3');
    expect(namesOf(explain((p: { a: T; of: { b: T } }) => p.a.mul(p.of.b))({ a: 2, of: { b: 3 } }).text)).toBe(
      'a = 2, b = 3',
    );
    expect(namesOf(explain((p: { x: T }, q: { x: T }) => p.x.mul(q.x))({ x: 2 }, { x: 3 }).text)).toBe(
      'p.x = 2, q.x = 3',
    );
    expect(namesOf(explain(((x: T) => x.square()).bind(null))(2).text)).toBe('x = 2');
  });

  it('of steps are given, or letters that are free', () => {
    const named = explain(z, { names: ['left', 'right'] })({ w: 3, b: 4 });
    expect(named.data.steps.map(({ name }) => name)).toEqual(['left', 'right', 'z']);
    expect(linesOf(named.text, '∂z/∂b')).toEqual(['∂z/∂b = ∂z/∂left·∂left/∂b + ∂z/∂right·∂right/∂b = 9·3 + 18·2 = 63']);
    const x = (y: T): T => y.exp().add(y.square()).square();
    expect(explain(x)(1).data.steps.map(({ name }) => name)).toEqual(['u', 'v', 's', 'x']);
  });

  it('of constants that are arrays are capitals', () => {
    const A = wg.tensor([1, 2, 3]);
    const { text, data } = explain((x: T) => x.mul(A).sum())(wg.tensor([4, 5, 6]));
    expect(data.constants).toEqual([{ name: 'A', value: [1, 2, 3], gradient: null }]);
    expect(text).toContain('y = x ⊙ A = [ 4  10  18 ]');
    expect(data.inputs[0]!.gradient).toEqual([1, 2, 3]);
  });
});

describe('what is no formula of a line', () => {
  beforeAll(() => wg.init({ backend: 'js' }));

  it('is told in words, with its numbers', () => {
    const f = (x: T): T => ops.cumSum(x).square().sum();
    const { text, data } = explain(f)(wg.tensor([1, 2, 3]));
    expect(data.inputs[0]!.gradient).toEqual(
      wg
        .grad(f)(wg.tensor([1, 2, 3]))
        .toArray(),
    );
    expect(text).toContain('is no formula of one line');
  });

  it('a loop, a derivative of its own, a stop and an input that is not used are no obstacle', () => {
    const loop = (x: T): T => wg.scan((carry: T, _x: T) => [carry.mul(x), carry], x, wg.tensor([1, 1, 1])).carry;
    expect(explain(loop)(2).data.inputs[0]!.gradient).toBe(32);
    const own = wg.customVjp(
      (x: T) => ({ value: x.square(), saved: x }),
      (x, g) => [g.mul(x).mul(10)],
    );
    expect(explain((x: T) => own(x).add(1))(3).data.inputs[0]!.gradient).toBe(30);
    const stopped = explain((x: T, _y: T) => x.stopGradient().mul(x).add(0))(3, 4);
    expect(stopped.data.inputs.map(({ gradient }) => gradient)).toEqual([3, null]);
    expect(stopped.text).toContain('no gradient goes through stopGradient');
    expect(stopped.text).toContain('the result does not depend on _y');
    expect(explain((x: T, i: T) => x.mul(i.toFloat()))(3, wg.tensor(2, [], 'int32')).data.inputs[0]!.gradient).toBe(2);
  });

  it('many numbers and many steps are summarised', () => {
    const big = wg.linspace(0, 1, 1000);
    const { text, data } = explain((x: T) => x.square().mean())(big);
    expect(text).toContain('y = x² = 1000: 0 … 1, mean 0.334, norm 14.2');
    expect(data.inputs[0]!.value).toMatchObject({ shape: [1000], min: 0, max: 1 });
    const deep = explain((x: T) => Array.from({ length: 500 }).reduce<T>((y) => y.tanh(), x))(1);
    expect(deep.data.steps).toHaveLength(500);
    expect(deep.text).toContain('… 440 more steps');
    expect(deep.text.split('\n').length).toBeLessThan(300);
  });
});

it('refuses what it cannot explain', async () => {
  await wg.init({ backend: 'js' });
  expect(() => explain(3 as never)).toThrow('explain: what is to be explained must be a function or a model, got 3');
  expect(() => explain((x: T) => x.square())(wg.tensor([1, 2]))).toThrow('explain: the function must return a scalar');
  expect(() => explain(() => wg.tensor(1))()).toThrow('takes no tensor or number');
  expect(() => explain((_: T) => wg.tensor(1))(2)).toThrow('does not depend on its arguments');
  expect(() => explain(z, { names: ['a', 'a'] })).toThrow(
    'explain: names must be an array of names, each of them once',
  );
  expect(() => explain(z, { langauge: 'zh' } as never)).toThrow("did you mean 'language'?");
  expect(() => explain(z, { language: 'fr' as never })).toThrow("explain: language must be 'en' or 'zh', got 'fr'");
});
