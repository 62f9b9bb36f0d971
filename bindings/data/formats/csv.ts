// Rows of CSV files. (RFC 4180, and what is found in the wild.)

import { checkFile } from '../../files/fileerror.js';
import type { Pieces } from '../../files/pieces.js';
import type { Row } from '../column.js';
import { textPieces } from './lines.js';

/** A row may have as many letters: where there are more, a quote was not closed. */
const MAX_ROW = 2 ** 22;

/** The rows of a file, some at a time, without empty ones. The first one has the number 1. */
export async function* csvRows(pieces: Pieces, delimiter: string): AsyncGenerator<Row<string>[]> {
  const { Parser } = await import('../../libraries/papaparse.js');
  const parser = new Parser({ delimiter, newline: '\n' });
  const { what } = pieces;
  let next = 1;
  let rest = '';
  const parse = (text: string, isLast: boolean): Row<string>[] => {
    const { data, errors, meta } = parser.parse(text, 0, !isLast);
    const error = errors.find(({ row }) => row < data.length);
    checkFile(error === undefined, () => {
      const problem = error!.code === 'MissingQuotes' ? 'a quote is not closed' : 'something follows a closing quote';
      return `${what}: row ${next + error!.row}: ${problem}`;
    });
    rest = text.slice(meta.cursor);
    const first = next;
    next += data.length;
    const rows = data.map((cells, i) => ({ number: first + i, cells }));
    return rows.filter(({ cells }) => cells.length > 1 || cells[0] !== '');
  };
  for await (const text of textPieces(pieces)) {
    const rows = parse(rest + text, false);
    checkFile(rest.length <= MAX_ROW, () => {
      return `${what}: row ${next} has more than ${MAX_ROW} letters: is a quote not closed?`;
    });
    yield rows;
  }
  if (rest !== '') yield parse(rest, true);
}
