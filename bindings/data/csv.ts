// Tables in CSV files: as a whole, or batch by batch.

import { check, checkIs } from '../errors.js';
import { checkFile } from '../files/fileerror.js';
import { gunzip, isGzip } from '../files/gzip.js';
import { bytePieces, type Pieces, piecesOf, type StreamSource, unzipped } from '../files/pieces.js';
import { type FileSource, readFile } from '../files/source.js';
import { MAX_BYTES } from '../files/zip.js';
import { options, type Rule, type Rules, rule, whole } from '../options.js';
import { type Cells, quoted } from './column.js';
import { type ColumnOptions, columnRules, isTexts, targetRule, texts } from './columnoptions.js';
import { seedRule } from './draws.js';
import { csvRows } from './formats/csv.js';
import { firstOf, type RowSource, streamOf, type Table, type TableStream, type Target, tableOf } from './tables.js';

/** Options of tables in CSV files. */
export interface CsvFormat extends ColumnOptions {
  /** What stands between two cells, a single letter; default ','. */
  readonly delimiter?: string | undefined;
  /**
   * Whether the first row has the names of the columns (default), or these names. With `false` they are '0', '1', '2' …
   * A first row of numbers is taken for names only if they count from 0 or 1, or if this is `true`.
   */
  readonly header?: boolean | readonly string[] | undefined;
  /** Cells that count as missing; default '', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL'. */
  readonly missingValues?: readonly string[] | undefined;
}

/** Options of `readCsv`. */
export interface CsvOptions<T extends Target = Target> extends CsvFormat {
  /** The column of y, or several; by default there is no y. */
  readonly target?: T | undefined;
  /** The most bytes that the table may have, and that may come out of a compressed file; default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

/** Options of `streamCsv`. */
export interface CsvStreamOptions extends CsvFormat {
  /** The column of y, or several. */
  readonly target: string | readonly string[];
  /** Samples of a batch; default 32. */
  readonly batchSize?: number | undefined;
  /**
   * How many rows wait in memory, among which the next one is drawn: another order in each epoch, the more random the
   * more wait. Default 0, the order of the file.
   */
  readonly shuffle?: number | undefined;
  /** Makes the orders repeatable; by default they are the next ones after `setSeed`. */
  readonly seed?: number | undefined;
  /** The most bytes that may come out of a compressed file in one pass; default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

const MISSING_VALUES = ['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL'];

const formatRules = {
  ...columnRules,
  delimiter: rule(',', (what, given) => {
    const holds = typeof given === 'string' && given.length === 1 && !/["\n\r]/.test(given);
    checkIs(holds, what, 'a single letter, no quote', given);
  }) as Rule<string>,
  header: rule<boolean | readonly string[], undefined>(undefined, (what, given) => {
    checkIs(typeof given === 'boolean' || isTexts(given), what, 'true, false or an array of names', given);
  }),
  missingValues: texts,
};

const csvOptions = options({
  ...formatRules,
  target: targetRule,
  maxBytes: whole(MAX_BYTES, 0),
} satisfies Rules<CsvOptions>);

const streamOptions = options({
  ...formatRules,
  target: targetRule,
  batchSize: whole(32),
  shuffle: whole(0, 0),
  seed: seedRule,
  maxBytes: whole(MAX_BYTES, 0),
} satisfies Rules<Omit<CsvStreamOptions, 'target'> & Pick<CsvOptions, 'target'>>);

type Format = Omit<ReturnType<typeof csvOptions>, 'maxBytes' | 'target'>;

/** What a number looks like. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** With thousands apart, a decimal comma, a sign of money or of percent. */
const ALMOST_NUMBER = /^[-+]?\p{Sc}? ?\d+(?:[ ',.\u00a0\u202f]\d{3})*(?:[.,]\d+)? ?[%\p{Sc}]?$/u;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

function csvCells(missing: ReadonlySet<string>): Cells<string> {
  return {
    isMissing: (cell) => missing.has(cell.trim()),
    numberOf(cell) {
      const text = cell.trim();
      if (NUMBER.test(text)) return Number(text);
      return INFINITE.test(text) ? Infinity : undefined;
    },
    textOf: (cell) => cell.trim(),
    almostNumbers: ALMOST_NUMBER,
  };
}

/**
 * A number among the names that will be data: a fraction, or any if all are numbers; columns may be counted from 0
 * or 1.
 */
function dataAmong(names: readonly string[]): string | undefined {
  const fraction = names.find((name) => NUMBER.test(name) && !Number.isInteger(Number(name)));
  const areCounted = names.every((name, i) => Number(name) === Number(names[0]) + i) && /^[01]$/.test(names[0]!);
  return fraction ?? (names.every((name) => NUMBER.test(name)) && !areCounted ? names[0] : undefined);
}

/** The rows of a file behind its header. */
async function sourceOf(pieces: Pieces, { delimiter, header, missingValues }: Format): Promise<RowSource<string>> {
  const { what } = pieces;
  const open = (): ReturnType<typeof csvRows> => csvRows(pieces, delimiter);
  const first = await firstOf(open());
  checkFile(first !== undefined, () => `${what} is empty`);
  const isNamed = header ?? true;
  const own = isNamed === true ? first.cells.map((name) => name.trim()) : first.cells.map((_, at) => `${at}`);
  const names = isTexts(header) ? header : own;
  const other = /[;\t|,]/.exec(first.cells[0]!)?.[0];
  checkFile(first.cells.length > 1 || other === undefined || other === delimiter, () => {
    return `${what}: row ${first.number} is a single cell, ${quoted(first.cells[0]!)}: say delimiter: ${JSON.stringify(other)}`;
  });
  const sample = header === undefined && dataAmong(own);
  checkFile(!sample, () => {
    return `${what}: row ${first.number}, which is to have the names of the columns, has the number ${sample} in it: say header: false if it is data, or header: true if these are names`;
  });
  const from = isNamed === true ? first.number + 1 : 0;
  return {
    what,
    names,
    cells: csvCells(new Set((missingValues ?? MISSING_VALUES).map((value) => value.trim()))),
    async *open() {
      for await (const rows of open()) yield rows.filter(({ number }) => number >= from);
    },
  };
}

/**
 * Reads a table from a CSV file, which may be compressed by gzip:
 * `const { x, y, classes } = await readCsv('iris.csv', { target: 'species' })`. x has a row of numbers for each sample.
 * A column whose first value is a number has numbers; of others the values are categories, which become class indices.
 * Columns of dates, as 2024-01-31, need `types`, which says what they are to be. Rows are counted from 1, the header
 * among them; spaces around values are left away.
 *
 * @throws FileError with row and column, if a value is missing, is no number in a column of numbers, or a category that
 *   is not known; if all values of a column are numbers written as 1,234 or 12%, or dates, and `types` does not say
 *   what they are; if the first row, by default of names, has numbers as data has; if the file is not UTF-8, a row has
 *   too few cells or too many, or a quote is not closed
 */
export async function readCsv<const T extends Target = undefined>(
  from: FileSource,
  options?: CsvOptions<T>,
): Promise<Table<T>> {
  const { target, maxBytes, ...format } = csvOptions('readCsv', options);
  const { what, bytes } = await readFile('readCsv', from);
  const text = isGzip(bytes) ? await gunzip(what, bytes, maxBytes) : bytes;
  const source = await sourceOf(bytePieces(what, text), format);
  return (await tableOf(source, target, format, maxBytes)) as Table<T>;
}

/**
 * Opens a CSV file that may be larger than memory. It may be compressed by gzip. The file is read once now, to know its
 * columns, and once more in each epoch by `fit`, which takes what this returns:
 * `await model.fit(await streamCsv('large.csv', { target: 'price', batchSize: 256 }))`.
 *
 * @throws FileError as `readCsv`
 */
export async function streamCsv(from: StreamSource, options: CsvStreamOptions): Promise<TableStream> {
  const { target, batchSize, shuffle, seed, maxBytes, ...format } = streamOptions('streamCsv', options);
  check(target !== undefined, () => 'streamCsv: say by target which column is y');
  const source = await sourceOf(unzipped(piecesOf('streamCsv', from), maxBytes), format);
  return streamOf(source, target, format, { batchSize, shuffle, seed });
}
