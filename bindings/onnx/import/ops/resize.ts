// Resize and Upsample: each axis by itself, as a weighted sum over indices, or as indices for the nearest element.

import { check } from '../../../errors.js';
import { take } from '../../../ops/gather.js';
import { constantOf, type Tensor } from '../../../tensor.js';
import { checkLength, type Imported, type Rows } from '../op.js';

/** One axis: how long it is and is to be, by what scale, and which part of it is meant (tf_crop_and_resize). */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly roi: readonly [number, number];
}

/** Where element i of the result lies in the input, by the name of the transformation. */
const PLACES: Readonly<Record<string, (i: number, axis: Axis) => number>> = {
  half_pixel: (i, { scale }) => (i + 0.5) / scale - 0.5,
  half_pixel_symmetric: (i, { scale, from, to }) => {
    const rest = 1 - to / (scale * from);
    return (from / 2) * rest + (i + 0.5) / scale - 0.5;
  },
  pytorch_half_pixel: (i, { scale, to }) => (to > 1 ? (i + 0.5) / scale - 0.5 : 0),
  align_corners: (i, { from, to }) => (to > 1 ? (i * (from - 1)) / (to - 1) : 0),
  asymmetric: (i, { scale }) => i / scale,
  tf_half_pixel_for_nn: (i, { scale }) => (i + 0.5) / scale,
  tf_crop_and_resize: (i, { from, to, roi: [start, end] }) =>
    to > 1 ? start * (from - 1) + (i * (end - start) * (from - 1)) / (to - 1) : 0.5 * (start + end) * (from - 1),
};

/** The whole number for a place, by the name of the rounding. */
const NEAREST: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/**
 * The weights of the elements around a place, from the one at ⌊x⌋ - reach + 1 on; `a` is the coefficient of the cubic.
 */
const WEIGHTS: Readonly<Record<string, (rest: number, a: number) => number[]>> = {
  linear: (rest) => [1 - rest, rest],
  cubic: (rest, a) => {
    const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1;
    const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
    return [far(1 + rest), near(rest), near(1 - rest), far(2 - rest)];
  },
};

interface Way {
  readonly mode: string;
  readonly place: (i: number, axis: Axis) => number;
  readonly nearest: (x: number) => number;
  readonly cubic: number;
  /** Elements outside of the input do not count, and the others are scaled up. */
  readonly excludes: boolean;
  /** What is outside of the input, if it is not what lies at the edge. */
  readonly outside: number | undefined;
}

/** What a table has by a name of the file; nothing that every object has. */
const named = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

function wayOf(op: Imported): Way {
  const mode = op.text('mode', 'nearest');
  const place = named(PLACES, op.text('coordinate_transformation_mode', op.opset < 11 ? 'asymmetric' : 'half_pixel'));
  const nearest = named(NEAREST, op.text('nearest_mode', op.opset < 11 ? 'floor' : 'round_prefer_floor'));
  check(op.int('antialias', 0) === 0, () => 'antialias is not supported');
  check(op.text('keep_aspect_ratio_policy', 'stretch') === 'stretch', () => 'only stretching is supported');
  check(place !== undefined && nearest !== undefined, () => 'its transformation or rounding is not known');
  check(mode === 'nearest' || Object.hasOwn(WEIGHTS, mode), () => `its mode ${mode} is not known`);
  return {
    mode,
    place,
    nearest,
    cubic: op.float('cubic_coeff_a', -0.75),
    excludes: op.int('exclude_outside', 0) !== 0,
    outside: place === PLACES.tf_crop_and_resize ? op.float('extrapolation_value', 0) : undefined,
  };
}

function resized(x: Tensor, axis: number, at: Axis, way: Way): Tensor {
  const { from, to } = at;
  const clamp = (i: number): number => Math.min(Math.max(i, 0), from - 1);
  const places = Array.from({ length: to }, (_, i) => way.place(i, at));
  if (way.mode === 'nearest') {
    const indices = Int32Array.from(places, (place) => clamp(way.nearest(place)));
    return take(x, constantOf(indices, [to], 'int32'), axis);
  }
  // A sum over the neighbours of each place. A matrix would be as large as a file says that the image becomes.
  const across = [to, ...x.shape.slice(axis + 1).map(() => 1)];
  const neighbours = places.map((place) => neighboursOf(place, at, way));
  const terms = WEIGHTS[way.mode]!(0, way.cubic).map((_, k) => {
    const indices = Int32Array.from(neighbours, (all) => clamp(all[k]!.index));
    const weights = Float64Array.from(neighbours, (all) => all[k]!.weight);
    return take(x, constantOf(indices, [to], 'int32'), axis).mul(constantOf(weights, across));
  });
  const y = terms.reduce((sum, term) => sum.add(term));
  if (way.outside === undefined) return y;
  const isInside = Float64Array.from(places, (place) => +(place >= 0 && place <= from - 1));
  const mask = constantOf(isInside, across);
  return y.mul(mask).add(mask.neg().add(1).mul(way.outside));
}

/** What is read for a place between elements, and how much it counts; indices may lie beyond the axis. */
function neighboursOf(place: number, { from }: Axis, way: Way): { readonly index: number; readonly weight: number }[] {
  const low = Math.floor(place);
  const weights = WEIGHTS[way.mode]!(place - low, way.cubic);
  const first = low - weights.length / 2 + 1;
  if (!way.excludes) return weights.map((weight, k) => ({ index: first + k, weight }));
  const inside = weights.map((weight, k) => (first + k >= 0 && first + k < from ? weight : 0));
  const total = inside.reduce((sum, weight) => sum + weight, 0);
  return inside.map((weight, k) => ({ index: first + k, weight: weight / total }));
}

function resize(op: Imported): Tensor {
  const x = op.in(0);
  const { shape } = x;
  const isOld = op.opset < 11 || op.node.opType === 'Upsample';
  const [roi, scales, sizes] = isOld
    ? [undefined, op.floats('scales') ?? op.known(1), undefined]
    : [op.known(1), op.known(2), op.known(3)];
  const axes = op.ints('axes') ?? shape.map((_, axis) => axis);
  const given = sizes && sizes.length > 0 ? sizes : undefined;
  check((given ?? scales ?? []).length === axes.length, () => 'it needs a scale or a size for each axis');
  const way = wayOf(op);
  return axes.reduce((y, one, i) => {
    const axis = op.axis(one, shape.length);
    const from = shape[axis]!;
    const scale = given ? given[i]! / from : scales![i]!;
    const to = given ? given[i]! : Math.floor(from * scale);
    check(to >= 0 && scale > 0, () => `an axis of ${from} can't become one of ${to}`);
    checkLength('the length of an axis', Math.max(from, to), 2 ** 13);
    const part: [number, number] = roi && roi.length > 0 ? [roi[i]!, roi[i + axes.length]!] : [0, 1];
    const isSame = from === to && scale === 1 && part[0] === 0 && part[1] === 1;
    return isSame ? y : resized(y, axis, { from, to, scale, roi: part }, way);
  }, x);
}

export const RESIZE: Rows = { Resize: resize, Upsample: resize };
