// Models of Keras: they predict what Keras predicts, train on, and say what is wrong with a file.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../../bindings/index.js';
import { loadKeras } from '../../bindings/keras.js';
import { Tensor } from '../../bindings/tensor.js';
import { type Predictions, pathOf, predictionsOf } from './fixtures.js';

beforeAll(() => wg.init({ backend: 'wasm', seed: 1 }));

/** Throws unless a model predicts this. */
export function expectPredictions(net: wg.Model<never, never>, { inputs, outputs }: Predictions): void {
  const data = Object.entries(inputs).map(
    ([name, { shape, data }]) => [name, wg.tensor([...data], [...shape])] as const,
  );
  const x = data.length === 1 ? data[0]![1] : Object.fromEntries(data);
  const given: unknown = net.predict(x as never);
  const predicted = given instanceof Tensor ? [given] : Object.values(given as Record<string, wg.Tensor>);
  expect(predicted.map(({ shape }) => shape)).toEqual(outputs.map(({ shape }) => shape));
  predicted.forEach((t, i) => {
    const { data } = outputs[i]!;
    const error = Math.max(...[...t.values()].map((value, k) => Math.abs(value - data[k]!) / (1 + Math.abs(data[k]!))));
    expect(error, `output ${i}`).toBeLessThan(1e-5);
  });
}

describe('loadKeras', () => {
  it.each([
    'images.keras',
    'series.keras',
    'branches.keras',
    'activations.keras',
    'bfloat16.keras',
    'legacy.h5',
    'keras2.h5',
  ])('%s predicts what it did there', async (name) => {
    const net = await loadKeras<never, never>(pathOf(name));
    expectPredictions(net, predictionsOf(name.replace(/\..*/, '')));
  });
});
