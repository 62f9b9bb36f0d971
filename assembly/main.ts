// What side modules call of the main module, which exports it (index.ts). A copy of their own would be too large.

/** See kernels/epilogue.ts. */
export declare function applyEpilogue(
  c: usize,
  cRow: usize,
  rows: i32,
  columns: i32,
  bias: usize,
  epilogue: i32,
  y: usize,
  slope: f32,
): void;

/** See kernels/gemm.ts. */
export declare function gemm(
  out: usize,
  cRow: usize,
  a: usize,
  aRow: usize,
  aCol: usize,
  b: usize,
  bRow: usize,
  bCol: usize,
  m: i32,
  n: i32,
  k: i32,
  scratch: usize,
): void;
