// What a part of an instruction computes: the items of its output (elements, rows, columns), cut into ranges of one length.

/** An instruction with less work than this, counted in cheap elements, is done by part 0 alone. Tests set it to 0. */
export let least: i32 = 4096;

/** Boundaries of elements are multiples of this: whole cache lines, so that only the last part of all has a tail. */
export const LINE = 16;

/**
 * The first of n items that belongs to `part`; the first of the next part is the end of this one. `each` is the work in
 * one item, `grain` what boundaries are multiples of.
 */
export function firstOf(n: i32, each: i32, grain: i32, part: i32, parts: i32): i32 {
  if (<i64>n * <i64>each < <i64>least) return part ? n : 0;
  const share = ((n - 1) / parts / grain + 1) * grain;
  return <i32>min<i64>(n, <i64>part * <i64>share);
}
