// Writes the fixtures beside it with TensorFlow.js itself: models, what they predict, and the same models with
// quantized weights. Run once, where `npm install @tensorflow/tfjs` was said; the tests read the files.
//
//   node test/keras/make.mjs FOLDER_WITH_NODE_MODULES

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const tf = createRequire(resolve(process.argv[2] ?? '.', 'package.json'))('@tensorflow/tfjs');
const { layers } = tf;
const folder = new URL('fixtures/', import.meta.url);

let seed = 1;
/** Numbers in low … high, the same in each run (mulberry32). */
function draw(shape, low = -0.5, high = 0.5) {
  const next = () => {
    seed = (seed + 0x6d2b79f5) >>> 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => low + (high - low) * next()),
    shape,
  );
}

function settle(model) {
  model.setWeights(
    model.weights.map(({ name, shape }) => (/variance|gamma/.test(name) ? draw(shape, 0.5, 1.5) : draw(shape))),
  );
}

const numbers = (t) => ({ shape: t.shape, data: [...t.dataSync()].map((x) => Number(x.toPrecision(8))) });

/** What a model writes: the JSON, and the bytes of all weights. */
async function artifactsOf(model) {
  let found;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      found = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return found;
}

/** Weights in fewer bytes, as tensorflowjs_converter makes them. */
function quantized({ weightSpecs, weightData }, dtype) {
  const specs = [];
  const pieces = [];
  let at = 0;
  for (const { name, shape } of weightSpecs) {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = new Float32Array(weightData.slice(at, at + 4 * size));
    at += 4 * size;
    const [min, max] = [Math.min(...values), Math.max(...values)];
    const steps = dtype === 'uint8' ? 255 : 65535;
    const scale = (max - min) / steps || 1;
    const spec = { name, shape, dtype: 'float32' };
    if (dtype === 'float16') {
      specs.push({ ...spec, quantization: { dtype, original_dtype: 'float32' } });
      pieces.push(new Uint8Array(Uint16Array.from(values, half).buffer));
    } else {
      specs.push({ ...spec, quantization: { dtype, scale, min, original_dtype: 'float32' } });
      const Type = dtype === 'uint8' ? Uint8Array : Uint16Array;
      pieces.push(new Uint8Array(Type.from(values, (x) => Math.round((x - min) / scale)).buffer));
    }
  }
  return { weightSpecs: specs, weightData: Uint8Array.from(pieces.flatMap((piece) => [...piece])).buffer };
}

/** A float16 near x, of numbers that are neither large nor tiny. */
function half(x) {
  if (Math.abs(x) < 2 ** -14) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(x)));
  return ((x < 0 ? 1 : 0) << 15) | ((exponent + 15) << 10) | Math.floor((Math.abs(x) / 2 ** exponent - 1) * 1024);
}

/** Writes a model in `shards` files, and what it predicts as it comes back from these. */
async function write(name, artifacts, inputs, shards = 1) {
  const { modelTopology, weightSpecs, weightData } = artifacts;
  const bytes = new Uint8Array(weightData);
  const each = Math.ceil(bytes.length / shards);
  const paths = Array.from({ length: shards }, (_, i) => `${name}-shard${i + 1}of${shards}.bin`);
  for (const [i, path] of paths.entries()) {
    writeFileSync(new URL(path, folder), bytes.subarray(i * each, (i + 1) * each));
  }
  const text = {
    format: 'layers-model',
    generatedBy: artifacts.generatedBy,
    convertedBy: null,
    modelTopology,
    weightsManifest: [{ paths, weights: weightSpecs }],
  };
  writeFileSync(new URL(`${name}-model.json`, folder), JSON.stringify(text));
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  const given = Object.values(inputs);
  const out = model.predict(given.length === 1 ? given[0] : given);
  const outputs = [out].flat().map(numbers);
  const texts = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, numbers(value)]));
  writeFileSync(new URL(`${name}.json`, folder), JSON.stringify({ inputs: texts, outputs }));
}

function images() {
  return tf.sequential({
    name: 'net',
    layers: [
      layers.conv2d({
        inputShape: [8, 9, 2],
        filters: 4,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        activation: 'hardSigmoid',
        kernelRegularizer: tf.regularizers.l2(),
      }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.upSampling2d({ size: [3, 2] }),
      layers.depthwiseConv2d({ kernelSize: [2, 3], depthMultiplier: 2, padding: 'same', activation: 'elu' }),
      layers.separableConv2d({ filters: 5, kernelSize: 3, padding: 'same', strides: 2 }),
      layers.leakyReLU(),
      layers.maxPooling2d({ poolSize: 2, strides: 1 }),
      layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' }),
      layers.prelu({ sharedAxes: [1, 2] }),
      layers.zeroPadding2d({
        padding: [
          [1, 2],
          [0, 1],
        ],
      }),
      layers.cropping2D({
        cropping: [
          [1, 1],
          [1, 0],
        ],
      }),
      layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
      layers.layerNormalization(),
      layers.dropout({ rate: 0.4 }),
      layers.flatten(),
      layers.dense({ units: 6, activation: 'selu' }),
      layers.reLU({ maxValue: 6 }),
      layers.softmax(),
    ],
  });
}

function series() {
  return tf.sequential({
    layers: [
      layers.conv1d({ inputShape: [10, 3], filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
      layers.elu(),
      layers.maxPooling1d({ poolSize: 2 }),
      layers.permute({ dims: [2, 1] }),
      layers.gaussianNoise({ stddev: 0.1 }),
      layers.averagePooling1d({ poolSize: 2, strides: 1, padding: 'same' }),
      layers.dense({ units: 3, activation: 'swish' }),
      layers.globalMaxPooling1d(),
      layers.repeatVector({ n: 2 }),
      layers.reshape({ targetShape: [3, 2] }),
      layers.activation({ activation: 'softsign' }),
      layers.globalAveragePooling1d(),
    ],
  });
}

function branches() {
  const [left, right] = [tf.input({ shape: [5], name: 'left' }), tf.input({ shape: [5], name: 'right' })];
  const shared = layers.dense({ units: 4, activation: 'relu' });
  const [a, b] = [shared.apply(left), shared.apply(right)];
  const inner = tf.sequential({ layers: [layers.dense({ units: 4, inputShape: [4] }), layers.batchNormalization()] });
  const [c, d] = [inner.apply(a), inner.apply(b)];
  const merged = [
    layers.add().apply([a, c]),
    layers.multiply().apply([b, d]),
    layers.average().apply([a, b, c]),
    layers.maximum().apply([a, d]),
    layers.minimum().apply([b, c]),
  ];
  const all = layers.concatenate().apply(merged);
  return tf.model({ inputs: [left, right], outputs: [layers.dense({ units: 2 }).apply(all), d], name: 'two' });
}

await tf.setBackend('cpu');
const made = images();
settle(made);
const pixels = { input: draw([3, 8, 9, 2], -1, 1) };
const artifacts = await artifactsOf(made);
await write('tf-images', artifacts, pixels, 3);
for (const dtype of ['uint8', 'uint16', 'float16']) {
  await write(`tf-${dtype}`, { ...artifacts, ...quantized(artifacts, dtype) }, pixels);
}
const line = series();
settle(line);
await write('tf-series', await artifactsOf(line), { input: draw([2, 10, 3], -1, 1) });
const two = branches();
settle(two);
await write('tf-branches', await artifactsOf(two), { left: draw([3, 5], -1, 1), right: draw([3, 5], -1, 1) });
const read = tf.sequential({
  layers: [
    layers.embedding({ inputDim: 9, outputDim: 4, inputLength: 6 }),
    layers.simpleRNN({ units: 4, returnSequences: true, goBackwards: true }),
    layers.lstm({ units: 4, recurrentActivation: 'sigmoid', returnSequences: true, useBias: false }),
    layers.bidirectional({
      layer: layers.lstm({ units: 3, recurrentActivation: 'sigmoid', returnSequences: true }),
      mergeMode: 'concat',
    }),
    layers.timeDistributed({ layer: layers.dense({ units: 3 }) }),
    layers.bidirectional({ layer: layers.simpleRNN({ units: 4 }), mergeMode: 'sum' }),
  ],
});
settle(read);
const tokens = tf.tensor([0, 1, 2, 3, 4, 5, 8, 7, 6, 5, 4, 3], [2, 6]);
await write('tf-recurrent', await artifactsOf(read), { input: tokens });
