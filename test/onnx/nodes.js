// Runs the node tests of ONNX on what functionFromOnnx makes of their models. A model whose ops are all in the table of imports
// must give what is expected, but for tests in EXCEPT; the others must be refused by an error that names the op.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PYTHON = '/usr/bin/python3';

/** Tests of supported ops that can't pass, by the beginnings of their names, and why. */
const EXCEPT = {
  test_cast_FLOAT_to_BFLOAT16: 'all real numbers are float32 here',
  test_castlike_FLOAT_to_BFLOAT16: 'all real numbers are float32 here',
  test_castlike_BFLOAT16_to_FLOAT: 'its model says another shape than its input has',
  test_resize_downsample_scales_linear_align_corners:
    'divides by a length that is no whole number; onnxruntime skips it, too',
  test_resize_downsample_scales_cubic_align_corners:
    'divides by a length that is no whole number; onnxruntime skips it, too',
};

const typed = ({ dtype, data }) => {
  const bytes = Buffer.from(data, 'base64');
  const Type = dtype === 'int32' ? Int32Array : Float32Array;
  return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

/** What is wrong with a result; undefined if nothing is. */
function differs(got, expected, { rtol, atol }) {
  if (got === undefined) return 'missing';
  if (`${got.shape}` !== `${expected.shape}`) return `shape [${got.shape}] in place of [${expected.shape}]`;
  const [values, wanted] = [got.data(), typed(expected)];
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [values[i], wanted[i]];
    if (Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b)) || a === b) continue;
    if (!(Math.abs(a - b) <= atol + rtol * Math.abs(b))) return `element ${i} is ${a} in place of ${b}`;
  }
  return undefined;
}

/** Whether node tests can be run here. */
export function isThere() {
  return existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import onnx']).status === 0;
}

/** All node tests. */
export function nodeTests() {
  const script = new URL('nodes.py', import.meta.url).pathname;
  const { stdout, stderr, status } = spawnSync(PYTHON, [script], { maxBuffer: 2 ** 30, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Runs one: 'passed', or what happened. */
async function runOne({ functionFromOnnx, tensor }, test) {
  if ([...test.inputs, ...test.outputs].some(({ data }) => data === undefined)) return 'no numbers';
  try {
    const f = await functionFromOnnx(Buffer.from(test.model, 'base64'));
    const inputs = test.inputs.map((input) => [input.name, tensor(typed(input), input.shape, input.dtype)]);
    const results = f(Object.fromEntries(inputs));
    const wrong = test.outputs.map((output) => [output.name, differs(results[output.name], output, test)]);
    const first = wrong.find(([, what]) => what);
    return first ? `${first[0]}: ${first[1]}` : 'passed';
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

/** What kind of result it is. */
function kindOf(test, result) {
  if (result === 'passed') return 'passed';
  if (Object.keys(EXCEPT).some((name) => test.name.startsWith(name))) return 'excepted';
  if (result === 'no numbers' || /elements of type/.test(result)) return 'others';
  if (/this op is not supported|a graph inside/.test(result)) return 'unknown';
  return /not supported/.test(result) ? 'partly' : 'failed';
}

/** Runs all; what became of each. */
export async function runNodeTests(library, tests = nodeTests()) {
  const results = [];
  for (const test of tests) {
    const result = await runOne(library, test);
    const why = Object.entries(EXCEPT).find(([name]) => test.name.startsWith(name))?.[1];
    results.push({ name: test.name, kind: kindOf(test, result), result, why });
  }
  return results;
}
