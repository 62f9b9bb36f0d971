// exportOnnx and functionToOnnx: models and functions of tensors as ONNX files.

import { check, checkFunction, checkIs, isRecord } from '../../errors.js';
import { encodeMessage } from '../../files/protobuf.js';
import { byName } from '../../model/ends.js';
import { Model } from '../../model/model.js';
import type { Network } from '../../model/network.js';
import { options, type Rules, text } from '../../options.js';
import { inTrace } from '../../scope.js';
import { type DType, dtypeOf, inputOf, Tensor } from '../../tensor.js';
import { VERSION } from '../../version.js';
import { type GivenValueInfo, IR_VERSION, MODEL, OPSET } from '../schema.js';
import { type ParameterOf, type Trace, written } from './graph.js';
import { sizeOf, trials, type Unknown } from './sizes.js';
import { nodesOf, TYPE_OF, tensorsOf } from './writer.js';

/** A dimension: its length, or the name of one that is not known, such as 'batch'. */
export type Dimension = number | string;

/** An input of a function that is exported: a shape, or that with the type of its elements, 'float32' by default. */
export type OnnxInput =
  | readonly Dimension[]
  | { readonly shape: readonly Dimension[]; readonly dtype?: DType | undefined };

/** What a function that is exported takes: one tensor, or an object of several by name. */
export type OnnxInputs = OnnxInput | { readonly [name: string]: OnnxInput };

/** What the function gets for its inputs. */
export type OnnxInputOf<S> = S extends OnnxInput ? Tensor : { readonly [K in keyof S]: Tensor };

/** Options of `exportOnnx`. */
export interface ExportOnnxOptions {
  /**
   * How many samples the file computes at once: a number, or the name of a dimension of any length; default 'batch'.
   */
  readonly batch?: Dimension | undefined;
  /** The name of the graph in the file; default 'model'. */
  readonly name?: string | undefined;
}

/** Options of `functionToOnnx`. */
export interface FunctionToOnnxOptions {
  /** The name of the graph in the file; default 'function'. */
  readonly name?: string | undefined;
}

const exportOptions = options({
  batch: (given: unknown = 'batch', what) => {
    checkDimension(what, given);
    return given;
  },
  name: text('model'),
} satisfies Rules<ExportOnnxOptions>);

const functionOptions = options({ name: text('function') } satisfies Rules<FunctionToOnnxOptions>);

function checkDimension(what: string, given: unknown): asserts given is Dimension {
  const fits = typeof given === 'string' ? given !== '' : Number.isSafeInteger(given) && (given as number) >= 1;
  checkIs(fits, what, 'a whole number of at least 1, or a name', given);
}

/** An input, read. */
interface Input {
  readonly name: string;
  readonly shape: readonly Dimension[];
  readonly dtype: DType;
}

/**
 * Makes an ONNX file of a model, as it predicts, for onnxruntime and other tools. Parameters keep their names; inputs
 * and outputs of several have theirs, one alone is called 'x' and 'y'. Convolutions get their channels in front, as
 * ONNX has them; inputs and outputs stay as they are. Operators are those of version 17 (ONNX 1.12).
 *
 * @returns the bytes of the file
 * @throws WasmgradError that names the op and its layer, if one can't be exported
 *
 * @example
 * await writeFile('digits.onnx', exportOnnx(net));
 */
export function exportOnnx<In, Out>(model: Model<In, Out>, options?: ExportOnnxOptions): Uint8Array {
  const { batch, name } = exportOptions('exportOnnx', options);
  checkIs(model instanceof Model, 'exportOnnx: the model', 'a model', model);
  return model.look('exportOnnx', ({ network }) => {
    const { inputs: ends, outputs } = network.definition;
    const names = ends.names ?? ['x'];
    const inputs = ends.specs.map(({ shape, dtype }, i) => ({ name: names[i]!, shape: [batch, ...shape], dtype }));
    const traced = (tensors: readonly Tensor[]): readonly Tensor[] => network.run(tensors, { training: false }).outputs;
    return fileOf('exportOnnx', name, inputs, tracesOf(inputs, traced), outputs.names ?? ['y'], parametersOf(network));
  });
}

/** The variables of a network and those inside of it. */
function parametersOf(network: Network): ParameterOf {
  const names = new Map(network.variables.map(({ tensor, name }) => [tensor, name]));
  return (t) => {
    const name = names.get(t);
    return name === undefined ? undefined : { name, data: network.view(t).slice() };
  };
}

/**
 * Makes an ONNX file of a function of tensors, such as `(x) => net.apply(parameters, x)`. What it uses from outside is
 * stored as constants.
 *
 * @param f      takes a tensor and returns one; or objects of tensors by name. Alone they are called 'x' and 'y'
 * @param inputs the shape of its input, ['n', 8]: a name is a dimension of any length; or { shape, dtype }, or an
 *   object of these by name
 * @returns the bytes of the file
 * @throws WasmgradError that names the op, if one can't be exported
 *
 * @example
 * functionToOnnx(({ a, b }) => a.matMul(b).softmax(), { a: ['n', 8], b: [8, 4] });
 */
export function functionToOnnx<const S extends OnnxInputs>(
  f: (inputs: OnnxInputOf<S>) => Tensor | { readonly [name: string]: Tensor },
  inputs: S,
  options?: FunctionToOnnxOptions,
): Uint8Array {
  const { name } = functionOptions('functionToOnnx', options);
  checkFunction('functionToOnnx: the function', f);
  const { names, specs } = readInputs(inputs);
  let outputNames: readonly string[] | undefined;
  const traced = (tensors: readonly Tensor[]): readonly Tensor[] => {
    const given = byName({ names, specs: [] }, tensors);
    const result: unknown = inTrace('a function for ONNX', () => f(given as never));
    const outputs = result instanceof Tensor ? { y: result } : result;
    checkIs(
      isRecord(outputs),
      'functionToOnnx: what the function returns',
      'a tensor, or an object of tensors',
      result,
    );
    outputNames = Object.keys(outputs as object);
    check(outputNames.length > 0, () => 'functionToOnnx: the function returned no output');
    return Object.entries(outputs as object).map(([key, value]) => {
      checkIs(value instanceof Tensor, `functionToOnnx: the output ${key}`, 'a tensor', value);
      return value;
    });
  };
  const read = specs.map((spec, i) => ({ name: names?.[i] ?? 'x', ...spec }));
  const traces = tracesOf(read, traced);
  return fileOf('functionToOnnx', name, read, traces, outputNames!, () => undefined);
}

const isSpec = (value: unknown): value is { shape: readonly Dimension[]; dtype?: DType } =>
  isRecord(value) && Array.isArray((value as { shape?: unknown }).shape);

/** What `functionToOnnx` was given as inputs, checked. */
function readInputs(given: OnnxInputs): { names: readonly string[] | undefined; specs: Omit<Input, 'name'>[] } {
  const read = (what: string, input: unknown): Omit<Input, 'name'> => {
    const { shape, dtype } = isSpec(input) ? input : { shape: input, dtype: undefined };
    checkIs(Array.isArray(shape), what, 'a shape such as ["n", 8], or { shape, dtype }', input);
    shape.forEach((d, i) => {
      if (d !== 0) checkDimension(`${what}: dimension ${i}`, d);
    });
    return { shape: [...shape], dtype: dtypeOf(what, dtype) };
  };
  if (Array.isArray(given) || isSpec(given))
    return { names: undefined, specs: [read('functionToOnnx: inputs', given)] };
  checkIs(isRecord(given), 'functionToOnnx: inputs', 'a shape, { shape, dtype }, or an object of these by name', given);
  const names = Object.keys(given);
  check(names.length > 0, () => 'functionToOnnx: there is no input');
  return {
    names,
    specs: names.map((name) => read(`functionToOnnx: input ${name}`, (given as Record<string, unknown>)[name])),
  };
}

/** The traces of a function for several sizes in place of those that are not known. */
interface Traced {
  readonly traces: readonly Trace[];
  readonly tried: readonly (readonly number[])[];
  readonly unknown: readonly Unknown[];
}

function tracesOf(inputs: readonly Input[], run: (tensors: readonly Tensor[]) => readonly Tensor[]): Traced {
  const unknown = new Map<string, Unknown>();
  for (const { name, shape } of inputs) {
    shape.forEach((d, axis) => {
      if (typeof d === 'string' && !unknown.has(d)) unknown.set(d, { name: d, input: name, axis });
    });
  }
  const names = [...unknown.keys()];
  const tried = trials(names.length);
  const traces = tried.map((sizes) => {
    const lengthOf = (d: Dimension): number => (typeof d === 'string' ? sizes[names.indexOf(d)]! : d);
    const placeholders = inputs.map(({ name, shape, dtype }) => inputOf(name, shape.map(lengthOf), dtype));
    return { inputs: placeholders, outputs: run(placeholders) };
  });
  return { traces, tried, unknown: [...unknown.values()] };
}

function fileOf(
  where: string,
  name: string,
  inputs: readonly Input[],
  { traces, tried, unknown }: Traced,
  outputs: readonly string[],
  parameterOf: ParameterOf,
): Uint8Array {
  const both = outputs.find((output) => inputs.some((input) => input.name === output));
  check(both === undefined, () => `${where}: an input and an output are called '${both}', which ONNX does not allow`);
  const named = { inputs: inputs.map((input) => input.name), outputs };
  const writer = written(where, traces, tried, unknown, named, parameterOf);
  const ends = outputs.map((output, i) => {
    const results = traces.map((trace) => trace.outputs[i]!);
    const shape = results[0]!.shape.map((d, axis) => dimensionOf(results, axis, tried, unknown) ?? d);
    return valueInfo({ name: output, shape, dtype: results[0]!.dtype });
  });
  return encodeMessage(MODEL, {
    irVersion: IR_VERSION,
    producerName: 'wasmgrad',
    producerVersion: VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name,
      node: nodesOf(writer.nodes),
      initializer: tensorsOf(writer.initializers),
      input: inputs.map(valueInfo),
      output: ends,
    },
  });
}

/**
 * The name of a dimension of an output that is not known, which is a new one if it is not that of an input; else
 * undefined.
 */
function dimensionOf(
  results: readonly Tensor[],
  axis: number,
  tried: Traced['tried'],
  unknown: readonly Unknown[],
): string | undefined {
  const lengths = results.map(({ shape }) => shape[axis]!);
  if (lengths.every((d) => d === lengths[0])) return undefined;
  const size = sizeOf(lengths, tried);
  const only = unknown.find((_, i) => size?.base === 0 && size.by.every((factor, k) => factor === +(k === i)));
  if (only) return only.name;
  const terms = unknown.flatMap(({ name }, i) => (size?.by[i] ? [`${size.by[i]}*${name}`] : []));
  return [...terms, ...(size?.base ? [size.base] : [])].join(' + ');
}

function valueInfo({ name, shape, dtype }: Input): GivenValueInfo {
  const dim = shape.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: TYPE_OF[dtype], shape: { dim } } } };
}
