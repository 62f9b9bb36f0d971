// The scratch memory of a convolution: tables, a panel of the kernel, and a strip of an image, or a row of zeros
// (assembly/kernels/convolution.ts).
// For the op, and for who checks a tape.

import { isByWinograd, isOneChannel, oneChannelBytes, winogradBytes } from '../assembly/winograd.js';
import type { Operands } from './instructions.js';

export type ConvolutionKind = 'convolution' | 'convolutionInput' | 'convolutionKernel';

/** How results read images, by the names of the instruction's operands. */
export type StripGeometry = Omit<
  Operands<'convolution'>,
  'slope' | 'out' | 'a' | 'b' | 'bias' | 'epilogue' | 'y' | 'n' | 'top' | 'left' | 'rows' | 'bytes' | 'scratch'
>;

/** Bytes before the tables. */
const HEADER = 384;

/**
 * What of an image is read for results, along one axis: how many results there are, from step to step, and for one of
 * them.
 */
const axis = (turned: boolean, size: number, results: number, taps: number, stride: number, dilation: number) => {
  const reach = (taps - 1) * dilation;
  return {
    count: turned ? Math.ceil(size / stride) : results,
    step: turned ? 1 : stride,
    span: (turned ? Math.floor(reach / stride) : reach) + 1,
  };
};

/** The rows and columns of what is read, and bytes of a row of it. */
export function stripAxes(kind: ConvolutionKind, it: StripGeometry) {
  const turned = kind === 'convolutionInput';
  const rows = axis(turned, it.h, it.oh, it.kh, it.strideH, it.dilationH);
  const columns = axis(turned, it.w, it.ow, it.kw, it.strideW, it.dilationW);
  const channels = turned ? it.o : it.c;
  return { rows, columns, channels, line: ((columns.count - 1) * columns.step + columns.span) * channels * 4 };
}

/** Squares of 2x2 results in a row of these, where it is done by them (assembly/winograd.ts). */
export const squaresOf = (kind: ConvolutionKind, it: StripGeometry): number | undefined =>
  isByWinograd(it) ? (kind === 'convolutionInput' ? it.w + 1 : it.ow + 1) >> 1 : undefined;

/** Bytes of scratch memory for strips of that many rows of results. */
export function stripBytes(kind: ConvolutionKind, it: StripGeometry, rows: number): number {
  const across = squaresOf(kind, it);
  if (across) return Math.ceil(winogradBytes(it.c, it.o, rows * across) / 64) * 64;
  if (kind === 'convolution' && isOneChannel(it)) return Math.ceil(oneChannelBytes(it) / 64) * 64;
  const { rows: down, columns, channels, line } = stripAxes(kind, it);
  const pixels = rows * columns.count;
  const taps = it.kh * it.kw * (it.groups > 0 ? channels / it.groups : 0);
  const panel = 32 * (kind === 'convolutionKernel' ? pixels : taps);
  const strip = 8 * (pixels + taps) + panel + ((rows - 1) * down.step + down.span) * line;
  const zeros = 4 * channels * (kind === 'convolutionInput' ? it.ow : it.w); // a row of the image
  return Math.ceil((HEADER + Math.max(strip, zeros)) / 64) * 64;
}
