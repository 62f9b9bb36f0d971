// Rows of cases.ts: ops of images [n, height, width, channels] that make them larger, or trade their size for channels.

import { depthToSpace, spaceToDepth } from '../bindings/ops/depth.js';
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

export const IMAGE_CASES: readonly Case[] = [
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
