// The entry wasmgrad/plot: figures of trainings and models, as SVG. Public exports only.

/** @module wasmgrad/plot */

export type { ProgressStream } from './callbacks/bar.js';
export type { Callback } from './callbacks/callback.js';
export { FileError } from './files/fileerror.js';
export type { FilePath } from './files/paths.js';
export type { FilePlace } from './files/source.js';
export type { FileTarget } from './files/target.js';
export type { Weights } from './plot/directions.js';
export type { FigureOptions } from './plot/draw.js';
export { type DocumentLike, Figure } from './plot/figure.js';
export { type AttentionMapOptions, attentionMap } from './plot/figures/attentionmap.js';
export { type CalibrationOptions, calibration } from './plot/figures/calibration.js';
export { type ClassFigureOptions, confusionMatrix } from './plot/figures/confusionmatrix.js';
export {
  type DecisionBoundaryOptions,
  decisionBoundary,
  type PlanePredictor,
} from './plot/figures/decisionboundary.js';
export { descentPath, type Traced } from './plot/figures/descentpath.js';
export { type FunctionPlotOptions, functionPlot } from './plot/figures/functionplot.js';
export { type GraphDiagramOptions, graphDiagram } from './plot/figures/graphdiagram.js';
export { type HistogramsOptions, histograms } from './plot/figures/histograms.js';
export { type ImageGridOptions, imageGrid } from './plot/figures/imagegrid.js';
export { type LearningCurvesOptions, learningCurves } from './plot/figures/learningcurves.js';
export { type LossSurfaceOptions, lossSurface } from './plot/figures/losssurface.js';
export { type NetworkDiagramOptions, networkDiagram } from './plot/figures/networkdiagram.js';
export { rateFinder } from './plot/figures/ratefinder.js';
export { rocCurve } from './plot/figures/roccurve.js';
export { type Parametrized, type WeightTilesOptions, weightTiles } from './plot/figures/weighttiles.js';
export type { Histories, HistoryLike } from './plot/histories.js';
export { type LiveCurveOptions, liveCurve } from './plot/livecurve.js';
export type { Values } from './plot/scores.js';
export { type TerminalOptions, terminal } from './plot/terminal.js';
export type { Theme } from './plot/theme.js';
export { type WriteFigureOptions, writeFigure } from './plot/write.js';
