// jit: makes one program of a function of tensors. It is traced once for each shape of its arguments; after that a call
// of it is one call into the kernels.

import { ProgramCache } from '../cache.js';
import { checkFunction } from '../objective.js';
import { Program } from '../program.js';
import { runner } from '../run/runtime.js';
import { inTrace, isInside } from '../scope.js';
import { constantOf, type Tensor } from '../tensor.js';
import { buildTree, type Form, flattenTree, type Leaf, leafTensor, type Tree } from '../tree.js';
import { fits, inputsFor, readLazy, type Trace, writeLeaves } from './arguments.js';
import { type AnyFunction, calledOn, type Fed, returned, type Trees } from './call.js';

/** The trace of a function: what its program computes. */
interface FunctionTrace extends Trace {
  readonly outputs: readonly Tensor[];
  readonly outputForm: Form;
}

/**
 * Makes a fast version of `f`: it is traced once for every structure and shape of its arguments, and then runs as one
 * program. (It is traced again if its program was dropped because many others were used since.) Called inside of
 * another trace or transform it is `f` itself, so that it can be differentiated.
 *
 * Variables from outside that `f` uses are constants of the trace, and what it does besides computing tensors happens
 * only when it is traced. The values of its arguments can't be read in it. Random numbers need a key: if that is an
 * argument, each key gives others.
 *
 * @param f takes and returns any nest of arrays and objects of tensors
 */
export function jit<A extends Trees<A> = Tensor[], Y extends Tree<Y> = Tensor>(f: (...args: A) => Y): Fed<A, Y> {
  checkFunction('jit', f);
  const traces = new ProgramCache<unknown, FunctionTrace>();
  let latest: FunctionTrace | undefined;
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
    const made = trace(f as never, form, leaves);
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

function find(
  traces: ProgramCache<unknown, FunctionTrace>,
  args: unknown[],
  leaves: Leaf[],
): FunctionTrace | undefined {
  for (const trace of traces.values()) if (fits(trace, args, leaves)) return trace;
  return undefined;
}

function trace(f: AnyFunction, form: Form, leaves: readonly Leaf[]): FunctionTrace {
  const inputs = inputsFor(leaves);
  const { outputs, outputForm } = traced(f, form, leaves, inputs);
  const program = new Program(runner(), { outputs, effects: [] }, { inputs, what: 'a jitted function' });
  return { at: runner(), form, program, inputs, used: inputs.map((t) => program.has(t)), outputs, outputForm };
}

function call(trace: FunctionTrace, leaves: readonly Leaf[]): unknown {
  const { program, outputs, outputForm } = trace;
  writeLeaves(trace, leaves);
  program.run();
  if (outputForm === null) return result(program, outputs[0]!);
  return buildTree(outputForm, outputs.map((output) => result(program, output)).values());
}

const result = (program: Program, t: Tensor): Tensor => constantOf(program.read(t), t.shape, t.dtype);
