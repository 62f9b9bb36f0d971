// Matrix products as programs that can be timed and checked.

import { init, jit, tensor } from 'wasmgrad';
import { random } from './data.js';
import { programOf } from './programs.js';

/**
 * C [m, n] = A [m, k] · B [k, n]. A transposed operand lies in memory as its transpose: A as [k, m], B as [n, k].
 *
 * @typedef {{ m: number, k: number, n: number, transA?: boolean, transB?: boolean }} Product
 */

/** The four forms; those with one transpose are what backward passes compute. */
export const FORMS = [
  { name: 'AB', transA: false, transB: false },
  { name: 'AᵀB', transA: true, transB: false },
  { name: 'ABᵀ', transA: false, transB: true },
  { name: 'AᵀBᵀ', transA: true, transB: true },
];

/** The tolerance, relative to Σ|a·b|: far above the rounding of float32 sums, far below a wrong term. */
const TOLERANCE = 1e-5;

/** @param {Product} product */
export function nameOf({ m, k, n, transA = false, transB = false }) {
  const form = FORMS.find((one) => one.transA === transA && one.transB === transB);
  return `${m}x${k}x${n} ${form.name}`;
}

/** @param {Product} product */
export const gigaflop = ({ m, k, n }) => (2 * m * k * n) / 1e9;

/** A matrix of numbers around 0, the same for the same seed. */
export function operand(length, seed) {
  const next = random(seed);
  return Float32Array.from({ length }, () => next() - 0.5);
}

/**
 * @param {Product} product
 * @param {Float32Array} a at least as long as it must be
 */
export function productProgram(runner, product, a, b) {
  const { m, k, n, transA = false, transB = false } = product;
  const feeds = [
    { shape: transA ? [k, m] : [m, k], data: a.subarray(0, m * k) },
    { shape: transB ? [n, k] : [k, n], data: b.subarray(0, k * n) },
  ];
  const program = programOf(runner, feeds, (x, y) => ({ outputs: [x.matMul(y, { transA, transB })] }));
  return { ...program, check: (elements) => checkProduct(product, a, b, program.results()[0], elements) };
}

/** A·B through the public API: operands are copied in, the result out. */
export async function jittedProduct({ m, k, n }, a, b) {
  await init({ backend: 'wasm' });
  const multiply = jit((x, y) => x.matMul(y));
  const [x, y] = [tensor(a, [m, k]), tensor(b, [k, n])];
  let last;
  return {
    step: () => {
      last = multiply(x, y);
    },
    result: () => last.data(),
  };
}

/** Compares the last element, and others picked at random, with sums in float64. */
function checkProduct(product, a, b, c, elements = 64) {
  const { m, k, n, transA, transB } = product;
  const next = random(5);
  for (let e = 0; e < elements; e++) {
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
      throw new Error(`${nameOf(product)}: element [${i}, ${j}] is ${c[at]}, expected ${sum}`);
    }
  }
}
