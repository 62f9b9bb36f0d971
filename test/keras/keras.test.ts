// Models of Keras: they predict what Keras predicts, train on, and go into files of ours.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../../bindings/index.js';
import { loadModel, saveModel } from '../../bindings/io.js';
import { loadKeras } from '../../bindings/keras.js';
import { expectPredictions, pathOf, predicted, predictionsOf } from './fixtures.js';

beforeAll(() => wg.init({ backend: 'wasm', seed: 1 }));

const FILES = [
  'images.keras',
  'series.keras',
  'branches.keras',
  'activations.keras',
  'bfloat16.keras',
  'legacy.h5',
  'keras2.h5',
];

/** Parameters and states, by name. */
const weightsOf = (net: wg.Model<never, never>): Record<string, wg.Tensor> => ({ ...net.parameters(), ...net.state() });

describe('loadKeras', () => {
  it.each(FILES)('%s predicts what it did there', async (name) => {
    const net = await loadKeras<never, never>(pathOf(name));
    expectPredictions(net, predictionsOf(name.replace(/\..*/, '')));
  });

  it('predicts the same over the TypeScript kernels', async () => {
    await wg.init({ backend: 'js', seed: 1 });
    const net = await loadKeras<never, never>(pathOf('images.keras'));
    expectPredictions(net, predictionsOf('images'));
    await wg.init({ backend: 'wasm', seed: 1 });
  });

  it('has the names of the file, and several inputs and outputs by name', async () => {
    const net = await loadKeras<never, Record<string, wg.Tensor>>(pathOf('branches.keras'));
    const out = net.predict({ left: wg.ones([2, 6]), right: wg.ones([2, 6]) } as never);
    expect(Object.keys(out)).toEqual(['dense', 'sequential_1', 'deep']);
    const names = Object.keys(weightsOf(net as never));
    expect(names).toContain('shared_one.kernel');
    expect(names).toContain('deep.inner.batch_normalization_1.movingMean');
  });

  it('trains on: moving means, regularizers and what is frozen are as in the file', async () => {
    const net = await loadKeras<never, never>(pathOf('branches.keras'));
    const { inputs } = predictionsOf('branches');
    const before = weightsOf(net);
    net.compile({ optimizer: wg.sgd(0.01), loss: { dense: 'mse' } } as never);
    const x = Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, data }]) => [name, wg.tensor([...data], [...shape])]),
    );
    await net.fit(x as never, { dense: wg.zeros([4, 3]) } as never, { epochs: 2 });
    const after = weightsOf(net);
    const changed = Object.keys(before).filter(
      (name) => String(before[name]!.values()) !== String(after[name]!.values()),
    );
    expect(changed).toContain('shared_one.kernel');
    expect(changed).toContain('deep.inner.batch_normalization_1.movingMean');
    expect(changed.filter((name) => name.startsWith('sequential'))).toEqual([]);
  });

  it('adds the regularizers of the file to the loss', async () => {
    const net = await loadKeras<never, never>(pathOf('keras2.h5'));
    net.compile({
      optimizer: wg.sgd(0),
      loss: (y: wg.Tensor, p: wg.Tensor) => p.sub(p).sum().add(y.sum().mul(0)),
    } as never);
    const kernel = weightsOf(net)['dense.kernel']!.values();
    const expected = [...kernel].reduce((sum, w) => sum + 0.1 * Math.abs(w) + 0.2 * w * w, 0);
    const { loss } = net.evaluate({ one: wg.ones([1, 3]), two: wg.ones([1, 3]) } as never, wg.zeros([1, 2]) as never);
    expect(loss).toBeCloseTo(expected, 5);
  });

  it('makes a chain that saveModel writes', async () => {
    for (const name of ['images', 'bfloat16']) {
      const net = await loadKeras<never, never>(pathOf(`${name}.keras`));
      const again = await loadModel(await saveModel(net));
      const { inputs } = predictionsOf(name);
      const bits = (model: wg.Model<never, never>) => predicted(model, inputs).map((t) => [...t.values()]);
      expect(bits(again as never)).toEqual(bits(net));
    }
  });
});
