// Event files for TensorBoard: read by TensorBoard's own reader where Python has it (PYTHON names another one than
// python3), and always by a reader that was written from the description of the format.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImage } from '../bindings/data.js';
import * as wg from '../bindings/index.js';
import { crc32c } from '../bindings/tensorboard/records.js';
import { summaryWriter, tensorboard } from '../bindings/tensorboard.js';
import { castagnoli, type Decoded, eventsIn, eventsOf, valuesIn } from './tensorboard/events.js';

// biome-ignore lint/suspicious/noExplicitAny: what TypeScript would refuse, JavaScript passes
const any = (value: unknown): any => value;

const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-tensorboard-'));
beforeAll(async () => void (await wg.init({ seed: 4 })));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const python = process.env.PYTHON ?? 'python3';
const hasReader = spawnSync(python, ['-c', 'import tensorboard']).status === 0;

const X = Array.from({ length: 60 }, (_, i) => [Math.sin(i), Math.cos(2 * i)]);
const Y = X.map(([a, b]) => [a! > b! ? 1 : 0]);

async function train(directory: string, options?: Parameters<typeof tensorboard>[1]) {
  const model = wg.sequential([2], [wg.dense(4, { activation: 'tanh' }), wg.dense(1, { activation: 'sigmoid' })]);
  model.compile({ optimizer: wg.sgd(0.1), loss: 'binaryCrossEntropy', metrics: ['accuracy'] });
  const callbacks = [tensorboard(directory, options)];
  const { history } = await model.fit(X, Y, { epochs: 4, batchSize: 20, validationSplit: 0.25, callbacks });
  return { model, history };
}

const points = (values: readonly number[]) => values.map((value, step) => [step, Math.fround(value)]);

it('the check sum is CRC-32C', () => {
  const bytes = new TextEncoder().encode('123456789');
  expect(crc32c(bytes)).toBe(0xe3069283);
  for (const length of [0, 1, 7, 300]) {
    const some = Uint8Array.from({ length }, (_, i) => 37 * i);
    expect(crc32c(some)).toBe(castagnoli(some));
  }
});

describe('the callback', () => {
  it('writes each epoch to the runs train and validation, with the tags of Keras', async () => {
    const { history, model } = await train(join(folder, 'epochs'));
    const trained = valuesIn(eventsOf(join(folder, 'epochs/train')));
    expect(Object.keys(trained)).toEqual(['model/text_summary', 'epoch_loss', 'epoch_accuracy', 'epoch_learning_rate']);
    expect(trained.epoch_loss).toEqual(points(history.loss));
    expect(trained.epoch_accuracy).toEqual(points(history.accuracy!));
    expect(trained.epoch_learning_rate).toEqual(points([0.1, 0.1, 0.1, 0.1]));
    const [[, text]] = trained['model/text_summary']! as [[number, Decoded]];
    expect(Buffer.from(text.string_val[0]).toString()).toContain('dense_1 (dense)');
    const measured = valuesIn(eventsOf(join(folder, 'epochs/validation')));
    expect(Object.keys(measured)).toEqual(['epoch_loss', 'epoch_accuracy']);
    expect(measured.epoch_loss).toEqual(points(history.valLoss!));
    model.dispose();
  });

  it('writes weights as histograms, and batches, if asked for', async () => {
    const { model } = await train(join(folder, 'more'), { histogramFreq: 2, updateFreq: 'batch' });
    const trained = valuesIn(eventsOf(join(folder, 'more/train')));
    expect(trained['dense.kernel']!.map(([step]) => step)).toEqual([1, 3]);
    const weights = model.parameters()['dense.kernel']!.data();
    const { min, max, num, sum, bucket, bucket_limit } = trained['dense.kernel']![1]![1];
    expect([min, max, num]).toEqual([Math.min(...weights), Math.max(...weights), 8]);
    expect(sum).toBeCloseTo([...weights].reduce((a, b) => a + b));
    expect(bucket.reduce((a: number, b: number) => a + b)).toBe(8);
    expect(bucket_limit.at(-1)).toBe(max);
    expect(trained.batch_loss!.map(([step]) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  it('has all of an epoch in whole records when the next one begins', async () => {
    const seen: number[] = [];
    const model = wg.sequential([2], [wg.dense(1)]);
    model.compile({ optimizer: wg.sgd(0.01), loss: 'mse' });
    const count = () => (valuesIn(eventsOf(join(folder, 'live/train'))).epoch_loss ?? []).length;
    const callbacks = [tensorboard(join(folder, 'live')), { onEpochBegin: () => void seen.push(count()) }];
    await model.fit(X, Y, { epochs: 3, callbacks });
    expect(seen).toEqual([0, 1, 2]);
  });

  it('refuses options that it does not know', () => {
    expect(() => tensorboard(any(3))).toThrow('tensorboard: the folder must be a path, got 3');
    expect(() => tensorboard('x', any({ histogramFrequency: 1 }))).toThrow("did you mean 'histogramFreq'?");
    expect(() => tensorboard('x', { histogramFreq: -1 })).toThrow('tensorboard: histogramFreq');
  });
});

async function writeOne(directory: string): Promise<void> {
  const writer = summaryWriter(directory);
  for (let step = 0; step < 3; step++) writer.scalar('reward', step / 4, 10 * step);
  writer.histogram('spread', [0, 1, 1, 2, 3, Number.NaN], 1);
  writer.histogram('same', wg.full([5], 2), 1);
  writer.image(
    'picture',
    wg.tensor([
      [0, 0.5],
      [1, 2],
    ]),
    2,
  );
  writer.text('note', '**bold** ✓', 3);
  await writer.close();
}

describe('the writer', () => {
  it('writes scalars, histograms, images and text', async () => {
    await writeOne(join(folder, 'one'));
    const events = eventsOf(join(folder, 'one'));
    expect(events[0].file_version).toBe('brain.Event:2');
    expect(Math.abs(events[0].wall_time - Date.now() / 1000)).toBeLessThan(60);
    const { reward, spread, same, picture, 'note/text_summary': note } = valuesIn(events);
    expect(reward).toEqual([
      [0, 0],
      [10, 0.25],
      [20, 0.5],
    ]);
    expect(spread![0]![1]).toMatchObject({ min: 0, max: 3, num: 5, sum: 7, sum_squares: 15 });
    expect(spread![0]![1].bucket.filter((n: number) => n > 0)).toEqual([1, 2, 1, 1]);
    expect(same![0]![1]).toMatchObject({ min: 2, max: 2, num: 5, bucket: [5], bucket_limit: [2] });
    const { height, width, colorspace, encoded_image_string } = picture![0]![1];
    expect([height, width, colorspace]).toEqual([2, 2, 1]);
    expect([...(await readImage(encoded_image_string, { channels: 1 })).data]).toEqual([0, 128, 255, 255]);
    expect(Buffer.from(note![0]![1].string_val[0]).toString()).toBe('**bold** ✓');
  });

  it('writes nothing before flush, and only whole records', async () => {
    const writer = summaryWriter(join(folder, 'flushed'));
    writer.scalar('a', 1, 0);
    expect(() => readdirSync(join(folder, 'flushed'))).toThrow();
    await Promise.all([writer.flush(), writer.flush()]);
    const bytes = new Uint8Array(readFileSync(writer.path));
    expect(eventsIn(bytes)).toHaveLength(2);
    writer.scalar('a', 2, 1);
    await writer.close();
    expect(eventsIn(new Uint8Array(readFileSync(writer.path)))).toHaveLength(3);
    bytes[20]! ^= 1;
    expect(() => eventsIn(bytes)).toThrow('the sum of a record at 0'); // so the sums are looked at
  });

  it('refuses what can not be shown', async () => {
    expect(() => summaryWriter(any(undefined))).toThrow('summaryWriter: the folder must be a path, got undefined');
    const writer = summaryWriter(join(folder, 'refused'));
    expect(() => writer.scalar('a', any('1'), 0)).toThrow("summaryWriter: a scalar must be a number, got '1'");
    expect(() => writer.scalar('a', 1, -1)).toThrow('summaryWriter: the step of the scalar a must be');
    expect(() => writer.scalar('', 1, 0)).toThrow('summaryWriter: the tag of a scalar must be a string');
    expect(() => writer.histogram('h', [Number.NaN], 0)).toThrow('summaryWriter: the histogram h has no finite number');
    expect(() => writer.histogram('h', any(3), 0)).toThrow('summaryWriter: the values of a histogram');
    expect(() => writer.image('i', wg.tensor([1, 2]), 0)).toThrow('summaryWriter: the image has the shape [2]');
    await writer.close();
    expect(() => writer.scalar('a', 1, 0)).toThrow('is closed: nothing can be added to it');
    const wrong = summaryWriter(join(folder, 'refused'));
    wrong.image('i', any({ data: new Uint8Array(3), shape: [2, 2] }), 0);
    await expect(wrong.flush()).rejects.toThrow('summaryWriter: the image');
    expect(eventsIn(new Uint8Array(readFileSync(wrong.path)))).toHaveLength(1);
    const nowhere = summaryWriter(`${wrong.path}/below`);
    await expect(nowhere.close()).rejects.toThrow('summaryWriter');
  });
});

const reader = hasReader
  ? "TensorBoard's own reader"
  : "TensorBoard's own reader (left out: this Python has no tensorboard)";
it.skipIf(!hasReader)(`${reader} finds all of it`, async () => {
  await writeOne(join(folder, 'python'));
  const { history } = await train(join(folder, 'python-fit'), { histogramFreq: 4 });
  const read = (directory: string) => {
    const { stdout, stderr } = spawnSync(python, ['test/tensorboard/read.py', directory], { encoding: 'utf8' });
    return stdout === '' ? expect.fail(stderr) : JSON.parse(stdout);
  };
  const { reward, spread, picture, 'note/text_summary': note } = read(join(folder, 'python'));
  expect(reward).toMatchObject({ plugin: 'scalars', rows: [{ step: 0 }, { step: 10 }, { step: 20, values: [0.5] }] });
  expect(spread.plugin).toBe('histograms');
  expect(spread.rows[0].shape).toEqual([30, 3]);
  expect(picture.plugin).toBe('images');
  expect(picture.rows[0].values.slice(0, 2)).toEqual(['2', '2']);
  expect(Buffer.from(note.rows[0].values[0], 'latin1').toString()).toBe('**bold** ✓');
  const trained = read(join(folder, 'python-fit/train'));
  expect(trained.epoch_loss.rows.map((row: Decoded) => row.values[0])).toEqual(history.loss.map(Math.fround));
  expect(trained['dense_1.bias'].plugin).toBe('histograms');
  expect(read(join(folder, 'python-fit/validation')).epoch_loss.rows).toHaveLength(4);
});
