// ctcLoss against all alignments, one by one, against the recursion of the paper in float64, and against values of
// PyTorch.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { Numbers } from './numbers.js';

const int = (values: readonly number[], shape: readonly number[]) => wg.tensor(Int32Array.from(values), shape);

/** What a sequence of classes says. */
const read = (path: readonly number[], blank: number): string =>
  path.filter((c, i) => c !== blank && c !== path[i - 1]).join();

/** -ln of the sum of the probabilities of all paths that say the target. */
function byPaths(p: readonly (readonly number[])[], target: readonly number[], blank: number): number {
  const classes = p[0]?.length ?? 0;
  let sum = 0;
  for (let k = 0; k < classes ** p.length; k++) {
    const path = p.map((_, t) => Math.floor(k / classes ** t) % classes);
    if (read(path, blank) === target.join()) sum += path.reduce((all, c, t) => all * p[t]![c]!, 1);
  }
  return -Math.log(sum);
}

/** The forward recursion, with probabilities. */
function byRecursion(p: readonly (readonly number[])[], target: readonly number[], blank: number): number {
  const places = [blank, ...target.flatMap((label) => [label, blank])];
  let alpha: number[] = places.map((_, s) => (s === 0 ? 1 : 0));
  for (const row of p) {
    alpha = places.map((label, s) => {
      const jump = s > 1 && label !== blank && label !== places[s - 2] ? alpha[s - 2]! : 0;
      return (alpha[s]! + (alpha[s - 1] ?? 0) + jump) * row[label]!;
    });
  }
  return -Math.log(alpha.at(-1)! + (target.length > 0 ? alpha.at(-2)! : 0));
}

/** Probabilities of each step. */
function probabilities(time: number, classes: number, numbers: Numbers): number[][] {
  return Array.from({ length: time }, () => {
    const row = Array.from({ length: classes }, () => 0.05 + numbers.uniform());
    const sum = row.reduce((a, b) => a + b);
    return row.map((value) => value / sum);
  });
}

const logsOf = (p: readonly (readonly number[])[]) => wg.tensor([p.map((row) => row.map(Math.log))] as never);

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it.each<[number, number[], number]>([
    [1, [], 0],
    [1, [2], 0],
    [3, [1, 1], 0],
    [4, [1, 2, 1], 0],
    [5, [2, 2], 0],
    [4, [0, 1], 2],
    [5, [1, 0, 0], 2],
  ])('%i steps that say %j are all their paths', (time, target, blank) => {
    const p = probabilities(time, 3, new Numbers(time));
    const loss = ops.ctcLoss(logsOf(p), int(target, [1, target.length]), { blank, reduction: 'none' }).item();
    expect(loss).toBeCloseTo(byPaths(p, target, blank), 4);
    expect(byRecursion(p, target, blank)).toBeCloseTo(byPaths(p, target, blank), 10);
  });

  it('long sequences are as the recursion says, and their gradient as differences', () => {
    const p = probabilities(40, 6, new Numbers(2));
    const target = [1, 2, 2, 5, 3, 3, 1];
    const loss = (logs: wg.Tensor) => ops.ctcLoss(logs, int(target, [1, 7]), { reduction: 'sum' });
    expect(loss(logsOf(p)).item() / byRecursion(p, target, 0)).toBeCloseTo(1, 5);
    const { grads } = { grads: wg.grad(loss)(logsOf(p)).data() };
    for (const [t, c] of [
      [0, 0],
      [0, 1],
      [7, 2],
      [20, 5],
      [39, 1],
      [39, 4],
    ] as const) {
      const moved = (by: number) =>
        byRecursion(
          p.map((row, i) => row.map((v, k) => (i === t && k === c ? v * Math.exp(by) : v))),
          target,
          0,
        );
      expect(grads[t * 6 + c]!).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 4);
    }
  });

  it('ragged batches have the losses and gradients of PyTorch 1.13', () => {
    const z = wg.tensor(
      Float32Array.from({ length: 96 }, (_, i) => ((i * 37) % 23) / 5),
      [4, 6, 4],
    );
    const targets = int([1, 2, 2, 3, 1, 0, 1, 0, 0, 2, 2, 2], [4, 3]);
    const lengths = { inputLengths: int([6, 5, 3, 4], [4]), targetLengths: int([3, 2, 1, 3], [4]) };
    const loss = (x: wg.Tensor, more: ops.CtcLossOptions) =>
      ops.ctcLoss(x.logSoftmax(), targets, { ...lengths, ...more });
    const each = loss(z, { reduction: 'none', zeroInfinity: true }).data();
    [5.999930381774902, 2.9711272716522217, 4.243264198303223, 0].forEach(
      (l, i) => void expect(each[i]).toBeCloseTo(l, 5),
    );
    expect(loss(z, { reduction: 'none' }).data()[3]).toBe(Infinity);
    expect(
      ops.ctcLoss(z.logSoftmax(), targets, { ...lengths, targetLengths: undefined, zeroInfinity: true }).item(),
    ).toBeCloseTo(1.9322011470794678, 5);
    const g = wg
      .grad((x: wg.Tensor) => loss(x, { zeroInfinity: true }))(z)
      .data();
    const torch = {
      0: 0.0011765,
      1: -0.062098,
      22: -0.0494684,
      24: -0.0568918,
      43: 0.0027249,
      44: 0,
      53: -0.1416274,
      59: 0.1722878,
      60: 0,
      80: 0,
    };
    for (const [i, value] of Object.entries(torch)) expect(g[Number(i)]!).toBeCloseTo(value, 5);
    expect(g.every(Number.isFinite)).toBe(true);
  });

  it('NaN in a step that counts is NaN, also with zeroInfinity; in one behind, nothing', () => {
    const logs = wg.tensor([
      [
        [0, -1],
        [NaN, NaN],
        [0, -1],
      ],
    ] as never);
    for (const zeroInfinity of [false, true]) {
      const loss = (length: number) =>
        ops.ctcLoss(logs, int([1], [1, 1]), { inputLengths: int([length], [1]), zeroInfinity }).item();
      expect(loss(3)).toBeNaN();
      expect(loss(1)).toBeCloseTo(1, 5);
    }
  });

  it('what only a program knows, and is out of range, makes the loss of its sample NaN', () => {
    const logs = wg.zeros([4, 3, 3]).logSoftmax();
    const run = wg.jit((targets: wg.Tensor, inputLengths: wg.Tensor, targetLengths: wg.Tensor) =>
      ops.ctcLoss(logs, targets, { inputLengths, targetLengths, reduction: 'none' }),
    );
    const nans = (targets: readonly number[], input: readonly number[], target: readonly number[]) =>
      [...run(int(targets, [4, 2]), int(input, [4]), int(target, [4])).data()].map(Number.isNaN);
    const labels = [1, 2, 1, 2, 1, 2, 1, 2];
    expect(nans(labels, [3, 4, -1, 2], [2, 2, 2, 2])).toEqual([false, true, true, false]);
    expect(nans(labels, [3, 3, 3, 3], [0, 3, -1, 1])).toEqual([false, true, true, false]);
    expect(nans([1, 2, 3, 1, -1, 2, 1, -7], [3, 3, 3, 3], [2, 2, 2, 1])).toEqual([false, true, true, false]);
    const all = wg.jit((targets: wg.Tensor) => ops.ctcLoss(logs, targets, { reduction: 'none' }));
    expect([...all(int([1, 2, 3, 1, -1, 0, 0, 0], [4, 2])).data()].map(Number.isNaN)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('more steps and labels behind the lengths change nothing', () => {
    const p = probabilities(5, 3, new Numbers(3));
    const short = ops.ctcLoss(logsOf(p), int([1, 2], [1, 2])).item();
    const more = logsOf([...p, ...probabilities(4, 3, new Numbers(4))]);
    const given = { inputLengths: int([5], [1]), targetLengths: int([2], [1]) };
    expect(ops.ctcLoss(more, int([1, 2, 1, 2], [1, 4]), given).item()).toBe(short);
    expect(ops.ctcLoss(logsOf(p), int([1, 2, 0, 0], [1, 4])).item()).toBe(short);
    expect(ops.ctcLoss(more, int([], [1, 0]), { inputLengths: int([0], [1]) }).item()).toBe(0);
  });
});

/** Tokens that say labels, each in one to three steps, with noise (4) between; rows are filled up by 0. */
function spoken(n: number, time: number, seed: number) {
  const numbers = new Numbers(seed);
  const [tokens, labels] = [new Int32Array(n * time), new Int32Array(n * 3)];
  for (let s = 0; s < n; s++) {
    let t = 0;
    for (let i = 0; i < 1 + numbers.below(3); i++) {
      const label = 1 + numbers.below(3);
      labels[s * 3 + i] = label;
      for (let k = 1 + numbers.below(3); k > 0; k--) tokens[s * time + t++] = label;
      tokens[s * time + t++] = 4;
    }
  }
  return { x: int([...tokens], [n, time]), y: int([...labels], [n, 3]) };
}

const TOKENS = { shape: [12], dtype: 'int32' } as const;

describe.each(['wasm', 'js'] as const)('as a loss of compile, on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  const eachStep = (units: number, options?: wg.DenseOptions) => wg.timeDistributed(wg.dense(units, options));
  const net = (head: wg.Layer, maskZero = false) =>
    wg.sequential(TOKENS, [wg.embedding(5, 6, { maskZero }), wg.gru(8, { returnSequences: true }), head]);

  it('a net learns what is said, and fit, evaluate and predict agree', async () => {
    const { x, y } = spoken(48, 12, 1);
    const model = net(eachStep(4)).compile({ optimizer: wg.adam(0.03), loss: wg.ctcLoss() });
    const { history } = await model.fit(x, y, { epochs: 30, batchSize: 16 });
    expect(history['loss']!.at(-1)!).toBeLessThan(history['loss']![0]! / 20);
    const said = ops.ctcGreedyDecode(model.predict(x));
    const meant = (y.toArray() as number[][]).map((row) => row.filter((label) => label > 0));
    expect(said).toEqual(meant);
  });

  it.each([
    ['logits', undefined],
    ['their logSoftmax', 'logSoftmax'],
  ] as const)('it is ctcLoss of %s', (_, activation) => {
    const { x, y } = spoken(5, 12, 2);
    const model = net(eachStep(4, { activation })).compile({ optimizer: wg.sgd(0.1), loss: wg.ctcLoss() });
    const losses = ops.ctcLoss(model.predict(x).logSoftmax(), y, { reduction: 'none' });
    const each = [...losses.div(y.notEqual(0).sum(1)).data()];
    const mean = each.reduce((a, b) => a + b) / 5;
    expect(model.evaluate(x, y).loss).toBeCloseTo(mean, 5);
    expect(model.evaluate(x, y, { batchSize: 2 }).loss).toBeCloseTo(mean, 5);
    const sampleWeight = [1, 0, 2, 0.5, 0];
    const weighted = each.reduce((sum, l, i) => sum + l * sampleWeight[i]!, 0) / 3.5;
    expect(model.evaluate(x, y, { sampleWeight, batchSize: 2 }).loss).toBeCloseTo(weighted, 5);
  });

  it('steps that the mask of the output leaves out are skipped, at the end and between', () => {
    const { x, y } = spoken(6, 12, 3);
    const masked = net(eachStep(4), true).compile({ optimizer: wg.sgd(0.1), loss: wg.ctcLoss() });
    const each = (x.toArray() as number[][]).map((row, s) => {
      const tokens = row.filter((token) => token > 0);
      const label = wg.tensor([(y.toArray() as number[][])[s]!], undefined, 'int32');
      const short = wg.sequential({ ...TOKENS, shape: [tokens.length] }, [
        wg.embedding(5, 6),
        wg.gru(8, { returnSequences: true }),
        eachStep(4),
      ]);
      short.setWeights(masked.getWeights());
      short.compile({ optimizer: wg.sgd(), loss: wg.ctcLoss() });
      return short.evaluate(int(tokens, [1, tokens.length]), label).loss;
    });
    const mean = each.reduce((a, b) => a + b) / 6;
    expect(masked.evaluate(x, y).loss).toBeCloseTo(mean, 5);
    expect(masked.evaluate(x, y, { batchSize: 4 }).loss).toBeCloseTo(mean, 5);
    const spread = (x.toArray() as number[][]).map((row) => {
      const [tokens, zeros] = [row.filter((token) => token > 0), row.filter((token) => token === 0)];
      return [...tokens.slice(0, 2), ...zeros, ...tokens.slice(2)];
    });
    expect(masked.evaluate(wg.tensor(spread, undefined, 'int32'), y).loss).toBeCloseTo(mean, 5);
    const last = masked.trainOnBatch(x, y);
    expect(last).toBeCloseTo(mean, 5);
    expect(masked.evaluate(x, y).loss).toBeLessThan(last);
  });

  it('another blank, labels as nested arrays, of several widths', () => {
    const { x, y } = spoken(4, 12, 4);
    const model = net(eachStep(4)).compile({ optimizer: wg.sgd(0.1), loss: wg.ctcLoss({ blank: 3 }) });
    const labels = (y.toArray() as number[][]).map((row) => row.map((label) => (label === 0 ? 3 : label - 1)));
    const logs = model.predict(x).logSoftmax();
    const expected = ops.ctcLoss(logs, wg.tensor(labels, undefined, 'int32'), { blank: 3 }).item();
    expect(model.evaluate(x, labels).loss).toBeCloseTo(expected, 5);
    const wider = labels.map((row) => [...row, 3, 3]);
    expect(model.evaluate(x, wider).loss).toBeCloseTo(expected, 5);
    expect(
      model.evaluate(
        x,
        labels.map(() => [3]),
      ).loss,
    ).toBeGreaterThan(0);
  });

  it('zeroInfinity does without samples that have no room', () => {
    const model = wg
      .sequential([2, 3], [eachStep(3)])
      .compile({ optimizer: wg.sgd(0.1), loss: wg.ctcLoss({ zeroInfinity: true }) });
    const x = wg.tensor(
      Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
      [2, 2, 3],
    );
    const one = ops.ctcLoss(model.predict(x).logSoftmax(), int([1, 2, 2, 2], [2, 2]), { reduction: 'none' }).data();
    expect(one[1]).toBe(Infinity);
    expect(model.trainOnBatch(x, int([1, 2, 2, 2], [2, 2]))).toBeCloseTo(one[0]! / 2 / 2, 5);
    expect(model.getWeights().every((w) => w.data().every(Number.isFinite))).toBe(true);
  });

  it('labels that can not be meant are refused before anything is changed', () => {
    const model = wg.sequential([3, 3], [eachStep(4)]).compile({ optimizer: wg.sgd(0.1), loss: wg.ctcLoss() });
    const x = wg.ones([2, 3, 3]);
    const weights = () => model.getWeights().map((w) => [...w.data()]);
    const before = weights();
    const train = (y: unknown) => () => model.trainOnBatch(x, y as number[][]);
    expect(
      train([
        [1, 2],
        [4, 0],
      ]),
    ).toThrow(/sample 1 of y has the label 4: expected a class, a whole number from 0 to 3, and the blank, 0/);
    expect(
      train([
        [1, 2],
        [-1, 0],
      ]),
    ).toThrow(/the label -1/);
    expect(
      train([
        [1, 2],
        [1.5, 0],
      ]),
    ).toThrow(/the label 1.5/);
    expect(
      train([
        [1, 2],
        [NaN, 0],
      ]),
    ).toThrow(/the label NaN/);
    expect(
      train([
        [1, 2],
        [0, 3],
      ]),
    ).toThrow(/sample 1 of y has the label 3 behind the blank, 0, which ends labels/);
    expect(
      train([
        [1, 2, 3],
        [1, 1, 2],
      ]),
    ).toThrow(/sample 1 of y needs 4 steps, one a label and one between equal neighbours, and the model returns 3/);
    expect(train([[1, 2]])).toThrow(/y has the shape \[1, 2\]; for ctcLoss 2 samples need \[2, labels\]/);
    expect(train([1, 2])).toThrow(/y has the shape \[2\]; for ctcLoss/);
    expect(train([[1, 2], [1]])).toThrow(/y\[1\] must be an array of length 2/);
    expect(weights()).toEqual(before);
  });

  it('so is accuracy, which compares single steps, also where there are as many labels', () => {
    const net = wg.sequential([3, 2], [eachStep(4)]);
    net.compile({ optimizer: wg.sgd(), loss: wg.ctcLoss(), metrics: ['accuracy'] });
    expect(() => net.evaluate(wg.ones([1, 3, 2]), [[1, 2, 0]])).toThrow('ctcLoss has no accuracy');
  });

  it('so are models that it does not fit', () => {
    const compile = (net: wg.Model, options?: wg.CtcOptions) =>
      net.compile({ optimizer: wg.sgd(), loss: wg.ctcLoss(options) });
    const softmaxed = wg.sequential([3, 2], [eachStep(4, { activation: 'softmax' })]);
    expect(() => compile(softmaxed)).toThrow(
      /ctcLoss takes logits, but the model ends with softmax: change that, or use 'logSoftmax'/,
    );
    const flat = compile(wg.sequential([3], [wg.dense(4)]));
    expect(() => flat.trainOnBatch(wg.ones([1, 3]), [[1]])).toThrow(
      /must return logits \[time, classes\], with a class for the blank, 0; it returns \[4\]/,
    );
    const few = compile(wg.sequential([3, 2], [eachStep(4)]), { blank: 4 });
    expect(() => few.trainOnBatch(wg.ones([1, 3, 2]), [[1]])).toThrow(/a class for the blank, 4; it returns \[3, 4\]/);
    expect(() => wg.ctcLoss({ blanc: 1 } as never)).toThrow(/option of ctcLoss 'blanc'.*'?blank/);
    expect(() =>
      wg.sequential([3, 2], [eachStep(4)]).compile({ optimizer: wg.sgd(), loss: ops.ctcLoss as never }),
    ).toThrow(/losses of wasmgrad\/ops take \(prediction, target\)/);
  });
});

describe('greedy decoding and errors', () => {
  beforeAll(() => wg.init({ seed: 1 }));

  it('takes the likeliest class of each step', () => {
    const one = (path: readonly number[]) => path.map((c) => [0, 1, 2].map((k) => Number(k === c)));
    const scores = wg.tensor([one([1, 1, 0, 1, 2, 2]), one([0, 0, 2, 0, 0, 1])] as never);
    expect(ops.ctcGreedyDecode(scores)).toEqual([
      [1, 1, 2],
      [2, 1],
    ]);
    expect(ops.ctcGreedyDecode(scores, { blank: 2, inputLengths: int([3, 5], [2]) })).toEqual([
      [1, 0],
      [0, 0],
    ]);
  });

  it('says what is wrong', () => {
    const logs = wg.zeros([2, 3, 4]);
    expect(() => ops.ctcLoss(logs, int([1, 9], [2, 1]))).toThrow(/ctcLoss: label 9 is out of range/);
    expect(() => ops.ctcLoss(logs, int([1], [1, 1]))).toThrow(
      /expected logProbs \[n, time, classes\] and int32 targets/,
    );
    expect(() => ops.ctcLoss(logs, int([1, 2], [2, 1]), { inputLengths: int([4, 1], [2]) })).toThrow(
      /a length of inputLengths 4 is out of range: expected 0 … 3/,
    );
    const targetLengths = int([2, 1], [2]);
    for (const [labels, wrong] of [
      [[1, -1, 2, 0], -1],
      [[1, 2, 4, 0], 4],
    ] as const) {
      expect(() => ops.ctcLoss(logs, int(labels, [2, 2]), { targetLengths })).toThrow(`label ${wrong} is out of range`);
    }
    expect(ops.ctcLoss(logs, int([1, 2, 1, -1], [2, 2]), { targetLengths }).item()).not.toBeNaN();
    expect(() => ops.ctcGreedyDecode(logs, { blank: 4 })).toThrow('ctcGreedyDecode: blank 4 is none of the 4 classes');
    const diverged = wg.tensor([[[0, 1]], [[1, Number.NaN]]]);
    expect(() => ops.ctcGreedyDecode(diverged)).toThrow('ctcGreedyDecode: scores[1][0][1] is NaN');
    expect(ops.ctcGreedyDecode(diverged, { inputLengths: int([1, 0], [2]) })).toEqual([[1], []]);
    expect(() => ops.ctcLoss(logs, int([1, 2], [2, 1]), { blank: 4 })).toThrow(/blank 4 is none of the 4 classes/);
  });
});
