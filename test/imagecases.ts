// Rows of cases.ts: ops that make images and sequences larger or smaller, or trade the size of images for channels.

import { depthToSpace, spaceToDepth } from '../bindings/ops/depth.js';
import { cropping1d, cropping2d, zeroPadding1d, zeroPadding2d } from '../bindings/ops/edges.js';
import { repeatVector } from '../bindings/ops/repeatvector.js';
import { upSampling2d } from '../bindings/ops/upsampling.js';
import type { Shape } from '../bindings/shape.js';
import type { TensorData } from '../bindings/tensor.js';
import type { Case, Domain } from './cases.js';
import { at, indexed } from './indexed.js';

const wide: Domain = { low: -4, high: 4 };

type Size = readonly [number, number, number, number];

const larger = (s: Shape, [h, w]: readonly [number, number]): Size => [s[0]!, s[1]! * h, s[2]! * w, s[3]!];

/**
 * PyTorch's align_corners=false: where output `i` lies between inputs, its lower neighbour, the next one, and its
 * weight.
 */
function between(i: number, times: number, n: number): [number, number, number] {
  const place = Math.max((i + 0.5) / times - 0.5, 0);
  const low = Math.floor(place);
  return [low, Math.min(low + 1, n - 1), place - low];
}

function bilinear(x: TensorData, s: Shape, size: readonly [number, number]): number[] {
  return indexed(larger(s, size), ([n, i, j, c]) => {
    const [top, bottom, down] = between(i!, size[0], s[1]!);
    const [left, right, across] = between(j!, size[1], s[2]!);
    const pixel = (r: number, q: number) => at(x, s, [n!, r, q, c!]);
    const row = (r: number) => pixel(r, left) * (1 - across) + pixel(r, right) * across;
    return row(top) * (1 - down) + row(bottom) * down;
  });
}

const IMAGES: (readonly Shape[])[] = [[[2, 3, 2, 1]], [[1, 1, 5, 3]], [[2, 4, 1, 2]], [[0, 2, 2, 1]], [[1, 2, 0, 3]]];

const SEQUENCES: (readonly Shape[])[] = [[[2, 4, 3]], [[1, 5, 1]], [[3, 4, 17]], [[0, 4, 2]], [[2, 4, 0]]];

/** Elements of x, so many further along each axis; 0 where there are none. */
const shifted = (x: TensorData, s: Shape, into: Shape, by: readonly number[]): number[] =>
  indexed(into, (index) => {
    const from = index.map((i, axis) => i - by[axis]!);
    return from.every((i, axis) => i >= 0 && i < s[axis]!) ? at(x, s, from) : 0;
  });

/** An op that moves x by `by` and makes its shape longer by `more`, or shorter. */
const moved = (
  name: string,
  call: Case['call'],
  shapes: Case['shapes'],
  by: readonly number[],
  more: readonly number[],
): Case[] =>
  ([undefined, 'int32'] as const).map((dtype) => ({
    name: dtype ? `${name} of ${dtype}` : name,
    call,
    shapes,
    domains: [dtype ? { low: -4, high: 4, dtype } : wide],
    reference: ([x], [s]) =>
      shifted(
        x!,
        s!,
        s!.map((d, axis) => d + more[axis]!),
        by,
      ),
    ...(dtype === undefined && { differentiable: [0] }),
  }));

export const IMAGE_CASES: readonly Case[] = [
  ...moved('zeroPadding1d', (x) => zeroPadding1d(x, [2, 1]), [...SEQUENCES, [[1, 0, 2]]], [0, 2, 0], [0, 3, 0]),
  ...moved(
    'zeroPadding2d',
    (x) =>
      zeroPadding2d(x, [
        [1, 0],
        [2, 3],
      ]),
    IMAGES,
    [0, 1, 2, 0],
    [0, 1, 5, 0],
  ),
  ...moved('zeroPadding2d by default', (x) => zeroPadding2d(x), IMAGES, [0, 1, 1, 0], [0, 2, 2, 0]),
  ...moved('cropping1d', (x) => cropping1d(x, [2, 1]), SEQUENCES, [0, -2, 0], [0, -3, 0]),
  ...moved(
    'cropping2d',
    (x) =>
      cropping2d(x, [
        [0, 0],
        [2, 1],
      ]),
    [[[2, 3, 5, 1]], [[1, 1, 4, 3]], [[0, 2, 4, 1]], [[1, 0, 6, 3]]],
    [0, 0, -2, 0],
    [0, 0, -3, 0],
  ),
  ...([undefined, 'int32'] as const).map(
    (dtype): Case => ({
      name: dtype ? `repeatVector of ${dtype}` : 'repeatVector',
      call: (x) => repeatVector(x, 3),
      shapes: [[[2, 5]], [[1, 1]], [[3, 16]], [[0, 4]], [[2, 0]]],
      domains: [dtype ? { low: -4, high: 4, dtype } : wide],
      reference: ([x], [s]) => indexed([s![0]!, 3, s![1]!], ([n, , i]) => at(x!, s!, [n!, i!])),
      ...(dtype === undefined && { differentiable: [0] }),
    }),
  ),
  {
    name: 'upSampling2d',
    call: (x) => upSampling2d(x, { size: [3, 2] }),
    shapes: IMAGES,
    domains: [wide],
    reference: ([x], [s]) =>
      indexed(larger(s!, [3, 2]), ([n, i, j, c]) => at(x!, s!, [n!, Math.floor(i! / 3), Math.floor(j! / 2), c!])),
    differentiable: [0],
  },
  {
    name: 'upSampling2d of int32',
    call: (x) => upSampling2d(x),
    shapes: [[[2, 3, 2, 1]]],
    domains: [{ low: -9, high: 9, dtype: 'int32' }],
    reference: ([x], [s]) => indexed(larger(s!, [2, 2]), ([n, i, j, c]) => at(x!, s!, [n!, i! >> 1, j! >> 1, c!])),
  },
  ...(
    [
      [2, 2],
      [1, 3],
      [3, 4],
    ] as const
  ).map(
    (size): Case => ({
      name: `upSampling2d, bilinear, ${size}`,
      call: (x) => upSampling2d(x, { size, interpolation: 'bilinear' }),
      shapes: IMAGES,
      domains: [wide],
      reference: ([x], [s]) => bilinear(x!, s!, size),
      differentiable: [0],
    }),
  ),
  {
    name: 'depthToSpace',
    call: (x) => depthToSpace(x, 2),
    shapes: [[[2, 1, 3, 4]], [[1, 2, 2, 12]], [[0, 2, 1, 4]], [[1, 1, 1, 8]]],
    domains: [wide],
    reference: ([x], [s]) => {
      const c = s![3]! / 4;
      return indexed([s![0]!, 2 * s![1]!, 2 * s![2]!, c], ([n, i, j, k]) =>
        at(x!, s!, [n!, i! >> 1, j! >> 1, (2 * (i! % 2) + (j! % 2)) * c + k!]),
      );
    },
    differentiable: [0],
  },
  {
    name: 'spaceToDepth',
    call: (x) => spaceToDepth(x, 3),
    shapes: [[[2, 3, 6, 1]], [[1, 3, 3, 2]], [[1, 0, 3, 1]]],
    domains: [wide],
    reference: ([x], [s]) => {
      const c = s![3]!;
      return indexed([s![0]!, s![1]! / 3, s![2]! / 3, 9 * c], ([n, i, j, k]) => {
        const block = Math.floor(k! / c);
        return at(x!, s!, [n!, 3 * i! + Math.floor(block / 3), 3 * j! + (block % 3), k! % c]);
      });
    },
    differentiable: [0],
  },
];
