// Generated from bindings/instructions.ts by scripts/instructions.mjs: edit the table, then `npm run build:wasm`.
//
// A side module: its kernels, by the names of their instructions.

export {
  curvesBinary as pow,
  curvesBinary as geluGrad,
  curvesBinary as mod,
  curvesBinary as floorDivInt,
  curvesBinary as modInt,
  curvesUnary as expm1,
  curvesUnary as log1p,
  curvesUnary as sin,
  curvesUnary as cos,
  curvesUnary as atan,
  curvesUnary as erf,
  curvesUnary as cdf,
  curvesUnary as floor,
  curvesUnary as ceil,
  curvesUnary as round,
} from '../kernels/curves';
