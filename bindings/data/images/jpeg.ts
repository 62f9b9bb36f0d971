// JPEG files, by a library. What it is given was looked through before: it believes what a file says. Source: ITU-T
// T.81.

import { messageOf } from '../../errors.js';
import { Cursor } from '../../files/cursor.js';
import { checkFile, FileError } from '../../files/fileerror.js';
import type { Pixels } from './pixels.js';

/** Whether it begins as a JPEG file does. */
export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

/** The second bytes of markers: begin and end of the file, of a scan; the frames that the library reads. */
const START = 0xd8;
const END = 0xd9;
const SCAN = 0xda;
const FRAMES = [0xc0, 0xc1, 0xc2];
/** Other frames: lossless, hierarchical, arithmetic coding. */
const OTHER_FRAMES = [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];

/** Tools write about ten scans. Each goes through all pixels, however short it is. */
const MAX_SCANS = 100;

/** The image in a JPEG file. */
export async function decodeJpeg(what: string, bytes: Uint8Array, maxBytes: number): Promise<Pixels> {
  checkStructure(what, bytes, maxBytes);
  const { decode } = await import('../../libraries/jpeg.js');
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: Infinity,
      maxMemoryUsageInMB: maxBytes / 2 ** 20 + 1,
    });
    return { width, height, channels: 3, data };
  } catch (error) {
    throw new FileError(`${what} is damaged, or of a kind that is not read: ${messageOf(error)}`);
  }
}

/** Goes through all markers: there is one frame, of a size that is allowed and can be in the file, and an end. */
function checkStructure(what: string, bytes: Uint8Array, maxBytes: number): void {
  const cursor = new Cursor(what, bytes, false);
  cursor.take(2);
  let frames = 0;
  let scans = 0;
  for (let marker = nextMarker(cursor); marker !== END; marker = nextMarker(cursor)) {
    checkFile(marker !== START, () => `${what} is damaged: there is a second image in it`);
    checkFile(
      !OTHER_FRAMES.includes(marker),
      () => `${what} is a JPEG file of a kind that is not read (${marker - 0xc0})`,
    );
    const length = cursor.u16();
    const segment = new Cursor(what, cursor.take(length - 2), false);
    if (FRAMES.includes(marker)) {
      checkFile(++frames === 1, () => `${what} is damaged: it has two frames`);
      checkFrame(what, segment, bytes.length, maxBytes);
    }
    if (marker !== SCAN) continue;
    checkFile(frames === 1 && ++scans <= MAX_SCANS, () => `${what} has more than ${MAX_SCANS} scans, or no frame`);
    skipScan(cursor);
  }
  checkFile(scans > 0, () => `${what} has no image in it`);
}

/** The second byte of the marker that follows; any number of 255 may stand before it. */
function nextMarker(cursor: Cursor): number {
  checkFile(cursor.u8() === 0xff, () => `${cursor.what} is damaged: a marker is missing at byte ${cursor.at - 1}`);
  let marker = cursor.u8();
  while (marker === 0xff) marker = cursor.u8();
  return marker;
}

/**
 * Goes to the marker behind the bytes of a scan, in which a 255 is followed by a 0, or by one of the marks of restarts.
 */
function skipScan(cursor: Cursor): void {
  for (;;) {
    while (cursor.u8() !== 0xff);
    const next = cursor.u8();
    if (next === 0 || (next >= 0xd0 && next <= 0xd7)) continue;
    cursor.at -= 2;
    return;
  }
}

function checkFrame(what: string, frame: Cursor, fileBytes: number, maxBytes: number): void {
  const depth = frame.u8();
  const [height, width] = [frame.u16(), frame.u16()];
  const count = frame.u8();
  checkFile(depth === 8, () => `${what} has samples of ${depth} bits, and only those of 8 are read`);
  checkFile(width > 0 && height > 0, () => `${what} has ${width} times ${height} pixels`);
  checkFile(
    count === 1 || count === 3,
    () => `${what} has ${count} components: only grey images and those of colours are read`,
  );
  const parts = Array.from({ length: count }, () => {
    const [id, sampling] = [frame.u8(), frame.u8()];
    frame.u8();
    return { id, across: sampling >> 4, down: sampling & 15 };
  });
  const isRight = parts.every(({ across, down }) => across >= 1 && across <= 4 && down >= 1 && down <= 4);
  checkFile(isRight && frame.left === 0 && new Set(parts.map(({ id }) => id)).size === count, () => {
    return `${what}: its frame is damaged`;
  });
  const [across, down] = [Math.max(...parts.map((part) => part.across)), Math.max(...parts.map((part) => part.down))];
  const units = Math.ceil(width / 8 / across) * Math.ceil(height / 8 / down);
  const blocks = units * parts.reduce((sum, part) => sum + part.across * part.down, 0);
  // The library keeps a block of 64 samples as that many int32 and bytes, and makes three bytes of each pixel.
  checkFile(blocks * 64 * 5 + width * height * 3 <= maxBytes, () => {
    return `${what} has ${width} times ${height} pixels: reading them takes more than ${maxBytes} bytes; pass maxBytes to allow more`;
  });
  checkFile(blocks <= 8 * fileBytes, () => {
    return `${what} says that it has ${width} times ${height} pixels, of which each 64 take a bit at least, and there are ${fileBytes} bytes`;
  });
}
