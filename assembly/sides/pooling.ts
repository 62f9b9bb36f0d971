// Generated from bindings/instructions.ts by scripts/instructions.mjs: edit the table, then `npm run build:wasm`.
//
// A side module: its kernels, by the names of their instructions.

export { avgPool, avgPoolGrad, maxPool, maxPoolGrad } from '../kernels/pooling';
