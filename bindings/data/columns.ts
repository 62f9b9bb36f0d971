// Rows of cells as the numbers of x and y. The rows are gone through twice: first they are seen, then encoded. Not
// here: where rows come from (formats/).

import { check, lookup } from '../errors.js';
import { checkFile } from '../files/fileerror.js';
import { type Cells, Column, quoted, type Row } from './column.js';
import type { ColumnValues } from './columnoptions.js';

const MAX_COLUMNS = 100_000;

/** Where numbers are written. */
type Numbers = { [index: number]: number };

/** The columns of a table whose cells are `C`. */
export class Columns<C> {
  /** How many rows were seen that are not left out. */
  count = 0;
  /** How many numbers of x a row becomes. */
  width = 0;
  readonly inputs: readonly Column<C>[];
  readonly targets: readonly Column<C>[];
  readonly #all: readonly Column<C>[];

  /**
   * @param what  the file, for errors
   * @param names of all columns, in the order of the cells
   * @throws if an option names a column that is not there
   */
  constructor(
    readonly what: string,
    readonly names: readonly string[],
    targets: readonly string[],
    readonly options: ColumnValues,
    readonly cells: Cells<C>,
  ) {
    const places = placesOf(what, names);
    const placeOf = (name: string): number => places.get(name) ?? refuse(what, name, names);
    const { columns, ignore, types, categories, oneHot, missing } = options;
    for (const name of [ignore, types, oneHot, missing].flatMap(namesIn)) placeOf(name);
    const others = new Set([...targets, ...(ignore ?? [])]);
    const chosen = columns ?? names.filter((name) => !others.has(name));
    const both = chosen.find((name) => others.has(name));
    check(both === undefined, () => `${what}: column ${quoted(both!)} can't be of x and the target, or ignored`);
    check(chosen.length > 0, () => `${what}: there are no columns for x`);
    const column = (name: string, isTarget: boolean): Column<C> => {
      const isSpread = !isTarget && (Array.isArray(oneHot) ? oneHot.includes(name) : oneHot === true);
      const filled = typeof missing === 'object' ? own(missing, name) : undefined;
      const fill = typeof missing === 'number' && !isTarget ? missing : filled;
      const spec = {
        name,
        at: placeOf(name),
        type: own(types, name),
        categories: own(categories, name),
        isSpread,
        fill,
      };
      return new Column(what, spec, cells);
    };
    this.inputs = chosen.map((name) => column(name, false));
    this.targets = targets.map((name) => column(name, true));
    this.#all = [...this.inputs, ...this.targets];
  }

  /** Of all columns of categories, by name: for the same columns of other data. */
  get categories(): Record<string, readonly string[]> {
    const found: Record<string, readonly string[]> = Object.create(null);
    for (const { type, spec, categories } of this.#all) if (type === 'category') found[spec.name] = categories;
    return found;
  }

  /** Looks at a row. */
  see(row: Row<C>): void {
    if (!this.takes(row)) return;
    for (const column of this.#all) column.see(row.cells[column.spec.at]!, row.number);
    this.count++;
  }

  /** Whether a row is not left out. Throws unless it has a cell for each column. */
  takes({ cells, number }: Row<C>): boolean {
    const { length } = this.names;
    checkFile(cells.length === length, () => {
      return `${this.what}: row ${number} has ${cells.length} cells, and there are ${length} columns`;
    });
    return this.options.missing !== 'drop' || !this.#all.some(({ spec }) => this.cells.isMissing(cells[spec.at]!));
  }

  /** To be called when all rows were seen. */
  close(): void {
    const without = this.options.missing === 'drop' ? ' without missing values' : '';
    checkFile(this.count > 0, () => `${this.what} has no rows${without}`);
    for (const column of this.#all) column.close();
    const { oneHot } = this.options;
    const numeric = Array.isArray(oneHot)
      ? this.inputs.find(({ type, spec }) => spec.isSpread && type === 'number')
      : undefined;
    checkFile(numeric === undefined, () => {
      const name = quoted(numeric!.spec.name);
      return `${this.what}: column ${name} of oneHot has numbers: say types: { ${name}: 'category' }, too`;
    });
    this.width = this.inputs.reduce((sum, { width }) => sum + width, 0);
  }

  /** Writes a row as number `index` of x and y. */
  write({ cells, number }: Row<C>, x: Numbers, y: Numbers, index: number): void {
    writeAll(this.inputs, cells, number, x, index * this.width);
    writeAll(this.targets, cells, number, y, index * this.targets.length);
  }
}

function writeAll<C>(columns: readonly Column<C>[], row: readonly C[], number: number, to: Numbers, at: number): void {
  for (const column of columns) {
    column.write(row[column.spec.at]!, number, to, at);
    at += column.width;
  }
}

/** The place of each column by its name. */
function placesOf(what: string, names: readonly string[]): Map<string, number> {
  checkFile(
    names.length <= MAX_COLUMNS,
    () => `${what} has ${names.length} columns, and at most ${MAX_COLUMNS} are read`,
  );
  const places = new Map(names.map((name, at) => [name, at]));
  const twice = names.find((name, at) => places.get(name) !== at);
  checkFile(twice === undefined, () => `${what}: two columns are called ${quoted(twice!)}`);
  return places;
}

/** Throws that there is no such column, and which ones there are. */
function refuse(what: string, name: string, names: readonly string[]): never {
  const known = Object.fromEntries(names.slice(0, 50).map((column) => [column, true]));
  return lookup(`column of ${what}`, name, known, names.length > 50 ? ', …' : '') as never;
}

/** What an object has under a name of its own. */
const own = <T>(object: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** The names of columns in the value of an option. */
function namesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}
