// Small images as PNG, in a data URL: pixels of a figure. They are not compressed, which takes no library and no
// waiting. Source: the PNG specification of the W3C (third edition), and RFC 1950 and 1951.

import { crc32 } from '../files/crc.js';

/** Bytes of pixels, row by row: 1 a pixel for grey, 3 for RGB, 4 for RGBA. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly bytes: Uint8Array;
}

const COLOR_TYPE = { 1: 0, 3: 2, 4: 6 } as const;

/** A data URL. */
export function pngUrl({ width, height, channels, bytes }: Pixels): string {
  const line = width * channels;
  const raw = new Uint8Array(height * (line + 1)); // each line begins with its filter, 0
  for (let y = 0; y < height; y++) raw.set(bytes.subarray(y * line, (y + 1) * line), y * (line + 1) + 1);
  const head = new Uint8Array([...word(width), ...word(height), 8, COLOR_TYPE[channels], 0, 0, 0]);
  const file = [SIGNATURE, ...chunk('IHDR', head), ...chunk('IDAT', stored(raw)), ...chunk('IEND', new Uint8Array())];
  const text = file.map((part) => Array.from(part, (byte) => String.fromCharCode(byte)).join('')).join('');
  return `data:image/png;base64,${btoa(text)}`;
}

const SIGNATURE = /*@__PURE__*/ Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

const word = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);

function chunk(name: string, data: Uint8Array): Uint8Array[] {
  const type = Uint8Array.from(name, (letter) => letter.charCodeAt(0));
  return [Uint8Array.from(word(data.length)), type, data, Uint8Array.from(word(crc32(data, crc32(type))))];
}

const MAX_BLOCK = 65535;

/** A zlib stream whose blocks are stored as they are. */
function stored(raw: Uint8Array): Uint8Array {
  const blocks: number[] = [0x78, 0x01];
  for (let at = 0; at === 0 || at < raw.length; at += MAX_BLOCK) {
    const part = raw.subarray(at, at + MAX_BLOCK);
    const { length } = part;
    blocks.push(+(at + MAX_BLOCK >= raw.length), length & 255, length >> 8, ~length & 255, (~length >> 8) & 255);
    for (const byte of part) blocks.push(byte);
  }
  let [a, b] = [1, 0];
  for (const byte of raw) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return Uint8Array.from([...blocks, ...word(b * 65536 + a)]);
}
