// The transforms of winograd.ts: each of squares of four channels at once, first by columns, then by rows. What lies
// between the two is in a square of vectors in scratch memory.

import { Lanes } from '../gemm/lanes';

/** Bytes of a row of a square. */
const ROW: usize = 64;

/** Bytes of a vector. */
const VECTOR: usize = 16;

class Four {
  /** Numbers that are beside each other or, if there is a `step`, so many bytes from each other. */
  @inline
  static read(from: usize, step: usize): v128 {
    return step ? Lanes.gather(from, from + step, from + 2 * step, from + 3 * step) : v128.load(from);
  }

  /** Stores a row of what the taps (a, b) become, to four planes; returns where the next one is. */
  @inline
  static putTaps(to: usize, plane: usize, a: v128, b: v128, half: v128): usize {
    v128.store(to, a);
    to += plane;
    v128.store(to, f32x4.mul(f32x4.add(a, b), half));
    to += plane;
    v128.store(to, f32x4.mul(f32x4.sub(a, b), half));
    to += plane;
    v128.store(to, b);
    return to + plane;
  }
}

/**
 * Bᵀ·d·B for the 4x4 pixels d whose addresses are listed at `pixels`, of all channels: to planes from `to` on, in which
 * the next four channels are `step` bytes behind the last ones.
 */
export function transformImages(
  pixels: usize,
  channels: i32,
  to: usize,
  plane: usize,
  step: usize,
  square: usize,
): void {
  for (let k: usize = 0, end = (<usize>channels) << 2; k < end; k += VECTOR, to += step) {
    for (let j: usize = 0; j < 4; j++) {
      const at = pixels + (j << 2);
      const d0 = v128.load(load<usize>(at) + k);
      const d1 = v128.load(load<usize>(at, 16) + k);
      const d2 = v128.load(load<usize>(at, 32) + k);
      const d3 = v128.load(load<usize>(at, 48) + k);
      const down = square + j * VECTOR;
      v128.store(down, f32x4.sub(d0, d2));
      v128.store(down, f32x4.add(d1, d2), 64);
      v128.store(down, f32x4.sub(d2, d1), 128);
      v128.store(down, f32x4.sub(d1, d3), 192);
    }
    let at = to;
    for (let i: usize = 0; i < 4; i++) {
      const row = square + i * ROW;
      const d0 = v128.load(row);
      const d1 = v128.load(row, 16);
      const d2 = v128.load(row, 32);
      const d3 = v128.load(row, 48);
      v128.store(at, f32x4.sub(d0, d2));
      at += plane;
      v128.store(at, f32x4.add(d1, d2));
      at += plane;
      v128.store(at, f32x4.sub(d2, d1));
      at += plane;
      v128.store(at, f32x4.sub(d1, d3));
      at += plane;
    }
  }
}

/**
 * G·g·Gᵀ for the 3x3 taps g that begin at `from`, `tap` bytes apart, to planes from `to` on. The numbers of four of
 * them are beside each other or, if there is a `step`, so many bytes from each other.
 */
export function transformKernel(from: usize, tap: usize, step: usize, to: usize, plane: usize, square: usize): void {
  const half = f32x4.splat(0.5);
  for (let j: usize = 0; j < 3; j++) {
    const g0 = Four.read(from, step);
    const g1 = Four.read(from + 3 * tap, step);
    const g2 = Four.read(from + 6 * tap, step);
    from += tap;
    const down = square + j * VECTOR;
    const outer = f32x4.add(g0, g2);
    v128.store(down, g0);
    v128.store(down, f32x4.mul(f32x4.add(outer, g1), half), 64);
    v128.store(down, f32x4.mul(f32x4.sub(outer, g1), half), 128);
    v128.store(down, g2, 192);
  }
  for (let i: usize = 0; i < 4; i++) {
    const row = square + i * ROW;
    const g0 = v128.load(row);
    const g1 = v128.load(row, 16);
    const g2 = v128.load(row, 32);
    const outer = f32x4.add(g0, g2);
    v128.store(to, g0);
    to += plane;
    v128.store(to, f32x4.mul(f32x4.add(outer, g1), half));
    to += plane;
    v128.store(to, f32x4.mul(f32x4.sub(outer, g1), half));
    to += plane;
    v128.store(to, g2);
    to += plane;
  }
}

/**
 * The same for 2x2 results, as taps of the gradient by the kernel: `step` bytes are between panels of eight filters.
 */
export function transformSlopes(pixels: usize, filters: i32, to: usize, plane: usize, step: usize): void {
  const half = f32x4.splat(0.5);
  const e0 = load<usize>(pixels);
  const e1 = load<usize>(pixels, 4);
  const e2 = load<usize>(pixels, 8);
  const e3 = load<usize>(pixels, 12);
  for (let k: usize = 0, end = (<usize>filters) << 2; k < end; k += VECTOR) {
    const a0 = v128.load(e0 + k);
    const b0 = v128.load(e1 + k);
    const a3 = v128.load(e2 + k);
    const b3 = v128.load(e3 + k);
    const a1 = f32x4.mul(f32x4.add(a0, a3), half);
    const b1 = f32x4.mul(f32x4.add(b0, b3), half);
    const a2 = f32x4.mul(f32x4.sub(a0, a3), half);
    const b2 = f32x4.mul(f32x4.sub(b0, b3), half);
    let at = to + (k >> 5) * step + (k & 16);
    at = Four.putTaps(at, plane, a0, b0, half);
    at = Four.putTaps(at, plane, a1, b1, half);
    at = Four.putTaps(at, plane, a2, b2, half);
    Four.putTaps(at, plane, a3, b3, half);
  }
}

/**
 * Aᵀ·m·A for 4x4 products m of all filters in planes from `from` on: the 2x2 results of a square, of which `rows` and
 * `columns` are there. Without a loop over columns, which makes it 5 % of a convolution slower.
 */
export function transformResults(
  from: usize,
  plane: usize,
  to: usize,
  line: usize,
  pixel: usize,
  rows: i32,
  columns: i32,
): void {
  const end = from + pixel;
  const p4 = plane << 2;
  for (; from < end; from += VECTOR, to += VECTOR) {
    let at = from;
    let m1 = v128.load(at + p4);
    let m2 = v128.load(at + 2 * p4);
    const a0 = f32x4.add(f32x4.add(v128.load(at), m1), m2);
    const b0 = f32x4.sub(f32x4.sub(m1, m2), v128.load(at + 3 * p4));
    at += plane;
    m1 = v128.load(at + p4);
    m2 = v128.load(at + 2 * p4);
    const a1 = f32x4.add(f32x4.add(v128.load(at), m1), m2);
    const b1 = f32x4.sub(f32x4.sub(m1, m2), v128.load(at + 3 * p4));
    at += plane;
    m1 = v128.load(at + p4);
    m2 = v128.load(at + 2 * p4);
    const a2 = f32x4.add(f32x4.add(v128.load(at), m1), m2);
    const b2 = f32x4.sub(f32x4.sub(m1, m2), v128.load(at + 3 * p4));
    at += plane;
    m1 = v128.load(at + p4);
    m2 = v128.load(at + 2 * p4);
    const a3 = f32x4.add(f32x4.add(v128.load(at), m1), m2);
    const b3 = f32x4.sub(f32x4.sub(m1, m2), v128.load(at + 3 * p4));
    v128.store(to, f32x4.add(f32x4.add(a0, a1), a2));
    if (columns > 1) v128.store(to + pixel, f32x4.sub(f32x4.sub(a1, a2), a3));
    if (rows < 2) continue;
    v128.store(to + line, f32x4.add(f32x4.add(b0, b1), b2));
    if (columns > 1) v128.store(to + line + pixel, f32x4.sub(f32x4.sub(b1, b2), b3));
  }
}

/** The same for the 3x3 taps of a gradient by the kernel, which are `tap` bytes apart, of eight filters. */
export function transformTaps(from: usize, plane: usize, to: usize, tap: usize, square: usize): void {
  for (let k: usize = 0; k < 32; k += VECTOR) {
    for (let j: usize = 0, at = from + k; j < 4; j++, at += plane) {
      const m1 = v128.load(at + 4 * plane);
      const m2 = v128.load(at + 8 * plane);
      const both = f32x4.add(m1, m2);
      const down = square + j * VECTOR;
      v128.store(down, f32x4.add(v128.load(at), both));
      v128.store(down, f32x4.sub(m1, m2), 64);
      v128.store(down, f32x4.sub(both, v128.load(at + 12 * plane)), 128);
    }
    for (let i: usize = 0, at = to + k; i < 3; i++) {
      const row = square + i * ROW;
      const m1 = v128.load(row, 16);
      const m2 = v128.load(row, 32);
      const both = f32x4.add(m1, m2);
      v128.store(at, f32x4.add(v128.load(row), both));
      at += tap;
      v128.store(at, f32x4.sub(m1, m2));
      at += tap;
      v128.store(at, f32x4.sub(both, v128.load(row, 48)));
      at += tap;
    }
  }
}
