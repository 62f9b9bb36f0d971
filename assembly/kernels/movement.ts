// Kernels that only move elements. Twin: bindings/kernels/movement.ts.

/** out[i] = x[i] */
export function copy(out: usize, x: usize, n: i32): void {
  memory.copy(out, x, (<usize>n) << 2);
}

/** out, contiguous, = x read with strides. The list is [count, dims …, strides …], outermost first. */
export function permute(out: usize, x: usize, list: usize): void {
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
    memory.copy(out, x, end - out);
    return end;
  }
  while (out < end) {
    store<i32>(out, load<i32>(x));
    x += stride;
    out += 4;
  }
  return end;
}

/** out[r] = row order[cursor + r] of the data set at base */
export function takeRows(out: usize, base: usize, order: usize, cursor: usize, rows: i32, words: i32): void {
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
export function advance(cell: usize, by: i32): void {
  store<i32>(cell, load<i32>(cell) + by);
}

/** Appends x to the log; the cursor counts its floats. */
export function record(log: usize, cursor: usize, x: usize, n: i32): void {
  const count = load<i32>(cursor);
  row(load<usize>(log) + ((<usize>count) << 2), x, (<usize>n) << 2);
  store<i32>(cursor, count + n);
}
