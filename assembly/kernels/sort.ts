// Stable sorting of indices: of keys in the order of what is asked for, with their indices below them, as whole numbers
// of 64 bits. Twin: bindings/kernels/sort.ts.

import { ArgSortOperands } from '../operands';

/** Runs of so many entries are sorted by insertion before they are merged. */
const RUN: i32 = 8;

/**
 * out[o, :, i] = the first `count` of the indices that put x[o, :, i] in order; of equal ones the first comes first,
 * and NaN is the largest. `scratch` holds 2k entries of 8 bytes.
 */
export function argSort(it: ArgSortOperands, part: i32, parts: i32): void {
  if (part || !it.count) return;
  const stride = (<usize>it.inner) << 2;
  let out = it.out;
  let x = it.x;
  for (let o = 0; o < it.outer; o++) {
    for (let j = 0; j < it.inner; j++) {
      const at = (<usize>j) << 2;
      spread(out + at, first(it, x + at, stride), it.count, stride);
    }
    out += <usize>it.count * stride;
    x += <usize>it.k * stride;
  }
}

/**
 * The first `count` entries of a column in order. Of 2·count that are there the last ones go: whatever comes behind
 * them is left out.
 */
function first(it: ArgSortOperands, x: usize, stride: usize): usize {
  const k = it.k;
  const count = it.count;
  const from = it.scratch;
  const to = from + ((<usize>k) << 3);
  let bound = u64.MAX_VALUE;
  let n = 0;
  for (let i = 0; i < k; i++) {
    const entry = entryOf(load<u32>(x), it.ints, it.descending) | <u64>i;
    x += stride;
    if (entry > bound) continue;
    store<u64>(from + ((<usize>n) << 3), entry);
    if (++n < 2 * count) continue;
    copy(from, sorted(from, to, n), count);
    bound = load<u64>(from + ((<usize>(count - 1)) << 3));
    n = count;
  }
  return sorted(from, to, n);
}

/**
 * The upper half of an entry, unsigned, from the bits of a float or a whole number: as it is in order. -0 is 0, NaN the
 * largest.
 */
function entryOf(bits: u32, ints: i32, descending: i32): u64 {
  let key = bits ^ 0x80000000;
  if (!ints) {
    if ((bits & 0x7fffffff) > 0x7f800000) key = u32.MAX_VALUE;
    else if (bits > 0x80000000) key = ~bits;
    else if (bits === 0x80000000) key = 0x80000000;
  }
  return (<u64>(descending ? ~key : key)) << 32;
}

/** Sorts the n entries at `from`, and says whether they are there or at `to`. */
function sorted(from: usize, to: usize, n: i32): usize {
  for (let i = 0; i < n; i += RUN) insert(from + ((<usize>i) << 3), min(RUN, n - i));
  for (let run = RUN; run < n; run <<= 1) {
    for (let i = 0; i < n; i += 2 * run) {
      const at = (<usize>i) << 3;
      const middle = (<usize>min(i + run, n)) << 3;
      merge(to + at, from + at, from + middle, from + ((<usize>min(i + 2 * run, n)) << 3));
    }
    const held = from;
    from = to;
    to = held;
  }
  return from;
}

function insert(from: usize, n: i32): void {
  const end = from + ((<usize>n) << 3);
  for (let at = from + 8; at < end; at += 8) {
    const entry = load<u64>(at);
    let to = at;
    while (to > from && load<u64>(to - 8) > entry) {
      store<u64>(to, load<u64>(to - 8));
      to -= 8;
    }
    store<u64>(to, entry);
  }
}

/** Merges the runs [left, middle) and [middle, end), without a branch that depends on what is in them. */
function merge(to: usize, left: usize, middle: usize, end: usize): void {
  let right = middle;
  while (left < middle && right < end) {
    const a = load<u64>(left);
    const b = load<u64>(right);
    const takesRight: usize = b < a ? 1 : 0;
    store<u64>(to, select(b, a, takesRight));
    to += 8;
    right += takesRight << 3;
    left += 8 - (takesRight << 3);
  }
  const rest = <i32>((middle - left) >> 3);
  copy(to, left, rest);
  copy(to + ((<usize>rest) << 3), right, <i32>((end - right) >> 3));
}

function copy(to: usize, from: usize, n: i32): void {
  if (to === from) return;
  for (const end = from + ((<usize>n) << 3); from < end; from += 8) {
    store<u64>(to, load<u64>(from));
    to += 8;
  }
}

/** Writes the indices of entries. */
function spread(out: usize, entries: usize, count: i32, stride: usize): void {
  for (let i = 0; i < count; i++) {
    store<u32>(out, load<u32>(entries));
    entries += 8;
    out += stride;
  }
}
