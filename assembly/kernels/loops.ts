// The loops of elementwise kernels. Each op is a class with one expression of four lanes, which is handed to a loop as
// a type: that is how AssemblyScript makes a loop for each op. (Given as a constant argument, Binaryen folds the loops
// back into one that looks at the op in every turn, which took three times as long.) Twin: bindings/kernels/loops.ts.
// Not here: any op (elementwise.ts, curves.ts).
//
// The hot loops are do … while with one block: V8 computes constants and splats again in each turn of any other loop.

import { endOf, LINE, Share, startOf } from '../share';
import { F4 } from '../simd';

/** An op of one input. */
export abstract class One {
  /** slope is the parameter of the op, in all lanes. */
  abstract of(x: v128, slope: v128): v128;
}

/** The ops of one input that a module has. */
export abstract class Ones {
  /**
   * Writes from `out` to `end`, a multiple of four elements, if the op has a loop of its own; returns whether it has.
   */
  abstract map(op: i32, out: usize, x: usize, end: usize, slope: v128): bool;
  /** Writes all from `out` to `end` if the op is a function of many steps; returns whether it is. */
  abstract curve(op: i32, out: usize, x: usize, end: usize, slope: v128): bool;
  /** Four elements of any op that has no curve. */
  abstract any(op: i32, x: v128, slope: v128): v128;
}

export class Unary {
  @inline
  static lanes<T extends One>(x: v128, slope: v128): v128 {
    return changetype<T>(0).of(x, slope);
  }

  /** From `out` to `end`, one vector or more: two a turn. */
  @inline
  static map<T extends One>(out: usize, x: usize, end: usize, slope: v128): bool {
    const pairs = end - 16;
    if (out < pairs) {
      do {
        const first = Unary.lanes<T>(v128.load(x), slope);
        const second = Unary.lanes<T>(v128.load(x, 16), slope);
        v128.store(out, first);
        v128.store(out, second, 16);
        out += 32;
        x += 32;
      } while (out < pairs);
    }
    if (out < end) v128.store(out, Unary.lanes<T>(v128.load(x), slope));
    return true;
  }

  /**
   * From `out` to `end`, one element or more, for functions of many steps: the last vector, which may be a part of one,
   * leaves the loop, and no second copy of the function is needed for it.
   */
  @inline
  static curve<T extends One>(out: usize, x: usize, end: usize, slope: v128): bool {
    let left = end - out;
    let v = F4.loadUpToFast(x, left);
    for (;;) {
      v = Unary.lanes<T>(v, slope);
      if (left <= 16) break;
      v128.store(out, v);
      out += 16;
      x += 16;
      left -= 16;
      v = F4.loadUpToFast(x, left);
    }
    F4.storeUpTo(out, v, left);
    return true;
  }

  /** out[i] = op(x[i]), for an op of `T` */
  @inline
  static apply<T extends Ones>(op: i32, out: usize, x: usize, n: i32, slope: f32, part: i32, parts: i32): void {
    const range = Share.of(n, 1, LINE, part, parts);
    const from = (<usize>startOf(range)) << 2;
    const to = (<usize>endOf(range)) << 2;
    const end = out + to;
    const fours = out + from + ((to - from) & ~15);
    const slopes = f32x4.splat(slope);
    out += from;
    x += from;
    if (out < fours && changetype<T>(0).map(op, out, x, fours, slopes)) {
      x += fours - out;
      out = fours;
    } else if (out < end && changetype<T>(0).curve(op, out, x, end, slopes)) return;
    while (out < end) {
      const bytes = end - out;
      F4.storeUpTo(out, changetype<T>(0).any(op, F4.loadUpTo(x, bytes), slopes), bytes);
      out += 16;
      x += 16;
    }
  }
}

/** An op of two inputs. */
export abstract class Two {
  /** slope is the parameter of the op, in all lanes. */
  abstract of(a: v128, b: v128, slope: v128): v128;
}

/** The ops of two inputs that a module has. */
export abstract class Twos {
  /** Writes four elements or more, if the op has a loop of its own for these steps; returns whether it has. */
  abstract zip(op: i32, out: usize, a: usize, aCol: i32, b: usize, bCol: i32, end: usize, slope: v128): bool;
  /** Four elements. */
  abstract any(op: i32, a: v128, b: v128, slope: v128): v128;
}

export class Binary {
  @inline
  static lanes<T extends Two>(a: v128, b: v128, slope: v128): v128 {
    return changetype<T>(0).of(a, b, slope);
  }

  /**
   * out = op(a, b) from `out` to `end`, four elements or more, eight a turn. The last four are read before anything is
   * written, in case that out is a or b, and written last, over some that were written already.
   */
  @inline
  static zip<T extends Two>(out: usize, a: usize, b: usize, end: usize, slope: v128): bool {
    const last = end - 16;
    const lastA = v128.load(a + (last - out));
    const lastB = v128.load(b + (last - out));
    const pairs = last - 16;
    if (out < pairs) {
      do {
        const first = Binary.lanes<T>(v128.load(a), v128.load(b), slope);
        const second = Binary.lanes<T>(v128.load(a, 16), v128.load(b, 16), slope);
        v128.store(out, first);
        v128.store(out, second, 16);
        out += 32;
        a += 32;
        b += 32;
      } while (out < pairs);
    }
    if (out < last) v128.store(out, Binary.lanes<T>(v128.load(a), v128.load(b), slope));
    v128.store(last, Binary.lanes<T>(lastA, lastB, slope));
    return true;
  }

  /** As zip; b is one element. */
  @inline
  static zipLeft<T extends Two>(out: usize, a: usize, b: usize, end: usize, slope: v128): bool {
    const last = end - 16;
    const lastA = v128.load(a + (last - out));
    const vb = v128.load32_splat(b);
    const pairs = last - 16;
    if (out < pairs) {
      do {
        const first = Binary.lanes<T>(v128.load(a), vb, slope);
        const second = Binary.lanes<T>(v128.load(a, 16), vb, slope);
        v128.store(out, first);
        v128.store(out, second, 16);
        out += 32;
        a += 32;
      } while (out < pairs);
    }
    if (out < last) v128.store(out, Binary.lanes<T>(v128.load(a), vb, slope));
    v128.store(last, Binary.lanes<T>(lastA, vb, slope));
    return true;
  }

  /** As zip; a is one element. */
  @inline
  static zipRight<T extends Two>(out: usize, a: usize, b: usize, end: usize, slope: v128): bool {
    const last = end - 16;
    const lastB = v128.load(b + (last - out));
    const va = v128.load32_splat(a);
    const pairs = last - 16;
    if (out < pairs) {
      do {
        const first = Binary.lanes<T>(va, v128.load(b), slope);
        const second = Binary.lanes<T>(va, v128.load(b, 16), slope);
        v128.store(out, first);
        v128.store(out, second, 16);
        out += 32;
        b += 32;
      } while (out < pairs);
    }
    if (out < last) v128.store(out, Binary.lanes<T>(va, v128.load(b), slope));
    v128.store(last, Binary.lanes<T>(va, lastB, slope));
    return true;
  }

  /** out[c] = op(a[c·aCol], b[c·bCol]), for an op of `T` */
  @inline
  static row<T extends Twos>(op: i32, out: usize, a: usize, aCol: i32, b: usize, bCol: i32, n: i32, slope: v128): void {
    const end = out + ((<usize>n) << 2);
    if (n >= 4 && changetype<T>(0).zip(op, out, a, aCol, b, bCol, end, slope)) return;
    while (out < end) {
      const bytes = end - out;
      const va = aCol ? F4.loadUpTo(a, bytes) : v128.load32_splat(a);
      const vb = bCol ? F4.loadUpTo(b, bytes) : v128.load32_splat(b);
      F4.storeUpTo(out, changetype<T>(0).any(op, va, vb, slope), bytes);
      out += 16;
      a += 16 * aCol;
      b += 16 * bCol;
    }
  }

  /**
   * out[r, c] = op(a[r·aRow + c·aCol], b[r·bRow + c·bCol]), for an op of `T`; a column step is 0 or 1. A part is a
   * range of out as it lies in memory, which may begin and end within a row.
   */
  @inline
  static apply<T extends Twos>(
    op: i32,
    out: usize,
    a: usize,
    b: usize,
    rows: i32,
    cols: i32,
    aRow: i32,
    aCol: i32,
    bRow: i32,
    bCol: i32,
    slope: f32,
    part: i32,
    parts: i32,
  ): void {
    const n = rows * cols;
    const range = Share.of(n, 1, LINE, part, parts);
    const to = endOf(range);
    const slopes = f32x4.splat(slope);
    let i = startOf(range);
    let r = 0;
    let c = 0;
    if (i > 0) {
      r = i / cols;
      c = i - r * cols;
    }
    while (i < to) {
      const width = min(cols - c, to - i);
      const ra = a + ((<usize>(r * aRow + c * aCol)) << 2);
      const rb = b + ((<usize>(r * bRow + c * bCol)) << 2);
      Binary.row<T>(op, out + ((<usize>i) << 2), ra, aCol, rb, bCol, width, slopes);
      i += width;
      r++;
      c = 0;
    }
  }
}
