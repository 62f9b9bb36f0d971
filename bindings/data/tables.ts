// Tables in files, whatever their format, as what `fit` takes: all of it, or batch by batch. Not here: how rows are
// read (formats/), and what becomes of their cells (columns.ts).

import { checkFile } from '../files/fileerror.js';
import type { Shaped } from '../nested.js';
import type { Cells, Row } from './column.js';
import type { ColumnValues } from './columnoptions.js';
import { Columns } from './columns.js';
import { Draws } from './draws.js';
import { type TableBatch, TablePass } from './tablebatches.js';

/** The rows of a file, which can be gone through again and again. */
export interface RowSource<C> {
  /** What errors call the file. */
  readonly what: string;
  readonly names: readonly string[];
  readonly cells: Cells<C>;
  open(): AsyncIterable<readonly Row<C>[]>;
}

/** The columns of y: one, several, or none. */
export type Target = string | readonly string[] | undefined;

/** Of one column class indices of categories, or numbers; of several a row of numbers for each sample. */
export type Labels<T extends Target> = T extends string ? Int32Array | Float64Array : Shaped<Float64Array>;

/** What is known of the columns. */
export interface TableColumns {
  /** What the numbers of a row of x are. */
  readonly columns: readonly string[];
  /** The names of the classes, if y is one column of categories: class index i is number i of them. */
  readonly classes: readonly string[] | undefined;
  /** Of all columns of categories, by name: the option `categories` for data that is read after this. */
  readonly categories: Readonly<Record<string, readonly string[]>>;
}

/** A table: what `fit` takes, and what its numbers stand for. */
export interface Table<T extends Target = undefined> extends TableColumns {
  /** A row of numbers for each sample. */
  readonly x: Shaped<Float64Array>;
  /** The target; undefined if none was named. */
  readonly y: T extends undefined ? undefined : Labels<T>;
}

const targetsOf = (target: Target): readonly string[] => (typeof target === 'string' ? [target] : (target ?? []));

/** The first row; the rest is not read. */
export async function firstOf<R>(blocks: AsyncIterable<readonly R[]>): Promise<R | undefined> {
  for await (const [first] of blocks) if (first !== undefined) return first;
  return undefined;
}

/** Goes through all rows once. */
async function seen<C>(source: RowSource<C>, target: Target, options: ColumnValues): Promise<Columns<C>> {
  const columns = new Columns(source.what, source.names, targetsOf(target), options, source.cells);
  for await (const rows of source.open()) for (const row of rows) columns.see(row);
  columns.close();
  return columns;
}

function knownOf<C>({ inputs, targets, categories }: Columns<C>, target: Target): TableColumns {
  const isClassified = typeof target === 'string' && targets[0]!.type === 'category';
  return {
    columns: inputs.flatMap(({ names }) => names),
    classes: isClassified ? targets[0]!.categories : undefined,
    categories,
  };
}

/** All rows of a file as a table, of at most `maxBytes`. */
export async function tableOf<C>(
  source: RowSource<C>,
  target: Target,
  options: ColumnValues,
  maxBytes: number,
): Promise<Table<Target>> {
  const columns = await seen(source, target, options);
  const known = knownOf(columns, target);
  const { count, width, targets } = columns;
  checkFile(count * width * 8 <= maxBytes, () => {
    return `${source.what}: ${count} rows of ${width} numbers take more than ${maxBytes} bytes; pass maxBytes to allow more`;
  });
  const x = { data: new Float64Array(count * width), shape: [count, width] };
  const y = new (known.classes ? Int32Array : Float64Array)(count * targets.length);
  let index = 0;
  for await (const rows of source.open()) {
    for (const row of rows) if (columns.takes(row)) columns.write(row, x.data, y, index++);
  }
  return { x, y: labelsOf(y, count, target), ...known };
}

function labelsOf(data: Int32Array | Float64Array, count: number, target: Target): Table<Target>['y'] {
  if (target === undefined) return undefined;
  return typeof target === 'string' ? data : { data: data as Float64Array, shape: [count, target.length] };
}

/** A table that is larger than memory: its batches are what `fit(batches)` takes, anew in each epoch. */
export interface TableStream extends TableColumns, AsyncIterable<TableBatch> {
  /** How many rows it has. */
  readonly count: number;
  /** How many batches are in an epoch. */
  readonly length: number;
}

/** How rows become batches. */
export interface StreamValues {
  readonly batchSize: number;
  readonly shuffle: number;
  readonly seed: number | undefined;
}

/** The batches of a file. It is gone through once to know its columns, and then in each epoch. */
export async function streamOf<C>(
  source: RowSource<C>,
  target: string | readonly string[],
  options: ColumnValues,
  { batchSize, shuffle, seed }: StreamValues,
): Promise<TableStream> {
  const columns = await seen(source, target, options);
  const known = knownOf(columns, target);
  const { count } = columns;
  const isClassified = known.classes !== undefined;
  const isOneTarget = typeof target === 'string';
  const draws = new Draws(shuffle > 0 ? seed : 0); // where nothing is drawn, no stream of the seed is taken
  const how = { batchSize, isOneTarget, isClassified, shuffle: Math.min(shuffle, count), draws };
  return {
    ...known,
    count,
    length: Math.ceil(count / batchSize),
    async *[Symbol.asyncIterator]() {
      const pass = new TablePass(columns, how);
      for await (const rows of source.open()) {
        for (const row of rows) {
          const batch = columns.takes(row) && pass.add(row);
          if (batch) yield batch;
        }
      }
      yield* pass.rest();
    },
  };
}
