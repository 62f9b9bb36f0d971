// Ops that move elements or give them another shape: reshape, transpose, broadcasting, windows.

import { plainOf } from '../../../ops/plain.js';
import type { EmbedAttrs, Window } from '../../../ops/slicing.js';
import type { Tensor } from '../../../tensor.js';
import type { Exported, Part, Rows } from '../op.js';
import { isFixed, isSame, type Size } from '../sizes.js';

/** What is below every index: for windows that go backwards to the first element. */
const BEFORE_ALL = -(2 ** 31);

const sameSizes = (a: readonly Size[], b: readonly Size[]): boolean =>
  a.length === b.length && a.every((size, i) => isSame(size, b[i]!));

/** `x` under another shape. */
export function reshaped(op: Exported, x: string, shape: readonly Size[]): string {
  const open = shape.flatMap((size, i) => (isFixed(size) ? [] : [i]));
  const isEmpty = shape.some((size) => isFixed(size) && size.base === 0);
  if (open.length > 1 || isEmpty) return op.node('Reshape', [x, op.writer.sizes(shape)], { allowzero: 1 });
  return op.node('Reshape', [x, op.ints(shape.map((size, i) => (i === open[0] ? -1 : size.base)))]);
}

function reshape(op: Exported): string {
  const [source] = op.inputs as [typeof op.tensor];
  const shape = op.sizes((t) => t.shape);
  const unshaped = op.graph.unshaped.get(source);
  if (unshaped && sameSizes(unshaped.shape, shape)) return unshaped.name;
  if (sameSizes(shape, op.shapeOf(source))) return op.in(0);
  return reshaped(op, unshaped?.name ?? op.in(0), shape);
}

function broadcastTo(op: Exported): string {
  const shape = op.sizes((t) => t.shape);
  const from = op.shapeOf(op.inputs[0]!);
  const more = shape.length - from.length;
  const has = (i: number): boolean => i >= more && isSame(from[i - more]!, shape[i]!);
  const wanted = shape.map((size, i) => (has(i) ? { base: 1, by: size.by.map(() => 0) } : size));
  return op.node('Expand', [op.in(0), op.writer.sizes(wanted)]);
}

/** What a slice is cut of. */
const wholeOf = ({ inputs: [x] }: Tensor): Tensor => {
  let whole = x!;
  while (whole.op.name === 'customGradient') whole = plainOf(whole);
  return whole;
};

/** The part that a slice lies in, if it lies in one: so nothing is put together only to be cut again. */
function partOf({ tensor, graph }: Exported): Part | undefined {
  return graph.parts.get(wholeOf(tensor))?.find((part) =>
    graph.tracesOf(tensor).every((t) => {
      const { begin, step, shape } = t.attrs as Window;
      const window = part.windowIn(wholeOf(t));
      const isIn = (at: number, axis: number): boolean =>
        at >= window.begin[axis]! && at < window.begin[axis]! + window.shape[axis]!;
      return begin.every((from, i) => isIn(from, i) && isIn(from + step[i]! * (shape[i]! - 1), i));
    }),
  );
}

function slice(op: Exported): string {
  const rank = op.tensor.shape.length;
  const part = partOf(op);
  const windowIn = (t: Tensor) =>
    part?.windowIn(wholeOf(t)) ?? { begin: t.shape.map(() => 0), shape: t.inputs[0]!.shape };
  const beginOf = (t: Tensor): number[] => {
    const { begin } = windowIn(t);
    return (t.attrs as Window).begin.map((from, i) => from - begin[i]!);
  };
  const begin = op.sizes(beginOf);
  const end = op.sizesOf<Window>(({ step, shape }, t) => beginOf(t).map((from, i) => from + step[i]! * shape[i]!));
  const step = op.fixed((t) => (t.attrs as Window).step);
  const length = op.sizes((t) => windowIn(t).shape);
  const source = part?.name ?? op.in(0);
  const isWhole = (i: number): boolean =>
    step[i] === 1 && isFixed(begin[i]!) && begin[i]!.base === 0 && isSame(end[i]!, length[i]!);
  const axes = Array.from({ length: rank }, (_, i) => i).filter((i) => !isWhole(i));
  if (axes.length === 0) return source;
  const ends = axes.map((i) => {
    const size = end[i]!;
    return step[i]! < 0 && isFixed(size) && size.base < 0 ? { ...size, base: BEFORE_ALL } : size;
  });
  return op.node('Slice', [
    source,
    op.writer.sizes(axes.map((i) => begin[i]!)),
    op.writer.sizes(ends),
    op.ints(axes),
    op.ints(axes.map((i) => step[i]!)),
  ]);
}

function concat(op: Exported): string {
  const { begin } = op.attrs<EmbedAttrs>();
  op.sized = true; // lengths follow from the inputs
  const moved = begin[0]!.findIndex((_, axis) => begin.some((from) => from[axis] !== 0));
  const [first] = op.inputs;
  const longer = op.tensor.shape.findIndex((d, axis) => d !== first!.shape[axis]);
  const axis = moved >= 0 ? moved : Math.max(longer, 0);
  op.graph.parts.set(
    op.tensor,
    begin.map((_, i) => ({
      name: op.in(i),
      windowIn: ({ inputs, attrs }) => ({ begin: (attrs as EmbedAttrs).begin[i]!, shape: inputs[i]!.shape }),
    })),
  );
  const parts = op.inputs.slice(0, begin.length).filter((t) => t.shape[axis] !== 0);
  return op.node(
    'Concat',
    parts.map((t) => op.graph.nameOf(t)),
    { axis },
  );
}

/** Windows in a whole of one value, which do not overlap: the sum of each with zeros around it. */
function embed(op: Exported): string {
  const { begin } = op.attrs<EmbedAttrs>();
  const fill = begin.length < op.inputs.length ? op.in(begin.length) : op.writer.scalar(0, op.tensor.dtype);
  const whole = begin.map((_, part) => {
    const steps = op.fixed((t) => (t.attrs as EmbedAttrs).step[part]!);
    const x = steps.reduce(
      (name, step, axis) => (step === 1 ? name : spaced(op, name, part, axis, step, fill)),
      op.in(part),
    );
    const pads = op.sizesOf<EmbedAttrs>(({ begin: at, step, into }, { inputs }) => {
      const ends = inputs[part]!.shape.map((n, axis) => at[part]![axis]! + step[part]![axis]! * (n - 1));
      const first = ends.map((end, axis) => Math.min(end, at[part]![axis]!));
      const last = ends.map((end, axis) => Math.max(end, at[part]![axis]!));
      return [...first, ...into.map((d, axis) => d - 1 - last[axis]!)];
    });
    return op.node('Pad', [x, op.writer.sizes(pads), fill]);
  });
  return whole.reduce((sum, part) => op.node('Add', [sum, part]));
}

/** Elements of an axis apart from each other, from the last one on for a step backwards, with `fill` between them. */
function spaced(op: Exported, x: string, part: number, axis: number, step: number, fill: string): string {
  const shape = op.fixedShape(op.inputs[part]!);
  const n = shape[axis]!;
  const turned =
    step > 0 ? x : op.node('Slice', [x, op.ints([-1]), op.ints([BEFORE_ALL]), op.ints([axis]), op.ints([-1])]);
  if (n < 2 || Math.abs(step) === 1) return turned;
  const columns = op.node('Unsqueeze', [turned, op.ints([axis + 1])]);
  const zeros = shape.map(() => 0);
  const after = [...zeros.slice(0, axis + 1), Math.abs(step) - 1, ...zeros.slice(axis + 1)];
  const wide = op.node('Pad', [columns, op.ints([...zeros, 0, ...after]), fill]);
  const length = n * Math.abs(step);
  const flat = op.node('Reshape', [wide, op.ints(shape.map((d, i) => (i === axis ? length : d)))]);
  return op.node('Slice', [flat, op.ints([0]), op.ints([(n - 1) * Math.abs(step) + 1]), op.ints([axis])]);
}

export const MOVEMENT: Rows = {
  reshape,
  broadcastTo,
  transpose: (op) => op.transposed(op.in(0), op.attrs<{ axes: readonly number[] }>().axes),
  identity: (op) => op.in(0),
  stopGradient: (op) => op.in(0),
  customGradient: (op) => op.graph.nameOf(plainOf(op.tensor)),
  copy: (op) => op.in(0),
  slice,
  concat,
  pad: embed,
  embed,
};
