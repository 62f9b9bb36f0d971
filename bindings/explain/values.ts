// Arrays of numbers as they are printed: few digits, columns aligned at the point, and of a large one only what it is
// like.

import { type Shape, shapeText } from '../shape.js';
import { type Formula, number, numberText } from './notation.js';

/** An array of numbers. */
export interface Values {
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

/** What is told of an array with too many numbers to show. */
export interface ValuesSummary {
  readonly shape: readonly number[];
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** The square root of the sum of all squares. */
  readonly norm: number;
}

/** A number, a nest of arrays of numbers, or a summary of too many. */
export type PlainValues = number | readonly PlainValues[] | ValuesSummary;

export function summaryOf({ shape, data }: Values): ValuesSummary {
  let [min, max, sum, squares] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const v = data[i]!;
    min = Math.min(min, v);
    max = Math.max(max, v);
    sum += v;
    squares += v * v;
  }
  return { shape: [...shape], min, max, mean: sum / data.length, norm: Math.sqrt(squares) };
}

/** As a number or nested arrays, if these are at most `limit` numbers. */
export function plain(values: Values, limit: number): PlainValues {
  const { shape, data } = values;
  if (data.length > limit) return summaryOf(values);
  const nested = (axis: number, from: number, size: number): PlainValues => {
    if (axis === shape.length) return data[from]!;
    const step = size / shape[axis]!;
    return Array.from({ length: shape[axis]! }, (_, i) => nested(axis + 1, from + i * step, step));
  };
  return nested(0, 0, data.length);
}

/**
 * The rows of numbers that an array is printed as: a vector is one, and of more than two axes the first ones go down.
 */
function rowsOf({ shape, data }: Values, digits: number): string[][] {
  const columns = shape.at(-1) ?? 1;
  const rows = columns === 0 ? 0 : data.length / columns;
  return Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) => numberText(data[r * columns + c]!, digits)),
  );
}

/** The lines of an array, its columns aligned at the decimal point: `[ 0.15  -0.4 ]`. */
export function linesOf(values: Values, digits: number): string[] {
  const rows = rowsOf(values, digits);
  if (values.shape.length === 0) return rows[0]!;
  if (rows.length === 0) return [`[ ] ${shapeText(values.shape)}`];
  const places = rows[0]!.map((_, c) => {
    const cells = rows.map((row) => row[c]!);
    return { before: Math.max(...cells.map(pointAt)), after: Math.max(...cells.map((t) => t.length - pointAt(t))) };
  });
  return rows.map((row) => {
    const cells = row.map((t, c) => {
      const { before, after } = places[c]!;
      return t.padStart(t.length + before - pointAt(t)).padEnd(before + after);
    });
    return `[ ${cells.join('  ')} ]`;
  });
}

const pointAt = (text: string): number => {
  const at = text.search(/[.e]/);
  return at < 0 ? text.length : at;
};

/** An array as LaTeX. */
export function latexOf(values: Values, digits: number): string {
  const cell = (text: string): string => latexNumber(text, digits);
  const rows = rowsOf(values, digits);
  if (values.shape.length === 0) return cell(rows[0]![0]!);
  return `\\begin{bmatrix} ${rows.map((row) => row.map(cell).join(' & ')).join(' \\\\ ')} \\end{bmatrix}`;
}

const latexNumber = (text: string, digits: number): string =>
  number(text === '∞' ? Infinity : text === '-∞' ? -Infinity : Number(text), digits).latex;

/** A side of an equation. */
export type Side = Formula | Values;

export const isValues = (side: Side): side is Values => 'data' in side;
