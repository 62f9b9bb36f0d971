// jax-js on its wasm device: the whole step in one jit, which is its quickest way. An array that is passed to a
// function is consumed by it; `.ref` keeps it alive.

import { forward } from '../../forward.js';
import { causalMask, language, oneHot } from '../../language.js';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

async function load() {
  const jax = await import('@jax-js/jax');
  await jax.init('wasm'); // without a name it looks at `navigator`, which Node 20 does not have
  jax.defaultDevice('wasm');
  return jax;
}

const arrayOf = ({ numpy }, data, shape) => numpy.array(data).reshape(shape);

const parametersOf = (jax, { weights }) => weights.map(({ data, shape }) => arrayOf(jax, data, shape));

/** Convolution as a product with shifted views of the images, which is quicker here than its own, and pooling by `maximum`. */
function opsOf({ numpy, nn }) {
  const { matmul, maximum, mean, square } = numpy;
  const product = (x, kernel, bias) => matmul(x, kernel).add(bias);
  const shifted = (x, size, stride) => {
    const [, height, width] = x.shape;
    const pad = size >> 1;
    const padded =
      pad === 0
        ? x
        : numpy.pad(x, [
            [0, 0],
            [pad, pad],
            [pad, pad],
            [0, 0],
          ]);
    const views = [];
    for (let y = 0; y < size; y++) {
      for (let left = 0; left < size; left++) {
        const view = padded.ref.slice([], [y, y + height], [left, left + width], []);
        views.push(stride === 1 ? view : strided(view, stride));
      }
    }
    padded.dispose();
    return views.length === 1 ? views[0] : numpy.concatenate(views, 3);
  };
  const strided = (x, by) => {
    const [n, height, width, channels] = x.shape;
    const split = x.reshape([n, height / by, by, width / by, by * channels]);
    return split.slice([], [], 0, [], [0, channels]);
  };
  const normalised = (x, axes) => {
    const centered = x.ref.sub(mean(x, axes, { keepdims: true }));
    const variance = mean(square(centered.ref), axes, { keepdims: true });
    return centered.div(numpy.sqrt(variance.add(1e-5)));
  };
  return {
    dense: product,
    conv: (x, kernel, stride) => {
      const [size, , inside, filters] = kernel.shape;
      const columns = shifted(x, size, stride);
      const [n, height, width] = columns.shape;
      const rows = columns.reshape([n * height * width, size * size * inside]);
      return matmul(rows, kernel.reshape([size * size * inside, filters])).reshape([n, height, width, filters]);
    },
    addBias: (x, bias) => x.add(bias),
    norm: (x, scale, shift) => normalised(x, [0, 1, 2]).mul(scale).add(shift),
    pool: (x, size) => {
      const [n, height, width, channels] = x.shape;
      const windows = x.reshape([n, height / size, size, width / size, size, channels]);
      const [left, right] = numpy.split(windows, 2, 4);
      const [top, bottom] = numpy.split(maximum(left, right), 2, 2);
      return maximum(top, bottom).reshape([n, height / size, width / size, channels]);
    },
    globalPool: (x) => mean(x, [1, 2]),
    flatten: (x) => x.reshape([x.shape[0], -1]),
    add: (x, y) => x.add(y),
    again: (x) => x.ref,
    steps: (x, kernel, bias) => {
      const [n, steps, features] = x.shape;
      const all = product(x.reshape([n * steps, features]), kernel, bias).reshape([n, steps, -1]);
      return numpy.split(all, steps, 1).map((z) => z.reshape([n, -1]));
    },
    zeros: (like, units) => numpy.zeros([like.shape[0], units]),
    split: (x, count) => numpy.split(x, count, -1),
    sub: (x, y) => x.sub(y),
    mul: (x, y) => x.mul(y),
    activate: (x, name) => (name === 'tanh' ? numpy.tanh(x) : nn[name](x)),
  };
}

/** What language.js needs, of tokens one-hot. */
function languageOps({ numpy, nn }, model) {
  const { width, heads, length } = model;
  const { matmul, mean, square } = numpy;
  const mask = numpy.array(causalMask(model)).reshape([length, length]);
  return {
    embed: (x, table, places) => {
      return matmul(x, table).reshape([-1, length, width]).add(places).reshape([-1, width]);
    },
    layerNorm: (x, scale, shift) => {
      const centered = x.ref.sub(mean(x, -1, { keepdims: true }));
      const variance = mean(square(centered.ref), -1, { keepdims: true });
      return centered
        .div(numpy.sqrt(variance.add(1e-5)))
        .mul(scale)
        .add(shift);
    },
    dense: (x, kernel, bias) => (bias ? matmul(x, kernel).add(bias) : matmul(x, kernel)),
    // By hand: its own attention calls Iterator.prototype.map, which Node 20 does not have.
    attend: (qkv) => {
      const parts = qkv.reshape([-1, length, 3, heads, width / heads]).transpose([2, 0, 3, 1, 4]);
      const [q, k, v] = numpy.split(parts, 3, 0).map((part) => part.reshape([-1, heads, length, width / heads]));
      const scores = matmul(q, k.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(width / heads));
      const weights = nn.softmax(scores.add(mask.ref), -1);
      return matmul(weights, v).transpose([0, 2, 1, 3]).reshape([-1, width]);
    },
    gelu: (x) => nn.gelu(x),
    add: (x, y) => x.add(y),
    again: (x) => x.ref,
  };
}

function lossOf(jax, { model, batch }) {
  if (model.heads) return languageLossOf(jax, model);
  const { numpy, nn } = jax;
  const ops = opsOf(jax);
  return (parameters, x, t) => {
    const y = forward(model, ops, parameters, x);
    if (model.loss === 'meanSquaredError') return numpy.mean(numpy.square(y.sub(t)));
    return numpy.sum(nn.logSoftmax(y, 1).mul(t)).mul(-1 / batch);
  };
}

function languageLossOf(jax, model) {
  const { numpy, nn } = jax;
  const ops = languageOps(jax, model);
  return (parameters, x, t) => {
    const rows = x.shape[0];
    return numpy.sum(nn.logSoftmax(language(model, ops, parameters, x), 1).mul(t)).mul(-1 / rows);
  };
}

/** All batches as arrays, made before anything is timed. */
function batchesOf(jax, task) {
  const { model, batch, batches, outputs, x, t, y } = task;
  const shape = [batch, ...(model.image ?? model.sequence ?? [model.inputs])];
  const hot = (tokens) => arrayOf(jax, oneHot(tokens, model.words), [tokens.length, model.words]);
  const all = model.heads
    ? Array.from({ length: batches }, (_, i) => ({ x: hot(x(i)), t: hot(y(i)) }))
    : Array.from({ length: batches }, (_, i) => ({
        x: arrayOf(jax, x(i), shape),
        t: arrayOf(jax, t(i), [batch, outputs]),
      }));
  return (step) => {
    const one = all[step % batches];
    return [one.x.ref, one.t.ref];
  };
}

function sgdStepper(jax, task) {
  const { learningRate } = task.model;
  const lossAndGradients = jax.valueAndGrad(lossOf(jax, task));
  const step = jax.jit((parameters, x, t) => {
    const [loss, gradients] = lossAndGradients(
      parameters.map((p) => p.ref),
      x,
      t,
    );
    return [loss, parameters.map((p, i) => p.sub(gradients[i].mul(learningRate)))];
  });
  let parameters = parametersOf(jax, task);
  return (x, t) => {
    const [loss, updated] = step(parameters, x, t);
    parameters = updated;
    return [loss, parameters[0]];
  };
}

/** @returns the parameter, m and v after a step; `c1` and `c2` are the bias corrections */
function adamUpdate({ numpy }, parameter, m, v, gradient, c1, c2) {
  const newM = m.mul(BETA1).add(gradient.ref.mul(1 - BETA1));
  const newV = v.mul(BETA2).add(numpy.square(gradient).mul(1 - BETA2));
  const divisor = numpy.sqrt(newV.ref.mul(c2)).add(EPSILON);
  return [parameter.sub(newM.ref.mul(c1).div(divisor)), newM, newV];
}

function adamStepper(jax, task) {
  const { learningRate } = task.model;
  const lossAndGradients = jax.valueAndGrad(lossOf(jax, task));
  const step = jax.jit(([parameters, ms, vs], x, t, c1, c2) => {
    const [loss, gradients] = lossAndGradients(
      parameters.map((p) => p.ref),
      x,
      t,
    );
    const updated = parameters.map((p, i) => adamUpdate(jax, p, ms[i], vs[i], gradients[i], c1.ref, c2.ref));
    c1.dispose();
    c2.dispose();
    return [loss, [0, 1, 2].map((part) => updated.map((one) => one[part]))];
  });
  const zeros = () => task.weights.map(({ shape }) => jax.numpy.zeros(shape));
  const scalar = (value) => jax.numpy.array(Float32Array.of(value));
  let state = [parametersOf(jax, task), zeros(), zeros()];
  let count = 0;
  return (x, t) => {
    count++;
    const c1 = scalar(learningRate / (1 - BETA1 ** count));
    const c2 = scalar(1 / (1 - BETA2 ** count));
    const [loss, updated] = step(state, x, t, c1, c2);
    state = updated;
    return [loss, state[0][0]];
  };
}

function train(jax, task) {
  const batchAt = batchesOf(jax, task);
  const stepper = task.model.optimizer === 'adam' ? adamStepper(jax, task) : sgdStepper(jax, task);
  let loss;
  return {
    step: async (step) => {
      loss?.dispose();
      const [newLoss, parameter] = stepper(...batchAt(step));
      loss = newLoss;
      await loss.blockUntilReady();
      await parameter.blockUntilReady();
    },
    loss: async () => (await loss.ref.data())[0],
  };
}

function predict(jax, task) {
  const { model, batch } = task;
  const parameters = parametersOf(jax, task);
  const ops = opsOf(jax);
  const run = jax.jit((ps, x) => forward(model, ops, ps, x));
  return (x) => {
    const input = arrayOf(jax, x, [batch, model.inputs]);
    return run(
      parameters.map((p) => p.ref),
      input,
    ).dataSync();
  };
}

function product(jax, { size, a, b }) {
  const multiply = jax.jit((x, y) => jax.numpy.matmul(x, y));
  const [x, y] = [a, b].map((values) => arrayOf(jax, values, [size, size]));
  let last;
  return {
    step: async () => {
      last?.dispose();
      last = multiply(x.ref, y.ref);
      await last.blockUntilReady();
    },
    result: () => last.ref.data(),
  };
}

export default {
  package: '@jax-js/jax',
  styles: {
    mlp32: ['jit-step'],
    mlp128: ['jit-step'],
    deep128: ['jit-step'],
    cnn32: ['jit-step'],
    resnet32: ['jit-step'],
    lstm: ['jit-step'],
    gru: ['jit-step'],
    gpt: ['jit-step'],
    xor: ['jit-step'],
    predict1: ['jit'],
    predict256: ['jit'],
    gemm64: ['jit'],
    gemm256: ['jit'],
    gemm512: ['jit'],
    gemm1024: ['jit'],
  },
  load,
  train,
  predict,
  product,
};
