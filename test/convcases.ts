// Rows of the table of ops (cases.ts): convolutions, with their definitions in float64.

import { convolutionKernel, type Geometry } from '../bindings/ops/convolution.js';
import { conv1d, conv2d, depthwiseConv2d, separableConv2d } from '../bindings/ops/convolve.js';
import { conv1dTranspose, conv2dTranspose } from '../bindings/ops/transposed.js';
import type { Shape } from '../bindings/shape.js';
import { Tensor, type TensorData } from '../bindings/tensor.js';
import type { Case, Domain } from './cases.js';

type Pair = readonly [number, number];

/** How windows go over images: pairs of rows and columns, and the zeros at [top, bottom] and [left, right]. */
export interface Settings {
  readonly strides?: Pair;
  readonly dilation?: Pair;
  readonly zeros?: readonly [Pair, Pair];
  readonly groups?: number;
}

/** The zeros that Keras puts around one axis for 'same': what ⌈size / stride⌉ windows need, the odd one behind. */
const same = (size: number, taps: number, stride: number, dilation: number): Pair => {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + (taps - 1) * dilation + 1 - size);
  return [total >> 1, total - (total >> 1)];
};

/**
 * y[n, i, j, o] = Σ x[n, i·s + p·d - top, j·s + q·d - left, c] · kernel[p, q, c, o], x being 0 outside; of a group of
 * channels c for a group of filters o. (V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep
 * learning", 2016.)
 */
export function convolutionOf(
  x: ArrayLike<number>,
  [n, h, w, c]: Shape,
  kernel: ArrayLike<number>,
  [kh, kw, each, filters]: Shape,
  {
    strides = [1, 1],
    dilation = [1, 1],
    zeros = [
      [0, 0],
      [0, 0],
    ],
    groups = 1,
  }: Settings,
): { y: number[]; shape: Shape } {
  const count = (size: number, taps: number, axis: 0 | 1) => {
    const [before, after] = zeros[axis];
    return Math.floor((size + before + after - dilation[axis] * (taps - 1) - 1) / strides[axis]) + 1;
  };
  const shape = [n!, count(h!, kh!, 0), count(w!, kw!, 1), filters!];
  const at = (t: number, i: number, j: number, k: number): number =>
    i < 0 || j < 0 || i >= h! || j >= w! ? 0 : x[((t * h! + i) * w! + j) * c! + k]!;
  const y: number[] = [];
  for (let t = 0; t < n!; t++) {
    for (let i = 0; i < shape[1]!; i++) {
      for (let j = 0; j < shape[2]!; j++) {
        for (let o = 0; o < filters!; o++) {
          const group = Math.floor(o / (filters! / groups));
          let sum = 0;
          for (let p = 0; p < kh!; p++) {
            for (let q = 0; q < kw!; q++) {
              for (let k = 0; k < each!; k++) {
                const row = i * strides[0] + p * dilation[0] - zeros[0][0];
                const column = j * strides[1] + q * dilation[1] - zeros[1][0];
                sum += at(t, row, column, group * each! + k) * kernel[((p * kw! + q) * each! + k) * filters! + o]!;
              }
            }
          }
          y.push(sum);
        }
      }
    }
  }
  return { y, shape };
}

/**
 * The same transposed: each x[n, i, j, c] adds x · kernel[p, q, o, c] to pixel [i·s + p·d - top, j·s + q·d - left, o].
 */
export function transposedOf(
  x: ArrayLike<number>,
  [n, h, w, c]: Shape,
  kernel: ArrayLike<number>,
  [kh, kw, each]: Shape,
  {
    strides = [1, 1],
    dilation = [1, 1],
    zeros = [
      [0, 0],
      [0, 0],
    ],
    groups = 1,
  }: Settings,
  added: Pair = [0, 0],
): number[] {
  const size = (length: number, taps: number, axis: 0 | 1) =>
    (length - 1) * strides[axis] + (taps - 1) * dilation[axis] + 1 - zeros[axis][0] - zeros[axis][1] + added[axis];
  const [height, width, filters] = [size(h!, kh!, 0), size(w!, kw!, 1), each! * groups];
  const y = new Array<number>(n! * height * width * filters).fill(0);
  for (let t = 0; t < n!; t++) {
    for (let i = 0; i < h!; i++) {
      for (let j = 0; j < w!; j++) {
        for (let p = 0; p < kh!; p++) {
          for (let q = 0; q < kw!; q++) {
            const row = i * strides[0] + p * dilation[0] - zeros[0][0];
            const column = j * strides[1] + q * dilation[1] - zeros[1][0];
            if (row < 0 || column < 0 || row >= height || column >= width) continue;
            for (let k = 0; k < c!; k++) {
              const group = Math.floor(k / (c! / groups));
              const value = x[((t * h! + i) * w! + j) * c! + k]!;
              for (let o = 0; o < each!; o++) {
                const weight = kernel[((p * kw! + q) * each! + o) * c! + k]!;
                y[((t * height + row) * width + column) * filters + group * each! + o]! += value * weight;
              }
            }
          }
        }
      }
    }
  }
  return y;
}

const wide: Domain = { low: -2, high: 2 };

/** A row of operands that are float32. */
function row(
  name: string,
  call: (...inputs: Tensor[]) => Tensor,
  shapes: readonly (readonly Shape[])[],
  reference: (inputs: readonly TensorData[], shapes: readonly Shape[]) => number[],
): Case {
  const domains = shapes[0]!.map(() => wide);
  return { name, call, shapes, domains, reference, differentiable: domains.map((_, i) => i) };
}

/** 'same' by the sizes of image and kernel. */
const sameOf = (x: Shape, kernel: Shape, { strides = [1, 1], dilation = [1, 1], ...rest }: Settings): Settings => ({
  ...rest,
  strides,
  dilation,
  zeros: [same(x[1]!, kernel[0]!, strides[0], dilation[0]), same(x[2]!, kernel[1]!, strides[1], dilation[1])],
});

function conv2dCase(
  name: string,
  options: Parameters<typeof conv2d>[2],
  shapes: readonly (readonly [x: Shape, kernel: Shape])[],
  settings: Settings | 'same' = {},
): Case {
  return row(
    `conv2d, ${name}`,
    (x, kernel) => conv2d(x, kernel, options),
    shapes,
    ([x, kernel], [s, k]) => {
      const { padding: _, strides = 1, dilation = 1, groups = 1 } = options ?? {};
      const both = (v: number | Pair): Pair => (typeof v === 'number' ? [v, v] : v);
      const given = { strides: both(strides), dilation: both(dilation), groups };
      const all = settings === 'same' ? sameOf(s!, k!, given) : { ...given, ...settings };
      return convolutionOf(x!, s!, kernel!, k!, all).y;
    },
  );
}

const image = (...shape: readonly [number, number, number, number]): Shape => shape;

/**
 * The gradient by the kernel, an op of its own: Σ x[n, i·s + p·d - top, j·s + q·d - left, c] · g[n, i, j, o] over n, i
 * and j.
 */
function kernelCase(name: string, geometry: Geometry, shapes: readonly (readonly [x: Shape, g: Shape])[]): Case {
  const {
    image: [h, w],
    kernel: [kh, kw],
    strides,
    dilation,
    before,
    groups,
  } = geometry;
  return row(
    `the gradient by the kernel, ${name}`,
    (x, g) => new Tensor(convolutionKernel, [x, g], geometry),
    shapes,
    ([x, g], [sx, sg]) => {
      const [[n, , , c], [, oh, ow, o]] = [sx!, sg!];
      const each = c! / groups;
      return Array.from({ length: kh * kw * each * o! }, (_, flat) => {
        const [filter, k] = [flat % o!, Math.floor(flat / o!) % each];
        const [p, q] = [Math.floor(flat / (o! * each * kw)), Math.floor(flat / (o! * each)) % kw];
        const channel = Math.floor(filter / (o! / groups)) * each + k;
        let sum = 0;
        for (let t = 0; t < n!; t++) {
          for (let i = 0; i < oh!; i++) {
            for (let j = 0; j < ow!; j++) {
              const [r, s] = [
                i * strides[0] + p * dilation[0] - before[0],
                j * strides[1] + q * dilation[1] - before[1],
              ];
              if (r < 0 || s < 0 || r >= h || s >= w) continue;
              sum += x![((t * h + r) * w + s) * c! + channel]! * g![((t * oh! + i) * ow! + j) * o! + filter]!;
            }
          }
        }
        return sum;
      });
    },
  );
}

/** Convolutions as rows of the table. */
export const CONVOLUTIONS: readonly Case[] = [
  kernelCase(
    'same',
    { image: [5, 4], result: [5, 4], kernel: [3, 3], strides: [1, 1], dilation: [1, 1], before: [1, 1], groups: 1 },
    [
      [image(1, 5, 4, 1), image(1, 5, 4, 1)],
      [image(2, 5, 4, 3), image(2, 5, 4, 9)],
      [image(1, 5, 4, 2), image(1, 5, 4, 17)],
      [image(0, 5, 4, 2), image(0, 5, 4, 3)],
      [image(2, 5, 4, 8), image(2, 5, 4, 16)],
      [image(0, 5, 4, 16), image(0, 5, 4, 8)],
    ],
  ),
  kernelCase(
    'of lanes, with strides',
    { image: [6, 5], result: [3, 3], kernel: [3, 2], strides: [2, 2], dilation: [2, 1], before: [2, 1], groups: 5 },
    [[image(2, 6, 5, 5), image(2, 3, 3, 5)]],
  ),
  conv2dCase('valid', undefined, [
    [image(1, 3, 3, 1), image(3, 3, 1, 1)],
    [image(2, 4, 5, 1), image(3, 2, 1, 2)],
    [image(1, 5, 7, 2), image(2, 3, 2, 3)],
    [image(0, 4, 4, 2), image(3, 3, 2, 2)],
    [image(1, 2, 9, 3), image(1, 4, 3, 4)],
    [image(1, 1, 1, 1), image(1, 1, 1, 1)],
    [image(2, 6, 5, 3), image(3, 3, 3, 8)],
    [image(1, 4, 9, 8), image(3, 3, 8, 9)],
    [image(1, 5, 5, 4), image(2, 2, 4, 17)],
    [image(2, 3, 3, 2), image(1, 1, 2, 5)],
    [image(3, 2, 3, 2), image(2, 3, 2, 4)],
    [image(1, 4, 3, 2), image(2, 2, 2, 0)],
    [image(1, 4, 3, 0), image(2, 2, 0, 3)],
    [image(1, 6, 7, 8), image(3, 3, 8, 8)],
    [image(0, 6, 6, 16), image(3, 3, 16, 8)],
  ]),
  conv2dCase(
    'same',
    { padding: 'same' },
    [
      [image(1, 4, 4, 1), image(3, 3, 1, 2)],
      [image(2, 3, 5, 2), image(2, 4, 2, 3)],
      [image(1, 2, 2, 3), image(5, 5, 3, 1)],
      [image(1, 7, 6, 4), image(3, 3, 4, 16)],
      [image(1, 1, 5, 1), image(1, 3, 1, 5)],
      [image(3, 5, 4, 8), image(3, 3, 8, 16)],
    ],
    'same',
  ),
  conv2dCase(
    'same, strides of 2',
    { padding: 'same', strides: 2 },
    [
      [image(1, 4, 5, 1), image(3, 3, 1, 2)],
      [image(2, 5, 6, 2), image(3, 3, 2, 9)],
      [image(1, 1, 1, 2), image(3, 3, 2, 3)],
      [image(1, 6, 7, 3), image(1, 1, 3, 4)],
    ],
    'same',
  ),
  conv2dCase(
    'strides, dilation and padding of its own for each side',
    {
      strides: [2, 3],
      dilation: [2, 1],
      padding: [
        [1, 0],
        [2, 3],
      ],
    },
    [
      [image(1, 4, 4, 1), image(2, 2, 1, 2)],
      [image(2, 7, 5, 2), image(3, 3, 2, 5)],
      [image(1, 3, 2, 1), image(2, 7, 1, 8)],
    ],
    {
      zeros: [
        [1, 0],
        [2, 3],
      ],
    },
  ),
  conv2dCase(
    'strides beyond the kernel',
    { strides: [3, 4], padding: 1 },
    [
      [image(1, 5, 9, 1), image(2, 1, 1, 2)],
      [image(1, 8, 3, 3), image(1, 2, 3, 3)],
    ],
    {
      zeros: [
        [1, 1],
        [1, 1],
      ],
    },
  ),
  conv2dCase(
    'in groups',
    { groups: 2, padding: 2, dilation: 2 },
    [
      [image(1, 3, 4, 2), image(3, 3, 1, 4)],
      [image(2, 4, 3, 6), image(2, 3, 3, 2)],
      [image(1, 4, 4, 4), image(3, 3, 2, 18)],
    ],
    {
      zeros: [
        [2, 2],
        [2, 2],
      ],
    },
  ),
  ...[4, 12, 64].map((channels) =>
    conv2dCase(
      `each of ${channels} channels by itself`,
      {
        groups: channels,
        padding: [
          [1, 2],
          [0, 3],
        ],
      },
      [
        [image(2, 1, 1, channels), image(3, 3, 1, channels)],
        [image(2, 4, 7, channels), image(3, 3, 1, channels)],
        [image(1, 2, channels === 12 ? 90 : 2, channels), image(3, 3, 1, channels)],
      ],
      {
        zeros: [
          [1, 2],
          [0, 3],
        ],
      },
    ),
  ),
  row(
    'conv2d, with a bias',
    (x, kernel, bias) => conv2d(x, kernel, { bias, padding: 1 }).relu(),
    [
      [image(2, 3, 4, 2), image(3, 3, 2, 5), [5]],
      [image(1, 2, 3, 4), image(1, 1, 4, 3), [3]],
    ],
    ([x, kernel, bias], [s, k]) => {
      const { y } = convolutionOf(x!, s!, kernel!, k!, {
        zeros: [
          [1, 1],
          [1, 1],
        ],
      });
      return y.map((v, i) => Math.max(0, v + bias![i % bias!.length]!));
    },
  ),
  row(
    'conv1d',
    (x, kernel) => conv1d(x, kernel, { strides: 2, padding: [2, 1], dilation: 2 }),
    [
      [
        [1, 5, 1],
        [2, 1, 3],
      ],
      [
        [2, 9, 3],
        [3, 3, 8],
      ],
      [
        [0, 9, 3],
        [3, 3, 2],
      ],
    ],
    ([x, kernel], shapes) => {
      const [[n, t, c], [taps, each, filters]] = shapes as readonly [number[], number[]];
      return convolutionOf(x!, [n!, t!, 1, c!], kernel!, [taps!, 1, each!, filters!], {
        strides: [2, 1],
        dilation: [2, 1],
        zeros: [
          [2, 1],
          [0, 0],
        ],
      }).y;
    },
  ),
  ...(['valid', 'same'] as const).map((padding) =>
    row(
      `depthwiseConv2d, ${padding}`,
      (x, kernel) => depthwiseConv2d(x, kernel, { padding, strides: padding === 'same' ? 2 : 1 }),
      [
        [image(1, 4, 3, 1), image(3, 3, 1, 1)],
        [image(2, 5, 6, 3), image(3, 2, 3, 1)],
        [image(1, 4, 5, 4), image(3, 3, 4, 1)],
        [image(2, 4, 3, 5), image(2, 3, 5, 1)],
        [image(1, 6, 5, 9), image(3, 3, 9, 1)],
        [image(1, 4, 4, 3), image(2, 2, 3, 2)],
        [image(1, 3, 4, 4), image(3, 3, 4, 2)],
      ],
      ([x, kernel], [s, k]) => {
        const [kh, kw, c, multiplier] = k as [number, number, number, number];
        const spread: Shape = [kh, kw, 1, c * multiplier];
        const settings: Settings = { groups: c, strides: padding === 'same' ? [2, 2] : [1, 1] };
        return convolutionOf(x!, s!, kernel!, spread, padding === 'same' ? sameOf(s!, spread, settings) : settings).y;
      },
    ),
  ),
  row(
    'separableConv2d',
    (x, kernel, pointwise) => separableConv2d(x, kernel, pointwise, { padding: 'same' }),
    [
      [image(1, 3, 4, 2), image(3, 3, 2, 2), image(1, 1, 4, 3)],
      [image(2, 4, 3, 5), image(2, 2, 5, 1), image(1, 1, 5, 8)],
    ],
    ([x, kernel, pointwise], [s, k, p]) => {
      const [kh, kw, c, multiplier] = k as [number, number, number, number];
      const spread: Shape = [kh, kw, 1, c * multiplier];
      const { y, shape } = convolutionOf(x!, s!, kernel!, spread, sameOf(s!, spread, { groups: c }));
      return convolutionOf(y, shape, pointwise!, p!, {}).y;
    },
  ),
  row(
    'conv2dTranspose, same',
    (x, kernel) => conv2dTranspose(x, kernel, { strides: 2, padding: 'same' }),
    [
      [image(1, 2, 3, 1), image(3, 3, 2, 1)],
      [image(2, 3, 2, 4), image(2, 4, 3, 4)],
      [image(1, 2, 2, 2), image(1, 1, 9, 2)],
    ],
    ([x, kernel], [s, k]) => {
      // As much is cut off, or added, as makes it twice as large.
      const over = (taps: number) => Math.max(taps - 2, 0);
      const [a, b] = [over(k![0]!), over(k![1]!)];
      const zeros: Settings['zeros'] = [
        [a >> 1, a - (a >> 1)],
        [b >> 1, b - (b >> 1)],
      ];
      const added: Pair = [Math.max(2 - k![0]!, 0), Math.max(2 - k![1]!, 0)];
      return transposedOf(x!, s!, kernel!, k!, { strides: [2, 2], zeros }, added);
    },
  ),
  row(
    'conv2dTranspose, with all options',
    (x, kernel, bias) =>
      conv2dTranspose(x, kernel, {
        strides: [2, 3],
        padding: [
          [1, 0],
          [0, 2],
        ],
        dilation: [2, 1],
        groups: 2,
        outputPadding: [1, 2],
        bias,
      }).sigmoid(),
    [
      [image(1, 2, 3, 2), image(3, 2, 1, 2), [2]],
      [image(2, 3, 2, 4), image(2, 3, 5, 4), [10]],
    ],
    ([x, kernel, bias], [s, k]) => {
      const settings: Settings = {
        strides: [2, 3],
        zeros: [
          [1, 0],
          [0, 2],
        ],
        dilation: [2, 1],
        groups: 2,
      };
      const y = transposedOf(x!, s!, kernel!, k!, settings, [1, 2]);
      return y.map((v, i) => 1 / (1 + Math.exp(-v - bias![i % bias!.length]!)));
    },
  ),
  row(
    'conv1dTranspose',
    (x, kernel) => conv1dTranspose(x, kernel, { strides: 3, padding: 1, outputPadding: 2 }),
    [
      [
        [1, 3, 2],
        [4, 3, 2],
      ],
      [
        [2, 4, 1],
        [2, 8, 1],
      ],
    ],
    ([x, kernel], shapes) => {
      const [[n, t, c], [taps, each]] = shapes as readonly [number[], number[]];
      const settings: Settings = {
        strides: [3, 1],
        zeros: [
          [1, 1],
          [0, 0],
        ],
      };
      return transposedOf(x!, [n!, t!, 1, c!], kernel!, [taps!, 1, each!, c!], settings, [2, 0]);
    },
  ),
];
