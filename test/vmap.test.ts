// vmap: every op of the table against a loop over the examples, values and gradients; axes, trees, other transforms,
// and what is refused.

import { beforeAll, describe, expect, it } from 'vitest';
import { gradients } from '../bindings/grad.js';
import { reachable } from '../bindings/graph.js';
import * as wg from '../bindings/index.js';
import { lossOf } from '../bindings/losses/losses.js';
import * as elementwise from '../bindings/ops/elementwise.js';
import * as activations from '../bindings/ops/epilogues.js';
import * as matmul from '../bindings/ops/matmul.js';
import * as movement from '../bindings/ops/movement.js';
import type { OpDefinition } from '../bindings/ops/op.js';
import * as reduce from '../bindings/ops/reduce.js';
import { concat, slice, stack } from '../bindings/ops/slicing.js';
import * as softmax from '../bindings/ops/softmax.js';
import { Program } from '../bindings/program.js';
import { type Shape, sizeOf } from '../bindings/shape.js';
import { constantOf, inputOf, type Tensor, type TensorData } from '../bindings/tensor.js';
import { CASES, type Case, type Domain, UPDATES } from './cases.js';
import { firstDifference, js64 } from './harness.js';
import { Numbers } from './numbers.js';
import { THOROUGH } from './thorough.js';

/** Elements of an input that are tried at most: a loop makes a graph for each example. */
const MAX_ELEMENTS = 40;
/** How many shapes of a case are tried, and of each choice of ranks. */
const [SHAPES, OF_RANKS] = THOROUGH ? [5, 2] : [1, 1];

/** Random values of a domain, away from its kinks. */
function sample({ low, high, kinks = [], dtype }: Domain, n: number, random: Numbers): TensorData {
  if (dtype === 'int32') return Int32Array.from({ length: n }, () => low + random.below(high - low));
  return Float64Array.from({ length: n }, () => {
    const x = low + (high - low) * random.uniform();
    return kinks.some((kink) => Math.abs(x - kink) < 0.05) ? x + 0.1 : x;
  });
}

/** How a case is mapped: the batch axis of each input, null for none, and that of the result. */
interface Mapping {
  readonly size: number;
  readonly inAxes: readonly (number | null)[];
  readonly outAxes: number;
}

/**
 * Every choice of inputs that have a batch axis, at the front, at the back, or in between. Of many inputs, each and
 * all.
 */
function mappings(ranks: readonly number[]): Mapping[] {
  const all = 2 ** ranks.length - 1;
  const choices = Array.from({ length: all }, (_, k) => k + 1);
  const isTried = (choice: number) => THOROUGH || ranks.length < 3 || choice === all || (choice & (choice - 1)) === 0;
  return choices.filter(isTried).flatMap((choice): Mapping[] => {
    const isMapped = (i: number): boolean => ((choice >> i) & 1) === 1;
    const axes = (place: (rank: number) => number) => ranks.map((rank, i) => (isMapped(i) ? place(rank) : null));
    return [
      { size: 3, inAxes: axes(() => 0), outAxes: 0 },
      { size: 3, inAxes: axes((rank) => rank >> 1), outAxes: -1 },
      { size: 1, inAxes: axes(() => -1), outAxes: 0 },
      { size: 0, inAxes: axes(() => 0), outAxes: 0 },
    ];
  });
}

const inserted = (shape: Shape, axis: number, n: number): Shape => shape.toSpliced(at(axis, shape.length + 1), 0, n);
const at = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Example `k` of a tensor. */
const example = (t: Tensor, axis: number | null, k: number): Tensor =>
  axis === null ? t : slice(t, [...new Array<null>(at(axis, t.shape.length)).fill(null), k]);

type Call = (...inputs: Tensor[]) => Tensor;

/** By definition: the results for the examples, one by one. */
const looped =
  (call: Call, { size, inAxes, outAxes }: Mapping): Call =>
  (...inputs) => {
    const results = Array.from({ length: size }, (_, k) => call(...inputs.map((t, i) => example(t, inAxes[i]!, k))));
    return stack(results, outAxes);
  };

const mapped = (call: Call, { inAxes, outAxes }: Mapping): Call => wg.vmap(call, { inAxes, outAxes });

/** Every element with a weight of its own, as one number. */
function weighted(t: Tensor): Tensor {
  const weights = Float64Array.from({ length: t.size }, (_, i) => Math.sin(1 + i));
  return t.mul(constantOf(weights, t.shape)).sum();
}

function valuesOf(outputs: readonly Tensor[], feeds: ReadonlyMap<Tensor, TensorData>): TensorData[] {
  const program = new Program(js64, { outputs, effects: [] }, { inputs: [...feeds.keys()] });
  for (const [input, data] of feeds) program.write(input, data);
  program.run();
  const values = outputs.map((t) => program.read(t));
  program.dispose();
  return values;
}

/** The gradient by the inputs of `wrt`, flat, one behind the other, as a function that can be mapped. */
const gradientOf =
  (call: Call, wrt: readonly number[]): Call =>
  (...inputs) => {
    const some = (xs: readonly Tensor[]) => inputs.map((t, i) => (wrt.includes(i) ? xs[wrt.indexOf(i)]! : t));
    const f = (xs: readonly Tensor[]) => weighted(call(...some(xs)).toFloat());
    const grads = wg.grad(f as (x: Tensor[]) => Tensor)(wrt.map((i) => inputs[i]!)) as Tensor[];
    return concat(grads.map((g) => g.flatten()));
  };

/** Compares `call` in a batch with the loop: the values, and the gradient of both by the inputs of `wrt`. */
function compare(call: Call, inputs: readonly Tensor[], feeds: Map<Tensor, TensorData>, how: Mapping, wrt: number[]) {
  const results = [mapped(call, how)(...inputs)];
  const one = call(
    ...inputs.map((t, i) => (how.inAxes[i] === null ? t : inputOf('x', exampleShape(t, how, i), t.dtype))),
  );
  const shape = inserted(one.shape, how.outAxes, how.size);
  const where = `${JSON.stringify(how)} of ${inputs.join(', ')}`;
  expect(results[0]!.shape, where).toEqual(shape);
  expect(results[0]!.dtype, where).toBe(one.dtype);
  const withGradients = (out: Tensor): Tensor[] => {
    if (out.dtype === 'int32' || wrt.length === 0) return [out];
    const xs = wrt.map((i) => inputs[i]!);
    return [out, ...gradients(weighted(out), xs).map((g, i) => g ?? xs[i]!.zerosLike())];
  };
  const zeros =
    how.size === 0 ? [one.zerosLike().sum().broadcastTo(shape), ...wrt.map((i) => inputs[i]!.zerosLike())] : [];
  const expected = how.size === 0 ? zeros : withGradients(looped(call, how)(...inputs));
  const actual = withGradients(results[0]!);
  const values = valuesOf([...actual, ...expected.slice(0, actual.length)], feeds);
  for (let i = 0; i < actual.length; i++) {
    expect(firstDifference(values[i]!, values[i + actual.length]!, 1e-9, 1e-9), `${where}, ${i}`).toBeUndefined();
  }
}

const exampleShape = ({ shape }: Tensor, { inAxes }: Mapping, i: number): Shape =>
  shape.filter((_, axis) => axis !== at(inAxes[i]!, shape.length));

const ranksText = (inputs: readonly Shape[]): string => inputs.map((s) => s.length).join();

/** Some small shapes of a case, of different ranks. */
function shapesOf({ shapes }: Case): (readonly Shape[])[] {
  const small = shapes.filter((inputs) => inputs.every((s) => sizeOf(s) <= MAX_ELEMENTS));
  const ranks = [...new Set(small.map(ranksText))];
  const ofEach = Math.max(OF_RANKS, Math.floor(SHAPES / ranks.length));
  return ranks.flatMap((text) => small.filter((inputs) => ranksText(inputs) === text).slice(-ofEach));
}

/** The graph of `call` may hold values that only a known number of elements has: int32 has no gradient. */
describe.each(CASES)('$name, mapped', (c) => {
  type Check = (inputs: Tensor[], feeds: Map<Tensor, TensorData>, how: Mapping) => void;
  const each = (check: Check, wanted: (how: Mapping) => boolean = () => true) => {
    const random = new Numbers(1);
    for (const shapes of shapesOf(c)) {
      for (const how of mappings(shapes.map((s) => s.length)).filter(wanted)) {
        const inputs = shapes.map((s, i) => {
          const axis = how.inAxes[i]!;
          return inputOf(`x${i}`, axis === null ? s : inserted(s, axis, how.size), c.domains[i]!.dtype);
        });
        check(inputs, new Map(inputs.map((t, i) => [t, sample(c.domains[i]!, t.size, random)])), how);
      }
    }
  };

  it('is a loop over the examples, and so is its gradient', () => {
    each((inputs, feeds, how) => compare(c.call, inputs, feeds, how, [...(c.differentiable ?? [])]));
  });

  if (c.differentiable?.length) {
    it('has a gradient that can be mapped', () => {
      const gradient = gradientOf(c.call, c.differentiable!);
      const wanted = ({ size, outAxes }: Mapping) => THOROUGH || (outAxes === 0 && size === 3);
      each((inputs, feeds, how) => compare(gradient, inputs, feeds, how, [...c.differentiable!]), wanted);
    });
  }

  it('can be mapped again', () => {
    const wanted = ({ size, outAxes }: Mapping) => size === 3 && (THOROUGH || outAxes !== 0);
    each((inputs, feeds, how) => {
      // Both axes are of one input; the other inputs have the inner one only.
      const first = how.inAxes.findIndex((axis) => axis !== null);
      const outer: Mapping = { size: 2, inAxes: inputs.map((_, i) => (i === first ? 0 : null)), outAxes: 0 };
      const twice = inputs.map((t, i) => (i === first ? inputOf('twice', [2, ...t.shape], t.dtype) : t));
      const random = new Numbers(2);
      const more = new Map(twice.map((t, i) => [t, feeds.get(t) ?? sample(c.domains[i]!, t.size, random)]));
      const actual = mapped(mapped(c.call, how), outer)(...twice);
      const expected = looped(looped(c.call, how), outer)(...twice);
      expect(actual.shape).toEqual(expected.shape);
      const [a, e] = valuesOf([actual, expected], more) as [TensorData, TensorData];
      expect(firstDifference(a, e, 1e-9, 1e-9)).toBeUndefined();
    }, wanted);
  });
});

describe('every op', () => {
  /** Leaves, and ops that only read cells of a model: nothing that is mapped is an input of theirs. */
  const LEAVES: readonly OpDefinition[] = [movement.constant, movement.input, movement.takeRows];
  const hasRule = ({ batch, elementwise, mutates }: OpDefinition): boolean =>
    batch !== undefined || elementwise === true || mutates !== undefined;

  it.each(
    Object.entries({ activations, elementwise, matmul, movement, reduce, softmax }).flatMap(([file, exports]) =>
      Object.values(exports)
        .filter((value): value is OpDefinition => typeof value === 'object' && 'infer' in value)
        .filter((op) => !LEAVES.includes(op))
        .map((op) => [`${op.name} (${file})`, op] as const),
    ),
  )('of a method has a batch rule: %s', (_, op) => {
    expect(hasRule(op)).toBe(true);
  });

  it.each(CASES.map((c): [string, Case] => [c.name, c]))('of a function has one, with its derivatives: %s', (_, c) => {
    const inputs = c.shapes.at(-1)!.map((shape, i) => inputOf(`x${i}`, shape, c.domains[i]!.dtype));
    const out = c.call(...inputs).toFloat();
    const wrt = (c.differentiable ?? []).map((i) => inputs[i]!);
    const first = gradients(weighted(out), wrt).filter((g) => g !== null);
    const second = first.flatMap((g) => gradients(weighted(g), wrt)).filter((g) => g !== null);
    const ops = new Set([...reachable([out, ...first, ...second])].map(({ op }) => op));
    const without = [...ops].filter((op) => !LEAVES.includes(op) && !hasRule(op));
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it.each(UPDATES.map((c) => [c.name, c] as const))('that writes is refused: %s', (_, { slots, call }) => {
    const places = Array.from({ length: slots + 1 }, (_, i) => inputOf(`x${i}`, [2, 3]));
    const numbers = [inputOf('lr', []), inputOf('t', [], 'int32')];
    const update = (xs: Tensor[]) => call([...xs, ...numbers]);
    expect(() => wg.vmap(update)(places)).toThrow(/^vmap: \w+Update writes to a place, which cannot be done for every/);
  });
});

const { tensor } = wg;
const flat = (t: Tensor): number[] => [...t.data()];
// biome-ignore lint/suspicious/noExplicitAny: wrong on purpose, or functions of functions
const any = (value: unknown): any => value;

describe.each(['wasm', 'js'] as const)('vmap on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

  it('takes trees, axes by argument and by leaf, and numbers that are not mapped', () => {
    const f = ({ w, b }: { w: Tensor; b: Tensor }, { k }: { k: Tensor }) => ({ sum: w.sum().add(b), pair: [w.mul(k)] });
    const g = wg.vmap(f, { inAxes: [{ w: 1, b: 0 }, null], outAxes: { sum: 0, pair: 1 } });
    const { sum, pair } = g({ w: x, b: new Float32Array([10, 20, 30]) }, { k: 2 });
    expect(flat(sum)).toEqual([15, 27, 39]);
    expect(pair[0]!.toArray()).toEqual([
      [2, 4, 6],
      [8, 10, 12],
    ]);
  });

  it('gives what does not depend on the example to each, or once', () => {
    expect(
      wg
        .vmap((_: Tensor) => tensor([1, 2]))(x)
        .toArray(),
    ).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(
      wg
        .vmap((_: Tensor) => tensor([1, 2]), { outAxes: null })(x)
        .toArray(),
    ).toEqual([1, 2]);
  });

  it('composes with grad, valueAndGrad, vjp, jvp, jacobian, hessian and jit, inside and outside', () => {
    const f = (v: Tensor) => v.square().mul(v).sum();
    const cubes = [36, 405];
    const slopes = [3, 12, 27, 48, 75, 108];
    expect(flat(wg.vmap(wg.grad(f))(x))).toEqual(slopes);
    expect(flat(wg.grad((t: Tensor) => wg.vmap(f)(t).sum())(x))).toEqual(slopes);
    const { value, grads } = wg.vmap(wg.valueAndGrad(f))(x);
    expect([flat(value), flat(grads)]).toEqual([cubes, slopes]);
    expect(flat(wg.vmap((v: Tensor) => wg.vjp((t: Tensor) => t.square(), v).pull(v))(x))).toEqual([
      2, 8, 18, 32, 50, 72,
    ]);
    expect(flat(wg.vjp((t: Tensor) => wg.vmap(f)(t), x).pull(new Float32Array([1, 2])))).toEqual([
      3, 12, 27, 96, 150, 216,
    ]);
    expect(flat(wg.vmap((v: Tensor) => wg.jvp(f, v, v).tangent)(x))).toEqual(cubes.map((c) => 3 * c));
    expect(flat(wg.jvp((t: Tensor) => wg.vmap(f)(t), x, x).tangent)).toEqual(cubes.map((c) => 3 * c));
    const diagonals = [6, 0, 0, 0, 12, 0, 0, 0, 18, 24, 0, 0, 0, 30, 0, 0, 0, 36];
    expect(flat(wg.vmap(wg.hessian(f))(x))).toEqual(diagonals);
    expect(
      wg
        .jacobian((t: Tensor) => wg.vmap(f)(t))(x)
        .toArray(),
    ).toEqual([
      [
        [3, 12, 27],
        [0, 0, 0],
      ],
      [
        [0, 0, 0],
        [48, 75, 108],
      ],
    ]);
    expect(flat(wg.vmap(wg.jit(f))(x))).toEqual(cubes);
    const jitted = wg.jit((t: Tensor) => wg.vmap(f)(t));
    for (let k = 1; k < 3; k++) expect(flat(jitted(x.mul(k)))).toEqual(cubes.map((c) => c * k ** 3));
    expect(flat(wg.jit((t: Tensor) => wg.vmap(wg.grad(f))(t))(x))).toEqual(slopes);
  });

  it('sees what the function closes over, and differentiates by it', () => {
    const w = tensor([1, 2, 3]);
    expect(
      flat(
        wg.grad((v: Tensor) =>
          wg
            .vmap((row: Tensor) => row.mul(v).sum())(x)
            .sum(),
        )(w),
      ),
    ).toEqual([5, 7, 9]);
    // The inner function closes over what the outer one maps.
    const table = wg.vmap((a: Tensor) => wg.vmap((b: Tensor) => a.mul(b))(w))(w);
    expect(table.toArray()).toEqual([
      [1, 2, 3],
      [2, 4, 6],
      [3, 6, 9],
    ]);
  });

  it('maps a value whose derivative is not that of the chain rule', () => {
    const clipped = wg.customVjp(
      (v: Tensor) => ({ value: v.exp(), saved: v }),
      (v, g) => [g.mul(v.exp().minimum(5))],
    );
    const [one, batch] = [wg.grad(clipped), wg.vmap(wg.grad(clipped))];
    const points = [0, 1, 2, 3];
    const expected = points.map((p) => one(p));
    const close = (actual: Tensor) => flat(actual).forEach((v, i) => void expect(v).toBeCloseTo(expected[i]!, 5));
    close(batch(tensor(points)));
    close(wg.grad((t: Tensor) => wg.vmap(clipped)(t).sum())(tensor(points)));
    close(
      wg
        .vmap(any(wg.vmap(wg.grad(clipped))))(tensor([points]))
        .flatten(),
    );
    close(
      wg
        .vmap((v: Tensor) => wg.grad((t: Tensor) => wg.vmap(clipped)(t).sum())(v))(tensor([points]))
        .flatten(),
    );
  });

  it('maps a loss that has slopes of its own, where the chain rule gives NaN', () => {
    const { compute } = lossOf('binaryCrossEntropy');
    const [labels, p] = [
      [0, 1, 1, 0],
      [0, 1, 0.25, 1],
    ];
    const slope = (y: Tensor, at: Tensor) => wg.grad((q: Tensor) => compute(y, q))(at);
    const each = p.map((at, i) => flat(slope(tensor(labels[i]!), tensor(at)))[0]);
    expect(flat(wg.vmap(slope)(tensor(labels), tensor(p)))).toEqual(each);
    const summed = (q: Tensor) => wg.vmap(compute)(tensor(labels), q).sum();
    expect(flat(wg.grad(summed)(tensor(p)))).toEqual(each);
    expect(each.every(Number.isFinite)).toBe(true);
  });

  it('calls the function once, and computes nothing before a value is read', () => {
    let calls = 0;
    const result = wg.vmap((v: Tensor) => {
      calls++;
      expect(v.shape).toEqual([3]);
      return v.exp();
    })(x);
    expect([calls, result.known]).toEqual([1, undefined]);
  });
});

describe('vmap refuses', () => {
  beforeAll(() => wg.init({ seed: 1 }));
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const id = (t: Tensor) => t;
  it.each<[string, () => unknown, RegExp]>([
    ['no function', () => wg.vmap(any(3)), /vmap: expected a function, got 3/],
    ['an unknown option', () => wg.vmap(id, any({ inAxis: 0 })), /did you mean 'inAxes'/],
    ['an axis of ½', () => wg.vmap(id, { inAxes: 0.5 }), /vmap: inAxes: an axis is a whole number, or null, got 0\.5/],
    ['an axis that is a word', () => wg.vmap(id, any({ inAxes: ['x'] })), /vmap: inAxes\.0: an axis is a whole number/],
    [
      'too many axes',
      () => wg.vmap(id, { inAxes: [0, 0] })(x),
      /inAxes is an array of length 2: expected a number, null, or an array of 1/,
    ],
    [
      'axes of another form',
      () => wg.vmap(({ w }: { w: Tensor }) => w, { inAxes: [{ v: 0 }] })({ w: x }),
      /inAxes\.0 is .*: expected a number, null, or an object with w/,
    ],
    [
      'an axis that does not exist',
      () => wg.vmap(id, { inAxes: 2 })(x),
      /vmap over float32\[2, 3\]: axis 2 is out of range/,
    ],
    ['a scalar', () => wg.vmap(id)(1), /vmap: a scalar has no axis to map over, got float32\[\]; say null in inAxes/],
    ['nothing to map over', () => wg.vmap(id, { inAxes: null })(x), /inAxes is null for all arguments/],
    [
      'different numbers of examples',
      () => wg.vmap((a: Tensor, b: Tensor) => a.add(b))(x, tensor([1, 2, 3])),
      /the arguments have different numbers of examples, 2 and 3/,
    ],
    [
      'a null for what is mapped',
      () => wg.vmap(id, { outAxes: null })(x),
      /outAxes is null for a result that depends on the example; give it an axis/,
    ],
    [
      'an axis of a result that does not exist',
      () => wg.vmap(id, { outAxes: 2 })(x),
      /vmap: outAxes: axis 2 is out of range/,
    ],
    [
      'values of the example',
      () => wg.vmap((t: Tensor) => t.mul(t.sum().item()))(x),
      /cannot be read inside of the function of vmap/,
    ],
    [
      'random numbers',
      () => wg.vmap((t: Tensor) => t.mul(wg.randomNormal([3])))(x),
      /inside of the function of vmap happens only once/,
    ],
    ['an async function', () => wg.vmap(any(async (t: Tensor) => t))(x), /vmap: the function must not be async/],
    ['what is no tensor', () => wg.vmap(any(() => 'x'))(x), /what the function of vmap returns is 'x'/],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
    expect(act).toThrow(wg.WasmgradError);
  });

  it('the examples of another vmap', () => {
    let kept: Tensor | undefined;
    wg.vmap((t: Tensor) => (kept = t))(x);
    expect(() => kept!.data()).toThrow(/outside of the trace that it was made in/);
  });

  it('methods of a model', () => {
    const model = wg.sequential([3], [wg.dense(1)]);
    expect(() => wg.vmap((t: Tensor) => model.predict(t.reshape([1, 3])))(x)).toThrow(/vmap/);
  });
});
