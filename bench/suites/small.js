// What a call costs beside its kernels: tensors of four elements, wasm against TypeScript.

import { init, jit, tensor, valueAndGrad } from 'wasmgrad';
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
});

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
