// The entry wasmgrad/plot: figures of trainings and models, as SVG. Public exports only.

/** @module wasmgrad/plot */

export { FileError } from './files/fileerror.js';
export type { FilePath } from './files/paths.js';
export type { FilePlace } from './files/source.js';
export type { FileTarget } from './files/target.js';
export type { FigureOptions } from './plot/draw.js';
export { type DocumentLike, Figure } from './plot/figure.js';
export { type LearningCurvesOptions, learningCurves } from './plot/figures/learningcurves.js';
export type { Histories, HistoryLike } from './plot/histories.js';
export type { Theme } from './plot/theme.js';
export { type WriteFigureOptions, writeFigure } from './plot/write.js';
