// jit: makes one program of a function of tensors. It is traced once for each shape of its arguments; after that a call
// of it is one call into the kernels.

import { ProgramCache } from '../cache.js';
import { checkFunction } from '../objective.js';
import { Program } from '../program.js';
import type { Runner } from '../run/runner.js';
import { runner } from '../run/runtime.js';
import { inTrace, isInside } from '../scope.js';
import { constantOf, inputOf, Tensor } from '../tensor.js';
import { buildTree, type Form, flattenTree, type Leaf, leafTensor, matchTree, type Tree } from '../tree.js';
import { typedName } from '../typed.js';
import { type AnyFunction, calledOn, type Fed, returned, type Trees } from './call.js';

/** A trace that was made: the arguments that it fits, and the program that it runs. */
interface Trace {
  readonly at: Runner;
  readonly form: Form;
  readonly program: Program;
  readonly inputs: readonly Tensor[];
  /** Inputs that the result depends on. */
  readonly used: readonly boolean[];
  readonly outputs: readonly Tensor[];
  readonly outputForm: Form;
}

/**
 * Makes a fast version of `f`: it is traced once for every structure and shape of its arguments, and then runs as one
 * program. (It is traced again when its program was dropped, because many others were used since.) Called inside of another trace or transform it is `f` itself, so that it can be differentiated.
 *
 * Variables from outside that `f` uses are constants of the trace, and what it does besides computing tensors happens
 * only when it is traced. The values of its arguments can't be read in it. Random numbers need a key: if that is an argument,
 * each key gives others.
 *
 * @param f takes and returns any nest of arrays and objects of tensors
 */
export function jit<A extends Trees<A> = Tensor[], Y extends Tree<Y> = Tensor>(f: (...args: A) => Y): Fed<A, Y> {
  checkFunction('jit', f);
  const traces = new ProgramCache<unknown, Trace>();
  let latest: Trace | undefined;
  return (...args: unknown[]) => {
    const leaves: Leaf[] = [];
    if (isInside()) return inlined(f as never, args) as Y;
    const same = latest && traces.has(latest.inputs) && fits(latest, args, leaves);
    const found = same ? latest! : find(traces, args, leaves);
    latest = found;
    if (found && (!readLazy(found, leaves) || traces.has(found.inputs))) return call(found, leaves) as Y;
    leaves.length = 0;
    const form = flattenTree('the arguments', args, leaves);
    const given = leaves.map(leafTensor);
    if (given.some((t) => t.tracked)) return inlined(f as never, args) as Y;
    const made = trace(f as never, form, leaves, given);
    readLazy(made, leaves);
    return call(traces.keep(made.inputs, made), leaves) as Y;
  };
}

/** Calls `f` itself, as a part of what is traced or differentiated around it. */
function inlined(f: AnyFunction, args: unknown): unknown {
  const leaves: Leaf[] = [];
  const form = flattenTree('the arguments', args, leaves);
  const { outputs, outputForm } = traced(f, form, leaves, leaves.map(leafTensor));
  return buildTree(outputForm, outputs.values());
}

/** Calls `f` on `tensors`, which stand for the leaves of its arguments. */
function traced(f: AnyFunction, form: Form, leaves: readonly Leaf[], tensors: readonly Tensor[]) {
  const result = inTrace('a jitted function', () => calledOn('jit', f, form, leaves, tensors));
  return returned('what the jitted function returns', result);
}

function find(traces: ProgramCache<unknown, Trace>, args: unknown[], leaves: Leaf[]): Trace | undefined {
  for (const trace of traces.values()) if (fits(trace, args, leaves)) return trace;
  return undefined;
}

function fits({ at, form, inputs }: Trace, args: unknown, leaves: Leaf[]): boolean {
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

function trace(f: AnyFunction, form: Form, leaves: readonly Leaf[], given: readonly Tensor[]): Trace {
  const inputs = given.map(({ shape, dtype }, i) => inputOf(`argument ${i}`, shape, dtype));
  const { outputs, outputForm } = traced(f, form, leaves, inputs);
  const program = new Program(runner(), { outputs, effects: [] }, { inputs, what: 'a jitted function' });
  return { at: runner(), form, program, inputs, used: inputs.map((t) => program.has(t)), outputs, outputForm };
}

/**
 * Computes the lazy ones among the arguments that are used, before any is written: they take programs of their own, which
 * may have the place of this one in the cache and in the arena. Returns whether there were any.
 */
function readLazy({ used }: Trace, leaves: readonly Leaf[]): boolean {
  let any = false;
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]!;
    if (!used[i] || !(leaf instanceof Tensor) || leaf.known) continue;
    leaf.values();
    any = true;
  }
  return any;
}

function call({ program, inputs, used, outputs, outputForm }: Trace, leaves: readonly Leaf[]): unknown {
  for (let i = 0; i < inputs.length; i++) if (used[i]) writeLeaf(program, inputs[i]!, leaves[i]!);
  program.run();
  if (outputForm === null) return result(program, outputs[0]!);
  return buildTree(outputForm, outputs.map((output) => result(program, output)).values());
}

const result = (program: Program, t: Tensor): Tensor => constantOf(program.read(t), t.shape, t.dtype);

const one = new Float64Array(1);

function writeLeaf(program: Program, input: Tensor, leaf: Leaf): void {
  if (typeof leaf === 'number') {
    one[0] = leaf;
    program.write(input, one);
  } else if (leaf instanceof Tensor) program.write(input, leaf.known!);
  else program.write(input, leaf);
}
