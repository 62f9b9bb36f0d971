// Reading elements at indices, and adding to such elements. Twin: assembly/kernels/gather.ts.

import { Op } from '../../assembly/opcodes.js';
import type { Operands } from '../instructions.js';
import type { Views } from '../run/memory.js';
import { copyRow } from './movement.js';

/**
 * Reads x [outer, size, inner] at indices of its middle axis. With `along` 0 the indices are [count] and each moves
 * `inner` elements, with 1 they are [outer, count, inner] and each moves one; out is [outer, count, inner]. An index
 * below 0 counts from the end, one that is out of range gives NaN, or `fill` where x is int32.
 */
export function gather(views: Views, it: Operands<'gather'>): void {
  atIndices(Op.gather, views, it, it.fill);
}

/** The adjoint of gather: out [outer, size, inner] = 0, then x is added to it at the indices that are in range. */
export function scatterAdd(views: Views, it: Operands<'scatterAdd'>): void {
  const { out, outer, size, inner } = it;
  views.f.fill(0, out, out + outer * size * inner);
  atIndices(Op.scatterAdd, views, it, 0);
}

/**
 * Writes x, elements of [outer, count, inner], to those of out [outer, size, inner] at the indices that are in range;
 * the last of equal indices wins.
 */
export function scatter(views: Views, it: Operands<'scatter'>): void {
  atIndices(Op.scatter, views, it, 0);
}

/**
 * What one of these does at each index: n elements from `at` on in [outer, count, inner] belong to those from `indexed`
 * on in [outer, size, inner].
 */
function atIndices(
  op: Op,
  views: Views,
  { out, x, indices, outer, size, count, inner, along }: Operands<'scatter'>,
  fill: number,
): void {
  const { f, i } = views;
  const turns = along ? inner : 1;
  const n = along ? 1 : inner;
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (let r = 0; r < count; r++) {
      for (let j = 0; j < turns; j++, at += n) {
        const given = i[indices + (along ? at : r)]!;
        const index = given < 0 ? given + size : given;
        const indexed = (o * size + index) * inner + j;
        const isInside = index >= 0 && index < size;
        if (op === Op.gather) {
          if (isInside) copyRow(views, out + at, x + indexed, n);
          else fillRow(views, out + at, n, fill);
        } else if (isInside) {
          if (op === Op.scatter) copyRow(views, out + indexed, x + at, n);
          else for (let k = 0; k < n; k++) f[out + indexed + k]! += f[x + at + k]!;
        }
      }
    }
  }
}

function fillRow({ f, i }: Views, out: number, n: number, fill: number): void {
  i.fill(fill, out, out + n);
  if (f instanceof Float64Array) f.fill(Number.NaN, out, out + n);
}
