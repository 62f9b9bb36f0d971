// Cutting tensors and putting them together: slice, split, flip, roll, tile, concat, stack. A window is a part of a
// tensor that is read or written with strides. Two primitives, each the other's derivative: reading a window (slice),
// and writing windows into a new tensor (embed, pad, concat). Not here: parts at indices that are tensors (gather.ts).

import { check, checkIs, checkWhole, show } from '../errors.js';
import { type Interval, sweep } from '../intervals.js';
import { write } from '../kernels/movement.js';
import { collapse, MAX_TENSORS, normalizeAxis, type Shape, sameShape, shapeText, stridesOf } from '../shape.js';
import { checkedTensor, constantOf, Tensor } from '../tensor.js';
import { emitPermute } from './movement.js';
import { defineOp, type Emitter, type Join, type OpDefinition } from './op.js';
import type { Axes } from './reduce.js';

/** A window: of axis i the elements begin[i], begin[i] + step[i] …, shape[i] of them, all of which exist. */
export interface Window {
  readonly begin: readonly number[];
  readonly step: readonly number[];
  readonly shape: Shape;
}

/** Where a window starts in a contiguous array of shape `within`, and its strides there, in elements. */
function layout({ begin, step }: Window, within: Shape): { offset: number; strides: number[] } {
  const strides = stridesOf(within);
  const offset = begin.reduce((sum, first, i) => sum + first * strides[i]!, 0);
  return { offset, strides: strides.map((stride, i) => stride * step[i]!) };
}

const KERNELS = { write };

/** Writes `x` to a window of `out`. */
function emitWrite(e: Emitter, out: Tensor, x: Tensor, window: Window): void {
  const { offset, strides } = layout(window, out.shape);
  const loops = collapse(window.shape, [strides]);
  const dimsAndStrides = [...loops.dims, ...loops.strides[0]!];
  if (x.size > 0) e.code('write', { out: e.at(out) + offset * 4, x: e.at(x), dimsAndStrides });
}

const window = defineOp<Window>({
  name: 'slice',
  infer: ([x], { shape }) => ({ shape, dtype: x!.dtype }),
  derivative: (g, { inputs: [x] }, part) => [putInto(embed, [g], x!.shape, [part])],
  batch: ({ size, inputs: [x] }, _node, { begin, step, shape }) =>
    windowOf(x!, { begin: [0, ...begin], step: [1, ...step], shape: [size, ...shape] }),
  traffic: ({ size }) => 8 * size,
  emit: (e, node, part) => {
    const { offset, strides } = layout(part, node.inputs[0]!.shape);
    emitPermute(e, node, strides, offset);
  },
});

/**
 * The windows that the inputs are put into; `into` is the shape of the whole. An input more than windows is the fill.
 */
export interface EmbedAttrs {
  readonly begin: readonly (readonly number[])[];
  readonly step: readonly (readonly number[])[];
  readonly into: Shape;
}

/** The window that input `i` is put into. */
const windowAt = ({ inputs }: Tensor, { begin, step }: EmbedAttrs, i: number): Window => ({
  begin: begin[i]!,
  step: step[i]!,
  shape: inputs[i]!.shape,
});

/**
 * An op that puts its inputs into windows that do not overlap. A constant scalar as the last input fills what is left.
 */
/*@__NO_SIDE_EFFECTS__*/
function embedding(name: string, join?: Join): OpDefinition {
  return defineOp<EmbedAttrs>({
    name,
    ...(join && { join }),
    kernels: KERNELS,
    infer: ([x], { into }) => ({ shape: into, dtype: x!.dtype }),
    derivative: (g, node, attrs) => attrs.begin.map((_, i) => windowOf(g, windowAt(node, attrs, i))),
    batch: ({ size, full }, node, { begin, step, into }) => {
      const parts = full.slice(0, begin.length);
      const fill = node.inputs.slice(begin.length);
      return node.rewrite(node.op, [...parts, ...fill], {
        begin: begin.map((at) => [0, ...at]),
        step: step.map((by) => [1, ...by]),
        into: [size, ...into],
      } satisfies EmbedAttrs);
    },
    emit: (e, node, attrs) => {
      const count = attrs.begin.length;
      const parts = node.inputs.slice(0, count);
      const covered = parts.reduce((sum, x) => sum + x.size, 0) === node.size;
      if (!covered)
        e.code('permute', { out: e.at(node), x: e.at(node.inputs[count]!), dimsAndStrides: [node.size, 0] });
      parts.forEach((x, i) => void emitWrite(e, node, x, windowAt(node, attrs, i)));
    },
  });
}

/** The gradient of reading windows: zeros around them. Those of many windows of one tensor become one op. */
const embed = embedding('embed', {
  group: ({ inputs }, attrs) => {
    const { begin, step } = attrs as EmbedAttrs;
    return begin.length === 1 ? `${begin};${step};${inputs[0]!.shape}` : undefined;
  },
  sum: (nodes) => {
    const parts = nodes.map((node) => ({ x: node.inputs[0]!, window: windowAt(node, node.attrs as EmbedAttrs, 0) }));
    const { shape } = nodes[0]!;
    const whole = (layer: readonly Part[]): Tensor => {
      const xs = layer.map(({ x }) => x);
      const windows = layer.map(({ window }) => window);
      return putInto(embed, xs, shape, windows);
    };
    // Layer by layer, so that no more than two of the whole shape are in memory at once.
    const [first, ...others] = layersOf(parts, 0);
    return others.reduce((sum, layer) => sum.add(whole(layer)), whole(first!));
  },
});

const padded = embedding('pad');

const concatenated = embedding('concat');

const windowOf = (x: Tensor, { begin, step, shape }: Window): Tensor => new Tensor(window, [x], { begin, step, shape });

/** A tensor of shape `into` with `xs` in these windows, and `value` everywhere else. */
function putInto(
  op: OpDefinition,
  xs: readonly Tensor[],
  into: Shape,
  windows: readonly Omit<Window, 'shape'>[],
  value = 0,
): Tensor {
  const { dtype } = xs[0]!;
  const fill = constantOf(dtype === 'int32' ? Int32Array.of(value) : Float64Array.of(value), [], dtype);
  return new Tensor(op, [...xs, fill], placed(windows, into));
}

const placed = (windows: readonly Omit<Window, 'shape'>[], into: Shape): EmbedAttrs => ({
  begin: windows.map(({ begin }) => begin),
  step: windows.map(({ step }) => step),
  into,
});

/** Zeros [length] with the elements of vector `x` at `first`, first + step … */
export const spaced = (x: Tensor, length: number, first: number, step: number): Tensor =>
  putInto(padded, [x], [length], [{ begin: [first], step: [step] }]);

/** A tensor, and the window that it is to be put into. */
interface Part {
  readonly x: Tensor;
  readonly window: Window;
}

/**
 * Divides the parts into layers, in each of which no two windows overlap. Overlaps are looked for axis by axis, which
 * finds few layers, if not always the fewest.
 */
function layersOf(parts: readonly Part[], axis: number): Part[][] {
  if (parts.length === 1 || axis === parts[0]!.x.shape.length) return parts.map((part) => [part]);
  const tracks: Part[][][] = [];
  const idle: Part[][][] = [];
  const trackOf = new Map<Stretch, Part[][]>();
  sweep(
    stretches(parts, axis),
    (stretch) => {
      const track = idle.pop() ?? [];
      if (track.length === 0) tracks.push(track);
      trackOf.set(stretch, track);
      layersOf(stretch.parts, axis + 1).forEach((layer, i) => {
        track[i] ??= [];
        for (const part of layer) track[i].push(part);
      });
    },
    (stretch) => idle.push(trackOf.get(stretch)!),
  );
  return tracks.flat();
}

/** Parts whose windows span the same stretch of an axis: whether they overlap is decided by the axes after it. */
interface Stretch extends Interval {
  readonly parts: Part[];
}

function stretches(parts: readonly Part[], axis: number): Stretch[] {
  const found = new Map<string, Stretch>();
  for (const part of parts) {
    const { begin, step, shape } = part.window;
    const ends = [begin[axis]!, begin[axis]! + step[axis]! * (shape[axis]! - 1)];
    const [from, to] = [Math.min(...ends), Math.max(...ends)];
    const stretch = found.get(`${from} ${to}`) ?? { from, to, parts: [] };
    found.set(`${from} ${to}`, stretch);
    stretch.parts.push(part);
  }
  return [...found.values()];
}

/**
 * Which part of an axis `slice` takes: an index, which drops the axis; [start, stop, step] as in NumPy; null for all of
 * it.
 */
export type Range =
  | number
  | readonly [start?: number | null, stop?: number | null, step?: number | null]
  | null
  | undefined;

/**
 * Cuts a part out of a tensor, given by a range for each axis as in NumPy: an index (negative from the back) drops the
 * axis, `[start, stop, step]` takes every step-th element from start up to but without stop (each may be left out, null
 * or negative; ends beyond the axis are cut), null or undefined takes all. Axes without a range are taken whole.
 *
 *     slice(x, [0])                  // x[0]
 *     slice(x, [null, [1, -1]])      // x[:, 1:-1]
 *     slice(x, [[null, null, -1]])   // x[::-1]
 *
 * @throws if an index is out of range or a step is 0
 */
export function slice(x: Tensor, ranges: readonly Range[]): Tensor {
  const where = `slice of ${shapeText(checkedTensor('slice', x).shape)}`;
  check(Array.isArray(ranges), () => `${where}: expected an array with a range for each axis, got ${show(ranges)}`);
  check(
    ranges.length <= x.shape.length,
    () => `${where}: ${ranges.length} ranges are given for ${x.shape.length} axes`,
  );
  const parts = x.shape.map((n, axis) => axisPart(where, n, axis, ranges[axis]));
  const part: Window = {
    begin: parts.map((p) => p.begin),
    step: parts.map((p) => p.step),
    shape: parts.map((p) => p.count),
  };
  const whole = sameShape(part.shape, x.shape) && part.step.every((step) => step === 1);
  const kept = part.shape.filter((_, axis) => typeof ranges[axis] !== 'number');
  return (whole ? x : windowOf(x, part)).reshape(kept);
}

interface AxisPart {
  readonly begin: number;
  readonly step: number;
  readonly count: number;
}

function axisPart(where: string, n: number, axis: number, range: Range): AxisPart {
  if (typeof range === 'number') {
    const index = range < 0 ? range + n : range;
    const exists = Number.isInteger(index) && index >= 0 && index < n;
    check(exists, () => `${where}: index ${range} is out of range for axis ${axis} of ${n}`);
    return { begin: index, step: 1, count: 1 };
  }
  check(range === null || range === undefined || Array.isArray(range), () => {
    return `${where}: the range of axis ${axis} is an index, [start, stop, step], null or undefined, got ${show(range)}`;
  });
  const [start, stop, step] = [range?.[0], range?.[1], range?.[2] ?? 1];
  for (const bound of [start, stop, step]) {
    const whole = bound === null || bound === undefined || Number.isInteger(bound);
    check(whole, () => `${where}: ${show(bound)} in the range of axis ${axis} is not a whole number`);
  }
  check(step !== 0, () => `${where}: the step of axis ${axis} is 0`);
  const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
  const bound = (at: number | null | undefined, open: number): number =>
    at === null || at === undefined ? open : Math.min(Math.max(at < 0 ? at + n : at, low), high);
  const begin = bound(start, step > 0 ? low : high);
  const end = bound(stop, step > 0 ? high : low);
  const count = Math.max(0, Math.ceil((end - begin) / step));
  return { begin: count === 0 ? 0 : begin, step, count };
}

/**
 * Reverses the order of elements along `axes`, all of them by default.
 *
 * @throws if an axis is out of range, or given twice
 */
export function flip(x: Tensor, axes?: Axes): Tensor {
  const { shape } = checkedTensor('flip', x);
  const list = axes === undefined ? shape.map((_, i) => i) : ([axes].flat() as readonly number[]);
  const flipped = new Set(list.map((a) => normalizeAxis('flip', a, shape.length)));
  check(flipped.size === list.length, () => `flip: of ${shapeText(list)} an axis is given twice`);
  return slice(
    x,
    shape.map((_, i) => (flipped.has(i) ? [null, null, -1] : null)),
  );
}

/**
 * Moves elements along `axes`: what leaves at one end comes in at the other. Element i goes to i + shift, a negative
 * shift is backwards. `shift` is one number, or one for each axis; without axes the tensor is rolled as if it were
 * flat.
 */
export function roll(x: Tensor, shift: number | readonly number[], axes?: Axes): Tensor {
  const { shape } = checkedTensor('roll', x);
  if (axes === undefined) return roll(x.flatten(), shift, 0).reshape(shape);
  const list = [axes].flat() as number[];
  const shifts = Array.isArray(shift) ? shift : list.map(() => shift);
  check(shifts.length === list.length, () => `roll: ${shifts.length} shifts are given for ${list.length} axes`);
  return list.reduce((rolled, axis, i) => rollAxis(rolled, shifts[i], normalizeAxis('roll', axis, shape.length)), x);
}

function rollAxis(x: Tensor, shift: number, axis: number): Tensor {
  checkIs(Number.isSafeInteger(shift), 'roll: the shift', 'a whole number, or an array of them', shift);
  const n = x.shape[axis]!;
  const first = n && ((-shift % n) + n) % n;
  return first ? concat([along(x, axis, [first]), along(x, axis, [0, first])], axis) : x;
}

/** A range of one axis, all of the others. */
export const along = (x: Tensor, axis: number, range: Range): Tensor =>
  slice(
    x,
    x.shape.map((_, i) => (i === axis ? range : null)),
  );

/** `x` with elements of `value` around it; the widths, [before, after] for each axis, are not checked. */
export function padWith(x: Tensor, widths: readonly (readonly [number, number])[], value: number): Tensor {
  const into = x.shape.map((n, i) => n + widths[i]![0] + widths[i]![1]);
  return putInto(padded, [x], into, [{ begin: widths.map(([before]) => before), step: widths.map(() => 1) }], value);
}

/**
 * Repeats a tensor repeats[i] times along axis i; where there are fewer repeats than axes, they are those of the last
 * axes.
 */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  const { shape } = checkedTensor('tile', x);
  check(Array.isArray(repeats), () => `tile: expected a number of repeats for each axis, got ${show(repeats)}`);
  const rank = Math.max(repeats.length, shape.length);
  const filled = (list: readonly number[]): number[] => [...new Array<number>(rank - list.length).fill(1), ...list];
  const [times, dims] = [filled(repeats), filled(shape)];
  for (const n of times)
    check(Number.isSafeInteger(n) && n >= 0, () => `tile: ${show(n)} is not a number of repeats, 0, 1 …`);
  const apart = dims.flatMap((d) => [1, d]);
  const repeated = dims.flatMap((d, i) => [times[i]!, d]);
  return x
    .reshape(apart)
    .broadcastTo(repeated)
    .reshape(dims.map((d, i) => d * times[i]!));
}

/**
 * Joins tensors one behind the other along an `axis` that they have.
 *
 * @throws if there are none, or they differ in type or in another dimension
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const xs = listed('concat', tensors);
  const [first] = xs;
  const { shape, dtype } = first;
  const at = normalizeAxis('concat', axis, shape.length);
  let length = 0;
  const windows = xs.map((t) => {
    const fits = t.shape.length === shape.length && t.shape.every((d, i) => i === at || d === shape[i]);
    check(fits, () => `concat along axis ${at}: ${shapeText(shape)} and ${shapeText(t.shape)} differ elsewhere`);
    check(t.dtype === dtype, () => `concat: ${dtype} and ${t.dtype} do not go together; convert with toFloat()`);
    const before = length;
    length += t.shape[at]!;
    return { begin: shape.map((_, i) => (i === at ? before : 0)), step: shape.map(() => 1) };
  });
  const into = shape.map((d, i) => (i === at ? length : d));
  return xs.length === 1 ? first : new Tensor(concatenated, xs, placed(windows, into));
}

/**
 * Joins tensors of one shape along a new `axis`.
 *
 * @throws if there are none, or they differ in type or shape
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = listed('stack', tensors);
  for (const { shape } of tensors) {
    const same = sameShape(shape, first.shape);
    check(same, () => `stack: the shapes ${shapeText(first.shape)} and ${shapeText(shape)} differ`);
  }
  const at = normalizeAxis('stack', axis, first.shape.length + 1);
  return concat(
    tensors.map((t) => t.expandDims(at)),
    at,
  );
}

function listed(name: string, tensors: readonly Tensor[]): readonly [Tensor, ...Tensor[]] {
  check(Array.isArray(tensors), () => `${name}: expected an array of tensors, got ${show(tensors)}`);
  check(tensors.length > 0, () => `${name}: there must be at least one tensor`);
  return tensors.map((t) => checkedTensor(name, t)) as [Tensor, ...Tensor[]];
}

/**
 * Cuts a tensor along `axis`, into a number of equal parts or into parts of given lengths. Throws if they do not fit.
 */
export function split(x: Tensor, parts: number | readonly number[], axis = 0): Tensor[] {
  const { shape } = checkedTensor('split', x);
  const at = normalizeAxis('split', axis, shape.length);
  const n = shape[at]!;
  checkIs(typeof parts === 'number' || Array.isArray(parts), 'split: parts', 'a number or an array of lengths', parts);
  const lengths = typeof parts === 'number' ? equalParts(n, parts) : parts;
  const whole = lengths.every((length) => Number.isInteger(length) && length >= 0);
  check(whole && lengths.reduce((sum, length) => sum + length, 0) === n, () => {
    return `split: axis ${axis} of ${shapeText(shape)} is not made of parts of ${shapeText(lengths)}`;
  });
  let start = 0;
  return lengths.map((length) => {
    const part = along(x, at, [start, start + length]);
    start += length;
    return part;
  });
}

function equalParts(n: number, parts: number): number[] {
  checkWhole('split: the number of parts', parts, 1, MAX_TENSORS);
  check(n % parts === 0, () => `split: an axis of ${n} does not divide into ${parts} equal parts`);
  return new Array<number>(parts).fill(n / parts);
}
