// Reads the samples that users give to a frozen program: typed arrays, or nested arrays, whose numbers alone count.

import { check, checkIs, isRecord } from '../errors.js';
import { typedName } from '../typed.js';
import type { FrozenSpec } from './format.js';

/** Samples: a typed array, an array of numbers or of typed arrays, or a nest of such. */
export type Given = ArrayLike<number> | readonly Given[];

export type Values = Float32Array | Int32Array;

/** How deep arrays may lie in arrays. */
const MAX_DEPTH = 32;

/** The values for each of the inputs, of as many samples each. */
export function read(specs: readonly FrozenSpec[], x: unknown): { count: number; values: Values[] } {
  const named = specs[0]!.name !== undefined;
  const names = specs.map(({ name }) => name!);
  if (named) {
    const fits = isRecord(x) && Object.keys(x as object).length === names.length;
    const all = fits && names.every((name) => Object.hasOwn(x as object, name));
    checkIs(all, 'predict: x', `an object with ${names.map((name) => `'${name}'`).join(', ')} and nothing else`, x);
  }
  const values = specs.map((spec, i) => {
    const what = named ? `predict: x.${names[i]}` : 'predict: x';
    return valuesOf(what, spec, named ? (x as Readonly<Record<string, unknown>>)[names[i]!] : x);
  });
  const counts = values.map(({ length }, i) => length / sizeOf(specs[i]!));
  check(
    counts.every((count) => count === counts[0]),
    () => `predict: the inputs have ${counts.join(', ')} samples, and must have as many each`,
  );
  return { count: counts[0]!, values };
}

const sizeOf = ({ shape }: FrozenSpec): number => shape.reduce((size, n) => size * n, 1);

function valuesOf(what: string, spec: FrozenSpec, given: unknown): Values {
  const ints = spec.dtype === 'int32';
  const flat = numbersOf(what, given);
  const size = sizeOf(spec);
  check(flat.length > 0 && flat.length % size === 0, () => {
    return `${what} has ${flat.length} numbers; a sample has ${size}, the shape [${spec.shape.join(', ')}]`;
  });
  if (!ints) return flat instanceof Float32Array ? flat : Float32Array.from(flat);
  if (flat instanceof Int32Array) return flat;
  const wrong = Array.prototype.findIndex.call(flat, (value) => (value | 0) !== value);
  check(wrong < 0, () => `${what} must hold whole numbers, int32, got ${flat[wrong]}`);
  return Int32Array.from(flat);
}

function numbersOf(what: string, given: unknown): ArrayLike<number> {
  if (isNumbers(given)) return given;
  const numbers: number[] = [];
  flatten(what, given, numbers, MAX_DEPTH);
  return numbers;
}

/** Whether it is a typed array of numbers. */
function isNumbers(given: unknown): given is ArrayLike<number> {
  const name = typedName(given);
  return name !== undefined && !name.startsWith('Big');
}

function flatten(what: string, given: unknown, to: number[], depth: number): void {
  checkIs(Array.isArray(given) && depth > 0, what, 'a typed array or nested arrays of numbers', given);
  for (const one of given) {
    if (typeof one === 'number') to.push(one);
    else if (isNumbers(one)) for (let i = 0; i < one.length; i++) to.push(one[i]!);
    else flatten(what, one, to, depth - 1);
  }
}
