// Functions of users at many points at once, with their derivatives. Not here: what is drawn of them (figures/).

import { check } from '../errors.js';
import { constantOf, Tensor } from '../tensor.js';
import { grad } from '../transforms/autodiff.js';
import { vmap } from '../transforms/vmap.js';
import { buildTree, type Form, flattenTree, type Leaf, leafTensor } from '../tree.js';

type AnyFunction = (...args: never[]) => Tensor;

/** A point, taken apart: its numbers, their names, and what makes a point of numbers again. */
export interface PointForm {
  readonly names: readonly string[];
  readonly numbersOf: (point: unknown) => number[];
  /** Points as one argument of a function that `vmap` made: a tree whose leaves have an axis more. */
  readonly batchOf: (points: readonly (readonly number[])[]) => unknown;
}

/** The form of a point as `minimize` takes it: a number, a tensor, or a nest of them. */
export function formOf(where: string, point: unknown): PointForm {
  const leaves: Leaf[] = [];
  const form = flattenTree(`${where}: a point`, point, leaves);
  const shapes = leaves.map((leaf) => leafTensor(leaf).shape);
  const names = leaves.flatMap((leaf, i) => {
    const name = nameOf(form, i);
    const { size } = leafTensor(leaf);
    return leaf instanceof Tensor && leaf.shape.length === 0 ? [name] : size === 1 ? [name] : numbered(name, size);
  });
  return {
    names: names.length > 1 && new Set(names).size === 1 ? numbered('x', names.length) : names,
    numbersOf: (at) => {
      const given: Leaf[] = [];
      flattenTree(`${where}: a point`, at, given);
      return given.flatMap((leaf) => [...leafTensor(leaf).values()]);
    },
    batchOf: (points) => {
      let from = 0;
      const tensors = shapes.map((shape) => {
        const size = shape.reduce((product, n) => product * n, 1);
        const start = from;
        from += size;
        const values = Float32Array.from(points.flatMap((row) => row.slice(start, start + size)));
        return constantOf(values, [points.length, ...shape]);
      });
      return buildTree(form, tensors.values());
    },
  };
}

const DIGITS = '₀₁₂₃₄₅₆₇₈₉';

/** x₁, x₂ … */
const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => name + [...String(i + 1)].map((digit) => DIGITS[Number(digit)]).join(''));

/** The key of a leaf in its object; 'x' in an array, and of a point that is one leaf. */
function nameOf(form: Form, leaf: number): string {
  if (form?.keys?.every((_, i) => form.parts[i] === null)) return form.keys[leaf]!;
  return 'x';
}

/** The values of a function of such points. */
export function valuesAt(
  where: string,
  f: unknown,
  form: PointForm,
  points: readonly (readonly number[])[],
): ArrayLike<number> {
  return numbers(where, vmap(f as AnyFunction)(form.batchOf(points) as never), points.length);
}

/** The derivatives of a function of one variable. */
export function slopesAt(
  where: string,
  f: unknown,
  form: PointForm,
  points: readonly (readonly number[])[],
): ArrayLike<number> {
  const slopes = (vmap(grad(f as never) as unknown as AnyFunction) as (x: unknown) => unknown)(form.batchOf(points));
  const leaves: Leaf[] = [];
  flattenTree(where, slopes, leaves);
  return numbers(where, leaves[0], points.length);
}

/** The values of a function of two scalars. */
export function valuesOf(where: string, f: unknown, points: readonly (readonly [number, number])[]): ArrayLike<number> {
  const columns = [0, 1].map((k) =>
    constantOf(
      Float32Array.from(points, (point) => point[k]!),
      [points.length],
    ),
  );
  return numbers(where, vmap(f as AnyFunction)(...(columns as never[])), points.length);
}

function numbers(where: string, result: unknown, count: number): ArrayLike<number> {
  const fits = result instanceof Tensor && result.size === count;
  check(
    fits,
    () => `${where}: the function must return a scalar tensor of each point, got ${String(result)} for ${count} points`,
  );
  return (result as Tensor).values();
}

/** `count` numbers from low to high. */
export const spaced = ([low, high]: readonly [number, number], count: number): number[] =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
