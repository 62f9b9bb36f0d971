// Which colour is what: names beside small pieces of what is drawn, in lines below the title.

import { type Marks, mark } from './mark.js';
import { fitted, SIZE, textWidth } from './text.js';

/** A name, and how what it names is drawn. */
export interface LegendEntry {
  readonly name: string;
  readonly paint: string;
  /** A line (default), a ring, a dot, or a filled square. */
  readonly kind?: 'line' | 'ring' | 'dot' | 'square' | undefined;
  /** The pattern of a line. */
  readonly dash?: string | undefined;
  /** Of a square; default 1. */
  readonly opacity?: number | undefined;
}

const LINE = 20;
const SWATCH = 22;
const GAP = 18;

/** A legend that is at most so wide, and how high it is. */
export function legendLines(
  entries: readonly LegendEntry[],
  { left, top, width }: { readonly left: number; readonly top: number; readonly width: number },
): { readonly marks: Marks; readonly height: number } {
  let [x, y] = [left, top];
  const marks = entries.map((entry) => {
    const name = fitted(entry.name, SIZE.small, width - SWATCH - 6);
    const wide = SWATCH + 6 + textWidth(name, SIZE.small);
    if (x > left && x + wide > left + width) [x, y] = [left, y + LINE];
    const at = x;
    x += wide + GAP;
    return [
      swatch(entry, at, y + LINE / 2),
      mark('text', { class: 'legend', x: at + SWATCH + 6, y: y + LINE / 2 + 4, fill: 'ink' }, name),
    ];
  });
  return { marks, height: entries.length === 0 ? 0 : y + LINE - top };
}

function swatch({ kind = 'line', paint, dash, opacity }: LegendEntry, x: number, y: number): Marks {
  const middle = x + SWATCH / 2;
  if (kind === 'square') {
    const square = { x: middle - 6, y: y - 6, width: 12, height: 12 };
    return mark('rect', { ...square, fill: paint, 'fill-opacity': opacity });
  }
  if (kind === 'dot') return mark('circle', { cx: middle, cy: y, r: 4, fill: paint });
  if (kind === 'ring') return ring(middle, y, paint);
  return mark('line', {
    x1: x,
    y1: y,
    x2: x + SWATCH,
    y2: y,
    stroke: paint,
    'stroke-width': 2,
    'stroke-dasharray': dash,
  });
}

/** What marks one point among others: the best one, the last one. */
export const ring = (cx: number, cy: number, paint: string, title?: string): Marks =>
  mark(
    'circle',
    { class: 'ring', cx, cy, r: 4.5, fill: 'paper', stroke: paint, 'stroke-width': 2 },
    title === undefined ? undefined : mark('title', {}, title),
  );
