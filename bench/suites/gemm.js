// Matrix products, wasm against TypeScript. A product through the public API includes making a program and copying; so
// this suite takes the programs from inside of the library, and times nothing but their runs.

import { createJsRunner, createWasmRunner, inputOf, Program, wasmBytes } from '../../build/internal.js';
import { random } from '../data.js';
import { compare } from '../measure.js';

/** C [m, n] = A [m, k] · B [k, n]. The forms with a transpose are those of backward passes. */
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

/** Of Σ|a·b|: far above what rounding of float32 sums costs, far below a wrong term. */
const TOLERANCE = 1e-5;
const CHECKED_ELEMENTS = 64;

/** @param {import('../measure.js').Timing} timing */
export async function gemm(timing, report) {
  const runners = { wasm: await createWasmRunner(wasmBytes()), js: createJsRunner() };
  for (const product of CASES) report(await measure(product, runners, timing));
}

async function measure(product, runners, timing) {
  const { m, k, n } = product;
  const next = random(3);
  const a = Float32Array.from({ length: m * k }, () => next() - 0.5);
  const b = Float32Array.from({ length: k * n }, () => next() - 0.5);
  const wasm = makeProgram(product, runners.wasm, a, b);
  const js = makeProgram(product, runners.js, a, b);
  const check = () => {
    checkResult('wasm', product, a, b, wasm.result());
    checkResult('TypeScript', product, a, b, js.result());
  };
  wasm.run(1);
  js.run(1);
  check();
  const rates = await compare({ wasm: wasm.run, TypeScript: js.run }, timing);
  check();
  wasm.dispose();
  js.dispose();
  const gigaflop = (2 * m * k * n) / 1e9;
  return { name: nameOf(product), unit: 'GFLOP/s', perCall: gigaflop, ...rates };
}

const nameOf = ({ m, k, n, transA, transB }) => `${m}x${k}x${n}${transA ? ' AᵀB' : ''}${transB ? ' ABᵀ' : ''}`;

/** A transposed operand lies in memory as its transpose: A as [k, m], B as [n, k]. */
function makeProgram({ m, k, n, transA = false, transB = false }, runner, a, b) {
  const left = inputOf('a', transA ? [k, m] : [m, k]);
  const right = inputOf('b', transB ? [n, k] : [k, n]);
  const product = left.matMul(right, { transA, transB });
  const program = new Program(runner, { outputs: [product], effects: [] });
  program.write(left, a);
  program.write(right, b);
  return {
    run: (calls) => void program.run(calls, 0),
    result: () => program.read(product),
    dispose: () => program.dispose(),
  };
}

/** Compares elements picked at random, and the last one, with sums in float64. */
function checkResult(side, product, a, b, c) {
  const { m, k, n, transA, transB } = product;
  const next = random(5);
  for (let e = 0; e < CHECKED_ELEMENTS; e++) {
    const at = e === 0 ? m * n - 1 : Math.floor(next() * m * n);
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    let size = 0;
    for (let p = 0; p < k; p++) {
      const term = a[transA ? p * m + i : i * k + p] * b[transB ? j * k + p : p * n + j];
      sum += term;
      size += Math.abs(term);
    }
    if (!(Math.abs(c[at] - sum) <= TOLERANCE * size)) {
      throw new Error(`gemm ${nameOf(product)} on ${side}: element [${i}, ${j}] is ${c[at]}, expected ${sum}`);
    }
  }
}
