// PNG files: their chunks, and what is in them. Source: PNG specification, third edition (W3C), whose sections are
// given. Not here: rows of pixels (pngrows.ts).

import { crc32 } from '../../files/crc.js';
import { Cursor } from '../../files/cursor.js';
import { checkFile } from '../../files/fileerror.js';
import { inflater } from '../../files/inflate.js';
import type { Pixels } from './pixels.js';
import { pixelsOf, rawSize } from './pngrows.js';

/** What the chunk IHDR says (11.2.1). */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  /** Samples of a pixel, in the file. */
  readonly samples: number;
  /** Each sample is the number of a colour. */
  readonly isIndexed: boolean;
  readonly isInterlaced: boolean;
}

/** A PNG file, with its rows still compressed. */
interface Chunks {
  readonly header: PngHeader;
  /** Red, green and blue of each colour. */
  readonly palette: Uint8Array | undefined;
  /** How opaque each colour is, or the one colour that is not at all (11.3.1.1). */
  readonly transparency: Uint8Array | undefined;
  readonly compressed: Uint8Array;
}

/** The samples of a pixel, and how many bits each may have, by the type of colour. */
const COLOURS = new Map<number, { readonly samples: number; readonly depths: readonly number[] }>([
  [0, { samples: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { samples: 3, depths: [8, 16] }],
  [3, { samples: 1, depths: [1, 2, 4, 8] }],
  [4, { samples: 2, depths: [8, 16] }],
  [6, { samples: 4, depths: [8, 16] }],
]);

export const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether it begins as a PNG file does. */
export const isPng = (bytes: Uint8Array): boolean => PNG_SIGNATURE.every((byte, i) => bytes[i] === byte);

/** The image in a PNG file. Of samples of 16 bits the upper 8 are read. */
export async function decodePng(what: string, bytes: Uint8Array, maxBytes: number): Promise<Pixels> {
  const chunks = readChunks(what, bytes, maxBytes);
  const size = rawSize(chunks.header);
  const raw = await unzlib(what, chunks.compressed, size);
  return pixelsOf(what, chunks.header, raw, chunks.palette, chunks.transparency);
}

function readChunks(what: string, bytes: Uint8Array, maxBytes: number): Chunks {
  const cursor = new Cursor(what, bytes, false);
  cursor.take(PNG_SIGNATURE.length);
  let header: PngHeader | undefined;
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  const compressed = new Uint8Array(bytes.length);
  let size = 0;
  for (let type = ''; type !== 'IEND'; ) {
    const length = cursor.u32();
    const start = cursor.at;
    type = String.fromCharCode(...cursor.take(4));
    const data = cursor.take(length);
    const sum = crc32(bytes.subarray(start, cursor.at));
    checkFile(
      cursor.u32() === sum,
      () => `${what} is damaged: a check sum is wrong, that of the chunk ${JSON.stringify(type)}`,
    );
    checkFile((type === 'IHDR') === (header === undefined), () => `${what} must begin with one chunk IHDR`);
    if (type === 'IHDR') header = readHeader(what, data, maxBytes);
    else if (type === 'PLTE') palette = data;
    else if (type === 'tRNS') transparency = data;
    else if (type === 'IDAT') {
      compressed.set(data, size);
      size += length;
    }
    // A capital letter: without it the image can't be shown (5.4).
    else
      checkFile(
        type === 'IEND' || (bytes[start]! & 32) !== 0,
        () => `${what}: the chunk ${JSON.stringify(type)} is not known`,
      );
  }
  checkColours(what, header!, palette, transparency);
  return { header: header!, palette, transparency, compressed: compressed.subarray(0, size) };
}

function readHeader(what: string, data: Uint8Array, maxBytes: number): PngHeader {
  const cursor = new Cursor(`${what}: its header`, data, false);
  const [width, height] = [cursor.u32(), cursor.u32()];
  const [depth, colour, compression, filter, interlace] = cursor.take(5);
  const known = COLOURS.get(colour!);
  const isKnown = known?.depths.includes(depth!) && compression === 0 && filter === 0 && interlace! <= 1;
  checkFile(known !== undefined && isKnown === true && cursor.left === 0, () => {
    return `${what}: its header is damaged: there are no images of the type ${colour} with ${depth} bits`;
  });
  checkFile(width > 0 && height > 0, () => `${what} has ${width} times ${height} pixels`);
  const { samples } = known;
  const header = { width, height, depth: depth!, samples, isIndexed: colour === 3, isInterlaced: interlace === 1 };
  checkFile(Math.max(rawSize(header), width * height * 4) <= maxBytes, () => {
    return `${what} has ${width} times ${height} pixels, more than ${maxBytes} bytes; pass maxBytes to allow more`;
  });
  return header;
}

function checkColours(what: string, header: PngHeader, palette?: Uint8Array, transparency?: Uint8Array): void {
  const { isIndexed, samples, depth } = header;
  const count = (palette?.length ?? 0) / 3;
  const fits = isIndexed ? count >= 1 && count <= 2 ** depth && Number.isInteger(count) : true;
  checkFile(fits, () => `${what}: its palette has ${palette?.length ?? 0} bytes, for images of ${depth} bits`);
  if (transparency === undefined) return;
  const isRight = isIndexed ? transparency.length <= count : samples % 2 === 1 && transparency.length === 2 * samples;
  checkFile(isRight, () => `${what}: its chunk tRNS has ${transparency.length} bytes, which do not fit its colours`);
}

/** What a stream of zlib becomes, which must be of this size. Source: RFC 1950. */
async function unzlib(what: string, bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const [method = 0, flags = 0] = bytes;
  const isKnown = (method & 15) === 8 && (method * 256 + flags) % 31 === 0 && (flags & 32) === 0;
  checkFile(isKnown && bytes.length >= 6, () => `${what}: its compressed rows are damaged`);
  const wrong = (): string =>
    `${what}: its compressed rows become another number of bytes than the ${size} of its pixels`;
  checkFile(size <= 1032 * bytes.length, wrong);
  const inflate = await inflater();
  const { made, used } = inflate(what, bytes.subarray(2, -4), size, wrong);
  checkFile(made.length === size && used === bytes.length - 6, wrong);
  const sum = new Cursor(what, bytes.subarray(-4), false).u32();
  checkFile(sum === adler32(made), () => `${what} is damaged: the check sum of its rows is wrong`);
  return made;
}

/** The check sum of zlib. */
function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length; ) {
    // As many bytes as can be added before 32 bits overflow.
    for (const end = Math.min(at + 3800, bytes.length); at < end; at++) {
      a += bytes[at]!;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}
