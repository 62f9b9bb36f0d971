// Not a library: loops written by hand in JavaScript for exactly these models, with care. What a library must beat.

/** c [m, n] = a·b, where element [i, p] of a lies at i·rowStep + p·termStep: so a may be transposed. */
function multiply(m, k, n, a, rowStep, termStep, b, c) {
  c.fill(0, 0, m * n);
  for (let i = 0; i < m; i++) {
    let p = 0;
    for (; p + 3 < k; p += 4) addFourRows(a, i * rowStep + p * termStep, termStep, b, p * n, c, i * n, n);
    for (; p < k; p++) addRow(a[i * rowStep + p * termStep], b, p * n, c, i * n, n);
  }
}

function addFourRows(a, aAt, termStep, b, bAt, c, cAt, n) {
  const a0 = a[aAt];
  const a1 = a[aAt + termStep];
  const a2 = a[aAt + 2 * termStep];
  const a3 = a[aAt + 3 * termStep];
  for (let j = 0; j < n; j++) {
    const at = bAt + j;
    c[cAt + j] += a0 * b[at] + a1 * b[at + n] + a2 * b[at + 2 * n] + a3 * b[at + 3 * n];
  }
}

function addRow(scale, b, bAt, c, cAt, n) {
  for (let j = 0; j < n; j++) c[cAt + j] += scale * b[bAt + j];
}

/** c [m, n] = a [m, k] · b [n, k] transposed. */
function multiplyTransposed(m, k, n, a, b, c) {
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) c[i * n + j] = dot(a, i * k, b, j * k, k);
}

/** Four sums, so that an addition need not wait for the one before it. */
function dot(a, aAt, b, bAt, k) {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let p = 0;
  for (; p + 3 < k; p += 4) {
    s0 += a[aAt + p] * b[bAt + p];
    s1 += a[aAt + p + 1] * b[bAt + p + 1];
    s2 += a[aAt + p + 2] * b[bAt + p + 2];
    s3 += a[aAt + p + 3] * b[bAt + p + 3];
  }
  for (; p < k; p++) s0 += a[aAt + p] * b[bAt + p];
  return s0 + s1 + s2 + s3;
}

function layersOf({ model, weights, batch }) {
  let inputs = model.inputs;
  return model.layers.map(({ units, activation }, i) => {
    const layer = {
      inputs,
      units,
      activation,
      x: undefined,
      y: new Float32Array(batch * units),
      delta: new Float32Array(batch * units),
      parameters: [weights[2 * i], weights[2 * i + 1]].map(({ data }) => ({
        value: data.slice(),
        gradient: new Float32Array(data.length),
        m: new Float32Array(data.length),
        v: new Float32Array(data.length),
      })),
    };
    inputs = units;
    return layer;
  });
}

function forward(layers, batch, samples) {
  let x = samples;
  for (const layer of layers) {
    const { inputs, units, y, activation, parameters } = layer;
    multiply(batch, inputs, units, x, inputs, 1, parameters[0].value, y);
    activate(activation, y, parameters[1].value, units);
    layer.x = x;
    x = y;
  }
  return x;
}

function activate(activation, y, bias, units) {
  for (let at = 0; at < y.length; at += units) {
    for (let j = 0; j < units; j++) {
      const z = y[at + j] + bias[j];
      if (activation === 'relu') y[at + j] = Math.max(z, 0);
      else if (activation === 'sigmoid') y[at + j] = 1 / (1 + Math.exp(-z));
      else y[at + j] = z;
    }
  }
}

/** Writes the loss's derivative to `delta`; returns the loss. */
function squaredError(y, t, delta) {
  let loss = 0;
  for (let i = 0; i < y.length; i++) {
    const error = y[i] - t[i];
    loss += (error * error) / y.length;
    delta[i] = (2 * error) / y.length;
  }
  return loss;
}

function crossEntropy(y, t, delta, batch) {
  const units = y.length / batch;
  let loss = 0;
  for (let at = 0; at < y.length; at += units) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let j = at; j < at + units; j++) largest = Math.max(largest, y[j]);
    let sum = 0;
    for (let j = at; j < at + units; j++) sum += Math.exp(y[j] - largest);
    for (let j = at; j < at + units; j++) {
      const logP = y[j] - largest - Math.log(sum);
      loss -= (t[j] * logP) / batch;
      delta[j] = (Math.exp(logP) - t[j]) / batch;
    }
  }
  return loss;
}

function backward(layers, batch) {
  for (let i = layers.length - 1; i >= 0; i--) {
    const { inputs, units, x, y, delta, activation, parameters } = layers[i];
    const [kernel, bias] = parameters;
    throughActivation(activation, y, delta);
    multiply(inputs, batch, units, x, 1, inputs, delta, kernel.gradient);
    bias.gradient.fill(0);
    for (let at = 0; at < delta.length; at += units) addRow(1, delta, at, bias.gradient, 0, units);
    if (i > 0) multiplyTransposed(batch, units, inputs, delta, kernel.value, layers[i - 1].delta);
  }
}

function throughActivation(activation, y, delta) {
  if (activation === 'relu') for (let i = 0; i < y.length; i++) delta[i] = y[i] > 0 ? delta[i] : 0;
  if (activation === 'sigmoid') for (let i = 0; i < y.length; i++) delta[i] *= y[i] * (1 - y[i]);
}

function adam({ value, gradient, m, v }, rate, correction) {
  for (let i = 0; i < value.length; i++) {
    const g = gradient[i];
    m[i] = 0.9 * m[i] + 0.1 * g;
    v[i] = 0.999 * v[i] + 0.001 * g * g;
    value[i] -= (rate * m[i]) / (Math.sqrt(v[i] * correction) + 1e-8);
  }
}

function sgd({ value, gradient }, rate) {
  for (let i = 0; i < value.length; i++) value[i] -= rate * gradient[i];
}

function train(_, task) {
  const { model, batch } = task;
  const layers = layersOf(task);
  const parameters = layers.flatMap((layer) => layer.parameters);
  const { delta } = layers.at(-1);
  const lossOf = model.loss === 'meanSquaredError' ? squaredError : crossEntropy;
  let count = 0;
  let loss = 0;
  const update = () => {
    count++;
    const rate = model.learningRate / (1 - 0.9 ** count);
    const correction = 1 / (1 - 0.999 ** count);
    for (const parameter of parameters) {
      if (model.optimizer === 'adam') adam(parameter, rate, correction);
      else sgd(parameter, model.learningRate);
    }
  };
  return {
    step: (step) => {
      loss = lossOf(forward(layers, batch, task.x(step)), task.t(step), delta, batch);
      backward(layers, batch);
      update();
    },
    loss: () => loss,
  };
}

function predict(_, task) {
  const layers = layersOf(task);
  return (x) => forward(layers, task.batch, x).slice();
}

export default {
  styles: {
    mlp32: ['loops'],
    mlp128: ['loops'],
    deep128: ['loops'],
    xor: ['loops'],
    predict1: ['loops'],
    predict256: ['loops'],
  },
  load: () => undefined,
  train,
  predict,
};
