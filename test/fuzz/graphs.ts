// Graphs of any ops, values and gradients: one fused program on every back end, lazily, op by op, jitted.

import { evaluate } from '../../bindings/evaluate.js';
import { reachableInOrder } from '../../bindings/graph.js';
import { grad, jit, tensor } from '../../bindings/index.js';
import { input } from '../../bindings/ops/movement.js';
import { sameShape, sizeOf } from '../../bindings/shape.js';
import { constantOf, type Tensor, type TensorData } from '../../bindings/tensor.js';
import { Difference, nearReference, sameBits } from './compare.js';
import { type Leaf, valuesOf } from './leaves.js';
import { isFloat, leavesOf, placeholder, type Recipe, run } from './recipe.js';
import { type Feeds, js, parts, runProgram, threads, wasm } from './runners.js';

/** From this many elements on an op is shared between threads. */
const SHARED = 4096;

/** All outputs as one number, in which each of their elements has a weight of its own. */
export function lossOf(outputs: readonly Tensor[]): Tensor | undefined {
  const terms = outputs.filter(isFloat).map((t, k) => t.mul(weights(t, k)).sum());
  return terms.length ? terms.reduce((sum, term) => sum.add(term)) : undefined;
}

export const weights = ({ shape }: Pick<Tensor, 'shape'>, seed: number): Tensor =>
  constantOf(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.fround(Math.sin(2.3 * i + seed + 1))),
    shape,
  );

/** A recipe as a function of its float32 leaves. */
export function functionOf(recipe: Recipe, leaves: readonly Tensor[]): (floats: readonly Tensor[]) => Tensor[] {
  return (floats) => {
    const next = floats.values();
    const made = run(
      recipe,
      leaves.map((t) => (isFloat(t) ? (next.next().value as Tensor) : t)),
    );
    return recipe.outputs.map((at) => made[at]!);
  };
}

/** The outputs, and with `gradient` those of all float32 leaves behind them. */
function resultsOf(recipe: Recipe, leaves: readonly Tensor[], gradient: boolean): Tensor[] {
  const f = functionOf(recipe, leaves);
  const floats = leaves.filter(isFloat);
  const outputs = f(floats);
  if (!gradient || !outputs.some(isFloat)) return outputs;
  const gradients = grad((xs: Tensor[]) => lossOf(f(xs))!)(floats) as Tensor[];
  gradients.forEach((g, i) => {
    const { shape } = floats[i]!;
    if (!sameShape(g.shape, shape))
      throw new Difference(`the gradient of a tensor [${shape}] has the shape [${g.shape}]`);
  });
  return [...outputs, ...gradients];
}

const constantLeaf = (leaf: Leaf): Tensor => tensor(valuesOf(leaf), leaf.shape, leaf.dtype);

/** The values of tensors that are computed together. */
function computed(tensors: readonly Tensor[]): TensorData[] {
  evaluate(tensors);
  return tensors.map((t) => t.known!);
}

/** Every node alone, from the values of its inputs. */
function opByOp(outputs: readonly Tensor[], feeds: Feeds): TensorData[] {
  const known = new Map<Tensor, Tensor>();
  for (const node of reachableInOrder(outputs)) {
    const inputs = node.inputs.map((t) => known.get(t)!);
    const { op, attrs, shape, dtype } = node;
    const values = op === input ? feeds.get(node)! : computed([node.rewrite(op, inputs, attrs)])[0]!;
    known.set(node, constantOf(values, shape, dtype));
  }
  return outputs.map((t) => known.get(t)!.known!);
}

const dataOf = (tensors: readonly Tensor[]): TensorData[] => tensors.map((t) => t.data());

/** A jitted function twice, first of other values. */
function jitted(recipe: Recipe, leaves: readonly Leaf[], gradient: boolean): TensorData[] {
  const f = jit((...args: Tensor[]) => resultsOf(recipe, args, gradient));
  f(...leaves.map((leaf) => constantLeaf({ ...leaf, seed: leaf.seed + 1 })));
  return dataOf(f(...leaves.map(constantLeaf)));
}

export interface GraphCase {
  readonly recipe: Recipe;
  readonly gradient: boolean;
}

/** Throws a Difference if anything is not as it must be. */
export function checkGraph({ recipe, gradient }: GraphCase): void {
  const leaves = leavesOf(recipe);
  const inputs = leaves.map(placeholder);
  const outputs = resultsOf(recipe, inputs, gradient);
  const feeds = new Map(inputs.map((t, i): [Tensor, TensorData] => [t, valuesOf(leaves[i]!)]));
  const expected = runProgram(wasm, outputs, feeds);

  sameBits('op by op', opByOp(outputs, feeds), expected);
  const lazy = resultsOf(recipe, leaves.map(constantLeaf), gradient);
  sameBits('lazily, in one program', computed(lazy), expected);
  sameBits('jitted', jitted(recipe, leaves, gradient), expected);
  sameBits('in three parts', runProgram(parts, outputs, feeds), expected);
  const large = reachableInOrder(outputs).some(({ size }) => size >= SHARED);
  if (large) sameBits('on two threads', runProgram(threads, outputs, feeds, 4), expected);

  nearReference('wasm', expected, outputs, feeds, js);
  nearReference('TypeScript', runProgram(js, outputs, feeds), outputs, feeds, wasm);
}
