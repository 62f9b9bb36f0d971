// What a call costs beside its kernels: tensors of four elements, wasm against TypeScript; and what vmap saves, by which a
// thousand small networks are one call.

import { dense, init, jit, randomNormal, sequential, tensor, valueAndGrad, vmap } from 'wasmgrad';
import { compare } from '../measure.js';
import { comparison } from '../report.js';

const CASES = [
  { name: 'eager a + b, read', make: eagerAdd },
  { name: 'eager value and gradient of Σ a·b, read', make: eagerGrad },
  { name: 'jitted a + b', make: jittedAdd },
];

export const run = comparison('small', async ({ timing }, report) => {
  for (const { name, make } of CASES) {
    const sides = { wasm: make('wasm'), TypeScript: make('js') };
    for (const side of Object.values(sides)) await side(1);
    const rates = await compare(sides, timing);
    report({ name, unit: 'calls/s', perCall: 1, ...rates });
  }
  await init({ backend: 'wasm' });
  const sides = manyNetworks();
  const rates = await compare(sides, timing);
  report({ name: `${NETWORKS} networks 6-8-2: vmap, then predict`, unit: 'networks/s', perCall: NETWORKS, ...rates });
});

/** How many networks a call runs. */
const NETWORKS = 1000;

/** A forward pass of networks with their own parameters: mapped over these, and by as many predictions of a model. */
function manyNetworks() {
  const shapes = [[6, 8], [8], [8, 2], [2]];
  const [w1, b1, w2, b2] = shapes.map((shape) => randomNormal([NETWORKS, ...shape]));
  const forward = ({ w1, b1, w2, b2 }, x) => x.matMul(w1).add(b1).tanh().matMul(w2).add(b2);
  const all = jit((parameters, x) => vmap(forward, { inAxes: [0, null] })(parameters, x));
  const model = sequential([6], [dense(8, { activation: 'tanh' }), dense(2)]);
  model.setWeights(
    [w1, b1, w2, b2].map((t, i) => tensor(t.data().slice(-shapes[i].reduce((n, d) => n * d)), shapes[i])),
  );
  const x = tensor([[0.5, -1, 2, 0.25, 1, -0.5]]);
  const results = {};
  const check = () => {
    const { vmap, predict } = results;
    const last = vmap?.data().slice(-2);
    if (last && predict && !predict.every((v, i) => Math.abs(v - last[i]) < 1e-4)) {
      throw new Error(`the last network gives ${last} in a batch, and ${predict} alone`);
    }
  };
  return {
    vmap: (calls) => {
      for (let i = 0; i < calls; i++) results.vmap = all({ w1, b1, w2, b2 }, x);
      check();
    },
    predict: (calls) => {
      for (let i = 0; i < calls * NETWORKS; i++) results.predict = model.predict(x).data();
      check();
    },
  };
}

const [A, B] = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
];

function expectSum(values, what) {
  if (!values.every((value, i) => value === A[i] + B[i])) throw new Error(`${what} is ${values}`);
}

function eagerAdd(backend) {
  return async (calls) => {
    await init({ backend });
    const [a, b] = [tensor(A), tensor(B)];
    let sum;
    for (let i = 0; i < calls; i++) sum = a.add(b).data();
    expectSum(sum, 'a + b');
  };
}

function eagerGrad(backend) {
  return async (calls) => {
    await init({ backend });
    const [a, b] = [tensor(A), tensor(B)];
    const f = valueAndGrad((x) => x.mul(b).sum());
    let result;
    for (let i = 0; i < calls; i++) {
      const { value, grads } = f(a);
      result = [value.item(), ...grads.data()];
    }
    if (String(result) !== String([70, ...B])) throw new Error(`value and gradient are ${result}`);
  };
}

function jittedAdd(backend) {
  const add = jit((x, y) => x.add(y));
  return async (calls) => {
    await init({ backend });
    const [a, b] = [tensor(A), tensor(B)];
    let sum;
    for (let i = 0; i < calls; i++) sum = add(a, b);
    expectSum(sum.data(), 'the jitted a + b');
  };
}
