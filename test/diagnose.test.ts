// diagnose: what it says of curves that are written down here, of models that were given something wrong, and of
// trainings of known cause (test/diagnose), of which npm run test:diagnose makes 300.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Kept } from '../bindings/diagnose/kept.js';
import { type Diagnosable, diagnose, type Finding } from '../bindings/diagnose.js';
import * as wg from '../bindings/index.js';
import { makeRuns } from './diagnose/runs.js';
import { score } from './diagnose/score.js';
import { Numbers } from './numbers.js';
import { THOROUGH } from './thorough.js';

// biome-ignore lint/suspicious/noExplicitAny: what TypeScript would refuse, JavaScript passes
const any = (value: unknown): any => value;

const curve = (n: number, loss: (epoch: number) => number): number[] => Array.from({ length: n }, (_, i) => loss(i));
const history = (loss: number[], more: Record<string, number[]> = {}): Diagnosable => ({ history: { loss, ...more } });
const ids = (findings: readonly Finding[]): string[] => findings.map(({ id }) => id);

beforeAll(async () => void (await wg.init({ seed: 3 })));

describe('from losses alone', () => {
  it('names a learning rate that is too large from the start', () => {
    const [first, ...others] = diagnose(history([0.7, 1.9, 4.2, 11, 31]));
    expect(first!.text).toBe(
      'The loss rose from 0.7 to 31 in the first 5 epochs, and ended at 15.4: the learning rate is too large from the start. Try a tenth of it.',
    );
    expect(first).toMatchObject({ id: 'learningRateTooLarge', change: 'Try a tenth of it' });
    expect(first!.confidence).toBeGreaterThan(0.8);
    expect(others).toEqual([]);
    expect(ids(diagnose(history(curve(20, (i) => 2 + (i % 2)))))).toEqual(['learningRateTooLarge']);
  });

  it('names one that is too large later, and one that is too small', () => {
    const later = curve(40, (i) => 0.3 + Math.exp(-i) + 0.05 * (i % 2));
    expect(ids(diagnose(history(later)))).toEqual(['learningRateTooLargeLater']);
    const slow = curve(40, (i) => 0.7 - 0.002 * i);
    const [finding] = diagnose(history(slow));
    expect(finding!.id).toBe('learningRateTooSmall');
    expect(finding!.text).toBe(
      'The loss fell only from 0.7 to 0.62 in 40 epochs, 33 % of that in the last third: the learning rate is too small. Try 10 times as much.',
    );
  });

  it('names over-fitting, and where it began', () => {
    const loss = curve(30, (i) => Math.exp(-i / 5));
    const valLoss = curve(30, (i) => 0.5 + (i - 6) ** 2 / 400);
    const [finding, ...others] = diagnose(history(loss, { valLoss }));
    expect(finding!.seen).toContain('rose from 0.5 in epoch 7 to ');
    expect(ids([finding!, ...others])).toEqual(['overfitting']);
  });

  it('says nothing of good ones', () => {
    for (const good of [
      curve(50, (i) => 0.01 + Math.exp(-i / 4)),
      curve(30, (i) => 2.3 * Math.exp(-i / 3)),
      curve(100, (i) => 1 / (1 + i)),
      [0.5, 0.02],
      [0.4],
    ]) {
      expect(diagnose(history(good))).toEqual([]);
      expect(diagnose(history(good, { valLoss: good.map((loss) => 1.1 * loss) }))).toEqual([]);
    }
  });

  it('reads the points of a minimisation, and errors', () => {
    const f = (x: wg.Tensor) => x.square();
    expect(diagnose(wg.minimize(f, 1.2, { optimizer: wg.sgd(0.3), steps: 12 } as never))).toEqual([]);
    expect(ids(diagnose(wg.minimize(f, 1.2, { optimizer: wg.sgd(1.02), steps: 20 } as never)))).toEqual([
      'learningRateTooLarge',
    ]);
    expect(ids(diagnose(wg.minimize(f, 1.2, { optimizer: wg.sgd(0.001), steps: 20 } as never)))).toEqual([
      'learningRateTooSmall',
    ]);
    const error = new wg.NonFiniteLossError('', 4, 7, { epoch: [0, 1, 2, 3], history: { loss: [1, 3, 50, 2e9] } });
    const [finding] = diagnose(error);
    expect(finding!.text).toContain('The loss grew from 1 beyond all numbers by step 7 of epoch 4');
    expect(
      ids(
        diagnose(new wg.NonFiniteLossError('', 9, 2, { epoch: [], history: { loss: curve(9, (i) => 1 / (i + 1)) } })),
      ),
    ).toEqual(['nonFinite']);
  });

  it('refuses what is none of these', () => {
    const words =
      'diagnose: the first argument must be what fit or minimize returned, or the NonFiniteLossError that they threw, got ';
    for (const wrong of [undefined, null, 3, 'loss', [], {}, { history: {} }, new Error('x')]) {
      expect(() => diagnose(any(wrong))).toThrow(words);
    }
    expect(() => diagnose(history([1]), any({}))).toThrow(
      'diagnose: the second argument must be a model, got an object of type Object',
    );
    expect(() => diagnose(history([1]), undefined, { x: [1], y: [1] })).toThrow(
      'diagnose: pass the model, too, to look at data',
    );
    expect(() => diagnose(history([1]), wg.sequential([1], [wg.dense(1)]), { x: [1], y: [1] })).toThrow(
      'diagnose: call model.compile',
    );
    expect(() => diagnose(history([1]), wg.sequential([1], [wg.dense(1)]), any({ X: [1] }))).toThrow(
      "did you mean 'x'?",
    );
  });
});

const numbers = new Numbers(5);
const X = Array.from({ length: 300 }, () => [2 * numbers.uniform() - 1, 2 * numbers.uniform() - 1]);
const Y = X.map(([a, b]) => [a! * b! > 0 ? 1 : 0]);

function net(layers: wg.Layer[], optimizer = wg.adam(0.02)): wg.Model {
  const model = wg.sequential([2], [...layers, wg.dense(1, { activation: 'sigmoid' })]);
  model.compile({ optimizer, loss: 'binaryCrossEntropy' });
  return model;
}

const bits = (model: wg.Model) =>
  JSON.stringify(model.trainingState().values.map((v) => [...new Uint32Array(v.buffer)]));

describe('with a model and its data', () => {
  it('says nothing of a good training, and leaves the model as it was', async () => {
    const model = net([wg.dense(16, { activation: 'relu' })]);
    const result = await model.fit(X, Y, { epochs: 40 });
    const before = bits(model);
    expect(diagnose(result, model, { x: X, y: Y })).toEqual([]);
    expect(bits(model)).toBe(before);
    expect(diagnose(result, model, { x: X, y: Y, batchSize: 8 })).toEqual([]);
  });

  it('names dead units, with their layer', async () => {
    const born = (shape: readonly number[]) => wg.full(shape as number[], -9);
    const model = net([wg.dense(12, { activation: 'relu', biasInitializer: born, name: 'hidden' })]);
    const [finding] = diagnose(await model.fit(X, Y, { epochs: 5 }), model, { x: X, y: Y });
    expect(finding).toMatchObject({ id: 'deadUnits', layer: 'hidden' });
    expect(finding!.seen).toBe('12 of 12 units of hidden (100 %) are 0 for all samples');
  });

  it('names inputs that are not scaled, by column, and not what follows from them', async () => {
    const x = X.map(([a, b]) => [a!, 5000 * b!]);
    const model = net([wg.dense(16, { activation: 'tanh' })]);
    const findings = diagnose(await model.fit(x, Y, { epochs: 20 }), model, { x, y: Y });
    expect(ids(findings)).toEqual(['unscaledInputs']);
    expect(findings[0]!.seen).toContain('column 1 of x');
    const scaled = net([wg.batchNorm(), wg.dense(16, { activation: 'tanh' })]);
    const others = diagnose(await scaled.fit(x, Y, { epochs: 20 }), scaled, { x, y: Y });
    expect(ids(others)).not.toContain('unscaledInputs'); // a layer scales them
  });

  it('finds the NaN in the data', async () => {
    const x = X.map((row, i) => (i === 77 ? [Number.NaN, 0] : row));
    const model = net([wg.dense(4)]);
    const error = await model.fit(x, Y).catch((e) => e);
    const [finding, ...others] = diagnose(error, model, { x, y: Y });
    expect(finding!.seen).toBe('x holds NaN in sample 77');
    expect(others).toEqual([]);
  });

  it('names a loss of probabilities behind a model that gives none', async () => {
    const ending = async (activation: 'linear' | 'relu' | 'sigmoid' | 'softmax', loss: wg.LossName, units: number) => {
      const model = wg.sequential([2], [wg.dense(8, { activation: 'tanh' }), wg.dense(units, { activation })]);
      model.compile({ optimizer: wg.sgd(0.001), loss });
      const result = await model.fit(X, Y, { epochs: 3 }).catch((error) => error);
      return diagnose(result, model, { x: X, y: Y });
    };
    const [finding, ...others] = await ending('linear', 'binaryCrossEntropy', 1);
    expect(finding).toMatchObject({ id: 'missingActivation', confidence: 0.98 });
    expect(finding!.text).toMatch(
      /^An output of sample \d+ is -?[\d.]+: binaryCrossEntropy takes probabilities, and the model does not end with sigmoid\. Give the last layer \{ activation: 'sigmoid' \}, or compile with 'binaryCrossEntropyWithLogits'\.$/,
    );
    expect(others).toEqual([]);
    const [ofClasses] = await ending('sigmoid', 'categoricalCrossEntropy', 2);
    expect(ofClasses!.seen).toMatch(/^The outputs of sample 0 add up to [\d.]+$/);
    expect(ids(await ending('relu', 'categoricalCrossEntropy', 2))).toEqual(['missingActivation']);
    expect(ids(await ending('softmax', 'categoricalCrossEntropy', 2))).not.toContain('missingActivation');
    expect(ids(await ending('linear', 'binaryCrossEntropyWithLogits', 1))).not.toContain('missingActivation');
  });

  it('tells by trials which rate would have been better', async () => {
    const slow = net([wg.dense(16, { activation: 'relu' })], wg.adam(1e-5));
    const [finding] = diagnose(await slow.fit(X, Y, { epochs: 10 }), slow, { x: X, y: Y });
    expect(finding!.id).toBe('learningRateTooSmall');
    expect(finding!.change).toMatch(/^Try 0\.0?1$/);
  });

  it('looks at models of several inputs and outputs, images, and losses of the user', async () => {
    const two = wg.model({ a: [2], b: [2] }, ({ a, b }) => ({ p: wg.dense(1)(a.add(b)), q: wg.dense(3)(a) }));
    two.compile({ optimizer: wg.adam(0.05), loss: { p: 'mse', q: 'softmaxCrossEntropy' } });
    const data = { x: { a: X, b: X }, y: { p: X.map(([a]) => [a!]), q: X.map((_, i) => i % 3) } };
    expect(() => diagnose(history([1, 0.5]), two, any(data))).not.toThrow();
    const own = net([]);
    own.compile({ optimizer: wg.sgd(0.1), loss: (y, p) => y.sub(p).square().mean() });
    expect(() => diagnose(history([1, 0.5]), own, { x: X, y: Y })).not.toThrow();
    const images = wg.sequential([4, 4, 1], [wg.conv2d(3, 3, { activation: 'relu' }), wg.flatten(), wg.dense(2)]);
    images.compile({ optimizer: wg.adam(), loss: 'softmaxCrossEntropy' });
    const bytes = Uint8Array.from({ length: 40 * 16 }, (_, i) => (i * 37) % 256);
    const found = diagnose(
      history([9, 8]),
      images,
      any({ x: { data: bytes, shape: [40, 4, 4, 1] }, y: Array.from({ length: 40 }, (_, i) => i % 2) }),
    );
    expect(ids(found)).toContain('unscaledInputs');
  });
});

it('names the causes of trainings that were made for it: a share of npm run test:diagnose', async () => {
  const runs = await makeRuns('held-out', 11, 300, THOROUGH ? 20 : 2);
  expect(runs.length).toBeGreaterThanOrEqual(25);
  const { named, silent, text } = score(runs);
  expect(named, text).toBeGreaterThanOrEqual(0.85);
  expect(silent, text).toBeGreaterThanOrEqual(0.9);
});

describe('fit({ diagnose: true })', () => {
  const bad = () => net([wg.dense(12, { activation: 'relu', biasInitializer: (shape) => wg.full(shape, -9) })]);

  it('adds findings to the history, knows what was there before, and trains with the same bits', async () => {
    wg.setSeed(8);
    const plain = net([wg.dense(8, { activation: 'tanh' }), wg.dropout(0.1)]);
    const watched = plain.clone();
    watched.compile({ optimizer: wg.adam(0.02), loss: 'binaryCrossEntropy' });
    const run = async (model: wg.Model, diagnose: boolean) => {
      wg.setSeed(9);
      model.compile({ optimizer: wg.adam(0.02), loss: 'binaryCrossEntropy' });
      return model.fit(X, Y, { epochs: 3, diagnose });
    };
    expect((await run(plain, false)).findings).toBeUndefined();
    expect((await run(watched, true)).findings).toBeInstanceOf(Array);
    const weights = (model: wg.Model) => model.getWeights().map((w) => [...new Uint32Array(w.data().buffer)]);
    expect(weights(watched)).toEqual(weights(plain));
    expect(watched.trainOnBatch(X, Y)).toBe(plain.trainOnBatch(X, Y));
    expect(weights(watched)).toEqual(weights(plain)); // slots and keys are as they were, too
    const { findings } = await bad().fit(X, Y, { epochs: 3, diagnose: true, validationSplit: 0.2 });
    expect(findings![0]!.seen).toContain(
      '12 of 12 units of dense (100 %) are 0 for all samples, 12 before the training',
    );
  });

  it('says what went wrong when the loss is no number any more, and prints it when verbose', async () => {
    const model = wg.sequential([2], [wg.dense(1)]);
    model.compile({ optimizer: wg.sgd(50), loss: 'mse' });
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(line));
    const error = await model.fit(X, Y, { epochs: 30, diagnose: true, verbose: 1 }).catch((e) => e);
    log.mockRestore();
    expect(error).toBeInstanceOf(wg.NonFiniteLossError);
    expect(ids(error.history.findings)).toEqual(['learningRateTooLarge']);
    expect(lines.at(-1)).toBe(error.history.findings[0].text);
    expect(error.history.findings[0].change).toBe('Try 5');
  });

  it('finds a NaN in the data, which it copies in the call', async () => {
    const x = X.map((row) => [...row]);
    x[5]![1] = Number.NaN;
    const error = await net([])
      .fit(x, Y, { diagnose: true })
      .catch((e) => e);
    expect(error.history.findings[0].seen).toBe('x holds NaN in sample 5');
    const flat = Float32Array.from(X.flat());
    const fitting = net([wg.dense(4)]).fit(flat, Y, { diagnose: true });
    flat.fill(Number.NaN);
    expect(ids((await fitting).findings!)).not.toContain('nonFinite');
  });
});

describe('fitBatches with diagnose', () => {
  function* batches(x = X, y = Y, size = 32): Generator<[number[][], number[][]]> {
    for (let at = 0; at < x.length; at += size) yield [x.slice(at, at + size) as number[][], y.slice(at, at + size)];
  }

  it('trains with the same bits, and says what fit says', async () => {
    const made = () => {
      wg.setSeed(5);
      return net([wg.dense(12, { activation: 'relu' })], wg.adam(1e-5));
    };
    const [plain, watched, whole] = [made(), made(), made()];
    const options = { epochs: 6 };
    expect((await plain.fit(() => batches(), options)).findings).toBeUndefined();
    const { findings } = await wg.fitBatches(watched, () => batches(), { ...options, diagnose: true });
    expect(bits(watched)).toBe(bits(plain));
    expect(ids(findings!)).toEqual(['learningRateTooSmall']);
    const inMemory = await whole.fit(X, Y, { ...options, shuffle: false, diagnose: true });
    expect(findings).toEqual(inMemory.findings);
  });

  it('finds the batch with a NaN, and knows what was there before', async () => {
    const x = X.map((row, i) => (i === 100 ? [0, Number.NaN] : row)) as number[][];
    const error = await net([])
      .fit(batches(x), { diagnose: true })
      .catch((e) => e);
    expect(error).toBeInstanceOf(wg.NonFiniteLossError);
    expect(error.history.findings[0].seen).toBe('fit: batch 3 of epoch 0: x holds NaN in sample 4');
    const large = X.map(([a, b]) => [a!, 5000 * b!]);
    const { findings: unscaled } = await net([wg.dense(16, { activation: 'tanh' })]).fit(() => batches(large), {
      epochs: 20,
      diagnose: true,
    });
    expect(unscaled![0]!.seen).toContain('The numbers of column 1 of x are');
    const dead = net([wg.dense(12, { activation: 'relu', biasInitializer: (shape) => wg.full(shape, -9) })]);
    const { findings } = await dead.fit(() => batches(), { epochs: 2, diagnose: true });
    expect(findings![0]!.seen).toMatch(/^12 of 12 units of dense \(100 %\) are 0 for all samples, 12 before/);
  });

  it('keeps samples from all over the batches, and no batch that does not fit', () => {
    const rows = (from: number, count: number, wide = 1) => {
      const data = Float32Array.from({ length: count * wide }, (_, i) => from + i);
      const one = { name: 'x', rowShape: [wide], dtype: 'float32' as const, data, count };
      return { count, inputs: [one], labels: [{ ...one, name: 'y' }] };
    };
    const kept = new Kept(rows(0, 7));
    for (let from = 7; from < 7 + 100 * 50; from += 50) {
      kept.add(rows(from, 50));
      kept.add(rows(from, 50, 2));
      kept.add(rows(Number.NaN, 50));
    }
    const values = [...kept.data.inputs[0]!.data];
    expect(values).toEqual(values.map((_, i) => 8 * i));
    expect(values).toHaveLength(626);
    expect([...kept.data.labels[0]!.data]).toEqual(values);
    expect(kept.data.count).toBe(626);
    expect(new Kept(rows(0, 3000)).data.count).toBe(750);
  });
});
