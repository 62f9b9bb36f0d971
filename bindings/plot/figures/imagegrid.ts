// imageGrid: images side by side.

import { check, checkIs } from '../../errors.js';
import { type DataLike, flatOf } from '../../model/data.js';
import { options, type Rules, rule, whole } from '../../options.js';
import { draw, type FigureOptions, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { counted } from '../text.js';
import { columnsOf, layoutOf, type Tile, tilesHeight, tilesIn } from '../tiles.js';

/** Options of `imageGrid`. */
export interface ImageGridOptions extends FigureOptions {
  /** What stands below each image. */
  readonly labels?: ArrayLike<string | number> | undefined;
  /** How many images stand in a row; by default so many that the figure is about a page. */
  readonly columns?: number | undefined;
  /** How many images are drawn, the first ones; default 64. */
  readonly count?: number | undefined;
}

const gridOptions = options({
  ...figureRules,
  labels: rule<ArrayLike<string | number>, undefined>(undefined, (what, given) => {
    checkIs(Array.isArray(given) || ArrayBuffer.isView(given), what, 'an array with a label for each image', given);
  }),
  columns: whole(undefined, 1, 100),
  count: whole(64, 1, 1000),
} satisfies Rules<ImageGridOptions>);

/**
 * Draws images side by side: samples of a data set, or what a model makes.
 *
 * @param images [n, height, width] or [n, height, width, channels], of 1 or 3 channels: bytes 0 … 255, or floats 0 … 1;
 *   where a number is above 1, they are taken as 0 … 255
 */
export function imageGrid(images: DataLike, options?: ImageGridOptions): Figure {
  const where = 'imageGrid';
  const given = gridOptions(where, options);
  const { data, shape } = flatOf(`${where}: the images`, images);
  const [all, height, width, channels = 1] = shape as [number, number, number, number?];
  const fits = (shape.length === 3 || shape.length === 4) && (channels === 1 || channels === 3) && data.length > 0;
  check(
    fits,
    () => `${where}: images must be [n, height, width] or [n, height, width, 1 or 3], got [${shape.join(', ')}]`,
  );
  check(
    height <= 1024 && width <= 1024,
    () => `${where}: images of at most 1024 by 1024 can be drawn, got ${height} by ${width}`,
  );
  const size = height * width * channels;
  const count = Math.min(all, given.count);
  const bytes = bytesOf(data.subarray(0, count * size), data instanceof Uint8Array);
  const tiles = Array.from({ length: count }, (_, i): Tile => {
    const name = given.labels?.[i];
    return {
      pixels: { width, height, channels, bytes: bytes.subarray(i * size, (i + 1) * size) },
      name: name === undefined ? '' : String(name),
    };
  });
  const layout = layoutOf(tiles, Math.min(given.columns ?? columnsOf(count), count), given.width - 28);
  const names = tiles.map(({ name }) => name).filter((name) => name !== '');
  const said = `${counted(count, 'image')} of ${width} by ${height} pixels`;
  return draw(where, given, {
    title: 'Images',
    description: `${said}${names.length > 0 ? `: ${names.slice(0, 100).join(', ')}` : ''}.`,
    height: () => tilesHeight(layout) + 64,
    notes: count < all ? [`the first ${count} of ${all}`] : [],
    marks: (box) => tilesIn(box, tiles, layout),
  });
}

/** As bytes; NaN is black. */
function bytesOf(data: ArrayLike<number>, areBytes: boolean): Uint8Array {
  if (areBytes) return data as Uint8Array;
  let scale = 255;
  for (let i = 0; i < data.length && scale > 1; i++) if (data[i]! > 1.001) scale = 1;
  return Uint8Array.from(data, (value) => Math.round(Math.max(0, Math.min(255, value * scale || 0))));
}
