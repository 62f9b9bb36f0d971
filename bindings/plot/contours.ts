// Numbers on a grid as contours: lines and areas. Not here: where the numbers come from.

import { contours } from '../libraries/d3.js';
import { type Axes, isDrawn } from './axes.js';
import { spaced } from './functions.js';
import { type Attributes, type Marks, mark } from './mark.js';
import { numberText } from './text.js';
import { LEVELS } from './theme.js';

/** Numbers at `columns` by `rows` points of a rectangle, row by row from the lowest y. */
export interface Grid {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly columns: number;
  readonly rows: number;
  readonly values: ArrayLike<number>;
}

/** The points of a grid, in the order of its values. */
export function gridPoints({ x, y, columns, rows }: Omit<Grid, 'values'>): [x: number, y: number][] {
  const across = spaced(x, columns);
  return spaced(y, rows).flatMap((b) => across.map((a): [number, number] => [a, b]));
}

/** Between which values contours are drawn: such that areas between them are about as large. */
export function levelsOf({ values }: Grid): number[] {
  const sorted = Float64Array.from(Array.from(values).filter((value) => isDrawn(value))).sort();
  const levels = Array.from({ length: LEVELS - 1 }, (_, i) => sorted[Math.floor(((i + 1) / LEVELS) * sorted.length)]!);
  return [...new Set(levels)].filter((level) => level > sorted[0]!);
}

/** Areas between levels, the higher the darker on a light page, and the lines around them. */
export function terrain(grid: Grid, at: Axes, levels: readonly number[]): Marks {
  const { left, top, width, height } = at.area;
  return [
    mark('rect', { x: left, y: top, width, height, fill: 'level0' }),
    levels.map((level, i) =>
      region(grid, level, at, { fill: `level${i + 1}`, stroke: 'muted', 'stroke-width': 0.5 }, numberText(level)),
    ),
  ];
}

/** The area where values are at or above a level. */
export function region(grid: Grid, level: number, at: Axes, attributes: Attributes, title?: string): Marks {
  const { x, y, columns, rows } = grid;
  const values = Array.from(grid.values, (value) => (Number.isNaN(value) ? -Infinity : value));
  const shape = contours().size([columns, rows]).contour(values, level);
  const place = ([i, j]: readonly number[]): string => {
    const [a, b] = [
      x[0] + ((i! - 0.5) / (columns - 1)) * (x[1] - x[0]),
      y[0] + ((j! - 0.5) / (rows - 1)) * (y[1] - y[0]),
    ];
    return `${at.x(a).toFixed(1)},${at.y(b).toFixed(1)}`;
  };
  const d = shape.coordinates
    .flat()
    .map((ring) => `M${ring.map(place).join('L')}Z`)
    .join('');
  if (d === '') return undefined;
  return mark('path', { d, ...attributes }, title === undefined ? undefined : mark('title', {}, title));
}

/** The smallest and the largest value of a grid, and where they are; undefined if there are none. */
export function extremes(grid: Grid): Record<'low' | 'high', { value: number; x: number; y: number }> | undefined {
  const points = gridPoints(grid);
  let [low, high] = [-1, -1];
  for (let i = 0; i < points.length; i++) {
    const value = grid.values[i]!;
    if (!isDrawn(value)) continue;
    if (low < 0 || value < grid.values[low]!) low = i;
    if (high < 0 || value > grid.values[high]!) high = i;
  }
  const at = (i: number) => ({ value: grid.values[i]!, x: points[i]![0], y: points[i]![1] });
  return low < 0 ? undefined : { low: at(low), high: at(high) };
}

/** What can't be drawn of a grid. */
export function missingOf({ values }: Grid): string[] {
  const count = Array.from(values).filter((value) => !isDrawn(value)).length;
  return count === 0
    ? []
    : [`at ${numberText(count)} of ${numberText(values.length)} points the value is NaN or infinite`];
}
