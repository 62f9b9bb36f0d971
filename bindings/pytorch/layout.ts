// In which order the numbers of a tensor lie in PyTorch, whose images are [n, channels, height, width] where ours are
// [n, height, width, channels].

import { type Shape, stridesOf } from '../shape.js';

/**
 * As here; with the channels, the last axis, as axis 1; or features that were channels and pixels, in PyTorch's order.
 */
export type Layout = 'last' | 'first' | Features;

/** Rows [n, features] of which PyTorch's number j is our number order[j]. */
export interface Features {
  readonly order: Int32Array;
  /** The shape of the samples that were flattened. */
  readonly of?: Shape | undefined;
}

/** The axis of PyTorch's tensor that is our `axis`, if channels are first. */
export function axisFirst(axis: number, rank: number): number {
  if (axis === 0) return 0;
  return axis === rank - 1 ? 1 : axis + 1;
}

/** A sample's shape with its channels first. */
export const shapeFirst = (sample: Shape): Shape => [sample.at(-1)!, ...sample.slice(0, -1)];

/** How samples are flattened whose channels are first; 'last' if it makes no difference. */
export function flattened(sample: Shape): Layout {
  const channels = sample.at(-1)!;
  const pixels = sample.slice(0, -1).reduce((a, b) => a * b, 1);
  if (channels === 1 || pixels === 1) return 'last';
  const order = new Int32Array(channels * pixels);
  for (let j = 0; j < order.length; j++) order[j] = (j % pixels) * channels + Math.floor(j / pixels);
  return { order, of: sample };
}

/** The layout of features that are put side by side. */
export function joined(parts: readonly { readonly layout: Layout; readonly width: number }[]): Layout {
  if (parts.every(({ layout }) => layout === 'last')) return 'last';
  const all: number[] = [];
  let start = 0;
  for (const { layout, width } of parts) {
    const order = typeof layout === 'string' ? Int32Array.from({ length: width }, (_, j) => j) : layout.order;
    for (const j of order) all.push(start + j);
    start += width;
  }
  return { order: Int32Array.from(all) };
}

/** Whether two layouts are the same. */
export function sameLayout(a: Layout, b: Layout): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.order.length === b.order.length && a.order.every((j, i) => j === b.order[i]);
}

/** How an array of ours becomes one of PyTorch. */
export interface Arrangement {
  /** Our axes in the order of PyTorch; as they are by default. */
  readonly axes?: readonly number[] | undefined;
  /** The shape there, if it is not that of the reordered axes. */
  readonly shape?: Shape | undefined;
  /** The features along one of our axes. */
  readonly features?: { readonly axis: number; readonly order: Int32Array } | undefined;
}

/** The shape that an array of ours has in PyTorch. */
export const arrangedShape = (ours: Shape, { axes, shape }: Arrangement): Shape =>
  shape ?? axes?.map((axis) => ours[axis]!) ?? ours;

/** For each element of PyTorch's array the index of ours. */
function places(ours: Shape, { axes = ours.map((_, i) => i), features }: Arrangement): Int32Array {
  const strides = stridesOf(ours);
  const out = new Int32Array(ours.reduce((a, b) => a * b, 1));
  let to = 0;
  const visit = (depth: number, at: number): void => {
    if (depth === axes.length) {
      out[to++] = at;
      return;
    }
    const axis = axes[depth]!;
    const order = features?.axis === axis ? features.order : undefined;
    for (let i = 0; i < ours[axis]!; i++) visit(depth + 1, at + (order ? order[i]! : i) * strides[axis]!);
  };
  visit(0, 0);
  return out;
}

/** An array of ours as PyTorch has it. */
export function arranged(
  ours: Shape,
  how: Arrangement,
  values: ArrayLike<number>,
): { data: Float32Array; shape: Shape } {
  return { data: Float32Array.from(places(ours, how), (at) => values[at]!), shape: arrangedShape(ours, how) };
}

/** An array of PyTorch, which begins with element `from` of these values, as it is here. */
export function rearranged(
  ours: Shape,
  how: Arrangement,
  values: ArrayLike<number>,
  from: number,
): Float32Array | Float64Array {
  const to = places(ours, how);
  const out = values instanceof Float64Array ? new Float64Array(to.length) : new Float32Array(to.length);
  to.forEach((at, k) => void (out[at] = values[from + k]!));
  return out;
}
