// What is wrong with a file of Keras or TensorFlow.js is said in its own words, before anything of its size is made.

import { beforeAll, describe, expect, it } from 'vitest';
import { FileError } from '../../bindings/files/fileerror.js';
import { openZip, zip } from '../../bindings/files/zip.js';
import * as wg from '../../bindings/index.js';
import { openHdf5 } from '../../bindings/keras/hdf5/file.js';
import { loadKeras, loadTensorflowJs } from '../../bindings/keras.js';
import { bytesOf, predicted } from './fixtures.js';

beforeAll(() => wg.init({ backend: 'wasm', seed: 1 }));

/** Anything in JSON. */
// biome-ignore lint/suspicious/noExplicitAny: what is changed may be anywhere
type Json = any;

const textBytes = (json: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(json));

/** A file of TensorFlow.js with one dense layer of 2 inputs and 3 outputs, changed, and its weights. */
async function dense(change: (json: Json) => void = () => {}, bytes: Uint8Array = new Uint8Array(36)) {
  const layer = {
    class_name: 'Dense',
    config: { name: 'out', units: 3, activation: 'linear', use_bias: true, batch_input_shape: [null, 2] },
  };
  const json: Json = {
    format: 'layers-model',
    modelTopology: {
      class_name: 'Sequential',
      config: { name: 'net', layers: [layer] },
      keras_version: 'tfjs-layers 4.22.0',
    },
    weightsManifest: [
      {
        paths: ['w.bin'],
        weights: [
          { name: 'out/kernel', shape: [2, 3], dtype: 'float32' },
          { name: 'out/bias', shape: [3], dtype: 'float32' },
        ],
      },
    ],
  };
  change(json);
  return loadTensorflowJs(textBytes(json), { weights: () => bytes });
}

/** The first layer of it. */
const layerOf = (json: Json): Json => json.modelTopology.config.layers[0];
const specsOf = (json: Json): Json => json.weightsManifest[0].weights;

/** It with another layer behind it. */
const followed =
  (class_name: string, config: object) =>
  (json: Json): void =>
    void json.modelTopology.config.layers.push({ class_name, config: { name: 'second', ...config } });

/** It on sequences, which have a mask, with another layer behind them. */
const maskedBefore =
  (class_name: string, config: object) =>
  (json: Json): void => {
    layerOf(json).config.batch_input_shape = [null, 4, 2];
    followed('Masking', { mask_value: 0 })(json);
    followed(class_name, { name: 'third', ...config })(json);
  };

describe('weights', () => {
  it('that fit are taken', async () => expect((await dense()).parameterCount).toBe(9));

  it('that are missing, left over or of another shape are named, all at once', async () => {
    const wrong = dense((json) => {
      specsOf(json)[0].shape = [3, 2];
      specsOf(json)[1].name = 'out/offset';
    });
    await expect(wrong).rejects.toThrow(
      'weights and layers do not fit: out/kernel is [3, 2] in it, out.kernel is [2, 3]; it has no out/bias [3], for out.bias; it has out/offset [3], which no layer takes',
    );
  });

  it('of a .keras archive are named, too', async () => {
    const file = await openZip('file', bytesOf('bfloat16.keras'));
    const config = JSON.parse(new TextDecoder().decode(file.read('config.json')));
    config.config.layers[1].config.units = 7;
    const changed = zip([
      ['config.json', textBytes(config)] as const,
      ['model.weights.h5', file.read('model.weights.h5')] as const,
    ]);
    await expect(loadKeras(changed)).rejects.toThrow('layers/dense/vars/0 is [4, 3] in it, dense_5.kernel is [4, 7]');
  });

  it('of a size that only a layer claims get no memory', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const huge = dense((json) => {
      layerOf(json).config.units = 2 ** 27;
    });
    await expect(huge).rejects.toThrow('out/kernel is [2, 3] in it, out.kernel is [2, 134217728]');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  it.each<[string, (json: Json) => void, Uint8Array | undefined]>([
    ['the shape [2, 3] takes more than the 20 bytes', () => {}, new Uint8Array(20)],
    ['has 4 bytes more than its weights take', () => {}, new Uint8Array(40)],
    ["elements of the type 'string' are not supported", (json) => void (specsOf(json)[0].dtype = 'string'), undefined],
    ['its shape must be of whole numbers', (json) => void (specsOf(json)[0].shape = [2, -3]), undefined],
    ['takes more than the 36 bytes', (json) => void (specsOf(json)[0].shape = [2 ** 40, 2 ** 40]), undefined],
    ['two weights have the same name', (json) => void (specsOf(json)[1].name = 'out/kernel'), undefined],
    [
      "it is quantized to 'uint8' by scale 'x' and min 0",
      (json) => void (specsOf(json)[0].quantization = { dtype: 'uint8', scale: 'x', min: 0 }),
      undefined,
    ],
  ])('that lie: %s', async (message, change, bytes) => {
    await expect(dense(change, bytes)).rejects.toThrow(message);
  });

  it.each(['../secret', '/etc/passwd', 'http://elsewhere/w.bin', 'a/../../b', 'a\\b', 'file:///w'])(
    'are not looked for at %s',
    async (path) => {
      const json = JSON.parse(new TextDecoder().decode(bytesOf('tf-uint8-model.json')));
      json.weightsManifest[0].paths = [path];
      const answer = new Response(JSON.stringify(json));
      Object.defineProperty(answer, 'url', { value: 'http://127.0.0.1:1/model.json' });
      await expect(loadTensorflowJs(answer as never)).rejects.toThrow(`'${path}' is no path of a file beside it`);
    },
  );
});

describe('layers', () => {
  it.each<[string, string, (json: Json) => void]>([
    ['second (ConvLSTM2D): this layer is not supported', 'other', followed('ConvLSTM2D', { units: 2 })],
    [
      'its option recurrent_activation: "hard_sigmoid" is not supported: it must be sigmoid',
      'gates',
      followed('LSTM', { units: 2, activation: 'tanh', recurrent_activation: 'hard_sigmoid' }),
    ],
    [
      'its option activation: "relu" is not supported: it must be tanh',
      'activation',
      followed('GRU', { units: 2, activation: 'relu' }),
    ],
    [
      'its option reset_after: undefined is not supported: the reset gate',
      'reset_after',
      followed('GRU', { units: 2, activation: 'tanh' }),
    ],
    ['its option stateful: true', 'stateful', followed('SimpleRNN', { units: 2, stateful: true })],
    ['its option return_state: true', 'return_state', followed('SimpleRNN', { units: 2, return_state: true })],
    ['third (Softmax): it is called on sequences with a mask', 'a mask', maskedBefore('Softmax', {})],
    [
      'its option go_backwards: true is not supported with return_sequences and a mask',
      'a mask that is turned',
      maskedBefore('SimpleRNN', { units: 2, activation: 'tanh', return_sequences: true, go_backwards: true }),
    ],
    [
      'its option attention_axes: [1,2] is not supported',
      'axes',
      followed('MultiHeadAttention', { num_heads: 1, key_dim: 2, attention_axes: [1, 2] }),
    ],
    [
      'its option layer: {"class_name":"Dense","config":{"name":"d","units":2}} must be a recurrent layer',
      'no recurrent layer',
      followed('Bidirectional', { layer: { class_name: 'Dense', config: { name: 'd', units: 2 } } }),
    ],
    [
      'a layer that has a layer inside is not supported there',
      'inside',
      followed('TimeDistributed', { layer: { class_name: 'TimeDistributed', config: { layer: {} } } }),
    ],
    ['the layer inside must be an object', 'no layer', followed('TimeDistributed', {})],
    [
      'second (SimpleRNN): simpleRnn(2): expected samples of shape [time, features], got [3]',
      'steps',
      followed('SimpleRNN', { units: 2, activation: 'tanh' }),
    ],
    ['second (constructor): this layer is not supported', 'constructor', followed('constructor', {})],
    [
      'its option activation: "made_up" is not supported',
      'activation',
      (json) => void (layerOf(json).config.activation = 'made_up'),
    ],
    [
      'its option kernel_constraint: {"class_name":"MaxNorm"}',
      'constraint',
      (json) => void (layerOf(json).config.kernel_constraint = { class_name: 'MaxNorm' }),
    ],
    ['its option lora_rank: 4 is not supported', 'unknown', (json) => void (layerOf(json).config.lora_rank = 4)],
    ['its option units: 2.5 must be a whole number', 'units', (json) => void (layerOf(json).config.units = 2.5)],
    [
      'its option data_format: "channels_first" is not supported',
      'format',
      followed('GlobalMaxPooling2D', { data_format: 'channels_first' }),
    ],
    [
      'its option axis: 3 is not supported: it must be the last one',
      'axis',
      followed('BatchNormalization', { axis: 3 }),
    ],
    [
      'its option interpolation: "bicubic" is not supported',
      'bicubic',
      followed('UpSampling2D', { interpolation: 'bicubic' }),
    ],
    ['its option threshold: 1 is not supported', 'threshold', followed('ReLU', { threshold: 1 })],
    ['its option noise_shape: [1] is not supported', 'noise', followed('Dropout', { rate: 0.5, noise_shape: [1] })],
    [
      'second (Conv2D): conv2d(1): expected samples of shape [height, width, channels], got [3]',
      'shapes',
      followed('Conv2D', { filters: 1, kernel_size: 2 }),
    ],
    ['second (Dropout): dropout: the rate must be a number in [0, 1), got 2', 'rate', followed('Dropout', { rate: 2 })],
  ])('%s', async (message, _, change) => {
    await expect(dense(change)).rejects.toThrow(FileError);
    await expect(dense(change)).rejects.toThrow(message);
  });

  it('of the same name, in a circle or called on nothing are refused', async () => {
    const graph =
      (nodes: Json, name = 'b') =>
      (json: Json) => {
        json.modelTopology = {
          class_name: 'Functional',
          config: {
            layers: [
              { class_name: 'InputLayer', name: 'x', config: { batch_input_shape: [null, 2] }, inbound_nodes: [] },
              {
                class_name: 'Activation',
                name: 'a',
                config: { activation: 'relu' },
                inbound_nodes: [[['x', 0, 0, {}]]],
              },
              { class_name: 'Activation', name, config: { activation: 'relu' }, inbound_nodes: nodes },
            ],
            input_layers: [['x', 0, 0]],
            output_layers: [['b', 0, 0]],
          },
        };
      };
    await expect(dense(graph([[['b', 0, 0, {}]]]))).rejects.toThrow('called on what they give themselves');
    await expect(dense(graph([]))).rejects.toThrow('b (Activation) is never called');
    await expect(dense(graph([[['c', 0, 0, {}]]]))).rejects.toThrow("there is no call 0 of a layer 'c'");
    await expect(dense(graph([[['a', 0, 3, {}]]]))).rejects.toThrow(
      'it is called on output 3 of a layer that has fewer',
    );
    await expect(dense(graph([[['a', 0, 0, {}]]], 'a'))).rejects.toThrow("two layers are called 'a'");
    await expect(dense(graph([[['a', 0, 0, { training: true }]]]))).rejects.toThrow('called with training: true');
  });

  it('whose input has an open shape take it from an option', async () => {
    const open = (json: Json): void => void (layerOf(json).config.batch_input_shape = [null, null]);
    await expect(dense(open)).rejects.toThrow(
      "the shape of the input input is [?, ?]: say that of one sample by { shapes: { 'input': […] } }",
    );
    let text: Uint8Array | undefined;
    await dense((json) => {
      open(json);
      text = textBytes(json);
    }).catch(() => {});
    const weights = (): Uint8Array => new Uint8Array(36);
    const net = await loadTensorflowJs(text!, { weights, shapes: { input: [2] } });
    expect(predicted(net as never, { x: { shape: [1, 2], data: [1, 2] } })[0]!.shape).toEqual([1, 3]);
    await expect(loadTensorflowJs(text!, { weights, shapes: { other: [2] } })).rejects.toThrow("shapes has 'other'");
  });
});

describe('masks', () => {
  /** A fixture with something changed, by the names of its layers. */
  async function changed(name: string, change: (layers: Record<string, Json>) => void) {
    const file = await openZip('file', bytesOf(name));
    const config = JSON.parse(new TextDecoder().decode(file.read('config.json')));
    change(Object.fromEntries(config.config.layers.map((layer: Json) => [layer.name, layer])));
    const written = [
      ['config.json', textBytes(config)],
      ['metadata.json', file.read('metadata.json')],
      ['model.weights.h5', file.read('model.weights.h5')],
    ] as const;
    return loadKeras(zip(written));
  }
  const callOf = (layer: Json): Json => layer.inbound_nodes[0];

  it('of attention that are lost where it matters', async () => {
    const twice = changed('masked-attention.keras', (layers) => {
      const [query] = callOf(layers.multi_head_attention_4).args;
      callOf(layers.multi_head_attention_4).args = [query, query];
    });
    await expect(twice).rejects.toThrow(
      'multi_head_attention_4 (MultiHeadAttention): it reads steps that do not count, since Keras has lost their mask',
    );
    const pooled = changed('masked-attention.keras', (layers) => {
      callOf(layers.global_average_pooling1d_2).kwargs = {};
    });
    await expect(pooled).rejects.toThrow('global_average_pooling1d_2 (GlobalAveragePooling1D): it reads steps');
  });

  it('that a layer takes no notice of', async () => {
    const given = changed('masked-attention.keras', (layers) => {
      callOf(layers.dense_7).kwargs = callOf(layers.multi_head_attention_5).kwargs;
    });
    await expect(given).rejects.toThrow('dense_7 (Dense): it is called with attention_mask, which is not supported');
    const pairs = changed('masked-attention.keras', (layers) => {
      const { attention_mask: mask } = callOf(layers.multi_head_attention_5).kwargs;
      callOf(layers.global_average_pooling1d_2).kwargs = { mask };
    });
    await expect(pairs).rejects.toThrow('has steps [3, 5], the mask is float32[3, 5, 3]');
  });

  it('of operations that are others than those of Keras', async () => {
    const added = changed('masked-attention.keras', (layers) => {
      layers.not_equal_6.class_name = 'Add';
    });
    await expect(added).rejects.toThrow('not_equal_6 (Add): it is called with 0, and calls on tensors alone are');
    const other = changed('masked-attention.keras', (layers) => {
      layers.not_equal_6.class_name = 'Less';
    });
    await expect(other).rejects.toThrow('not_equal_6 (Less): it is called with 0, and calls on tensors alone are');
    const along = changed('masks.keras', (layers) => {
      for (const layer of Object.values(layers)) if (layer.class_name === 'Any') layer.config.axis = 0;
    });
    await expect(along).rejects.toThrow('its option axis: 0');
  });
});

describe('other files', () => {
  it('are told apart', async () => {
    await expect(dense((json) => void (json.format = 'graph-model'))).rejects.toThrow(
      'is a graph-model, which has operations in place of layers',
    );
    await expect(dense((json) => void (json.modelTopology = { node: [] }))).rejects.toThrow('is a graph-model');
    await expect(loadKeras(textBytes({}))).rejects.toThrow('a model.json is read by loadTensorflowJs');
    await expect(loadKeras(zip([['a', new Uint8Array(1)]]))).rejects.toThrow('is no .keras archive');
    await expect(loadTensorflowJs(new TextEncoder().encode('{"__proto__":{}}'))).rejects.toThrow("'__proto__'");
    await expect(loadKeras(bytesOf('keras2.h5'), { maxBytes: 100 })).rejects.toThrow('pass maxBytes');
    const written = dense((json) => void (json.modelTopology = { class_name: 'MyModel', config: {} }));
    await expect(written).rejects.toThrow("is of the class 'MyModel'");
  });
});

describe('an HDF5 file', () => {
  const opened = (bytes: Uint8Array) => openHdf5('file', bytes);
  const u64 = (bytes: Uint8Array, at: number, value: number): void =>
    new DataView(bytes.buffer).setBigUint64(at, BigInt(value), true);

  /** A node of a B-tree that has the same child `count` times. */
  function node(level: number, child: number, count: number): Uint8Array {
    const bytes = new Uint8Array(24 + 16 * count + 8);
    bytes.set([84, 82, 69, 69, 0, level, count & 255, count >> 8]);
    for (let i = 0; i < count; i++) u64(bytes, 32 + 16 * i, child);
    return bytes;
  }

  /** Where the message with the B-tree of the root group lies, and that tree. */
  function rootTree(bytes: Uint8Array): [message: number, tree: number] {
    const view = new DataView(bytes.buffer);
    const tree = Number(view.getBigUint64(80, true));
    for (let at = 96; at < bytes.length - 16; at++) {
      const isHere =
        Number(view.getBigUint64(at, true)) === tree && view.getBigUint64(at + 8, true) === view.getBigUint64(88, true);
      if (isHere) return [at, tree];
    }
    throw new Error('no root');
  }

  it('whose B-tree has a node a million times over is refused at once', () => {
    const start = bytesOf('keras2.h5');
    const [message, tree] = rootTree(start);
    const [low, high] = [node(1, tree, 3000), node(2, start.length, 3000)];
    const bytes = Uint8Array.of(...start, ...low, ...high);
    u64(bytes, message, start.length + low.length);
    const before = performance.now();
    expect(() => opened(bytes)).toThrow('two ways lead to byte');
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it('whose arrays claim more than is there is refused before there is memory for it', () => {
    const bytes = bytesOf('keras2.h5');
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length - 16; at += 8) {
      const isShape = view.getBigUint64(at, true) === 3n && view.getBigUint64(at + 8, true) === 2n;
      if (isShape) u64(bytes, at + 8, 2 ** 26);
    }
    const kernel = opened(bytes).arrays.get('model_weights/dense/dense/kernel:0')!;
    expect(kernel.shape).toEqual([3, 2 ** 26]);
    expect(() => kernel.check()).toThrow('takes more than the 24 bytes');
  });

  it('that is cut anywhere is refused, or has all that is read of it', () => {
    const bytes = bytesOf('keras2.h5');
    const whole = [...opened(bytes).arrays.keys()];
    expect(whole).toContain('model_weights/dense/dense/kernel:0');
    for (let length = 0; length < bytes.length; length += 211) {
      try {
        const { arrays } = opened(bytes.slice(0, length));
        for (const array of arrays.values()) array.floats();
        expect([...arrays.keys()]).toEqual(whole);
      } catch (error) {
        expect(error).toBeInstanceOf(FileError);
      }
    }
  });

  it('of another kind is named', () => {
    expect(() => opened(new Uint8Array(100))).toThrow('is no HDF5 file');
    const bytes = bytesOf('keras2.h5');
    bytes[8] = 2;
    expect(() => opened(bytes)).toThrow("of the newer kind of HDF5 (libver 'latest')");
  });
});
