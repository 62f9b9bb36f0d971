// functionFromOnnx: a function of tensors from an ONNX file. Not here: models (model.ts).

import { check, checkIs, isRecord } from '../../errors.js';
import { type FileSource, readFile } from '../../files/source.js';
import { number, options, type Rules, rule } from '../../options.js';
import { runner } from '../../run/runtime.js';
import { constantOf, Tensor } from '../../tensor.js';
import type { Elements } from '../elements.js';
import { type OnnxEnd, type OnnxGraph, readGraph } from './file.js';
import { runGraph } from './run.js';

/** Options of `functionFromOnnx`. */
export interface FunctionFromOnnxOptions {
  /**
   * The names of the tensors that it gives, if these are not the outputs of the file: what they do not need is left
   * out.
   */
  readonly outputs?: readonly string[] | undefined;
  /** How large the file may be, in bytes; default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

const outputsRule = rule<readonly string[], undefined>(undefined, (what, given) => {
  const fits =
    Array.isArray(given) && given.length > 0 && given.every((name) => typeof name === 'string' && name !== '');
  checkIs(fits, what, 'an array of names', given);
});

/** How the options of both imports are read. */
export const fileRules = { outputs: outputsRule, maxBytes: number(256 * 2 ** 20, 0, Number.POSITIVE_INFINITY) };

const functionOptions = options(fileRules satisfies Rules<FunctionFromOnnxOptions>);

/** A function that was read from a file. */
export interface OnnxFunction {
  /** The outputs by name, of the inputs by name. It can be used in `jit`, `grad` and the like. */
  (inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor>;
  /** What it takes. */
  readonly inputs: readonly OnnxEnd[];
  /** The names of what it gives. */
  readonly outputs: readonly string[];
}

/**
 * Makes a function of tensors of an ONNX file. Its weights are constants; `importOnnx` makes a model, which can be
 * trained. Real numbers of all kinds are float32 here, whole ones int32, and truth values float32, 0 or 1.
 *
 * @param from a path, bytes, a Response, a Blob or a place
 * @returns a function that takes and returns objects of tensors by the names in the file
 * @throws FileError if the file is damaged, or has an op that is not supported, which it names
 */
export async function functionFromOnnx(from: FileSource, options?: FunctionFromOnnxOptions): Promise<OnnxFunction> {
  const { outputs, maxBytes } = functionOptions('functionFromOnnx', options);
  runner(); // throws before init()
  const { what, bytes } = await readFile('functionFromOnnx', from, maxBytes);
  const graph = readGraph(what, bytes, outputs);
  const constants = constantsOf(graph);
  const run = (given: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
    checkIs(isRecord(given), `${what}: the inputs`, 'an object of tensors by name', given);
    const values = new Map(constants);
    for (const end of graph.inputs) values.set(end.name, inputFor(what, end, given[end.name]));
    const results = runGraph(graph, values, { opset: graph.opset });
    return Object.fromEntries(graph.outputs.map((name, i) => [name, results[i]!]));
  };
  return Object.assign(run, { inputs: graph.inputs, outputs: graph.outputs });
}

/** The arrays of a file as constants. */
export const constantsOf = ({ initializers }: OnnxGraph): Map<string, Tensor> =>
  new Map([...initializers].map(([name, elements]) => [name, constantFor(elements)]));

const constantFor = ({ data, shape }: Elements): Tensor =>
  constantOf(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32');

function inputFor(what: string, { name, dtype, shape }: OnnxEnd, given: unknown): Tensor {
  checkIs(given instanceof Tensor, `${what}: the input ${name}`, 'a tensor', given);
  const fits =
    given.dtype === dtype &&
    (!shape ||
      (shape.length === given.shape.length && shape.every((d, i) => typeof d !== 'number' || d === given.shape[i])));
  check(
    fits,
    () => `${what}: the input ${name} must be ${dtype}${shape ? `[${shape.map((d) => d ?? '?')}]` : ''}, got ${given}`,
  );
  return given;
}
