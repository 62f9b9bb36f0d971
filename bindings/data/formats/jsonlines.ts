// Rows of JSON lines: a JSON object, or an array, on each line. Arrays of numbers within it are spread over columns of
// their own: 'x' becomes 'x[0]', 'x[1]' …

import { checkFile } from '../../files/fileerror.js';
import { parseJson } from '../../files/json.js';
import type { Pieces } from '../../files/pieces.js';
import { quoted, type Row } from '../column.js';
import { textPieces } from './lines.js';

/** A value of a row; undefined if the row does not have it. */
export type JsonCell = string | number | boolean | null | undefined;

/** A line may have as many letters. */
const MAX_LINE = 2 ** 22;

/** The values of a row by the names of their columns. */
export type JsonRow = Map<string, JsonCell>;

/** The rows of a file, some at a time, without empty lines. The first line has the number 1. */
export async function* jsonRows(pieces: Pieces): AsyncGenerator<{ number: number; values: JsonRow }[]> {
  const { what } = pieces;
  let next = 1;
  let rest = '';
  const parse = (lines: readonly string[]): { number: number; values: JsonRow }[] => {
    const first = next;
    next += lines.length;
    const rows = lines.map((line, i) => ({ number: first + i, line }));
    return rows
      .filter(({ line }) => line.trim() !== '')
      .map(({ line, number }) => ({ number, values: valuesOf(`${what}: row ${number}`, line) }));
  };
  for await (const text of textPieces(pieces)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    checkFile(rest.length <= MAX_LINE, () => `${what}: row ${next + lines.length} has more than ${MAX_LINE} letters`);
    yield parse(lines);
  }
  yield parse([rest]);
}

function valuesOf(what: string, line: string): JsonRow {
  const value = parseJson(what, line);
  checkFile(typeof value === 'object' && value !== null, () => `${what} is no object and no array`);
  const values: JsonRow = new Map();
  for (const [name, part] of Object.entries(value)) spread(what, name, part, values);
  return values;
}

/** Adds a value, or those of an array under names with their places. */
function spread(what: string, name: string, value: unknown, to: JsonRow): void {
  if (Array.isArray(value)) value.forEach((part, i) => void spread(what, `${name}[${i}]`, part, to));
  else {
    checkFile(typeof value !== 'object' || value === null, () => `${what}: ${quoted(name)} is an object`);
    to.set(name, value as JsonCell);
  }
}

/** Rows of values by name as rows of cells. Throws if one has a name that the first one does not have. */
export function cellsIn(
  what: string,
  places: ReadonlyMap<string, number>,
  { number, values }: { number: number; values: JsonRow },
): Row<JsonCell> {
  const cells = new Array<JsonCell>(places.size).fill(undefined);
  for (const [name, value] of values) {
    const at = places.get(name);
    checkFile(at !== undefined, () => `${what}: row ${number} has ${quoted(name)}, which the first one does not have`);
    cells[at] = value;
  }
  return { number, cells };
}
