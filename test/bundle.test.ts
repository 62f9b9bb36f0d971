// What bundlers leave of the package: npm run size has the bytes, here is what is in them. Reads dist/.

import { describe, expect, it } from 'vitest';
import { BUNDLERS } from '../scripts/bundle.mjs';

/** What only ships with the export of that name. */
const TRACES = {
  adam: 'adamUpdate',
  adagrad: 'adagradUpdate',
  rmsprop: 'rmspropUpdate',
  einsum: 'einsum',
  concat: 'concat along axis',
  lbfgs: 'lbfgs',
  newton: 'newton',
  minimize: 'minimize: ',
  hessian: 'jacobian: ',
  gradCheck: 'gradCheck',
  jit: 'jit: ',
  earlyStopping: 'earlyStopping',
  linspace: 'linspace',
  flatten: 'kind:"flatten"',
};

const exports = (names: readonly string[], from = 'wasmgrad') => `export { ${names.join(', ')} } from '${from}';`;

const train = (from: string) => `
import { dense, init, sequential, sgd } from '${from}';
const { backend } = await init({ seed: 1 });
const model = sequential([1], [dense(1)]);
model.compile({ optimizer: sgd(0.1), loss: 'meanSquaredError' });
await model.fit([[0], [1], [2]], [[1], [3], [5]], { epochs: 300, batchSize: 'full' });
export const result = { backend, seven: model.predict([3]).item() };
`;

const run = (text: string) => import(`data:text/javascript,${encodeURIComponent(text)}`);

describe.each(Object.entries(BUNDLERS))('%s', (_name, bundle) => {
  it('leaves out what a program does not use', async () => {
    const [all, some] = [await bundle(exports(Object.keys(TRACES))), await bundle(train('wasmgrad'))];
    const traces = Object.values(TRACES);
    expect(traces.filter((trace) => all.includes(trace))).toEqual(traces);
    expect(traces.filter((trace) => some.includes(trace))).toEqual([]);
  });

  it('has no wasm in wasmgrad/js', async () => {
    const [wasm, js] = [await bundle(train('wasmgrad')), await bundle(train('wasmgrad/js'))];
    expect([wasm, js].map((text) => /WebAssembly\.[a-z]/.test(text))).toEqual([true, false]);
  });

  it.each([
    ['wasmgrad', 'wasm'],
    ['wasmgrad/js', 'js'],
  ])('makes a program of %s that runs', async (from, backend) => {
    const { result } = await run(await bundle(train(from)));
    expect(result.backend).toBe(backend);
    expect(result.seven).toBeCloseTo(7, 3);
  });
});
