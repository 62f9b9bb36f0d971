// Generated from bindings/instructions.ts by scripts/instructions.mjs: edit the table, then `npm run build:wasm`.
//
// A side module: its kernels, by the names of their instructions.

export { gather, scatter, scatterAdd } from '../kernels/gather';
export { cumProd, cumSum, cumSumInt } from '../kernels/scan';
export { searchSorted } from '../kernels/search';
export { argSort } from '../kernels/sort';
export { where } from '../kernels/where';
