// Masks: what becomes of steps that do not count, from embedding to loss and metrics. What is compared with is the same model on
// sequences without padding, one by one.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { Numbers } from './numbers.js';
import { THOROUGH } from './thorough.js';

const BACKENDS = ['wasm', 'js'] as const;
const VOCABULARY = 9;

/** Sequences of these lengths, of tokens 1 … 8, and a label for each step. */
function ragged(lengths: readonly number[], seed = 1) {
  const numbers = new Numbers(seed);
  const some = (length: number, low: number, high: number): number[] =>
    Array.from({ length }, () => low + numbers.below(high - low));
  return lengths.map((length) => ({ tokens: some(length, 1, VOCABULARY), labels: some(length, 0, 3) }));
}

const filled = (rows: readonly (readonly number[])[], time: number): wg.Tensor =>
  wg.tensor(Int32Array.from(rows.flatMap((row) => [...row, ...new Array<number>(time - row.length).fill(0)])), [
    rows.length,
    time,
  ]);

type Layers = () => wg.Layer<never, wg.Tensor>[];

/** Kinds of nets from tokens to three scores for each step. */
const NETS: Readonly<Record<string, Layers>> = {
  gru: () => [wg.embedding(VOCABULARY, 4, { maskZero: true }), wg.gru(5, { returnSequences: true })],
  'stacked lstm': () => [
    wg.embedding(VOCABULARY, 4, { maskZero: true, paddingIndex: 0 }),
    wg.lstm(5, { returnSequences: true }) as never,
    wg.layerNorm(),
    wg.simpleRnn(4, { returnSequences: true }),
  ],
  bidirectional: () => [
    wg.embedding(VOCABULARY, 4, { maskZero: true }),
    wg.bidirectional(wg.gru(3, { returnSequences: true })) as never,
    wg.bidirectional(wg.lstm(3, { returnSequences: true }) as never, { mergeMode: 'sum' }) as never,
  ],
  transformer: () => [
    wg.embedding(VOCABULARY, 4, { maskZero: true }),
    wg.positionalEmbedding(16),
    wg.transformerEncoder({ numHeads: 2, intermediateDim: 6 }),
    wg.transformerDecoder({ numHeads: 2, intermediateDim: 6, normFirst: true, activation: 'swiglu', norm: 'rmsNorm' }),
  ],
};

/** Those that have sums over all steps of a batch, for layerNorm. */
const BY_COLUMNS = { 'stacked lstm': true, transformer: true };

function netOf(layers: readonly unknown[], time: number) {
  const head = wg.timeDistributed(wg.dense(3));
  return wg.sequential({ shape: [time], dtype: 'int32' }, [...layers, head] as wg.Layer[]);
}

const compiled = <M extends wg.Model>(net: M): M =>
  net.compile({ optimizer: wg.sgd(1), loss: 'softmaxCrossEntropy', metrics: ['accuracy', wg.perplexity()] }) as never;

/** What a step of sgd(1) takes off the weights. */
function gradientOf(net: wg.Model, x: wg.Tensor, y: wg.Tensor): number[] {
  const before = net.getWeights().map((w) => w.data().slice());
  net.trainOnBatch(x, y);
  const after = net.getWeights().map((w) => w.data());
  net.setWeights(before.map((w, i) => wg.tensor(w, net.getWeights()[i]!.shape)));
  return before.flatMap((w, i) => Array.from(w, (value, k) => value - after[i]![k]!));
}

const close = (a: readonly number[], b: readonly number[], atol = 2e-6): void => {
  expect(a.length).toBe(b.length);
  a.forEach(
    (value, i) =>
      void expect(Math.abs(value - b[i]!), `${i}: ${value}, ${b[i]}`).toBeLessThan(atol + 2e-6 * Math.abs(b[i]!)),
  );
};

describe.each(BACKENDS)('%s', (backend) => {
  beforeAll(async () => {
    await wg.init({ backend, seed: 3 });
  });

  describe.each(Object.keys(NETS))('%s', (kind) => {
    it.each(THOROUGH ? [[[5, 2, 1, 4]], [[3, 3]], [[4, 0, 2]]] : [[[3, 0, 1]]])('lengths %j are as each one without padding', (lengths) => {
      const samples = ragged(lengths);
      const time = 5;
      const net = compiled(netOf(NETS[kind]!(), time));
      const [x, y] = [
        filled(
          samples.map((s) => s.tokens),
          time,
        ),
        filled(
          samples.map((s) => s.labels),
          time,
        ),
      ];
      const outputs = net.predict(x);
      const total = lengths.reduce((a, b) => a + b);
      const sums = { loss: 0, accuracy: 0 };
      const gradient = new Float64Array(net.parameterCount);
      samples.forEach(({ tokens, labels }, i) => {
        if (tokens.length === 0) return;
        const alone = compiled(netOf(NETS[kind]!(), tokens.length));
        alone.setWeights(net.getWeights());
        const [xi, yi] = [filled([tokens], tokens.length), filled([labels], tokens.length)];
        close(
          [...alone.predict(xi).data()],
          [...outputs.data().subarray(i * time * 3, (i * time + tokens.length) * 3)],
        );
        const logs = alone.evaluate(xi, yi);
        const share = tokens.length / total;
        sums.loss += share * logs.loss;
        sums.accuracy += share * (logs['accuracy' as never] as number);
        gradientOf(alone, xi, yi).forEach((g, k) => void (gradient[k]! += share * g));
        alone.dispose();
      });
      for (const batchSize of [1, 2, 256]) {
        const logs = net.evaluate(x, y, { batchSize }) as unknown as Record<string, number>;
        close([logs['loss']!, logs['accuracy']!, Math.log(logs['perplexity']!)], [sums.loss, sums.accuracy, sums.loss]);
      }
      close(gradientOf(net, x, y), [...gradient], 5e-6);
    });

    it('more padding changes nothing', () => {
      const samples = ragged([3, 1, 4, 2]);
      const of = (time: number, like?: wg.Model) => {
        const net = compiled(netOf(NETS[kind]!(), time));
        if (like) net.setWeights(like.getWeights());
        const [x, y] = [
          filled(
            samples.map((s) => s.tokens),
            time,
          ),
          filled(
            samples.map((s) => s.labels),
            time,
          ),
        ];
        return { net, logs: net.evaluate(x, y), gradient: gradientOf(net, x, y) };
      };
      const one = of(4);
      for (const time of THOROUGH ? [5, 7, 8, 12] : [9]) {
        const other = of(time, one.net);
        // Kernels add up columns of all rows of a batch in blocks, whose ends are elsewhere then.
        if (kind in BY_COLUMNS && backend === 'wasm') close(other.gradient, one.gradient, 1e-6);
        else expect(other.gradient.map((g) => g + 0)).toEqual(one.gradient.map((g) => g + 0));
        expect(other.logs).toEqual(one.logs);
      }
    });
  });
});
