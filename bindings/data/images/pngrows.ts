// Rows of pixels in PNG files: filters, interlacing, samples of any number of bits, palettes. Source: PNG
// specification, third edition (W3C), whose sections are given.

import { checkFile } from '../../files/fileerror.js';
import type { Pixels } from './pixels.js';
import type { PngHeader } from './png.js';

/** A part of the pixels that is stored as an image of its own. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

const WHOLE: readonly Pass[] = [{ x: 0, y: 0, dx: 1, dy: 1 }];

/** Adam7 (8.2). */
const PASSES: readonly Pass[] = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];

/** The parts that have pixels, with how many rows each has, and how many pixels in a row. */
function passesOf({ width, height, isInterlaced }: PngHeader) {
  const all = (isInterlaced ? PASSES : WHOLE).map((pass) => ({
    ...pass,
    columns: Math.ceil((width - pass.x) / pass.dx),
    rows: Math.ceil((height - pass.y) / pass.dy),
  }));
  return all.filter(({ columns, rows }) => columns > 0 && rows > 0);
}

const rowBytes = ({ depth, samples }: PngHeader, columns: number): number => Math.ceil((columns * samples * depth) / 8);

/** How many bytes all rows have, each with the number of its filter. */
export function rawSize(header: PngHeader): number {
  return passesOf(header).reduce((sum, { columns, rows }) => sum + rows * (1 + rowBytes(header, columns)), 0);
}

/** The image that these rows are. */
export function pixelsOf(
  what: string,
  header: PngHeader,
  raw: Uint8Array,
  palette: Uint8Array | undefined,
  transparency: Uint8Array | undefined,
): Pixels {
  const { width, height, depth, samples, isIndexed } = header;
  const pixelBytes = Math.ceil((depth * samples) / 8);
  const image = { width, height, channels: samples as 1 | 2 | 3 | 4, data: new Uint8Array(width * height * samples) };
  const opaque = !isIndexed && transparency ? new Uint8Array(width * height).fill(255) : undefined;
  let at = 0;
  for (const { x, y, dx, dy, columns, rows } of passesOf(header)) {
    const length = rowBytes(header, columns);
    let before = new Uint8Array(length);
    for (let row = 0; row < rows; row++) {
      const now = raw.subarray(at + 1, at + 1 + length) as Uint8Array<ArrayBuffer>;
      unfilter(what, raw[at]!, now, before, pixelBytes);
      at += 1 + length;
      before = now;
      const start = (y + row * dy) * width + x;
      spread(header, now, columns, image.data, start, dx);
      if (opaque) markKey(header, now, columns, transparency!, opaque, start, dx);
    }
  }
  if (isIndexed) return coloured(what, image, palette!, transparency);
  return opaque ? withOpacity(image, opaque) : image;
}

/** Undoes the filter of a row, in place; `before` is the row above (9.2). */
function unfilter(what: string, filter: number, row: Uint8Array, before: Uint8Array, pixelBytes: number): void {
  checkFile(filter <= 4, () => `${what}: a row has the filter ${filter}, and there are 0 to 4`);
  if (filter === 0) return;
  for (let i = 0; i < row.length; i++) {
    const left = i < pixelBytes ? 0 : row[i - pixelBytes]!;
    const up = before[i]!;
    const corner = i < pixelBytes ? 0 : before[i - pixelBytes]!;
    if (filter === 1) row[i]! += left;
    else if (filter === 2) row[i]! += up;
    else if (filter === 3) row[i]! += (left + up) >> 1;
    else row[i]! += nearest(left, up, corner);
  }
}

/** Paeth's predictor (9.4). */
function nearest(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** A sample of a row, as the number that it is there. */
function sampleAt(row: Uint8Array, depth: number, i: number): number {
  if (depth === 8) return row[i]!;
  if (depth === 16) return row[2 * i]! * 256 + row[2 * i + 1]!;
  const bit = i * depth;
  return (row[bit >> 3]! >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
}

/**
 * Writes the pixels of a row to the image, from pixel `start` on, `step` apart, as bytes; numbers of colours stay what
 * they are.
 */
function spread(
  header: PngHeader,
  row: Uint8Array,
  columns: number,
  to: Uint8Array,
  start: number,
  step: number,
): void {
  const { depth, samples, isIndexed } = header;
  if (depth === 8 && step === 1) return to.set(row, start * samples);
  const scale = depth < 8 && !isIndexed ? 255 / (2 ** depth - 1) : 1;
  for (let column = 0; column < columns; column++) {
    for (let s = 0; s < samples; s++) {
      const i = column * samples + s;
      to[(start + column * step) * samples + s] = depth === 16 ? row[2 * i]! : sampleAt(row, depth, i) * scale;
    }
  }
}

/** Marks the pixels of the one colour that is not opaque. */
function markKey(
  { depth, samples }: PngHeader,
  row: Uint8Array,
  columns: number,
  key: Uint8Array,
  opaque: Uint8Array,
  start: number,
  step: number,
): void {
  for (let column = 0; column < columns; column++) {
    let isKey = true;
    for (let s = 0; s < samples; s++) {
      isKey &&= sampleAt(row, depth, column * samples + s) === sampleAt(key, 16, s);
    }
    if (isKey) opaque[start + column * step] = 0;
  }
}

/** Colours in place of their numbers. */
function coloured(what: string, { data, ...image }: Pixels, palette: Uint8Array, transparency?: Uint8Array): Pixels {
  const channels = transparency ? 4 : 3;
  const out = new Uint8Array(data.length * channels);
  for (let i = 0; i < data.length; i++) {
    const index = data[i]!;
    checkFile(index * 3 < palette.length, () => `${what}: a pixel has the colour ${index}, of ${palette.length / 3}`);
    for (let c = 0; c < 3; c++) out[i * channels + c] = palette[index * 3 + c]!;
    if (transparency) out[i * 4 + 3] = transparency[index] ?? 255;
  }
  return { ...image, channels, data: out };
}

function withOpacity({ data, channels: from, ...image }: Pixels, opaque: Uint8Array): Pixels {
  const channels = from === 1 ? 2 : 4;
  const out = new Uint8Array(opaque.length * channels);
  for (let i = 0; i < opaque.length; i++) {
    for (let c = 0; c < from; c++) out[i * channels + c] = data[i * from + c]!;
    out[i * channels + from] = opaque[i]!;
  }
  return { ...image, channels, data: out };
}
