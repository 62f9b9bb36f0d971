// ONNX files that are read: shapes that are computed, names, options; and files that lie, which are refused.

import { beforeAll, describe, expect, it } from 'vitest';
import { FileError } from '../../bindings/files/fileerror.js';
import { encodeMessage } from '../../bindings/files/protobuf.js';
import { graphOf } from '../../bindings/graph.js';
import * as wg from '../../bindings/index.js';
import { init, sgd, tensor } from '../../bindings/index.js';
import { ATTRIBUTE, type GivenAttribute, type GivenTensor, MODEL } from '../../bindings/onnx/schema.js';
import { exportOnnx, functionFromOnnx, functionToOnnx, importOnnx } from '../../bindings/onnx.js';
import { fileOf, floats, gather, int, ints, node } from './graphs.js';

beforeAll(() => init({ backend: 'wasm', seed: 1 }));

const X = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
];

describe('importOnnx', () => {
  it('computes shapes when it is traced, for any number of samples', async () => {
    const net = await importOnnx(gather());
    expect(Object.keys(net.parameters())).toEqual(['conv.weight']);
    const image = (k: number) => [[[1, 2, 3].map((v) => v * k), [4, 5, 6], [7, 8, 9]]];
    const rows = [1, 2, 3].map((k) => (net.predict([image(k)]) as wg.Tensor).toArray<number[][]>()[0]);
    expect(rows[0]).toEqual([9.5, 12, 17, 19.5, 9, 12, 18, 21]);
    expect((net.predict([image(1), image(2), image(3)]) as wg.Tensor).toArray()).toEqual(rows);
  });

  it('knows parameters by the last dot or slash of their names', async () => {
    const nodes = [
      node('MatMul', ['x', 'a/b/MatMul/kernel:0'], ['h']),
      node('Add', ['h', 'block.0.bias'], ['i']),
      node('Add', ['i', 'single'], ['j']),
      node('Add', ['j', 'block/0.bias'], ['y']),
    ];
    const names = ['block.0.bias', 'single', 'block/0.bias'].map((name) => floats(name, [2], [1, 2]));
    const net = await importOnnx(
      fileOf(nodes, [floats('a/b/MatMul/kernel:0', [4, 2], [1, 0, 0, 1, 1, 0, 0, 1]), ...names]),
    );
    expect(Object.keys(net.parameters()).sort()).toEqual(
      ['a_b_MatMul.kernel:0', 'block_0.bias', 'block_0.bias_1', 'onnx.single'].sort(),
    );
    expect((net.predict(X) as wg.Tensor).toArray()).toEqual([
      [7, 12],
      [15, 20],
    ]);
  });

  it('lengths of sequences must be whole numbers, one for each', async () => {
    const cell = node('LSTM', ['x', 'w', 'r', '', 'lengths'], ['', 'y'], [int('hidden_size', 1)]);
    const weights = [floats('w', [1, 4, 3], new Array(12).fill(0.5)), floats('r', [1, 4, 1], [1, 1, 1, 1])];
    const given = (lengths: GivenTensor) =>
      functionFromOnnx(fileOf([cell], [...weights, lengths], { shape: [4, 2, 3] })).then((f) =>
        f({ x: wg.ones([4, 2, 3]) }),
      );
    const fits = (await given(ints('lengths', [4, 1]))) as { y: wg.Tensor };
    const [all, one] = fits.y.data();
    expect(all).toBeGreaterThan(one! + 0.1);
    await expect(given(ints('lengths', [4, 1, 2]))).rejects.toThrow(/LSTM.*lengths.*\[2\].*\[3\]/s);
    await expect(given(floats('lengths', [2], [4, 1]))).rejects.toThrow(/LSTM.*lengths/s);
  });

  it('resizes with as many weights as places, whatever the lengths', async () => {
    const resize = (from: number, to: number) => {
      const mode: GivenAttribute = { name: 'mode', type: ATTRIBUTE.text, s: new TextEncoder().encode('linear') };
      const nodes = [node('Resize', ['x', '', '', 'sizes'], ['y'], [mode])];
      return functionFromOnnx(fileOf(nodes, [ints('sizes', [1, to])], { shape: [1, from] }));
    };
    const small = (await resize(2, 4))({ x: tensor([[1, 2]]) }) as { y: wg.Tensor };
    expect(small.y.toArray()).toEqual([[1, 1.25, 1.75, 2]]);
    const large = (await resize(8000, 7999))({ x: wg.zeros([1, 8000]) }) as { y: wg.Tensor };
    const constants = graphOf({ outputs: [large.y], effects: [] }).nodes.filter(({ op }) => op.name === 'constant');
    expect(constants.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(5 * 8000);
  });

  it('keeps scalars, whole numbers and what shapes need as constants', async () => {
    const nodes = [
      node('Mul', ['x', 'half'], ['h']),
      node('Reshape', ['h', 'to'], ['i']),
      node('Add', ['i', 'b'], ['y']),
    ];
    const arrays = [floats('half', [], [0.5]), ints('to', [0, 2, 2]), floats('b', [2], [1, 1])];
    const net = await importOnnx(fileOf(nodes, arrays));
    expect(Object.keys(net.parameters())).toEqual(['onnx.b']);
    expect((net.predict([X[0]!]) as wg.Tensor).toArray()).toEqual([
      [
        [1.5, 2],
        [2.5, 3],
      ],
    ]);
  });

  it('takes other outputs, without what these do not need', async () => {
    const nodes = [
      node('MatMul', ['x', 'w'], ['scores']),
      { ...node('ZipMap', ['scores'], ['y']), domain: 'ai.onnx.ml' },
    ];
    const file = fileOf(nodes, [floats('w', [4, 1], [1, 1, 1, 1])]);
    await expect(importOnnx(file)).rejects.toThrow(
      "importOnnx: the file: node 'y' (ai.onnx.ml.ZipMap): this op is not supported; import what is before it with { outputs: ['scores'] }",
    );
    const net = await importOnnx(file, { outputs: ['scores'] });
    expect((net.predict(X) as wg.Tensor).toArray()).toEqual([[10], [26]]);
  });

  it('asks for shapes that the file leaves open, and refuses names that are no inputs', async () => {
    const file = fileOf([node('ReduceMean', ['x'], ['y'], [])], [], { shape: ['n', 'time'] });
    await expect(importOnnx(file)).rejects.toThrow("say that of one sample by { shapes: { 'x': […] } }");
    await expect(importOnnx(file, { shapes: { z: [3] } })).rejects.toThrow("unknown input 'z'");
    const rows = fileOf([node('Relu', ['x'], ['y'])], [], { shape: ['n', 'time'] });
    const net = await importOnnx(rows, { shapes: { x: [3] } });
    expect((net.predict([[-1, 0, 2]]) as wg.Tensor).toArray()).toEqual([[0, 0, 2]]);
  });

  it('says so if a file is for one sample', async () => {
    const nodes = [node('Reshape', ['x', 'to'], ['y'])];
    const file = fileOf(nodes, [ints('to', [1, 2, 2])], { shape: [1, 4] });
    await expect(importOnnx(file)).rejects.toThrow(
      'the file is for 1 samples at once: export it for any number of them',
    );
  });

  it('has dropout drop in training, and only there', async () => {
    const nodes = [node('Mul', ['x', 'w'], ['h']), node('Dropout', ['h'], ['y'])];
    const net = await importOnnx(fileOf(nodes, [floats('w', [4], [1, 1, 1, 1])]));
    expect((net.predict(X) as wg.Tensor).toArray()).toEqual(X);
    net.compile({ optimizer: sgd(0), loss: 'meanSquaredError' });
    expect(net.trainOnBatch(X, X)).toBeGreaterThan(1);
  });
});

describe('a function', () => {
  it('has the names of the file, may be differentiated, and checks what it is given', async () => {
    const f = await functionFromOnnx(fileOf([node('Mul', ['x', 'x'], ['y'])]));
    expect(f.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['n', 4] }]);
    expect(f.outputs).toEqual(['y']);
    const slope = wg.grad((x: wg.Tensor) => f({ x }).y!.sum())(tensor(X));
    expect(slope.toArray()).toEqual(X.map((row) => row.map((v) => 2 * v)));
    expect(() => f({ x: tensor([1, 2]) })).toThrow('the input x must be float32[n,4], got float32[2]');
  });

  it('of ours is written with several lengths that are not known', async () => {
    const file = functionToOnnx(({ a, b }) => ({ all: a.matMul(b, { transB: true }), sum: a.sum().add(b.sum()) }), {
      a: ['n', 2],
      b: ['m', 2],
    });
    const f = await functionFromOnnx(file);
    const { all, sum } = f({
      a: tensor([[1, 2]]),
      b: tensor([
        [1, 0],
        [0, 1],
        [1, 1],
      ]),
    });
    expect([all!.toArray(), sum!.item()]).toEqual([[[1, 2, 3]], 7]);
  });
});

describe('an export is refused', () => {
  it('where an op depends on the number of samples in a way that can not be written, or is none of ONNX', () => {
    const centered = wg.model([2], (x) => x.sub(x.mean(0)));
    expect(() => exportOnnx(centered)).toThrow(
      /depends on the size 'batch' in a way that can't be written; export for a number/,
    );
    expect(exportOnnx(centered, { batch: 4 })).toBeInstanceOf(Uint8Array);
    const drawn = wg.layer({ kind: 'noise', call: (x) => x.add(wg.randomNormal([1], { key: wg.randomKey(1) })) });
    expect(() => exportOnnx(wg.sequential([2], [drawn]))).toThrow(
      "exportOnnx: the op randomNormal in the layer noise can't be exported to ONNX",
    );
    expect(() => exportOnnx(centered, { batch: 0 })).toThrow(
      'exportOnnx: batch must be a whole number of at least 1, or a name',
    );
    expect(() => exportOnnx({} as never)).toThrow('exportOnnx: the model must be a model');
    expect(() => functionToOnnx((x) => ({ x }), [2])).toThrow("an input and an output are called 'x'");
  });
});

describe('a file is refused that', () => {
  const refused = async (what: Uint8Array, message: string | RegExp) => {
    const start = process.cpuUsage();
    const error = await functionFromOnnx(what)
      .then(
        (f) => Promise.resolve().then(() => f({ x: tensor(X) })),
        (reason) => Promise.reject(reason),
      )
      .catch((reason) => reason);
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toMatch(message);
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(900); // milliseconds, whatever else the machine does
  };
  const add = [node('Add', ['x', 'b'], ['y'])];

  it('is no model, or cut short', async () => {
    await refused(new Uint8Array(), 'functionFromOnnx: the file is no ONNX model');
    await refused(new TextEncoder().encode('<html>'), 'is damaged, or no file of this kind');
    const whole = fileOf(add, [floats('b', [4], [1, 2, 3, 4])]);
    await refused(whole.subarray(0, whole.length - 40), 'is damaged, or no file of this kind');
    await refused(fileOf(add, [], { opset: 99 }), 'is written for version 99');
  });

  it('has arrays of other sizes than it says', async () => {
    const b = floats('b', [4], [1, 2, 3, 4]);
    for (const dims of [[5], [2 ** 40], [2 ** 31, 2 ** 31, 2 ** 31], [-4], [3]]) {
      await refused(fileOf(add, [{ ...b, dims }]), /initializer 'b'.*(shape|elements)/);
    }
    await refused(fileOf(add, [{ ...b, dataType: 8 }]), 'type 8, texts: numbers only');
    await refused(fileOf(add, [{ ...b, dataType: 99 }]), 'elements of type 99');
    await refused(
      fileOf(add, [{ ...b, rawData: undefined, int64Data: [Uint8Array.of(1)] }]),
      /do not fit|more than the 0 bytes/,
    );
    await refused(fileOf(add, [{ ...b, dataLocation: 1, rawData: undefined }]), 'lies in another file');
    const far = new Uint8Array(8).fill(1);
    await refused(fileOf(add, [{ ...b, dims: [1], dataType: 7, rawData: far }]), 'beyond int32');
  });

  it('has nodes that read what is not there, each other, or one name twice', async () => {
    const b = floats('b', [4], [1, 2, 3, 4]);
    await refused(fileOf([node('Add', ['x', 'z'], ['y'])]), "(Add) makes 'z'");
    await refused(fileOf([node('Add', ['x', 'h'], ['y']), node('Neg', ['y'], ['h'])]), /nothing before .* makes 'h'/);
    await refused(fileOf([node('Add', ['x', 'y'], ['y'])]), /nothing before .* makes 'y'/);
    await refused(fileOf([...add, node('Neg', ['x'], ['y'])], [b]), "two things are called 'y'");
    await refused(fileOf(add, [b, b]), "two things are called 'b'");
    await refused(fileOf([node('Neg', ['x'], ['b']), ...add], [b]), "two things are called 'b'");
    await refused(fileOf([node('Relu', ['x'], ['y'], [int('a', 1), int('a', 2)])]), "'a' is there twice");
    await refused(fileOf([node('Nonsense', ['x'], ['y'])]), "node 'y' (Nonsense): this op is not supported");
    await refused(fileOf([node('__proto__', ['x'], ['y'])]), 'this op is not supported');
    await refused(fileOf([node('constructor', ['x'], ['y'])]), 'this op is not supported');
  });

  it('asks for more than is there, or for billions of elements', async () => {
    const huge = ints('size', [2 ** 24, 4]);
    await refused(
      fileOf([node('ConstantOfShape', ['size'], ['c']), node('NonZero', ['c'], ['y'])], [huge]),
      '67108864 elements would have to be computed',
    );
    await refused(
      fileOf(
        [node('Range', ['a', 'b', 'c'], ['y'])],
        [0, 2 ** 30, 1].map((v, i) => ({ ...ints('abc'[i]!, [v]), dims: [] })),
      ),
      'at most 262144',
    );
    await refused(fileOf([node('Reshape', ['x', 'size'], ['y'])], [huge]), 'elements are not');
    await refused(fileOf([node('Transpose', ['x'], ['y'], [{ name: 'perm', type: 7, ints: [0, 5] }])]), 'out of range');
    await refused(fileOf([node('Gather', ['x', 'size'], ['y'])], [huge]), 'out of range');
    await refused(fileOf([node('Relu', [], ['y'])]), 'it has no input 0');
  });

  it('has a group in place of a field, or far too many parts', async () => {
    await refused(Uint8Array.of(0x08, 8, 0x0b, 0x0c), 'it has a group');
    const parts = new Uint8Array(2 * (2 ** 18 + 2));
    for (let i = 0; i < parts.length; i += 2) parts.set([0x42, 0], i); // operator sets without anything
    await refused(parts, 'has more than 262144 parts');
  });

  it('has names that every object has, which are names like others', async () => {
    const nodes = [node('MatMul', ['x', '__proto__'], ['h']), node('Add', ['h', 'constructor'], ['y'])];
    const arrays = [floats('__proto__', [4, 1], [1, 1, 1, 1]), floats('constructor', [1], [1])];
    const net = await importOnnx(fileOf(nodes, arrays));
    expect((net.predict(X) as wg.Tensor).toArray()).toEqual([[11], [27]]);
    expect(Object.keys(net.parameters()).sort()).toEqual(['onnx.___proto__', 'onnx._constructor']);
  });
});

it('a message that is written is read again, field by field', () => {
  const bytes = encodeMessage(MODEL, {
    irVersion: 8,
    producerName: 'ä',
    metadataProps: [{ key: 'a', value: 'b' }, {}],
  });
  expect([...bytes]).toEqual([8, 8, 18, 2, 195, 164, 114, 6, 10, 1, 97, 18, 1, 98, 114, 0]);
});
