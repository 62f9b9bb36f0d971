// Lines through numbers. Where one is NaN or infinite, the line has a gap.

import { line } from '../libraries/d3.js';
import type { Axes } from './axes.js';
import { isDrawn } from './axes.js';
import { type Attributes, type Marks, mark } from './mark.js';

/** A point, in the numbers of the axes. */
export type Dot = readonly [x: number, y: number];

/** A line through points; `title` is what a page shows when the pointer rests on it. */
export function polyline(points: readonly Dot[], at: Axes, attributes: Attributes, log = false, title?: string): Marks {
  const places = points.map(([x, y]): Dot => (isDrawn(x) && isDrawn(y, log) ? [at.x(x), at.y(y)] : GAP));
  const path = line<Dot>()
    .defined(([x]) => !Number.isNaN(x))
    .digits(2)(thinned(places, at.area.width));
  if (!path) return undefined;
  const look = { fill: 'none', 'stroke-width': 2, 'stroke-linejoin': 'round', 'stroke-linecap': 'round' };
  return mark('path', { d: path, ...look, ...attributes }, title === undefined ? undefined : mark('title', {}, title));
}

/** The dashed line on which y = x, between axes from 0 to 1: what a figure is compared with. */
export const diagonal = (at: Axes, title: string): Marks =>
  polyline(
    [
      [0, 0],
      [1, 1],
    ],
    at,
    { stroke: 'muted', 'stroke-width': 1, 'stroke-dasharray': '4 4' },
    false,
    title,
  );

const GAP: Dot = [Number.NaN, Number.NaN];

/** How many points a pixel may have: first, lowest, highest and last of many look the same as all of them. */
const PER_PIXEL = 4;

/** The points, from left to right; of a long line what can be seen of it. */
function thinned(points: readonly Dot[], width: number): readonly Dot[] {
  if (points.length <= PER_PIXEL * width || points.some(([x], i) => x < (points[i - 1]?.[0] ?? -Infinity)))
    return points;
  const kept: Dot[] = [];
  for (let from = 0, to = 0; from < points.length; from = to) {
    const column = Math.floor(points[from]![0]);
    while (to < points.length && sameColumn(points[to]![0], column)) to++;
    kept.push(...outline(points.slice(from, to)));
  }
  return kept;
}

const sameColumn = (x: number, column: number): boolean =>
  Number.isNaN(column) ? Number.isNaN(x) : Math.floor(x) === column;

function outline(points: readonly Dot[]): readonly Dot[] {
  if (points.length <= PER_PIXEL) return points;
  if (Number.isNaN(points[0]![0])) return points.slice(0, 1);
  let [low, high] = [0, 0];
  points.forEach(([, y], i) => {
    if (y < points[low]![1]) low = i;
    if (y > points[high]![1]) high = i;
  });
  return [...new Set([0, low, high, points.length - 1])].sort((a, b) => a - b).map((i) => points[i]!);
}
