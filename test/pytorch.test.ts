// State dicts of PyTorch: read from files that PyTorch wrote (test/pytorch/fixtures.py), put where they belong, or
// refused; and the files of exported models. What needs PyTorch itself is in test/deploy/pytorch.test.mjs.

import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FileError } from '../bindings/files/fileerror.js';
import { openZip, zip } from '../bindings/files/zip.js';
import * as wg from '../bindings/index.js';
import { formatSafetensors } from '../bindings/io/safetensors.js';
import { concat } from '../bindings/ops.js';
import { readState } from '../bindings/pytorch/statefile.js';
import { elementsOf } from '../bindings/pytorch/strided.js';
import { torchFile } from '../bindings/pytorch/torchsave.js';
import { exportPyTorch, loadOptimizerState, loadStateDict, pyTorchFiles } from '../bindings/pytorch.js';

const FIXTURES = 'test/pytorch/fixtures';
const fixture = (name: string): Uint8Array => readFileSync(`${FIXTURES}/${name}.pt`);

interface Values {
  readonly data: number[];
  readonly shape: number[];
}
const readIo = (name: string): Record<string, { x: Values; y: Values }> =>
  JSON.parse(readFileSync(`${FIXTURES}/${name}.json`, 'utf8'));
const io = { ...readIo('io'), ...readIo('sequences') };

/** The nets of test/pytorch/fixtures.py here. */
const NETS: Record<string, () => wg.Model<wg.Tensor, wg.Tensor>> = {
  square: () => wg.sequential([4], [wg.dense(4, { activation: 'tanh' }), wg.dense(4)]),
  conv1d: () => wg.sequential([9, 4], [wg.conv1d(6, 3, { strides: 2, padding: 1, groups: 2 }), wg.batchNorm()]),
  conv2d: () => {
    const conv = wg.conv2d(6, [3, 2], { padding: 'same', groups: 2, activation: 'relu' });
    return wg.sequential([5, 4, 4], [conv, wg.batchNorm()]);
  },
  depthwise: () => wg.sequential([5, 6, 3], [wg.depthwiseConv2d(3, { depthMultiplier: 2 })]),
  separable: () => wg.sequential([5, 6, 3], [wg.separableConv2d(4, 3, { depthMultiplier: 2, name: 'sep' })]),
  transposed1d: () => {
    return wg.sequential([5, 4], [wg.conv1dTranspose(6, 3, { strides: 2, padding: 1, outputPadding: 1 })]);
  },
  transposed2d: () => wg.sequential([3, 4, 4], [wg.conv2dTranspose(6, [3, 2], { strides: 2, groups: 2 })]),
  layerNorm: () => wg.sequential([4], [wg.layerNorm()]),
  groupNorm: () => wg.sequential([3, 2, 4], [wg.groupNorm(2)]),
  instanceNorm: () => wg.sequential([3, 2, 4], [wg.instanceNorm({ scale: true, center: true })]),
  prelu: () => wg.sequential([3, 2, 4], [wg.prelu({ sharedAxes: [1, 2] })]),
  flattened: () => {
    const layers = [wg.conv2d(3, 2), wg.flatten(), wg.batchNorm(), wg.dropout(0.5), wg.dense(36), wg.dense(2)];
    return wg.sequential([4, 5, 2], layers);
  },
  pooled: () => wg.sequential([4, 5, 2], [wg.conv2d(3, 2), wg.globalAvgPool2d(), wg.dense(3)]),
  // Those of test/pytorch/sequences.py:
  rnn: () => wg.sequential([5, 4], [wg.simpleRnn(4, { activation: 'relu', returnSequences: true })]),
  lstm: () => wg.sequential([5, 4], [wg.lstm(4, { returnSequences: true })]),
  gru: () => wg.sequential([5, 4], [wg.gru(4, { useBias: false, returnSequences: true })]),
  stacked: () => {
    const both = () => wg.bidirectional(wg.lstm(3, { returnSequences: true }));
    return wg.sequential([5, 4], [both(), both()]);
  },
  text: () => {
    const layers = [wg.embedding(7, 4, { paddingIndex: 0 }), wg.positionalEmbedding(9), wg.gru(3)];
    return wg.sequential({ shape: [5], dtype: 'int32' }, layers);
  },
};

/** What a renamed module is called, where files do not keep their order. */
const RENAMES: Record<string, Record<string, string>> = {
  separable: { depthwise: 'sep.depthwise', pointwise: 'sep.pointwise' },
  stacked: { rnn: 'bidirectional', 'rnn.l1': 'bidirectional_1' },
  text: { tokens: 'embedding', positions: 'positionalEmbedding', rnn: 'gru' },
};

/** The samples of a net. */
const samplesOf = (net: wg.Model<wg.Tensor, wg.Tensor>, { data, shape }: Values): wg.Tensor => {
  const { dtype } = net.look('test', ({ network }) => network.definition.inputs.specs[0]!);
  return wg.tensor(data, shape, dtype);
};

const weights = (net: { getWeights(): wg.Tensor[] }): number[] => net.getWeights().flatMap((w) => [...w.data()]);

/** A state dict as safetensors, whose names are sorted, as those of other writers are. */
async function asSafetensors(bytes: Uint8Array): Promise<Uint8Array> {
  const { tensors } = await readState('test', bytes, Infinity);
  const sorted = [...tensors].filter(([, t]) => t.shape.length > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  const written = sorted.map(([name, t]) => {
    return [name, { data: Float32Array.from(elementsOf(name, t)), shape: t.shape }] as const;
  });
  return formatSafetensors(new Map(written), { format: 'pt' });
}

beforeAll(async () => {
  await wg.init();
});

describe('a state dict comes in, and the model computes what it did in PyTorch:', () => {
  it.each(Object.keys(NETS))('%s', async (name) => {
    const { x, y } = io[name]!;
    const bySave = NETS[name]!();
    await loadStateDict(bySave, fixture(name));
    const output = bySave.predict(samplesOf(bySave, x));
    expect(output.shape).toEqual(y.shape);
    expect(Math.max(...output.data().map((v, i) => Math.abs(v - y.data[i]!)))).toBeLessThan(1e-5);
    const bySafetensors = NETS[name]!();
    const safetensors = await asSafetensors(fixture(name));
    await loadStateDict(bySafetensors, safetensors, { rename: RENAMES[name] });
    expect(weights(bySafetensors)).toEqual(weights(bySave));
  });

  it('by names, where those of the modules are in another order', async () => {
    const net = NETS.square!();
    const used = await loadStateDict(net, fixture('named'), { rename: { hidden: 'dense', head: 'dense_1' } });
    expect(used).toEqual({
      'dense.kernel': 'hidden.weight',
      'dense.bias': 'hidden.bias',
      'dense_1.kernel': 'head.weight',
      'dense_1.bias': 'head.bias',
    });
    const { x, y } = io.named!;
    const output = net.predict(wg.tensor(x.data, x.shape)).data();
    expect(Math.max(...output.map((v, i) => Math.abs(v - y.data[i]!)))).toBeLessThan(1e-5);
    const again = NETS.square!();
    const rename = (n: string) => n.replace('hidden', 'dense').replace('head', 'dense_1').replace('weight', 'kernel');
    await loadStateDict(again, fixture('named'), { rename });
    expect(weights(again)).toEqual(weights(net));
  });

  it('out of a checkpoint, or of DistributedDataParallel, or in another type', async () => {
    const expected = NETS.square!();
    await loadStateDict(expected, fixture('square'));
    for (const name of ['checkpoint', 'wrapped', 'float64', 'views']) {
      const net = NETS.square!();
      await loadStateDict(net, fixture(name));
      expect(weights(net), name).toEqual(weights(expected));
    }
    for (const [name, error] of [
      ['float16', 2 ** -10],
      ['bfloat16', 2 ** -7],
    ] as const) {
      const net = NETS.square!();
      await loadStateDict(net, fixture(name));
      const values = weights(expected);
      weights(net).forEach((v, i) => void expect(Math.abs(v - values[i]!), name).toBeLessThanOrEqual(error));
    }
    const whole = NETS.square!();
    await loadStateDict(whole, fixture('whole'));
    const [kernel, bias, , ones] = whole.getWeights().map((w) => w.toArray());
    expect(kernel).toEqual([0, 1, 2, 3].map((i) => [i, i + 4, i + 8, i + 12]));
    expect([bias, ones]).toEqual([
      [0, 1, 2, 3],
      [0, 1, 1, 1],
    ]);
  });

  it('of two inputs, with the rows of the flattened one in their order', async () => {
    const make = () => {
      const [conv, head] = [wg.conv2d(2, 2), wg.dense(2)];
      return wg.model({ image: [3, 4, 1], age: [2] }, ({ image, age }) => {
        return head(concat([age, conv(image).reshape([image.shape[0]!, -1])], 1));
      });
    };
    const net = make();
    const files = pyTorchFiles(net);
    const { tensors } = await readState('test', files['weights.pt']!, Infinity);
    const kernel = net.parameters()['dense.kernel']!.transpose().data();
    const weight = [...(elementsOf('', tensors.get('dense.weight')!) as Float32Array)];
    const order = [0, 1, ...[0, 1].flatMap((c) => [0, 1, 2, 3, 4, 5].map((pixel) => 2 + pixel * 2 + c))];
    expect(weight).toEqual([0, 1].flatMap((unit) => order.map((j) => kernel[unit * 14 + j])));
    const back = make();
    await loadStateDict(back, files['weights.pt']!);
    expect(weights(back)).toEqual(weights(net));
  });
});

describe('loadStateDict refuses', () => {
  const failing = async (net: wg.Model, bytes: Uint8Array, options = {}) => {
    const before = weights(net);
    const error = await loadStateDict(net, bytes, options).catch((e: unknown) => e as Error);
    expect(error).toBeInstanceOf(wg.WasmgradError);
    expect(weights(net)).toEqual(before);
    return (error as Error).message;
  };

  it('what does not fit, and says all of it', async () => {
    const net = wg.sequential([4], [wg.dense(3), wg.dense(4, { useBias: false }), wg.batchNorm()]);
    const rename = { '0': 'dense', '2': 'dense_1' };
    expect(await failing(net, fixture('square'), { rename })).toBe(
      `loadStateDict: the file does not fit the model: 
  0.weight (dense.weight) is [4, 4], dense.kernel takes [3, 4]
  0.bias (dense.bias) is [4], dense.bias takes [3]
  2.weight (dense_1.weight) is [4, 4], dense_1.kernel takes [4, 3]
  2.bias (dense_1.bias) [4] is left over
  batchNorm.weight [4] is missing, for batchNorm.gamma
  batchNorm.bias [4] is missing, for batchNorm.beta
  batchNorm.running_mean [4] is missing, for batchNorm.movingMean
  batchNorm.running_var [4] is missing, for batchNorm.movingVariance`,
    );
    expect(await failing(net, fixture('square'))).toContain(
      'has 2 modules with tensors, and the model 3; say by rename',
    );
    const both = { '0': 'dense', '2': 'dense' };
    expect(await failing(NETS.square!(), fixture('square'), { rename: both })).toContain(
      '2.weight (dense.weight) and 0.weight are both dense.kernel',
    );
  });

  it('an order of modules that safetensors does not keep', async () => {
    const message = await failing(NETS.square!(), await asSafetensors(fixture('named')));
    expect(message).toContain('safetensors does not keep the order of modules; say by rename which is which');
    expect(message).toContain('the file has head, hidden; the model has dense, dense_1');
  });

  it('features whose order it can not know', async () => {
    const shapes = [wg.conv2d(3, 2), wg.reshape([6, 6]), wg.flatten(), wg.batchNorm(), wg.dense(36), wg.dense(2)];
    const message = await failing(wg.sequential([4, 5, 2], shapes), fixture('flattened'));
    expect(message).toContain(
      'in the order of this one is not known, since it makes samples [6, 6] of samples [3, 4, 3]',
    );
    const own = wg.sequential([4, 5, 2], shapes);
    const back = wg.sequential([4, 5, 2], shapes);
    await loadStateDict(back, pyTorchFiles(own)['weights.pt']!);
    expect(weights(back)).toEqual(weights(own));
  });

  it('an image that was flattened after its channels were moved, which another net may have moved back', async () => {
    const layers = () => [wg.conv2d(3, 2), wg.layerNorm(), wg.flatten(), wg.dense(2)];
    const net = wg.sequential([4, 5, 2], layers());
    const files = pyTorchFiles(net);
    const { tensors } = await readState('test', files['weights.pt']!, Infinity);
    const renamed = [...tensors].map(([name, t]) => {
      return [`x.${name}`, { data: Float32Array.from(elementsOf(name, t)), shape: t.shape }] as const;
    });
    const message = await failing(net, formatSafetensors(new Map(renamed), {}), { rename: (n: string) => n.slice(2) });
    expect(message).toContain('since it flattens samples [3, 4, 3], whose channels were moved');
    await loadStateDict(wg.sequential([4, 5, 2], layers()), files['weights.pt']!);
  });

  it('names that are the same in Python', async () => {
    const net = wg.sequential([2], [wg.dense(2, { name: 'a-1' }), wg.dense(2, { name: 'a_1' })]);
    expect(await failing(net, fixture('square'))).toContain('two layers are called a_1.weight in Python');
  });

  it('files of another kind', async () => {
    const net = NETS.square!();
    expect(await failing(net, fixture('legacy'))).toContain('as PyTorch before 1.6 wrote it');
    expect(await failing(net, fixture('model'))).toContain(
      'refers to __main__.Named, which no state dict needs and is not called',
    );
    expect(await failing(net, zip([['a/b.txt', new Uint8Array(3)]]))).toContain(
      'no file of torch.save: it has no data.pkl',
    );
    expect(await failing(net, new Uint8Array(3))).toContain('no safetensors file');
    expect(await failing(net, fixture('square'), { maxBytes: 100 })).toContain('has 1625 bytes, and 100 are allowed');
    expect(await failing(net, torchFile(new Map([['a', 3]])))).toContain(
      'a dictionary of a, in which there is no state dict',
    );
    await expect(loadStateDict(net, fixture('square'), { rename: 3 as never })).rejects.toThrow('rename must be');
    await expect(loadStateDict({} as never, fixture('square'))).rejects.toThrow('made by sequential() or model()');
  });
});

describe('the pickle of a file', () => {
  const text = (s: string): number[] => [...new TextEncoder().encode(s)];
  const named = (s: string): number[] => [0x58, s.length, 0, 0, 0, ...text(s)];
  const END = 0x2e;
  const FLOATS = [...text('ctorch\nFloatStorage\n')];
  /** A storage of four floats, and numbers of a tensor over it. */
  const tensor = (offset: number[], shape: number[], strides: number[], key = '0'): number[] => [
    ...text('ctorch._utils\n_rebuild_tensor_v2\n(('),
    ...named('storage'),
    ...FLOATS,
    ...named(key),
    ...named('cpu'),
    0x4b,
    4,
    0x74,
    0x51,
    ...offset,
    0x28,
    ...shape,
    0x74,
    0x28,
    ...strides,
    0x74,
    0x89,
    0x4e,
    0x74,
    0x52,
  ];
  const int = (n: number): number[] => [0x4a, n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >> 24) & 255];
  const reading = (bytes: ArrayLike<number>) => {
    const storage = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    const files = [
      ['a/data.pkl', Uint8Array.from(bytes)],
      ['a/data/0', storage],
    ] as const;
    return readState('read', zip(files), Infinity);
  };
  const state = (value: readonly number[]): number[] => [0x80, 2, 0x7d, ...named('x'), ...value, 0x73, END];
  const refused = async (bytes: ArrayLike<number>, message: string) => {
    const error = await reading(bytes).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toContain(message);
  };

  it('may hold tensors of any strides', async () => {
    const { tensors } = await reading(state(tensor(int(1), int(2), int(2))));
    expect([...(elementsOf('x', tensors.get('x')!) as Float64Array)]).toEqual([2, 4]);
    const repeated = await reading(state(tensor(int(0), [...int(2), ...int(3)], [...int(1), ...int(0)])));
    expect([...(elementsOf('x', repeated.tensors.get('x')!) as Float64Array)]).toEqual([1, 1, 1, 2, 2, 2]);
    const empty = await reading(state(tensor(int(4), [...int(0), ...int(1000)], [...int(9), ...int(1)])));
    expect(elementsOf('x', empty.tensors.get('x')!)).toHaveLength(0);
  });

  it('must not lie about a tensor', async () => {
    await refused(state(tensor(int(3), int(2), int(1))), 'it goes up to element 5 of a storage that has 4');
    await refused(state(tensor(int(0), int(2), int(4))), 'it goes up to element 5 of a storage that has 4');
    await refused(state(tensor(int(-1), int(2), int(1))), 'offset and strides must be whole numbers');
    await refused(state(tensor(int(0), int(2), int(-1))), 'offset and strides must be whole numbers');
    await refused(state(tensor(int(0), int(-2), int(1))), 'its shape must be of whole numbers');
    await refused(state(tensor(int(0), int(2), [])), 'one stride for each axis');
    const huge = [...Array(40)].flatMap(() => int(2 ** 30));
    await refused(state(tensor(int(0), huge, huge)), 'its shape must be an array of at most 32 numbers');
    await refused(state(tensor(int(0), huge.slice(0, 20), huge.slice(0, 20))), 'takes more than');
    await refused(state(tensor(int(0), int(2), int(1), '7')), "there is no 'a/data/7'");
    await refused([0x80, 2, ...named('x'), 0x51, END], 'refers to something that is no storage');
  });

  it('runs nothing', async () => {
    const system = [0x80, 2, ...text('cposix\nsystem\n'), ...named('touch /tmp/owned'), 0x85, 0x52, END];
    await refused(system, 'refers to posix.system, which no state dict needs and is not called');
    const builtin = [0x80, 4, ...named('builtins'), ...named('eval'), 0x93, END];
    await refused(builtin, 'refers to builtins.eval');
    await refused([0x80, 2, ...text('c__proto__\nx\n'), END], 'refers to __proto__.x');
    await refused([0x80, 2, ...FLOATS, 0x29, 0x52, END], 'what is called is no function');
    await refused([0x80, 2, 0x69, ...text('os\nsystem\n'), END], 'instruction 0x69 at byte 2');
    await refused([0x80, 2, 0x5d, 0x7d, 0x62, END], 'only a dictionary may have attributes');
  });

  it('may not be cut, wrong or too large', async () => {
    const whole = state(tensor(int(0), int(2), int(1)));
    for (let length = 0; length < whole.length; length++) {
      await expect(reading(whole.slice(0, length)), `${length}`).rejects.toThrow(FileError);
    }
    await refused([0x80, 1, END], 'protocol 1, 2 to 5 are read');
    await refused([0x80, 2, 0x52, END], 'a value is missing');
    await refused([0x80, 2, 0x74, END], 'a mark is missing');
    await refused([0x80, 2, 0x68, 3, END], 'nothing was remembered as 3');
    await refused([0x80, 2, 0x4e, 0x61, END], 'a value is missing');
    await refused([0x80, 2, 0x4e, 0x4e, 0x61, END], 'what is appended to is no list');
    await refused([0x80, 2, 0x7d, 0x28, 0x4e, 0x75, END], 'what is written to is no dictionary');
    await refused([0x80, 2, 0x4e, 0x4e, END], 'ends in the middle');
    await refused([0x80, 2, ...new Array(20_000).fill(0x7d), END], 'more than 10000 values are open');
    await refused([0x80, 2, ...new Array(20_000).fill(0x28), END], 'more than 10000 values are open');
    const lists = new Uint8Array(220_003).map((_, i) => (i % 2 ? 0x7d : 0x61));
    lists.set([0x80, 2, 0x5d]);
    await refused(lists, 'more than 100000 lists and dictionaries');
    const remembered = new Uint8Array(3 + 5 * 250_001).fill(0x72);
    const view = new DataView(remembered.buffer);
    for (let i = 0; i <= 250_000; i++) view.setUint32(4 + 5 * i, i, true);
    remembered.set([0x80, 2, 0x4e]);
    await refused(remembered, 'it remembers more than 250000 values');
    await refused([0x80, 2, 0x8a, 9, ...new Array(9).fill(1), END], 'a number of 9 bytes');
  });
});

describe('an exported model', () => {
  it('is a class that a PyTorch user would have written', () => {
    const net = wg.sequential(
      [8, 8, 3],
      [
        wg.conv2d(16, 3, { padding: 'same', activation: 'relu' }),
        wg.batchNorm(),
        wg.maxPool2d(2),
        wg.dropout(0.25),
        wg.flatten(),
        wg.dense(10, { activation: 'softmax' }),
      ],
    );
    const files = pyTorchFiles(net);
    expect(Object.keys(files)).toEqual(['model.py', 'weights.pt']);
    expect(new TextDecoder().decode(files['model.py'])).toBe(`"""A model of wasmgrad, as a module of PyTorch.

    model = Model()
    model.load_state_dict(torch.load("weights.pt"))
"""

import torch
import torch.nn.functional as F
from torch import nn


class Model(nn.Module):
    """Takes x [n, 3, 8, 8].
    Gives [n, 10].
    """

    def __init__(self):
        super().__init__()
        self.conv2d = nn.Conv2d(3, 16, 3, padding="same")
        self.batchNorm = nn.BatchNorm2d(16)
        self.dropout = nn.Dropout(0.25)
        self.dense = nn.Linear(256, 10)

    def forward(self, x):
        x = F.relu(self.conv2d(x))
        x = self.batchNorm(x)
        x = F.max_pool2d(x, 2)
        x = self.dropout(x)
        x = x.flatten(1)
        x = F.softmax(self.dense(x), -1)
        return x
`);
  });

  it('is written to a folder, with a script that trains it on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wasmgrad-'));
    try {
      const net = wg.sequential([4], [wg.dense(2, { name: 'train' })]);
      net.compile({ optimizer: wg.adamW(0.01), loss: 'mse' });
      await exportPyTorch(net, join(folder, 'a/b'));
      for (const name of ['model.py', 'weights.pt', 'train_ddp.py', 'optimizer.pt']) {
        expect(existsSync(join(folder, 'a/b', name)), name).toBe(true);
      }
      const weights = await openZip('', readFileSync(join(folder, 'a/b/weights.pt')));
      expect(weights.names).toEqual(['archive/data.pkl', 'archive/data/0', 'archive/data/1', 'archive/version']);
      // nn.Module has a method of that name.
      expect(readFileSync(join(folder, 'a/b/model.py'), 'utf8')).toContain('self.train_ = nn.Linear(4, 2)');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('that PyTorch has no words for is refused', () => {
    const refused = (net: wg.Model, message: string) => expect(() => pyTorchFiles(net)).toThrow(message);
    refused(
      wg.sequential([8, 8, 3], [wg.randomFlip(), wg.flatten(), wg.dense(2)]),
      "exportPyTorch: this model can't be written for PyTorch: the layer randomFlip draws random numbers as no layer of PyTorch does",
    );
    const counting = wg.layer({
      kind: 'counting',
      build: () => ({ state: { count: { shape: [], initializer: 'zeros' } } }),
      call: (x, _, { state, update }) => {
        update('count', state.count!.add(1));
        return x;
      },
    });
    refused(wg.sequential([2], [counting, wg.dense(1)]), 'counting.count is a state that the layer updates itself');
    const noisy = wg.model([2], (x, { training }) => wg.dense(1)(training ? x.mul(2) : x));
    refused(noisy, 'it computes something else in training than in predictions');
    const net = wg.sequential([2], [wg.dense(1)]);
    const compiled = (optimizer: wg.Optimizer, loss: wg.LossLike = 'mse') => net.compile({ optimizer, loss });
    refused(compiled(wg.lion()), "the optimizer lion can't go on in PyTorch; those that can are sgd, adam");
    refused(compiled(wg.adam((step) => 0.1 / (step + 1))), 'a learning rate that is a schedule');
    refused(compiled(wg.averageWeights(0.9, wg.adam())), 'the optimizer averageWeights');
    refused(compiled({ ...wg.sgd(), name: 'mine' }), 'the optimizer mine');
    refused(
      compiled(wg.sgd(), (y, p) => y.sub(p).abs().mean()),
      "the loss loss can't go on in PyTorch",
    );
    expect(() => pyTorchFiles(net)).toThrow(
      /poissonNll; model\.clone\(\) is not compiled: it is written without its training$/,
    );
    expect(Object.keys(pyTorchFiles(net.clone()))).toEqual(['model.py', 'weights.pt']);
    refused(compiled(wg.sgd(), wg.pinball({ quantile: 0.9 })), 'the loss pinball');
  });

  it('goes on here with a state that was loaded, or stays as it was', async () => {
    const make = () => {
      const net = wg.sequential([3], [wg.dense(2)]);
      return net.compile({ optimizer: wg.sgd(0.1, { momentum: 0.9 }), loss: 'mse' });
    };
    const net = make();
    const [x, y] = [wg.ones([4, 3]), wg.ones([4, 2])];
    for (let i = 0; i < 3; i++) net.trainOnBatch(x, y);
    const files = pyTorchFiles(net);
    const back = make();
    await loadStateDict(back, files['weights.pt']!);
    await loadOptimizerState(back, files['optimizer.pt']!);
    for (let i = 0; i < 3; i++) expect(back.trainOnBatch(x, y)).toBe(net.trainOnBatch(x, y));
    const fresh = pyTorchFiles(make());
    await loadOptimizerState(back, fresh['optimizer.pt']!);
    await loadStateDict(back, fresh['weights.pt']!);
    const again = make();
    await loadStateDict(again, fresh['weights.pt']!);
    for (let i = 0; i < 3; i++) expect(back.trainOnBatch(x, y)).toBe(again.trainOnBatch(x, y));
    const other = wg.sequential([3], [wg.dense(2)]);
    await expect(loadOptimizerState(other, files['optimizer.pt']!)).rejects.toThrow('call model.compile');
    other.compile({ optimizer: wg.adam(), loss: 'mse' });
    await expect(loadOptimizerState(other, files['optimizer.pt']!)).rejects.toThrow(
      'exp_avg of dense.weight is missing',
    );
    await expect(loadOptimizerState(other, files['weights.pt']!)).rejects.toThrow("it must hold 'step' and 'state'");
  });
});
