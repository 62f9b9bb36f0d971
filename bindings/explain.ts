// The entry wasmgrad/explain: computations in words and numbers. Public exports only.

/** @module wasmgrad/explain */

export { type ExplainedFunction, explain } from './explain/explain.js';
export type { ExplainFunctionOptions, ExplainOptions, Explanation } from './explain/explanation.js';
export type {
  ExplainedQuantity,
  ExplainedStep,
  ExplainedWay,
  FormulaText,
  FunctionData,
} from './explain/formulas.js';
export type { ExplainedLayer, ExplainedParameter, ModelData } from './explain/models.js';
export type { PlainValues, ValuesSummary } from './explain/values.js';
export type { Language } from './explain/words.js';
