// One column of a table that is read from a file: seen cell by cell, then encoded. Not here: which columns there are
// (columns.ts).

import { checkFile, FileError } from '../files/fileerror.js';
import type { ColumnType } from './columnoptions.js';
import { DATE, daysOf } from './dates.js';

/** How the cells of a format are read. */
export interface Cells<C> {
  isMissing(cell: C): boolean;
  /** The number that it stands for; undefined if it is none. */
  numberOf(cell: C): number | undefined;
  /** As a category, and in errors. */
  textOf(cell: C): string;
  /** Texts that people read as numbers, and `numberOf` does not. */
  readonly almostNumbers?: RegExp | undefined;
}

/** A row, with its number in the file. */
export interface Row<C> {
  readonly number: number;
  readonly cells: readonly C[];
}

/** A column with more categories has names or numbers of things, and would take far more memory than the file. */
const MAX_CATEGORIES = 10_000;

/** What is known of a column before its cells are seen. */
export interface ColumnSpec {
  readonly name: string;
  /** Its place in a row. */
  readonly at: number;
  readonly type: ColumnType | undefined;
  /** The categories, where no others may occur. */
  readonly categories: readonly string[] | undefined;
  /** Categories become columns of their own. */
  readonly isSpread: boolean;
  /** What stands for missing values. */
  readonly fill: number | string | undefined;
}

/** A column whose cells are `C`. */
export class Column<C> {
  /** Dates are numbers, too. */
  type: 'number' | 'category' | undefined;
  #indices: Map<string, number>;
  /** The row of the first missing value. */
  #missingAt: number | undefined;

  /** @param what the file, for errors */
  constructor(
    readonly what: string,
    readonly spec: ColumnSpec,
    readonly cells: Cells<C>,
  ) {
    const { categories, type } = spec;
    this.type = categories ? 'category' : type === 'date' ? 'number' : type;
    this.#indices = new Map(categories?.map((category, i) => [category, i]));
  }

  /** Of a column of categories, in the order of their indices. */
  get categories(): string[] {
    return [...this.#indices.keys()];
  }

  /** How many numbers a cell becomes. */
  get width(): number {
    return this.#isSpread ? this.#indices.size : 1;
  }

  /** The names of these numbers. */
  get names(): string[] {
    const { name } = this.spec;
    return this.#isSpread ? this.categories.map((category) => `${name}=${category}`) : [name];
  }

  get #isSpread(): boolean {
    return this.spec.isSpread && this.type === 'category';
  }

  /** Looks at the cell of a row, the one with this number in the file. */
  see(cell: C, row: number): void {
    const { cells, spec } = this;
    if (cells.isMissing(cell)) {
      this.#missingAt ??= row;
      if (spec.fill === undefined) this.#refuseMissing(row);
      return;
    }
    this.type ??= cells.numberOf(cell) === undefined ? 'category' : 'number';
    if (this.type === 'number') this.#numberOf(cell, row);
    else if (spec.categories) this.#indexOf(cell, row);
    else this.#add(cell, row);
  }

  #add(cell: C, row: number): void {
    const { cells, spec } = this;
    const text = cells.textOf(cell);
    if (this.#indices.has(text)) return;
    checkFile(spec.type !== undefined || cells.numberOf(cell) === undefined, () => {
      return `${this.#place(row)} is ${text}, and those before it are no numbers: say types: { ${quoted(spec.name)}: 'category' }, or 'number'`;
    });
    this.#indices.set(text, this.#indices.size);
    checkFile(this.#indices.size <= MAX_CATEGORIES, () => {
      return `${this.what}: column ${quoted(spec.name)} has more than ${MAX_CATEGORIES} different words: is it to be ignored?`;
    });
  }

  /** To be called when all rows were seen: now it is known what the column is. */
  close(): void {
    const { fill, categories } = this.spec;
    this.type ??= typeof fill === 'string' ? 'category' : 'number';
    if (this.#missingAt !== undefined && (this.type === 'number') !== (typeof fill === 'number')) {
      this.#refuseMissing(this.#missingAt);
    }
    if (this.type === 'number' || categories) return;
    this.#refuseNumbers();
    this.#refuseDates();
    const found = new Set(this.categories);
    if (this.#missingAt !== undefined) found.add(fill as string);
    this.#indices = new Map(sorted([...found]).map((category, i) => [category, i]));
  }

  /**
   * Refuses categories that nobody asked for where all of them are numbers to people: their order would be that of
   * letters.
   */
  #refuseNumbers(): void {
    const { cells, spec, categories } = this;
    const areNumbers = spec.type === undefined && categories.every((category) => cells.almostNumbers?.test(category));
    checkFile(!areNumbers || categories.length === 0, () => {
      return `${this.what}: column ${quoted(spec.name)} has values such as ${quoted(categories[0]!)}, which are no numbers as they are written: write them as 1234.5, or say types: { ${quoted(spec.name)}: 'category' }`;
    });
  }

  /** Refuses categories that nobody asked for where all of them are dates: each day would be a class of its own. */
  #refuseDates(): void {
    const { spec, categories } = this;
    const areDates = spec.type === undefined && categories.length > 0 && categories.every((one) => DATE.test(one));
    checkFile(!areDates, () => {
      const name = quoted(spec.name);
      return `${this.what}: column ${name} has dates such as ${quoted(categories[0]!)}: say types: { ${name}: 'date' } for their days as numbers, or 'category', or ignore it`;
    });
  }

  /** Writes the cell of a row, from index `at` on. */
  write(cell: C, row: number, to: { [index: number]: number }, at: number): void {
    const { cells, spec } = this;
    const isMissing = cells.isMissing(cell);
    if (isMissing && spec.fill === undefined) this.#refuseMissing(row);
    if (this.type === 'number') to[at] = isMissing ? (spec.fill as number) : this.#numberOf(cell, row);
    else {
      const index = isMissing ? this.#indexOfText(spec.fill as string, row) : this.#indexOf(cell, row);
      if (!this.#isSpread) to[at] = index;
      else for (let i = 0; i < this.width; i++) to[at + i] = i === index ? 1 : 0;
    }
  }

  #numberOf(cell: C, row: number): number {
    const isDate = this.spec.type === 'date';
    const number = isDate ? daysOf(this.cells.textOf(cell)) : this.cells.numberOf(cell);
    checkFile(number !== undefined, () => {
      const expected = isDate ? 'a date as 2024-01-31, or with a time as 2024-01-31T18:30:00Z' : 'a number';
      return `${this.#place(row)} is ${quoted(this.cells.textOf(cell))}, expected ${expected}`;
    });
    checkFile(Number.isFinite(number), () => `${this.#place(row)} is ${this.cells.textOf(cell)}, which is not finite`);
    return number;
  }

  #indexOf(cell: C, row: number): number {
    return this.#indexOfText(this.cells.textOf(cell), row);
  }

  #indexOfText(text: string, row: number): number {
    const index = this.#indices.get(text);
    checkFile(index !== undefined, () => {
      const known = this.categories.slice(0, 20).map(quoted).join(', ');
      return `${this.#place(row)} is ${quoted(text)}, which is none of ${known}${this.#indices.size > 20 ? ', …' : ''}`;
    });
    return index;
  }

  #refuseMissing(row: number): never {
    const value = this.type === 'category' ? "{ … : 'a category' }" : 'a number';
    throw new FileError(
      `${this.#place(row)} is missing: say missing: 'drop' to leave out such rows, or ${value} in its place`,
    );
  }

  #place(row: number): string {
    return `${this.what}: row ${row}, column ${quoted(this.spec.name)}`;
  }
}

/** A text as errors show it. */
export const quoted = (text: string): string => `'${text.length > 40 ? `${text.slice(0, 40)}…` : text}'`;

/** Categories by their letters; where all of them are numbers, by size. */
function sorted(categories: string[]): string[] {
  const areNumbers = categories.every((category) => category !== '' && Number.isFinite(Number(category)));
  return areNumbers ? categories.sort((a, b) => Number(a) - Number(b)) : categories.sort();
}
