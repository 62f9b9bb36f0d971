// PNG files by hand, of every kind, which may lie.

import { deflateSync } from 'node:zlib';
import { crc32 } from '../../bindings/files/crc.js';

export interface Png {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  /** 0 grey, 2 colours, 3 a palette, 4 grey and opaque, 6 colours and opaque. */
  readonly colour: number;
  readonly interlaced?: boolean;
  /** The filter of row number `row` of a pass; default 0. */
  readonly filter?: (row: number) => number;
  /** Sample number `s` of a pixel. */
  readonly sample: (x: number, y: number, s: number) => number;
  readonly palette?: readonly number[];
  readonly transparency?: readonly number[];
  /** The bytes that are compressed, in place of the rows. */
  readonly raw?: Uint8Array;
  /** Bytes of an IDAT chunk; default all. */
  readonly part?: number;
  /** Chunks behind the header. */
  readonly more?: readonly (readonly [type: string, data: Uint8Array])[];
}

const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const u32 = (n: number): number[] => [24, 16, 8, 0].map((bit) => (n >>> bit) & 255);

function chunk(type: string, data: ArrayLike<number>): number[] {
  const body = [...Array.from(type, (letter) => letter.charCodeAt(0)), ...Array.from(data)];
  return [...u32(data.length), ...body, ...u32(crc32(Uint8Array.from(body)))];
}

const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The rows before compression. */
function rowsOf({ width, height, depth, colour, interlaced, filter = () => 0, sample }: Png): Uint8Array {
  const samples = SAMPLES[colour] ?? 1;
  const bpp = Math.max(1, (depth * samples) >> 3);
  const out: number[] = [];
  for (const [x0, y0, dx, dy] of interlaced ? PASSES : [[0, 0, 1, 1] as const]) {
    let before: number[] = [];
    for (let y = y0, row = 0; y < height && x0 < width; y += dy, row++) {
      let bits = '';
      for (let x = x0; x < width; x += dx) {
        for (let s = 0; s < samples; s++) bits += sample(x, y, s).toString(2).padStart(depth, '0');
      }
      const bytes = (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
      const f = filter(row);
      const at = (list: number[], i: number): number => list[i] ?? 0;
      const filtered = bytes.map((byte, i) => {
        const [a, b, c] = [at(bytes, i - bpp), at(before, i), at(before, i - bpp)];
        const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
        const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
        return (byte - ([0, a, b, (a + b) >> 1, paeth][f] ?? 0)) & 255;
      });
      out.push(f, ...filtered);
      before = bytes;
    }
  }
  return Uint8Array.from(out);
}

export function pngOf(png: Png): Uint8Array {
  const { width, height, depth, colour, interlaced = false, palette, transparency, raw, more = [] } = png;
  const packed = deflateSync(raw ?? rowsOf(png));
  const { part = packed.length } = png;
  const parts = Array.from({ length: Math.ceil(packed.length / part) }, (_, i) =>
    packed.subarray(i * part, (i + 1) * part),
  );
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk('IHDR', [...u32(width), ...u32(height), depth, colour, 0, 0, interlaced ? 1 : 0]),
    ...more.flatMap(([type, data]) => chunk(type, data)),
    ...(palette ? chunk('PLTE', palette) : []),
    ...(transparency ? chunk('tRNS', transparency) : []),
    ...parts.flatMap((data) => chunk('IDAT', data)),
    ...chunk('IEND', []),
  ]);
}

/** Puts right the check sums of the chunks, as far as there are such. */
export function mendPng(bytes: Uint8Array): Uint8Array {
  const mended = Uint8Array.from(bytes);
  const view = new DataView(mended.buffer);
  for (let at = 8; at + 12 <= mended.length; ) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > mended.length) break;
    view.setUint32(end, crc32(mended.subarray(at + 4, end)));
    at = end + 4;
  }
  return mended;
}
