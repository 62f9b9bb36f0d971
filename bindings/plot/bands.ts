// Two axes of names, with a cell for each pair. Not here: what is in the cells.

import type { Box } from './draw.js';
import { type Marks, mark } from './mark.js';
import { fitted, SIZE, textWidth } from './text.js';

/** Cells in rows and columns. */
export interface Bands {
  /** How wide and high a cell is. */
  readonly cell: readonly [width: number, height: number];
  /** The left upper corner of a cell. */
  readonly at: (row: number, column: number) => readonly [x: number, y: number];
  /** The names. */
  readonly frame: Marks;
}

const ROW = 16;

/**
 * Divides a box into cells, below and beside which their names stand; where there is no room for all, every second,
 * third …
 */
export function bands(
  box: Box,
  names: readonly string[],
  rows: string,
  columns: string,
  columnNames: readonly string[] = names,
): Bands {
  const widestOf = (some: readonly string[]): number => Math.max(0, ...some.map((name) => textWidth(name, SIZE.small)));
  const [widest, widestColumn] = [widestOf(names), widestOf(columnNames)];
  const beside = Math.min(widest, box.width * 0.25);
  const left = box.left + ROW + 8 + beside + 8;
  const size = [box.left + box.width - left, box.height - 2 * ROW - 14] as const;
  const cell = [size[0] / columnNames.length, size[1] / names.length] as const;
  const top = box.top + 4;
  const every = (room: number, need: number): number => Math.max(1, Math.ceil(need / room));
  const [down, across] = [every(cell[1], ROW), every(cell[0], Math.min(widestColumn + 8, 40))];
  const [midX, midY] = [left + size[0] / 2, top + size[1] / 2];
  const look = { class: 'label', 'font-size': SIZE.label, fill: 'ink', 'text-anchor': 'middle' };
  const x = box.left + SIZE.label - 2;
  return {
    cell,
    at: (row, column) => [left + column * cell[0], top + row * cell[1]],
    frame: [
      names.map((name, i) =>
        i % down > 0
          ? undefined
          : mark(
              'text',
              { class: 'row', x: left - 8, y: top + (i + 0.5) * cell[1] + 4, 'text-anchor': 'end', fill: 'muted' },
              fitted(name, SIZE.small, beside + 1),
            ),
      ),
      columnNames.map((name, i) =>
        i % across > 0
          ? undefined
          : mark(
              'text',
              {
                class: 'column',
                x: left + (i + 0.5) * cell[0],
                y: top + size[1] + ROW,
                'text-anchor': 'middle',
                fill: 'muted',
              },
              fitted(name, SIZE.small, cell[0] * across - 4),
            ),
      ),
      mark('text', { ...look, x: midX, y: top + size[1] + 2 * ROW + 6 }, columns),
      mark('text', { ...look, x, y: midY, transform: `rotate(-90 ${Math.round(x)} ${Math.round(midY)})` }, rows),
    ],
  };
}
