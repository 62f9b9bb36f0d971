// Models of Keras: they predict what Keras predicts, train on, and go into files of ours.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { openZip } from '../../bindings/files/zip.js';
import * as wg from '../../bindings/index.js';
import { loadModel, saveModel } from '../../bindings/io.js';
import { MERGES } from '../../bindings/keras/layers/merges.js';
import { ALIASES } from '../../bindings/keras/layers/spatial.js';
import { ROWS } from '../../bindings/keras/layers/table.js';
import { loadKeras } from '../../bindings/keras.js';
import { bytesOf, expectPredictions, pathOf, predicted, predictionsOf } from './fixtures.js';

beforeAll(() => wg.init({ backend: 'wasm', seed: 1 }));

const FILES = [
  'images.keras',
  'series.keras',
  'branches.keras',
  'activations.keras',
  'bfloat16.keras',
  'legacy.h5',
  'keras2.h5',
  'rest.keras',
  'recurrent.keras',
  'attention.keras',
  'recurrent-legacy.h5',
  'attention-legacy.h5',
  'masked.keras',
  'masked-legacy.h5',
  'carried.keras',
  'masks.keras',
  'masked-attention.keras',
  'masks-legacy.h5',
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
    for (const name of ['images', 'bfloat16', 'recurrent']) {
      const net = await loadKeras<never, never>(pathOf(`${name}.keras`));
      const again = await loadModel(await saveModel(net));
      const { inputs } = predictionsOf(name);
      const bits = (model: wg.Model<never, never>) => predicted(model, inputs).map((t) => [...t.values()]);
      expect(bits(again as never)).toEqual(bits(net));
    }
  });
});

describe('the layers that are read', () => {
  const all = [...Object.keys(ROWS).filter((name) => !Object.hasOwn(ALIASES, name)), ...Object.keys(MERGES)].sort();

  it('are those of the guide', () => {
    const [, list] = readFileSync('docs/guide/keras-files.md', 'utf8').split('<!-- layers -->');
    expect([...list!.matchAll(/`(\w+)`/g)].map(([, name]) => name!)).toEqual(all);
  });

  it('are all in the files of the other tests', async () => {
    const archives = FILES.filter((name) => name.endsWith('.keras'));
    const texts = archives.map(async (name) => (await openZip(name, bytesOf(name))).read('config.json'));
    const text = (await Promise.all(texts)).map((bytes) => new TextDecoder().decode(bytes)).join();
    const found = new Set([...text.matchAll(/"class_name": "(\w+)"/g)].map(([, name]) => name!));
    expect(all.filter((name) => !found.has(name))).toEqual([]);
  });
});
