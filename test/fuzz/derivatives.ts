// First and second derivatives against central differences in float64, along random directions.

import { grad, jvp } from '../../bindings/index.js';
import { Program } from '../../bindings/program.js';
import type { Tensor } from '../../bindings/tensor.js';
import { isPlain } from '../../bindings/tree.js';
import { Difference } from './compare.js';
import { functionOf, lossOf, weights } from './graphs.js';
import { type Leaf, valuesOf } from './leaves.js';
import { type Call, isFloat, leavesOf, placeholder, type Recipe } from './recipe.js';
import { js64 } from './runners.js';

/** How far from the point, to both sides, values are taken. */
const H = 2 ** -13;
/** Steeper functions bend too much for a difference. */
const STEEP = 1e6;

/** Whether a call cuts gradients on purpose, as that of an embedding by its padding row: differences do not. */
const isCut = ({ name, args }: Call): boolean =>
  name === 'stopGradient' || args.some((arg) => isPlain(arg) && 'paddingIndex' in arg);

const cuts = ({ items }: Recipe): boolean => items.some((item) => 'call' in item && isCut(item.call));

/** Whether two leaves have the same values: then differences of them are 0, where many functions have a kink. */
function isRepeated(leaves: readonly Leaf[]): boolean {
  const floats = leaves.filter(({ dtype }) => dtype === 'float32');
  return new Set(floats.map(({ seed }) => seed)).size < floats.length;
}

const dot = (tensors: readonly Tensor[], others: readonly Tensor[]): Tensor =>
  tensors.map((t, i) => t.mul(others[i]!).sum()).reduce((sum, term) => sum.add(term));

const sizes = (tensors: readonly Tensor[], others: readonly Tensor[]): Tensor =>
  dot(
    tensors.map((t) => t.abs()),
    others.map((t) => t.abs()),
  );

/** Of a function f at x along u and v: f, f'v, f''uv, f'v by jvp, and how large the terms of f'v and f''uv are. */
function derivativesOf(f: (xs: Tensor[]) => Tensor, xs: Tensor[], u: Tensor[], v: Tensor[]): Tensor[] {
  const first = (at: Tensor[]): Tensor[] => grad(f)(at) as Tensor[];
  const second = grad((at: Tensor[]) => dot(first(at), v))(xs) as Tensor[];
  const gradient = first(xs);
  const { tangent: forward } = jvp(f, xs, v);
  return [f(xs), dot(gradient, v), dot(second, u), forward, sizes(gradient, v), sizes(second, u)];
}

/** The slope between two points at equal distances from 0, and how far those to both sides of 0 differ. */
function differences(f: (t: number) => number, at: number, distance: number): { slope: number; bend: number } {
  const [right, left] = [f(distance), f(-distance)];
  return { slope: (right - left) / (2 * distance), bend: (right + left - 2 * at) / distance };
}

/**
 * A derivative from values of a function of a number, and how wrong it may be; undefined near a jump, or where the
 * function is too crooked. Kinks, as where `max` chooses between two that are hardly apart, show in slopes that change
 * with the distance, and a kink at 0 itself in a bend that does not shrink with it.
 */
function slopeOf(f: (t: number) => number, size: number): { slope: number; error: number } | undefined {
  const at = f(0);
  const all = [H, H / 2, H / 4, H / 8].map((distance) => differences(f, at, distance));
  const slopes = all.map(({ slope }) => slope);
  const [, , near, nearest] = all as [unknown, unknown, (typeof all)[0], (typeof all)[0]];
  const scale = Math.abs(nearest.slope) + size;
  const change = Math.max(...slopes) - Math.min(...slopes);
  const kink = Math.abs(2 * nearest.bend - near.bend);
  if (!(change <= 1e-4 * scale + 1e-8) || !(scale < STEEP)) return undefined;
  const rounding = (8e-14 * (Math.abs(at) + Math.abs(change * H))) / H;
  return { slope: nearest.slope, error: 1e-5 * scale + 4 * change + kink + 1e-7 + rounding };
}

function compare(what: string, value: number, f: (t: number) => number, size: number): void {
  const found = slopeOf(f, size);
  if (!found || Math.abs(value - found.slope) <= found.error) return;
  throw new Difference(`${what} is ${value}, by differences ${found.slope}`);
}

/** Throws a Difference if a derivative is not what differences say. */
export function checkDerivatives(recipe: Recipe): void {
  const leaves = leavesOf(recipe);
  const inputs = leaves.map(placeholder);
  const floats = inputs.filter(isFloat);
  const f = functionOf(recipe, inputs);
  if (cuts(recipe) || isRepeated(leaves) || !f(floats).some(isFloat)) return;
  const [u, v] = [3, 7].map((seed) => floats.map((t, i) => weights(t, seed + i))) as [Tensor[], Tensor[]];
  const outputs = derivativesOf((xs) => lossOf(f(xs))!, floats, u, v);
  const program = new Program(js64, { outputs, effects: [] }, { inputs });
  const valuesAt = (t: number, directions: readonly Tensor[]): number[] => {
    const next = directions.values();
    for (const [i, input] of inputs.entries()) {
      const data = valuesOf(leaves[i]!);
      const along = isFloat(input) ? next.next().value!.known! : undefined;
      program.write(input, along ? Float64Array.from(data, (x, k) => x + t * along[k]!) : data);
    }
    program.run(1);
    return outputs.map((output) => program.scalar(output));
  };
  try {
    const [, first, second, forward, firstSize, secondSize] = valuesAt(0, v) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    if (Math.abs(first - forward) > 1e-9 * (firstSize + 1)) {
      throw new Difference(`jvp gives ${forward}, grad gives ${first}`);
    }
    compare('the first derivative', first, (t) => valuesAt(t, v)[0]!, firstSize);
    compare('the second derivative', second, (t) => valuesAt(t, u)[1]!, secondSize);
  } finally {
    program.dispose();
  }
}
