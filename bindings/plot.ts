// The entry wasmgrad/plot: figures of trainings and models, as SVG. Public exports only.

/** @module wasmgrad/plot */

export { FileError } from './files/fileerror.js';
export type { FilePath } from './files/paths.js';
export type { FilePlace } from './files/source.js';
export type { FileTarget } from './files/target.js';
export type { Weights } from './plot/directions.js';
export type { FigureOptions } from './plot/draw.js';
export { type DocumentLike, Figure } from './plot/figure.js';
export {
  type DecisionBoundaryOptions,
  decisionBoundary,
  type PlanePredictor,
} from './plot/figures/decisionboundary.js';
export { descentPath, type Traced } from './plot/figures/descentpath.js';
export { type FunctionPlotOptions, functionPlot } from './plot/figures/functionplot.js';
export { type LearningCurvesOptions, learningCurves } from './plot/figures/learningcurves.js';
export { type LossSurfaceOptions, lossSurface } from './plot/figures/losssurface.js';
export type { Histories, HistoryLike } from './plot/histories.js';
export type { Theme } from './plot/theme.js';
export { type WriteFigureOptions, writeFigure } from './plot/write.js';
