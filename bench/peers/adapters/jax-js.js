// jax-js on its wasm device: the whole step in one jit, which is its quickest way. An array that is passed to a
// function is consumed by it; `.ref` keeps it alive.

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

const parametersOf = (jax, task) => task.weights.map(({ data, shape }) => arrayOf(jax, data, shape));

function forward({ numpy, nn }, layers, parameters, x) {
  return layers.reduce((input, { activation }, i) => {
    const z = numpy.matmul(input, parameters[2 * i]).add(parameters[2 * i + 1]);
    return activation === 'linear' ? z : nn[activation](z);
  }, x);
}

function lossOf(jax, { model, batch }) {
  const { numpy, nn } = jax;
  return (parameters, x, t) => {
    const y = forward(jax, model.layers, parameters, x);
    if (model.loss === 'meanSquaredError') return numpy.mean(numpy.square(y.sub(t)));
    return numpy.sum(nn.logSoftmax(y, 1).mul(t)).mul(-1 / batch);
  };
}

/** All batches as arrays, made before anything is timed. */
function batchesOf(jax, { model, batch, batches, outputs, x, t }) {
  const all = Array.from({ length: batches }, (_, i) => ({
    x: arrayOf(jax, x(i), [batch, model.inputs]),
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
  const run = jax.jit((ps, x) => forward(jax, model.layers, ps, x));
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
