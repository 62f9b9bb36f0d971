// What a part of an instruction computes: the items of its output (elements, rows, columns), cut into ranges of one length.

let least: i32 = 4096;

/** An instruction with less work than this, counted in cheap elements, is done by part 0 alone. Tests set it to 0. */
export function setLeast(elements: i32): void {
  least = elements;
}

/** Boundaries of elements are multiples of this: whole cache lines, so that only the last part of all has a tail. */
export const LINE = 16;

export class Share {
  /**
   * Which of n items belong to `part`: a range in one value, since calls count in a step of tiny layers. `each` is the work
   * in one item, `grain` what boundaries are multiples of.
   */
  @inline
  static of(n: i32, each: i32, grain: i32, part: i32, parts: i32): i64 {
    if (<i64>n * <i64>each < <i64>least) return part ? 0 : (<i64>n) << 32;
    return split(n, grain, part, parts);
  }
}

/** The same as a call, where one more costs nothing beside the work. */
export function rangeOf(n: i32, each: i32, grain: i32, part: i32, parts: i32): i64 {
  return Share.of(n, each, grain, part, parts);
}

function split(n: i32, grain: i32, part: i32, parts: i32): i64 {
  const share = ((n - 1) / parts / grain + 1) * grain;
  const start = min<i64>(n, <i64>part * <i64>share);
  return (min<i64>(n, start + <i64>share) << 32) | start;
}

export function startOf(range: i64): i32 {
  return <i32>range;
}

/** Where the next part starts. */
export function endOf(range: i64): i32 {
  return <i32>(range >> 32);
}
