// npm run ulp: how far the float32 kernels are from float64, in units in the last place, over a million points and more.

import { ops } from '../build/internal.js';
import { programOf, runnerOf } from './programs.js';
import { number, table } from './report.js';

const POINTS = 2 ** 21;
const CHUNK = 2 ** 16;

/** Every function with its bound in ULP, and an absolute error that is allowed in any case. */
const CASES = [
  ['exp', (x) => x.exp(), 2],
  ['log', (x) => x.log(), 2],
  ['expm1', ops.expm1, 2],
  ['log1p', ops.log1p, 2],
  ['sin', ops.sin, 2],
  ['cos', ops.cos, 2],
  ['atan', ops.atan, 2],
  ['erf', ops.erf, 2],
  ['sqrt', (x) => x.sqrt(), 0.5],
  ['tanh', (x) => x.tanh(), 3],
  ['sigmoid', (x) => x.sigmoid(), 3],
  ['softplus', (x) => x.softplus(), 4],
  ['gelu', ops.gelu, 4, 1.2e-6],
  ['gelu (tanh)', (x) => ops.gelu(x, { approximate: 'tanh' }), 4, 1.2e-6],
  ['silu', ops.silu, 4, 1.2e-6],
  ['mish', ops.mish, 4, 1.2e-6],
];

const words = new Uint32Array(1);
const float = new Float32Array(words.buffer);

/** All floats, evenly by their bits: every exponent gets as many points. */
function pointsOf(chunk) {
  const stride = 2 ** 32 / POINTS;
  return Float32Array.from({ length: CHUNK }, (_, i) => {
    words[0] = ((chunk * CHUNK + i) * stride + 12345) >>> 0;
    return float[0];
  });
}

/** Distance of neighbouring floats at a value. */
function ulpOf(value) {
  const size = Math.max(Math.abs(value), 2 ** -126);
  return 2 ** (Math.floor(Math.log2(size)) - 23);
}

function errorOf(actual, expected, borne) {
  const rounded = Math.fround(expected);
  if (Object.is(actual, rounded) || actual === rounded)
    return Number.isFinite(actual) ? Math.abs(actual - expected) / ulpOf(expected) : 0;
  if (Number.isNaN(actual) && Number.isNaN(rounded)) return 0;
  const error = Math.abs(actual - expected);
  if (error <= borne) return 0;
  return Number.isFinite(rounded) && Number.isFinite(actual) ? error / ulpOf(expected) : Infinity;
}

function functionOf(runner, make) {
  const points = new Float32Array(CHUNK);
  const program = programOf(runner, [{ shape: [CHUNK], data: points }], (x) => ({ outputs: [make(x)] }));
  return (values) => {
    points.set(values);
    program.feed();
    program.run(1);
    return program.results()[0];
  };
}

const runners = { wasm: await runnerOf({ backend: 'wasm' }), TypeScript: await runnerOf({ backend: 'js' }) };
const reference = await runnerOf({ precision: 'float64' });

function worstOf(make, borne) {
  const exact = functionOf(reference, make);
  const worst = Object.entries(runners).map(([name, runner]) => ({
    name,
    run: functionOf(runner, make),
    ulp: 0,
    at: 0,
  }));
  for (let chunk = 0; chunk < POINTS / CHUNK; chunk++) {
    const points = pointsOf(chunk);
    const expected = exact(points);
    for (const side of worst) {
      side.run(points).forEach((actual, i) => {
        const ulp = errorOf(actual, expected[i], borne);
        if (ulp > side.ulp) [side.ulp, side.at] = [ulp, points[i]];
      });
    }
  }
  return worst;
}

console.log(`${POINTS.toLocaleString('en-US')} points each, over all of float32\n`);
const rows = CASES.map(([name, make, bound, borne = 0]) => {
  const [wasm, js] = worstOf(make, borne);
  const ok = wasm.ulp <= bound && js.ulp <= bound;
  if (!ok) process.exitCode = 1;
  const limit = borne ? `${bound}, or ${borne} absolute` : String(bound);
  return [name, number(wasm.ulp), number(js.ulp), limit, wasm.at.toPrecision(6), ok ? '' : 'TOO FAR'];
});
console.log(table(['function', 'wasm, max ULP', 'TypeScript', 'bound', 'worst at', ''], rows));
