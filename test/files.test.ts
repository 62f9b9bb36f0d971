// Files of others: containers, and damaged ones of every format. `npm run fuzz:files` reads many more.

import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FileError } from '../bindings/files/fileerror.js';
import { openZip, zip } from '../bindings/files/zip.js';
import { FORMATS } from './files/formats.js';
import { hammer } from './files/hammer.js';
import { Dice, mutate } from './files/mutate.js';
import { type Container, type Packed, zipOf } from './files/zips.js';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

/** All files in a zip file, as text. */
async function unpacked(file: Uint8Array, maxBytes?: number): Promise<Record<string, string>> {
  const files = await openZip('file.zip', file, { maxBytes });
  return Object.fromEntries(files.names.map((name) => [name, text(files.read(name))]));
}

describe('zip files', () => {
  const hello: Packed = { name: 'hello', data: bytes('hello '.repeat(50)), deflated: true };
  const plain: Packed = { name: 'dir/ä.txt', data: bytes('plain') };
  const expected = { hello: 'hello '.repeat(50), 'dir/ä.txt': 'plain' };

  it.each<[string, Uint8Array]>([
    ['as they mostly are', zipOf([hello, plain])],
    ['with a comment', zipOf([hello, plain], { comment: 'a comment with PK\x05\x06 in it' })],
    ['of zip64', zipOf([hello, plain], { zip64: true })],
    [
      'that were written to a stream',
      zipOf([
        { ...hello, follows: true },
        { ...plain, follows: true },
      ]),
    ],
    ['with folders', zipOf([{ name: 'dir/', data: bytes('') }, hello, plain])],
  ])('are read %s', async (_, file) => {
    expect(await unpacked(file)).toEqual(expected);
  });

  it('are written, aligned, with the same bytes each time', async () => {
    const content = [0, 1, 63, 64, 200].map((n) => [`folder/${n}.bin`, new Uint8Array(n).fill(n)] as const);
    const file = zip(content, { align: 64 });
    expect(zip(content, { align: 64 })).toEqual(file);
    const files = await openZip('file.zip', file);
    for (const [name, data] of content) {
      expect(files.read(name)).toEqual(data);
      expect(files.read(name).byteOffset % 64).toBe(0);
      expect(files.sizeOf(name)).toBe(data.length);
    }
    expect(await unpacked(zip([]))).toEqual({});
    expect(await unpacked(zip([['a', bytes('b')]]))).toEqual({ a: 'b' });
    expect(zip([['a', bytes('b')]]).length).toBe(30 + 1 + 1 + 46 + 1 + 22);
  });

  it('say which files there are if one is missing', async () => {
    const files = await openZip('file.zip', zipOf([plain]));
    expect(files.has('dir/ä.txt') && !files.has('other')).toBe(true);
    expect(() => files.read('other')).toThrow(/^file.zip: there is no 'other' in it \(dir\/ä.txt\)$/);
  });

  it('count what comes out of all files together', async () => {
    const two = zipOf([hello, { ...hello, name: 'again' }, plain]);
    expect(await unpacked(two, 600)).toMatchObject({ hello: expected.hello });
    await expect(unpacked(two, 599)).rejects.toThrow(
      "file.zip: 'again' has 300 bytes, and 299 of maxBytes, 599, are left",
    );
  });

  const bomb = deflateRawSync(new Uint8Array(5e6));
  const cut = (file: Uint8Array, end: number): Uint8Array => file.slice(0, end);
  const changed = (file: Uint8Array, at: number): Uint8Array => Uint8Array.from(file, (b, i) => (i === at ? b ^ 1 : b));
  const one = (entry: Partial<Packed>, container?: Container): Uint8Array => zipOf([{ ...hello, ...entry }], container);
  const both = (head: Packed['local']): Partial<Packed> => ({ local: head, central: head });
  const named = (name: string): Uint8Array => one({ name });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /is no zip file, or is cut short/],
    ['one that is cut short', cut(one({}), 100), /is no zip file, or is cut short/],
    ['a name twice', zipOf([hello, hello]), /there are two files named 'hello'/],
    ['an encrypted file', one(both({ flags: 0x801 })), /'hello' is encrypted/],
    ['a method that is not there', one(both({ method: 12 })), /compressed by method 12/],
    ['a wrong sum', one(both({ crc: 1 })), /'hello' is damaged: its check sum is wrong/],
    ['a changed byte', changed(zipOf([plain]), 41), /its check sum is wrong/],
    ['a size that is too small', one(both({ size: 299 })), /becomes another number of bytes than the 299/],
    ['a size that is too large', one(both({ size: 301 })), /becomes another number of bytes than the 301/],
    ['a size that cannot be', one(both({ size: 1e9 })), /says that its \d+ bytes become 1000000000, which cannot be/],
    ['a bomb that says a small size', one({ bytes: bomb }), /becomes another number of bytes than the 300/],
    ['compressed bytes that are none', one({ bytes: new Uint8Array(99).fill(255) }), /compressed bytes are damaged/],
    ['compressed bytes that end early', one({ bytes: cut(deflateRawSync(hello.data), 5) }), /are damaged/],
    [
      'bytes behind the compressed ones',
      one({ bytes: zeros(deflateRawSync(hello.data), 1e5) }),
      /100000 bytes follow the end of its compressed ones/,
    ],
    [
      'a byte behind the compressed ones',
      one({ bytes: zeros(deflateRawSync(hello.data), 1) }),
      /1 bytes follow the end/,
    ],
    ['compressed bytes without an end', one({ bytes: stored(hello.data) }), /are damaged|end early/],
    ['a stored file of two sizes', zipOf([{ ...plain, central: { size: 4 } }]), /stored, yet says two sizes/],
    ['another size in its head', one({ local: { size: 5 } }), /its head contradicts the directory/],
    ['another name in its head', one({ local: { name: 'other' } }), /its head contradicts the directory/],
    ['a file that is elsewhere', one({ central: { offset: 3 } }), /is not where the directory says, at byte 3/],
    [
      'a file in another one',
      zipOf([hello, { ...plain, central: { offset: 0 } }]),
      /'dir\/ä.txt' overlaps another file/,
    ],
    ['a size beyond the directory', zipOf([{ ...plain, ...both({ size: 99, packed: 99 }) }]), /cut short or damaged/],
    ['an absolute path', named('/etc/passwd'), /"\/etc\/passwd" is no name/],
    ['a path of Windows', named('C:\\x'), /is no name/],
    ['a path that leads out', named('a/../../b'), /"a\/..\/..\/b" is no name/],
    ['a name that is not there', named(''), /"" is no name/],
    ['a name with a zero', named('a\0b'), /is no name/],
    ['more files than there are', one({}, { end: { count: 3 } }), /3 files do not fit into its directory of \d+ bytes/],
    ['fewer files than there are', zipOf([hello, plain], { end: { count: 1 } }), /bytes more than its 1 files take/],
    ['far too many files', one({}, { zip64: true, end64: { count: 2n ** 40n } }), /at most 65535 are read/],
    ['a directory elsewhere', one({}, { end: { offset: 1 } }), /does not end where it must/],
    ['a part of several', one({}, { end: { disk: 2 } }), /is one of several parts/],
    ['zip64 that is elsewhere', one({}, { zip64: true, end64: { at: 7n } }), /its zip64 record is not where it says/],
    ['zip64 far behind the end', one({}, { zip64: true, end64: { at: 2n ** 60n } }), /is no size of anything/],
    ['zip64 with a huge directory', one({}, { zip64: true, end64: { size: 2n ** 50n } }), /does not end where it must/],
    ['zip64 that contradicts', one({}, { zip64: true, end: { count: 2 } }), /contradicts the one at its end/],
    [
      'zip64 without its numbers',
      one({ central: { extra: new Uint8Array(0) } }, { zip64: true }),
      /zip64 field is missing/,
    ],
  ])('are refused with %s', async (_, file, message) => {
    const start = performance.now();
    const error = await unpacked(file).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/^file.zip/);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  /** A stored block that is not the last one. */
  function stored(data: Uint8Array): Uint8Array {
    return Uint8Array.of(
      0,
      data.length & 255,
      data.length >> 8,
      ~data.length & 255,
      (~data.length >> 8) & 255,
      ...data,
    );
  }

  function zeros(front: Uint8Array, more: number): Uint8Array {
    const all = new Uint8Array(front.length + more);
    all.set(front);
    return all;
  }
});

describe('damaged files', () => {
  it('are the same ones for the same dice, and differ', () => {
    const examples = [bytes('{"shape":[1,2,3]}'), new Uint8Array(100)];
    const some = Array.from({ length: 300 }, (_, seed) => mutate(examples, new Dice(seed)));
    expect(Array.from({ length: 300 }, (_, seed) => mutate(examples, new Dice(seed)))).toEqual(some);
    expect(new Set(some.map(String)).size).toBeGreaterThan(250);
  });

  it('are found, where they are not borne, by a number that finds them again', async () => {
    const format = {
      examples: () => [bytes('an example')],
      read(file: Uint8Array) {
        if (file.length === 3) throw new TypeError('three');
      },
    };
    const { found } = await hammer(format, { seed: 2, count: 5000 });
    expect(found).toMatchObject({ error: new TypeError('three'), bytes: { length: 3 } });
    const again = await hammer(format, { seed: 2, count: 1, from: found!.at });
    expect(again.found).toEqual(found);
  });

  it.each(Object.entries(FORMATS))('of %s are read, or refused', async (_, format) => {
    const { share: count = 300 } = format;
    const { found, read } = await hammer(format, { seed: 1, count });
    expect(found?.error).toBeUndefined();
    expect(read).toBeLessThan(count);
  });
});
