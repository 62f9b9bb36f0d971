// Small images in rows. Not here: what is in them (figures/).

import type { Box } from './draw.js';
import { type Marks, mark } from './mark.js';
import { type Pixels, pngUrl } from './png.js';
import { fitted, SIZE } from './text.js';

/** An image, and a name below it; '' for none. */
export interface Tile {
  readonly pixels: Pixels;
  readonly name: string;
}

const GAP = 8;
const NAME = 17;

/** How many columns and rows there are, and how large an image is, in pixels of the figure. */
export interface Layout {
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
  readonly name: number;
}

/** The layout for so many tiles in so wide a box. */
export function layoutOf(tiles: readonly Tile[], columns: number, inner: number): Layout {
  const { width, height } = tiles[0]!.pixels;
  const each = Math.min((inner - GAP * (columns - 1)) / columns, Math.max(96, width));
  const name = tiles.some((tile) => tile.name !== '') ? NAME : 0;
  return { columns, rows: Math.ceil(tiles.length / columns), width: each, height: (each * height) / width, name };
}

export const tilesHeight = ({ rows, height, name }: Layout): number => rows * (height + name + GAP);

/** Tiles in rows; each pixel of an image stays a square with edges. */
export function tilesIn(box: Box, tiles: readonly Tile[], { columns, width, height, name }: Layout): Marks {
  return tiles.map((tile, i) => {
    const x = box.left + (i % columns) * (width + GAP);
    const y = box.top + Math.floor(i / columns) * (height + name + GAP);
    const look = { preserveAspectRatio: 'none', style: 'image-rendering:pixelated' };
    return [
      mark(
        'image',
        { x, y, width, height, href: pngUrl(tile.pixels), ...look },
        tile.name === '' ? undefined : mark('title', {}, tile.name),
      ),
      mark('rect', { x, y, width, height, fill: 'none', stroke: 'grid' }),
      tile.name === ''
        ? undefined
        : mark(
            'text',
            { class: 'tile', x: x + width / 2, y: y + height + 13, 'text-anchor': 'middle', fill: 'muted' },
            fitted(tile.name, SIZE.small, width + GAP - 2),
          ),
    ];
  });
}

/** As many columns as make rows of about the form of a page. */
export const columnsOf = (count: number): number => Math.max(1, Math.min(count, Math.ceil(Math.sqrt(count * 1.6)), 16));
