// Pooling of images [n, h, w, c] by windows: the largest of each, or the mean. What a window has beyond the image does
// not count. Channels go side by side in vectors. Forward a part takes whole rows of windows, backward whole images,
// since windows overlap. Twin: bindings/kernels/pooling.ts.

import { AvgPoolGradOperands, AvgPoolOperands, MaxPoolGradOperands, MaxPoolOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';
import { F4 } from '../simd';

/** Where a window begins and ends within an image along one axis of n. */
function begin(i: i32, stride: i32, before: i32): i32 {
  return max(0, i * stride - before);
}

function end(i: i32, stride: i32, before: i32, size: i32, n: i32): i32 {
  return min(n, i * stride - before + size);
}

class Most {
  /** Lanes in which v comes before `most`: it is larger, or the first NaN. */
  @inline
  static beats(v: v128, most: v128): v128 {
    return v128.or(f32x4.gt(v, most), v128.andnot(f32x4.ne(v, v), f32x4.ne(most, most)));
  }

  /** Lanes in which v is `most`, or both are NaN. */
  @inline
  static is(v: v128, most: v128): v128 {
    return v128.or(f32x4.eq(v, most), v128.and(f32x4.ne(v, v), f32x4.ne(most, most)));
  }
}

/**
 * The elements of up to four channels in a window of `height` rows and `width` pixels from `x` on: the largest of each.
 */
function largest(x: usize, height: i32, width: i32, row: usize, pixel: usize, bytes: usize): v128 {
  let most = F4.loadUpTo(x, bytes);
  for (let i = 0; i < height; i++) {
    let at = x;
    for (let j = 0; j < width; j++) {
      const v = F4.loadUpTo(at, bytes);
      most = v128.bitselect(v, most, Most.beats(v, most));
      at += pixel;
    }
    x += row;
  }
  return most;
}

/** The elements of `from` in the places of the largest ones of x; of equal ones in the place of the first. */
function picked(x: usize, from: usize, height: i32, width: i32, row: usize, pixel: usize, bytes: usize): v128 {
  let most = F4.loadUpTo(x, bytes);
  let pick = F4.loadUpTo(from, bytes);
  for (let i = 0; i < height; i++) {
    for (let at: usize = 0; at < <usize>width * pixel; at += pixel) {
      const v = F4.loadUpTo(x + at, bytes);
      const beats = Most.beats(v, most);
      most = v128.bitselect(v, most, beats);
      pick = v128.bitselect(F4.loadUpTo(from + at, bytes), pick, beats);
    }
    x += row;
    from += row;
  }
  return pick;
}

/** Along one axis: whether windows of two lie side by side in the image. */
function arePairs(size: i32, stride: i32, before: i32, n: i32, out: i32): bool {
  return size === 2 && stride === 2 && before === 0 && 2 * out <= n;
}

/** The windows of an instruction, by the names of its operands. */
interface Windows {
  readonly h: i32;
  readonly w: i32;
  readonly c: i32;
  readonly outH: i32;
  readonly outW: i32;
  readonly sizeH: i32;
  readonly sizeW: i32;
  readonly strideH: i32;
  readonly strideW: i32;
  readonly top: i32;
  readonly left: i32;
}

/** Whether all windows are 2x2, side by side in the image, and channels fill vectors: these are done four at a time. */
function areSquares<T extends Windows>(it: T): bool {
  const high = arePairs(it.sizeH, it.strideH, it.top, it.h, it.outH);
  const wide = arePairs(it.sizeW, it.strideW, it.left, it.w, it.outW);
  return high && wide && isWhole((<usize>it.c) << 2);
}

/** Whether the channels of a pixel fill vectors. */
function isWhole(pixel: usize): bool {
  return pixel > 0 && (pixel & 15) === 0;
}

/** A row of 2x2 windows side by side, of whole vectors of channels: the largest of each. */
function largestOfSquares(out: usize, x: usize, count: i32, row: usize, pixel: usize): void {
  const end = out + <usize>count * pixel;
  do {
    const next = out + pixel;
    do {
      const a = v128.load(x);
      const b = v128.load(x + pixel);
      const upper = v128.bitselect(b, a, Most.beats(b, a));
      const c = v128.load(x + row);
      const d = v128.load(x + row + pixel);
      const lower = v128.bitselect(d, c, Most.beats(d, c));
      v128.store(out, v128.bitselect(lower, upper, Most.beats(lower, upper)));
      x += 16;
      out += 16;
    } while (out < next);
    x += pixel;
  } while (out < end);
}

/** The same row backward: each window becomes 0, but 0 + g in the place of its largest x. */
function fillSquares(out: usize, x: usize, g: usize, count: i32, row: usize, pixel: usize): void {
  const end = g + <usize>count * pixel;
  do {
    const next = g + pixel;
    do {
      const a = v128.load(x);
      const b = v128.load(x + pixel);
      const right = Most.beats(b, a);
      const upper = v128.bitselect(b, a, right);
      const c = v128.load(x + row);
      const d = v128.load(x + row + pixel);
      const lowerRight = Most.beats(d, c);
      const lower = v128.bitselect(d, c, lowerRight);
      const below = Most.beats(lower, upper);
      const all = f32x4.add(f32x4.splat(0), v128.load(g));
      const gUpper = v128.andnot(all, below);
      const gLower = v128.and(all, below);
      v128.store(out, v128.andnot(gUpper, right));
      v128.store(out + pixel, v128.and(gUpper, right));
      v128.store(out + row, v128.andnot(gLower, lowerRight));
      v128.store(out + row + pixel, v128.and(gLower, lowerRight));
      x += 16;
      out += 16;
      g += 16;
    } while (g < next);
    x += pixel;
    out += pixel;
  } while (g < end);
}

/** out = the element of `from` in the place of the largest x of each window, the first of equal ones, the first NaN */
export function maxPool(it: MaxPoolOperands, part: i32, parts: i32): void {
  const pixel = (<usize>it.c) << 2;
  const row = <usize>it.w * pixel;
  const range = rangeOf(it.n * it.outH, it.outW * it.c * it.sizeH * it.sizeW, 1, part, parts);
  const squares = it.from === it.x && areSquares(it);
  let out = it.out + <usize>startOf(range) * <usize>it.outW * pixel;
  for (let r = startOf(range); r < endOf(range); r++) {
    const image = r / it.outH;
    const i = r - image * it.outH;
    const top = begin(i, it.strideH, it.top);
    const height = end(i, it.strideH, it.top, it.sizeH, it.h) - top;
    const start = <usize>(image * it.h + top) * row;
    if (squares) {
      largestOfSquares(out, it.x + start, it.outW, row, pixel);
      out += <usize>it.outW * pixel;
      continue;
    }
    for (let j = 0; j < it.outW; j++) {
      const left = begin(j, it.strideW, it.left);
      const width = end(j, it.strideW, it.left, it.sizeW, it.w) - left;
      const place = start + <usize>left * pixel;
      for (let at: usize = 0; at < pixel; at += 16) {
        const x = it.x + place + at;
        const bytes = pixel - at;
        const y =
          it.from === it.x
            ? largest(x, height, width, row, pixel, bytes)
            : picked(x, it.from + place + at, height, width, row, pixel, bytes);
        F4.storeUpTo(out + at, y, bytes);
      }
      out += pixel;
    }
  }
}

/** Adds g to `out` in the place of the largest x of a window, the first of equal ones. */
function put(out: usize, x: usize, g: v128, height: i32, width: i32, row: usize, pixel: usize, bytes: usize): void {
  const most = largest(x, height, width, row, pixel, bytes);
  let open = i32x4.splat(-1);
  for (let i = 0; i < height; i++) {
    for (let at: usize = 0; at < <usize>width * pixel; at += pixel) {
      const hit = v128.and(open, Most.is(F4.loadUpTo(x + at, bytes), most));
      open = v128.andnot(open, hit);
      const old = F4.loadUpTo(out + at, bytes);
      F4.storeUpTo(out + at, v128.bitselect(f32x4.add(old, g), old, hit), bytes);
    }
    x += row;
    out += row;
  }
}

/** out = 0, and g of each window is added in the place of its largest x, the first of equal ones, the first NaN */
export function maxPoolGrad(it: MaxPoolGradOperands, part: i32, parts: i32): void {
  const pixel = (<usize>it.c) << 2;
  const row = <usize>it.w * pixel;
  const size = <usize>it.h * row;
  const range = rangeOf(it.n, it.outH * it.outW * it.c * it.sizeH * it.sizeW * 2, 1, part, parts);
  const squares = areSquares(it);
  const whole = squares && 2 * it.outH === it.h && 2 * it.outW === it.w;
  let g = it.g + <usize>startOf(range) * <usize>(it.outH * it.outW) * pixel;
  for (let image = startOf(range); image < endOf(range); image++) {
    if (!whole) memory.fill(it.out + <usize>image * size, 0, size);
    for (let i = 0; i < it.outH; i++) {
      const top = begin(i, it.strideH, it.top);
      const height = end(i, it.strideH, it.top, it.sizeH, it.h) - top;
      const start = <usize>image * size + <usize>top * row;
      if (squares) {
        fillSquares(it.out + start, it.x + start, g, it.outW, row, pixel);
        g += <usize>it.outW * pixel;
        continue;
      }
      for (let j = 0; j < it.outW; j++) {
        const left = begin(j, it.strideW, it.left);
        const width = end(j, it.strideW, it.left, it.sizeW, it.w) - left;
        const place = start + <usize>left * pixel;
        for (let at: usize = 0; at < pixel; at += 16) {
          const bytes = pixel - at;
          const v = F4.loadUpTo(g + at, bytes);
          put(it.out + place + at, it.x + place + at, v, height, width, row, pixel, bytes);
        }
        g += pixel;
      }
    }
  }
}

/**
 * By how much the sum of a window is divided: its elements in the image, or with `counted` those in the padding, too,
 * but not what lies beyond that because the number of windows was rounded up.
 */
function along(i: i32, stride: i32, before: i32, size: i32, n: i32, counted: i32): i32 {
  if (!counted) return end(i, stride, before, size, n) - begin(i, stride, before);
  return min(size, n + 2 * before - i * stride);
}

/** The sums of up to four channels over a window, in float64, divided by `count`. */
function average(x: usize, height: i32, width: i32, row: usize, pixel: usize, bytes: usize, count: f64): v128 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let i = 0; i < height; i++) {
    let at = x;
    for (let j = 0; j < width; j++) {
      const v = F4.loadUpTo(at, bytes);
      low = f64x2.add(low, F4.lowDoubles(v));
      high = f64x2.add(high, F4.highDoubles(v));
      at += pixel;
    }
    x += row;
  }
  const counts = f64x2.splat(count);
  return F4.fromDoubles(f64x2.div(low, counts), f64x2.div(high, counts));
}

/**
 * A row of 2x2 windows side by side, of whole vectors of channels: the mean of each, its sum in the order of `average`.
 */
function averagesOfSquares(out: usize, x: usize, count: i32, row: usize, pixel: usize): void {
  const zero = f64x2.splat(0);
  const quarter = f64x2.splat(0.25); // exact, as dividing by 4 is
  const end = out + <usize>count * pixel;
  do {
    const next = out + pixel;
    do {
      const a = v128.load(x);
      const b = v128.load(x + pixel);
      const c = v128.load(x + row);
      const d = v128.load(x + row + pixel);
      let low = f64x2.add(f64x2.add(zero, F4.lowDoubles(a)), F4.lowDoubles(b));
      let high = f64x2.add(f64x2.add(zero, F4.highDoubles(a)), F4.highDoubles(b));
      low = f64x2.add(f64x2.add(low, F4.lowDoubles(c)), F4.lowDoubles(d));
      high = f64x2.add(f64x2.add(high, F4.highDoubles(c)), F4.highDoubles(d));
      v128.store(out, F4.fromDoubles(f64x2.mul(low, quarter), f64x2.mul(high, quarter)));
      x += 16;
      out += 16;
    } while (out < next);
    x += pixel;
  } while (out < end);
}

/**
 * The same row backward: each element of a window becomes (0 + g) / 4, which is rounded once: 0 of -0, -0 of what is
 * less than any float.
 */
function fillAverages(out: usize, g: usize, count: i32, row: usize, pixel: usize): void {
  const end = g + <usize>count * pixel;
  do {
    const next = g + pixel;
    do {
      const share = f32x4.mul(f32x4.add(f32x4.splat(0), v128.load(g)), f32x4.splat(0.25));
      v128.store(out, share);
      v128.store(out + pixel, share);
      v128.store(out + row, share);
      v128.store(out + row + pixel, share);
      out += 16;
      g += 16;
    } while (g < next);
    out += pixel;
  } while (g < end);
}

/** out = the mean of each window */
export function avgPool(it: AvgPoolOperands, part: i32, parts: i32): void {
  const pixel = (<usize>it.c) << 2;
  const row = <usize>it.w * pixel;
  const range = rangeOf(it.n * it.outH, it.outW * it.c * it.sizeH * it.sizeW, 1, part, parts);
  const squares = areSquares(it);
  let out = it.out + <usize>startOf(range) * <usize>it.outW * pixel;
  for (let r = startOf(range); r < endOf(range); r++) {
    const image = r / it.outH;
    const i = r - image * it.outH;
    const top = begin(i, it.strideH, it.top);
    const height = end(i, it.strideH, it.top, it.sizeH, it.h) - top;
    const rows = along(i, it.strideH, it.top, it.sizeH, it.h, it.counted);
    const start = it.x + <usize>(image * it.h + top) * row;
    if (squares) {
      averagesOfSquares(out, start, it.outW, row, pixel);
      out += <usize>it.outW * pixel;
      continue;
    }
    for (let j = 0; j < it.outW; j++) {
      const left = begin(j, it.strideW, it.left);
      const width = end(j, it.strideW, it.left, it.sizeW, it.w) - left;
      const count = rows * along(j, it.strideW, it.left, it.sizeW, it.w, it.counted);
      const x = start + <usize>left * pixel;
      for (let at: usize = 0; at < pixel; at += 16) {
        const bytes = pixel - at;
        F4.storeUpTo(out + at, average(x + at, height, width, row, pixel, bytes, <f64>count), bytes);
      }
      out += pixel;
    }
  }
}

/** Adds g / count to all elements of a window, each sum rounded once. */
function spread(
  out: usize,
  g: v128,
  height: i32,
  width: i32,
  row: usize,
  pixel: usize,
  bytes: usize,
  count: f64,
): void {
  const counts = f64x2.splat(count);
  const low = f64x2.div(F4.lowDoubles(g), counts);
  const high = f64x2.div(F4.highDoubles(g), counts);
  for (let i = 0; i < height; i++) {
    let at = out;
    for (let j = 0; j < width; j++) {
      const old = F4.loadUpTo(at, bytes);
      const sum = F4.fromDoubles(f64x2.add(F4.lowDoubles(old), low), f64x2.add(F4.highDoubles(old), high));
      F4.storeUpTo(at, sum, bytes);
      at += pixel;
    }
    out += row;
  }
}

/** out = 0, and g of each window, divided as its sum was, is added to all of its elements */
export function avgPoolGrad(it: AvgPoolGradOperands, part: i32, parts: i32): void {
  const pixel = (<usize>it.c) << 2;
  const row = <usize>it.w * pixel;
  const size = <usize>it.h * row;
  const range = rangeOf(it.n, it.outH * it.outW * it.c * it.sizeH * it.sizeW * 2, 1, part, parts);
  const squares = areSquares(it);
  const whole = squares && 2 * it.outH === it.h && 2 * it.outW === it.w;
  let g = it.g + <usize>startOf(range) * <usize>(it.outH * it.outW) * pixel;
  for (let image = startOf(range); image < endOf(range); image++) {
    const start = it.out + <usize>image * size;
    if (!whole) memory.fill(start, 0, size);
    for (let i = 0; i < it.outH; i++) {
      const top = begin(i, it.strideH, it.top);
      const height = end(i, it.strideH, it.top, it.sizeH, it.h) - top;
      if (squares) {
        fillAverages(start + <usize>top * row, g, it.outW, row, pixel);
        g += <usize>it.outW * pixel;
        continue;
      }
      const rows = along(i, it.strideH, it.top, it.sizeH, it.h, it.counted);
      for (let j = 0; j < it.outW; j++) {
        const left = begin(j, it.strideW, it.left);
        const width = end(j, it.strideW, it.left, it.sizeW, it.w) - left;
        const count = rows * along(j, it.strideW, it.left, it.sizeW, it.w, it.counted);
        const out = start + <usize>top * row + <usize>left * pixel;
        for (let at: usize = 0; at < pixel; at += 16) {
          const bytes = pixel - at;
          spread(out + at, F4.loadUpTo(g + at, bytes), height, width, row, pixel, bytes, <f64>count);
        }
        g += pixel;
      }
    }
  }
}
