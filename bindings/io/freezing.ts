// What freeze writes: programs for some numbers of samples, weights and constants in one file. freeze.ts loads it on
// demand. Not here: what is in the file (frozen/format.ts), and how it is read (frozen/read.ts).

import { encode } from '../encode.js';
import { check } from '../errors.js';
import { ALL_EXTENTS } from '../frozen/allextents.js';
import { extentsOf } from '../frozen/extents.js';
import {
  ALIGNMENT,
  type FrozenSpec,
  HEAD_BYTES,
  type Header,
  MAGIC,
  operandsText,
  roundUp,
  VERSION,
} from '../frozen/format.js';
import { MAX_TURNS, verify } from '../frozen/verify.js';
import { fuse } from '../fuse.js';
import { type Graph, graphOf, ownerOf } from '../graph.js';
import { INSTRUCTIONS, type Instruction, NAMES } from '../instructions.js';
import { type EndSpecs, placeholders } from '../model/ends.js';
import type { Network } from '../model/network.js';
import { type ConstantAttrs, constant } from '../ops/movement.js';
import type { Emitter } from '../ops/op.js';
import { type Buffer, type Plan, plan } from '../plan.js';
import { checkLeaves, emitGraph } from '../program.js';
import type { Tensor } from '../tensor.js';

/** What the network computes for some samples, planned. */
interface Planned {
  readonly batch: number;
  readonly inputs: readonly Tensor[];
  readonly graph: Graph;
  readonly plan: Plan;
}

function planned(network: Network, batch: number): Planned {
  const what = `freeze for ${batch} samples`;
  const { definition, places } = network;
  const inputs = placeholders(definition.inputs, batch);
  const ran = network.run(inputs, { training: false });
  // As in model/predictor.ts, so that the program is the same.
  const outputs = ran.outputs.map((t) => (places.has(ownerOf(t)) ? t.mul(1) : t));
  const traced = graphOf({ outputs, effects: [] });
  checkLeaves(traced, new Set([...places.keys(), ...inputs]), what);
  for (const t of outputs) t.checkSeen(what);
  const graph = fuse(traced);
  return { batch, inputs, graph, plan: plan(graph, new Set(places.keys())) };
}

/** What is read only: weights and constants. Equal stretches have one place. */
class Data {
  bytes = ALIGNMENT;
  readonly #parts: { readonly at: number; readonly words: Int32Array }[] = [];

  /** Returns the address. */
  add(values: ArrayBufferView): number {
    const words = new Int32Array(values.buffer, values.byteOffset, values.byteLength / 4);
    const same = this.#parts.find((part) => isSame(part.words, words));
    if (same) return same.at;
    const at = this.bytes;
    this.#parts.push({ at, words });
    this.bytes = roundUp(at + words.byteLength);
    return at;
  }

  copyTo(bytes: Uint8Array, offset: number): void {
    for (const { at, words } of this.#parts) bytes.set(bytesOf(words), offset + at - ALIGNMENT);
  }
}

const isSame = (a: Int32Array, b: Int32Array): boolean => a.length === b.length && a.every((word, i) => word === b[i]);

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The constants of a plan, as they lie side by side. */
function constantsOf({ graph, plan: { bufferOf, constantBytes } }: Planned): Int32Array {
  const words = new Int32Array(constantBytes / 4);
  const floats = new Float32Array(words.buffer);
  for (const t of graph.nodes) {
    const { data } = t.attrs as ConstantAttrs;
    if (t.op === constant) (t.dtype === 'int32' ? words : floats).set(data, bufferOf.get(t)!.offset / 4);
  }
  return words;
}

/** The file of what a network predicts, for these numbers of samples. */
export function frozenFile(network: Network, sizes: readonly number[]): Uint8Array {
  const all = sizes.map((size) => planned(network, size));
  const data = new Data();
  const weights = new Map<Tensor, number>();
  for (const { plan } of all) {
    for (const { leaf } of plan.bufferOf.values()) {
      // A copy, since views are of no use any more when memory grows.
      if (leaf && !weights.has(leaf)) weights.set(leaf, data.add(Float32Array.from(network.view(leaf))));
    }
  }
  const constants = all.map((one) => data.add(constantsOf(one)));
  const space = {
    start: ALIGNMENT,
    arena: data.bytes,
    end: data.bytes + Math.max(...all.map(({ plan }) => plan.bytes)),
  };
  const used = new Set<Instruction>();
  const programs = all.map(({ batch, graph, inputs, plan }, i) => {
    const addressOf = ({ leaf, constant, offset }: Buffer): number =>
      leaf ? weights.get(leaf)! : offset + (constant ? constants[i]! : space.arena);
    const words: number[] = [];
    const code: Emitter['code'] = (name, operands) => {
      checkCan(name, operands);
      encode(words, name, operands);
    };
    emitGraph(graph, plan, addressOf, { code, words });
    code('halt', {});
    const tape = Int32Array.from(words);
    for (const name of verify(`freeze for ${batch} samples`, tape, space, ALL_EXTENTS)) used.add(name);
    const at = (t: Tensor): number => (plan.bufferOf.has(t) ? addressOf(plan.bufferOf.get(t)!) : 0);
    return { tape, program: { batch, words: tape.length, inputs: inputs.map(at), outputs: graph.outputs.map(at) } };
  });
  const { definition } = network;
  const header: Header = {
    inputs: specsOf(definition.inputs),
    outputs: specsOf(definition.outputs),
    instructions: Object.fromEntries([...used].map((name) => [name, [NAMES.indexOf(name), operandsText(name)]])),
    data: data.bytes - ALIGNMENT,
    arena: space.end - space.arena,
    programs: programs.map(({ program }) => program),
  };
  return fileOf(
    header,
    data,
    programs.map(({ tape }) => tape),
  );
}

/** Throws if a frozen program can't have the instruction. */
function checkCan(name: Instruction, operands: object): void {
  const known = name === 'halt' || name === 'loop' || extentsOf(ALL_EXTENTS, name, INSTRUCTIONS[name]) !== undefined;
  check(known, () => `freeze: the model computes ${name} when it predicts, which a frozen program can't`);
  const turns = 'turns' in operands ? (operands.turns as number) : 0;
  check(turns <= MAX_TURNS, () => {
    return `freeze: the model has a loop without an end that is known, or of more than ${MAX_TURNS} turns; use scan in place of whileLoop`;
  });
}

const specsOf = ({ names, specs }: EndSpecs): FrozenSpec[] =>
  specs.map(({ shape, dtype }, i) => ({ ...(names && { name: names[i]! }), shape, dtype }));

function fileOf(header: Header, data: Data, tapes: readonly Int32Array[]): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = roundUp(HEAD_BYTES + text.length);
  const words = tapes.reduce((sum, tape) => sum + tape.length, 0);
  const bytes = new Uint8Array(start + header.data + words * 4);
  bytes.set(new TextEncoder().encode(MAGIC));
  new Uint32Array(bytes.buffer, MAGIC.length).set([VERSION, start - HEAD_BYTES]);
  bytes.fill(32, HEAD_BYTES, start);
  bytes.set(text, HEAD_BYTES);
  data.copyTo(bytes, start);
  let at = start + header.data;
  for (const tape of tapes) {
    bytes.set(bytesOf(tape), at);
    at += tape.byteLength;
  }
  return bytes;
}
