// Networks with batch norm, convolutions, recurrence and attention, trained from given weights: at each of 50 steps the
// loss is that of the same training in float64.

import { describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import type { Layer } from '../bindings/layers/layer.js';
import { Numbers } from './numbers.js';

const STEPS = 50;
const BATCH = 8;

interface Net {
  readonly shape: readonly number[];
  /** If given, samples are whole numbers below this. */
  readonly words?: number;
  layers(): Layer[];
}

const NETS: Readonly<Record<string, Net>> = {
  'a dense net with batch norm': {
    shape: [10],
    layers: () => [
      wg.dense(16, { useBias: false }),
      wg.batchNorm(),
      wg.activation('tanh'),
      wg.dense(12),
      wg.batchNorm({ momentum: 0.3 }),
      wg.activation('sigmoid'),
      wg.dense(4),
    ],
  },
  'a convolutional net': {
    shape: [9, 7, 2],
    layers: () => [
      wg.conv2d(5, 3, { padding: 'same', activation: 'tanh' }),
      wg.avgPool2d(2),
      wg.conv2d(8, 3, { padding: 1, strides: 2, useBias: false }),
      wg.batchNorm(),
      wg.activation('tanh'),
      wg.flatten(),
      wg.dense(4),
    ],
  },
  'two layers of lstm': {
    shape: [9, 3],
    layers: () => [wg.lstm(9, { returnSequences: true }), wg.lstm(7), wg.dense(4)],
  },
  'a gru in both directions': {
    shape: [9, 3],
    layers: () => [wg.bidirectional(wg.gru(9)), wg.dense(4)],
  },
  'a transformer': {
    shape: [9],
    words: 11,
    layers: () => [
      wg.embedding(11, 8),
      wg.positionalEmbedding(9),
      wg.transformerEncoder({ numHeads: 2, intermediateDim: 12, activation: 'gelu' }),
      wg.transformerDecoder({ numHeads: 2, intermediateDim: 12, normFirst: true, rotary: true }),
      wg.layerNorm(),
      wg.flatten(),
      wg.dense(4),
    ],
  },
};

/** Losses of all steps, on that back end, from the same weights and data everywhere. */
async function losses({ shape, words, layers }: Net, options: wg.InitOptions): Promise<number[]> {
  await wg.init({ ...options, seed: 1 });
  const random = new Numbers(3);
  const draw = (n: number, scale = 1): number[] =>
    Array.from({ length: n }, () => Math.fround(scale * (2 * random.uniform() - 1)));
  const net = wg.sequential(words ? { shape, dtype: 'int32' } : shape, layers());
  net.compile({ optimizer: wg.sgd(0.05, { momentum: 0.9 }), loss: 'softmaxCrossEntropy' });
  const parameters = Object.entries(net.parameters());
  net.setWeights(Object.fromEntries(parameters.map(([name, t]) => [name, wg.tensor(draw(t.size, 0.4), t.shape)])));
  const size = shape.reduce((a, b) => a * b);
  const batches = Array.from({ length: 5 }, () => ({
    x: words
      ? wg.tensor(
          Int32Array.from(draw(BATCH * size), (v) => Math.floor((words * (v + 1)) / 2)),
          [BATCH, ...shape],
        )
      : wg.tensor(draw(BATCH * size), [BATCH, ...shape]),
    y: Array.from({ length: BATCH }, () => Math.floor(4 * random.uniform())),
  }));
  return Array.from({ length: STEPS }, (_, step) => {
    const { x, y } = batches[step % batches.length]!;
    return net.trainOnBatch(x, y) as number;
  });
}

describe.each(Object.entries(NETS))('%s', (_, net) => {
  it.each(['wasm', 'js'] as const)('trains on %s as it does in float64', async (backend) => {
    const exact = await losses(net, { precision: 'float64' });
    expect(exact.at(-1)!).toBeLessThan(0.9 * exact[0]!);
    const given = await losses(net, { backend });
    given.forEach((loss, step) => {
      const allowed = 2e-6 * (1 + Math.abs(exact[step]!));
      expect(Math.abs(loss - exact[step]!), `step ${step}: ${loss}, exactly ${exact[step]}`).toBeLessThan(allowed);
    });
  });
});
