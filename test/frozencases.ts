// Models to be frozen besides those of single layers: networks like those of the examples, several inputs and outputs,
// int32, loops.

import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { sizeOf } from '../bindings/shape.js';
import { Numbers } from './numbers.js';

/** A model, and what it takes: floats, or whole numbers below `below`; one input is called ''. */
export interface FrozenCase {
  readonly name: string;
  make(): wg.Model<never, unknown>;
  readonly inputs: Readonly<Record<string, { readonly shape: readonly number[]; readonly below?: number }>>;
}

export const chain = (
  name: string,
  shape: readonly number[],
  make: () => readonly wg.Layer[],
  below?: number,
): FrozenCase => ({
  name,
  make: () => wg.sequential(below ? { shape, dtype: 'int32' } : [...shape], make()) as never,
  inputs: { '': { shape, ...(below && { below }) } },
});

const one = (name: string, shape: readonly number[], forward: (x: wg.Tensor) => wg.Tensor): FrozenCase => ({
  name,
  make: () => wg.model([...shape], forward as never) as never,
  inputs: { '': { shape } },
});

/** A recurrent network, whose loop is a tape inside of an instruction, and a loop in that loop. */
function recurrent(x: wg.Tensor): wg.Tensor {
  const start = wg.dense(5)(x.mean(1));
  const inner = (z: wg.Tensor) => (sum: wg.Tensor, row: wg.Tensor) => [sum.add(row.mul(z.mean())), sum] as const;
  const step = (h: wg.Tensor, z: wg.Tensor) => {
    const { carry } = wg.scan(inner(z), h.mean(0), h);
    const next = h.add(z.mean()).add(carry).tanh();
    return [next, next] as const;
  };
  const { carry, ys } = wg.scan(step, start, x.transpose([1, 0, 2]));
  return carry.add(ys.mean(0));
}

export const FROZEN_CASES: readonly FrozenCase[] = [
  chain('an MLP', [20], () => [
    wg.dense(16, { activation: 'relu' }),
    wg.dense(9, { activation: 'tanh' }),
    wg.dense(10, { activation: 'softmax' }),
  ]),
  chain('a conv net', [12, 12, 1], () => [
    wg.conv2d(8, 3, { padding: 'same', activation: 'relu' }),
    wg.batchNorm(),
    wg.maxPool2d(2),
    wg.depthwiseConv2d(3, { padding: 'same' }),
    wg.conv2d(8, 1),
    wg.flatten(),
    wg.dropout(0.3),
    wg.dense(10, { activation: 'softmax' }),
  ]),
  chain('an autoencoder of images', [8, 8, 2], () => [
    wg.conv2d(4, 3, { strides: 2, padding: 'same', activation: 'leakyRelu' }),
    wg.groupNorm(2),
    wg.conv2dTranspose(4, 2, { strides: 2, groups: 2, activation: 'tanh' }),
    wg.avgPool2d(2, { strides: 1, padding: 'same' }),
    wg.layerNorm(),
    wg.upSampling2d({ size: 2, interpolation: 'bilinear' }),
  ]),
  one('rare functions', [6], (x) =>
    ops.concat(
      [ops.sin(x), ops.cumSum(x, 1), ops.pow(x.abs(), 1.5), ops.mod(x, 0.7), ops.where(x.greater(0), x, ops.erf(x))],
      1,
    ),
  ),
  one('order, lookups and slices', [6], (x) => {
    const order = ops.argSort(x);
    const sorted = ops.takeAlongAxis(x, order, 1);
    return ops.concat([sorted, ops.slice(x, [null, [1, 6, 2]]), ops.flip(x, 1)], 1);
  }),
  one('linear algebra', [9], (x) => {
    const a = x.reshape([-1, 3, 3]);
    const solved = ops.solve(a.matMul(a, { transB: true }).add(wg.eye(3)), a);
    return ops.concat([solved.reshape([-1, 9]), ops.det(a).expandDims(1), a.matMul(a).sum([1]).reshape([-1, 3])], 1);
  }),
  {
    name: 'several inputs and outputs, int32 among them',
    make: () =>
      wg.model({ image: [4, 4, 2], tokens: { shape: [5], dtype: 'int32' } }, ({ image, tokens }) => {
        const seen = wg.conv2d(3, 2)(image).reshape([image.shape[0]!, -1]);
        const words = wg.dense(6)(ops.oneHot(tokens, 7).mean(1));
        return { sick: wg.dense(1, { activation: 'sigmoid' })(seen), days: words.add(wg.dense(6)(seen)), words };
      }) as never,
    inputs: { image: { shape: [4, 4, 2] }, tokens: { shape: [5], below: 7 } },
  },
  one('loops', [7, 3], recurrent),
];

/** Samples for a case: one array, or arrays by name. */
export function samplesOf({ inputs }: FrozenCase, count: number): Float32Array | Record<string, Float32Array> {
  const random = new Numbers(1);
  const values = Object.entries(inputs).map(([name, { shape, below }]) => {
    const draw = () => (below ? random.below(below) : Math.fround(4 * random.uniform() - 2));
    return [name, Float32Array.from({ length: count * sizeOf(shape) }, draw)] as const;
  });
  return '' in inputs ? values[0]![1] : Object.fromEntries(values);
}
