// Packing: blocks of A and panels of B are copied into the order in which tiles read them.

import { floats, Lanes } from './lanes';
import { tileHeight } from './tile';

/**
 * If A is transposed, all tiles of this many terms are packed before the next terms: the lines that tiles share stay in
 * L1.
 */
const TERMS_AT_ONCE = 32;

/** Packs rows of A tile by tile: the tile that starts at row i starts at float i * terms. */
export function packRows(to: usize, from: usize, row: usize, col: usize, rows: i32, terms: i32): void {
  const most = row === 4 ? TERMS_AT_ONCE : terms;
  for (let p = 0; p < terms; p += most) {
    const count = min(most, terms - p);
    const source = from + <usize>p * col;
    for (let i = 0, height = 0; i < rows; i += height) {
      height = tileHeight(rows - i);
      const tile = to + floats(i * terms + p * height);
      interleave(tile, floats(height), source + <usize>i * row, row, col, height, count);
    }
  }
}

/** to[p, lane] = from[lane, p], at the given strides: a transposition, of which one side may have gaps. */
export function interleave(
  to: usize,
  toStep: usize,
  from: usize,
  lane: usize,
  step: usize,
  lanes: i32,
  terms: i32,
): void {
  let i = 0;
  for (; i + 4 <= lanes; i += 4) {
    packFour(to, toStep, from, lane, step, 4, terms);
    to += 16;
    from += lane << 2;
  }
  for (; i < lanes; i++) {
    packOne(to, toStep, from, step, terms);
    to += 4;
    from += lane;
  }
}

/** Packs two panels of 8 columns, one behind the other: most cache lines of B have columns of both. */
export function packPair(to: usize, from: usize, row: usize, terms: i32): void {
  let second = to + floats(8 * terms);
  do {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(second, v128.load(from, 32));
    v128.store(second, v128.load(from, 48), 16);
    to += 32;
    second += 32;
    from += row;
  } while (--terms > 0);
}

/** Lays `live` columns of B side by side, in rows of `width`: to[p, j] = from[p, j], at the given strides. */
export function packPanel(to: usize, from: usize, row: usize, col: usize, width: i32, live: i32, terms: i32): void {
  const toStep = floats(width);
  packFour(to, toStep, from, col, row, min(live, 4), terms);
  if (width === 8) packFour(to + 16, toStep, from + 4 * col, col, row, live - 4, terms);
}

function packOne(to: usize, toStep: usize, from: usize, step: usize, terms: i32): void {
  do {
    store<u32>(to, load<u32>(from));
    to += toStep;
    from += step;
  } while (--terms > 0);
}

/** Packs four lanes. Those past `live` repeat the last: nothing beyond it is read, and their sums are never stored. */
function packFour(to: usize, toStep: usize, from: usize, lane: usize, step: usize, live: i32, terms: i32): void {
  if (lane === 4 && live === 4) {
    do {
      v128.store(to, v128.load(from));
      to += toStep;
      from += step;
    } while (--terms > 0);
    return;
  }
  let p0 = from;
  let p1 = from + <usize>min(1, live - 1) * lane;
  let p2 = from + <usize>min(2, live - 1) * lane;
  let p3 = from + <usize>min(3, live - 1) * lane;
  if (step === 4) {
    for (; terms >= 4; terms -= 4) {
      const m0 = v128.load(p0);
      const m1 = v128.load(p1);
      const m2 = v128.load(p2);
      const m3 = v128.load(p3);
      const low01 = v128.shuffle<f32>(m0, m1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(m2, m3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(m0, m1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(m2, m3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f64>(low01, low23, 0, 2));
      to += toStep;
      v128.store(to, v128.shuffle<f64>(low01, low23, 1, 3));
      to += toStep;
      v128.store(to, v128.shuffle<f64>(high01, high23, 0, 2));
      to += toStep;
      v128.store(to, v128.shuffle<f64>(high01, high23, 1, 3));
      to += toStep;
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
    }
  }
  for (; terms > 0; --terms) {
    v128.store(to, Lanes.gather(p0, p1, p2, p3));
    to += toStep;
    p0 += step;
    p1 += step;
    p2 += step;
    p3 += step;
  }
}
