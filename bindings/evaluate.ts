// Reading lazy tensors: their graph becomes a program, which runs once. The same expression again, of other values, finds
// its program by its text.

import { input } from './ops/movement.js';
import { Program } from './program.js';
import type { Runner } from './run/runner.js';
import { runner } from './run/runtime.js';
import type { Tensor, TensorData } from './tensor.js';

/** Programs that are kept, and the memory that they may hold together. */
const MAX_PROGRAMS = 64;
const MAX_BYTES = 32 * 2 ** 20;

/** An expression: what it is made of, known values first to be met first, and its text. */
interface Expression {
  readonly leaves: readonly Tensor[];
  readonly nodes: readonly Tensor[];
  readonly text: string;
}

interface Compiled {
  readonly program: Program;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** What `outputs` are made of, down to what is known already, in the order of creation. */
function expressionOf(outputs: readonly Tensor[]): Expression {
  const tensors = reachable(outputs).sort((a, b) => a.id - b.id);
  const numbers = new Map<Tensor, number>();
  let text = '';
  for (const t of tensors) {
    if (t.known) text += `${t.dtype[0]}${t.shape};`;
    else {
      text += t.op.name + attrsText(t.attrs);
      for (const input of t.inputs) text += `,${numbers.get(input)}`;
      text += ';';
    }
    numbers.set(t, numbers.size);
  }
  for (const output of outputs) text += `=${numbers.get(output)}`;
  return { leaves: tensors.filter((t) => t.known), nodes: tensors.filter((t) => !t.known), text };
}

function reachable(outputs: readonly Tensor[]): Tensor[] {
  const seen = new Set<Tensor>();
  const stack = [...outputs];
  for (let t = stack.pop(); t; t = stack.pop()) {
    if (seen.has(t)) continue;
    seen.add(t);
    if (!t.known) stack.push(...t.inputs);
  }
  return [...seen];
}

/** Most ops have one number, p; JSON would write NaN and infinities as null. */
function attrsText(attrs: unknown): string {
  const { p, ...rest } = attrs as { p?: number };
  const text = p ? `p${p}` : '';
  for (const _ in rest) return text + JSON.stringify(rest);
  return text;
}

const caches = new WeakMap<Runner, Map<string, Compiled>>();

function compiled(outputs: readonly Tensor[], expression: Expression, at: Runner): Compiled {
  let cache = caches.get(at);
  if (!cache) caches.set(at, (cache = new Map()));
  const found = cache.get(expression.text);
  if (found) {
    cache.delete(expression.text);
    cache.set(expression.text, found);
    return found;
  }
  const made = compile(outputs, expression, at);
  cache.set(expression.text, made);
  shrink(cache);
  return made;
}

/** Drops what was used longest ago. */
function shrink(cache: Map<string, Compiled>): void {
  let bytes = 0;
  for (const { program } of cache.values()) bytes += program.bytes;
  for (const [text, { program }] of cache) {
    if (cache.size <= 1 || (cache.size <= MAX_PROGRAMS && bytes <= MAX_BYTES)) return;
    bytes -= program.bytes;
    program.dispose();
    cache.delete(text);
  }
}

/** The expression with inputs in place of its values. */
function compile(outputs: readonly Tensor[], { leaves, nodes }: Expression, at: Runner): Compiled {
  const now = new Map<Tensor, Tensor>(leaves.map((leaf) => [leaf, placeholder(leaf)]));
  for (const node of nodes)
    now.set(
      node,
      node.rewrite(
        node.op,
        node.inputs.map((input) => now.get(input)!),
        node.attrs,
      ),
    );
  const goals = { outputs: outputs.map((output) => now.get(output)!), effects: [] };
  const what = `${outputs[0]!.op.name} ${outputs[0]}`;
  return {
    program: new Program(at, goals, { what }),
    inputs: leaves.map((leaf) => now.get(leaf)!),
    outputs: goals.outputs,
  };
}

const placeholder = (t: Tensor): Tensor => t.rewrite(input, [], { shape: t.shape, dtype: t.dtype, name: 'x' });

/** The values of tensors that are made of constants. */
export function evaluate(outputs: readonly Tensor[]): TensorData[] {
  const expression = expressionOf(outputs);
  const { program, inputs, outputs: results } = compiled(outputs, expression, runner());
  for (const [i, leaf] of expression.leaves.entries()) program.write(inputs[i]!, leaf.known!);
  program.run(1, 0);
  return results.map((result) => program.read(result));
}
