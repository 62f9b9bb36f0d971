// The matrix product of transformed images: tiles of five squares by eight filters.

import { floats, Lanes } from '../gemm/lanes';

/** Rows of a tile. */
export const HEIGHT = 5;

/** Lists where the numbers of `channels` channels are, of squares [channels / 4, count, 4]. */
export function listChannels(list: usize, channels: i32, count: i32): void {
  for (let k = 0; k < channels; k++) {
    store<usize>(list, floats((k >> 2) * 4 * count + (k & 3)));
    list += 4;
  }
}

/**
 * c[count, n] = a · b for squares a [k / 4, count, 4], of k listed channels, and b [n / 8, k, 8]. Of fewer than five
 * squares it writes five, and else the last tile overlaps the one before.
 */
export function multiplySquares(c: usize, count: i32, n: i32, a: usize, channels: usize, b: usize, k: i32): void {
  const row = floats(n);
  const last = <usize>max(count - HEIGHT, 0);
  for (let j = 0; j < n; j += 8) {
    for (let i: usize = 0; i < last; i += HEIGHT) tile(c + i * row, row, a + (i << 4), channels, b, k);
    tile(c + last * row, row, a + (last << 4), channels, b, k);
    b += floats(8 * k);
    c += 32;
  }
}

function tile(c: usize, row: usize, a: usize, channels: usize, b: usize, k: i32): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  let s40 = f32x4.splat(0);
  let s41 = f32x4.splat(0);
  // The form of gemm/tile.ts, where it says why.
  if (k > 0) {
    const end = channels + floats(k - 1);
    channels -= 4;
    b -= 32;
    while (true) {
      channels += 4;
      b += 32;
      const at = a + load<usize>(channels);
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let x = v128.load32_splat(at);
      s00 = Lanes.addProduct(s00, x, b0);
      s01 = Lanes.addProduct(s01, x, b1);
      x = v128.load32_splat(at, 16);
      s10 = Lanes.addProduct(s10, x, b0);
      s11 = Lanes.addProduct(s11, x, b1);
      x = v128.load32_splat(at, 32);
      s20 = Lanes.addProduct(s20, x, b0);
      s21 = Lanes.addProduct(s21, x, b1);
      x = v128.load32_splat(at, 48);
      s30 = Lanes.addProduct(s30, x, b0);
      s31 = Lanes.addProduct(s31, x, b1);
      x = v128.load32_splat(at, 64);
      s40 = Lanes.addProduct(s40, x, b0);
      s41 = Lanes.addProduct(s41, x, b1);
      if (channels >= end) break;
    }
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  c += row;
  v128.store(c, s10);
  v128.store(c, s11, 16);
  c += row;
  v128.store(c, s20);
  v128.store(c, s21, 16);
  c += row;
  v128.store(c, s30);
  v128.store(c, s31, 16);
  c += row;
  v128.store(c, s40);
  v128.store(c, s41, 16);
}
