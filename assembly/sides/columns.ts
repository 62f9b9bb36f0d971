// Generated from bindings/instructions.ts by scripts/instructions.mjs: edit the table, then `npm run build:wasm`.
//
// A side module: its kernels, by the names of their instructions.

export { columnDots, columnMoments, mixColumns } from '../kernels/columns';
