// Data of bytes: one byte an element in linear memory, float32 where a batch is computed. The bits are those of the
// same numbers given as floats.

import { runInNewContext } from 'node:vm';
import { instantiate } from '@assemblyscript/loader';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import wasmBytes from '#core.wasm';
import { encode } from '../bindings/encode.js';
import * as wg from '../bindings/index.js';
import { takeRows } from '../bindings/kernels/movement.js';
import { Memory } from '../bindings/run/memory.js';
import { runner } from '../bindings/run/runtime.js';
import { Numbers } from './numbers.js';

const bytesOf = (n: number, seed = 1): Uint8Array => {
  const numbers = new Numbers(seed);
  return Uint8Array.from({ length: n }, () => numbers.below(256));
};

const WIDTHS = [...Array.from({ length: 17 }, (_, i) => i + 1), 31, 32, 33, 250];
const ORDER = [2, 0, 1, 1, 2, 0];

describe('the kernel that reads rows', () => {
  /** Where the cells and the order lie, in words. */
  const CELLS = { base: 1024, bytes: 1025, order: 1026, cursor: 1027 };
  const ORDER_AT = 1040;
  const OUT = 1100;
  const GUARD = 12345.5;

  const setCells = (i: Int32Array, data: number): void => {
    i.set([data, 1, ORDER_AT * 4, 1], CELLS.base);
    i.set(ORDER, ORDER_AT);
  };

  /** The rows of three that the order names, from its second entry on. */
  const expected = (bytes: Uint8Array, width: number): number[] =>
    ORDER.slice(1).flatMap((row) => [...bytes.subarray(row * width, (row + 1) * width)]);

  /** What was written, and the words around it. */
  const written = (f: Float32Array | Float64Array, n: number) => {
    expect([f[OUT - 1], f[OUT + n]]).toEqual([GUARD, GUARD]);
    return [...f.subarray(OUT, OUT + n)];
  };

  it('reads nothing past the end of the memory, from any address, in any number of parts', async () => {
    const { exports } = await instantiate<{
      memory: WebAssembly.Memory;
      setLeast(elements: number): void;
      runPart(tape: number, part: number, parts: number): void;
    }>(wasmBytes() as BufferSource);
    exports.setLeast(0);
    exports.memory.grow(1);
    const { buffer } = exports.memory;
    const [f, i, b] = [new Float32Array(buffer), new Int32Array(buffer), new Uint8Array(buffer)];
    const tapeAt = 512;
    for (const width of WIDTHS) {
      const bytes = bytesOf(3 * width, width);
      const data = b.length - bytes.length; // at the end of the memory, where one byte more traps
      b.set(bytes, data);
      setCells(i, data);
      const n = 5 * width;
      const words: number[] = [];
      const { base, bytes: isBytes, order, cursor } = CELLS;
      const cells = { base: base * 4, bytes: isBytes * 4, order: order * 4, cursor: cursor * 4 };
      encode(words, 'takeRows', { out: OUT * 4, ...cells, rows: 5, n: width });
      encode(words, 'halt', {});
      i.set(words, tapeAt);
      for (const parts of [1, 2, 3]) {
        f.fill(GUARD, OUT - 1, OUT + n + 1);
        for (let part = 0; part < parts; part++) exports.runPart(tapeAt * 4, part, parts);
        expect(written(f, n)).toEqual(expected(bytes, width));
      }
    }
  });

  it.each([
    ['float32', Float32Array],
    ['float64', Float64Array],
  ] as const)('has a twin in %s', (_, Floats) => {
    for (const width of WIDTHS) {
      for (const offset of [0, 1, 2, 3]) {
        const i = new Int32Array(4096);
        const f = Floats === Float32Array ? new Float32Array(i.buffer) : new Float64Array(4096);
        const b = new Uint8Array(i.buffer);
        const data = 4 * 3000 + offset;
        const bytes = bytesOf(3 * width, width);
        b.set(bytes, data);
        setCells(i, data);
        f.fill(GUARD, OUT - 1, OUT + 5 * width + 1);
        takeRows({ f, i, b }, { out: OUT, ...CELLS, rows: 5, n: width });
        expect(written(f, 5 * width)).toEqual(expected(bytes, width));
      }
    }
  });
});

const COUNT = 23;
const CLASSES = 3;

interface Trained {
  readonly model: wg.Sequential;
  readonly numbers: readonly unknown[];
}

/** Everything that a model says of samples and labels, after training on them in batches of 8, 8 and 7. */
async function trained(x: wg.DataLike, y: wg.DataLike, shape: wg.Shape, outputs = CLASSES): Promise<Trained> {
  wg.setSeed(4);
  const layers = [wg.flatten(), wg.dense(16, { activation: 'tanh' }), wg.dense(outputs)];
  const model = wg.sequential(shape, layers);
  const loss = outputs === CLASSES ? 'softmaxCrossEntropy' : 'meanSquaredError';
  model.compile({ optimizer: wg.adam(1e-3), loss, metrics: ['accuracy'] });
  const first = await model.fit(x, y, { epochs: 2, batchSize: 8, validationData: [x, y] });
  const second = await model.fit(x, y, { batchSize: 'full', epochs: 2 });
  const third = await model.fit(x, y, { batchSize: 5, validationSplit: 0.2 });
  const losses = [first, second, third].map(({ history }) => history);
  const { loss: inspected } = model.inspect(x, y);
  const values = [inspected, model.trainOnBatch(x, y), model.evaluate(x, y, { batchSize: 9 })];
  const predicted = [...model.predict(x, { batchSize: 7 }).data()];
  return { model, numbers: [losses, values, predicted, model.getWeights().map((w) => [...w.data()])] };
}

const RUNTIMES: [string, wg.InitOptions][] = [
  ['wasm', { backend: 'wasm' }],
  ['two threads', { threads: 2 }],
  ['TypeScript', { backend: 'js' }],
  ['float64', { precision: 'float64' }],
];

describe.each(RUNTIMES)('a model on %s', (_, options) => {
  beforeAll(() => wg.init(options));
  afterAll(() => wg.init());

  const labels = Uint8Array.from({ length: COUNT }, (_, k) => k % CLASSES);

  it.each([1, 3, 7, 13, 16, 17, 300])('learns from rows of %d bytes as from floats', async (width) => {
    const bytes = bytesOf(COUNT * width);
    const { numbers: expected } = await trained(Float32Array.from(bytes), Int32Array.from(labels), [width]);
    expect(expected.flat(9)).not.toContain(Number.NaN);
    const rows = Array.from({ length: COUNT }, (_, k) => bytes.subarray(k * width, (k + 1) * width));
    const clamped = new Uint8ClampedArray(bytes);
    for (const x of [bytes, rows, clamped, rows.map((row) => new Uint8ClampedArray(row))]) {
      expect((await trained(x, labels, [width])).numbers).toEqual(expected);
    }
  });

  it('learns bytes as labels, from images in rows', async () => {
    const bytes = bytesOf(COUNT * 6);
    const images = Array.from({ length: COUNT }, (_, k) =>
      [0, 1].map((row) => bytes.subarray(k * 6 + row * 3, k * 6 + row * 3 + 3)),
    );
    const { numbers: expected } = await trained(Float32Array.from(bytes), Float32Array.from(bytes), [2, 3], 6);
    const flat = images.map((image) => [...image[0]!, ...image[1]!]);
    expect((await trained(images, bytes, [2, 3], 6)).numbers).toEqual(expected);
    expect((await trained(flat, Float32Array.from(bytes), [2, 3], 6)).numbers).toEqual(expected);
  });

  it('learns from floats after bytes, and from bytes after floats', async () => {
    const bytes = bytesOf(COUNT * 5);
    const { model } = await trained(bytes, labels, [5]);
    const start = model.getWeights();
    model.compile({ optimizer: wg.sgd(1e-5), loss: 'softmaxCrossEntropy' });
    const losses: number[][] = [];
    for (const x of [bytes, Float32Array.from(bytes), bytes]) {
      model.setWeights(start);
      losses.push((await model.fit(x, labels, { shuffle: false })).history.loss);
    }
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[2]).toEqual(losses[0]);
  });

  it('holds a byte for each element of a data set, and of validation data', async () => {
    const [count, width] = [4096, 256];
    const bytes = bytesOf(count * width);
    const classes = new Uint8Array(count);
    const model = wg.sequential([width], [wg.dense(2)]);
    model.compile({ optimizer: wg.sgd(1e-9), loss: 'softmaxCrossEntropy' });
    /** What fit takes for data, order and log. */
    const takenWith = async (x: wg.DataLike): Promise<number> => {
      const alloc = vi.spyOn(Memory.prototype, 'alloc');
      await model.fit(x, classes, { validationSplit: 0.5 });
      const own = alloc.mock.results.filter((_, k) => alloc.mock.calls[k]![1].startsWith('fit: '));
      alloc.mockRestore();
      return own.reduce((sum, { value }) => sum + value.bytes, 0);
    };
    const [asBytes, asFloats] = [await takenWith(bytes), await takenWith(Float32Array.from(bytes))];
    expect(asFloats - asBytes).toBe((3 * count * width) / 2);
    expect(asBytes).toBeLessThan((count * width) / 2 + 64 * 1024);
    model.dispose();
  });
});

describe.each(RUNTIMES)('rescaling on %s', (_, options) => {
  beforeAll(() => wg.init(options));
  afterAll(() => wg.init());

  const made = (...layers: wg.Layer[]): wg.Sequential => {
    wg.setSeed(5);
    const model = wg.sequential([6], [...layers, wg.dense(4, { activation: 'tanh' }), wg.dense(2)]);
    model.compile({ optimizer: wg.adam(0.01), loss: 'softmaxCrossEntropy' });
    return model;
  };
  const bytes = bytesOf(60);
  const labels = Uint8Array.from({ length: 10 }, (_, k) => k % 2);

  it('gives what scaled numbers give', async () => {
    const Floats = runner().Floats;
    const round = (x: number): number => (Floats === Float32Array ? Math.fround(x) : x);
    const scaled = new Floats([...bytes].map((x) => round(round(x * round(1 / 127.5)) - 1)));
    const results = [];
    for (const [layers, x] of [
      [[wg.rescaling(1 / 127.5, { offset: -1 })], bytes],
      [[wg.rescaling(1 / 127.5), wg.rescaling(1, { offset: -1 })], bytes],
      [[], scaled],
    ] as const) {
      const model = made(...layers);
      const { history } = await model.fit(x, labels, { epochs: 3, batchSize: 4 });
      results.push([history, [...model.predict(x).data()], model.evaluate(x, labels)]);
    }
    expect(results[0]).toEqual(results[2]);
    expect(results[1]).toEqual(results[2]);
  });

  it('is a layer of any shape, with a name', () => {
    const model = wg.sequential([2, 3], [wg.rescaling(2), wg.rescaling(1, { name: 'up', offset: 3 })]);
    expect(model.predict([bytes.subarray(0, 6)]).shape).toEqual([1, 2, 3]);
    expect([...model.predict(bytes.subarray(0, 6)).data()]).toEqual([...bytes.subarray(0, 6)].map((x) => 2 * x + 3));
    expect(model.summary()).toMatch(/rescaling \(rescaling\) +\[n, 2, 3\] +0\nup \(rescaling\)/);
  });
});

describe('bytes of a user', () => {
  beforeAll(() => wg.init());

  const model = (width = 4): wg.Sequential => {
    wg.setSeed(2);
    const made = wg.sequential([width], [wg.dense(2)]);
    made.compile({ optimizer: wg.sgd(1e-6), loss: 'softmaxCrossEntropy' });
    return made;
  };
  const bytes = bytesOf(24);
  const labels = [0, 1, 0, 1, 0, 1];

  it('may be of another realm, or a Buffer, anywhere in its memory', async () => {
    const expected = (await model().fit(bytes, labels, { epochs: 2 })).history.loss;
    const foreign = runInNewContext('new Uint8Array(values)', { values: [...bytes] }) as Uint8Array;
    expect(foreign instanceof Uint8Array).toBe(false);
    const wide = new Uint8Array(31);
    wide.set(bytes, 3);
    const part = wide.subarray(3, 27);
    for (const x of [foreign, Buffer.from(bytes), part, [[...bytes.subarray(0, 4)], ...rowsOf(bytes).slice(1)]]) {
      expect((await model().fit(x, labels, { epochs: 2 })).history.loss).toEqual(expected);
    }
  });

  it('are copied in the call', async () => {
    const expected = (await model().fit(bytes, labels, { epochs: 3, validationData: [bytes, labels] })).history;
    for (const mine of [bytes.slice(), Buffer.from(bytes), new Uint8ClampedArray(bytes)]) {
      const training = model().fit(mine, labels, { epochs: 3, validationData: [mine, labels] });
      mine.fill(0);
      expect((await training).history).toEqual(expected);
    }
  });

  it('are refused where their number or their rows do not fit', async () => {
    const fit = (x: wg.DataLike) => model().fit(x, labels);
    await expect(fit(bytes.subarray(1))).rejects.toThrow('x has 23 numbers; expected samples of the shape [4]');
    await expect(fit(new Uint8Array(0))).rejects.toThrow('x is empty');
    await expect(fit(rowsOf(bytes, 6))).rejects.toThrow('x has the shape [4, 6]; expected [n, 4]');
    await expect(fit([...rowsOf(bytes), new Uint8Array(3)])).rejects.toThrow(
      'x[6] must be an array of length 4, as its neighbours',
    );
    const gone = bytes.slice();
    structuredClone(gone, { transfer: [gone.buffer] });
    await expect(fit(gone)).rejects.toThrow('x is a Uint8Array without memory');
    const labelled = () => model().fit(bytes, Uint8Array.of(0, 1, 2, 0, 1, 0));
    await expect(labelled()).rejects.toThrow('y[2] is 2: expected a class, a whole number from 0 to 1');
  });

  it('that do not fit into memory are refused before anything is changed', async () => {
    const before = runner().memory.used;
    const alloc = Memory.prototype.alloc;
    const spy = vi.spyOn(Memory.prototype, 'alloc').mockImplementation(function (this: Memory, size, what, zeroed) {
      return alloc.call(this, what === 'fit: 24 bytes of x' ? 2 ** 32 : size, what, zeroed);
    });
    const made = model();
    const weights = made.getWeights().map((w) => [...w.data()]);
    await expect(made.fit(bytes, labels)).rejects.toThrow('fit: 24 bytes of x: 4096.0 MiB wanted');
    expect(spy.mock.calls.find(([, what]) => what === 'fit: 24 bytes of x')![0]).toBe(24);
    spy.mockRestore();
    expect(made.getWeights().map((w) => [...w.data()])).toEqual(weights);
    made.dispose();
    expect(runner().memory.used).toBeLessThanOrEqual(before);
  });

  it('are float32 in a tensor', () => {
    for (const values of [bytes, new Uint8ClampedArray(bytes), [bytes.subarray(0, 12), bytes.subarray(12)]]) {
      const t = wg.tensor(values);
      expect([t.dtype, t.shape]).toEqual(['float32', Array.isArray(values) ? [2, 12] : [24]]);
      expect(t.data()).toEqual(Float32Array.from(bytes));
    }
    expect(wg.tensor(bytes, [6, 4], 'int32').data()).toEqual(Int32Array.from(bytes));
  });

  it('are float32 vectors in a tree of arguments', () => {
    const floats = Float32Array.from(bytes);
    const f = ({ x }: { x: wg.Tensor }) => x.square().sum();
    const fast = wg.jit(f);
    for (const x of [bytes, new Uint8ClampedArray(bytes), floats, wg.tensor(bytes)]) {
      expect(fast({ x }).item()).toBe(f({ x: wg.tensor(floats) }).item());
      expect(wg.grad(f)({ x }).x.data()).toEqual(floats.map((v) => 2 * v));
    }
    const foreign = runInNewContext('new Uint8Array([3, 4])') as Uint8Array;
    expect(fast({ x: foreign }).item()).toBe(25);
    const gone = new Uint8Array(2);
    structuredClone(gone, { transfer: [gone.buffer] });
    expect(() => fast({ x: gone })).toThrow('x is a Uint8Array without memory');
  });

  it('set weights as numbers', () => {
    const made = model();
    made.setWeights([bytes.subarray(0, 8), Uint8Array.of(1, 2)]);
    expect(made.getWeights().map((w) => [...w.data()])).toEqual([[...bytes.subarray(0, 8)], [1, 2]]);
  });
});

/** The rows of a data set. */
function rowsOf(data: Uint8Array, width = 4): Uint8Array[] {
  return Array.from({ length: data.length / width }, (_, k) => data.subarray(k * width, (k + 1) * width));
}
