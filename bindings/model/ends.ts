// The inputs and the outputs of a model: one, or several by name. Not here: their values (data.ts).

import { check, checkIs, isObject, isRecord } from '../errors.js';
import { checkName, type TensorSpec } from '../layers/layer.js';
import type { Bounded } from '../ops/movement.js';
import { checkShape, type Shape, shapeText, sizeOf } from '../shape.js';
import { type DType, dtypeOf, inputOf, Tensor } from '../tensor.js';

/** An input of a model: the shape of one sample, or that with the type of its elements, 'float32' by default. */
export type InputSpec = Shape | { readonly shape: Shape; readonly dtype?: DType | undefined };

/** What a model takes: one input, or several by name. */
export type InputSpecs = InputSpec | { readonly [name: string]: InputSpec };

/** What the function of a model gets for its inputs, and `apply` takes: a tensor, or several by name. */
export type InputOf<S> = S extends InputSpec ? Tensor : { readonly [K in keyof S]: Tensor };

/** One tensor, or several by name. */
export type Ends = Tensor | { readonly [name: string]: Tensor };

/** The inputs or outputs of a model. */
export interface EndSpecs {
  /** Their names; undefined if there is just one, without a name. */
  readonly names: readonly string[] | undefined;
  readonly specs: readonly (TensorSpec & Bounded)[];
}

/** What stands for `count` samples of each of the ends. */
export const placeholders = ({ specs }: EndSpecs, count: number): Tensor[] =>
  specs.map((spec) => inputOf('x', [count, ...spec.shape], spec.dtype, spec));

/** Values, one for each of the ends, in the form that users see: alone, or by name. */
export function byName<T>({ names }: EndSpecs, values: readonly T[]): T | Readonly<Record<string, T>> {
  return names ? Object.fromEntries(names.map((name, i) => [name, values[i]!])) : values[0]!;
}

/** What errors call each of the ends: 'x', or 'x.image'. */
export const endNames = (what: string, { names }: EndSpecs): string[] =>
  names ? names.map((name) => `${what}.${name}`) : [what];

/**
 * The values for each of the ends, of what a user passed: an object with their names if there are several.
 *
 * @throws if a name is missing or unknown
 */
export function valuesOf(what: string, { names }: EndSpecs, given: unknown): unknown[] {
  if (!names) return [given];
  const object = isRecord(given) && !(given instanceof Tensor);
  const expected = `an object with ${names.map((name) => `'${name}'`).join(', ')}`;
  checkIs(object, what, expected, given);
  const known = Object.keys(given as object);
  check(known.length === names.length && names.every((name) => known.includes(name)), () => {
    return `${what} must be ${expected}, got one with ${known.map((name) => `'${name}'`).join(', ') || 'nothing'}`;
  });
  return names.map((name) => (given as Readonly<Record<string, unknown>>)[name]);
}

const isSpec = (value: unknown): value is { shape: Shape; dtype?: DType } =>
  isObject(value) && 'shape' in value && Array.isArray(value.shape);

/** What `model` was given as inputs, checked. */
export function readInputs(where: string, inputs: InputSpecs): EndSpecs {
  if (!isObject(inputs) || Array.isArray(inputs) || isSpec(inputs)) return oneInput(where, inputs);
  const names = Object.keys(inputs);
  check(names.length > 0, () => `${where}: there is no input`);
  for (const name of names) checkName(`${where}: the name of an input`, name);
  const specs = names.map((name) => readSpec(`${where}: input ${name}`, (inputs as Record<string, InputSpec>)[name]!));
  return { names, specs };
}

/** The one input of a chain, checked. */
export const oneInput = (where: string, input: InputSpec): EndSpecs => ({
  names: undefined,
  specs: [readSpec(where, input)],
});

function readSpec(where: string, input: InputSpec): TensorSpec {
  const { shape, dtype } = isSpec(input) ? input : { shape: input, dtype: undefined };
  checkShape(where, shape);
  check(sizeOf(shape) > 0, () => `${where}: the input shape ${shapeText(shape)} has no elements`);
  return { shape: Object.freeze([...shape]), dtype: dtypeOf(where, dtype) };
}

/**
 * The tensors that a model's function returned, one for each output; throws unless each has a row for each of `batch`
 * samples.
 */
export function readOutputs(
  where: string,
  output: unknown,
  batch: number,
): { names: EndSpecs['names']; tensors: Tensor[] } {
  check(!(output instanceof Promise), () => `${where}: the function of a model must not be async`);
  const alone = output instanceof Tensor;
  const object = alone || isRecord(output);
  checkIs(object, `${where}: what the function returns`, 'a tensor, or an object of tensors', output);
  const names = alone ? undefined : Object.keys(output as object);
  check(names?.length !== 0, () => `${where}: the function returned no output`);
  const tensors = names ? names.map((name) => (output as Record<string, unknown>)[name]) : [output];
  tensors.forEach((t, i) => void checkOutput(names ? `the output ${names[i]}` : 'the output', t, batch));
  return { names, tensors: tensors as Tensor[] };
}

function checkOutput(what: string, t: unknown, batch: number): void {
  checkIs(t instanceof Tensor, what, 'a tensor', t);
  const rows = t.dtype === 'float32' && t.shape[0] === batch && t.size > 0;
  check(rows, () => {
    return `${what} is ${t} for ${batch} samples: an output is float32 and has a row for each sample; for a loss use penalty()`;
  });
}
