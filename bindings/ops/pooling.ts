// Pooling: the largest or the mean of each window of a sequence or an image. Not here: pooling to a given size
// (adaptive.ts), and over all positions, which is a reduction: x.mean([1, 2]).

import pooling from '#sides/pooling.wasm';
import { check, checkIs, checkWhole } from '../errors.js';
import * as kernels from '../kernels/pooling.js';
import { flag, options, type Rule, type Rules, together, type Values } from '../options.js';
import { type Shape, shapeText } from '../shape.js';
import { Tensor } from '../tensor.js';
import { type BatchRule, checkFloat, defineOp, type OpDefinition } from './op.js';
import { checkedPair, checkSpatial, type Pair, pair } from './spatial.js';
import { windowsOver } from './windows.js';

/** How windows lie on images of `height` and `width`, of which some lie in front of the first row and column. */
export interface PoolAttrs {
  readonly height: number;
  readonly width: number;
  readonly size: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly before: readonly [number, number];
  readonly out: readonly [number, number];
  /** Of a mean: whether the padding counts. */
  readonly counted: boolean;
}

/** The geometry as operands; `images` has the batch and the channels. */
function geometry({ shape }: Tensor, { height, width, size, strides, before, out }: PoolAttrs) {
  return {
    n: shape[0]!,
    h: height,
    w: width,
    c: shape[3]!,
    sizeH: size[0],
    sizeW: size[1],
    strideH: strides[0],
    strideW: strides[1],
    top: before[0],
    left: before[1],
    outH: out[0],
    outW: out[1],
  };
}

const work = ({ shape }: Tensor, { size, out }: PoolAttrs): number =>
  shape[0]! * shape[3]! * out[0] * out[1] * size[0] * size[1];

const pooled = ({ shape }: Tensor, { out }: PoolAttrs): Shape => [shape[0]!, ...out, shape[3]!];
const whole = ({ shape }: Tensor, { height, width }: PoolAttrs): Shape => [shape[0]!, height, width, shape[3]!];

/** A batch of batches is a longer batch. */
const batch: BatchRule = ({ size, full }, node, attrs) => {
  const longer = full.map((t) => t.reshape([size * t.shape[1]!, ...t.shape.slice(2)]));
  return node.rewrite(node.op, longer, attrs).reshape([size, ...node.shape]);
};

/** The largest of each window; with a second input, its elements in the places of these. */
const maxPoolOp: OpDefinition = defineOp<PoolAttrs>({
  name: 'maxPool',
  kernels: { maxPool: kernels.maxPool },
  side: pooling,
  infer: ([x], attrs) => ({ shape: pooled(x!, attrs), dtype: 'float32' }),
  derivative: (g, { inputs: [x, from] }, attrs) => {
    const back = new Tensor(maxPoolGradOp, [x!, g], attrs);
    return from ? [null, back] : [back];
  },
  batch,
  work,
  emit: (e, node, attrs) => {
    const [x, from = x] = node.inputs as [Tensor, Tensor?];
    e.code('maxPool', { out: e.at(node), x: e.at(x), from: e.at(from), ...geometry(x, attrs) });
  },
});

/** Zeros, to which the second input is added in the places of the largest elements of the first. */
const maxPoolGradOp: OpDefinition = defineOp<PoolAttrs>({
  name: 'maxPoolGrad',
  kernels: { maxPoolGrad: kernels.maxPoolGrad },
  side: pooling,
  infer: ([x]) => x!,
  derivative: (u, { inputs: [x] }, attrs) => [null, new Tensor(maxPoolOp, [x!, u], attrs)],
  batch,
  work,
  emit: (e, node, attrs) => {
    const [x, g] = node.inputs as [Tensor, Tensor];
    e.code('maxPoolGrad', { out: e.at(node), x: e.at(x), g: e.at(g), ...geometry(x, attrs) });
  },
});

/** The mean of each window. */
const avgPoolOp: OpDefinition = defineOp<PoolAttrs>({
  name: 'avgPool',
  kernels: { avgPool: kernels.avgPool },
  side: pooling,
  infer: ([x], attrs) => ({ shape: pooled(x!, attrs), dtype: 'float32' }),
  derivative: (g, _node, attrs) => [new Tensor(avgPoolGradOp, [g], attrs)],
  batch,
  work,
  emit: (e, node, attrs) => {
    const [x] = node.inputs as [Tensor];
    const operands = { out: e.at(node), x: e.at(x), ...geometry(x, attrs) };
    e.code('avgPool', { ...operands, counted: +attrs.counted });
  },
});

/** Zeros, to which each element is added where it is a part of the mean. */
const avgPoolGradOp: OpDefinition = defineOp<PoolAttrs>({
  name: 'avgPoolGrad',
  kernels: { avgPoolGrad: kernels.avgPoolGrad },
  side: pooling,
  infer: ([g], attrs) => ({ shape: whole(g!, attrs), dtype: 'float32' }),
  derivative: (u, _node, attrs) => [new Tensor(avgPoolOp, [u], attrs)],
  batch,
  work,
  emit: (e, node, attrs) => {
    const [g] = node.inputs as [Tensor];
    const operands = { out: e.at(node), g: e.at(g), ...geometry(g, attrs) };
    e.code('avgPoolGrad', { ...operands, counted: +attrs.counted });
  },
});

/** What is put around images before they are pooled, or sequences: see `padding` in MaxPoolOptions. */
export type PoolPadding = 'valid' | 'same' | Pair;

/** Options of `maxPool2d`, and of `maxPool1d`, whose numbers are single ones. */
export interface MaxPoolOptions {
  /** How far windows are apart; by default as far as they are long, so that they do not overlap. */
  readonly strides?: Pair | undefined;
  /**
   * 'valid' (default) has no padding. A number, or [height, width], is how much is put at either side, half of a window
   * at most, as in PyTorch. 'same' puts as much around that there are ceil(length / stride) windows, one more behind
   * than in front where it is odd, as in Keras. Padding is never the largest.
   */
  readonly padding?: PoolPadding | undefined;
  /** Whether what is left at the end and does not fill a window is one, too; default false. */
  readonly ceilMode?: boolean | undefined;
}

/** Options of `avgPool2d`, and of `avgPool1d`, whose numbers are single ones. */
export interface AvgPoolOptions extends MaxPoolOptions {
  /**
   * Whether zeros of the padding count as elements; default true, as in PyTorch. Those of 'same' never do, as in Keras.
   */
  readonly countIncludePad?: boolean | undefined;
}

const aPadding: Rule<'valid' | 'same' | readonly [number, number]> = (given, what) => {
  if (given === undefined || given === 'valid' || given === 'same') return given ?? 'valid';
  checkIs(typeof given !== 'string', what, "'valid', 'same', a whole number or [height, width]", given);
  return checkedPair(what, given, 0);
};

export const maxPoolRules = {
  strides: pair(undefined),
  padding: aPadding,
  ceilMode: flag(false),
} satisfies Rules<MaxPoolOptions>;

export const avgPoolRules = together(maxPoolRules, { countIncludePad: flag(true) }) satisfies Rules<AvgPoolOptions>;

const maxPoolOptions = options(maxPoolRules);
const avgPoolOptions = options(avgPoolRules);

/** Options after they were read. */
type Read = Values<typeof maxPoolRules>;

/** How windows lie along one axis of n elements. */
function axisOf(
  where: string,
  n: number,
  size: number,
  stride: number,
  padding: 'valid' | 'same' | number,
  ceil: boolean,
) {
  if (padding === 'same') {
    const { count, before } = windowsOver(() => where, 'elements', n, size, stride, 1, undefined);
    return { out: count, before };
  }
  const before = padding === 'valid' ? 0 : padding;
  check(2 * before <= size, () => `${where}: padding must be at most half of the window ${size}, got ${before}`);
  const rest = n + 2 * before - size;
  check(rest >= 0 && n > 0, () => {
    return `${where}: a window of ${size} does not fit into ${n}${before ? ` with padding ${before}` : ''}; padding 'same' takes any size`;
  });
  const count = (ceil ? Math.ceil(rest / stride) : Math.floor(rest / stride)) + 1;
  // A window that begins in the padding behind the image is none.
  return { out: (count - 1) * stride >= n + before ? count - 1 : count, before };
}

function attrsOf(where: string, x: Tensor, size: readonly [number, number], given: Read, counted: boolean): PoolAttrs {
  const { strides = size, padding, ceilMode } = given;
  const at = `${where} of ${shapeText(x.shape)}`;
  const [down, across] = [0, 1].map((i) => {
    const around = typeof padding === 'string' ? padding : padding[i]!;
    return axisOf(at, x.shape[i + 1]!, size[i]!, strides[i]!, around, ceilMode);
  }) as [ReturnType<typeof axisOf>, ReturnType<typeof axisOf>];
  return {
    height: x.shape[1]!,
    width: x.shape[2]!,
    size,
    strides,
    before: [down.before, across.before],
    out: [down.out, across.out],
    counted: counted && padding !== 'same',
  };
}

/** The op on sequences: on images of one column. */
function ofSequences(where: string, x: Tensor, given: Read, pool: (x: Tensor, given: Read) => Tensor): Tensor {
  checkSpatial(where, x, 3);
  const [n, time, features] = x.shape as [number, number, number];
  const { strides, padding, ceilMode } = given;
  const narrow: Read = {
    strides: strides && [strides[0], 1],
    padding: typeof padding === 'string' ? padding : [padding[0], 0],
    ceilMode,
  };
  const y = pool(x.reshape([n, time, 1, features]), narrow);
  return y.reshape([n, y.shape[1]!, features]);
}

function maxOf(where: string, x: Tensor, size: readonly [number, number], given: Read): Tensor {
  checkFloat(where, [x]);
  return new Tensor(maxPoolOp, [x], attrsOf(where, x, size, given, false));
}

function meanOf(where: string, x: Tensor, size: readonly [number, number], given: Read, counted: boolean): Tensor {
  checkFloat(where, [x]);
  return new Tensor(avgPoolOp, [x], attrsOf(where, x, size, given, counted));
}

/**
 * The largest element of each window of images [n, height, width, channels], for each channel by itself; NaN if there
 * is one. The gradient goes to the first of equal ones, as in PyTorch.
 *
 * @param poolSize of a window, one number or [height, width]; default 2
 * @throws if a window does not fit into the image with its padding
 */
export function maxPool2d(x: Tensor, poolSize: Pair = 2, options?: MaxPoolOptions): Tensor {
  const given = maxPoolOptions('maxPool2d', options);
  checkSpatial('maxPool2d', x, 4);
  return maxOf('maxPool2d', x, checkedPair('maxPool2d: poolSize', poolSize), given);
}

/** The largest element of each window of sequences [n, time, features]; as `maxPool2d`. */
export function maxPool1d(x: Tensor, poolSize = 2, options?: MaxPoolOptions): Tensor {
  const given = maxPoolOptions('maxPool1d', options);
  checkWhole('maxPool1d: poolSize', poolSize);
  return ofSequences('maxPool1d', x, given, (image, read) => maxOf('maxPool1d', image, [poolSize, 1], read));
}

/**
 * The mean of each window of images [n, height, width, channels], for each channel by itself.
 *
 * @param poolSize of a window, one number or [height, width]; default 2
 * @throws if a window does not fit into the image with its padding
 */
export function avgPool2d(x: Tensor, poolSize: Pair = 2, options?: AvgPoolOptions): Tensor {
  const { countIncludePad, ...given } = avgPoolOptions('avgPool2d', options);
  checkSpatial('avgPool2d', x, 4);
  return meanOf('avgPool2d', x, checkedPair('avgPool2d: poolSize', poolSize), given, countIncludePad);
}

/** The mean of each window of sequences [n, time, features]; as `avgPool2d`. */
export function avgPool1d(x: Tensor, poolSize = 2, options?: AvgPoolOptions): Tensor {
  const { countIncludePad, ...given } = avgPoolOptions('avgPool1d', options);
  checkWhole('avgPool1d: poolSize', poolSize);
  return ofSequences('avgPool1d', x, given, (image, read) =>
    meanOf('avgPool1d', image, [poolSize, 1], read, countIncludePad),
  );
}
