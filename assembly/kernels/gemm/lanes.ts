// What all paths of the matrix product share.

export class Lanes {
  /** Four floats from four addresses. */
  @inline
  static gather(p0: usize, p1: usize, p2: usize, p3: usize): v128 {
    let lanes = v128.load32_zero(p0);
    lanes = v128.load32_lane(p1, lanes, 1);
    lanes = v128.load32_lane(p2, lanes, 2);
    return v128.load32_lane(p3, lanes, 3);
  }

  /** Stores the first `live` of four lanes. */
  @inline
  static store(to: usize, lanes: v128, live: i32): void {
    if (live >= 4) {
      v128.store(to, lanes);
    } else if (live === 1) {
      v128.store32_lane(to, lanes, 0);
    } else {
      v128.store64_lane(to, lanes, 0);
      if (live === 3) v128.store32_lane(to, lanes, 2, 8);
    }
  }

  /**
   * `sum` plus `x` times `y`: two roundings, but one in the relaxed builds, whose bits differ from machine to machine.
   */
  @inline
  static addProduct(sum: v128, x: v128, y: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, y, sum);
    return f32x4.add(sum, f32x4.mul(x, y));
  }
}

/** Bytes of `count` floats. */
export function floats(count: i32): usize {
  return (<usize>count) << 2;
}
