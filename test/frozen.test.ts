// Frozen programs: what they compute is what predict computes, bit by bit, on both back ends.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import coreBytes from '#core.wasm';
import { opcodeOf } from '../bindings/encode.js';
import * as wg from '../bindings/index.js';
import { freeze } from '../bindings/io/freeze.js';
import { FileError, type FrozenModel, loadFrozen, loadFrozenSync } from '../bindings/run.js';
import { Tensor } from '../bindings/tensor.js';
import { chain, FROZEN_CASES, type FrozenCase, samplesOf } from './frozencases.js';
import { LAYER_KINDS } from './layerkinds.js';

const CASES = [
  ...Object.entries(LAYER_KINDS).map(([name, { shape, below, make }]) => {
    return chain(`the layer ${name}`, shape, () => [make()], below);
  }),
  ...FROZEN_CASES,
];

type Values = Record<string, readonly number[]>;

/** The bits of outputs, by name. */
const bitsOf = (output: unknown): Values => {
  const named = output instanceof Float32Array || output instanceof Tensor ? { '': output } : (output as object);
  return Object.fromEntries(
    Object.entries(named).map(([name, values]) => {
      const data = values instanceof Tensor ? values.data() : values;
      return [name, [...new Int32Array(Float32Array.from(data).buffer)]];
    }),
  );
};

/** The samples [from, to). */
function part({ inputs }: FrozenCase, x: ReturnType<typeof samplesOf>, from: number, to: number) {
  const cut = (values: Float32Array, name: string) => {
    const size = inputs[name]!.shape.reduce((a, b) => a * b, 1);
    return values.slice(from * size, to * size);
  };
  if (x instanceof Float32Array) return cut(x, '');
  return Object.fromEntries(Object.entries(x).map(([name, values]) => [name, cut(values, name)]));
}

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(async () => void (await wg.init({ backend, seed: 3 })));

  test.each(CASES.map((one) => [one.name, one] as const))('%s: the bits of predict', async (_, one) => {
    const net = one.make();
    const file = await freeze(net, { batch: [1, 4] });
    const loaded = (await loadFrozen(file, { backend })) as FrozenModel<unknown>;
    expect(loaded.backend).toBe(backend);
    const x = samplesOf(one, 9);
    for (const [from, to] of [
      [0, 1],
      [2, 6],
      [5, 6],
      [1, 5],
    ] as const) {
      const some = part(one, x, from, to);
      expect(bitsOf(loaded.predict(some as never))).toEqual(bitsOf(net.predict(some as never)));
    }
    // 9 samples are twice four and one.
    const parts = [part(one, x, 0, 4), part(one, x, 4, 8), part(one, x, 8, 9)].map((some) =>
      bitsOf(net.predict(some as never)),
    );
    const all = bitsOf(loaded.predict(x as never));
    for (const name of Object.keys(all)) expect(all[name]).toEqual(parts.flatMap((some) => some[name]!));
  });
});

describe('a frozen program', () => {
  beforeAll(async () => void (await wg.init({ seed: 3 })));

  const mlp = () => wg.sequential([3], [wg.dense(4, { activation: 'relu' }), wg.dense(2)]);

  test('keeps the weights of when it was frozen', async () => {
    const net = mlp();
    const [loaded, x] = [await loadFrozen(await freeze(net)), [[1, 2, 3]]];
    const before = bitsOf(net.predict(x));
    net.compile({ optimizer: wg.sgd(0.1), loss: 'mse' }).trainOnBatch(x, [[5, 5]]);
    expect(bitsOf(net.predict(x))).not.toEqual(before);
    expect(bitsOf(loaded.predict(x))).toEqual(before);
  });

  test('takes numbers of samples that it has no program for', async () => {
    const net = mlp();
    const loaded = await loadFrozen(await freeze(net, { batch: [8, 4] }));
    expect(loaded.batches).toEqual([4, 8]);
    const x = Array.from({ length: 15 }, (_, i) => [i, -i, 1]);
    const filled = [...x, x.at(-1)!];
    const expected = [filled.slice(0, 8), filled.slice(8, 12), filled.slice(12)].map(
      (rows) => bitsOf(net.predict(rows))[''],
    );
    expect(bitsOf(loaded.predict(x))['']).toEqual(expected.flat().slice(0, 30));
  });

  test('takes samples as arrays of any kind, and says what inputs and outputs are', async () => {
    const loaded = await loadFrozen(await freeze(mlp()));
    expect(loaded.inputs).toEqual([{ shape: [3], dtype: 'float32' }]);
    expect(loaded.outputs).toEqual([{ shape: [2], dtype: 'float32' }]);
    const expected = loaded.predict(Float32Array.of(1, 2, 3));
    for (const x of [[1, 2, 3], [[1, 2, 3]], [Int8Array.of(1, 2, 3)], Float64Array.of(1, 2, 3)]) {
      expect(loaded.predict(x as never)).toEqual(expected);
    }
    expect(() => loaded.predict([1, 2])).toThrow('predict: x has 2 numbers; a sample has 3, the shape [3]');
    expect(() => loaded.predict([])).toThrow('predict: x has 0 numbers');
    expect(() => loaded.predict(['a'] as never)).toThrow(
      'predict: x must be a typed array or nested arrays of numbers',
    );
    expect(() => loaded.predict(BigInt64Array.of(1n) as never)).toThrow('predict: x must be a typed array');
  });

  test('of several inputs asks for them by name, and for whole numbers where it takes such', async () => {
    const one = FROZEN_CASES.find(({ name }) => name.startsWith('several'))!;
    const loaded = await loadFrozen<Record<string, Float32Array>>(await freeze(one.make()));
    const [image, tokens] = [new Float32Array(32), [1, 2, 3, 4, 5]];
    expect(Object.keys(loaded.predict({ image, tokens }))).toEqual(['sick', 'days', 'words']);
    expect(() => loaded.predict({ image })).toThrow(
      "predict: x must be an object with 'image', 'tokens' and nothing else",
    );
    expect(() => loaded.predict({ image, tokens: [1.5, 2, 3, 4, 5] })).toThrow(
      'x.tokens must hold whole numbers, int32, got 1.5',
    );
    expect(() => loaded.predict({ image: new Float32Array(64), tokens })).toThrow('the inputs have 2, 1 samples');
  });

  test('is loaded without waiting where there is a module', async () => {
    const module = await WebAssembly.compile(coreBytes());
    for (const one of FROZEN_CASES) {
      const net = one.make();
      const x = samplesOf(one, 1) as never;
      expect(bitsOf(loadFrozenSync<unknown>(await freeze(net), module).predict(x))).toEqual(bitsOf(net.predict(x)));
    }
    expect(() => loadFrozenSync(new Uint8Array(3), {} as never)).toThrow('loadFrozenSync: module must be a compiled');
  });

  test('is refused by its options', async () => {
    const file = await freeze(mlp());
    await expect(loadFrozen(file, { backnd: 'js' } as never)).rejects.toThrow("unknown option of loadFrozen 'backnd'");
    await expect(loadFrozen(file, { backend: 'gpu' } as never)).rejects.toThrow(
      "backend must be 'auto', 'wasm' or 'js'",
    );
    await expect(loadFrozen(file, { maxBytes: 100 })).rejects.toThrow(
      'and 100 are allowed; pass maxBytes to allow more',
    );
    await expect(freeze(mlp(), { batch: [] })).rejects.toThrow('batch must be a whole number, or an array of such');
    await expect(freeze(mlp(), { batch: [0] })).rejects.toThrow(
      'freeze: batch must be a whole number of at least 1, got 0',
    );
  });

  test('can neither draw at random nor loop for ever', async () => {
    const key = wg.randomKey(1);
    const drawn = wg.model([2], (x: wg.Tensor) => x.add(wg.randomUniform(x.shape, { key })));
    await expect(freeze(drawn)).rejects.toThrow(
      'freeze: the model computes random when it predicts, which a frozen program can',
    );
    const endless = wg.model([2], (x: wg.Tensor) =>
      wg.whileLoop(
        (y: wg.Tensor) => y.sum().less(5),
        (y: wg.Tensor) => y.add(1),
        x,
      ),
    );
    await expect(freeze(endless)).rejects.toThrow('use scan in place of whileLoop');
  });
});

describe('a file', () => {
  beforeAll(async () => void (await wg.init({ seed: 3 })));

  /** A frozen file whose header was changed. */
  async function changed(change: (header: Header) => void, batch = 1): Promise<Uint8Array> {
    const file = await freeze(wg.sequential([3], [wg.dense(2)]), { batch });
    const length = new Uint32Array(file.buffer, 12, 1)[0]!;
    const header = JSON.parse(new TextDecoder().decode(file.subarray(16, 16 + length)));
    change(header);
    const text = new TextEncoder().encode(JSON.stringify(header).padEnd(length));
    file.set(text.subarray(0, length), 16);
    return file;
  }
  type Header = { instructions: Record<string, [number, string]>; [name: string]: unknown };

  const refused = async (file: Uint8Array, message: string) => {
    const error = await loadFrozen(file).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toContain(message);
  };

  test('of another kind or version is refused, and says to freeze again', async () => {
    await refused(new Uint8Array(100), 'is no frozen program');
    const file = await changed(() => {});
    file[8] = 9;
    await refused(
      file,
      'was frozen in version 9 of the format, and this wasmgrad runs version 1: freeze the model again',
    );
    const other = await changed(
      ({ instructions }) => void (instructions.matMul![1] = instructions.matMul![1].replace('m,int', 'M,int')),
    );
    await refused(other, "whose instruction 'matMul' is not that of this one: freeze the model again");
    const unknown = await changed(({ instructions }) => {
      instructions.matMu1 = instructions.matMul!;
      delete instructions.matMul;
    });
    await refused(unknown, "whose instruction 'matMu1' is not that of this one");
  });

  test('whose opcodes are those of another version runs', async () => {
    const file = await changed(({ instructions }) => void (instructions.matMul![0] = 99));
    const words = new Int32Array(file.buffer);
    expect([...words].filter((word) => word === opcodeOf('matMul'))).toHaveLength(1);
    words[words.indexOf(opcodeOf('matMul'))] = 99;
    const x = [1, 2, 3];
    expect((await loadFrozen(file)).predict(x)).toHaveLength(2);
  });

  test('that lies is refused', async () => {
    await refused((await freeze(wg.sequential([3], [wg.dense(2)]))).subarray(0, -4), 'bytes, and');
    await refused(await changed((header) => void (header.arena = 64)), 'are not in its memory');
    await refused(await changed((header) => void (header.data = -64)), 'its header is not as it should be');
    await refused(
      await changed((header) => void (header.inputs = [{ shape: [1e9], dtype: 'float32' }])),
      'are not in its memory',
    );
    await refused(await changed((header) => void (header.arena = 2 ** 29)), 'are allowed; pass maxBytes');
  });

  test('of the first version runs', async () => {
    const golden = readFileSync(new URL('golden/mlp.frozen', import.meta.url));
    const expected = JSON.parse(readFileSync(new URL('golden/mlp.frozen.json', import.meta.url), 'utf8'));
    const loaded = await loadFrozen(golden);
    expect([...loaded.predict(expected.x)]).toEqual(expected.y);
  });
});
