// The gradient by the kernel, where channels are convolved each by itself, with kernels of 3x3 in steps of one pixel.

import { ConvolutionOperands } from '../../operands';
import { endOf, rangeOf, startOf } from '../../share';
import { floats, Lanes } from '../gemm/lanes';
import { blockOf, Window } from './window';

/** The part's share of the gradient by the kernel: of channels. */
export function correlateDepthSlopes(it: ConvolutionOperands, window: Window, part: i32, parts: i32): void {
  const pixel = window.pixel;
  const work = <i32>min<i64>(<i64>it.n * it.oh * it.ow * 5, i32.MAX_VALUE);
  const range = rangeOf(it.c >> 2, work, 2, part, parts);
  const from = floats(4 * startOf(range));
  const to = floats(4 * endOf(range));
  if (from >= to) return;
  for (let tap: usize = 0; tap < 9; tap++) memory.fill(it.out + tap * pixel + from, 0, to - from);
  const line = <usize>it.ow * pixel;
  if (line === 0) return;
  let g = it.b;
  for (let image = 0; image < it.n; image++) {
    const x = it.a + <usize>(image * it.h * it.w) * pixel;
    for (let i = 0; i < it.oh; i++) {
      window.move(x, i);
      addRow(it.out, window, g, from, to);
      g += line;
    }
  }
}

/**
 * Adds what a row of results says of the channels between `from` and `to`: of some pixels all, then of the next ones.
 */
function addRow(out: usize, window: Window, g: usize, from: usize, to: usize): void {
  const pixel = window.pixel;
  const columns = window.columns.count;
  const some = blockOf(pixel);
  for (let j = 0; j < columns; j += some) {
    const end = min(j + some, columns);
    let k = from;
    for (; k + 16 < to; k += 32) {
      addTaps8(window, j, end, out + k, window.top + k, g + k);
      addTaps8(window, j, end, out + 3 * pixel + k, window.middle + k, g + k);
      addTaps8(window, j, end, out + 6 * pixel + k, window.bottom + k, g + k);
    }
    if (k < to) {
      addTaps4(window, j, end, out + k, window.top + k, g + k);
      addTaps4(window, j, end, out + 3 * pixel + k, window.middle + k, g + k);
      addTaps4(window, j, end, out + 6 * pixel + k, window.bottom + k, g + k);
    }
    g += <usize>some * pixel;
  }
}

class Taps {
  /**
   * Adds the products of a row of results and the pixels that three taps beside each other read, of four channels or of
   * eight.
   */
  @inline
  static add(wide: bool, window: Window, j: i32, end: i32, out: usize, x: usize, g: usize): void {
    const pixel = window.pixel;
    const width = window.columns.size;
    const second = out + pixel;
    const third = second + pixel;
    let s0 = v128.load(out);
    let s1 = v128.load(second);
    let s2 = v128.load(third);
    let t0 = wide ? v128.load(out, 16) : s0;
    let t1 = wide ? v128.load(second, 16) : s0;
    let t2 = wide ? v128.load(third, 16) : s0;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let q = j + window.columns.low;
    end += window.columns.low;
    x += <usize>q * pixel;
    if (<u32>q < <u32>width) {
      a0 = v128.load(x);
      if (wide) b0 = v128.load(x, 16);
    }
    if (<u32>(q + 1) < <u32>width) {
      a1 = v128.load(x + pixel);
      if (wide) b1 = v128.load(x + pixel, 16);
    }
    x += 2 * pixel;
    do {
      let a2 = f32x4.splat(0);
      let b2 = a2;
      if (<u32>(q + 2) < <u32>width) {
        a2 = v128.load(x);
        if (wide) b2 = v128.load(x, 16);
      }
      const slope = v128.load(g);
      s0 = Lanes.addProduct(s0, a0, slope);
      s1 = Lanes.addProduct(s1, a1, slope);
      s2 = Lanes.addProduct(s2, a2, slope);
      a0 = a1;
      a1 = a2;
      if (wide) {
        const other = v128.load(g, 16);
        t0 = Lanes.addProduct(t0, b0, other);
        t1 = Lanes.addProduct(t1, b1, other);
        t2 = Lanes.addProduct(t2, b2, other);
        b0 = b1;
        b1 = b2;
      }
      x += pixel;
      g += pixel;
    } while (++q < end);
    v128.store(out, s0);
    v128.store(second, s1);
    v128.store(third, s2);
    if (wide) {
      v128.store(out, t0, 16);
      v128.store(second, t1, 16);
      v128.store(third, t2, 16);
    }
  }
}

function addTaps8(window: Window, j: i32, end: i32, out: usize, x: usize, g: usize): void {
  Taps.add(true, window, j, end, out, x, g);
}

function addTaps4(window: Window, j: i32, end: i32, out: usize, x: usize, g: usize): void {
  Taps.add(false, window, j, end, out, x, g);
}
