// Tables in files of JSON lines.

import { checkFile } from '../files/fileerror.js';
import { gunzip, isGzip } from '../files/gzip.js';
import { bytePieces } from '../files/pieces.js';
import { type FileSource, readFile } from '../files/source.js';
import { MAX_BYTES } from '../files/zip.js';
import { options, type Rules, whole } from '../options.js';
import type { Cells } from './column.js';
import { type ColumnOptions, columnRules, targetRule } from './columnoptions.js';
import { cellsIn, type JsonCell, jsonRows } from './formats/jsonlines.js';
import { firstOf, type RowSource, type Table, type Target, tableOf } from './tables.js';

/** Options of `readJsonLines`. */
export interface JsonLinesOptions<T extends Target = Target> extends ColumnOptions {
  /** The column of y, or several; by default there is no y. */
  readonly target?: T | undefined;
  /** The most bytes that the table may have, and that may come out of a compressed file; default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

const jsonLinesOptions = options({
  ...columnRules,
  target: targetRule,
  maxBytes: whole(MAX_BYTES, 0),
} satisfies Rules<JsonLinesOptions>);

const CELLS: Cells<JsonCell> = {
  isMissing: (cell) => cell === null || cell === undefined,
  numberOf: (cell) => (typeof cell === 'number' ? cell : undefined),
  textOf: String,
};

/**
 * Reads a table from JSON lines, a file with a JSON object on each line, which may be compressed by gzip:
 * `{"x": [5.1, 3.5], "kind": "setosa"}`. An array is spread over columns, here 'x[0]' and 'x[1]'. Columns of strings,
 * and of true and false, are categories; what is null or not there is missing. Everything else is as of `readCsv`.
 *
 * @throws FileError with row and column, as `readCsv`; if a line is no JSON, or has a name that the first one does not
 *   have
 */
export async function readJsonLines<const T extends Target = undefined>(
  from: FileSource,
  options?: JsonLinesOptions<T>,
): Promise<Table<T>> {
  const { target, maxBytes, ...format } = jsonLinesOptions('readJsonLines', options);
  const { what, bytes } = await readFile('readJsonLines', from);
  const text = isGzip(bytes) ? await gunzip(what, bytes, maxBytes) : bytes;
  const pieces = bytePieces(what, text);
  const first = await firstOf(jsonRows(pieces));
  checkFile(first !== undefined, () => `${what} is empty`);
  const names = [...first.values.keys()];
  const places = new Map(names.map((name, at) => [name, at]));
  const source: RowSource<JsonCell> = {
    what,
    names,
    cells: CELLS,
    async *open() {
      for await (const rows of jsonRows(pieces)) yield rows.map((row) => cellsIn(what, places, row));
    },
  };
  return (await tableOf(source, target, format, maxBytes)) as Table<T>;
}
