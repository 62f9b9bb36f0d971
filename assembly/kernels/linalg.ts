// Linear algebra on batches of small matrices: Gaussian elimination (systems, inverses, determinants), triangular
// systems, Cholesky and QR. Each kernel copies a matrix into its scratch memory, works there in float64, and rounds the
// result once. Parts share a batch by whole matrices. Nothing here may have static data. Twin:
// bindings/kernels/linalg.ts.

import { CholeskyOperands, DetOperands, QrOperands, SolveOperands, TriangularSolveOperands } from '../operands';
import { endOf, rangeOf, startOf } from '../share';

/** Multiplications that take as long as one cheap element (see share.ts). */
const CHEAP = 4;

/**
 * out = a⁻¹·b for each matrix a [n, n] and b [n, m] of the batch, or adj(a)·b = det(a)·a⁻¹·b, which is finite where a
 * is singular, too. With `transA` a is transposed; `b` is 0 for the identity. `scratch` holds n(n + m) doubles and n
 * indices, each in 8 bytes.
 */
export function solve(it: SolveOperands, part: i32, parts: i32): void {
  const n = it.n;
  const m = it.m;
  const width = n + m;
  const columns = it.scratch + <usize>part * doubles(n * (width + 1));
  const w = columns + doubles(n);
  const range = matrices(it.batch, n * n, width, part, parts);
  for (let t = startOf(range); t < endOf(range); t++) {
    fill(w, width, it.a + <usize>t * floats(n * n), n, n, it.transA);
    if (it.b) fill(w + doubles(n), width, it.b + <usize>t * floats(n * m), n, m, 0);
    else identity(w + doubles(n), width, n, n);
    const sign = eliminate(w, n, width, columns);
    const scale = it.adjugate && n ? withoutLastPivot(w, n, width, sign) : 1;
    substitute(w, n, width, 0, 0);
    const to = it.out + <usize>t * floats(n * m);
    for (let i = 0; i < n; i++) {
      const row = to + floats(load<i32>(columns + doubles(i)) * m);
      for (let j = 0; j < m; j++) {
        // At a rank of n - 2 or less all cofactors are 0, but the substitution divided by 0.
        const x = scale === 0 ? 0 : scale * load<f64>(at(w, width, i, n + j));
        store<f32>(row + floats(j), <f32>x);
      }
    }
  }
}

/**
 * The determinant of each matrix [n, n] of the batch; with `pivots` the n numbers whose product it is. `scratch` holds
 * n² doubles and n indices, each in 8 bytes.
 */
export function det(it: DetOperands, part: i32, parts: i32): void {
  const n = it.n;
  const columns = it.scratch + <usize>part * doubles(n * (n + 1));
  const w = columns + doubles(n);
  const range = matrices(it.batch, n * n, n, part, parts);
  for (let t = startOf(range); t < endOf(range); t++) {
    fill(w, n, it.a + <usize>t * floats(n * n), n, n, 0);
    let product = eliminate(w, n, n, columns);
    for (let i = 0; i < n; i++) {
      product *= load<f64>(at(w, n, i, i));
      if (!it.pivots) continue;
      store<f32>(it.out + floats(t * n + i), <f32>product);
      product = 1;
    }
    if (!it.pivots) store<f32>(it.out + floats(t), <f32>product);
  }
}

/**
 * out = the solution x of a·x = b for each triangular matrix a [n, n] and b [n, m] of the batch; with `transA` of
 * aᵀ·x = b. The other triangle is not looked at, nor the diagonal if `unitDiagonal` says that it is 1. `scratch` holds
 * n(n + m) doubles.
 */
export function triangularSolve(it: TriangularSolveOperands, part: i32, parts: i32): void {
  const n = it.n;
  const m = it.m;
  const width = n + m;
  const w = it.scratch + <usize>part * doubles(n * width);
  const range = matrices(it.batch, n * n, m, part, parts);
  for (let t = startOf(range); t < endOf(range); t++) {
    fill(w, width, it.a + <usize>t * floats(n * n), n, n, it.transA);
    fill(w + doubles(n), width, it.b + <usize>t * floats(n * m), n, m, 0);
    substitute(w, n, width, it.lower ^ it.transA, it.unitDiagonal);
    const to = it.out + <usize>t * floats(n * m);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) store<f32>(to + floats(i * m + j), <f32>load<f64>(at(w, width, i, n + j)));
    }
  }
}

/**
 * out = the lower triangular L with L·Lᵀ = ½(a + aᵀ) for each matrix [n, n] of the batch; NaN where that is not
 * positive definite. `scratch` holds n² doubles.
 */
export function cholesky(it: CholeskyOperands, part: i32, parts: i32): void {
  const n = it.n;
  const w = it.scratch + <usize>part * doubles(n * n);
  const range = matrices(it.batch, n * n, n, part, parts);
  for (let t = startOf(range); t < endOf(range); t++) {
    fill(w, n, it.a + <usize>t * floats(n * n), n, n, 0);
    const definite = root(w, n);
    const to = it.out + <usize>t * floats(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const x: f64 = j > i ? 0 : definite ? load<f64>(at(w, n, j, i)) : f64.NaN;
        store<f32>(to + floats(i * n + j), <f32>x);
      }
    }
  }
}

/**
 * out = Q [m, n] with orthonormal columns, and below it the upper triangular R [n, n], with Q·R = a for each matrix [m,
 * n] of the batch, m ≥ n; signs as in LAPACK. `scratch` holds n(2m + 1) doubles.
 */
export function qr(it: QrOperands, part: i32, parts: i32): void {
  const m = it.m;
  const n = it.n;
  const w = it.scratch + <usize>part * doubles(n * (2 * m + 1));
  const q = w + doubles(n * m);
  const diagonal = q + doubles(n * m);
  const range = matrices(it.batch, m * n, 2 * n, part, parts);
  for (let t = startOf(range); t < endOf(range); t++) {
    fill(w, m, it.a + <usize>t * floats(m * n), n, m, 1);
    reflectColumns(w, m, n, diagonal);
    identity(q, m, n, m);
    for (let k = n - 1; k >= 0; k--) {
      for (let j = k; j < n; j++) reflect(at(q, m, j, k), at(w, m, k, k), m - k);
    }
    const to = it.out + <usize>t * floats((m + n) * n);
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < m; i++) store<f32>(to + floats(i * n + j), <f32>load<f64>(at(q, m, j, i)));
      for (let i = 0; i < n; i++) {
        const x: f64 = i > j ? 0 : i === j ? load<f64>(diagonal + doubles(j)) : load<f64>(at(w, m, j, i));
        store<f32>(to + floats((m + i) * n + j), <f32>x);
      }
    }
  }
}

/** The matrices of the batch that belong to `part`; one takes rows·columns multiplications. */
function matrices(batch: i32, rows: i32, columns: i32, part: i32, parts: i32): i64 {
  const each = min<i64>((<i64>rows * <i64>columns) / CHEAP, i32.MAX_VALUE);
  return rangeOf(batch, <i32>each, 1, part, parts);
}

/** Bytes of n float32. */
function floats(n: i32): usize {
  return (<usize>n) << 2;
}

/** Bytes of n float64. */
function doubles(n: i32): usize {
  return (<usize>n) << 3;
}

/** The address of element [i, j] of a matrix of doubles. */
function at(w: usize, width: i32, i: i32, j: i32): usize {
  return w + doubles(i * width + j);
}

/** Copies a matrix of float32 [rows, cols], or [cols, rows] transposed, to doubles with `width` in a row. */
function fill(w: usize, width: i32, from: usize, rows: i32, cols: i32, transposed: i32): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      store<f64>(at(w, width, i, j), <f64>load<f32>(from + floats(transposed ? j * rows + i : i * cols + j)));
    }
  }
}

/** Ones on the diagonal of a matrix with `width` doubles in a row, and zeros beside it. */
function identity(w: usize, width: i32, rows: i32, cols: i32): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) store<f64>(at(w, width, i, j), i === j ? 1 : 0);
  }
}

/**
 * Gaussian elimination with complete pivoting, in place: the first n columns become upper triangular, and what stands
 * beside them goes along. Element i of the solution is number columns[i] of the original system. Returns the sign of
 * the permutations.
 */
function eliminate(w: usize, n: i32, width: i32, columns: usize): f64 {
  let sign: f64 = 1;
  for (let i = 0; i < n; i++) store<i32>(columns + doubles(i), i);
  for (let k = 0; k < n; k++) {
    const place = largest(w, n, width, k);
    const row = place / n;
    const column = place % n;
    if (row !== k) {
      exchange(at(w, width, row, k), at(w, width, k, k), width - k, 8);
      sign = -sign;
    }
    if (column !== k) {
      exchange(at(w, width, 0, column), at(w, width, 0, k), n, doubles(width));
      exchange(columns + doubles(column), columns + doubles(k), 1, 8);
      sign = -sign;
    }
    const pivot = load<f64>(at(w, width, k, k));
    for (let i = k + 1; i < n; i++) {
      const x = load<f64>(at(w, width, i, k));
      // Below a pivot of 0 there are zeros only.
      subtract(at(w, width, i, k + 1), at(w, width, k, k + 1), x === 0 ? 0 : x / pivot, width - k - 1);
    }
  }
  return sign;
}

/** row·n + column of the element of the largest size from [k, k] on. */
function largest(w: usize, n: i32, width: i32, k: i32): i32 {
  let place = k * n + k;
  let size = abs(load<f64>(at(w, width, k, k)));
  for (let i = k; i < n; i++) {
    for (let j = k; j < n; j++) {
      const x = abs(load<f64>(at(w, width, i, j)));
      if (x > size) {
        size = x;
        place = i * n + j;
      }
    }
  }
  return place;
}

/**
 * Prepares U·X = Y for X = adj(U)·Y without a division by the last pivot u, which may be 0: with the others' product p,
 * adj(U) is p·U⁻¹ where 1 stands for u, of rows of Y that are multiplied by u, but for the last. Returns p, with the
 * sign.
 */
function withoutLastPivot(w: usize, n: i32, width: i32, sign: f64): f64 {
  const last = at(w, width, n - 1, n - 1);
  const pivot = load<f64>(last);
  store<f64>(last, 1);
  for (let i = 0; i < n - 1; i++) {
    sign *= load<f64>(at(w, width, i, i));
    for (let j = n; j < width; j++) {
      const y = at(w, width, i, j);
      store<f64>(y, load<f64>(y) * pivot);
    }
  }
  return sign;
}

/** Solves the triangular system of the first n columns for what stands beside them, in place. */
function substitute(w: usize, n: i32, width: i32, lower: i32, unitDiagonal: i32): void {
  const m = width - n;
  for (let k = 0; k < n; k++) {
    const i = lower ? k : n - 1 - k;
    const row = at(w, width, i, n);
    for (let d = 0; d < k; d++) {
      const j = lower ? d : n - 1 - d;
      subtract(row, at(w, width, j, n), load<f64>(at(w, width, i, j)), m);
    }
    if (unitDiagonal) continue;
    const pivot = load<f64>(at(w, width, i, i));
    for (let j = 0; j < m; j++) store<f64>(row + doubles(j), load<f64>(row + doubles(j)) / pivot);
  }
}

/** The upper triangular Lᵀ of ½(w + wᵀ), in place; false where that is not positive definite. */
function root(w: usize, n: i32): boolean {
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const x = at(w, n, i, j);
      store<f64>(x, (load<f64>(x) + load<f64>(at(w, n, j, i))) / 2);
    }
  }
  for (let k = 0; k < n; k++) {
    const diagonal = load<f64>(at(w, n, k, k));
    if (!(diagonal > 0)) return false;
    const pivot = sqrt(diagonal);
    for (let j = k; j < n; j++) store<f64>(at(w, n, k, j), load<f64>(at(w, n, k, j)) / pivot);
    for (let i = k + 1; i < n; i++) {
      subtract(at(w, n, i, i), at(w, n, k, i), load<f64>(at(w, n, k, i)), n - i);
    }
  }
  return true;
}

/**
 * Makes R of the n columns of length m, which lie one behind the other: above the diagonal in place, the diagonal
 * apart. From the diagonal on column k becomes v, with which H = I - v·vᵀ mirrors what was there onto the axis k, to
 * the side where nothing cancels; v is 0 where there is nothing to mirror.
 */
function reflectColumns(w: usize, m: i32, n: i32, diagonal: usize): void {
  for (let k = 0; k < n; k++) {
    const v = at(w, m, k, k);
    const tail = dot(v + 8, v + 8, m - k - 1);
    const first = load<f64>(v);
    const length = sqrt(first * first + tail);
    const onto = tail === 0 ? first : first < 0 ? length : -length;
    store<f64>(diagonal + doubles(k), onto);
    const scale: f64 = tail === 0 ? 0 : 1 / sqrt((onto - first) * onto);
    store<f64>(v, (first - onto) * scale);
    for (let i = 1; i < m - k; i++) store<f64>(v + doubles(i), load<f64>(v + doubles(i)) * scale);
    for (let j = k + 1; j < n; j++) reflect(at(w, m, j, k), v, m - k);
  }
}

/** x -= v·(vᵀ·x) */
function reflect(x: usize, v: usize, n: i32): void {
  subtract(x, v, dot(v, x, n), n);
}

function dot(a: usize, b: usize, n: i32): f64 {
  let total: f64 = 0;
  for (let i = 0; i < n; i++) total += load<f64>(a + doubles(i)) * load<f64>(b + doubles(i));
  return total;
}

/** x -= factor·y, n doubles. */
function subtract(x: usize, y: usize, factor: f64, n: i32): void {
  for (; n >= 2; n -= 2) {
    v128.store(x, f64x2.sub(v128.load(x), f64x2.mul(f64x2.splat(factor), v128.load(y))));
    x += 16;
    y += 16;
  }
  if (n > 0) store<f64>(x, load<f64>(x) - factor * load<f64>(y));
}

/** Exchanges n doubles with n others, `stride` bytes apart. */
function exchange(x: usize, y: usize, n: i32, stride: usize): void {
  for (let i = 0; i < n; i++) {
    const held = load<f64>(x);
    store<f64>(x, load<f64>(y));
    store<f64>(y, held);
    x += stride;
    y += stride;
  }
}
