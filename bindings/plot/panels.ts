// Small figures side by side, each with a name above it.

import type { Box } from './draw.js';
import { type Marks, mark } from './mark.js';
import { fitted, SIZE } from './text.js';

const GAP = 18;
const HEAD = 20;

/** How many columns there are for so many panels. */
const columnsFor = (count: number, width: number): number => Math.max(1, Math.min(count, 3, Math.floor(width / 190)));

/** How high so many panels are together, with one of `each`. */
export const panelsHeight = (count: number, width: number, each: number): number =>
  Math.ceil(count / columnsFor(count, width)) * (each + HEAD + GAP) - GAP;

/** Panels in rows; `inside` draws one into its box. */
export function panels(box: Box, names: readonly string[], inside: (box: Box, i: number) => Marks): Marks {
  const columns = columnsFor(names.length, box.width);
  const rows = Math.ceil(names.length / columns);
  const width = (box.width - GAP * (columns - 1)) / columns;
  const height = (box.height - GAP * (rows - 1)) / rows;
  return names.map((name, i) => {
    const left = box.left + (i % columns) * (width + GAP);
    const top = box.top + Math.floor(i / columns) * (height + GAP);
    return [
      mark(
        'text',
        { class: 'panel', x: left, y: top + 13, 'font-size': SIZE.small, 'font-weight': 600, fill: 'ink' },
        fitted(name, SIZE.small, width, true),
      ),
      inside({ left, top: top + HEAD, width, height: height - HEAD }, i),
    ];
  });
}
