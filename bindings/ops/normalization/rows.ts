// Normalisation of what lies together: each row by its own mean and variance. layerNorm, rmsNorm, and groupNorm and
// instanceNorm, which bring a group of channels together first. Not here: channels over a whole batch (columns.ts).

import normalization from '#sides/normalization.wasm';
import { check, checkWhole } from '../../errors.js';
import * as kernels from '../../kernels/normalization.js';
import { anything, options, positive, type Rules, together, whole } from '../../options.js';
import { normalizeAxis, shapeText, sizeBetween, sizeOf } from '../../shape.js';
import { checkedTensor, Tensor } from '../../tensor.js';
import { type Batch, checkFloat, defineOp, type OpDefinition } from '../op.js';
import { checkAffine } from './affine.js';
import { columnDots, rowOf } from './columns.js';

export interface RowAttrs {
  /** How many of the last axes make a row. */
  readonly axes: number;
  /** Whether the mean is taken off, and the variance is about it; else both are about 0. */
  readonly centered: boolean;
  readonly epsilon: number;
}

const rowSizes = ({ shape }: Tensor, axes: number) => {
  const from = shape.length - axes;
  return { rows: sizeBetween(shape, 0, from), cols: sizeBetween(shape, from, shape.length) };
};

/** The numbers of the last axes, to reduce a row. */
const rowAxes = (axes: number): number[] => Array.from({ length: axes }, (_, i) => i - axes);

const isUnmapped = ({ inputs }: Batch, node: Tensor, from: number): boolean =>
  inputs.every((input, i) => i < from || input === node.inputs[i]);

/**
 * Each row less its mean, divided by √(variance + epsilon). Inputs: x, and if there are any, its factors and what is
 * added.
 */
const normRows: OpDefinition = defineOp<RowAttrs>({
  name: 'normRows',
  kernels: { normRows: kernels.normRows },
  side: normalization,
  infer: (inputs) => {
    checkFloat('normalisation', inputs);
    return inputs[0]!;
  },
  derivative: (g, { inputs: [x, gamma] }, attrs) => {
    const byX = new Tensor(normRowsGrad, gamma ? [g, x!, gamma] : [g, x!], attrs);
    if (!gamma) return [byX];
    const [sums, dots] = byColumns(g, new Tensor(normRows, [x!], attrs), gamma);
    return [byX, dots, sums];
  },
  batch: (batch, node, attrs) => {
    const { aligned, full } = batch;
    const [, gamma, beta] = node.inputs;
    if (isUnmapped(batch, node, 1)) return node.rewrite(normRows, [full[0]!, ...node.inputs.slice(1)], attrs);
    const scaled = node.rewrite(normRows, [aligned[0]!], attrs).mul(gamma ? aligned[1]! : 1);
    return (beta ? scaled.add(aligned[2]!) : scaled).broadcastTo([batch.size, ...node.shape]);
  },
  work: ({ size }) => 4 * size,
  emit: (e, node, { axes, centered, epsilon }) => {
    const [x, gamma, beta] = node.inputs;
    e.code('normRows', {
      epsilon,
      out: e.at(node),
      x: e.at(x!),
      gamma: gamma ? e.at(gamma) : 0,
      beta: beta ? e.at(beta) : 0,
      ...rowSizes(node, axes),
      centered: +centered,
    });
  },
});

/** Σ g and Σ g·y over all rows, in the shape of one. */
function byColumns(g: Tensor, y: Tensor, row: Tensor): [Tensor, Tensor] {
  const dots = columnDots(g.reshape([-1, row.size]), y.reshape([-1, row.size]));
  return [rowOf(dots, 0).reshape(row.shape), rowOf(dots, 1).reshape(row.shape)];
}

/**
 * The gradient of it by x. Inputs: g, x, and if there are any, the factors gamma. With h = g·gamma, the normalised row
 * y and its rate r = 1 / √(variance + epsilon) it is D(h) = r·(h - mean(h) - y·mean(h·y)), which is linear in h, and
 * its own adjoint.
 */
const normRowsGrad: OpDefinition = defineOp<RowAttrs>({
  name: 'normRowsGrad',
  kernels: { normRowsGrad: kernels.normRowsGrad },
  side: normalization,
  infer: (inputs) => {
    checkFloat('normalisation', inputs);
    return inputs[1]!;
  },
  derivative: (u, node, attrs) => {
    const [g, x, gamma] = node.inputs as [Tensor, Tensor, Tensor | undefined];
    const axes = rowAxes(attrs.axes);
    const mean = (t: Tensor): Tensor => t.mean(axes, { keepDims: true });
    const h = gamma ? g.mul(gamma) : g;
    const y = new Tensor(normRows, [x], attrs);
    const centered = attrs.centered ? x.sub(mean(x)) : x;
    const rate = mean(centered.square()).add(attrs.epsilon).rsqrt();
    const d = (t: Tensor): Tensor => new Tensor(normRowsGrad, [t, x], attrs);
    const byH = d(u);
    // dr/dx = -r²·y / n, dy/dx·t = D(t).
    const byX = y
      .mul(mean(u.mul(node)))
      .add(byH.mul(mean(h.mul(y))))
      .add(d(h).mul(mean(u.mul(y))))
      .mul(rate)
      .neg();
    return gamma ? [byH.mul(gamma), byX, byH.mul(g).sumTo(gamma.shape)] : [byH, byX];
  },
  batch: (batch, node, attrs) => {
    const [, , gamma] = node.inputs;
    const { full, aligned, size } = batch;
    const [g, x] = full as [Tensor, Tensor];
    if (isUnmapped(batch, node, 2)) return node.rewrite(normRowsGrad, gamma ? [g, x, gamma] : [g, x], attrs);
    return node.rewrite(normRowsGrad, [g.mul(aligned[2]!).broadcastTo([size, ...node.shape]), x], attrs);
  },
  work: ({ size }) => 8 * size,
  emit: (e, node, { axes, centered, epsilon }) => {
    const [g, x, gamma] = node.inputs;
    e.code('normRowsGrad', {
      epsilon,
      out: e.at(node),
      g: e.at(g!),
      x: e.at(x!),
      gamma: gamma ? e.at(gamma) : 0,
      ...rowSizes(node, axes),
      centered: +centered,
    });
  },
});

/** What a normalised value is multiplied by, and what is added then. */
export interface AffineOptions {
  /** The factors; none by default. */
  readonly gamma?: Tensor | undefined;
  /** What is added; nothing by default. */
  readonly beta?: Tensor | undefined;
}

/** Options of `layerNorm`. */
export interface LayerNormOptions extends AffineOptions {
  /** The axes from this one on are normalised together; default -1, the last one alone. */
  readonly axis?: number | undefined;
  /** What is added to the variance; default 1e-5. */
  readonly epsilon?: number | undefined;
}

/** Options of `rmsNorm`. */
export interface RmsNormOptions extends Omit<LayerNormOptions, 'beta'> {
  /** What is added to the mean square; default 2^-23, the distance of float32 numbers at 1, as in PyTorch. */
  readonly epsilon?: number | undefined;
}

/** Options of `groupNorm` and `instanceNorm`. */
export interface GroupNormOptions extends AffineOptions {
  /** What is added to the variance; default 1e-5. */
  readonly epsilon?: number | undefined;
}

/** The default of rmsNorm: the distance of float32 numbers at 1. */
export const FLOAT_EPSILON = 2 ** -23;

const affine = { gamma: anything<Tensor | undefined>(), beta: anything<Tensor | undefined>() };
const layerNormOptions = options(
  together(affine, {
    axis: whole(-1, -Infinity),
    epsilon: positive(1e-5),
  }) satisfies Rules<LayerNormOptions>,
);
const rmsNormOptions = options({
  gamma: affine.gamma,
  axis: whole(-1, -Infinity),
  epsilon: positive(FLOAT_EPSILON),
} satisfies Rules<RmsNormOptions>);
const groupNormOptions = options(together(affine, { epsilon: positive(1e-5) }) satisfies Rules<GroupNormOptions>);

/**
 * Gives each sample mean 0 and variance 1 over its own elements: (x - mean) / √(variance + epsilon) · gamma + beta,
 * over the last axis or the axes from `axis` on; gamma and beta have the shape of these. The variance is divided by the
 * number of elements. (J. Ba, J. Kiros and G. Hinton, "Layer normalization", 2016.)
 */
export function layerNorm(x: Tensor, options?: LayerNormOptions): Tensor {
  const { axis, epsilon, gamma, beta } = layerNormOptions('layerNorm', options);
  return normalized('layerNorm', x, axis, gamma, beta, true, epsilon);
}

/**
 * Gives each sample a mean square of 1, without taking off its mean: x / √(mean(x²) + epsilon) · gamma, over the last
 * axis or the axes from `axis` on. (B. Zhang and R. Sennrich, "Root mean square layer normalization", 2019.)
 */
export function rmsNorm(x: Tensor, options?: RmsNormOptions): Tensor {
  const { axis, epsilon, gamma } = rmsNormOptions('rmsNorm', options);
  return normalized('rmsNorm', x, axis, gamma, undefined, false, epsilon);
}

function normalized(
  where: string,
  x: Tensor,
  axis: number,
  gamma: Tensor | undefined,
  beta: Tensor | undefined,
  centered: boolean,
  epsilon: number,
): Tensor {
  const { shape } = checkedTensor(where, x);
  const from = normalizeAxis(where, axis, shape.length);
  checkFloat(where, [x]);
  checkAffine(where, 'gamma', gamma, shape.slice(from));
  checkAffine(where, 'beta', beta, shape.slice(from));
  if (x.size === 0) return x;
  const affine = beta ? [gamma ?? beta.onesLike(), beta] : gamma ? [gamma] : [];
  return new Tensor(normRows, [x, ...affine], { axes: shape.length - from, centered, epsilon } satisfies RowAttrs);
}

/**
 * Normalises groups of neighbouring channels of each sample, over all of its positions: x [n, …, channels], with
 * `groups` groups of as many channels each; gamma and beta are [channels]. As GroupNorm of PyTorch, which has the
 * channels in front. (Y. Wu and K. He, "Group normalization", 2018.)
 *
 * @throws if the channels do not divide by `groups`
 */
export function groupNorm(x: Tensor, groups: number, options?: GroupNormOptions): Tensor {
  checkWhole('groupNorm: groups', groups);
  return grouped('groupNorm', x, groups, options);
}

/**
 * Normalises each channel of each sample over its positions: x [n, …, channels], gamma and beta [channels].
 * (D. Ulyanov, A. Vedaldi and V. Lempitsky, "Instance normalization", 2016.)
 */
export function instanceNorm(x: Tensor, options?: GroupNormOptions): Tensor {
  return grouped('instanceNorm', x, undefined, options);
}

function grouped(where: string, x: Tensor, given: number | undefined, options: GroupNormOptions | undefined): Tensor {
  const { gamma, beta, epsilon } = groupNormOptions(where, options);
  const { shape } = checkedTensor(where, x);
  check(shape.length >= 2, () => `${where}: expected [n, …, channels], got ${x}`);
  checkFloat(where, [x]);
  const channels = shape.at(-1)!;
  checkAffine(where, 'gamma', gamma, [channels]);
  checkAffine(where, 'beta', beta, [channels]);
  const groups = given ?? channels;
  check(channels % groups === 0 || x.size === 0, () => {
    return `${where}: ${channels} channels of ${shapeText(shape)} do not divide by ${groups} groups`;
  });
  if (x.size === 0) return x;
  const [n, positions, each] = [shape[0]!, sizeOf(shape.slice(1, -1)), channels / groups];
  const rows = x.reshape([n, positions, groups, each]).transpose([0, 2, 1, 3]);
  const attrs: RowAttrs = { axes: 2, centered: true, epsilon };
  const y = new Tensor(normRows, [rows], attrs).transpose([0, 2, 1, 3]).reshape(shape);
  const scaled = gamma ? y.mul(gamma) : y;
  return beta ? scaled.add(beta) : scaled;
}
