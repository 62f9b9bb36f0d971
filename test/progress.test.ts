// What is shown while a model is trained: the bar of a terminal, plain lines elsewhere, a log every few epochs.

import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { countText, logsText, timeText } from '../bindings/callbacks/text.js';
import * as wg from '../bindings/index.js';

beforeAll(() => wg.init({ seed: 1 }));

/** Milliseconds that the clock says. */
let now = 0;
beforeEach(() => {
  now = 1000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  return () => vi.restoreAllMocks();
});

/** A stream that keeps what was written. */
function stream(isTTY: boolean, columns = 120) {
  const written: string[] = [];
  return { isTTY, columns, write: (text: string) => void written.push(text), written };
}

/** What a terminal shows of that: '\r' goes back, '\x1b[K' clears the rest of the line. */
function screen(written: readonly string[]): string[] {
  const lines = written.join('').split('\n');
  return lines.map((line) => line.split('\r\x1b[K').at(-1)!);
}

const MODEL = {} as wg.TrainingModel;

function model(): wg.Sequential {
  const made = wg.sequential([1], [wg.dense(1)]);
  made.compile({ optimizer: wg.sgd(0.1), loss: 'mse', metrics: ['mae'] });
  return made;
}

/** An epoch of 4 steps of 32 samples, each of 250 ms. */
function epoch(callback: wg.Callback, number: number, known = true): void {
  void callback.onEpochBegin?.(number, MODEL);
  for (let step = 1; step <= 4; step++) {
    now += 250;
    const [steps, samples] = known || step === 4 ? [4, 128] : [Number.NaN, Number.NaN];
    const logs = { loss: 1 / step, accuracy: step / 4 };
    void callback.onProgress?.({ epoch: number, epochs: 2, step, steps, sample: 32 * step, samples, logs });
  }
  void callback.onEpochEnd?.(number, { loss: 0.25, accuracy: 1, valLoss: 1234.5678 }, MODEL);
}

describe('progressBar', () => {
  it('draws a bar again and again, and leaves a line an epoch', () => {
    const out = stream(true);
    const callback = wg.progressBar({ stream: out });
    for (const number of [0, 1]) epoch(callback, number);
    void callback.onTrainEnd?.({ loss: 0.25 }, MODEL);
    expect(out.written[1]).toBe(
      '\r\x1b[Kepoch 1/2  ━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌  50%  128 samples/s  0.50 s left  loss 0.5000, accuracy 0.5000',
    );
    const last = (k: number) =>
      `epoch ${k}/2  ━━━━━━━━━━━━━━━━━━━━━━━━ 100%  128 samples/s  1.0 s  loss 0.2500, accuracy 1.000, valLoss 1235`;
    expect(screen(out.written)).toEqual([last(1), last(2), '']);
  });

  it('fits into the width of the terminal', () => {
    const out = stream(true, 40);
    epoch(wg.progressBar({ stream: out }), 0);
    const shown = out.written.flatMap((text) => text.split('\r\x1b[K')).map((text) => text.replace('\n', ''));
    expect(Math.max(...shown.map((text) => text.length))).toBe(39);
  });

  it('has no bar and no time left where nobody knows how many batches there are', () => {
    const out = stream(true);
    epoch(wg.progressBar({ stream: out }), 0, false);
    expect(out.written[1]).toBe('\r\x1b[Kepoch 1/2  128 samples/s  loss 0.5000, accuracy 0.5000');
  });

  it('draws epochs that are short in one line, and keeps the last one', () => {
    const out = stream(true);
    const callback = wg.progressBar({ stream: out });
    for (let number = 0; number < 30; number++) {
      void callback.onEpochBegin?.(number, MODEL);
      now += 10;
      void callback.onEpochEnd?.(number, { loss: number }, MODEL);
    }
    void callback.onTrainEnd?.({ loss: 29 }, MODEL);
    const shown = screen(out.written);
    expect(shown.length).toBeLessThan(6);
    expect(shown.at(-2)).toContain('epoch 30');
    expect(shown.at(-2)).toContain('loss 29.00');
  });

  it('writes a line an epoch where there is no terminal', () => {
    const out = stream(false);
    const callback = wg.progressBar({ stream: out });
    for (const number of [0, 1]) epoch(callback, number);
    void callback.onTrainEnd?.({ loss: 0.25 }, MODEL);
    expect(out.written).toEqual(
      [1, 2].map((k) => `epoch ${k}/2: 1.0 s, 128 samples/s, loss 0.2500, accuracy 1.000, valLoss 1235\n`),
    );
  });

  it('refuses what is no stream', () => {
    for (const wrong of [3, null, {}]) expect(() => wg.progressBar({ stream: wrong as never })).toThrow(/stream/);
  });
});

describe('fit({ verbose })', () => {
  const data = [
    [1, 2, 3],
    [2, 4, 6],
  ] as const;

  it('prints nothing by default, a line an epoch on the console with 1', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const write = vi.spyOn(process.stdout, 'write');
    vi.stubGlobal('process', { ...process, stdout: { isTTY: false } });
    await model().fit(...data, { epochs: 3 });
    await model().fit(...data, { epochs: 3, verbose: 0 });
    expect([log.mock.calls, write.mock.calls]).toEqual([[], []]);
    for (const run of [
      () => model().fit(...data, { epochs: 3, verbose: 1 }),
      () => model().fit(() => [data], { epochs: 3, verbose: 1 }),
      () => model().fit(...data, { epochs: 3, batchSize: 'full', verbose: 1, validationData: [...data] }),
    ]) {
      log.mockClear();
      await run();
      const lines = log.mock.calls.map(([line]) => line);
      expect(lines).toHaveLength(3);
      lines.forEach((line, k) => {
        expect(line).toMatch(
          new RegExp(`^epoch ${k + 1}/3: [\\d.]+ s, .* samples/s, loss [\\d.e-]+, mae [\\d.e-]+(, valLoss .*)?$`),
        );
      });
    }
    vi.unstubAllGlobals();
  });

  it('draws on a terminal', async () => {
    const out = stream(true);
    vi.stubGlobal('process', { ...process, stdout: out });
    await model().fit(...data, { epochs: 2, verbose: 1 });
    vi.unstubAllGlobals();
    expect(screen(out.written).at(-2)).toMatch(/^epoch 2\/2 {2}━+ 100% .*loss/);
    expect(out.written.at(-1)).toBe('\n');
  });

  it('trains as without', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const run = async (verbose: 0 | 1) => {
      wg.setSeed(1);
      const made = model();
      const history = await made.fit(...data, { epochs: 20, verbose });
      return [history, made.getWeights().map((w) => w.toArray())];
    };
    expect(await run(1)).toEqual(await run(0));
  });

  it('is 0 or 1', async () => {
    await expect(model().fit(...data, { verbose: 2 as never })).rejects.toThrow(
      'fit: verbose must be a whole number from 0 to 1, got 2',
    );
  });
});

describe('logger', () => {
  it('writes every few epochs, and the last one', async () => {
    const lines: string[] = [];
    const callback = wg.logger({ every: 3, write: (line) => void lines.push(line) });
    const { history } = await model().fit([1, 2, 3], [2, 4, 6], { epochs: 7, callbacks: [callback] });
    const line = (k: number) => {
      const [loss, mae] = [history.loss[k - 1]!, history['mae']![k - 1]!];
      return `epoch ${k}: loss ${loss.toPrecision(4)}, mae ${mae.toPrecision(4)}`;
    };
    expect(lines).toEqual([3, 6, 7].map(line));
    lines.length = 0;
    await model().fit([1, 2, 3], [2, 4, 6], { epochs: 6, callbacks: [callback] });
    expect(lines.map((text) => text.split(':')[0])).toEqual(['epoch 3', 'epoch 6']);
  });

  it('prints on the console by default', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await model().fit([1, 2], [2, 4], { callbacks: [wg.logger()] });
    expect(log.mock.calls).toEqual([[expect.stringMatching(/^epoch 1: loss /)]]);
  });

  it('refuses wrong options', () => {
    expect(() => wg.logger({ every: 0 })).toThrow('logger: every must be a whole number of at least 1, got 0');
    expect(() => wg.logger({ write: 3 as never })).toThrow('logger: write must be a function, got 3');
  });
});

it('numbers and times are short', () => {
  expect([0.4, 1234567].map(countText)).toEqual(['0', '1,234,567']);
  expect([0, 1, 250, 9_940, 12_900, 59_999, 60_000, 187_000, 3_723_000].map(timeText)).toEqual([
    '0.0 s',
    '0.0010 s',
    '0.25 s',
    '9.9 s',
    '12 s',
    '59 s',
    '1:00',
    '3:07',
    '1:02:03',
  ]);
  expect(logsText({ loss: 0.00001234, accuracy: Number.NaN })).toBe('loss 0.00001234, accuracy NaN');
});
