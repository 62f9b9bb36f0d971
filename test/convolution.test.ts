// Convolutions beyond the rows of the table: sizes past tiles, panels and strips, against sums in float64; numbers that
// are not finite; which ones are plain products; what they take in; and what is refused.

import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { gradients } from '../bindings/grad.js';
import { grad, init, jit, ones, type Tensor, tensor } from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { Program } from '../bindings/program.js';
import type { Runner } from '../bindings/run/runner.js';
import { type Shape, sizeOf } from '../bindings/shape.js';
import { tapeText } from '../bindings/tapetext.js';
import { inputOf, type TensorData } from '../bindings/tensor.js';
import { convolutionOf, type Settings, transposedOf } from './convcases.js';
import { ATOL, firstDifference, js, js64, RTOL, release, small, trace, wasm } from './harness.js';
import { Numbers } from './numbers.js';
import { inParts, setLeast } from './parts.js';

beforeAll(() => init({ seed: 1 }));
afterEach(release);

const RUNNERS: Readonly<Record<string, Runner>> = { wasm, small, js };

function numbers(shape: Shape, seed: number): Float32Array {
  const random = new Numbers(seed);
  return Float32Array.from({ length: sizeOf(shape) }, () => 2 * random.uniform() - 1);
}

/** The last values of a graph, and its gradients by the inputs, weighted by g. */
function run(
  runner: Runner,
  y: Tensor,
  inputs: readonly Tensor[],
  feeds: ReadonlyMap<Tensor, TensorData>,
): TensorData[] {
  const g = [...feeds.keys()].at(-1)!;
  const grads = gradients(y.mul(g).sum(), inputs) as Tensor[];
  const steps = trace(runner, [y, ...grads], feeds);
  return [y, ...grads].map((t) => steps.find(({ node }) => node === t)!.values[0]!);
}

/** The values of a program of its own, of inputs with numbers of their places. */
function programmed(runner: Runner, outputs: Tensor[], inputs: Tensor[], fused: boolean): TensorData[] {
  const program = new Program(runner, { outputs, effects: [] }, { inputs, fused });
  inputs.forEach((t, i) => void program.write(t, numbers(t.shape, i + 1)));
  program.run();
  const values = outputs.map((t) => program.read(t));
  program.dispose();
  return values;
}

interface Large {
  readonly name: string;
  readonly x: Shape;
  readonly kernel: Shape;
  readonly options: NonNullable<Parameters<typeof ops.conv2d>[2]>;
  readonly settings: Settings;
}

const around = (n: number): Settings['zeros'] => [
  [n, n],
  [n, n],
];

const LARGE: readonly Large[] = [
  {
    name: 'an image of several strips',
    x: [2, 40, 37, 3],
    kernel: [3, 3, 3, 11],
    options: { padding: 1 },
    settings: { zeros: around(1) },
  },
  {
    name: 'a strip of many channels',
    x: [1, 9, 9, 260],
    kernel: [3, 3, 260, 5],
    options: { padding: 1 },
    settings: { zeros: around(1) },
  },
  {
    name: 'many columns in one row',
    x: [1, 3, 1500, 1],
    kernel: [3, 5, 1, 2],
    options: {
      padding: [
        [1, 1],
        [2, 2],
      ],
      strides: [1, 2],
    },
    settings: {
      zeros: [
        [1, 1],
        [2, 2],
      ],
      strides: [1, 2],
    },
  },
  {
    name: 'strides and dilation over strips, with nothing around',
    x: [1, 67, 33, 9],
    kernel: [3, 3, 9, 8],
    options: { strides: 2, dilation: [3, 2] },
    settings: { strides: [2, 2], dilation: [3, 2] },
  },
  {
    name: 'lanes over strips',
    x: [1, 45, 31, 19],
    kernel: [5, 3, 1, 19],
    options: { groups: 19, padding: 2, strides: [2, 1] },
    settings: { groups: 19, zeros: around(2), strides: [2, 1] },
  },
  {
    name: 'squares with a rest of rows and columns, over several images',
    x: [5, 9, 7, 16],
    kernel: [3, 3, 16, 24],
    options: { padding: 'same' },
    settings: { zeros: around(1) },
  },
  {
    name: 'squares in blocks, with more zeros on one side',
    x: [2, 10, 61, 8],
    kernel: [3, 3, 8, 40],
    options: {
      padding: [
        [3, 0],
        [0, 5],
      ],
    },
    settings: {
      zeros: [
        [3, 0],
        [0, 5],
      ],
    },
  },
  {
    name: 'as few squares as there can be, of many channels',
    x: [1, 6, 6, 104],
    kernel: [3, 3, 104, 8],
    options: {},
    settings: {},
  },
  {
    name: 'lanes in squares with a rest of rows and columns, and more zeros on one side',
    x: [3, 8, 13, 12],
    kernel: [3, 3, 1, 12],
    options: {
      groups: 12,
      padding: [
        [3, 0],
        [0, 2],
      ],
    },
    settings: {
      groups: 12,
      zeros: [
        [3, 0],
        [0, 2],
      ],
    },
  },
  {
    name: 'a kernel as large as the images',
    x: [7, 5, 4, 6],
    kernel: [5, 4, 6, 9],
    options: {},
    settings: {},
  },
  {
    name: 'a kernel of one pixel',
    x: [2, 5, 4, 6],
    kernel: [1, 1, 6, 9],
    options: {},
    settings: {},
  },
];

describe.each(LARGE)('conv2d of $name', ({ x: sx, kernel: sk, options, settings }) => {
  const [x, kernel] = [inputOf('x', sx), inputOf('kernel', sk)];
  const y = ops.conv2d(x, kernel, options);
  const g = inputOf('g', y.shape);
  const feeds = new Map([x, kernel, g].map((t, i) => [t, numbers(t.shape, i + 1)]));

  it.each(Object.entries(RUNNERS))('has the values and gradients of the definition on %s', (_, runner) => {
    const [values, dx, dk] = run(runner, y, [x, kernel], feeds) as [TensorData, TensorData, TensorData];
    const expected = convolutionOf(feeds.get(x)!, sx, feeds.get(kernel)!, sk, settings);
    expect(y.shape).toEqual(expected.shape);
    // Float32 sums of up to 2,340 terms between -1 and 1.
    const atol = ATOL * (runner === js ? 1 : 10);
    expect(firstDifference(values, expected.y, RTOL, atol)).toBeUndefined();
    // The gradient by the images is the transposed convolution of g; rows and columns that nothing reads are 0.
    const spread = transposedOf(
      feeds.get(g)!,
      y.shape,
      feeds.get(kernel)!,
      sk,
      settings,
      addedTo(sx, y.shape, sk, settings),
    );
    expect(firstDifference(dx, spread, RTOL, atol)).toBeUndefined();
    const byDefinition = run(js64, y, [x, kernel], feeds)[2]!;
    expect(firstDifference(dk, byDefinition, RTOL, atol)).toBeUndefined();
  });

  it('has the same bits in any number of parts', () => {
    setLeast(0);
    const expected = run(wasm, y, [x, kernel], feeds);
    for (const parts of [2, 3, 7]) {
      run(inParts(parts), y, [x, kernel], feeds).forEach((values, i) => {
        expect(
          values.every((value, k) => Object.is(value, expected[i]![k])),
          `${parts} parts, ${i}`,
        ).toBe(true);
      });
    }
    setLeast(4096);
  });
});

/** By how much an image is larger than what its convolution reads. */
function addedTo(x: Shape, y: Shape, kernel: Shape, settings: Settings): [number, number] {
  const { strides = [1, 1], dilation = [1, 1], zeros = around(0)! } = settings;
  return ([0, 1] as const).map((d) => {
    const read = (y[d + 1]! - 1) * strides[d] + (kernel[d]! - 1) * dilation[d] + 1;
    return x[d + 1]! + zeros[d][0] + zeros[d][1] - read;
  }) as [number, number];
}

describe('a convolution', () => {
  it('multiplies the zeros around an image, also by what is not finite, on both back ends', () => {
    const x = inputOf('x', [1, 2, 3, 1]);
    const kernel = inputOf('kernel', [3, 3, 1, 8]);
    const y = ops.conv2d(x, kernel, { padding: 'same' });
    const g = inputOf('g', y.shape);
    for (const odd of [Infinity, Number.NaN, -0, 1e-42]) {
      const weights = numbers(kernel.shape, 2);
      weights[0] = odd;
      const feeds = new Map<Tensor, TensorData>([
        [x, Float32Array.of(1, -0, 1e-41, 2, 3, 4)],
        [kernel, weights],
        [g, numbers(g.shape, 3)],
      ]);
      const [a, b] = [wasm, js].map((runner) => run(runner, y, [x, kernel], feeds));
      a!.forEach(
        (values, i) => void expect(firstDifference(values, b![i]!, RTOL, ATOL), `${odd}, ${i}`).toBeUndefined(),
      );
      if (Number.isFinite(odd)) continue;
      expect(a![0]!.filter(Number.isNaN).length).toBeGreaterThan(0);
      expect(a![1]!.filter(Number.isNaN).length).toBeGreaterThan(0);
    }
  });

  describe('by squares', () => {
    const shapes = { x: [3, 9, 8, 8], kernel: [3, 3, 8, 16] } as const;
    const convolve = (x: Tensor, kernel: Tensor) => ops.conv2d(x, kernel, { padding: 1 });
    const images = () => tensor(numbers(shapes.x, 1), shapes.x);
    const kernel = tensor(numbers(shapes.kernel, 2), shapes.kernel);

    it('computes an image alone to the bits that it has among others', () => {
      const x = images();
      const all = convolve(x, kernel);
      for (let i = 0; i < 3; i++) {
        expect(convolve(ops.slice(x, [[i, i + 1]]), kernel).data()).toEqual(ops.slice(all, [[i, i + 1]]).data());
      }
    });

    it('computes what it took in as the ops do one by one', () => {
      const [x, k1, k2] = [inputOf('x', [3, 37, 23, 8]), inputOf('k1', [3, 3, 8, 16]), inputOf('k2', [3, 3, 16, 8])];
      const b = inputOf('b', [16]);
      const y = ops.conv2d(ops.conv2d(x, k1, { padding: 'same', bias: b }).tanh(), k2).relu();
      const inputs = [x, k1, k2, b];
      const outputs = [y, ...(gradients(y.square().mean(), inputs) as Tensor[])];
      const valuesOf = (runner: Runner, fused: boolean) => programmed(runner, outputs, inputs, fused);
      const expected = valuesOf(js64, false);
      for (const runner of [wasm, small, inParts(3)]) {
        const same = valuesOf(runner, false);
        valuesOf(runner, true).forEach((values, i) => {
          expect(firstDifference(values, expected[i]!, 10 * RTOL, ATOL), `${i}`).toBeUndefined();
          expect(values, `${i}`).toEqual(same[i]);
        });
      }
    });

    it('is exact where all numbers are whole and small', () => {
      const whole = (shape: Shape, seed: number) => numbers(shape, seed).map((v) => Math.round(4 * v));
      const [x, k] = [whole(shapes.x, 1), whole(shapes.kernel, 2)];
      const y = ops.conv2d(tensor(x, shapes.x), tensor(k, shapes.kernel), { padding: 1 });
      const { y: expected } = convolutionOf(x, shapes.x, k, shapes.kernel, { zeros: around(1) });
      expect(Array.from(y.data())).toEqual(expected.map((v) => v + 0));
    });

    it.each([1, 100, 1e6])(
      'is as near as the largest pixel times the largest tap says, with columns %d times the others',
      (large) => {
        const uneven = numbers(shapes.x, 1).map((v, i) => ((i >> 3) % 2 ? large * v : v));
        // Nothing meets the middle column of taps: every second result is a sum of small terms, or of large ones.
        const taps = numbers(shapes.kernel, 2).map((v, i) => (Math.floor(i / 128) % 3 === 1 ? 0 : v));
        const y = convolve(tensor(uneven, shapes.x), tensor(taps, shapes.kernel)).data();
        const { y: expected } = convolutionOf(uneven, shapes.x, taps, shapes.kernel, { zeros: around(1) });
        const worst = Math.max(...Array.from(y, (value, i) => Math.abs(value - expected[i]!)));
        expect(worst).toBeLessThan(8 * 2 ** -22 * large);
      },
    );

    it.each([Infinity, -Infinity, Number.NaN, 1e30])('reads no %d where no tap does', (odd) => {
      const data = numbers(shapes.x, 1);
      const clean = convolve(tensor(data, shapes.x), kernel).data();
      data[(4 * 8 + 3) * 8 + 5] = odd; // row 4, column 3 of the first image
      const y = convolve(tensor(data, shapes.x), kernel).data();
      y.forEach((value, at) => {
        const [row, column, image] = [Math.floor(at / 128) % 9, Math.floor(at / 16) % 8, Math.floor(at / 1152)];
        const isRead = image === 0 && Math.abs(row - 4) < 2 && Math.abs(column - 3) < 2;
        if (!isRead) expect(value).toBe(clean[at]);
        else expect(Number.isFinite(value)).toBe(Number.isFinite(odd));
      });
    });
  });

  it('takes in its bias and activation, and its gradient that of the activation below', () => {
    const [x, k1, k2] = [inputOf('x', [2, 6, 6, 3]), inputOf('k1', [3, 3, 3, 4]), inputOf('k2', [3, 3, 4, 5])];
    const b = inputOf('b', [4]);
    const hidden = ops.conv2d(x, k1, { padding: 1, bias: b }).relu();
    const loss = ops.conv2d(hidden, k2).tanh().sum();
    const inputs = [x, k1, k2, b];
    const program = new Program(
      wasm,
      { outputs: [loss, ...(gradients(loss, [k1, k2, b]) as Tensor[])], effects: [] },
      { inputs },
    );
    const lines = tapeText(program.tape).split('\n');
    program.dispose();
    const count = (name: string) => lines.filter((line) => line.startsWith(`${name} `)).length;
    expect([count('relu'), count('tanh'), count('reluGrad'), count('convolution')]).toEqual([0, 0, 0, 2]);
    expect([count('convolutionInput'), count('convolutionKernel')]).toEqual([1, 2]);
  });

  it.each([1, 2, 3])(
    'computes what it took in as the ops do one by one, on all back ends, with strides of %i',
    (strides) => {
      const [x, k1, k2, k3] = [
        inputOf('x', [2, 11, 9, 3]),
        inputOf('k1', [3, 3, 3, 9]),
        inputOf('k2', [3, 3, 9, 5]),
        inputOf('k3', [2, 3, 4, 5]),
      ];
      const [b1, b3] = [inputOf('b1', [9]), inputOf('b3', [4])];
      const hidden = ops.conv2d(x, k1, { padding: 1, bias: b1 }).tanh();
      const small3 = ops.conv2d(hidden, k2, { padding: 'same', strides }).sigmoid();
      const y = ops.conv2dTranspose(small3, k3, { strides, bias: b3 }).leakyRelu(0.25);
      const inputs = [x, k1, k2, k3, b1, b3];
      const loss = y.square().mean();
      const outputs = [y, ...(gradients(loss, inputs) as Tensor[])];
      const valuesOf = (runner: Runner, fused: boolean) => programmed(runner, outputs, inputs, fused);
      const expected = valuesOf(js64, false);
      for (const runner of [wasm, small, js]) {
        const same = valuesOf(runner, false);
        valuesOf(runner, true).forEach((values, i) => {
          expect(firstDifference(values, expected[i]!, 10 * RTOL, ATOL), `${runner.backend}, ${i}`).toBeUndefined();
          expect(values, `${runner.backend}, ${i}`).toEqual(same[i]);
        });
      }
    },
  );

  it('is a plain product if its kernel is one pixel, or as large as the images', () => {
    const instructions = (x: Shape, kernel: Shape, options?: Parameters<typeof ops.conv2d>[2]) => {
      const inputs = [inputOf('x', x), inputOf('kernel', kernel)] as const;
      const y = ops.conv2d(...inputs, options).relu();
      const outputs = [y, ...(gradients(y.sum(), inputs) as Tensor[])];
      const program = new Program(wasm, { outputs, effects: [] }, { inputs });
      const names = tapeText(program.tape)
        .split('\n')
        .map((line) => line.split(' ')[0]!);
      program.dispose();
      return [...new Set(names.filter((name) => /matMul|convolution/.test(name)))];
    };
    expect(instructions([2, 5, 4, 6], [1, 1, 6, 9])).toEqual(['matMul']);
    expect(instructions([2, 5, 4, 6], [5, 4, 6, 9])).toEqual(['matMul']);
    expect(instructions([2, 5, 4, 6], [1, 1, 6, 9], { strides: 2 })).not.toContain('matMul');
    expect(instructions([2, 5, 4, 6], [1, 1, 3, 4], { groups: 2 })).not.toContain('matMul');
    expect(instructions([2, 5, 4, 6], [1, 1, 6, 9], { padding: 1 })).not.toContain('matMul');
  });

  it('of a transposed kernel as large as its result keeps its bias for each filter', () => {
    const [x, kernel, bias] = [ones([2, 1, 1, 3]), ones([2, 2, 2, 3]), tensor([10, 20])];
    const y = ops.conv2dTranspose(x, kernel, { bias }).toArray();
    const pixel = [13, 23];
    expect(y).toEqual(
      new Array(2).fill([
        [pixel, pixel],
        [pixel, pixel],
      ]),
    );
  });

  it('is compiled by jit, and differentiated twice', () => {
    const x = tensor([1, 2, 3, 4, 5], [1, 5, 1]);
    const kernel = tensor([1, -2, 1], [3, 1, 1]);
    expect(jit((a: Tensor, b: Tensor) => ops.conv1d(a, b))(x, kernel).toArray()).toEqual([[[0], [0], [0]]]);
    const energy = (k: Tensor) => ops.conv1d(x, k, { padding: 'same' }).square().sum();
    // Half of the second derivative by the middle weight is Σx².
    const second = grad((k: Tensor) => ops.slice(grad(energy)(k), [1]).sum())(kernel);
    expect((second.toArray() as number[][][])[1]).toEqual([[110]]);
  });

  it('adds the odd zero of same behind, with strides too', () => {
    const x = tensor([1, 2, 3, 4], [1, 4, 1]);
    const y = ops.conv1d(x, ones([3, 1, 1]), { strides: 2, padding: 'same' });
    expect(y.toArray()).toEqual([[[6], [7]]]);
  });
});

describe('refused is', () => {
  const x = ones([1, 2, 4, 6]);
  it.each<[string, () => unknown, string]>([
    [
      'a kernel larger than the images',
      () => ops.conv2d(x, ones([3, 3, 6, 1])),
      'conv2d of [1, 2, 4, 6] by [3, 3, 6, 1]: the kernel reaches over 3 rows, and there are 2; give padding',
    ],
    [
      'a kernel longer than the series',
      () => ops.conv1d(ones([2, 6, 4]), ones([3, 4, 6]), { dilation: 3 }),
      'conv1d of [2, 6, 4] by [3, 4, 6]: the kernel reaches over 7 steps, and there are 6; give padding',
    ],
    [
      'a kernel for series of other channels',
      () => ops.conv1d(ones([2, 6, 4]), ones([3, 2, 6])),
      'conv1d of [2, 6, 4] by [3, 2, 6]: the series have 4 channels, and the kernel is for 2',
    ],
    [
      'one that is so by dilation',
      () => ops.conv2d(x, ones([1, 3, 6, 1]), { dilation: 2 }),
      'the kernel reaches over 5 columns, and there are 4; give padding',
    ],
    [
      'a kernel for other channels',
      () => ops.conv2d(x, ones([1, 1, 3, 1])),
      'conv2d of [1, 2, 4, 6] by [1, 1, 3, 1]: the images have 6 channels, and the kernel is for 3',
    ],
    [
      'a kernel for other groups',
      () => ops.conv2d(x, ones([1, 1, 3, 2]), { groups: 3 }),
      'the images have 6 channels in 3 groups, and the kernel is for 3 in each',
    ],
    [
      'filters that groups do not divide',
      () => ops.conv2d(x, ones([1, 1, 3, 3]), { groups: 2 }),
      '3 filters cannot be divided into 2 groups',
    ],
    [
      'images of other axes',
      () => ops.conv2d(ones([2, 2, 6]), ones([1, 1, 6, 1])),
      'conv2d: expected images [n, height, width, channels], got float32[2, 2, 6]',
    ],
    [
      'a bias of another length',
      () => ops.conv2d(x, ones([1, 1, 6, 2]), { bias: ones([6]) }),
      'conv2d: bias must have the shape [2], got [6]',
    ],
    [
      'padding of no kind',
      () => ops.conv2d(x, ones([1, 1, 6, 2]), { padding: [1, 2] as never }),
      "conv2d: padding must be 'valid', 'same', a whole number of at least 0 or [[top, bottom], [left, right]], got [1,2]",
    ],
    [
      'a stride of nothing',
      () => ops.conv2d(x, ones([1, 1, 6, 2]), { strides: [1, 0] }),
      'conv2d: strides must be a whole number of at least 1, or two of them, [height, width], got an array of length 2',
    ],
    [
      'a transposed kernel for other channels',
      () => ops.conv2dTranspose(x, ones([1, 1, 6, 2])),
      'conv2dTranspose of [1, 2, 4, 6] by [1, 1, 6, 2]: the images have 6 channels, and the kernel is for 2',
    ],
    [
      'too much padding of the output',
      () => ops.conv2dTranspose(x, ones([1, 1, 2, 6]), { strides: 2, outputPadding: 2 }),
      'outputPadding must be less than strides or dilation, got 2',
    ],
    [
      'padding that leaves nothing',
      () => ops.conv2dTranspose(x, ones([1, 1, 2, 6]), { padding: 1 }),
      'with this padding nothing is left of 2 rows',
    ],
    [
      'padding that leaves nothing of a series',
      () => ops.conv1dTranspose(ones([1, 2, 6]), ones([1, 2, 6]), { padding: 1 }),
      'conv1dTranspose of [1, 2, 6] by [1, 2, 6]: with this padding nothing is left of 2 steps',
    ],
    [
      'a pointwise kernel of more pixels',
      () => ops.separableConv2d(x, ones([1, 1, 6, 1]), ones([1, 2, 6, 1])),
      'separableConv2d: the pointwise kernel must have the shape [1, 1, channels·multiplier, filters], got [1, 2, 6, 1]',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
