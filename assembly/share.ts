// Shares: which items of an instruction's output (elements, rows, columns) belong to which part. The items are cut into
// ranges of equal length.

let least: i32 = 4096;

/** An instruction with less work than this, counted in cheap elements, is done by part 0 alone. Tests set it to 0. */
export function setLeast(elements: i32): void {
  least = elements;
}

/** Ranges of elements begin at multiples of this, whole cache lines, so that only the last one ends within a vector. */
export const LINE = 16;

export class Share {
  /**
   * The range of the n items that belongs to `part`, start and end packed into one i64: in a step of tiny layers every
   * call counts. `each` is the work of one item in cheap elements; boundaries are multiples of `grain`. Builds that are
   * not complete run on one thread: part 0 of 1.
   */
  @inline
  static of(n: i32, each: i32, grain: i32, part: i32, parts: i32): i64 {
    if (!COMPLETE) return (<i64>n) << 32;
    if (<i64>n * <i64>each < <i64>least) return part ? 0 : (<i64>n) << 32;
    return split(n, grain, part, parts);
  }
}

/** The same as a function that is not inlined, for kernels whose work is much more than a call. */
export function rangeOf(n: i32, each: i32, grain: i32, part: i32, parts: i32): i64 {
  return Share.of(n, each, grain, part, parts);
}

function split(n: i32, grain: i32, part: i32, parts: i32): i64 {
  const share = ((n - 1) / parts / grain + 1) * grain;
  const start = min<i64>(n, <i64>part * <i64>share);
  return (min<i64>(n, start + <i64>share) << 32) | start;
}

/** The first item of a range. */
export function startOf(range: i64): i32 {
  return <i32>range;
}

/** The item behind the last of a range. */
export function endOf(range: i64): i32 {
  return <i32>(range >> 32);
}
