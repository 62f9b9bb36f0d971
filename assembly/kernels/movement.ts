// Kernels that only move elements. Twin: bindings/kernels/movement.ts.

/** out[i] = x[i] */
export function copy(out: usize, x: usize, n: i32, part: i32, parts: i32): void {
  if (part) return;
  memory.copy(out, x, (<usize>n) << 2);
}

/** out, contiguous, = x read with strides. The list is [count, dims …, strides …], outermost first. */
export function permute(out: usize, x: usize, list: usize, part: i32, parts: i32): void {
  if (part) return;
  const rank = load<i32>(list) >> 1;
  walk(out, x, list + 4, list + 4 + ((<usize>rank) << 2), rank);
}

/** Writes the elements of one slice; returns the address behind the last one written. */
function walk(out: usize, x: usize, dims: usize, strides: usize, rank: i32): usize {
  if (rank === 0) {
    store<i32>(out, load<i32>(x));
    return out + 4;
  }
  const n = load<i32>(dims);
  const stride = (<usize>load<i32>(strides)) << 2;
  if (rank === 1) return line(out, x, stride, n);
  for (let k = 0; k < n; k++) {
    out = walk(out, x, dims + 4, strides + 4, rank - 1);
    x += stride;
  }
  return out;
}

/** The innermost dimension. */
function line(out: usize, x: usize, stride: usize, n: i32): usize {
  const end = out + ((<usize>n) << 2);
  if (stride === 4) {
    row(out, x, end - out);
    return end;
  }
  while (out < end) {
    store<i32>(out, load<i32>(x));
    x += stride;
    out += 4;
  }
  return end;
}

/** out, written with strides, = x, contiguous: the adjoint of permute, with the same list. */
export function write(out: usize, x: usize, list: usize, part: i32, parts: i32): void {
  if (part) return;
  const rank = load<i32>(list) >> 1;
  spread(out, x, list + 4, list + 4 + ((<usize>rank) << 2), rank);
}

/** Reads the elements of one slice; returns the address behind the last one read. */
function spread(out: usize, x: usize, dims: usize, strides: usize, rank: i32): usize {
  if (rank === 0) {
    store<i32>(out, load<i32>(x));
    return x + 4;
  }
  const n = load<i32>(dims);
  const stride = (<usize>load<i32>(strides)) << 2;
  if (rank === 1) return spreadLine(out, x, stride, n);
  for (let k = 0; k < n; k++) {
    x = spread(out, x, dims + 4, strides + 4, rank - 1);
    out += stride;
  }
  return x;
}

/** The innermost dimension. */
function spreadLine(out: usize, x: usize, stride: usize, n: i32): usize {
  const end = x + ((<usize>n) << 2);
  if (stride === 4) {
    row(out, x, end - x);
    return end;
  }
  while (x < end) {
    store<i32>(out, load<i32>(x));
    out += stride;
    x += 4;
  }
  return end;
}

/**
 * Reads x [outer, size, inner] at indices of its middle axis. With `along` 0 the indices are [count] and each moves
 * `inner` elements, with 1 they are [outer, count, inner] and each moves one; out is [outer, count, inner]. An index
 * that is out of range gives `fill`, a bit pattern.
 */
export function gather(
  out: usize,
  x: usize,
  indices: usize,
  outer: i32,
  size: i32,
  count: i32,
  inner: i32,
  along: i32,
  fill: i32,
  part: i32,
  parts: i32,
): void {
  if (part) return;
  const turns = along ? inner : 1;
  const bytes: usize = along ? 4 : (<usize>inner) << 2;
  let next = indices;
  for (let o = 0; o < outer; o++) {
    if (!along) next = indices;
    for (let j = 0; j < count; j++) {
      for (let t = 0; t < turns; t++) {
        const index = load<i32>(next);
        if (<u32>index < <u32>size) row(out, x + ((<usize>(index * inner + t)) << 2), bytes);
        else fillRow(out, fill, bytes);
        out += bytes;
        next += 4;
      }
    }
    x += (<usize>(size * inner)) << 2;
  }
}

function fillRow(out: usize, word: i32, bytes: usize): void {
  const end = out + bytes;
  while (out < end) {
    store<i32>(out, word);
    out += 4;
  }
}

/** The adjoint of gather: out [outer, size, inner] = 0, then x is added to it at the indices that are in range */
export function scatterAdd(
  out: usize,
  x: usize,
  indices: usize,
  outer: i32,
  size: i32,
  count: i32,
  inner: i32,
  along: i32,
  part: i32,
  parts: i32,
): void {
  if (part) return;
  const turns = along ? inner : 1;
  const bytes: usize = along ? 4 : (<usize>inner) << 2;
  const slice = (<usize>(size * inner)) << 2;
  memory.fill(out, 0, slice * <usize>outer);
  let next = indices;
  for (let o = 0; o < outer; o++) {
    if (!along) next = indices;
    for (let j = 0; j < count; j++) {
      for (let t = 0; t < turns; t++) {
        const index = load<i32>(next);
        if (<u32>index < <u32>size) addRow(out + ((<usize>(index * inner + t)) << 2), x, bytes);
        x += bytes;
        next += 4;
      }
    }
    out += slice;
  }
}

/** out ← out + x */
function addRow(out: usize, x: usize, bytes: usize): void {
  const fours = out + (bytes & ~15);
  const end = out + bytes;
  while (out < fours) {
    v128.store(out, f32x4.add(v128.load(out), v128.load(x)));
    out += 16;
    x += 16;
  }
  while (out < end) {
    store<f32>(out, load<f32>(out) + load<f32>(x));
    out += 4;
    x += 4;
  }
}

/** out[r] = row order[cursor + r] of the data set at base */
export function takeRows(
  out: usize,
  base: usize,
  order: usize,
  cursor: usize,
  rows: i32,
  words: i32,
  part: i32,
  parts: i32,
): void {
  if (part) return;
  const data = load<usize>(base);
  const bytes = (<usize>words) << 2;
  let next = load<usize>(order) + ((<usize>load<i32>(cursor)) << 2);
  const end = next + ((<usize>rows) << 2);
  while (next < end) {
    row(out, data + <usize>load<i32>(next) * bytes, bytes);
    out += bytes;
    next += 4;
  }
}

/** memory.copy costs a call out of wasm: tens of nanoseconds, which is too much for a row of a few floats. */
function row(out: usize, x: usize, bytes: usize): void {
  if (bytes > 64) {
    memory.copy(out, x, bytes);
    return;
  }
  const end = out + bytes;
  while (out < end) {
    store<i32>(out, load<i32>(x));
    out += 4;
    x += 4;
  }
}

/** cell ← cell + by */
export function advance(cell: usize, by: i32, part: i32, parts: i32): void {
  if (part) return;
  store<i32>(cell, load<i32>(cell) + by);
}

/** Appends x to the log; the cursor counts its floats. */
export function record(log: usize, cursor: usize, x: usize, n: i32, part: i32, parts: i32): void {
  if (part) return;
  const count = load<i32>(cursor);
  row(load<usize>(log) + ((<usize>count) << 2), x, (<usize>n) << 2);
  store<i32>(cursor, count + n);
}
