// Images in files: PNG of every kind bit for bit, JPEG within what its losses are, and files that lie.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileError, readImage, readImages, writePng } from '../bindings/data.js';
import { BASELINE, GREY, PROGRESSIVE } from './files/jpegs.js';
import { mendPng, type Png, pngOf } from './files/pngs.js';
import { noPillow, pillow } from './numpy.js';

const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

/** Samples that differ from those beside, above and before them. */
const noise = (x: number, y: number, s: number): number =>
  (Math.imul(x * 71 + y * 193 + s * 37 + 11, 2654435761) >>> 16) & 0xffff;

const sampled =
  (depth: number, limit = 2 ** depth): Png['sample'] =>
  (x, y, s) =>
    noise(x, y, s) % limit;

/** What an image must be: channels by pixel. */
function pixels(
  width: number,
  height: number,
  channels: number,
  at: (x: number, y: number, c: number) => number,
): Uint8Array {
  const one = (i: number): number =>
    at(Math.floor(i / channels) % width, Math.floor(i / channels / width), i % channels);
  return Uint8Array.from({ length: width * height * channels }, (_, i) => one(i));
}

/** As toEqual of bytes, which takes long. */
const expectBytes = (is: Uint8Array, expected: Uint8Array): void => expect(Buffer.compare(is, expected)).toBe(0);

const grey = (r: number, g: number, b: number): number => (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;

describe('PNG files', () => {
  const kinds = [
    [0, 1],
    [0, 2],
    [0, 4],
    [0, 8],
    [0, 16],
    [2, 8],
    [2, 16],
    [3, 1],
    [3, 2],
    [3, 4],
    [3, 8],
    [4, 8],
    [4, 16],
    [6, 8],
    [6, 16],
  ] as const;

  it.each(kinds)('are read: colours %i of %i bits, whatever their size, filters and passes', async (colour, depth) => {
    const palette = Array.from({ length: 3 * Math.min(2 ** depth, 200) }, (_, i) => (i * 83) & 255);
    const sample = sampled(depth, colour === 3 ? palette.length / 3 : 2 ** depth);
    const byteOf = (value: number): number => (depth === 16 ? value >> 8 : (value * 255) / (2 ** depth - 1));
    const rgba = (x: number, y: number): number[] => {
      const all = [0, 1, 2, 3].map((s) => sample(x, y, s));
      if (colour === 3) return [...palette.slice(all[0]! * 3, all[0]! * 3 + 3), 255];
      const [a, b, c, d] = all.map(byteOf) as [number, number, number, number];
      if (colour === 0) return [a, a, a, 255];
      if (colour === 4) return [a, a, a, b];
      return [a, b, c, colour === 2 ? 255 : d];
    };
    for (const [width, height] of [
      [1, 1],
      [3, 2],
      [5, 9],
      [8, 8],
      [17, 13],
    ] as const) {
      // biome-ignore format: sizes
      for (const interlaced of [false, true]) {
        const filter = (row: number): number => (row + 4) % 5;
        const file = pngOf({ width, height, depth, colour, interlaced, filter, sample, ...(colour === 3 && { palette }) });
        const read = await readImage(file, { channels: 4 });
        expect(read.shape).toEqual([height, width, 4]);
        expectBytes(read.data, pixels(width, height, 4, (x, y, c) => rgba(x, y)[c]!));
        const three = await readImage(file);
        expect(three.shape).toEqual([height, width, 3]);
        expectBytes(three.data, pixels(width, height, 3, (x, y, c) => rgba(x, y)[c]!));
        const one = await readImage(file, { channels: 1 });
        const brightness = (x: number, y: number): number => {
          const [r, g, b] = rgba(x, y) as [number, number, number];
          return colour === 0 || colour === 4 ? r : grey(r, g, b);
        };
        expect(one.shape).toEqual([height, width, 1]);
        expectBytes(one.data, pixels(width, height, 1, brightness));
      }
    }
  });

  it('may have colours that are not opaque', async () => {
    const indexed = {
      width: 4,
      height: 1,
      depth: 2,
      colour: 3,
      sample: (x: number) => x,
      palette: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    };
    const alpha = async (png: Png): Promise<number[]> => {
      const { data } = await readImage(pngOf(png), { channels: 4 });
      return Array.from(data).filter((_, i) => i % 4 === 3);
    };
    expect(await alpha({ ...indexed, transparency: [0, 128] })).toEqual([0, 128, 255, 255]);
    const one = { width: 4, height: 2, depth: 8, colour: 0, sample: (x: number) => x };
    expect(await alpha({ ...one, transparency: [0, 2] })).toEqual([255, 255, 0, 255, 255, 255, 0, 255]);
    expect(await alpha({ ...one, depth: 16, sample: (x) => 256 + x, transparency: [1, 2], interlaced: true })).toEqual([255, 255, 0, 255, 255, 255, 0, 255]); // biome-ignore format: one line
    const colours = { ...one, colour: 2, sample: (x: number, _: number, s: number) => (s === 2 ? x : 7) };
    expect(await alpha({ ...colours, transparency: [0, 7, 0, 7, 0, 1] })).toEqual([255, 0, 255, 255, 255, 0, 255, 255]);
  });

  it('may be in many parts, with chunks that say other things', async () => {
    const png: Png = { width: 20, height: 20, depth: 8, colour: 2, sample: sampled(8) };
    const more = [['tEXt', Uint8Array.of(65, 0, 66)], ['zTXt', gzipSync('x')], ['eXIf', new Uint8Array(3)]] as const; // biome-ignore format: short
    expect(await readImage(pngOf({ ...png, part: 7, more }))).toEqual(await readImage(pngOf(png)));
  });

  const png: Png = { width: 5, height: 4, depth: 8, colour: 2, sample: sampled(8) };
  const good = pngOf(png);
  const patched = (at: number, ...values: number[]): Uint8Array => {
    const bytes = Uint8Array.from(good);
    bytes.set(values, at);
    return mendPng(bytes);
  };
  it.each<[string, Uint8Array, RegExp]>([
    ['another format', Uint8Array.from([71, 73, 70, 56]), /is no PNG and no JPEG file/],
    ['half a file', good.subarray(0, good.length / 2), /cut short or damaged/],
    ['no end', good.subarray(0, good.length - 12), /cut short or damaged/],
    [
      'a changed byte',
      good.map((byte, i) => (i === 50 ? byte ^ 1 : byte)),
      /a check sum is wrong, that of the chunk "IDAT"/,
    ],
    ['no pixels', patched(16, 0, 0, 0, 0), /has 0 times 4 pixels/],
    [
      'far too many pixels',
      patched(16, 127, 255, 255, 255, 127, 255, 255, 255),
      /2147483647 times 2147483647 pixels, more than/,
    ],
    ['more pixels than compressed bytes can be', patched(16, 0, 0, 16, 0, 0, 0, 16, 0), /another number of bytes than/],
    ['more rows than it has', patched(23, 5), /become another number of bytes than the 80 of its pixels/],
    ['fewer rows than it has', patched(23, 3), /become another number of bytes than the 48 of its pixels/],
    ['an unknown type', patched(25, 5), /no images of the type 5 with 8 bits/],
    ['bits that do not fit', patched(24, 4), /no images of the type 2 with 4 bits/],
    ['an unknown filter method', patched(27, 1), /its header is damaged/],
    ['an unknown filter', pngOf({ ...png, filter: () => 5 }), /a row has the filter 5/],
    ['a bomb', pngOf({ ...png, raw: new Uint8Array(5e7) }), /another number of bytes than the 64 of its pixels/],
    [
      'rows that are not compressed',
      pngOf({ ...png, more: [['IDAT', new Uint8Array(40)]] }),
      /compressed rows are damaged/,
    ],
    ['a second header', pngOf({ ...png, more: [['IHDR', new Uint8Array(13)]] }), /must begin with one chunk IHDR/],
    [
      'a chunk that nobody knows',
      pngOf({ ...png, more: [['ABCD', new Uint8Array(3)]] }),
      /the chunk "ABCD" is not known/,
    ],
    ['no palette', pngOf({ ...png, colour: 3 }), /its palette has 0 bytes/],
    ['too short a palette', pngOf({ ...png, colour: 3, palette: [1, 2, 3] }), /a pixel has the colour \d+, of 1/],
    ['half a colour', pngOf({ ...png, colour: 3, palette: [1, 2, 3, 4] }), /its palette has 4 bytes/],
    [
      'too many colours',
      pngOf({ ...png, depth: 1, sample: () => 0, colour: 3, palette: [1, 2, 3, 4, 5, 6, 7, 8, 9] }),
      /has 9 bytes, for images of 1 bits/,
    ],
    ['transparency that does not fit', pngOf({ ...png, transparency: [0, 1] }), /its chunk tRNS has 2 bytes/],
  ])('are refused with %s', async (_, bytes, message) => {
    const start = performance.now();
    const error = await readImage(bytes).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(/^readImage: the file/);
    expect((error as Error).message).toMatch(message);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('are refused with a wrong sum of their rows', async () => {
    const end = good.length - 12 - 4;
    const bytes = mendPng(good.map((byte, i) => (i === end - 1 ? byte ^ 1 : byte)));
    await expect(readImage(bytes)).rejects.toThrow(
      'readImage: the file is damaged: the check sum of its rows is wrong',
    );
  });

  it('are refused above maxBytes', async () => {
    expect((await readImage(good, { maxBytes: 80 })).shape).toEqual([4, 5, 3]);
    await expect(readImage(good, { maxBytes: 79 })).rejects.toThrow(
      'readImage: the file has 5 times 4 pixels, more than 79 bytes; pass maxBytes to allow more',
    );
  });
});

describe('writePng', () => {
  const kept = () => {
    let bytes = new Uint8Array();
    return {
      name: 'memory',
      read: async () => bytes,
      write: async (all: Uint8Array) => void (bytes = Uint8Array.from(all)),
    };
  };

  it.each([1, 3, 4] as const)('writes what is read again, of %i channels', async (channels) => {
    const data = pixels(7, 5, channels, (x, y, c) => noise(x, y, c) & 255);
    const place = kept();
    await writePng(place, { data, shape: [5, 7, channels] });
    expect(await readImage(place, { channels })).toEqual({ data, shape: [5, 7, channels] });
  });

  it('takes rows of grey, and what a canvas has', async () => {
    const place = kept();
    await writePng(place, { data: Uint8ClampedArray.of(1, 2, 3, 4, 5, 6), shape: [2, 3] });
    expect(await readImage(place, { channels: 1 })).toEqual({
      data: Uint8Array.of(1, 2, 3, 4, 5, 6),
      shape: [2, 3, 1],
    });
    await writePng(place, { width: 1, height: 2, data: Uint8ClampedArray.of(1, 2, 3, 4, 5, 6, 7, 8) });
    expect((await readImage(place, { channels: 4 })).data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  });

  it.each<[unknown, string]>([
    [{ data: new Float32Array(6), shape: [2, 3] }, 'its data must be bytes, 0 to 255, got a Float32Array of length 6'],
    [{ data: new Uint8Array(6), shape: [3, 2, 2] }, 'has the shape [3, 2, 2]; expected [height, width]'],
    [{ data: new Uint8Array(6), shape: [6] }, 'has the shape [6]; expected [height, width]'],
    [{ data: new Uint8Array(5), shape: [2, 3] }, 'a Uint8Array of length 5 does not fit the shape [2, 3]'],
    [
      { data: new Uint8Array(5), width: 1, height: 1 },
      'a Uint8Array of length 5 is not four bytes for each of 1 times 1 pixels',
    ],
    [new Uint8Array(4), 'must be { data, shape } or ImageData, got a Uint8Array of length 4'],
  ])('refuses %o', async (image, message) => {
    await expect(writePng(kept(), image as never)).rejects.toThrow(message);
  });
});

describe('JPEG files', () => {
  const colour = (x: number, y: number, c: number): number => [10 * x, 15 * y, 6 * (x + y)][c]!;
  /** The mean difference. */
  const apart = (a: Uint8Array, b: Uint8Array): number =>
    a.reduce((sum, x, i) => sum + Math.abs(x - b[i]!), 0) / a.length;

  it.each([
    ['baseline', BASELINE, 6],
    ['progressive', PROGRESSIVE, 2.5],
  ])('are read: %s', async (_, file, loss) => {
    const { data, shape } = await readImage(file);
    expect(shape).toEqual([16, 24, 3]);
    expect(apart(data, pixels(24, 16, 3, colour))).toBeLessThan(loss);
  });

  it('are read: grey', async () => {
    const { data, shape } = await readImage(GREY, { channels: 1 });
    expect(shape).toEqual([16, 24, 1]);
    expect(
      apart(
        data,
        pixels(24, 16, 1, (x) => 10 * x),
      ),
    ).toBeLessThan(2);
    const four = await readImage(GREY, { channels: 4 });
    expect(four.data).toEqual(pixels(24, 16, 4, (x, y, c) => (c === 3 ? 255 : data[y * 24 + x]!)));
  });

  const at = (bytes: Uint8Array, marker: number): number =>
    bytes.findIndex((byte, i) => byte === 255 && bytes[i + 1] === marker);
  const patched = (offset: number, ...values: number[]): Uint8Array => {
    const bytes = Uint8Array.from(BASELINE);
    bytes.set(values, at(bytes, 0xc0) + offset);
    return bytes;
  };
  const scan = BASELINE.subarray(at(BASELINE, 0xda), BASELINE.length - 2);
  const before = BASELINE.subarray(0, at(BASELINE, 0xda));
  it.each<[string, Uint8Array, RegExp]>([
    ['half a file', BASELINE.subarray(0, 200), /cut short or damaged/],
    ['no end', BASELINE.subarray(0, -2), /cut short or damaged/],
    ['far too many pixels', patched(5, 255, 255, 255, 255), /65535 times 65535 pixels: reading them takes more than/],
    [
      'more pixels than its bytes can be',
      patched(5, 4, 0, 4, 0),
      /1024 times 1024 pixels, of which each 64 take a bit at least/,
    ],
    ['no pixels', patched(5, 0, 0), /24 times 0 pixels/],
    ['12 bits', patched(4, 12), /samples of 12 bits/],
    ['four components', patched(9, 4), /has 4 components/],
    ['a sampling that is none', patched(11, 0), /its frame is damaged/],
    ['two components of one name', patched(13, 1), /its frame is damaged/],
    ['arithmetic coding', patched(1, 0xc9), /a JPEG file of a kind that is not read \(9\)/],
    ['a length that is none', patched(2, 0, 0), /cut short or damaged/],
    ['no scan', Buffer.concat([before, Uint8Array.of(255, 0xd9)]), /has no image in it/],
    [
      'too many scans',
      Buffer.concat([before, ...Array(200).fill(scan), Uint8Array.of(255, 0xd9)]),
      /more than 100 scans/,
    ],
    ['a table that is missing', patched(12, 3), /is damaged, or of a kind that is not read/],
  ])('are refused with %s', async (_, bytes, message) => {
    const error = await readImage(bytes).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FileError);
    expect((error as Error).message).toMatch(/^readImage: the file/);
    expect((error as Error).message).toMatch(message);
  });
});

describe('readImages', () => {
  const image = (seed: number, width = 3): Uint8Array =>
    pngOf({ width, height: 2, depth: 8, colour: 0, sample: (x, y) => seed + x + 10 * y });

  it('gives images of one size', async () => {
    writeFileSync(path('a.png'), image(1));
    const canvas = { width: 3, height: 2, data: Uint8ClampedArray.from({ length: 24 }, (_, i) => i >> 2) };
    const { data, shape } = await readImages(
      [path('a.png'), image(100), new Blob([image(7) as Uint8Array<ArrayBuffer>]), canvas],
      {
        channels: 1,
      },
    );
    expect(shape).toEqual([4, 2, 3, 1]);
    expect(Array.from(data)).toEqual([1, 2, 3, 11, 12, 13, 100, 101, 102, 110, 111, 112, 7, 8, 9, 17, 18, 19, 0, 1, 2, 3, 4, 5]); // biome-ignore format: pixels
  });

  it('says which one is wrong', async () => {
    await expect(readImages([image(1), image(2, 4)])).rejects.toThrow(
      'readImages: image 1 has the shape [2, 4, 3], the first one [2, 3, 3]: read them one by one, and resize them',
    );
    await expect(readImages([image(1), image(2).subarray(0, 50)])).rejects.toThrow(/^readImages: image 1: the file/);
    await expect(readImages([])).rejects.toThrow('readImages: the images must be an array of one or more');
    await expect(readImages([image(1)], { channels: 2 as never })).rejects.toThrow(
      'readImages: channels must be 1, 3 or 4, got 2',
    );
    const short = { width: 2, height: 2, data: new Uint8ClampedArray(4) };
    await expect(readImage(short)).rejects.toThrow(
      'a Uint8ClampedArray of length 4 is not four bytes for each of 2 times 2 pixels',
    );
  });
});

describe.skipIf(noPillow())(`images of Pillow ${noPillow() ?? ''}`, () => {
  const MODES = ['1', 'L', 'LA', 'P', 'RGB', 'RGBA', 'I;16'];

  beforeAll(() => {
    pillow(
      `
random = np.random.RandomState(1)
y, x = np.mgrid[0:33, 0:50]
wave = np.stack([128 + 100 * np.sin(x / 7 + y / 9 + c) for c in range(4)], -1).astype('u1')
noise = random.randint(0, 256, (33, 50, 4), 'u1')
for name, a in dict(wave=wave, noise=noise).items():
    for mode in ${JSON.stringify(MODES)}:
        im = Image.fromarray(a, 'RGBA')
        im = Image.fromarray(a[:, :, 0].astype('u2') * 257) if mode == 'I;16' else im.convert(mode)
        im.save(f'{sys.argv[1]}/{name}-{mode[0]}{len(mode)}.png')
        if mode == 'I;16': im = Image.fromarray(a[:, :, 0])
        for channels in ['L', 'RGB', 'RGBA']: np.asarray(im.convert(channels)).tofile(f'{sys.argv[1]}/{name}-{mode[0]}{len(mode)}.{channels}')
for subsampling in [0, 1, 2]:
    for progressive in [False, True]:
        name = f'{sys.argv[1]}/{subsampling}{int(progressive)}.jpg'
        Image.fromarray(wave, 'RGBA').convert('RGB').save(name, quality=95, subsampling=subsampling, progressive=progressive)
        np.asarray(Image.open(name)).tofile(name + '.RGB')
`,
      folder,
    );
  });

  it.each(MODES)('are read as there: PNG of the mode %s', async (mode) => {
    for (const name of ['wave', 'noise']) {
      const file = path(`${name}-${mode[0]}${mode.length}`);
      for (const [kind, channels] of [
        ['L', 1],
        ['RGB', 3],
        ['RGBA', 4],
      ] as const) {
        // biome-ignore format: kinds
        const { data, shape } = await readImage(`${file}.png`, { channels });
        expect(shape).toEqual([33, 50, channels]);
        expect(Buffer.compare(data, readFileSync(`${file}.${kind}`)), `${name} ${kind}`).toBe(0);
      }
    }
  });

  it.each(['00', '01', '10', '11', '20', '21'])('are read as there, nearly: JPEG %s', async (name) => {
    const { data, shape } = await readImage(path(`${name}.jpg`));
    expect(shape).toEqual([33, 50, 3]);
    const expected = readFileSync(path(`${name}.jpg.RGB`));
    const apart = data.map((byte, i) => Math.abs(byte - expected[i]!));
    const mean = apart.reduce((sum, x) => sum + x, 0) / apart.length;
    // Colours that stand for several pixels are repeated by the library, and smoothed by Pillow.
    expect(mean).toBeLessThan(name.startsWith('0') ? 1 : 4);
    expect(Math.max(...apart)).toBeLessThan(name.startsWith('0') ? 6 : 40);
  });

  it('are what writePng wrote', async () => {
    const data = pixels(9, 4, 3, (x, y, c) => noise(x, y, c) & 255);
    await writePng(path('ours.png'), { data, shape: [4, 9, 3] });
    pillow("np.asarray(Image.open(sys.argv[1] + '/ours.png')).tofile(sys.argv[1] + '/ours.RGB')", folder);
    expect(Uint8Array.from(readFileSync(path('ours.RGB')))).toEqual(data);
  });
});
