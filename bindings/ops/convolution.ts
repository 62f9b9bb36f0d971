// Convolution of images, and its gradients by image and by kernel, which are ops of their own: the derivatives of each
// are the other two. Not here: the functions that users call (convolve.ts, transposed.ts).

import convolutionSide from '#sides/convolution.wasm';
import { gemmScratch } from '../../assembly/blocks.js';
import { opcodeOf } from '../encode.js';
import * as kernels from '../kernels/convolution.js';
import type { Shape } from '../shape.js';
import { type ConvolutionKind, squaresOf, stripAxes, stripBytes } from '../strip.js';
import type { Tensor } from '../tensor.js';
import { type BatchRule, checkFloat, defineOp, type Emitter, type EpilogueAttrs, type OpDefinition } from './op.js';

/** Of rows and of columns. */
export type Both = readonly [number, number];

/** How results read images: the same for a convolution and for its gradients. */
export interface Geometry {
  /** Rows and columns of an image, of a result, and of the kernel. */
  readonly image: Both;
  readonly result: Both;
  readonly kernel: Both;
  readonly strides: Both;
  readonly dilation: Both;
  /** Zeros above and to the left of the image. */
  readonly before: Both;
  /** So many groups of channels are convolved apart, each with as many filters. */
  readonly groups: number;
}

export interface ConvolutionAttrs extends Geometry, EpilogueAttrs {}

/** How many images, and how many channels these and the results have. */
type Counts = readonly [n: number, c: number, o: number];

/** A plain product [m, k]·[k, o], with its side of the images: c·kh·kw columns of m rows. */
interface Product {
  readonly m: number;
  readonly k: number;
}

const areEqual = (a: Both, b: Both): boolean => a[0] === b[0] && a[1] === b[1];
const isOne = ([a, b]: Both): boolean => a * b === 1;

/**
 * The plain product that a convolution is: of all pixels, if the kernel is one; of all images, if it is as large as
 * they.
 */
function productOf(attrs: ConvolutionAttrs, [n, c]: Counts): Product | undefined {
  const { image, result, kernel, strides, dilation, before, groups } = attrs;
  if (groups !== 1 || before[0] + before[1] > 0) return undefined;
  if (isOne(kernel) && isOne(strides))
    return areEqual(image, result) ? { m: n * image[0] * image[1], k: c } : undefined;
  const isWhole = areEqual(image, kernel) && isOne(result) && isOne(dilation);
  return isWhole && !attrs.bias ? { m: n, k: kernel[0] * kernel[1] * c } : undefined;
}

/** Bytes of a strip that is copied, at most, if it has more than one row of results, and its pixels. */
const STRIP_BYTES = 64 * 1024;
const STRIP_PIXELS = 1024;

/** Squares of 2x2 results that are transformed at a time, about. */
const SQUARES = 48;

/** As many rows of results as are computed from one strip of an image, and the bytes of scratch memory for it. */
function stripOf(geometry: Geometry, counts: Counts, kind: ConvolutionKind): { rows: number; bytes: number } {
  const operands = operandsOf(geometry, counts);
  const across = squaresOf(kind, operands);
  if (across) {
    const rows = Math.ceil(SQUARES / across);
    return { rows, bytes: stripBytes(kind, operands, rows) };
  }
  const { rows: down, columns, line } = stripAxes(kind, operands);
  const byBytes = Math.floor((STRIP_BYTES / Math.max(line, 1) - down.span) / down.step) + 1;
  const most = Math.max(1, Math.min(byBytes, Math.floor(STRIP_PIXELS / Math.max(columns.count, 1))));
  const rows = Math.max(1, Math.ceil(down.count / Math.max(1, Math.ceil(down.count / most)))); // even ones
  return { rows, bytes: stripBytes(kind, operands, rows) };
}

/** A geometry as operands. */
function operandsOf({ image, result, kernel, strides, dilation, before, groups }: Geometry, [n, c, o]: Counts) {
  const [[h, w], [oh, ow], [kh, kw]] = [image, result, kernel];
  const [[strideH, strideW], [dilationH, dilationW], [top, left]] = [strides, dilation, before];
  return { n, h, w, c, oh, ow, o, kh, kw, strideH, strideW, dilationH, dilationW, top, left, groups };
}

function emitAll(e: Emitter, kind: ConvolutionKind, node: Tensor, attrs: ConvolutionAttrs, counts: Counts): void {
  if (node.size === 0) return; // a batch of none has no groups
  const { bias, epilogue, gradient, slope = 0 } = attrs;
  const [a, b, ...rest] = node.inputs.map((input) => e.at(input));
  const [, , o] = counts;
  const shared = {
    out: e.at(node),
    a: a!,
    b: b!,
    bias: bias ? rest.shift()! : 0,
    epilogue: epilogue ? opcodeOf(epilogue) : 0,
    y: gradient ? rest.shift()! : 0,
    slope,
    scratch: e.scratch,
  };
  const product = productOf(attrs, counts);
  if (product) {
    const { m, k } = product;
    if (kind === 'convolution') e.code('matMul', { ...shared, m, n: o, k, transA: 0, transB: 0 });
    else if (kind === 'convolutionInput') e.code('matMul', { ...shared, m, n: k, k: o, transA: 0, transB: 1 });
    else e.code('matMul', { ...shared, m: k, n: o, k: m, transA: 1, transB: 0 });
    return;
  }
  e.code(kind, { ...shared, ...operandsOf(attrs, counts), ...stripOf(attrs, counts, kind) });
}

/** What one of the three ops is, given the shape of its result and the counts of its inputs. */
/*@__NO_SIDE_EFFECTS__*/
function convolutional(
  kind: ConvolutionKind,
  countsOf: (a: Shape, b: Shape, attrs: ConvolutionAttrs) => Counts,
  shapeOf: (counts: Counts, attrs: ConvolutionAttrs) => Shape,
  more: Pick<OpDefinition<ConvolutionAttrs>, 'kernels' | 'derivative' | 'batch' | 'takesEpilogue'>,
): OpDefinition {
  const counts = ({ inputs: [a, b] }: Pick<Tensor, 'inputs'>, attrs: ConvolutionAttrs): Counts =>
    countsOf(a!.shape, b!.shape, attrs);
  return defineOp<ConvolutionAttrs>({
    name: kind,
    side: convolutionSide,
    ...more,
    infer: (inputs, attrs) => {
      checkFloat('convolution', inputs);
      return { shape: shapeOf(counts({ inputs }, attrs), attrs), dtype: 'float32' };
    },
    flops: (node, attrs) => {
      const [n, c, o] = counts(node, attrs);
      const { result, kernel, groups } = attrs;
      return groups > 0 ? 2 * n * result[0] * result[1] * o * kernel[0] * kernel[1] * (c / groups) : 0;
    },
    scratch: (node, attrs) => {
      const all = counts(node, attrs);
      const product = productOf(attrs, all);
      const [{ m, k }, o] = [product ?? { m: 0, k: 0 }, all[2]];
      if (!product) return stripOf(attrs, all, kind).bytes;
      if (kind === 'convolution') return gemmScratch(m, o, k);
      return kind === 'convolutionInput' ? gemmScratch(m, k, o) : gemmScratch(k, o, m);
    },
    emit: (e, node, attrs) => emitAll(e, kind, node, attrs, counts(node, attrs)),
  });
}

/** The op on other inputs, without an epilogue: only a graph that is fused has any. */
const applied = (op: OpDefinition, a: Tensor, b: Tensor, attrs: ConvolutionAttrs): Tensor =>
  a.rewrite(op, [a, b], attrs);

/** Images [batch, n, h, w, c] as images [batch·n, h, w, c]. */
const stacked = (x: Tensor): Tensor => x.reshape([x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)]);

/** [batch, …, c], as [..., batch·c]: the batch becomes groups of channels. */
function besideEachOther(x: Tensor): Tensor {
  const last = x.shape.length - 1;
  const order = [...Array.from({ length: last - 1 }, (_, i) => i + 1), 0, last];
  return x.transpose(order).reshape([...x.shape.slice(1, last), x.shape[0]! * x.shape[last]!]);
}

/** The inverse of that, for a result. */
function apart(x: Tensor, size: number, { shape }: Tensor): Tensor {
  const last = shape.length - 1;
  const order = [last, ...Array.from({ length: last }, (_, i) => i), last + 1];
  return x.reshape([...shape.slice(0, last), size, shape[last]!]).transpose(order);
}

/** A batch becomes more images where it has one kernel, and else groups. */
/*@__NO_SIDE_EFFECTS__*/
const batchOf =
  (isKernel: boolean): BatchRule<ConvolutionAttrs> =>
  ({ size, inputs: [a, b], full }, node, attrs) => {
    const [fullA, fullB] = full as [Tensor, Tensor];
    if (!isKernel && b!.shape.length === 4)
      return applied(node.op, stacked(a!), b!, attrs).reshape([size, ...node.shape]);
    const groups = attrs.groups * size;
    return apart(applied(node.op, besideEachOther(fullA), besideEachOther(fullB), { ...attrs, groups }), size, node);
  };

/** Images [n, h, w, c] and a kernel [kh, kw, c / groups, o] give [n, oh, ow, o]. */
export const convolution: OpDefinition = convolutional(
  'convolution',
  (a, b) => [a[0]!, a[3]!, b[3]!],
  ([n, , o], { result }) => [n, ...result, o],
  {
    kernels: { convolution: kernels.convolution },
    takesEpilogue: true,
    derivative: (g, { inputs: [x, kernel] }, attrs) => [
      applied(convolutionInput, g, kernel!, attrs),
      applied(convolutionKernel, x!, g, attrs),
    ],
    batch: batchOf(false),
  },
);

/** Gradients [n, oh, ow, o] and a kernel give the gradient by the images; also a convolution that is transposed. */
export const convolutionInput: OpDefinition = convolutional(
  'convolutionInput',
  (a, b, { groups }) => [a[0]!, b[2]! * groups, b[3]!],
  ([n, c], { image }) => [n, ...image, c],
  {
    kernels: { convolutionInput: kernels.convolutionInput },
    takesEpilogue: true,
    derivative: (g, { inputs: [slope, kernel] }, attrs) => [
      applied(convolution, g, kernel!, attrs),
      applied(convolutionKernel, g, slope!, attrs),
    ],
    batch: batchOf(false),
  },
);

/** Images and gradients [n, oh, ow, o] give the gradient by the kernel. */
export const convolutionKernel: OpDefinition = convolutional(
  'convolutionKernel',
  (a, b) => [a[0]!, a[3]!, b[3]!],
  ([, c, o], { kernel, groups }) => [...kernel, groups > 0 ? c / groups : 0, o],
  {
    kernels: { convolutionKernel: kernels.convolutionKernel },
    derivative: (g, { inputs: [x, slope] }, attrs) => [
      applied(convolutionInput, slope!, g, attrs),
      applied(convolution, x!, g, attrs),
    ],
    batch: batchOf(true),
  },
);
