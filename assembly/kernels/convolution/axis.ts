// How results along one axis of an image read it.

/**
 * Result t reads the image at t·step + (shift + p·by) / over for each tap p of the kernel for which that is whole. In a
 * structure over scratch memory.
 */
@unmanaged
export class Axis {
  /** Of the image. */
  size: i32;
  /** Results. */
  count: i32;
  step: i32;
  /** Of the kernel. */
  taps: i32;
  shift: i32;
  by: i32;
  over: i32;
  /** Where the first result begins to read. */
  low: i32;
  /** How far it reads. */
  span: i32;

  set(size: i32, count: i32, step: i32, taps: i32, shift: i32, by: i32, over: i32): void {
    this.size = size;
    this.count = count;
    this.step = step;
    this.taps = taps;
    this.shift = shift;
    this.by = by;
    this.over = over;
    let low = i32.MAX_VALUE;
    let high = i32.MIN_VALUE;
    for (let p = 0; p < taps; p++) {
      if (!this.has(p)) continue;
      low = min(low, this.at(p));
      high = max(high, this.at(p));
    }
    this.low = high < low ? 0 : low;
    this.span = high < low ? 1 : high - low + 1;
  }

  /** Whether tap p is one of this axis. */
  has(p: i32): bool {
    return (this.shift + p * this.by) % this.over === 0;
  }

  /** Where the first result reads for tap p. */
  at(p: i32): i32 {
    return (this.shift + p * this.by) / this.over;
  }

  /** How far `count` results read. */
  extent(count: i32): i32 {
    return (count - 1) * this.step + this.span;
  }

  /** Whether results read nothing outside of the image. */
  isInside(): bool {
    return this.low >= 0 && this.low + this.extent(this.count) <= this.size;
  }
}
