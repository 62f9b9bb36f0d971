// What safetensors files and their JSON may hold, numbers of 16 bits, and files that lie.

import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromFloat16 } from '../bindings/files/half.js';
import { parseJson } from '../bindings/files/json.js';
import { toBfloat16, toFloat16 } from '../bindings/files/tohalf.js';
import { numbersOf, parseSafetensors } from '../bindings/io/read/safetensors.js';
import { formatSafetensors } from '../bindings/io/safetensors.js';
import { FileError } from '../bindings/io.js';

/** A file with this header, and as many bytes of data. */
function fileOf(header: string, dataBytes = 0, length = new TextEncoder().encode(header).length): Uint8Array {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  return file;
}
const entry = (dtype: string, shape: string, begin: number, end: number): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

describe('a safetensors file', () => {
  it('keeps tensors of all types, and texts', () => {
    const tensors = new Map([
      ['bytes', { data: Uint8Array.of(1, 2, 3), shape: [3] }],
      ['doubles', { data: Float64Array.of(Math.PI, -0), shape: [2, 1] }],
      ['none', { data: new Float32Array(0), shape: [0, 5] }],
      ['scalar', { data: Float32Array.of(7), shape: [] }],
      ['whole', { data: Int32Array.of(-1), shape: [1] }],
    ]);
    const file = parseSafetensors('the file', formatSafetensors(tensors, { a: 'ü', 'b.c': '' }));
    expect(file.metadata).toEqual(new Map([['a', 'ü'], ['b.c', '']])); // biome-ignore format: a table
    for (const [name, { data, shape }] of tensors) {
      const stored = file.tensors.get(name)!;
      expect(stored.shape).toEqual(shape);
      expect(numbersOf(name, stored)).toEqual(data);
    }
  });

  it('of other programs has whole numbers of 64 bits and floats of 16', () => {
    const header = `{"i":${entry('I64', '[2]', 0, 16)},"h":${entry('F16', '[1]', 16, 18)},"b":${entry('BF16', '[]', 18, 20)}}`;
    const bytes = fileOf(header, 20);
    const view = new DataView(bytes.buffer, bytes.length - 20);
    view.setBigInt64(0, -5n, true);
    view.setBigInt64(8, 2n ** 53n - 1n, true);
    view.setUint16(16, 0x3e00, true);
    view.setUint16(18, 0xc000, true);
    const read = (name: string) => numbersOf(name, parseSafetensors('the file', bytes).tensors.get(name)!);
    expect(read('i')).toEqual(Float64Array.of(-5, 2 ** 53 - 1));
    expect(read('h')).toEqual(Float32Array.of(1.5));
    expect(read('b')).toEqual(Float32Array.of(-2));
    view.setBigInt64(8, 2n ** 53n, true);
    expect(() => read('i')).toThrow(/i: element 1 is 9007199254740992: beyond 2\^53/);
  });

  const LIES: readonly (readonly [what: string, file: Uint8Array, message: RegExp])[] = [
    ['no bytes', new Uint8Array(0), /it has 0 bytes, the length of the header alone takes 8/],
    ['a header beyond the end', fileOf('{}', 0, 3), /said to have 3 bytes, and 2 are there/],
    [
      'a header of 2^63 bytes',
      fileOf('{}', 0, 2 ** 63),
      /is no safetensors file: it does not begin with the length of a header/,
    ],
    ['no JSON', fileOf('{'), /the header is not JSON/],
    ['no object', fileOf('[]'), /the header must be an object, got an array/],
    ['text that is no UTF-8', fileOf('{"\u0000":1}').fill(0xff, 10, 11), /text in it is not UTF-8/],
    [
      'a name twice',
      fileOf(`{"a":${entry('F32', '[0]', 0, 0)},"a":${entry('F32', '[0]', 0, 0)}}`),
      /the name 'a' twice/,
    ],
    ['a name twice, written otherwise', fileOf('{"a":1,"\\u0061":2}'), /the name 'a' twice/],
    ['the name __proto__', fileOf('{"__proto__":{}}'), /the name '__proto__' in it/],
    ['deep nesting', fileOf(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`), /nested more than 64 deep/],
    ['very deep nesting', fileOf(`{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`), /too many arrays and objects/],
    ['an entry that is none', fileOf('{"a":3}'), /'a' must be \{ dtype, shape, data_offsets \}, got 3/],
    ['an unknown type', fileOf(`{"a":${entry('F33', '[]', 0, 4)}}`, 4), /'a' has the unknown dtype 'F33'/],
    ['the type toString', fileOf(`{"a":${entry('toString', '[]', 0, 4)}}`, 4), /unknown dtype 'toString'/],
    ['more than an entry has', fileOf('{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}', 4), /'a' has 'x'/],
    ['a shape that is none', fileOf(`{"a":${entry('F32', '"1"', 0, 4)}}`, 4), /its shape must be an array/],
    ['a negative shape', fileOf(`{"a":${entry('F32', '[-1]', 0, 4)}}`, 4), /whole numbers, got \[-1\]/],
    [
      'a huge shape',
      fileOf(`{"a":${entry('F32', '[4294967296,4294967296]', 0, 4)}}`, 4),
      /takes more than the 4 bytes/,
    ],
    [
      'a shape that overflows',
      fileOf(`{"a":${entry('U8', '[9007199254740991,3]', 0, 4)}}`, 4),
      /takes more than the 4/,
    ],
    ['offsets in the wrong order', fileOf(`{"a":${entry('F32', '[1]', 4, 0)}}`, 4), /its bytes are 4 to 0/],
    [
      'offsets beyond the end',
      fileOf(`{"a":${entry('F32', '[1]', 4, 8)}}`, 4),
      /its bytes are 4 to 8, and the file has 4/,
    ],
    ['half an offset', fileOf(`{"a":${entry('F32', '[1]', 0.5, 4.5)}}`, 8), /data_offsets must be \[begin, end\]/],
    ['offsets of another size', fileOf(`{"a":${entry('F32', '[1]', 0, 8)}}`, 8), /takes 4 bytes, its offsets say 8/],
    ['a gap', fileOf(`{"a":${entry('F32', '[1]', 4, 8)}}`, 8), /leave a gap at byte 0/],
    [
      'bytes of two tensors',
      fileOf(`{"a":${entry('F32', '[1]', 0, 4)},"b":${entry('F32', '[1]', 0, 4)}}`, 4),
      /share bytes at byte 4/,
    ],
    ['bytes of none', fileOf(`{"a":${entry('F32', '[1]', 0, 4)}}`, 5), /1 bytes at its end belong to no tensor/],
    ['metadata that is no text', fileOf('{"__metadata__":{"a":1}}'), /__metadata__ must be texts by name/],
  ];

  it.each(LIES)('with %s is refused', (_, file, message) => {
    expect(() => parseSafetensors('the file', file)).toThrow(message);
    expect(() => parseSafetensors('the file', file)).toThrow(FileError);
  });

  it('is refused quickly if its text has no end', () => {
    const start = performance.now();
    expect(() => parseJson('the text', `{"a":"${'\\"'.repeat(1_000_000)}`)).toThrow(/not JSON/);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('numbers of 16 bits', () => {
  const all = Array.from({ length: 65536 }, (_, bits) => bits);
  const formats = [
    {
      name: 'float16',
      to: toFloat16,
      from: fromFloat16,
      digits: 11,
      least: -24,
      isNaN: (b: number) => (b & 0x7fff) > 0x7c00,
    },
    {
      name: 'bfloat16',
      to: toBfloat16,
      from: fromBfloat16,
      digits: 8,
      least: -133,
      isNaN: (b: number) => (b & 0x7fff) > 0x7f80,
    },
  ];

  it.each(formats)('$name: each is the number that it was made of', ({ to, from, isNaN: isNan }) => {
    const wrong = all.filter((bits) =>
      isNan(bits) ? !Number.isNaN(from(bits)) || !isNan(to(from(bits))) : to(from(bits)) !== bits,
    );
    expect(wrong).toEqual([]);
  });

  it.each(formats)('$name: all others become the nearest, ties the even one', ({ to, from, isNaN: isNan }) => {
    const finite = all.filter((bits) => bits < 0x8000 && !isNan(bits) && Number.isFinite(from(bits)));
    const step = 2 ** -20;
    const wrong = finite.slice(0, -1).filter((bits) => {
      const [low, high] = [from(bits), from(bits + 1)];
      const middle = (low + high) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const below = Math.fround(middle - (high - low) * step);
      const above = Math.fround(middle + (high - low) * step);
      const ties = Math.fround(middle) !== middle || to(middle) === even;
      const nearest = (below >= middle || to(below) === bits) && (above <= middle || to(above) === bits + 1);
      return !(ties && nearest && to(-low) === (bits | 0x8000));
    });
    expect(wrong).toEqual([]);
  });

  it('become infinite where they are too large', () => {
    expect([65504, 65519.99, 65520, 1e9, -Infinity].map(toFloat16)).toEqual([0x7bff, 0x7bff, 0x7c00, 0x7c00, 0xfc00]);
    expect([3.3895e38, 3.4e38, Infinity].map((x) => toBfloat16(x))).toEqual([0x7f7f, 0x7f80, 0x7f80]);
  });
});
