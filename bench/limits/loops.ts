// AssemblyScript. What the machine itself can do, as loops that do nothing else: multiply and add in registers, and
// walks through memory with as many streams as kernels have. bench/limits/machine.js compiles and times them.

/** Where results go, so that no loop is dropped. */
const SINK = memory.data(512);

class Lanes {
  /** s · x + y: fused where the module is compiled for it. */
  @inline
  static step(s: v128, x: v128, y: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(s, x, y);
    return f32x4.add(f32x4.mul(s, x), y);
  }
}

// --- Arithmetic ----------------------------------------------------------------------------------------------------

// Chains of s ← s · x + y that do not wait for each other. As many are wanted as hide the latency of both instructions,
// and no more than registers hold; which number does depends on the processor. The sums tend to y / (1 - x).

export function chains8(iterations: i32, x0: f32, y0: f32): void {
  const x = f32x4.splat(x0);
  const y = f32x4.splat(y0);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(1);
  let s2 = f32x4.splat(2);
  let s3 = f32x4.splat(3);
  let s4 = f32x4.splat(4);
  let s5 = f32x4.splat(5);
  let s6 = f32x4.splat(6);
  let s7 = f32x4.splat(7);
  do {
    s0 = Lanes.step(s0, x, y);
    s1 = Lanes.step(s1, x, y);
    s2 = Lanes.step(s2, x, y);
    s3 = Lanes.step(s3, x, y);
    s4 = Lanes.step(s4, x, y);
    s5 = Lanes.step(s5, x, y);
    s6 = Lanes.step(s6, x, y);
    s7 = Lanes.step(s7, x, y);
  } while (--iterations > 0);
  v128.store(SINK, s0);
  v128.store(SINK, s1, 16);
  v128.store(SINK, s2, 32);
  v128.store(SINK, s3, 48);
  v128.store(SINK, s4, 64);
  v128.store(SINK, s5, 80);
  v128.store(SINK, s6, 96);
  v128.store(SINK, s7, 112);
}

export function chains10(iterations: i32, x0: f32, y0: f32): void {
  const x = f32x4.splat(x0);
  const y = f32x4.splat(y0);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(1);
  let s2 = f32x4.splat(2);
  let s3 = f32x4.splat(3);
  let s4 = f32x4.splat(4);
  let s5 = f32x4.splat(5);
  let s6 = f32x4.splat(6);
  let s7 = f32x4.splat(7);
  let s8 = f32x4.splat(8);
  let s9 = f32x4.splat(9);
  do {
    s0 = Lanes.step(s0, x, y);
    s1 = Lanes.step(s1, x, y);
    s2 = Lanes.step(s2, x, y);
    s3 = Lanes.step(s3, x, y);
    s4 = Lanes.step(s4, x, y);
    s5 = Lanes.step(s5, x, y);
    s6 = Lanes.step(s6, x, y);
    s7 = Lanes.step(s7, x, y);
    s8 = Lanes.step(s8, x, y);
    s9 = Lanes.step(s9, x, y);
  } while (--iterations > 0);
  v128.store(SINK, s0);
  v128.store(SINK, s1, 16);
  v128.store(SINK, s2, 32);
  v128.store(SINK, s3, 48);
  v128.store(SINK, s4, 64);
  v128.store(SINK, s5, 80);
  v128.store(SINK, s6, 96);
  v128.store(SINK, s7, 112);
  v128.store(SINK, s8, 128);
  v128.store(SINK, s9, 144);
}

export function chains12(iterations: i32, x0: f32, y0: f32): void {
  const x = f32x4.splat(x0);
  const y = f32x4.splat(y0);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(1);
  let s2 = f32x4.splat(2);
  let s3 = f32x4.splat(3);
  let s4 = f32x4.splat(4);
  let s5 = f32x4.splat(5);
  let s6 = f32x4.splat(6);
  let s7 = f32x4.splat(7);
  let s8 = f32x4.splat(8);
  let s9 = f32x4.splat(9);
  let s10 = f32x4.splat(10);
  let s11 = f32x4.splat(11);
  do {
    s0 = Lanes.step(s0, x, y);
    s1 = Lanes.step(s1, x, y);
    s2 = Lanes.step(s2, x, y);
    s3 = Lanes.step(s3, x, y);
    s4 = Lanes.step(s4, x, y);
    s5 = Lanes.step(s5, x, y);
    s6 = Lanes.step(s6, x, y);
    s7 = Lanes.step(s7, x, y);
    s8 = Lanes.step(s8, x, y);
    s9 = Lanes.step(s9, x, y);
    s10 = Lanes.step(s10, x, y);
    s11 = Lanes.step(s11, x, y);
  } while (--iterations > 0);
  v128.store(SINK, s0);
  v128.store(SINK, s1, 16);
  v128.store(SINK, s2, 32);
  v128.store(SINK, s3, 48);
  v128.store(SINK, s4, 64);
  v128.store(SINK, s5, 80);
  v128.store(SINK, s6, 96);
  v128.store(SINK, s7, 112);
  v128.store(SINK, s8, 128);
  v128.store(SINK, s9, 144);
  v128.store(SINK, s10, 160);
  v128.store(SINK, s11, 176);
}

export function chains13(iterations: i32, x0: f32, y0: f32): void {
  const x = f32x4.splat(x0);
  const y = f32x4.splat(y0);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(1);
  let s2 = f32x4.splat(2);
  let s3 = f32x4.splat(3);
  let s4 = f32x4.splat(4);
  let s5 = f32x4.splat(5);
  let s6 = f32x4.splat(6);
  let s7 = f32x4.splat(7);
  let s8 = f32x4.splat(8);
  let s9 = f32x4.splat(9);
  let s10 = f32x4.splat(10);
  let s11 = f32x4.splat(11);
  let s12 = f32x4.splat(12);
  do {
    s0 = Lanes.step(s0, x, y);
    s1 = Lanes.step(s1, x, y);
    s2 = Lanes.step(s2, x, y);
    s3 = Lanes.step(s3, x, y);
    s4 = Lanes.step(s4, x, y);
    s5 = Lanes.step(s5, x, y);
    s6 = Lanes.step(s6, x, y);
    s7 = Lanes.step(s7, x, y);
    s8 = Lanes.step(s8, x, y);
    s9 = Lanes.step(s9, x, y);
    s10 = Lanes.step(s10, x, y);
    s11 = Lanes.step(s11, x, y);
    s12 = Lanes.step(s12, x, y);
  } while (--iterations > 0);
  v128.store(SINK, s0);
  v128.store(SINK, s1, 16);
  v128.store(SINK, s2, 32);
  v128.store(SINK, s3, 48);
  v128.store(SINK, s4, 64);
  v128.store(SINK, s5, 80);
  v128.store(SINK, s6, 96);
  v128.store(SINK, s7, 112);
  v128.store(SINK, s8, 128);
  v128.store(SINK, s9, 144);
  v128.store(SINK, s10, 160);
  v128.store(SINK, s11, 176);
  v128.store(SINK, s12, 192);
}

/** Steps of one cycle each, every one waiting for the one before: they count cycles. */
export function cycles(iterations: i32, start: i32): i32 {
  let x = start;
  do {
    x = rotl<i32>(x, 7) ^ start;
    x = rotl<i32>(x, 9) ^ start;
    x = rotl<i32>(x, 11) ^ start;
    x = rotl<i32>(x, 13) ^ start;
  } while (--iterations > 0);
  return x;
}

// --- Memory --------------------------------------------------------------------------------------------------------

// Each walks over `bytes`, a multiple of 64, of every array, `passes` times. Arithmetic is the least that keeps the
// loads from being dropped.

/** One stream in: the sum, in four parts. In eight it is slower: V8 loads all eight first (76 against 115 GB/s). */
export function read(passes: i32, bytes: usize, a: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(1);
  let s2 = f32x4.splat(2);
  let s3 = f32x4.splat(3);
  do {
    const end = a + bytes;
    let p = a;
    do {
      s0 = f32x4.add(s0, v128.load(p));
      s1 = f32x4.add(s1, v128.load(p, 16));
      s2 = f32x4.add(s2, v128.load(p, 32));
      s3 = f32x4.add(s3, v128.load(p, 48));
      p += 64;
    } while (p < end);
  } while (--passes > 0);
  v128.store(SINK, s0);
  v128.store(SINK, s1, 16);
  v128.store(SINK, s2, 32);
  v128.store(SINK, s3, 48);
}

/** One stream out. */
export function fill(passes: i32, bytes: usize, a: usize): void {
  const x = f32x4.splat(1);
  do {
    const end = a + bytes;
    let p = a;
    do {
      v128.store(p, x);
      v128.store(p, x, 16);
      v128.store(p, x, 32);
      v128.store(p, x, 48);
      p += 64;
    } while (p < end);
  } while (--passes > 0);
}

/** One stream in, one out: a = b. */
export function copy(passes: i32, bytes: usize, a: usize, b: usize): void {
  do {
    const end = a + bytes;
    let p = a;
    let q = b;
    do {
      v128.store(p, v128.load(q));
      v128.store(p, v128.load(q, 16), 16);
      v128.store(p, v128.load(q, 32), 32);
      v128.store(p, v128.load(q, 48), 48);
      p += 64;
      q += 64;
    } while (p < end);
  } while (--passes > 0);
}

/** Two streams in, one out: a = b + x · c. */
export function triad(passes: i32, bytes: usize, a: usize, b: usize, c: usize): void {
  const x = f32x4.splat(0.5);
  do {
    const end = a + bytes;
    let p = a;
    let q = b;
    let r = c;
    do {
      v128.store(p, f32x4.add(v128.load(q), f32x4.mul(x, v128.load(r))));
      v128.store(p, f32x4.add(v128.load(q, 16), f32x4.mul(x, v128.load(r, 16))), 16);
      v128.store(p, f32x4.add(v128.load(q, 32), f32x4.mul(x, v128.load(r, 32))), 32);
      v128.store(p, f32x4.add(v128.load(q, 48), f32x4.mul(x, v128.load(r, 48))), 48);
      p += 64;
      q += 64;
      r += 64;
    } while (p < end);
  } while (--passes > 0);
}

/** Three streams in, one out: a = b + c · d. */
export function select(passes: i32, bytes: usize, a: usize, b: usize, c: usize, d: usize): void {
  do {
    const end = a + bytes;
    let p = a;
    let q = b;
    let r = c;
    let s = d;
    do {
      v128.store(p, f32x4.add(v128.load(q), f32x4.mul(v128.load(r), v128.load(s))));
      v128.store(p, f32x4.add(v128.load(q, 16), f32x4.mul(v128.load(r, 16), v128.load(s, 16))), 16);
      p += 32;
      q += 32;
      r += 32;
      s += 32;
    } while (p < end);
  } while (--passes > 0);
}

/** Three streams in, the first two out again: a += c, b += c. */
export function update2(passes: i32, bytes: usize, a: usize, b: usize, c: usize): void {
  do {
    const end = a + bytes;
    let p = a;
    let q = b;
    let r = c;
    do {
      const x = v128.load(r);
      const y = v128.load(r, 16);
      v128.store(p, f32x4.add(v128.load(p), x));
      v128.store(p, f32x4.add(v128.load(p, 16), y), 16);
      v128.store(q, f32x4.add(v128.load(q), x));
      v128.store(q, f32x4.add(v128.load(q, 16), y), 16);
      p += 32;
      q += 32;
      r += 32;
    } while (p < end);
  } while (--passes > 0);
}

/** Four streams in, the first three out again: a += d, b += d, c += d. */
export function update3(passes: i32, bytes: usize, a: usize, b: usize, c: usize, d: usize): void {
  do {
    const end = a + bytes;
    let p = a;
    let q = b;
    let r = c;
    let s = d;
    do {
      const x = v128.load(s);
      v128.store(p, f32x4.add(v128.load(p), x));
      v128.store(q, f32x4.add(v128.load(q), x));
      v128.store(r, f32x4.add(v128.load(r), x));
      p += 16;
      q += 16;
      r += 16;
      s += 16;
    } while (p < end);
  } while (--passes > 0);
}
