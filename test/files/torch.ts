// Files of torch.save for the fuzzer: whole ones, and their pickles alone.

import { readFileSync } from 'node:fs';
import { crc32 } from '../../bindings/files/crc.js';
import { openZip, zip } from '../../bindings/files/zip.js';
import { readState } from '../../bindings/pytorch/statefile.js';
import { elementsOf } from '../../bindings/pytorch/strided.js';
import { torchFile } from '../../bindings/pytorch/torchsave.js';
import { sizeOf } from '../../bindings/shape.js';
import type { Format } from './hammer.js';

/** What PyTorch wrote, and what is written here. */
const EXAMPLES = ['square', 'views', 'checkpoint', 'bfloat16', 'whole', 'attention'].map((name) =>
  Uint8Array.from(readFileSync(`test/pytorch/fixtures/${name}.pt`)),
);
const WRITTEN = torchFile(new Map([['a.weight', { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }]]));

/** Models have tensors of a size that was there before; nothing larger is made of a file. */
const MAX_SIZE = 64;

async function read(bytes: Uint8Array): Promise<void> {
  const { what, tensors } = await readState('read', bytes, 1 << 20);
  for (const t of tensors.values()) {
    const size = sizeOf(t.shape);
    if (size > MAX_SIZE) continue;
    const { length } = elementsOf(what, t);
    if (length !== size) throw new Error(`${length} elements of ${size}`);
  }
}

/** A stored zip file with the check sums that its files have. */
export function mendZip(bytes: Uint8Array): Uint8Array {
  const out = Uint8Array.from(bytes);
  const view = new DataView(out.buffer);
  for (let at = 0; at + 46 <= out.length; at++) {
    if (view.getUint32(at, true) !== 0x02014b50) continue;
    const [size, local] = [view.getUint32(at + 24, true), view.getUint32(at + 42, true)];
    if (local + 30 > out.length) continue;
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const crc = crc32(out.subarray(start, start + size));
    view.setUint32(at + 16, crc, true);
    // Where the sum follows the bytes the head has 0.
    if (view.getUint32(local + 14, true) !== 0) view.setUint32(local + 14, crc, true);
  }
  return out;
}

/** The pickles of the examples, each with storages that are long enough. */
async function pickles(): Promise<Uint8Array[]> {
  const files = await Promise.all(EXAMPLES.map((bytes) => openZip('example', bytes)));
  return files.map((file) => file.read(file.names.find((name) => name.endsWith('data.pkl'))!).slice());
}

const STORAGES = Array.from({ length: 8 }, (_, i) => [`a/data/${i}`, new Uint8Array(256)] as const);

export const TORCH: Readonly<Record<string, Format>> = {
  torch: { inflates: true, examples: () => [...EXAMPLES, WRITTEN], read, mend: mendZip },
  pickle: {
    inflates: true, // what the zip is made of here is counted, too
    examples: pickles,
    read: (bytes) => read(zip([['a/data.pkl', bytes], ...STORAGES])),
  },
};
