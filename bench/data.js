// What the benchmarks train: models, seeded data and seeded first weights. The same in every process and for every
// library, so that the losses can be compared before anything is timed.

import { parametersOf } from './forward.js';

/**
 * @typedef {'relu' | 'sigmoid' | 'linear'} Activation
 *
 * @typedef {object} Layer what it does is said by the property that it has (forward.js)
 * @property {number} [units] of a dense layer
 * @property {Activation} [activation]
 * @property {'lstm' | 'gru'} [recurrent] with the last state of so many `units` as its output
 * @property {number} [filters] of a 3x3 convolution with one pixel of padding and a bias, or batch norm in its place
 * @property {boolean} [norm]
 * @property {number} [block] filters of a residual block of two such convolutions, both with batch norm
 * @property {number} [stride] of a convolution, or of the first one of a block; default 1
 * @property {number} [pool] side of the windows of max pooling
 * @property {true} [globalPool] the mean of each channel
 * @property {true} [flatten]
 *
 * @typedef {object} Model
 * @property {number} inputs
 * @property {number[]} [image] [height, width, channels], where the inputs are one
 * @property {number[]} [sequence] [steps, features], where the inputs are one
 * @property {Layer[]} layers
 * @property {'softmaxCrossEntropy' | 'meanSquaredError'} loss
 * @property {'adam' | 'sgd'} optimizer
 * @property {number} learningRate
 * @property {number} samples size of the data set
 *
 * @typedef {object} Task a model with its data, cut into batches of one size
 * @property {Model} model
 * @property {number} batch
 * @property {{ shape: number[], data: Float32Array }[]} weights kernel [in, out] or [height, width, in, out], and bias [out], or
 *   scale and shift of a batch norm, layer by layer
 * @property {Float32Array} samples [n, inputs]
 * @property {Float32Array} targets [n, outputs]
 * @property {Int32Array | undefined} classes the targets as class indices [n]
 * @property {number} outputs
 * @property {number} batches
 * @property {(step: number) => Float32Array} x samples of a step
 * @property {(step: number) => Float32Array} t targets of a step
 * @property {(step: number) => Float32Array | Int32Array} y classes of a step, or targets where there are none
 */

const classifier = (...hidden) => ({
  inputs: 784,
  layers: [...hidden.map((units) => ({ units, activation: 'relu' })), { units: 10, activation: 'linear' }],
  loss: 'softmaxCrossEntropy',
  optimizer: 'adam',
  learningRate: 1e-3,
  samples: 4096,
});

const imageClassifier = (image, samples, ...layers) => ({
  ...classifier(),
  inputs: image[0] * image[1] * image[2],
  image,
  layers: [...layers, { units: 10, activation: 'linear' }],
  samples,
});

const sequenceClassifier = (sequence, recurrent) => ({
  ...classifier(),
  inputs: sequence[0] * sequence[1],
  sequence,
  layers: [
    { recurrent, units: 128 },
    { units: 10, activation: 'linear' },
  ],
  samples: 1024,
});

const relu = { activation: 'relu' };

/** @type {Record<'mlp' | 'deep' | 'cnn' | 'resnet8' | 'lstm' | 'gru' | 'xor', Model>} */
export const MODELS = {
  mlp: classifier(128),
  deep: classifier(512, 512),
  cnn: imageClassifier(
    [28, 28, 1],
    1024,
    { filters: 16, ...relu },
    { pool: 2 },
    { filters: 32, ...relu },
    { pool: 2 },
    { flatten: true },
  ),
  resnet8: imageClassifier(
    [32, 32, 3],
    256,
    { filters: 16, norm: true, ...relu },
    { block: 16 },
    { block: 32, stride: 2 },
    { block: 64, stride: 2 },
    { globalPool: true },
  ),
  lstm: sequenceClassifier([28, 28], 'lstm'),
  gru: sequenceClassifier([28, 28], 'gru'),
  xor: {
    inputs: 2,
    layers: [
      { units: 8, activation: 'sigmoid' },
      { units: 1, activation: 'sigmoid' },
    ],
    loss: 'meanSquaredError',
    optimizer: 'sgd',
    learningRate: 0.5,
    samples: 4,
  },
};

/** Numbers in [0, 1): mulberry32, by Tommy Ettinger, public domain. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Glorot uniform kernels, zero biases; batch norms that change nothing. */
function firstWeights(model) {
  const next = random(7);
  return parametersOf(model).map(({ shape, value }) => {
    const size = shape.reduce((a, b) => a * b);
    if (value !== undefined) return { shape, data: new Float32Array(size).fill(value) };
    const window = size / shape.at(-2) / shape.at(-1);
    const limit = Math.sqrt(6 / (window * (shape.at(-2) + shape.at(-1))));
    return { shape, data: Float32Array.from({ length: size }, () => (2 * next() - 1) * limit) };
  });
}

function xorData() {
  return { samples: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), targets: Float32Array.of(0, 1, 1, 0), classes: undefined };
}

/** Pixels in [0, 1]: the mean of a class, and noise. */
function classData({ inputs, samples: count }) {
  const next = random(1);
  const means = Float32Array.from({ length: 10 * inputs }, next);
  const samples = new Float32Array(count * inputs);
  const targets = new Float32Array(count * 10);
  const classes = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const label = Math.floor(next() * 10);
    classes[i] = label;
    targets[i * 10 + label] = 1;
    for (let j = 0; j < inputs; j++) {
      const pixel = 0.5 + 0.3 * (means[label * inputs + j] - 0.5) + 0.6 * (next() - 0.5);
      samples[i * inputs + j] = Math.min(1, Math.max(0, pixel));
    }
  }
  return { samples, targets, classes };
}

/**
 * @param {keyof MODELS} name
 * @param {number} batch
 * @returns {Task}
 */
export function makeTask(name, batch) {
  const model = MODELS[name];
  const data = name === 'xor' ? xorData() : classData(model);
  const outputs = model.layers.at(-1).units;
  const batches = model.samples / batch;
  const rows = (values, width) => (step) => {
    const first = (step % batches) * batch;
    return values.subarray(first * width, (first + batch) * width);
  };
  const x = rows(data.samples, model.inputs);
  const t = rows(data.targets, outputs);
  const y = data.classes ? rows(data.classes, 1) : t;
  return { model, batch, batches, outputs, weights: firstWeights(model), ...data, x, t, y };
}
