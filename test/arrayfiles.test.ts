// Arrays in files: NPY and NPZ as NumPy writes them and reads them, IDX, and files that lie.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileError, readIdx, readNpy, readNpz, type Shaped, writeNpy, writeNpz } from '../bindings/data.js';
import { tensor } from '../bindings/tensor.js';
import { idxOf, npyOf } from './files/arrays.js';
import { zipOf } from './files/zips.js';
import { noNumpy, numpy } from './numpy.js';

const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

/** A place that keeps what is written to it. */
function kept() {
  let bytes = new Uint8Array();
  return {
    name: 'memory',
    read: async () => bytes,
    write: async (written: Uint8Array) => void (bytes = Uint8Array.from(written)),
  };
}

const TYPES: Record<string, [numbers: string, array: string]> = {
  '?': ['True, False, True, True, False, False', 'Uint8Array'],
  u1: ['0, 1, 127, 128, 254, 255', 'Uint8Array'],
  i1: ['0, 1, -1, 127, -127, -128', 'Int8Array'],
  u2: ['0, 1, 255, 256, 32768, 65535', 'Uint16Array'],
  i2: ['0, 1, -1, 256, 32767, -32768', 'Int16Array'],
  u4: ['0, 1, 255, 65536, 2147483648, 4294967295', 'Uint32Array'],
  i4: ['0, 1, -1, 65536, 2147483647, -2147483648', 'Int32Array'],
  u8: ['0, 1, 255, 65536, 4294967296, 9007199254740991', 'Float64Array'],
  i8: ['0, 1, -1, 4294967296, 9007199254740991, -9007199254740991', 'Float64Array'],
  f2: ['0, -0.0, 1, -65504, 6e-8, np.inf', 'Float32Array'],
  f4: ['0, -0.0, 0.1, -3e38, 1e-45, np.nan', 'Float32Array'],
  f8: ['0, -0.0, 0.1, -1e308, 5e-324, -np.inf', 'Float64Array'],
};

/** Numbers as Python prints them. */
const fromPython = (text: string): number[] =>
  JSON.parse(text.replace(/NaN/g, '"NaN"').replace(/(-?)Infinity/g, '"$1Infinity"')).map(Number);

describe.skipIf(noNumpy())(`NPY files of NumPy ${noNumpy() ?? ''}`, () => {
  const lines = new Map<string, number[]>();

  beforeAll(() => {
    const types = Object.entries(TYPES).map(([type, [numbers]]) => `'${type}': [${numbers}]`);
    const printed = numpy(
      `
import json
for type, numbers in {${types}}.items():
    for order in '<>':
        a = np.array(numbers, np.dtype(type).newbyteorder(order))
        np.save(f'{sys.argv[1]}/{ord(order)}{ord(type[0])}{type[1:]}.npy', a.reshape(2, 3))
    print(json.dumps([float(x) for x in a]))
a = np.arange(24, dtype='f4').reshape(2, 3, 4)
np.save(sys.argv[1] + '/fortran.npy', np.asfortranarray(a))
np.save(sys.argv[1] + '/column.npy', np.asfortranarray(a.reshape(6, 4)).astype('>u2', order='F'))
np.save(sys.argv[1] + '/scalar.npy', np.float32(2.5))
np.save(sys.argv[1] + '/empty.npy', np.zeros((3, 0, 2)))
np.save(sys.argv[1] + '/one.npy', np.zeros(1, 'i8'))
np.save(sys.argv[1] + '/words.npy', np.array(['a', 'b']))
np.save(sys.argv[1] + '/record.npy', np.zeros(2, [('a', 'f4'), ('b', 'i4')]))
np.save(sys.argv[1] + '/objects.npy', np.array([{}, None]), allow_pickle=True)
np.save(sys.argv[1] + '/large.npy', np.array([0, 2 ** 53], 'i8'))
with open(sys.argv[1] + '/version3.npy', 'wb') as f: np.lib.format.write_array(f, np.ones(2), (3, 0))
np.savez(sys.argv[1] + '/stored.npz', a, labels=np.array([1, 2, 3]))
np.savez_compressed(sys.argv[1] + '/packed.npz', x=np.zeros((100, 100)), y=np.arange(100))
`,
      folder,
    );
    const numbers = printed.trim().split('\n').map(fromPython);
    Object.keys(TYPES).forEach((type, i) => void lines.set(type, numbers[i]!));
  });

  it.each(Object.entries(TYPES))('are read: numbers of the type %s', async (type, [, array]) => {
    for (const order of '<>') {
      const name = `${order.charCodeAt(0)}${type.charCodeAt(0)}${type.slice(1)}.npy`;
      const { data, shape } = await readNpy(path(name));
      expect(shape).toEqual([2, 3]);
      expect(Object.prototype.toString.call(data)).toBe(`[object ${array}]`);
      expect(Array.from(data)).toEqual(lines.get(type));
    }
  });

  it('are read in any order of axes, of any rank', async () => {
    const all = Array.from({ length: 24 }, (_, i) => i);
    expect(await readNpy(path('fortran.npy'))).toEqual({ data: Float32Array.from(all), shape: [2, 3, 4] });
    expect(await readNpy(path('column.npy'))).toEqual({ data: Uint16Array.from(all), shape: [6, 4] });
    expect(await readNpy(path('scalar.npy'))).toEqual({ data: Float32Array.of(2.5), shape: [] });
    expect(await readNpy(path('empty.npy'))).toEqual({ data: new Float64Array(), shape: [3, 0, 2] });
    expect(await readNpy(path('one.npy'))).toEqual({ data: Int32Array.of(0), shape: [1] });
    expect(await readNpy(path('version3.npy'))).toEqual({ data: Float64Array.of(1, 1), shape: [2] });
  });

  it.each([
    ['words', "its elements have the type '<U1'; known are b1, u1, i1,"],
    ['objects', "the type '|O', objects of Python, which only running code could read"],
    [
      'record',
      "its header must have 'descr', 'fortran_order' and 'shape', for numbers of one type; it is {'descr': [('a'",
    ],
    ['large', 'element 1 is beyond 2^53'],
  ])('are refused where they hold %s', async (name, message) => {
    const error = await readNpy(path(`${name}.npy`)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toContain(`readNpy: ${path(name)}.npy`);
    expect((error as Error).message).toContain(message);
  });

  it('are many in an NPZ file, stored or compressed', async () => {
    const stored = await readNpz(path('stored.npz'));
    expect(Object.keys(stored)).toEqual(['labels', 'arr_0']);
    expect(stored['arr_0']!.shape).toEqual([2, 3, 4]);
    expect(stored['labels']!.data).toEqual(Int32Array.of(1, 2, 3));
    const packed = await readNpz(readFileSync(path('packed.npz')), { names: ['y'], maxBytes: 1000 });
    expect(Object.entries(packed)).toEqual([
      ['y', { data: Int32Array.from({ length: 100 }, (_, i) => i), shape: [100] }],
    ]);
    await expect(readNpz(path('packed.npz'), { maxBytes: 50_000 })).rejects.toThrow(
      /'x.npy' has 80128 bytes, and 50000 of maxBytes/,
    );
    await expect(readNpz(path('packed.npz'), { names: ['z'] })).rejects.toThrow(
      /there is no 'z.npy' in it \(x.npy, y.npy\)/,
    );
  });

  it('are written for it', async () => {
    await writeNpy(path('a.npy'), { data: Int16Array.of(1, -2, 3, 4, 5, 6), shape: [3, 2] });
    await writeNpy(path('b.npy'), Float32Array.of(0.5));
    await writeNpy(path('c.npy'), { data: Uint8ClampedArray.of(7), shape: [] });
    await writeNpz(path('all.npz'), {
      'a/ä': [
        [1, 2.5],
        [true, 4],
      ] as never,
      t: tensor([1, 2, 3], undefined, 'int32'),
    });
    const printed = numpy(
      `
for name in 'abc':
    a = np.load(f'{sys.argv[1]}/{name}.npy')
    print(a.dtype, a.shape, a.tolist())
for name, a in np.load(sys.argv[1] + '/all.npz').items(): print(name, a.dtype, a.shape, a.tolist())
`,
      folder,
    );
    expect(printed.trim().split('\n')).toEqual([
      'int16 (3, 2) [[1, -2], [3, 4], [5, 6]]',
      'float32 (1,) [0.5]',
      'uint8 () 7',
      'a/ä float64 (2, 2) [[1.0, 2.5], [1.0, 4.0]]',
      't int32 (3,) [1, 2, 3]',
    ]);
  });
});

const bits = (data: Shaped['data']): Uint8Array =>
  new Uint8Array(data.buffer as ArrayBuffer, (data as Uint8Array).byteOffset, (data as Uint8Array).byteLength);

describe('NPY files', () => {
  it.each([Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array])(
    'come back with the same bits: %o',
    async (Type) => {
      const random = Uint8Array.from({ length: 6 * Type.BYTES_PER_ELEMENT }, (_, i) => (i * 2654435761) >>> 24);
      const data = new Type(random.buffer);
      const place = kept();
      await writeNpy(place, { data, shape: [1, 2, 3] });
      const read = await readNpy(place);
      expect([read.shape, read.data.constructor]).toEqual([[1, 2, 3], Type]);
      expect(bits(read.data)).toEqual(random);
      expect((await place.read()).length % 64).toBe(random.length % 64);
    },
  );

  it('begin their elements at a multiple of 64, however long the header is', async () => {
    for (let rank = 0; rank < 20; rank++) {
      const place = kept();
      await writeNpy(place, { data: Uint8Array.of(9), shape: Array(rank).fill(1) });
      const bytes = await place.read();
      expect(bytes.length % 64).toBe(1);
      expect(bytes.at(-2)).toBe(10); // a new line
      expect((await readNpy(place)).shape).toHaveLength(rank);
    }
  });

  it('refuse to hold what they can not', async () => {
    await expect(writeNpy(kept(), new BigInt64Array(1) as never)).rejects.toThrow(
      'writeNpy: the array must be a typed array of numbers, of at most 32 bits where they are whole, got a BigInt64Array of length 1',
    );
    await expect(writeNpy(kept(), { data: new Uint8Array(3), shape: [2] })).rejects.toThrow(
      'writeNpy: the array: a Uint8Array of length 3 does not fit the shape [2]',
    );
    await expect(writeNpy(kept(), [[1], [2, 3]])).rejects.toThrow(
      /^writeNpy: the array\[1\] must be an array of length 1/,
    );
    await expect(writeNpy(5 as never, [1])).rejects.toThrow(/^writeNpy: the place to write to must be a path/);
    await expect(writeNpz(kept(), [1] as never)).rejects.toThrow(/^writeNpz: the arrays must be an object/);
  });

  const f4 = "'descr': '<f4', 'fortran_order': False, 'shape': (2,), ";
  const eight = new Uint8Array(8);
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /is no NPY file/],
    ['another magic', npyOf(`{${f4}}`, eight, { magic: '\x93NUMPX' }), /is no NPY file/],
    ['an unknown version', npyOf(`{${f4}}`, eight, { version: 9 }), /version 9.0 of NPY is not known/],
    [
      'a header that is longer than the file',
      npyOf(`{${f4}}`, eight, { length: 9999 }),
      /9999 bytes are to follow byte 10/,
    ],
    [
      'a header of 4 GB',
      npyOf(`{${f4}}`, eight, { version: 2, length: 2 ** 32 - 1 }),
      /is said to have 4294967295 bytes/,
    ],
    ['a header that ends early', npyOf("{'descr': '<f4', 'fortran_order': False", eight), /its header must have/],
    ['a header without a shape', npyOf("{'descr': '<f4', 'fortran_order': False, }", eight), /its header must have/],
    ['a name twice', npyOf(`{'descr': '<f4', ${f4}}`, eight), /its header must have/],
    ['a name too many', npyOf(`{${f4}'x': (1,)}`, eight), /its header must have/],
    ['more behind its header', npyOf(`{${f4}} + exit()`, eight), /its header must have/],
    [
      'code for a shape',
      npyOf("{'descr': '<f4', 'fortran_order': False, 'shape': (exit(),)}", eight),
      /its header must have/,
    ],
    [
      'a shape that is none',
      npyOf("{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", eight),
      /\(2\) is no shape/,
    ],
    ['a shape of halves', npyOf(`{${f4.replace('2,', '0.5,')}}`, eight), /its header must have/],
    ['a shape that takes more', npyOf(`{${f4.replace('2,', '3,')}}`, eight), /\[3\] takes more than the 8 bytes/],
    ['a shape that takes less', npyOf(`{${f4.replace('2,', '1,')}}`, eight), /\[1\] takes 4 bytes, and 8 are there/],
    ['a huge shape', npyOf(`{${f4.replace('2,', '4294967296, 4294967296')}}`, eight), /takes more than the 8 bytes/],
    [
      'a huge shape with a zero',
      npyOf(`{${f4.replace('2,', '0, 9007199254740993')}}`, eight),
      /of whole numbers, got \[0, 9007/,
    ],
    ['a type without an order', npyOf(`{${f4.replace('<f4', 'f4')}}`, eight), /its elements have the type 'f4'/],
    ['the order of the machine', npyOf(`{${f4.replace('<f4', '=f4')}}`, eight), /its elements have the type '=f4'/],
  ])('are refused with %s', async (_, bytes, message) => {
    const error = await readNpy(bytes).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/^readNpy: the file/);
  });

  it('may have a header in another order, with spaces, and of Python 2', async () => {
    const header = "{'shape' :( 1L , 2 ),\n 'fortran_order':True,'descr':'>f4'}  \n";
    const { data, shape } = await readNpy(npyOf(header, Uint8Array.of(0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0)));
    expect([data, shape]).toEqual([Float32Array.of(1, -2), [1, 2]]);
  });

  it('do not share memory with what they were read from', async () => {
    const file = npyOf(`{${f4}}`, eight);
    const { data } = await readNpy(file);
    file.fill(255);
    expect(data).toEqual(Float32Array.of(0, 0));
  });
});

describe('NPZ files', () => {
  const npy = npyOf("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", Uint8Array.of(7));

  it('may have any names but one', async () => {
    const arrays = await readNpz(
      zipOf(['constructor', 'toString', 'a/b'].map((name) => ({ name: `${name}.npy`, data: npy }))),
    );
    expect(Object.keys(arrays)).toEqual(['constructor', 'toString', 'a/b']);
    expect(Object.getPrototypeOf(arrays)).toBe(null);
    const error = await readNpz(zipOf([{ name: '__proto__.npy', data: npy }])).catch((caught: unknown) => caught);
    expect((error as Error).message).toBe("readNpz: the file: an array can't be called '__proto__'");
  });

  it('say which array is wrong, and what is none', async () => {
    const two = zipOf([
      { name: 'a.npy', data: npy },
      { name: 'b.txt', data: npy },
    ]);
    await expect(readNpz(two)).rejects.toThrow("'b.txt' is no array (.npy): say by `names` which ones to read");
    expect(Object.keys(await readNpz(two, { names: ['a'] }))).toEqual(['a']);
    await expect(readNpz(zipOf([{ name: 'c.npy', data: new Uint8Array(9) }]))).rejects.toThrow(
      "the file: 'c' is no NPY file",
    );
    await expect(readNpz(two, { names: 'a' as never })).rejects.toThrow('readNpz: names must be an array of names');
    await expect(readNpz(two, { maxBytes: -1 })).rejects.toThrow('readNpz: maxBytes must be a whole number');
  });
});

describe('IDX files', () => {
  it('are read, of every type, compressed or not', async () => {
    const images = idxOf(
      0x08,
      [2, 2, 3],
      Uint8Array.from({ length: 12 }, (_, i) => i * 20),
    );
    const expected = { data: Uint8Array.from({ length: 12 }, (_, i) => i * 20), shape: [2, 2, 3] };
    expect(await readIdx(images)).toEqual(expected);
    expect(await readIdx(gzipSync(images))).toEqual(expected);
    const parts = [images.subarray(0, 9), images.subarray(9)].map((part) => gzipSync(part));
    expect(await readIdx(Buffer.concat(parts))).toEqual(expected);
    writeFileSync(path('labels.idx'), idxOf(0x08, [3], Uint8Array.of(7, 2, 1)));
    expect(await readIdx(path('labels.idx'))).toEqual({ data: Uint8Array.of(7, 2, 1), shape: [3] });
    const read = async (type: number, ...bytes: number[]) =>
      (await readIdx(idxOf(type, [1], Uint8Array.from(bytes)))).data;
    expect(await read(0x09, 255)).toEqual(Int8Array.of(-1));
    expect(await read(0x0b, 1, 2)).toEqual(Int16Array.of(258));
    expect(await read(0x0c, 255, 255, 255, 254)).toEqual(Int32Array.of(-2));
    expect(await read(0x0d, 0x3f, 0x80, 0, 0)).toEqual(Float32Array.of(1));
    expect(await read(0x0e, 0xc0, 0, 0, 0, 0, 0, 0, 0)).toEqual(Float64Array.of(-2));
  });

  const ones = idxOf(0x08, [2], Uint8Array.of(1, 1));
  const zipped = gzipSync(ones);
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /must begin with two zeros/],
    ['other bytes', Uint8Array.of(1, 0, 8, 1, 0, 0, 0, 0), /must begin with two zeros/],
    ['an unknown type', idxOf(0x0a, [1], Uint8Array.of(1)), /no type of elements with the number 10/],
    ['more axes than bytes', idxOf(0x08, [1], Uint8Array.of(1), 200), /cut short or damaged/],
    ['a huge shape', idxOf(0x0e, [2 ** 32 - 1, 2 ** 32 - 1, 2], Uint8Array.of(1)), /takes more than the 1 bytes/],
    ['bytes that are left', idxOf(0x08, [1], Uint8Array.of(1, 1)), /\[1\] takes 1 bytes, and 2 are there/],
    ['compressed bytes that are damaged', zipped.map((byte, i) => (i === 12 ? byte ^ 255 : byte)), /damaged/],
    ['a wrong sum', zipped.map((byte, i) => (i === zipped.length - 8 ? byte ^ 1 : byte)), /its check sum is wrong/],
    ['half of the compressed bytes', zipped.subarray(0, 14), /cut short|damaged/],
    ['more behind its end', Buffer.concat([zipped, ones]), /something else behind its compressed bytes/],
    ['two arrays in one', Buffer.concat([zipped, zipped]), /\[2\] takes 2 bytes, and 12 are there/],
  ])('are refused with %s', async (_, bytes, message) => {
    const error = await readIdx(bytes).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(message);
  });

  it('may be compressed in many parts, not in any number of them', async () => {
    const empty = gzipSync(new Uint8Array());
    await expect(readIdx(Buffer.concat(Array(6000).fill(empty)))).rejects.toThrow(
      'has more than 5000 compressed parts',
    );
  });

  it('stop at maxBytes, whatever a bomb becomes', async () => {
    const bomb = gzipSync(new Uint8Array(5e7));
    const start = performance.now();
    await expect(readIdx(bomb, { maxBytes: 1e6 })).rejects.toThrow(
      'readIdx: the file becomes more than 1000000 bytes; pass maxBytes to allow more',
    );
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
