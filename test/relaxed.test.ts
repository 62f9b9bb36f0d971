// The build with relaxed SIMD: it runs where the engine has it, and elsewhere the baseline does.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import relaxedUrl from '#relaxed.wasm';
import { dense, init, sequential, sgd } from '../bindings/index.js';
import { Program } from '../bindings/program.js';
import { compile } from '../bindings/run/modules.js';
import { createWasmRunner } from '../bindings/run/wasm.js';
import { constantOf } from '../bindings/tensor.js';
import { js64 } from './harness.js';

/** Node has relaxed SIMD from version 22 on. */
const supported = WebAssembly.validate(readFileSync(relaxedUrl()));

const wave = (n: number, step: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i * step));

describe('relaxed SIMD', () => {
  it('is there if the engine has it; if not, baseline runs and runtimeInfo says so', async () => {
    const { backend, relaxedSimd, reason } = await init({ relaxedSimd: true });
    expect([backend, relaxedSimd]).toEqual(['wasm', supported]);
    if (supported) expect(reason).toBeUndefined();
    else expect(reason).toMatch(/^not with relaxed SIMD: .*(relaxed|opcode|simd)/i);
  });

  it('trains', async () => {
    await init({ relaxedSimd: true, seed: 1 });
    const model = sequential([2], [dense(8, { activation: 'tanh' }), dense(1)]);
    model.compile({ optimizer: sgd(0.1), loss: 'meanSquaredError' });
    const { history } = await model.fit(
      [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      [0, 1, 1, 0],
      { epochs: 2000, batchSize: 'full' },
    );
    expect(history.loss.at(-1)).toBeLessThan(0.01);
  });

  it.runIf(supported).each([
    [1, 300, 70],
    [2, 33, 65],
    [37, 129, 41],
    [64, 400, 64],
  ])('gives products within float32 rounding of the float64 reference: %ix%ix%i', async (m, k, n) => {
    const a = constantOf(wave(m * k, 0.7), [m, k]);
    const b = constantOf(wave(k * n, 0.3), [k, n]);
    const out = a.matMul(b);
    const [relaxed, exact] = [await createWasmRunner(await compile(relaxedUrl())), js64].map((runner) => {
      const program = new Program(runner, { outputs: [out], effects: [] });
      program.run(1);
      return program.read(out);
    });
    for (let i = 0; i < exact!.length; i++) expect(Math.abs(relaxed![i]! - exact![i]!)).toBeLessThan(k * 1e-7);
  });
});
