// Chains of equal layers share what they compute, and nothing else.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { runner } from '../bindings/run/runtime.js';

const X = [
  [1, -2],
  [3, 4],
];

const definitionOf = (model: wg.Sequential) => model.look('test', ({ network }) => network.definition);
const values = (model: wg.Sequential) => model.getWeights().map((w) => w.toArray());
const chain = () => wg.sequential([2], [wg.dense(3, { activation: 'tanh' }), wg.flatten(), wg.dense(1)]);

/** Collects garbage, and lets what waits for it run. */
async function collect(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve));
    gc();
  }
}

describe.each(['wasm', 'js'] as const)('models of the same structure on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 5 }));

  it('share their definition, and predict each with its own weights', () => {
    const models = [chain(), chain(), chain()];
    expect(new Set(models.map(definitionOf)).size).toBe(1);
    expect(new Set(models.map((m) => String(values(m)))).size).toBe(3);
    const expected = models.map((m) => m.apply(m.parameters(), wg.tensor(X)).toArray());
    for (const i of [0, 1, 2, 1, 0]) expect(models[i]!.predict(X).toArray()).toEqual(expected[i]);
    for (const m of models) m.compile({ optimizer: wg.sgd(0.1), loss: 'meanSquaredError' });
    const before = values(models[0]!);
    models[1]!.trainOnBatch(X, [1, 2]);
    expect(values(models[0]!)).toEqual(before);
    expect(models[0]!.predict(X).toArray()).toEqual(expected[0]);
    expect(models[1]!.predict(X).toArray()).not.toEqual(expected[1]);
    models[0]!.dispose();
    expect(models[2]!.predict(X).toArray()).toEqual(expected[2]);
  });

  it('have the initial weights that they would have alone', () => {
    const alone = () => {
      const [one, two, three] = [wg.dense(3, { activation: 'tanh' }), wg.flatten(), wg.dense(1)];
      return wg.model([2], (x) => three(two(one(x))));
    };
    const drawn = [chain, alone].map((make) => {
      wg.setSeed(3);
      return [make(), make()].map(values);
    });
    expect(drawn[0]).toEqual(drawn[1]);
  });

  it('do not trace it again', () => {
    let calls = 0;
    const doubled = () =>
      wg.layer({
        kind: 'doubled',
        signature: [doubled],
        call: (x) => {
          calls++;
          return x.mul(2);
        },
      });
    const make = () => wg.sequential([2], [doubled(), wg.dense(1)]);
    const [one, two] = [make(), make()];
    one.predict(X);
    two.predict(X);
    expect(calls).toBe(2);
  });

  it('share it only if nothing differs', () => {
    const { dense, flatten, l2, layer, rescaling, sequential } = wg;
    const square = (z: wg.Tensor) => z.square();
    const ones = (shape: wg.Shape) => wg.ones(shape);
    const own = (signature?: readonly unknown[]) => layer({ kind: 'own', signature, call: (x) => x.neg() });
    const twice = dense(2);
    const different = [
      () => sequential([2], [dense(2)]),
      () => sequential([3], [dense(2)]),
      () => sequential([2], [dense(3)]),
      () => sequential([2], [dense(2), dense(2)]),
      () => sequential([2], [twice, twice]),
      () => sequential([2], [dense(2, { activation: 'relu' })]),
      () => sequential([2], [dense(2, { activation: square })]),
      () => sequential([2], [dense(2, { useBias: false })]),
      () => sequential([2], [dense(2, { trainable: false })]),
      () => sequential([2], [dense(2, { kernelInitializer: 'zeros' })]),
      () => sequential([2], [dense(2, { kernelInitializer: ones })]),
      () => sequential([2], [dense(2, { kernelRegularizer: l2(1) })]),
      () => sequential([2], [dense(2, { name: 'head' })]),
      () => sequential([2], [flatten()]),
      () => sequential([2], [rescaling(0)]),
      () => sequential([2], [rescaling(-0)]),
      () =>
        sequential({ shape: [2], dtype: 'int32' }, [layer({ kind: 'own', signature: [1], call: (x) => x.toFloat() })]),
      () => sequential([2], [own()]),
      () => sequential([2], [own([1])]),
      () => sequential([2], [own([1, 2])]),
    ];
    const made = different.map((make) => [definitionOf(make()), definitionOf(make())] as const);
    expect(new Set(made.map(([d]) => d)).size).toBe(different.length);
    const anew = made.flatMap(([one, two], i) => (one === two ? [] : [i]));
    expect(anew).toEqual([6, 10, 11, 17]); // functions that are given, and a layer that does not say what it is
    let factor = 1;
    const scaled = (z: wg.Tensor) => z.mul(factor);
    const make = () => sequential([1], [dense(1, { activation: scaled, kernelInitializer: 'ones' })]);
    const before = make()
      .predict([[1]])
      .item();
    factor = 2;
    expect(
      make()
        .predict([[1]])
        .item(),
    ).toBe(2 * before);
  });

  it('are refused inside of the function of a model, and share nothing after another init', async () => {
    const first = chain();
    expect(() => wg.model([2], (x) => chain().asLayer()(x))).toThrow(/sequential inside of a model's function/);
    expect(() => wg.layer({ kind: 'own', signature: 5 as never, call: (x) => x })).toThrow(
      'layer own: signature must be an array, got 5',
    );
    await wg.init({ backend: 'js', precision: 'float64' });
    const second = chain();
    await wg.init({ backend });
    expect(definitionOf(second)).not.toBe(definitionOf(first));
    expect(definitionOf(chain())).toBe(definitionOf(first));
  });

  it('keep neither each other nor the definition', async () => {
    const make = () => wg.sequential([2], [wg.dense(4), wg.dense(5), wg.dense(6)]);
    const first = make();
    const gone = (() => {
      const second = make();
      second.predict(X);
      return new WeakRef(second);
    })();
    first.predict(X);
    await collect();
    expect(gone.deref()).toBeUndefined();
    expect(first.predict(X).shape).toEqual([2, 6]);
    const definition = (() => {
      const model = wg.sequential([2], [wg.dense(6), wg.dense(7)]);
      model.predict(X);
      return new WeakRef(definitionOf(model));
    })();
    const { used } = runner().memory;
    await collect();
    expect(definition.deref()).toBeUndefined();
    expect(runner().memory.used).toBeLessThan(used);
  });
});
