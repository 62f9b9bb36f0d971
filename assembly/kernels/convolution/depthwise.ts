// Channels that are convolved each by itself, with kernels of 3x3 in steps of one pixel: lanes run over channels.

import { ConvolutionOperands } from '../../operands';
import { correlateDepthRows } from './depthrows';
import { correlateDepthSquares } from './depthsquares';
import { Window } from './window';

/**
 * From so many channels on the pixels of a row are too far apart in memory to go along it with four channels at a time.
 */
const MANY = 64;

/** Whether a layer is such a one. */
export function isDepthwise(it: ConvolutionOperands): bool {
  if (it.kh !== 3 || it.kw !== 3 || it.groups !== it.c || it.c !== it.o || (it.c & 3) !== 0 || it.c === 0) return false;
  return it.strideH === 1 && it.strideW === 1 && it.dilationH === 1 && it.dilationW === 1;
}

/** The part's share of a convolution or, if `turned`, of the gradient by the images. */
export function correlateDepths(it: ConvolutionOperands, window: Window, part: i32, parts: i32, turned: bool): void {
  if (it.c < MANY) correlateDepthRows(it, window, part, parts, turned);
  else correlateDepthSquares(it, part, parts, turned);
}
