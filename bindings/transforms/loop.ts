// The op behind scan: a loop over a body, with as many turns as its xs have rows. Its outputs are nodes of their own:
// the last value of a carry, or the values that a tensor of the body has in all turns, stacked. Its derivative is a
// loop in the other direction over the pullback of the body. Not here: the body (body.ts), and what users call
// (scan.ts).

import { dependents, pullback } from '../grad.js';
import { reachableInOrder } from '../graph.js';
import { loop as loopKernel } from '../kernels/loop.js';
import { moveAxis } from '../ops/movement.js';
import { type Batch, defineOp, type Emitted, type Emitter, type Nested } from '../ops/op.js';
import type { Shape } from '../shape.js';
import { type DType, inputOf, Tensor } from '../tensor.js';
import { Body, type End, NestedTape, PlannedBody } from './body.js';

interface LoopAttrs {
  readonly length: number;
  /** From the last row to the first. */
  readonly reverse: boolean;
  readonly body: Body;
}

/** Inputs: first values of the carries, the xs, what the body uses from outside. */
const loop = defineOp<LoopAttrs>({
  name: 'loop',
  infer: () => ({ shape: [], dtype: 'float32' }),
  kernels: { loop: loopKernel },
  nest: nested,
  pull: pulled,
  batch: mappedLoop,
});

interface OutputAttrs {
  readonly shape: Shape;
  readonly dtype: DType;
  /** The number of a carry, or if it is stacked of a result (`numberOf` in body.ts). */
  readonly of: number;
  readonly stacked: boolean;
}

const loopOutput = defineOp<OutputAttrs>({
  name: 'loopOutput',
  infer: (_, { shape, dtype }) => ({ shape, dtype }),
  batch: ({ inputs: [mapped] }, _node, { of, stacked }) => {
    if (mapped!.op === several) return mapped!.inputs[of]!;
    return stacked ? moveAxis(stackOf(mapped!, attrsOf(mapped!).body.result(of)), 1, 0) : lastOf(mapped!, of);
  },
});

const several = defineOp<object>({ name: 'several', infer: () => ({ shape: [], dtype: 'float32' }) });

/** What a batch rule returns for an op with outputs, if it knows what each of them is in the batch. No graph has it. */
export const severalOf = (outputs: readonly Tensor[]): Tensor => new Tensor(several, outputs, {});

const isStacked = ({ attrs }: Tensor): boolean => (attrs as OutputAttrs).stacked;

/** A loop over a body. `inputs` are what its stand-ins stand for. */
export const loopOf = (body: Body, inputs: readonly Tensor[], length: number, reverse: boolean): Tensor =>
  new Tensor(loop, inputs, { length, reverse, body } satisfies LoopAttrs);

const attrsOf = ({ attrs }: Tensor): LoopAttrs => attrs as LoopAttrs;

/** An output of a loop in the shape of `like`: the last value of carry `of`, or what `of` means to its op. */
export const outputOf = (node: Tensor, { shape, dtype }: Tensor, of: number): Tensor =>
  new Tensor(loopOutput, [node], { shape, dtype, of, stacked: false } satisfies OutputAttrs);

/** What an output is, by its number. */
export const numberOf = ({ attrs }: Tensor): number => (attrs as OutputAttrs).of;

/** The same by the shape and type of a result in a batch of `size`. */
export const batchOf = (size: number, { shape, dtype }: Tensor): Tensor => inputOf('a batch', [size, ...shape], dtype);

/** The value of carry `k` after the last turn. */
export const lastOf = (node: Tensor, k: number): Tensor => outputOf(node, attrsOf(node).body.carries[k]!, k);

/** The values of a tensor of the body in all turns, along a new first axis. */
export function stackOf(node: Tensor, t: Tensor): Tensor {
  const { body, length } = attrsOf(node);
  const x = body.xs.indexOf(t);
  if (x >= 0) return node.inputs[body.carries.length + x]!;
  const shape = [length, ...t.shape];
  if (!body.has(t)) return t.expandDims(0).broadcastTo(shape);
  const of = body.numberOf(t);
  return new Tensor(loopOutput, [node], { shape, dtype: t.dtype, of, stacked: true } satisfies OutputAttrs);
}

/** Plans the body, as far as the outputs need it. */
function nested(node: Tensor, outputs: readonly Tensor[], threads: number): Nested {
  const { body, length, reverse } = attrsOf(node);
  const { carries, next, standIns } = body;
  const stacks = outputs.filter(isStacked);
  const lasts = outputs.filter((t) => !isStacked(t));
  const results = stacks.map((t) => body.result(numberOf(t)));
  const needed = neededCarries(body, results, lasts.map(numberOf));
  const ends: End[] = [
    ...results.map((value) => ({ value })),
    ...needed.map((k) => ({ value: next[k]!, carry: carries[k]! })),
  ];
  const kept = needed.map((k) => carries[k]!);
  const plan = new PlannedBody(ends, standIns, kept, threads);

  const emit = (e: Emitter): Emitted => {
    const { scratch: arena } = e;
    for (const k of needed) copyTo(e, plan.carryAt(carries[k]!, arena), e.at(node.inputs[k]!), carries[k]!);
    const emitted = length > 0 ? emitTurns(e) : { ops: [], work: 0 };
    for (const t of lasts) copyTo(e, e.at(t), plan.carryAt(carries[numberOf(t)]!, arena), t);
    return emitted;
  };

  const emitTurns = (e: Emitter): Emitted => {
    const tape = new NestedTape(e);
    const row = (base: number, { size }: Tensor) => {
      const bytes = (size / length) * 4;
      return reverse ? tape.moving(base + (length - 1) * bytes, -bytes) : tape.moving(base, bytes);
    };
    const places = standIns.map((_, i) => {
      const input = node.inputs[i]!;
      const isX = i >= carries.length && i < carries.length + body.xs.length;
      return isX ? row(e.at(input), input) : e.at(input);
    });
    const rows = stacks.map((t) => row(e.at(t), t));
    const at = (t: Tensor) => places[standIns.indexOf(t)]!;
    const { ops, work } = plan.emit(tape.emitter, e.scratch, at, (i) => rows[i]!);
    e.code('loop', { turns: length, test: 0, body: tape.list() });
    return { ops, work: work * length };
  };
  return { bytes: plan.bytes, emit };
}

/** Appends a copy of as many words as `t` has. */
export function copyTo(e: Pick<Emitter, 'code'>, out: number, x: number, { size: n }: Tensor): void {
  if (n > 0) e.code('copy', { out, x, n });
}

/** The numbers of the carries that must be carried: those in `wanted`, and what these and `results` are made of. */
export function neededCarries(
  { carries, next, standIns }: Body,
  results: readonly Tensor[],
  wanted: number[],
): number[] {
  const known = new Set(standIns);
  const needed = new Set(wanted);
  for (let before = -1; before < needed.size; ) {
    before = needed.size;
    const ends = [...results, ...[...needed].map((k) => next[k]!)];
    const read = new Set(reachableInOrder(ends, (t) => (known.has(t) ? [] : t.inputs)));
    carries.forEach((t, k) => void (read.has(t) && needed.add(k)));
  }
  return [...needed].sort((a, b) => a - b);
}

/**
 * The loop over the mapped body: all carries have the batch axis, and those xs and captured tensors that are in the
 * batch.
 */
function mappedLoop({ size, inputs, full, mapped }: Batch, node: Tensor, { body, length, reverse }: LoopAttrs): Tensor {
  const { carries, xs, captured, next, results } = body;
  const isMapped = (i: number) => inputs[i] !== node.inputs[i];
  const carryBatches = carries.map((t) => batchOf(size, t));
  const xBatches = xs.map((t, i) => (isMapped(carries.length + i) ? batchOf(size, t) : t));
  const examples = new Map(carries.map((t, k) => [t, carryBatches[k]!]));
  xs.forEach((t, i) => void (xBatches[i] !== t && examples.set(t, xBatches[i]!)));
  captured.forEach((t, i) => {
    const at = carries.length + xs.length + i;
    if (isMapped(at)) examples.set(t, inputs[at]!);
  });
  const ends = mapped([...next, ...results], examples);
  const batched = new Body({
    carries: carryBatches,
    xs: xBatches,
    next: ends.slice(0, next.length),
    results: ends.slice(next.length),
  });
  const rows = xs.map((_, i) => {
    const at = carries.length + i;
    return isMapped(at) ? moveAxis(inputs[at]!, 0, 1) : inputs[at]!;
  });
  return loopOf(batched, [...full.slice(0, carries.length), ...rows, ...batched.captured], length, reverse);
}

/** Carried gradients below this are 0: products of denormals take a hundred times as long. */
const LEAST = 2 ** -100;

const flushed = (g: Tensor): Tensor => g.mul(g.abs().greaterEqual(LEAST));

/**
 * The derivative: a loop in the other direction, which carries the gradients of the carries, and adds up those of what
 * is used from outside. What it needs of the forward turns becomes outputs of the forward loop.
 */
function pulled(gradients: ReadonlyMap<Tensor, Tensor>, node: Tensor, needed: ReadonlySet<Tensor>): (Tensor | null)[] {
  const { body, length, reverse } = attrsOf(node);
  const { carries, next, standIns, captured } = body;
  const inputOfStandIn = new Map(standIns.map((t, i) => [t, node.inputs[i]!]));
  const seeds = standIns.filter((t) => t.dtype === 'float32' && needed.has(inputOfStandIn.get(t)!));
  const varying = varyingTensors(body, seeds, ({ dtype }) => dtype === 'float32');
  const wanted = standIns.filter((t) => varying.has(t));

  // What the backward loop carries: the gradient of each carry's next value, and the sum of those of each captured
  // tensor.
  const carried = wanted.filter((t) => carries.includes(t) || captured.includes(t));
  const valueAfter = (t: Tensor) => (carries.includes(t) ? next[carries.indexOf(t)]! : t);
  const sums = carried.map(({ shape }) => inputOf('a carried gradient', shape));
  const stacks = [...gradients].filter(([t]) => isStacked(t));
  const results = stacks.map(([t]) => body.result(numberOf(t)));
  const rows = results.map(({ shape }) => inputOf('a gradient', shape));

  const pulledBack = pullback([...carried.map(valueAfter), ...results], [...sums, ...rows], wanted, standIns);
  const gradientOf = (t: Tensor) => pulledBack[wanted.indexOf(t)] ?? null;
  const after = carried.map((t) => {
    const g = gradientOf(t) ?? t.zerosLike();
    return carries.includes(t) ? flushed(g) : g;
  });
  const dxs = wanted.filter((t) => body.xs.includes(t));
  const dxResults = dxs.flatMap((t) => gradientOf(t) ?? []);
  const read = residuals([...after, ...dxResults], new Set([...sums, ...rows]), body);
  const backward = new Body({ carries: sums, xs: [...rows, ...read], next: after, results: dxResults });
  const initial = (t: Tensor) => {
    const last = [...gradients].find(([output]) => !isStacked(output) && carries[numberOf(output)] === t);
    return last?.[1] ?? t.zerosLike();
  };
  const inputs = [
    ...carried.map(initial),
    ...stacks.map(([, g]) => g),
    ...read.map((t) => stackOf(node, t)),
    ...backward.captured,
  ];
  const back = loopOf(backward, inputs, length, !reverse);
  // No turn adds to it: null, as in the written-out form. Zeros would make NaN of an infinity before the loop.
  const isUntouched = (t: Tensor): boolean =>
    captured.includes(t)
      ? gradientOf(t) === sums[carried.indexOf(t)]
      : !gradientOf(t) && (length > 0 || body.xs.includes(t));
  return standIns.map((t) => {
    if (!needed.has(inputOfStandIn.get(t)!) || !varying.has(t) || isUntouched(t)) return null;
    if (!body.xs.includes(t)) return lastOf(back, carried.indexOf(t));
    return stackOf(back, gradientOf(t)!);
  });
}

/** What depends on `seeds`, in this turn or a later one, by way of carries that `carry` says yes to. */
export function varyingTensors(
  { carries, xs, next, inside }: Body,
  seeds: readonly Tensor[],
  passes = (_carry: Tensor): boolean => true,
): Set<Tensor> {
  const nodes = [...inside].filter((t) => !carries.includes(t) && !xs.includes(t));
  const from = new Set(seeds);
  for (;;) {
    const varying = dependents(nodes, from);
    const more = carries.filter((t, k) => passes(t) && varying.has(next[k]!) && !varying.has(t));
    if (more.length === 0) return varying;
    for (const t of more) from.add(t);
  }
}

/** The tensors of the forward body that `ends` read, on the way back to `own`. */
function residuals(ends: readonly Tensor[], own: ReadonlySet<Tensor>, body: Body): Tensor[] {
  const isRead = (t: Tensor) => body.has(t) && !(t.op.aliases && t.inputs.length === 1);
  const oldest = Math.min(...[...body.inside].map(({ id }) => id));
  const within = (t: Tensor) => (own.has(t) || isRead(t) ? [] : t.inputs.filter(({ id }) => id >= oldest));
  return reachableInOrder(ends, within).filter(isRead);
}
