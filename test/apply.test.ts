// A model as a function of its parameters, and as another one of the same structure.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import type { Block } from '../bindings/run/memory.js';
import { runner } from '../bindings/run/runtime.js';

const X = [
  [1, 2],
  [3, 4],
];
const Y = [[1], [2]];

/** A layer that counts its training steps in a state. */
const count = () =>
  wg.layer({
    kind: 'count',
    build: () => ({ state: { steps: { shape: [], initializer: 'zeros' as const } } }),
    call: (x, _, { training, state, update }) => {
      if (training) update('steps', state.steps.add(1));
      return x.add(state.steps);
    },
  });

const net = () => wg.sequential([2], [wg.dense(3, { activation: 'tanh' }), wg.dense(1)]);
const values = (model: { getWeights(): wg.Tensor[] }) => model.getWeights().map((w) => w.toArray());

/** Blocks that are kept. */
const walls: Block[] = [];

describe.each(['wasm', 'js'] as const)('a model on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 5 }));

  it('is a pure function of its parameters, for grad, jit and vmap', () => {
    const model = net();
    model.compile({ optimizer: wg.sgd(1), loss: 'meanSquaredError' });
    const p = model.parameters();
    const [x, y] = [wg.tensor(X), wg.tensor(Y)];
    expect(model.apply(p, x).toArray()).toEqual(model.predict(X).toArray());
    const loss = (q: Record<string, wg.Tensor>) => ops.meanSquaredError(model.apply(q, x), y);
    const grads = wg.grad(loss)(p);
    expect(wg.jit(wg.grad(loss))(p)['dense.kernel']!.toArray()).toEqual(grads['dense.kernel']!.toArray());
    const { dense } = model.inspect(X, Y).layers;
    expect(grads['dense.kernel']!.toArray()).toEqual(dense!.dW!.toArray());
    const each = wg.vmap((q: Record<string, wg.Tensor>) => model.apply(q, x), { inAxes: [0] });
    const two = Object.fromEntries(Object.entries(p).map(([name, t]) => [name, ops.stack([t, t.mul(2)], 0)]));
    const both = each(two);
    expect(both.shape).toEqual([2, 2, 1]);
    expect((both.toArray() as number[][][])[0]).toEqual(model.predict(X).toArray());
  });

  it('takes and returns its state', () => {
    const model = wg.sequential([2], [count(), wg.dense(1)]);
    const x = wg.tensor(X);
    const { output, state } = model.apply(model.parameters(), x, {
      training: true,
      state: { 'count.steps': wg.tensor(4) },
    });
    expect(state['count.steps']!.item()).toBe(5);
    expect(output.toArray()).not.toEqual(model.predict(X).toArray());
    expect(model.state()['count.steps']!.item()).toBe(0);
    expect(() => model.apply(model.parameters(), x, { training: true })).toThrow(
      'apply: in training the model changes its state: pass { state: net.state() }',
    );
    expect(() => wg.jit((y: wg.Tensor) => model.apply(model.parameters(), y))(x)).toThrow(/happens only once|pass/);
    expect(model.apply(model.parameters(), x).toArray()).toEqual(model.predict(X).toArray());
  });

  it('draws anew in each call of apply, or what a key says', () => {
    const noise = wg.layer({
      kind: 'noise',
      call: (x, _, { training, key }) => (training ? x.add(wg.randomUniform(x.shape, { key })) : x),
    });
    const model = wg.sequential([2], [noise]);
    const draw = (options: wg.ApplyOptions) => model.apply({}, wg.tensor(X), { training: true, ...options }).toArray();
    expect(draw({})).not.toEqual(draw({}));
    expect(draw({ key: wg.randomKey(1) })).toEqual(draw({ key: wg.randomKey(1) }));
    expect(() => wg.jit((x: wg.Tensor) => model.apply({}, x, { training: true }))(wg.tensor(X))).toThrow(
      'a key for noise: there is one in training, or if { key } is passed',
    );
  });

  it.each<[string, (model: wg.Sequential) => unknown, RegExp]>([
    [
      'a parameter that is missing',
      (m) => m.apply({}, wg.tensor(X)),
      /apply: dense.kernel must be float32\[2, 3\], got undefined/,
    ],
    [
      'a name that is unknown',
      (m) => m.apply({ ...m.parameters(), 'dense.kernl': wg.tensor(1) }, wg.tensor(X)),
      /unknown name in parameters 'dense.kernl'; did you mean 'dense.kernel'\?/,
    ],
    [
      'samples of another shape',
      (m) => m.apply(m.parameters(), wg.tensor([1, 2])),
      /apply: x must be a batch, float32\[n, 2\], got float32\[2\]/,
    ],
    [
      'an array as samples',
      (m) => m.apply(m.parameters(), X as never),
      /apply: x must be a batch, float32\[n, 2\], got an array of length 2/,
    ],
    ['a weight that is unknown', (m) => m.setWeights({ 'dense_2.kernel': [[1]] }), /unknown weight 'dense_2.kernel'/],
    [
      'tau of 2',
      (m) => m.copyWeightsFrom(m, { tau: 2 }),
      /copyWeightsFrom: tau, if it is not 1, must be a number in \[0, 1\)/,
    ],
    [
      'weights of another structure',
      (m) => m.copyWeightsFrom(wg.sequential([2], [wg.dense(1)])),
      /this model has the weights dense.kernel \[2, 3\], .*; the other has dense.kernel \[2, 1\]/,
    ],
    [
      'an array of another size for predictions',
      (m) => m.predict(X, { out: new Float32Array(3) }),
      /out has 3 elements, the output has 2/,
    ],
    [
      'an array of ints for predictions',
      (m) => m.predict(X, { out: new Int32Array(2) as never }),
      /out must be a Float32Array/,
    ],
  ])('refuses %s', (_, run, message) => {
    const model = net();
    const before = values(model);
    expect(() => run(model)).toThrow(message);
    expect(values(model)).toEqual(before);
  });

  it('can be cloned when memory grows for the clone', () => {
    const model = wg.sequential([1000], [wg.dense(100)]);
    const { memory } = runner();
    const { buffer } = memory.f;
    const last = Array.from({ length: 1000 }).reduce<wg.Sequential>((m) => {
      return memory.f.buffer === buffer ? m.clone() : m;
    }, model);
    expect(memory.f.buffer).not.toBe(buffer);
    expect(last.getWeights()[0]!.data()).toEqual(model.getWeights()[0]!.data());
  });

  it('shares its programs with its clones, each of which has its own weights, wherever these lie', () => {
    const trunk = wg.sequential([2], [wg.dense(2)]);
    const first = wg.sequential([2], [trunk.asLayer(), count(), wg.dense(3), wg.dense(1)]);
    const models = [first, first.clone(), first.clone().clone()];
    models.forEach((m, k) => void m.setWeights(m.getWeights().map((w, i) => w.mul(0).add(i + k + 1))));
    const expected = models.map((m) => m.apply(m.parameters(), wg.tensor(X), { state: m.state() }).output.toArray());
    expect(new Set(expected.map(String)).size).toBe(3);
    for (const m of [0, 1, 2, 2, 1, 0]) expect(models[m]!.predict(X).toArray()).toEqual(expected[m]);
    first.dispose();
    trunk.dispose();
    expect(models.slice(1).map((m) => m.predict(X).toArray())).toEqual(expected.slice(1));
  });

  /** Where the weights of a model begin, and end. */
  const place = (model: wg.Sequential): [number, number] =>
    model.look('place', ({ network }) => {
      const { address, bytes } = network.blocks[0]!.block;
      return [address, address + bytes];
    });

  /** Makes the arena larger, and so moves it: what is behind it is taken. */
  function moveArena(): void {
    const { memory, arena } = runner();
    const { address, bytes } = arena.block!;
    let wall: Block;
    do walls.push((wall = memory.alloc(64, 'a wall')));
    while (wall.address < address + bytes);
    wg.randomNormal([bytes / 4 + 1000])
      .exp()
      .data();
    expect(arena.address).not.toBe(address);
  }

  it('predicts with weights that lie where the arena was, when its program was made', async () => {
    await wg.init({ backend });
    const { arena } = runner();
    const first = wg.sequential([2], [wg.dense(64, { activation: 'tanh' }), wg.dense(1)]);
    const many = wg.randomNormal([200, 2], { key: wg.randomKey(1) });
    const expected = first.predict(many).toArray();
    const { address, bytes } = arena.block!;
    moveArena();
    const clones = Array.from({ length: 50 }, () => first.clone());
    const there = clones.filter((c) => place(c)[0] >= address && place(c)[1] <= address + bytes);
    expect(there.length).toBeGreaterThan(0);
    expect(there[0]!.predict(many).toArray()).toEqual(expected);
  });

  it('gives the memory of shared programs back with the last that uses them', () => {
    const own = () => wg.sequential([2], [wg.dense(3), wg.dense(4), wg.dense(5)]); // no other test has such a one
    own().dispose(); // makes the program of initial values, which is kept
    const { memory } = runner();
    const { used } = memory;
    const model = own();
    const copies = [model.clone(), model.clone()];
    const alone = memory.used;
    model.predict(X);
    const more = memory.used - alone;
    expect(more).toBeGreaterThan(0);
    for (const copy of copies) copy.predict(X);
    expect(memory.used - alone).toBe(more);
    for (const m of [model, ...copies]) m.dispose();
    expect(memory.used).toBe(used);
  });

  it('predicts a parameter, each model its own', () => {
    const bias = wg.layer({
      kind: 'bias',
      build: () => ({ parameters: { values: { shape: [1, 2], initializer: 'ones' as const } } }),
      call: (_: wg.Tensor, { values }) => values,
    });
    const model = wg.model([2], (x) => (x.shape[0] === 1 ? bias(x) : x.mul(0).add(bias(x))));
    const copy = model.clone();
    copy.setWeights([[[3, 4]]]);
    expect(model.predict([1, 2]).toArray()).toEqual([[1, 1]]);
    expect(copy.predict([1, 2]).toArray()).toEqual([[3, 4]]);
  });

  it('writes predictions into an array, with the same numbers and complaints whichever way it goes', () => {
    const model = net();
    const x = Float32Array.of(1, 2, 3, 4);
    const want = model.predict(X).data();
    const out = new Float32Array(2);
    for (let i = 0; i < 3; i++) {
      expect(model.predict(x, { out })).toBe(out);
      expect(out).toEqual(want);
      out.fill(0);
    }
    expect(model.predict(x, { out, batchSize: 1 })).toEqual(want);
    expect(model.predict(x.subarray(0, 2), { out: new Float32Array(1) })).toEqual(want.subarray(0, 1));
    expect(() => model.predict(x, { out: new Float32Array(3) })).toThrow('out has 3 elements, the output has 2');
    expect(() => model.predict(x, { out, batch: 1 } as never)).toThrow(/unknown option of predict 'batch'/);
    expect(() => model.predict(new Float32Array(3), { out })).toThrow(/x has 3 numbers/);
    expect(() => wg.jit(() => wg.tensor(model.predict(x, { out })))()).toThrow(/predict inside of a jitted function/);
    model.dispose();
    expect(() => model.predict(x, { out })).toThrow('predict: the model was disposed');
  });

  it('takes a model, its clone and others of the same structure into one model, each with its own weights and states', () => {
    const make = () => wg.sequential([2], [wg.dense(2, { activation: 'tanh' }), count()]);
    const first = make();
    const inside = [first, first.clone(), make()];
    inside[1]!.setWeights(first.getWeights().map((w) => w.mul(2)));
    const [one, two, three] = inside.map((m) => m.asLayer());
    const again = first.asLayer();
    const whole = wg.model([2], (x) => again(one!(two!(three!(x)))).mul(one!(x)));
    expect(whole.parameterCount).toBe(3 * first.parameterCount);
    const chained = (x: wg.Tensor) => first.predict(first.predict(inside[1]!.predict(inside[2]!.predict(x))));
    const x = wg.tensor(X);
    expect(whole.predict(X).toArray()).toEqual(chained(x).mul(first.predict(x)).toArray());
    expect(whole.clone().predict(X).toArray()).toEqual(whole.predict(X).toArray());
    const p = whole.parameters();
    expect(Object.keys(p)).toEqual(
      [0, 1, 2].flatMap((i) => ['kernel', 'bias'].map((part) => `${names[i]}.dense.${part}`)),
    );
    expect(whole.apply(p, x).toArray()).toEqual(whole.predict(X).toArray());

    whole.compile({ optimizer: wg.sgd(0.5), loss: 'meanSquaredError' });
    const slopes = (training: boolean) =>
      wg.grad((q: Record<string, wg.Tensor>) => {
        return ops.meanSquaredError(whole.apply(q, x, { training, state: whole.state() }).output, x);
      })(p);
    const shown = whole.inspect(X, X).layers['model.dense']!.gradients;
    expect(shown['kernel']!.toArray()).toEqual(slopes(false)['model.dense.kernel']!.toArray());
    const grads = slopes(true);
    whole.trainOnBatch(X, X);
    inside.reverse().forEach((m, i) => {
      const name = `${names[i]}.dense.kernel`;
      const want = p[name]!.sub(grads[name]!.mul(0.5)).data();
      const got = m.parameters()['dense.kernel']!.data();
      got.forEach((w, k) => void expect(w).toBeCloseTo(want[k]!, 6));
      expect(m.state()['count.steps']!.item()).toBe([1, 1, 3][i]); // the first one is called three times
    });
  });

  const names = ['model', 'model_1', 'model_2'];

  it('can be cloned: the same outputs, and weights of its own', () => {
    const trunk = wg.sequential([2], [wg.dense(2)]);
    const model = wg.sequential([2], [trunk.asLayer(), count(), wg.dense(1)]);
    const copy = model.clone();
    expect(copy.predict(X).toArray()).toEqual(model.predict(X).toArray());
    copy.compile({ optimizer: wg.sgd(0.1), loss: 'meanSquaredError' });
    const before = [values(model), values(trunk)];
    copy.trainOnBatch(X, Y);
    expect([values(model), values(trunk)]).toEqual(before);
    expect(copy.state()['count.steps']!.item()).toBe(1);
    model.dispose();
    trunk.dispose();
    expect(copy.predict(X).toArray()).toEqual(copy.clone().predict(X).toArray());
  });

  it('moves towards the weights of another by tau', () => {
    const [model, target] = [net(), net()];
    const [from, to] = [model.getWeights()[0]!.data(), target.getWeights()[0]!.data()];
    target.copyWeightsFrom(model, { tau: 0.25 });
    expect(target.getWeights()[0]!.data()).toEqual(to.map((w, i) => 0.75 * w + 0.25 * from[i]!));
    target.copyWeightsFrom(model);
    expect(values(target)).toEqual(values(model));
  });

  it('gets and sets weights by name, some of them, too', () => {
    const model = net();
    model.setWeights({ 'dense_1.bias': [7] });
    expect(model.parameters()['dense_1.bias']!.toArray()).toEqual([7]);
    const other = net();
    other.setWeights(model.parameters());
    expect(values(other)).toEqual(values(model));
  });

  it('predicts into an array', () => {
    const model = net();
    const out = new Float32Array(2);
    expect(model.predict(X, { out })).toBe(out);
    expect([...out]).toEqual([...model.predict(X).data()]);
    const used = runner().memory.used;
    for (let i = 0; i < 10; i++) model.predict(X, { out });
    expect(runner().memory.used).toBe(used);
  });
});
