// Matrix products, wasm against TypeScript.

import { compare } from '../measure.js';
import { gigaflop, nameOf, operand, productProgram } from '../product.js';
import { runnerOf } from '../programs.js';
import { comparison } from '../report.js';

const CASES = [
  { m: 64, k: 64, n: 64 },
  { m: 256, k: 256, n: 256 },
  { m: 512, k: 512, n: 512 },
  { m: 32, k: 784, n: 128 },
  { m: 128, k: 784, n: 512 },
  { m: 1, k: 784, n: 128 },
  { m: 256, k: 256, n: 256, transA: true },
  { m: 256, k: 256, n: 256, transB: true },
  { m: 784, k: 32, n: 128, transA: true },
  { m: 128, k: 512, n: 784, transB: true },
];

export const run = comparison('gemm', async ({ timing }, report) => {
  const runners = { wasm: await runnerOf({ backend: 'wasm' }), js: await runnerOf({ backend: 'js' }) };
  for (const product of CASES) report(await measure(product, runners, timing));
});

async function measure(product, runners, timing) {
  const { m, k, n } = product;
  const [a, b] = [operand(m * k, 3), operand(k * n, 4)];
  const sides = [runners.wasm, runners.js].map((runner) => productProgram(runner, product, a, b));
  const [wasm, js] = sides;
  for (const side of sides) {
    side.run(1);
    side.check();
  }
  const rates = await compare({ wasm: wasm.run, TypeScript: js.run }, timing);
  for (const side of sides) {
    side.check();
    side.dispose();
  }
  return { name: nameOf(product), unit: 'GFLOP/s', perCall: gigaflop(product), ...rates };
}
