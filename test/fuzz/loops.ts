// Programs of any ops as what a scan repeats, against the same written out: values and gradients.

import { grad, scan } from '../../bindings/index.js';
import { slice, stack } from '../../bindings/ops.js';
import { constantOf, inputOf, type Tensor, type TensorData } from '../../bindings/tensor.js';
import { Choices } from './choices.js';
import { nearReference } from './compare.js';
import { functionOf, lossOf } from './graphs.js';
import { type Leaf, valuesOf } from './leaves.js';
import { isFloat, leavesOf, type Recipe, recipeText } from './recipe.js';
import { js, js64, runProgram, wasm } from './runners.js';

export interface LoopCase {
  readonly recipe: Recipe;
  /** How many turns there are, in which direction, and which leaves are rows of xs; the others come from outside. */
  readonly numbers: readonly number[];
  readonly gradient: boolean;
}

/** The most elements of all leaves together. */
const MAX_LEAVES = 4000;

function loopOf({ recipe, numbers }: LoopCase) {
  const choices = new Choices(numbers);
  const length = choices.of([3, 2, 1]);
  const reverse = choices.below(2) > 0;
  return { length, reverse, isX: leavesOf(recipe).map((_, i) => i === 0 || choices.below(3) > 0) };
}

/** Throws a Difference if a scan is not what its turns are. */
export function checkLoop(value: LoopCase): void {
  const { recipe } = value;
  const { length, reverse, isX } = loopOf(value);
  const leaves = leavesOf(recipe).map((leaf, i): Leaf => (isX[i] ? { ...leaf, shape: [length, ...leaf.shape] } : leaf));
  const inputs = leaves.map(({ shape, dtype }) => inputOf('x', shape, dtype));
  if (inputs.reduce((sum, t) => sum + t.size, 0) > MAX_LEAVES) return;

  /** One turn: the carry is half of what it was, and the loss of what the recipe gives. */
  const turn = (carry: Tensor, given: readonly Tensor[]): [Tensor, Tensor[]] => {
    const outputs = functionOf(recipe, given)(given.filter(isFloat));
    const loss = lossOf(outputs);
    return [loss ? carry.mul(0.5).add(loss) : carry, outputs];
  };
  const looped = (all: readonly Tensor[]): Tensor[] => {
    const row = (xs: readonly Tensor[]) => {
      const next = xs.values();
      return all.map((t, i) => (isX[i] ? (next.next().value as Tensor) : t));
    };
    const xs = all.filter((_, i) => isX[i]);
    const { carry, ys } = scan((c, x: Tensor[]) => turn(c, row(x)), 1, xs, { reverse });
    return [carry, ...ys];
  };
  const written = (all: readonly Tensor[]): Tensor[] => {
    const rows: Tensor[][] = [];
    let carry: Tensor = constantOf(Float32Array.of(1), []);
    for (let k = 0; k < length; k++) {
      const at = reverse ? length - 1 - k : k;
      [carry, rows[at]] = turn(
        carry,
        all.map((t, i) => (isX[i] ? slice(t, [at]) : t)),
      );
    }
    return [carry, ...rows[0]!.map((_, i) => stack(rows.map((row) => row[i]!)))];
  };
  const feeds = new Map(inputs.map((t, i): [Tensor, TensorData] => [t, valuesOf(leaves[i]!)]));
  const compare = (what: string, actual: readonly Tensor[], expected: readonly Tensor[]) =>
    nearReference(what, runProgram(wasm, actual, feeds), expected, feeds, js);
  compare('scan', looped(inputs), written(inputs));
  if (!value.gradient) return;
  const gradients = gradientsOf(inputs, written);
  const finite = runProgram(js64, gradients, feeds).every((values) => values.every(Number.isFinite));
  if (finite) compare('the gradient of scan', gradientsOf(inputs, looped), gradients);
}

/** The gradients by all float32 leaves. */
function gradientsOf(inputs: readonly Tensor[], results: (inputs: Tensor[]) => Tensor[]): Tensor[] {
  const whole = (xs: readonly Tensor[]): Tensor => {
    const next = xs.values();
    return lossOf(results(inputs.map((t) => (isFloat(t) ? (next.next().value as Tensor) : t))))!;
  };
  return grad((xs: Tensor[]) => whole(xs))(inputs.filter(isFloat)) as Tensor[];
}

export function loopText(value: LoopCase): string {
  const { length, reverse, isX } = loopOf(value);
  const rows = isX.flatMap((x, i) => (x ? [i] : []));
  const what = `${reverse ? 'from the last' : 'from the first'} of ${length} rows of the leaves ${rows.join(', ')}`;
  return `${recipeText(value.recipe)}\n// in a scan ${what}${value.gradient ? ', and its gradients' : ''}`;
}
