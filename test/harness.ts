// Runs a graph one instruction at a time, every tensor in a buffer of its own with guards on both sides, on any runner.
// Guards are numbers and NaNs in turn: a kernel that writes past an end changes one, a kernel that reads past an end
// and uses what it read gives NaN or a wrong number.

import wasmBytes from '#core.wasm';
import smallBytes from '#small.wasm';
import { encode } from '../bindings/encode.js';
import { graphOf } from '../bindings/graph.js';
import { INSTRUCTIONS, type Instruction, isAddress, type Row } from '../bindings/instructions.js';
import { type ConstantAttrs, constant, input } from '../bindings/ops/movement.js';
import type { Emitter } from '../bindings/ops/op.js';
import { createJsRunner } from '../bindings/run/js.js';
import { compile } from '../bindings/run/modules.js';
import type { Runner } from '../bindings/run/runner.js';
import { createWasmRunner } from '../bindings/run/wasm.js';
import type { Tensor, TensorData } from '../bindings/tensor.js';

export const wasm: Runner = await createWasmRunner(await compile(wasmBytes()));
/** The main module, with side modules beside it where an op brings one along. */
export const small: Runner = await createWasmRunner(await compile(smallBytes()));
export const js: Runner = createJsRunner();
/** The float64 reference. */
export const js64: Runner = createJsRunner(Float64Array);

type Floats = Float32Array | Float64Array;

const GUARD_WORDS = 8;
/** A number changes when something is added to it; a NaN shows when it is read. Their bits, as int32, beside them. */
const GUARDS = [
  { float: 12345.5, bits: new Int32Array(Float32Array.of(12345.5).buffer)[0]! },
  { float: Number.NaN, bits: 0x7fc0dead | 0 },
];

/** A place between two guards. */
interface Guarded {
  readonly runner: Runner;
  readonly at: number;
  readonly words: number;
}

function guarded(runner: Runner, words: number): Guarded {
  const total = words + 2 * GUARD_WORDS;
  const block = runner.memory.alloc(total * 4, 'a guarded buffer');
  const start = block.address / 4;
  for (let k = start; k < start + total; k++) {
    runner.memory.f[k] = GUARDS[k % 2]!.float;
    runner.memory.i[k] = GUARDS[k % 2]!.bits;
  }
  keep.push(block);
  return { runner, at: start + GUARD_WORDS, words };
}

/** Blocks must not be garbage while a test looks at them. */
const keep: unknown[] = [];

function guardsHold({ runner, at, words }: Guarded): boolean {
  const { f, i } = runner.memory;
  const holds = (k: number) => i[k] === GUARDS[k % 2]!.bits && Object.is(f[k], GUARDS[k % 2]!.float);
  for (let k = 1; k <= GUARD_WORDS; k++) if (!holds(at - k) || !holds(at + words + k - 1)) return false;
  return true;
}

/** A copy of what lies at a place, in both views. */
function contentOf({ runner, at, words }: Guarded): [Int32Array, Floats] {
  const { f, i } = runner.memory;
  return [i.slice(at, at + words), f.slice(at, at + words)];
}

/** Whether a place has that content. */
function holds({ runner, at }: Guarded, [ints, floats]: [Int32Array, Floats]): boolean {
  const { f, i } = runner.memory;
  return ints.every((x, k) => i[at + k] === x) && floats.every((x, k) => Object.is(f[at + k], x));
}

/** What running one node gave: its own values, or those of the leaves that it writes to. */
export interface Step {
  readonly node: Tensor;
  readonly values: readonly TensorData[];
}

/** Runs `goals` on `runner`. `feeds` holds the values of the input leaves. Throws if a guard was touched. */
export function trace(
  runner: Runner,
  outputs: readonly Tensor[],
  feeds: ReadonlyMap<Tensor, ArrayLike<number>>,
): Step[] {
  const effects = outputs.filter((t) => t.op.mutates);
  const { nodes } = graphOf({ outputs: outputs.filter((t) => !t.op.mutates), effects });
  const places = new Map<Tensor, Guarded>();
  const view = (t: Tensor) => (t.dtype === 'int32' ? runner.memory.i : runner.memory.f);
  const read = (t: Tensor): TensorData => view(t).slice(places.get(t)!.at, places.get(t)!.at + t.size);
  const steps: Step[] = [];
  for (const node of nodes) {
    const { op } = node;
    if (op.aliases) {
      places.set(node, places.get(node.inputs[0]!)!);
      continue;
    }
    if (!op.mutates) places.set(node, guarded(runner, node.size));
    if (op === constant) view(node).set((node.attrs as ConstantAttrs).data, places.get(node)!.at);
    if (op === input) view(node).set(feeds.get(node)!, places.get(node)!.at);
    if (!op.emit) continue;
    const written = op.mutates ? node.inputs.slice(0, op.mutates) : [node];
    runNode(runner, node, places, written);
    steps.push({ node, values: written.map(read) });
  }
  return steps;
}

/** Runs one node. Throws if it writes to anything but `written` and its scratch memory. */
function runNode(runner: Runner, node: Tensor, places: ReadonlyMap<Tensor, Guarded>, written: readonly Tensor[]): void {
  const { op, inputs, attrs } = node;
  const scratch = guarded(runner, (runner.threads * (op.scratch?.(node, attrs) ?? 0)) / 4);
  const placesOf = (tensors: readonly Tensor[]) => tensors.map((t) => places.get(t)!);
  const targets = placesOf(written);
  const allowed = { read: placesOf(inputs), written: targets, updated: targets, scratch: [scratch] };
  const words: number[] = [];
  const code: Emitter['code'] = (name, operands) => {
    checkAddresses(name, operands, allowed);
    encode(words, name, operands);
  };
  op.emit!({ at: (t) => places.get(t)!.at * 4, scratch: scratch.at * 4, words, code }, node, attrs);
  encode(words, 'halt', {});
  const tape = runner.memory.alloc(words.length * 4, 'a tape');
  runner.memory.i.set(words, tape.address / 4);
  const kept = allowed.read.filter((place) => !targets.includes(place));
  const before = kept.map(contentOf);
  runner.load(tape, false, [op])(1, 0);
  runner.memory.free(tape);
  const where = `${op.name} on ${runner.backend}`;
  if (!kept.every((place, k) => holds(place, before[k]!))) throw new Error(`${where}: wrote to an input`);
  for (const place of [...places.values(), scratch]) {
    if (!guardsHold(place)) throw new Error(`${where}: wrote outside of a buffer`);
  }
}

/**
 * Throws if the table says of an address that it is read, written or scratch memory, and the op has it for another use.
 */
function checkAddresses(
  name: Instruction,
  operands: object,
  allowed: Readonly<Record<string, readonly Guarded[]>>,
): void {
  const row: Row = INSTRUCTIONS[name];
  for (const [operand, value] of Object.entries(operands) as [string, number][]) {
    const kind = row[operand]!;
    const within = ({ at, words }: Guarded) => value / 4 >= at && value / 4 <= at + words;
    const fits = !isAddress(kind) || value === 0 || allowed[kind.split(' ')[0]!]!.some(within);
    if (!fits) throw new Error(`${name}: its operand ${operand} is '${kind}', but not to the op`);
  }
}

/** Gives the memory of all traces back. */
export function release(): void {
  for (const runner of [wasm, small, js, js64]) for (const block of keep) runner.memory.free(block as never);
  keep.length = 0;
}

/** The first element where `actual` is not within `rtol`·|expected| + `atol`, or undefined. NaN equals NaN. */
export function firstDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  rtol: number,
  atol: number,
): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} elements instead of ${expected.length}`;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    const same = Object.is(a, e) || a === e || Math.abs(a - e) <= atol + rtol * Math.abs(e);
    if (!same) return `[${i}] is ${a}, expected ${e}`;
  }
  return undefined;
}

const signedZero = (x: number): string => (Object.is(x, -0) ? '-0' : '0');

/** The first element that is 0 in one and -0 in the other, or undefined. */
export function firstOtherZero(actual: ArrayLike<number>, expected: ArrayLike<number>): string | undefined {
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (a === 0 && e === 0 && !Object.is(a, e)) return `[${i}] is ${signedZero(a)}, expected ${signedZero(e)}`;
  }
  return undefined;
}

/** PyTorch's tolerances for float32. */
export const RTOL = 1.3e-6;
export const ATOL = 1e-5;
