// Programs that are found again by the form of the arguments that they were traced for: what jit and trainer share.

import type { Program } from '../program.js';
import type { Runner } from '../run/runner.js';
import { runner } from '../run/runtime.js';
import { inputOf, Tensor } from '../tensor.js';
import { type Form, type Leaf, leafTensor, matchTree } from '../tree.js';
import { typedName } from '../typed.js';

/** A trace: the arguments that it fits, and the program that it became. */
export interface Trace {
  readonly at: Runner;
  /** Of the array of arguments. */
  readonly form: Form;
  readonly program: Program;
  readonly inputs: readonly Tensor[];
  /** Inputs that the result depends on. */
  readonly used: readonly boolean[];
}

/** Placeholders for the leaves of arguments. */
export const inputsFor = (leaves: readonly Leaf[]): Tensor[] =>
  leaves.map((leaf, i) => {
    const { shape, dtype } = leafTensor(leaf);
    return inputOf(`argument ${i}`, shape, dtype);
  });

/** Whether a trace is for arguments such as these; `leaves` then holds theirs. */
export function fits({ at, form, inputs }: Trace, args: unknown, leaves: Leaf[]): boolean {
  leaves.length = 0;
  return at === runner() && matchTree(form, args, leaves) && leaves.every((leaf, i) => sameSpec(leaf, inputs[i]!));
}

function sameSpec(leaf: Leaf, { shape, dtype }: Tensor): boolean {
  if (typeof leaf === 'number') return shape.length === 0 && dtype === 'float32';
  if (!(leaf instanceof Tensor)) {
    return shape.length === 1 && shape[0] === leaf.length && (dtype === 'int32') === (typedName(leaf) === 'Int32Array');
  }
  if (leaf.tracked || leaf.dtype !== dtype) return false;
  if (leaf.shape === shape) return true;
  if (leaf.shape.length !== shape.length) return false;
  for (let i = 0; i < shape.length; i++) if (leaf.shape[i] !== shape[i]) return false;
  return true;
}

/**
 * Computes the lazy ones among the arguments that are used, before any is written: they take programs of their own,
 * which may have the place of this one in the cache and in the arena. Returns whether there were any.
 */
export function readLazy({ used }: Trace, leaves: readonly Leaf[]): boolean {
  let any = false;
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]!;
    if (!used[i] || !(leaf instanceof Tensor) || leaf.known) continue;
    leaf.values();
    any = true;
  }
  return any;
}

/** Writes the arguments that are used. */
export function writeLeaves({ program, inputs, used }: Trace, leaves: readonly Leaf[]): void {
  for (let i = 0; i < inputs.length; i++) if (used[i]) writeLeaf(program, inputs[i]!, leaves[i]!);
}

const one = new Float64Array(1);

function writeLeaf(program: Program, input: Tensor, leaf: Leaf): void {
  if (typeof leaf === 'number') {
    one[0] = leaf;
    program.write(input, one);
  } else if (leaf instanceof Tensor) program.write(input, leaf.known!);
  else program.write(input, leaf);
}
