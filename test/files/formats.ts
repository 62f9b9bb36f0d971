// The formats that are read, a row each.

import { openZip, zip } from '../../bindings/files/zip.js';
import type { Format } from './hammer.js';
import { zipOf } from './zips.js';

/** So little may come out of a mutant that is compressed. */
const MAX_BYTES = 1 << 20;

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * i) & 63);

export const FORMATS: Readonly<Record<string, Format>> = {
  zip: {
    inflates: true,
    examples: () => [
      zip([['a', bytesOf(5)] as const, ['folder/b', bytesOf(70)] as const], { align: 64 }),
      zipOf([{ name: 'a', data: bytesOf(300), deflated: true }]),
      zipOf([
        { name: 'a', data: bytesOf(30), deflated: true, follows: true },
        { name: 'b', data: bytesOf(3) },
      ]),
      zipOf([{ name: 'a', data: bytesOf(30), deflated: true }], { zip64: true, comment: 'four' }),
    ],
    async read(bytes) {
      const files = await openZip('file.zip', bytes, { maxBytes: MAX_BYTES });
      for (const name of files.names) files.read(name);
    },
  },
};
