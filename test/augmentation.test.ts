// Random changes of images against the same changes in plain JavaScript, with what was drawn recomputed from the key;
// and the layers that make them in training only.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import type { Tensor } from '../bindings/tensor.js';

const [N, H, W, C] = [7, 5, 6, 2];

/** The value of a pixel, another one for each. */
const pixel = (i: number, y: number, x: number, c: number): number => 1000 * i + 100 * y + 10 * x + c + 1;

const images = (): Tensor =>
  wg.tensor(
    Float32Array.from({ length: N * H * W * C }, (_, at) => {
      const [c, x, y] = [at % C, Math.floor(at / C) % W, Math.floor(at / C / W) % H];
      return pixel(Math.floor(at / C / W / H), y, x, c);
    }),
    [N, H, W, C],
  );

/**
 * Images of this size whose pixels are those of the originals at places of theirs; `beyond` of what lies outside of
 * them.
 */
function read(
  height: number,
  width: number,
  place: (i: number, y: number, x: number) => [number, number],
  beyond: (i: number, y: number, x: number, c: number) => number = () => 0,
): number[] {
  const value = (i: number, y: number, x: number, c: number): number =>
    y >= 0 && y < H && x >= 0 && x < W ? pixel(i, y, x, c) : beyond(i, y, x, c);
  const between = (i: number, y: number, x: number, c: number): number => {
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const [down, right] = [y - top, x - left];
    const line = (row: number) => value(i, row, left, c) * (1 - right) + value(i, row, left + 1, c) * right;
    return line(top) * (1 - down) + line(top + 1) * down;
  };
  const all: number[] = [];
  for (let i = 0; i < N; i++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) for (let c = 0; c < C; c++) all.push(between(i, ...place(i, y, x), c));
  return all;
}

const nearest = (i: number, y: number, x: number, c: number): number =>
  pixel(i, Math.min(Math.max(y, 0), H - 1), Math.min(Math.max(x, 0), W - 1), c);

const numbers = (x: Tensor): number[] => [...x.data()];

function expectClose(given: Tensor, expected: readonly number[], tolerance = 1e-5): void {
  const values = numbers(given);
  expect(values.length).toBe(expected.length);
  for (const [at, value] of values.entries()) {
    expect(Math.abs(value - expected[at]!)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected[at]!)));
  }
}

describe.each(['wasm', 'js'] as const)('random changes of images, %s', (backend) => {
  beforeAll(async () => {
    await wg.init({ backend });
  });
  const key = wg.randomKey(5);

  it('flips each image with probability one half', () => {
    const sides = numbers(wg.bernoulli([N, 1, 1, 1], { key: wg.foldIn(key, 2) }));
    const tops = numbers(wg.bernoulli([N, 1, 1, 1], { key: wg.foldIn(key, 1) }));
    expect(new Set(sides).size).toBe(2);
    const at = (across: boolean, down: boolean) =>
      read(H, W, (i, y, x) => [down && tops[i] ? H - 1 - y : y, across && sides[i] ? W - 1 - x : x]);
    expect(numbers(ops.randomFlip(images(), { key }))).toEqual(at(true, false));
    expect(numbers(ops.randomFlip(images(), { mode: 'vertical', key }))).toEqual(at(false, true));
    expect(numbers(ops.randomFlip(images(), { mode: 'both', key }))).toEqual(at(true, true));
  });

  it('shifts by whole pixels, up to a part of the image', () => {
    const [down, right] = wg.splitKey(key);
    const rows = numbers(wg.randomInt([N, 1, 1], { low: -2, high: 3, key: down! }));
    const columns = numbers(wg.randomInt([N, 1, 1], { low: -6, high: 7, key: right! }));
    expect(Math.max(...columns)).toBeGreaterThan(2);
    const place = (i: number, y: number, x: number): [number, number] => [y - rows[i]!, x - columns[i]!];
    expect(numbers(ops.randomTranslation(images(), 0.4, 1, { key }))).toEqual(read(H, W, place));
    expect(numbers(ops.randomTranslation(images(), 0.4, 1, { key, fillValue: -3 }))).toEqual(
      read(H, W, place, () => -3),
    );
    expect(numbers(ops.randomTranslation(images(), 0.4, 1, { key, fillMode: 'edge' }))).toEqual(
      read(H, W, place, nearest),
    );
    expect(numbers(ops.randomTranslation(images(), 0, 0, { key }))).toEqual(numbers(images()));
  });

  it('cuts pieces out at random places, within the image or its padding', () => {
    const [down, right] = wg.splitKey(key);
    const draw = (of: Tensor, high: number) => numbers(wg.randomInt([N, 1, 1], { high, key: of }));
    const [rows, columns] = [draw(down!, 3), draw(right!, 3)];
    expect(numbers(ops.randomCrop(images(), 3, 4, { key }))).toEqual(
      read(3, 4, (i, y, x) => [y + rows[i]!, x + columns[i]!]),
    );
    const [more, further] = [draw(down!, 5), draw(right!, 5)];
    expect(numbers(ops.randomCrop(images(), H, W, { padding: 2, key }))).toEqual(
      read(H, W, (i, y, x) => [y + more[i]! - 2, x + further[i]! - 2]),
    );
    expect(numbers(ops.randomCrop(images(), H, W, { key }))).toEqual(numbers(images()));
    expect(() => ops.randomCrop(images(), 6, 4, { key })).toThrow(
      'randomCrop: a piece of 6 by 4 is larger than the images, float32[7, 5, 6, 2], with a padding of 0',
    );
  });

  it('rotates around the centre, linear between pixels', () => {
    for (const [degrees, options, beyond] of [
      [180, {}, () => 0],
      [30, { fillMode: 'edge' }, nearest],
      [30, { fillValue: 7 }, () => 7],
    ] as const) {
      const most = (degrees * Math.PI) / 180;
      const angles = numbers(wg.randomUniform([N, 1, 1, 1], { key })).map((u) => u * 2 * most - most);
      const [cy, cx] = [(H - 1) / 2, (W - 1) / 2];
      const expected = read(
        H,
        W,
        (i, y, x) => {
          const [sin, cos] = [Math.sin(angles[i]!), Math.cos(angles[i]!)];
          return [cy + (y - cy) * cos + (x - cx) * sin, cx + (x - cx) * cos - (y - cy) * sin];
        },
        beyond,
      );
      expectClose(ops.randomRotation(images(), degrees, { ...options, key }), expected, 1e-3);
    }
    expect(numbers(ops.randomRotation(images(), 0, { key }))).toEqual(numbers(images()));
  });

  it('makes images brighter, and changes their contrast', () => {
    for (const factor of [0, 0.3, 2]) {
      const [low, high] = [Math.max(0, 1 - factor), 1 + factor];
      const by = numbers(wg.randomUniform([N, 1, 1, 1], { key })).map((u) => u * (high - low) + low);
      const x = numbers(images());
      const size = H * W * C;
      expectClose(
        ops.randomBrightness(images(), factor, { key }),
        x.map((v, at) => v * by[Math.floor(at / size)]!),
      );
      const mean = (at: number) => {
        const first = Math.floor(at / size) * size;
        const channel = x.slice(first, first + size).filter((_, k) => k % C === at % C);
        return channel.reduce((a, b) => a + b, 0) / channel.length;
      };
      expectClose(
        ops.randomContrast(images(), factor, { key }),
        x.map((v, at) => mean(at) + (v - mean(at)) * by[Math.floor(at / size)]!),
      );
    }
  });

  it('cuts a square out, which may lie partly beyond the image', () => {
    const [down, right] = wg.splitKey(key);
    for (const size of [1, 2, 3, 20]) {
      const draw = (of: Tensor, high: number) => numbers(wg.randomInt([N, 1, 1, 1], { high, key: of }));
      const [rows, columns] = [draw(down!, H), draw(right!, W)];
      const isIn = (at: number, centre: number) => at >= centre - (size >> 1) && at < centre - (size >> 1) + size;
      const expected = numbers(images()).map((value, at) => {
        const [x, y, i] = [Math.floor(at / C) % W, Math.floor(at / C / W) % H, Math.floor(at / C / W / H)];
        return isIn(y, rows[i]!) && isIn(x, columns[i]!) ? -1 : value;
      });
      expect(numbers(ops.cutout(images(), size, { fillValue: -1, key }))).toEqual(expected);
    }
  });

  it('mixes a batch with itself, and its targets by the same share', () => {
    const [x, y] = [images(), ops.oneHot(wg.tensor(Int32Array.of(0, 1, 2, 0, 1, 2, 0)), 3)];
    const shares = Array.from({ length: 200 }, (_, seed) => {
      const [mixed, targets] = ops.mixUp(x, y, { key: wg.randomKey(seed), alpha: 0.2 });
      const share = targets.data()[3 * 1 + 1]!; // of the second sample, class 1, mixed with the first, class 0
      expect(targets.data()[3 * 1 + 0]).toBeCloseTo(1 - share, 6);
      expect(mixed.data()[H * W * C]).toBeCloseTo(share * pixel(1, 0, 0, 0) + (1 - share) * pixel(0, 0, 0, 0), 2);
      expect(mixed.data()[0]).toBeCloseTo(share * pixel(0, 0, 0, 0) + (1 - share) * pixel(N - 1, 0, 0, 0), 1);
      return share;
    });
    const mean = shares.reduce((a, b) => a + b) / 200;
    const variance = shares.reduce((a, b) => a + (b - mean) ** 2, 0) / 200;
    // Of Beta(a, a): ½ and 1 / (4·(2a + 1)).
    expect(mean).toBeCloseTo(0.5, 1);
    expect(Math.abs(variance - 1 / (4 * 1.4))).toBeLessThan(0.025);
    expect(() => ops.mixUp(x, y.reshape([3, 7]), { key })).toThrow('as many samples as targets');
  });

  it('is the same under vmap and jit, with a key for each', () => {
    const keys = wg.splitKeys(key, 3);
    const batch = wg.randomUniform([3, 2, 4, 4, 1], { key });
    for (const change of [
      (x: Tensor, k: Tensor) => ops.randomFlip(x, { mode: 'both', key: k }),
      (x: Tensor, k: Tensor) => ops.randomTranslation(x, 0.5, 0.5, { key: k }),
      (x: Tensor, k: Tensor) => ops.randomCrop(x, 2, 3, { key: k }),
      (x: Tensor, k: Tensor) => ops.randomRotation(x, 90, { key: k }),
      (x: Tensor, k: Tensor) => ops.randomContrast(x, 0.5, { key: k }),
      (x: Tensor, k: Tensor) => ops.cutout(x, 2, { key: k }),
      (x: Tensor, k: Tensor) => ops.mixUp(x, x, { key: k })[0],
    ]) {
      const each = [0, 1, 2].flatMap((i) => numbers(change(ops.slice(batch, [i]), ops.slice(keys, [i]))));
      expectClose(wg.vmap(change)(batch, keys), each, 1e-6);
      expectClose(wg.jit(wg.vmap(change))(batch, keys), each, 1e-6);
    }
  });

  it('have the gradients of what they read', () => {
    const x = wg.randomUniform([2, 4, 3, 2], { key });
    for (const change of [
      (t: Tensor) => ops.randomFlip(t, { mode: 'both', key }),
      (t: Tensor) => ops.randomTranslation(t, 0.5, 0.5, { key, fillMode: 'edge' }),
      (t: Tensor) => ops.randomCrop(t, 2, 3, { padding: 1, key }),
      (t: Tensor) => ops.randomRotation(t, 90, { key, fillMode: 'edge' }),
      (t: Tensor) => ops.randomBrightness(t, 0.5, { key }),
      (t: Tensor) => ops.randomContrast(t, 0.5, { key }),
      (t: Tensor) => ops.cutout(t, 2, { key }),
      (t: Tensor) => ops.mixUp(t, t.square(), { key })[0],
      (t: Tensor) => ops.mixUp(t, t.square(), { key })[1],
    ]) {
      expect(wg.gradCheck((t: Tensor) => change(t).square().sum(), x)).toMatchObject({ ok: true });
    }
  });

  it('leaves no image, and images of one pixel, as they are', () => {
    for (const shape of [
      [0, 3, 3, 1],
      [2, 1, 1, 3],
    ]) {
      const x = wg.ones(shape);
      expect(ops.randomFlip(x, { key }).shape).toEqual(shape);
      expect(numbers(ops.randomTranslation(x, 0.2, 0.2, { key }))).toEqual(numbers(x));
      expect(numbers(ops.randomRotation(x, 90, { key, fillMode: 'edge' }))).toEqual(numbers(x));
      expect(ops.cutout(x, 1, { key }).shape).toEqual(shape);
    }
  });
});

describe('layers that change images', () => {
  it('do so in training only, with other numbers in each step', async () => {
    await wg.init({ backend: 'wasm', seed: 1 });
    const x = images();
    const layers = [
      wg.randomFlip({ mode: 'both' }),
      wg.randomTranslation(0.4, 0.4),
      wg.randomRotation(45, { fillMode: 'edge' }),
      wg.randomBrightness(0.4),
      wg.randomContrast(0.4),
      wg.cutout(2),
    ];
    for (const one of layers) {
      const net = wg.sequential([H, W, C], [one]);
      expect(numbers(net.predict(x))).toEqual(numbers(x));
      const run = (seed: number) => numbers(net.apply({}, x, { training: true, key: wg.randomKey(seed) }) as Tensor);
      expect(run(1)).toEqual(run(1));
      expect(run(1)).not.toEqual(run(2));
      expect(run(1)).not.toEqual(numbers(x));
    }
  });

  it('crop the middle in predictions', () => {
    const net = wg.sequential([H, W, C], [wg.randomCrop(3, 4, { padding: 1 })]);
    expect(numbers(net.predict(images()))).toEqual(read(3, 4, (_, y, x) => [y + 1, x + 1]));
    expect(net.apply({}, images(), { training: true, key: wg.randomKey(1) })).toHaveProperty('shape', [N, 3, 4, C]);
  });

  it('refuse what they cannot do when they are made', () => {
    expect(() => wg.randomFlip({ mode: 'sideways' as 'both' })).toThrow("'horizontal' or 'vertical' or 'both'");
    expect(() => wg.randomTranslation(2, 0)).toThrow('randomTranslation: height');
    expect(() => wg.randomRotation(200)).toThrow('randomRotation: degrees');
    expect(() => wg.randomCrop(0, 1)).toThrow('randomCrop: height');
    expect(() => wg.randomBrightness(-1)).toThrow('randomBrightness: factor');
    expect(() => wg.cutout(1.5)).toThrow('cutout: size');
    expect(() => wg.sequential([4], [wg.randomFlip()])).toThrow('expected images [n, height, width, channels]');
  });
});
