// The entry wasmgrad/data: what is done with a data set before and beside training. Public exports only. It works
// without init, where no tensor has to be computed.

/** @module wasmgrad/data */

export {
  type ArrayLikeData,
  type MaxBytesOptions,
  type NpzOptions,
  readIdx,
  readNpy,
  readNpz,
  writeNpy,
  writeNpz,
} from './data/arrays.js';
export { type Batches, type BatchesOptions, batches } from './data/batches.js';
export type { Category } from './data/categories.js';
export type { ColumnOptions, ColumnType, Missing } from './data/columnoptions.js';
export { type CsvFormat, type CsvOptions, type CsvStreamOptions, readCsv, streamCsv } from './data/csv.js';
export { type Fold, type FoldOptions, kFold } from './data/folds.js';
export type { Channels } from './data/images/pixels.js';
export {
  type ImageDataLike,
  type ImageLike,
  type ImageOptions,
  readImage,
  readImages,
  writePng,
} from './data/images.js';
export { type JsonLinesOptions, readJsonLines } from './data/jsonlines.js';
export { type LabelEncoder, type LabelEncoderJson, type LabelIndices, labelEncoder } from './data/labelencoder.js';
export {
  type Encoded,
  type OneHotEncoder,
  type OneHotEncoderJson,
  type OneHotOptions,
  oneHotEncoder,
} from './data/onehotencoder.js';
export { type Rows, rowsAt } from './data/rows.js';
export {
  type MinMaxOptions,
  type MinMaxScalerJson,
  minMaxScaler,
  type Scaler,
  type StandardScalerJson,
  standardScaler,
} from './data/scalers.js';
export { type ShuffleOptions, type Split, type SplitOptions, shuffle, trainTestSplit } from './data/split.js';
export type { NumberRows, Scaled } from './data/table.js';
export type { StreamLabels, TableBatch } from './data/tablebatches.js';
export type { Labels, Table, TableColumns, TableStream, Target } from './data/tables.js';
export { type BytePairTokenizerJson, type BytePairTokenizerOptions, bytePairTokenizer } from './data/text/bytepair.js';
export {
  type CharacterTokenizerJson,
  type CharacterTokenizerOptions,
  characterTokenizer,
  type WordTokenizerJson,
  type WordTokenizerOptions,
  wordTokenizer,
} from './data/text/lists.js';
export { type PadSequencesOptions, padSequences } from './data/text/padding.js';
export { type ReadTokenizerOptions, readTokenizer } from './data/text/readtokenizer.js';
export type { Texts, TokenIds, Tokenizer } from './data/text/tokenizer.js';
export { slidingWindows, type WindowOptions } from './data/text/windows.js';
export { FileError } from './files/fileerror.js';
export type { FilePath } from './files/paths.js';
export type { FetchedStream, SlicedBlob, StreamSource } from './files/pieces.js';
export type { BlobLike, FetchedFile, FilePlace, FileSource } from './files/source.js';
export type { FileTarget } from './files/target.js';
export type { Shaped } from './nested.js';
