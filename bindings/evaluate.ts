// evaluate: computes the values of lazy tensors when somebody reads them. Their graph becomes a program, which is run
// once and kept: the same expression of other values is found again by its text. Not here: programs that are run many
// times, which models, jit and minimisers keep themselves.

import { ProgramCache } from './cache.js';
import { reachableInOrder } from './graph.js';
import { input } from './ops/movement.js';
import { Program } from './program.js';
import type { Runner } from './run/runner.js';
import { runner } from './run/runtime.js';
import type { Tensor } from './tensor.js';

/**
 * A program that needs more of the arena is not kept, so that the arena is not: to make it again costs less than a run.
 */
const MAX_ARENA_BYTES = 32 * 2 ** 20;

/** A program that was made for an expression; `inputs` are in the order of the expression's known values. */
interface CachedProgram {
  readonly program: Program;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** The tensors that must be computed before `t`: none if its value is known. */
const inputsOf = (t: Tensor): readonly Tensor[] => (t.known ? [] : t.inputs);

const hasValue = (t: Tensor): boolean => t.known !== undefined;

/**
 * An expression as text: ops, attributes, and shapes of the known values, not these values. Equal texts share a
 * program.
 */
export function expressionText(outputs: readonly Tensor[], tensors: readonly Tensor[], isKnown = hasValue): string {
  const numbers = new Map<Tensor, number>();
  let text = '';
  for (const t of tensors) {
    const known = isKnown(t);
    text += known ? t.dtype : t.op.name + attrsText(t.attrs);
    for (const d of known ? t.shape : []) text += ` ${d}`;
    for (const input of known ? [] : t.inputs) text += `,${numbers.get(input)}`;
    text += ';';
    numbers.set(t, numbers.size);
  }
  for (const output of outputs) text += `=${numbers.get(output)}`;
  return text;
}

/** What the attributes add to that text: numbers as they are, because JSON would write NaN and infinities as null. */
function attrsText(attrs: unknown): string {
  let text = '';
  for (const name in attrs as object) {
    const value = (attrs as Record<string, unknown>)[name];
    text += ` ${name}:${typeof value === 'number' ? value : JSON.stringify(value)}`;
  }
  return text;
}

const caches = new WeakMap<Runner, ProgramCache<string, CachedProgram>>();

/** Makes the program of an expression: a copy of its graph with inputs in place of the known values. */
function compile(outputs: readonly Tensor[], tensors: readonly Tensor[], at: Runner): CachedProgram {
  const made = new Map<Tensor, Tensor>();
  const now = (t: Tensor) => made.get(t)!;
  for (const t of tensors) {
    const { shape, dtype } = t;
    const fresh = t.known
      ? t.rewrite(input, [], { shape, dtype, name: '' })
      : t.rewrite(t.op, t.inputs.map(now), t.attrs);
    made.set(t, fresh);
  }
  const goals = { outputs: outputs.map(now), effects: [] };
  const inputs = tensors.filter((t) => t.known).map(now);
  const program = new Program(at, goals, { inputs, what: `${outputs[0]!.op.name} ${outputs[0]}` });
  return { program, inputs, outputs: goals.outputs };
}

/**
 * The tensors whose values are kept: those that are wanted, and those on the way to them that are computed for the
 * second time. Otherwise a loop that builds on a tensor which it never reads would compute all its turns again in each
 * turn.
 */
function valuesToKeep(wanted: readonly Tensor[], tensors: readonly Tensor[]): Tensor[] {
  const kept = new Set(wanted);
  for (const t of tensors) {
    if (t.known || t.op.aliases || t.op.nest || t.tracked || kept.has(t)) continue;
    if (t.computedBefore) kept.add(t);
    t.computedBefore = true;
  }
  return [...kept];
}

/** Computes the values of tensors that depend on no input, and keeps them in the tensors. */
export function evaluate(wanted: readonly Tensor[]): void {
  if (wanted.length === 0) return;
  const tensors = reachableInOrder(wanted, inputsOf);
  const outputs = valuesToKeep(wanted, tensors);
  const text = expressionText(outputs, tensors);
  const at = runner();
  const cache = caches.get(at) ?? new ProgramCache();
  caches.set(at, cache);
  const { program, inputs, outputs: results } = cache.get(text) ?? cache.keep(text, compile(outputs, tensors, at));
  const leaves = tensors.filter((t) => t.known);
  inputs.forEach((input, i) => void program.write(input, leaves[i]!.known!));
  program.run();
  const values = results.map((result) => program.read(result));
  values.forEach((value, i) => void outputs[i]!.keepValue(value));
  if (program.arenaBytes > MAX_ARENA_BYTES) cache.delete(text);
}
