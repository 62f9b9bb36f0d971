// Masks: what becomes of steps that do not count, from embedding to loss and metrics. What is compared with is the same
// model on sequences without padding, one by one.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
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
    it.each(THOROUGH ? [[[5, 2, 1, 4]], [[3, 3]], [[4, 0, 2]]] : [[[3, 0, 1]]])(
      'lengths %j are as each one without padding',
      (lengths) => {
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
          close(
            [logs['loss']!, logs['accuracy']!, Math.log(logs['perplexity']!)],
            [sums.loss, sums.accuracy, sums.loss],
          );
        }
        close(gradientOf(net, x, y), [...gradient], 5e-6);
      },
    );

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

describe('masks of tensors', () => {
  beforeAll(() => wg.init({ seed: 1 }));

  /** The mask of what `f` makes of sequences [2, 3, 4] whose last step does not count, in a model; null: none. */
  function seen(f: (x: wg.Tensor) => wg.Tensor): number[] | null {
    let mask: wg.Tensor | undefined;
    const marks = wg.layer({
      kind: 'marks',
      call: (x: wg.Tensor) => wg.withMask(x, wg.tensor([1, 1, 0]).broadcastTo([x.shape[0]!, 3])),
    });
    wg.model([3, 4], (x) => {
      const y = f(marks(x));
      mask = wg.maskOf(y);
      return wg.withMask(y, null);
    });
    return mask ? (mask.shape.slice() as number[]) : null;
  }

  it.each<[string, (x: wg.Tensor) => wg.Tensor]>([
    ['elementwise ops', (x) => x.mul(2).add(x.exp()).relu()],
    ['a product with a matrix', (x) => x.matMul(wg.ones([4, 5])).add(wg.ones([5]))],
    ['softmax and norms along the features', (x) => ops.layerNorm(x).softmax()],
    ['reductions of features', (x) => x.mean(-1, { keepDims: true }).mul(x)],
    ['concat and slices of features', (x) => ops.concat([x, ops.slice(x, [null, null, [1, 3]])], -1)],
    ['rows of a table', (x) => wg.embedding(9, 3)(x.argMax(-1))],
    ['features by index', (x) => ops.takeAlongAxis(x, x.argMax(-1, { keepDims: true }))],
    ['norms by running means', (x) => ops.batchNorm(x, { mean: wg.zeros([4]), variance: wg.ones([4]) })],
    ['other shapes of whole steps', (x) => x.reshape([-1, 4]).exp().reshape([-1, 3, 2, 2])],
    ['layers of single steps', (x) => wg.timeDistributed(wg.dense(2))(wg.dropout(0.5)(wg.activation('tanh')(x)))],
    ['stopGradient', (x) => x.stopGradient()],
    ['models as layers', (x) => x],
    ['recompute', (x) => wg.recompute((y: wg.Tensor) => y.exp())(x)],
  ])('go through %s', (name, f) => {
    const inside = name === 'models as layers' ? wg.sequential([3, 4], [wg.activation('relu')]).asLayer() : undefined;
    expect(seen(inside ? (x) => inside(x as never) as wg.Tensor : f)).toEqual([3, 3]);
  });

  it.each<[string, (x: wg.Tensor) => wg.Tensor]>([
    ['lstm that returns the last output', (x) => wg.lstm(2)(x)],
    ['bidirectional', (x) => wg.bidirectional(wg.gru(2))(x)],
    ['globalAvgPool1d', (x) => wg.globalAvgPool1d()(x)],
    ['globalMaxPool1d', (x) => wg.globalMaxPool1d({ keepDims: true })(x)],
    ['withMask of null', (x) => wg.flatten()(wg.withMask(x, null))],
  ])('end at %s', (_, f) => {
    expect(seen(f)).toBeNull();
  });

  it.each<[string, (x: wg.Tensor) => wg.Tensor, RegExp]>([
    ['a mean over time', (x) => x.mean(1), /sum in the function of a model looks at several steps/],
    [
      'flatten',
      (x) => wg.flatten()(x),
      /reshape in the layer flatten looks at several steps of a tensor that has a mask/,
    ],
    ['conv1d', (x) => wg.conv1d(2, 2)(x), /in the layer conv1d looks at several steps/],
    ['batchNorm', (x) => wg.batchNorm()(x), /in the layer batchNorm looks at several steps/],
    ['permute', (x) => wg.permute([2, 1])(x), /transpose in the layer permute/],
    ['steps by index', (x) => ops.take(x, wg.tensor([0, 0, 1], [3], 'int32'), 1), /gather .*looks at several steps/],
    ['an order of steps', (x) => ops.flip(x, 1), /slice .*looks at several steps/],
    ['a product of steps', (x) => x.matMul(x, { transB: true }), /batchMatMul/],
  ])('%s is refused where it is made', (_, f, message) => {
    expect(() => seen(f)).toThrow(message);
    const refused = () => wg.sequential([3, 4], [wg.masking(), wg.layer({ kind: 'f', call: f })]);
    expect(refused).toThrow(wg.WasmgradError);
  });

  it('of two tensors count where both do', () => {
    const net = wg.model({ a: [3, 1], b: [3, 1], p: [3], q: [3] }, ({ a, b, p, q }) => {
      return wg.globalAvgPool1d()(wg.withMask(a, p).add(wg.withMask(b, q)));
    });
    const [a, b] = [[[[1], [2], [4]]], [[[0], [0], [0]]]];
    expect(net.predict({ a, b, p: [[1, 1, 0]], q: [[0, 1, 1]] }).data()[0]).toBe(2);
    expect(net.predict({ a, b, p: [[1, 0, 0]], q: [[0, 1, 1]] }).data()[0]).toBe(0);
  });

  it('masking of whole numbers is refused by name', () => {
    expect(() => wg.sequential({ shape: [3, 2], dtype: 'int32' }, [wg.masking()])).toThrow(
      'masking needs float32 tensors, got int32',
    );
  });

  it('masking leaves out steps of which all features are the value', () => {
    const net = wg.sequential([3, 2], [wg.masking(-1), wg.globalMaxPool1d()]);
    expect([
      ...net
        .predict([
          [
            [-3, -1],
            [-1, -1],
            [-2, -5],
          ],
          [
            [-1, -1],
            [-1, -1],
            [-1, -1],
          ],
        ])
        .data(),
    ]).toEqual([-2, -1, 0, 0]);
    expect(() => wg.embedding(5, 2, { maskZero: true, paddingIndex: 1 })).toThrow(
      /with maskZero the padding is token 0/,
    );
    expect(() => wg.withMask(wg.ones([2, 3]), wg.ones([2, 3]))).toThrow(/for the function of a model/);
  });

  it('give way to the mask or the lengths that a recurrent layer is given, and stay with its outputs', () => {
    const remember = wg.gru(3, { returnSequences: true });
    const seenOf: (number[] | undefined)[] = [];
    const netOf = (more: (n: number) => object) =>
      wg.model({ x: [4, 2], known: [4] }, ({ x, known }) => {
        const y = remember({ x: wg.withMask(x, known), ...more(x.shape[0]!) } as never) as wg.Tensor;
        seenOf.push(wg.maskOf(y)?.shape.slice() as number[]);
        return wg.withMask(y, null);
      });
    const own = netOf(() => ({}));
    const given = [
      netOf((n) => ({ mask: wg.ones([n, 4]) })),
      netOf((n) => ({ lengths: wg.tensor(new Int32Array(n).fill(4), [n]) })),
    ];
    const x = wg.tensor([
      [
        [1, 2],
        [3, -1],
        [2, 2],
        [-1, 1],
      ],
    ]);
    const all = { x, known: [[1, 1, 1, 1]] };
    for (const net of given) {
      net.setWeights(own.getWeights());
      expect(net.predict({ x, known: [[1, 0, 0, 0]] }).toArray()).toEqual(own.predict(all).toArray());
    }
    expect(seenOf.length).toBeGreaterThan(0);
    for (const shape of seenOf) expect(shape?.[1]).toBe(4);
  });

  it('may be undefined in what a layer is called with, as if they were left out', () => {
    const layers = [
      (x: wg.Tensor, mask: undefined) => wg.gru(2, { returnSequences: true })({ x, mask, lengths: mask }),
      (x: wg.Tensor, mask: undefined) => wg.multiHeadAttention(1, 2)({ query: x, value: x, key: mask, mask }),
      (x: wg.Tensor, mask: undefined) =>
        wg.transformerDecoder({ numHeads: 1, intermediateDim: 2 })({ sequence: x, mask } as never),
    ];
    for (const f of layers) {
      expect(wg.model([3, 2], (x) => f(x, undefined)).predict(wg.ones([1, 3, 2])).shape).toEqual([1, 3, 2]);
    }
    expect(() => wg.model([3, 2], (x) => wg.gru(2)({ x: undefined, mask: x } as never))).toThrow('gru');
  });

  it('are used by attention for what may be read', () => {
    const attend = wg.multiHeadAttention(1, 2);
    const net = wg.sequential([3, 2], [wg.masking(), attend]);
    const one = net
      .predict([
        [
          [1, 2],
          [3, 4],
          [0, 0],
        ],
      ])
      .data();
    const short = wg.sequential([2, 2], [attend]);
    short.setWeights(net.getWeights());
    close(
      [...one.subarray(0, 4)],
      [
        ...short
          .predict([
            [
              [1, 2],
              [3, 4],
            ],
          ])
          .data(),
      ],
    );
  });
});

describe('losses and metrics of outputs with masks', () => {
  beforeAll(() => wg.init({ seed: 1 }));

  const scores = [
    [
      [2, 1],
      [0, 3],
      [5, 5],
    ],
    [
      [1, 1],
      [9, 9],
      [9, 9],
    ],
    [
      [7, 7],
      [7, 7],
      [7, 7],
    ],
  ];
  const labels = wg.tensor(
    [
      [0, 0, 1],
      [1, 0, 1],
      [0, 0, 0],
    ],
    undefined,
    'int32',
  );
  const known = [
    [1, 1, 0],
    [1, 0, 0],
    [0, 0, 0],
  ];
  const costs = [Math.log(1 + Math.exp(-1)), Math.log(1 + Math.exp(3)), Math.log(2)];

  /** A model of which the output is the input. */
  const through = (loss: wg.LossLike, metrics: readonly wg.MetricLike[] = []) => {
    const zero = wg.layer({
      kind: 'zero',
      build: () => ({ parameters: { w: { shape: [], initializer: 'zeros' } } }),
      call: (x: wg.Tensor, { w }) => x.add(w!),
    });
    const net = wg.model({ x: [3, 2], known: [3] }, ({ x, known }) => zero(wg.withMask(x, known)));
    net.compile({ optimizer: wg.sgd(1), loss, metrics });
    return net as unknown as { evaluate(x: unknown, y: unknown, options?: object): Record<string, number> } & wg.Model;
  };

  it('are means over the steps that count, whatever the batches', () => {
    const net = through('softmaxCrossEntropy', ['accuracy', wg.perplexity()]);
    const mean = costs.reduce((a, b) => a + b) / 3;
    for (const batchSize of [1, 2, 3]) {
      const logs = net.evaluate({ x: scores, known }, labels, { batchSize });
      close([logs['loss']!, logs['accuracy']!, logs['perplexity']!], [mean, 1 / 3, Math.exp(mean)]);
    }
  });

  it('weigh samples and steps together', () => {
    const weights = [2, 0.5, 3];
    const net = through('softmaxCrossEntropy', ['accuracy']);
    const expected = (2 * (costs[0]! + costs[1]!) + 0.5 * costs[2]!) / 4.5;
    for (const batchSize of [1, 3]) {
      const logs = net.evaluate({ x: scores, known }, labels, { batchSize, sampleWeight: weights });
      close([logs['loss']!, logs['accuracy']!], [expected, 1 / 3]);
    }
    const own = through(wg.softmaxCrossEntropy({ weight: [1, 4], ignoreIndex: -1 }));
    const some = wg.tensor(
      [
        [0, -1, 1],
        [1, 0, 1],
        [0, 0, 0],
      ],
      undefined,
      'int32',
    );
    for (const batchSize of [1, 2, 3]) {
      close([own.evaluate({ x: scores, known }, some, { batchSize })['loss']!], [(costs[0]! + 4 * costs[2]!) / 5]);
      const weighted = own.evaluate({ x: scores, known }, some, { batchSize, sampleWeight: weights })['loss']!;
      close([weighted], [(2 * costs[0]! + 0.5 * 4 * costs[2]!) / (2 + 0.5 * 4)]);
      const measured = through(wg.softmaxCrossEntropy({ ignoreIndex: -1 }), ['accuracy', wg.perplexity()]);
      const logs = measured.evaluate({ x: scores, known }, some, { batchSize, sampleWeight: weights });
      close([logs['accuracy']!, logs['perplexity']!], [1 / 2, Math.exp((costs[0]! + costs[2]!) / 2)]);
    }
    close(
      [
        through('mse').evaluate(
          { x: scores, known },
          scores.map((s) => s.map((r) => r.map((v) => v + 1))),
        )['loss']!,
      ],
      [1],
    );
  });

  it('of no step at all are 0, and change nothing', () => {
    const net = through('softmaxCrossEntropy', ['accuracy', wg.perplexity()]);
    const none = known.map((row) => row.map(() => 0));
    expect(net.evaluate({ x: scores, known: none }, labels)['loss']).toBe(0);
    expect(net.trainOnBatch({ x: scores, known: none } as never, labels as never)).toBe(0);
    expect(net.getWeights()[0]!.item()).toBe(0);
  });

  it('that are no numbers for each step are refused', () => {
    const x = { x: scores, known };
    expect(() => through((y, p) => p.sub(y).square().mean()).evaluate(x, scores)).toThrow(
      /a mask, needs .* to be a number for each sample, or step, \[n, 3\]; it returned float32\[\]/,
    );
    const mine = wg.metric('mine', (_, p) => p.mean());
    expect(() => through('mse', [mine]).evaluate(x, scores)).toThrow(
      /needs mine to be a number for each sample, or step/,
    );
  });
});

it('batchNorm, whose moments are of all steps, says so', () => {
  const layers = [wg.embedding(5, 3, { maskZero: true }), wg.batchNorm()];
  expect(() => wg.sequential({ shape: [4], dtype: 'int32' }, layers)).toThrow(/^batchNorm.* looks at several steps/);
});
