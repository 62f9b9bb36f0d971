// The formats that are read, a row each.

import { gzipSync } from 'node:zlib';
import { readCsv, readIdx, readJsonLines, readNpy, readNpz, streamCsv } from '../../bindings/data.js';
import { openZip, zip } from '../../bindings/files/zip.js';
import { idxOf, npyOf } from './arrays.js';
import type { Format } from './hammer.js';
import { zipOf } from './zips.js';

/** So little may come out of a mutant that is compressed. */
const MAX_BYTES = 1 << 20;

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * i) & 63);

const npy = (descr: string, shape: string, bytes: Uint8Array, order = 'False'): Uint8Array =>
  npyOf(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`, bytes);

const NPY = [
  npy('<f4', '2, 3', bytesOf(24)),
  npy(
    '>i8',
    '2,',
    bytesOf(16).map((byte, i) => (i % 8 < 3 ? 0 : byte)),
    'True',
  ),
  npy('|b1', '', bytesOf(1)),
  npy('<f2', '2, 2, 2', bytesOf(16), 'True'),
];
const IDX = [idxOf(8, [2, 2, 3], bytesOf(12)), idxOf(14, [2], bytesOf(16)), idxOf(11, [0, 5], bytesOf(0))];

const textBytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const FORMATS: Readonly<Record<string, Format>> = {
  csv: {
    examples: () => [
      textBytes('a,b,y\n1,2.5,yes\n-3,4e5,no\n'),
      textBytes('\uFEFFa,b,y\r\n"1","two ""2"" €, and",0\r\n3,"a\nb",1'),
      textBytes('__proto__,y,constructor\n5,7,\n8,9,word\n'),
    ],
    async read(bytes) {
      const options = { target: 'y', missing: { constructor: 'none' } } as const;
      const { x, y } = await readCsv(
        bytes,
        bytes.includes(99) ? options : { target: 'y', oneHot: true, missing: 'drop' },
      );
      const stream = await streamCsv(bytes, { target: 'y', missing: 'drop', batchSize: 2 });
      let rows = 0;
      for await (const [part] of stream) rows += part.shape[0]!;
      if (rows !== stream.count || x.shape[0]! < rows || y.length !== x.shape[0]) throw new Error('other rows');
    },
  },
  jsonlines: {
    examples: () => [
      textBytes('{"a":1,"b":[2.5,[true,false]],"y":"yes"}\n{"a":-3e2,"b":[0,[true,true]],"y":"no"}\n'),
      textBytes('[1,2,"a"]\r\n[3,4,"b"]'),
      textBytes('{"y":5,"a":null,"b":"\\u00e4€\\\\"}\n\n{"b":"ä","a":15e-1,"y":6}\n'),
    ],
    read: (bytes) => readJsonLines(bytes, { missing: bytes.length % 2 ? 'drop' : 0, oneHot: true }),
  },
  idx: {
    inflates: true,
    examples: () => [...IDX, gzipSync(IDX[0]!)],
    read: (bytes) => readIdx(bytes, { maxBytes: MAX_BYTES }),
  },
  npy: { examples: () => NPY, read: readNpy },
  npz: {
    inflates: true,
    examples: () => [
      zip(NPY.map((bytes, i) => [`${i}.npy`, bytes] as const)),
      zipOf([{ name: 'a.npy', data: NPY[0]!, deflated: true }]),
    ],
    read: (bytes) => readNpz(bytes, { maxBytes: MAX_BYTES }),
  },
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
