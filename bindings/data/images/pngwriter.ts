// Writes PNG files. Source: PNG specification, third edition (W3C).

import { crc32 } from '../../files/crc.js';
import { joined } from '../../files/inflate.js';
import type { Channels } from './pixels.js';
import { PNG_SIGNATURE } from './png.js';

/** The type of colour by the number of channels. */
const COLOURS = { 1: 0, 3: 2, 4: 6 };

/** The PNG file of an image, 8 bits a sample. Its rows are not filtered. */
export async function encodePng(
  data: Uint8Array,
  height: number,
  width: number,
  channels: Channels,
): Promise<Uint8Array> {
  const { zlibSync } = await import('../../libraries/fflate.js');
  const length = width * channels;
  const rows = new Uint8Array(height * (1 + length));
  for (let row = 0; row < height; row++) {
    rows.set(data.subarray(row * length, (row + 1) * length), row * (1 + length) + 1);
  }
  const header = Uint8Array.of(...u32(width), ...u32(height), 8, COLOURS[channels], 0, 0, 0);
  const parts = [
    Uint8Array.from(PNG_SIGNATURE),
    chunk('IHDR', header),
    chunk('IDAT', zlibSync(rows)),
    chunk('IEND', new Uint8Array()),
  ];
  return joined(
    parts,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
}

const u32 = (number: number): number[] => [number >>> 24, (number >> 16) & 255, (number >> 8) & 255, number & 255];

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  bytes.set(u32(data.length));
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  bytes.set(u32(crc32(bytes.subarray(4, 8 + data.length))), 8 + data.length);
  return bytes;
}
