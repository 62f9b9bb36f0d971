// Programs of any ops mapped over a batch by vmap, against a loop over the examples: values and gradients.

import { grad, vmap } from '../../bindings/index.js';
import { slice, stack } from '../../bindings/ops.js';
import { inputOf, type Tensor, type TensorData } from '../../bindings/tensor.js';
import { Choices } from './choices.js';
import { nearReference } from './compare.js';
import { functionOf, lossOf } from './graphs.js';
import { type Leaf, valuesOf } from './leaves.js';
import { isFloat, leavesOf, type Recipe, recipeText } from './recipe.js';
import { js, js64, runProgram, wasm } from './runners.js';

export interface BatchCase {
  readonly recipe: Recipe;
  /** Which leaves have a batch axis, and where; where the results have theirs. */
  readonly numbers: readonly number[];
  readonly gradient: boolean;
}

/** The most elements of all leaves together: the loop makes a graph for each example. */
const MAX_LEAVES = 4000;

/** How many examples there are, and the batch axis of every leaf, null for none; at least one has one. */
interface Batch {
  readonly size: number;
  readonly inAxes: readonly (number | null)[];
}

function batchOf({ recipe, numbers }: BatchCase): Batch {
  const choices = new Choices(numbers);
  const size = choices.of([2, 3, 1]);
  const inAxes = leavesOf(recipe).map(({ shape }, i) => {
    const isMapped = i === 0 || choices.below(3) > 0;
    return isMapped ? choices.below(shape.length + 1) : null;
  });
  return { size, inAxes };
}

/** A leaf with a batch axis. */
const batched = (leaf: Leaf, axis: number | null, size: number): Leaf =>
  axis === null ? leaf : { ...leaf, shape: leaf.shape.toSpliced(axis, 0, size) };

const example = (t: Tensor, axis: number | null, k: number): Tensor =>
  axis === null ? t : slice(t, [...new Array<null>(axis).fill(null), k]);

/** What the recipe gives for one example: its outputs, or with `gradient` those by its float32 leaves. */
function resultsOf(recipe: Recipe, leaves: readonly Tensor[], gradient: boolean): Tensor[] {
  const f = functionOf(recipe, leaves);
  const floats = leaves.filter(isFloat);
  const outputs = f(floats);
  if (!gradient || !lossOf(outputs)) return outputs;
  return grad((xs: Tensor[]) => lossOf(f(xs))!)(floats) as Tensor[];
}

/** Of the batch, the gradient by all float32 leaves of what `results` makes. */
function gradientsOf(inputs: readonly Tensor[], results: (inputs: Tensor[]) => Tensor[]): Tensor[] {
  const floats = inputs.filter(isFloat);
  const whole = (xs: readonly Tensor[]): Tensor[] => {
    const next = xs.values();
    return results(inputs.map((t) => (isFloat(t) ? (next.next().value as Tensor) : t)));
  };
  if (!lossOf(whole(floats))) return [];
  return grad((xs: Tensor[]) => lossOf(whole(xs))!)(floats) as Tensor[];
}

/** Throws a Difference if what vmap gives is not what the loop gives. */
export function checkBatch(value: BatchCase): void {
  const { recipe, gradient } = value;
  const { size, inAxes } = batchOf(value);
  const leaves = leavesOf(recipe).map((leaf, i) => batched(leaf, inAxes[i]!, size));
  const inputs = leaves.map(({ shape, dtype }) => inputOf('x', shape, dtype));
  if (inputs.reduce((sum, t) => sum + t.size, 0) > MAX_LEAVES) return;
  const one = (...xs: Tensor[]) => resultsOf(recipe, xs, gradient);
  const inBatch = (xs: Tensor[]) => vmap(one as (...xs: Tensor[]) => Tensor[], { inAxes })(...xs);
  const looped = (xs: Tensor[]) => {
    const all = Array.from({ length: size }, (_, k) => one(...xs.map((t, i) => example(t, inAxes[i]!, k))));
    return all[0]!.map((_, output) => stack(all.map((results) => results[output]!)));
  };
  const feeds = new Map(inputs.map((t, i): [Tensor, TensorData] => [t, valuesOf(leaves[i]!)]));
  const compare = (what: string, actual: readonly Tensor[], expected: readonly Tensor[]) =>
    nearReference(what, runProgram(wasm, actual, feeds), expected, feeds, js);
  compare('vmap', inBatch(inputs), looped(inputs));
  // What is the same for all examples has one gradient, of the sum of theirs: ∞·(a + b) in place of ∞·a + ∞·b.
  const gradients = gradientsOf(inputs, looped);
  const finite = runProgram(js64, gradients, feeds).every((values) => values.every(Number.isFinite));
  if (finite) compare('the gradient of vmap', gradientsOf(inputs, inBatch), gradients);
}

export function batchText(value: BatchCase): string {
  const { size, inAxes } = batchOf(value);
  const what = value.gradient ? 'and its gradients, ' : '';
  return `${recipeText(value.recipe)}\n// ${what}mapped over ${size} examples along the axes ${JSON.stringify(inAxes)} of the leaves`;
}
