// Every op of the table of cases as ONNX: what onnxruntime computes of the file is what we compute, and so is what we
// make of the file again. An op that can't be exported says so.

import { beforeAll, expect, it } from 'vitest';
import { init, ones, tensor, vmap } from '../../bindings/index.js';
import { functionFromOnnx, functionToOnnx, type OnnxInputs } from '../../bindings/onnx.js';
import { lstm } from '../../bindings/ops.js';
import type { Shape } from '../../bindings/shape.js';
import { sizeOf } from '../../bindings/shape.js';
import type { Tensor } from '../../bindings/tensor.js';
import { CASES, type Case } from '../cases.js';
import { Numbers } from '../numbers.js';
import { THOROUGH } from '../thorough.js';
import { expectClose, run } from './runtime.js';

beforeAll(() => init({ backend: 'wasm', seed: 1 }));

/** The last shapes of a case that are neither empty nor large. */
const shapesOf = ({ shapes }: Case): readonly Shape[] =>
  shapes.findLast((some) => some.every((shape) => sizeOf(shape) > 0 && sizeOf(shape) < 5000)) ?? shapes.at(-1)!;

/** What there is no op for in ONNX, or no place: linear algebra but det, and what is random. */
const REFUSED = [
  ...['cholesky', 'inv', 'pivots', 'qr', 'solve', 'triangularSolve'],
  ...['dropout', 'random', 'randomNormal', 'shuffle'],
  ...['convolutionKernel', 'recurrenceGrad'],
];

/**
 * Where numbers cancel: onnxruntime computes x·scale + (beta - mean·scale), and sums of many terms are rounded in
 * another order.
 */
const toleranceOf = (name: string): number => {
  if (name.endsWith('far from 0')) return 1e-4;
  return name.startsWith('conv2d') ? 3e-5 : 1e-5;
};

function inputsOf({ name, domains }: Case, shapes: readonly Shape[]): Record<string, Tensor> {
  const random = new Numbers(5);
  const draw = (shape: Shape, i: number): Tensor => {
    const { dtype = 'float32', ...domain } = domains[i] ?? domains.at(-1)!;
    // Indices that are known must be in range; onnxruntime's sums of integers do not wrap.
    const bounds = /take|scatter/i.test(name) ? [0, 2] : [-(2 ** 20), 2 ** 20];
    const [low, high] =
      dtype === 'int32'
        ? [Math.max(domain.low, bounds[0]!), Math.min(domain.high, bounds[1]!)]
        : [domain.low, domain.high];
    const values = Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random.uniform());
    return tensor(dtype === 'int32' ? values.map(Math.floor) : values, [...shape], dtype);
  };
  return Object.fromEntries(shapes.map((shape, i) => [`x${i}`, draw(shape, i)]));
}

/** The file, or nothing if an op is refused that is known to be. */
function exported(
  call: (given: Readonly<Record<string, Tensor>>) => Tensor,
  specs: OnnxInputs,
): Uint8Array | undefined {
  try {
    return functionToOnnx(call as never, specs);
  } catch (error) {
    expect(String(error)).toMatch(new RegExp(`the op (${REFUSED.join('|')}) in a function .* can't be exported`));
    return undefined;
  }
}

/** Their numbers; of the whole npm test has a share. */
const SOME = CASES.map((one, i) => [one.name, i] as const).filter(([, i]) => THOROUGH || i % 4 === 0);

it('an op of which more is read than ONNX has is refused', () => {
  const parameters = { kernel: ones([2, 8]), recurrentKernel: ones([2, 8]) };
  const of = (xs: Tensor): Tensor => vmap((x: Tensor) => lstm(x, parameters))(xs);
  expect(() => functionToOnnx(of, [3, 2, 4, 2])).toThrow(/^the op recurrence in .* can't be exported to ONNX/);
});

it.each(SOME)('%s', async (name, i) => {
  const one = CASES[i]!;
  const inputs = inputsOf(one, shapesOf(one));
  const names = Object.keys(inputs);
  const call = (given: Readonly<Record<string, Tensor>>): Tensor => one.call(...names.map((key) => given[key]!));
  const specs = Object.fromEntries(names.map((key) => [key, { shape: inputs[key]!.shape, dtype: inputs[key]!.dtype }]));
  const file = exported(call, specs);
  if (!file) return;
  const expected = call(inputs);
  const { y } = await run(file, inputs);
  expect(y!.shape, name).toEqual(expected.shape);
  expectClose(`${name} in onnxruntime`, y!.data, expected.data(), toleranceOf(name));
  const back = (await functionFromOnnx(file))(inputs).y!;
  expect(back.shape, name).toEqual(expected.shape);
  expectClose(`${name} read again`, back.data(), expected.data());
});
