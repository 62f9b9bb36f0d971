// Models of Keras and TensorFlow.js for the fuzzer.

import { readFileSync } from 'node:fs';
import { openZip, zip } from '../../bindings/files/zip.js';
import { init } from '../../bindings/index.js';
import { loadKeras, loadTensorflowJs } from '../../bindings/keras.js';
import type { Format } from './hammer.js';
import { mendZip } from './torch.js';
import { zipOf } from './zips.js';

const MAX_BYTES = 1 << 20;

const fixture = (name: string): Uint8Array => Uint8Array.from(readFileSync(`test/keras/fixtures/${name}`));
const textBytes = (json: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(json));

const tensorOf = (name: string) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 3], dtype: 'float32', keras_history: [name, 0, 0] },
});

const on = (...names: string[]) => {
  const tensors = names.map(tensorOf);
  return [{ args: tensors.length > 1 ? [tensors] : tensors, kwargs: { mask: null } }];
};

const layer = (kind: string, name: string, config: object, inbound_nodes: unknown, module = 'keras.layers') => ({
  module,
  class_name: kind,
  config: { name, trainable: true, ...config },
  registered_name: null,
  name,
  inbound_nodes,
});

const functional = (config: object): unknown => ({
  module: 'keras',
  class_name: 'Functional',
  config: { name: 'functional', ...config },
  registered_name: 'Functional',
});

/** A graph in the form of Keras 3, around the one dense layer of a file that Keras wrote. */
function graph(): unknown {
  const inner = {
    name: 'inner',
    build_input_shape: [null, 3],
    layers: [layer('Softmax', 's', { axis: -1 }, []), layer('Flatten', 'f', {}, [])],
  };
  return functional({
    layers: [
      layer('InputLayer', 'x', { batch_shape: [null, 4] }, []),
      layer('Dense', 'dense', { units: 3, activation: 'relu', kernel_regularizer: null }, on('x')),
      layer('Sequential', 'inner', inner, on('dense')),
      layer('Concatenate', 'both', { axis: -1 }, on('dense', 'inner')),
      layer('Reshape', 'wide', { target_shape: [2, 3, 1] }, on('both')),
      layer('UpSampling2D', 'up', { size: [2, 2], interpolation: 'bilinear' }, on('wide')),
      layer(
        'ZeroPadding2D',
        'around',
        {
          padding: [
            [1, 0],
            [0, 1],
          ],
        },
        on('up'),
      ),
      layer('MaxPooling2D', 'pool', { pool_size: [2, 2], strides: null, padding: 'same' }, on('around')),
    ],
    input_layers: ['x', 0, 0],
    output_layers: [
      ['pool', 0, 0],
      ['dense', 0, 0],
    ],
  });
}

/** The same with a mask, and the operations that compute it. */
function maskedGraph(): unknown {
  const ops = 'keras.src.ops.numpy';
  return functional({
    layers: [
      layer('InputLayer', 'x', { batch_shape: [null, 5, 4] }, []),
      layer('Dense', 'dense', { units: 3, activation: 'relu', kernel_regularizer: null }, on('x')),
      layer('Masking', 'masking', { mask_value: 0 }, on('dense')),
      layer('NotEqual', 'unequal', {}, [{ args: [tensorOf('dense'), 0], kwargs: {} }], ops),
      layer('Any', 'any', { axis: -1, keepdims: false }, on('unequal'), ops),
      layer('LogicalOr', 'or', {}, [{ args: [tensorOf('any'), tensorOf('any')], kwargs: {} }], ops),
      layer('Add', 'add', {}, on('masking', 'masking')),
      layer('Concatenate', 'both', { axis: 1 }, on('add', 'dense')),
      layer('GlobalAveragePooling1D', 'mean', {}, [{ args: [tensorOf('add')], kwargs: { mask: tensorOf('or') } }]),
      layer('Flatten', 'flat', {}, on('both')),
    ],
    input_layers: ['x', 0, 0],
    output_layers: [
      ['mean', 0, 0],
      ['flat', 0, 0],
    ],
  });
}

async function archives(): Promise<Uint8Array[]> {
  await init({ seed: 1 });
  const written = fixture('bfloat16.keras');
  const file = await openZip('bfloat16.keras', written);
  const weights = file.read('model.weights.h5').slice();
  const metadata = textBytes({ keras_version: '3.15.1' });
  const withConfig = (config: unknown): Uint8Array =>
    zip([
      ['metadata.json', metadata] as const,
      ['config.json', textBytes(config)] as const,
      ['model.weights.h5', weights] as const,
    ]);
  return [
    written,
    withConfig(graph()),
    withConfig(maskedGraph()),
    zipOf([
      { name: 'config.json', data: file.read('config.json').slice(), deflated: true },
      { name: 'model.weights.h5', data: weights, deflated: true },
    ]),
  ];
}

/** Models are made of what is read, which takes milliseconds. */
const SHARE = 60;

/** A model.json, a new line, and the weights. */
async function together(): Promise<Uint8Array[]> {
  await init({ seed: 1 });
  return ['tf-uint8', 'tf-branches'].map((name) => {
    const [json, weights] = [fixture(`${name}-model.json`), fixture(`${name}-shard1of1.bin`)];
    return Uint8Array.of(...json, 10, ...weights);
  });
}

const dispose = (net: { dispose(): void }): void => net.dispose();

export const KERAS: Readonly<Record<string, Format>> = {
  keras: {
    share: SHARE,
    inflates: true,
    examples: archives,
    read: async (bytes) => dispose(await loadKeras(bytes, { maxBytes: MAX_BYTES })),
    mend: mendZip,
  },
  h5: {
    share: SHARE,
    async examples() {
      await init({ seed: 1 });
      return [fixture('keras2.h5')];
    },
    read: async (bytes) => dispose(await loadKeras(bytes, { maxBytes: MAX_BYTES })),
  },
  tfjs: {
    share: SHARE,
    examples: together,
    async read(bytes) {
      const end = bytes.indexOf(10);
      const [json, weights] = end < 0 ? [bytes, bytes] : [bytes.subarray(0, end), bytes.subarray(end + 1)];
      dispose(await loadTensorflowJs(json, { maxBytes: MAX_BYTES, weights: () => weights }));
    },
  },
};
