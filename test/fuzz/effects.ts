// Programs that write: some leaves lie outside of the arena and are assigned values of the graph, all of them values
// from before the step.

import { ownerOf } from '../../bindings/graph.js';
import { input } from '../../bindings/ops/movement.js';
import { Program } from '../../bindings/program.js';
import type { Runner } from '../../bindings/run/runner.js';
import type { Tensor, TensorData } from '../../bindings/tensor.js';
import { assignTo as assign } from '../../bindings/tensor.js';
import { sameBits } from './compare.js';
import { valuesOf } from './leaves.js';
import { isFloat, leavesOf, placeholder, type Recipe, run } from './recipe.js';
import { type Feeds, parts, runProgram, wasm } from './runners.js';

/** A leaf, and what is written to it. */
interface Write {
  readonly to: Tensor;
  readonly value: Tensor;
}

/** For every float32 leaf the tensor of its shape that `numbers` choose, itself included: then it is not written to. */
function writesOf(made: readonly Tensor[], leaves: readonly Tensor[], numbers: readonly number[]): Write[] {
  return leaves.filter(isFloat).flatMap((to, i) => {
    const fitting = made.filter((t) => isFloat(t) && `${t}` === `${to}`).reverse();
    const value = fitting[(numbers[i] ?? 0) % fitting.length]!;
    return value === to ? [] : [{ to, value }];
  });
}

/** The outputs, then what lies at the places after one step. */
function stepOn(runner: Runner, outputs: readonly Tensor[], writes: readonly Write[], feeds: Feeds): TensorData[] {
  const { memory } = runner;
  const blocks = writes.map(({ to }) => memory.alloc(to.size * 4, 'a place'));
  const places = new Map(writes.map(({ to }, i) => [to, blocks[i]!.address]));
  const effects = writes.map(({ to, value }) => assign(to, value));
  const program = new Program(runner, { outputs, effects }, { places, inputs: [...feeds.keys()] });
  for (const [leaf, data] of feeds) program.write(leaf, data);
  program.run(1);
  const written = writes.map(({ to }, i) => memory.f.slice(blocks[i]!.address / 4, blocks[i]!.address / 4 + to.size));
  const values = [...outputs.map((t) => program.read(t)), ...written];
  for (const block of blocks) memory.free(block);
  program.dispose();
  return values;
}

export interface EffectCase {
  readonly recipe: Recipe;
  readonly numbers: readonly number[];
}

/** Throws a Difference if a step reads or leaves something else than the values from before it. */
export function checkEffects({ recipe, numbers }: EffectCase): void {
  const leaves = leavesOf(recipe);
  const inputs = leaves.map(placeholder);
  const feeds = new Map(inputs.map((t, i): [Tensor, TensorData] => [t, valuesOf(leaves[i]!)]));
  const made = run(recipe, inputs);
  const writes = writesOf(made, inputs, numbers);
  if (writes.length === 0) return;
  // What is read at a leaf itself is what was written to it.
  const outputs = recipe.outputs.map((at) => made[at]!).filter((t) => ownerOf(t).op !== input);
  const expected = runProgram(wasm, [...outputs, ...writes.map(({ value }) => value)], feeds);
  for (const runner of [wasm, parts]) sameBits('with effects', stepOn(runner, outputs, writes, feeds), expected);
}

/** What is written to each leaf, a line each. */
export function writesText({ recipe, numbers }: EffectCase): string {
  const leaves = leavesOf(recipe).map(placeholder);
  const made = run(recipe, leaves);
  const name = (t: Tensor): string => `t${made.indexOf(t)}`;
  return writesOf(made, leaves, numbers)
    .map(({ to, value }) => `assign(${name(to)}, ${name(value)});`)
    .join('\n');
}
