// Layers that pool, and what pooling does with ties, NaN and windows that do not fit.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { at, indexed } from './indexed.js';
import { checkLayer } from './layercheck.js';

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const most = (values: readonly number[]): number => Math.max(...values);

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it('maxPool2d and avgPool2d take windows of 2x2 by default', () => {
    const s = [2, 4, 6, 3];
    const windows = (f: (values: number[]) => number) => (x: readonly number[]) =>
      indexed([2, 2, 3, 3], ([n, i, j, c]) =>
        f(indexed([2, 2], ([p, q]) => at(x, s, [n!, 2 * i! + p!, 2 * j! + q!, c!]))),
      );
    checkLayer({ layer: wg.maxPool2d(), shape: s, reference: windows(most) });
    checkLayer({ layer: wg.avgPool2d(), shape: s, reference: windows((values) => sum(values) / 4) });
  });

  it('maxPool1d and avgPool1d take windows in time', () => {
    const s = [2, 5, 3];
    const windows = (f: (values: number[], count: number) => number) => (x: readonly number[]) =>
      indexed([2, 3, 3], ([n, i, c]) => {
        const inside = [2 * i! - 1, 2 * i!, 2 * i! + 1].filter((t) => t >= 0 && t < 5);
        return f(
          inside.map((t) => at(x, s, [n!, t, c!])),
          3,
        );
      });
    const how = { strides: 2, padding: 1 };
    checkLayer({ layer: wg.maxPool1d(3, how), shape: s, reference: windows(most) });
    checkLayer({ layer: wg.avgPool1d(3, how), shape: s, reference: windows((values, count) => sum(values) / count) });
    checkLayer({
      layer: wg.avgPool1d(3, { ...how, countIncludePad: false }),
      shape: s,
      reference: windows((values) => sum(values) / values.length),
    });
  });

  it('adaptiveAvgPool makes a given size', () => {
    checkLayer({
      layer: wg.adaptiveAvgPool1d(2),
      shape: [1, 3, 2],
      reference: (x) => indexed([1, 2, 2], ([, i, c]) => (x[2 * i! + c!]! + x[2 * i! + 2 + c!]!) / 2),
    });
    checkLayer({
      layer: wg.adaptiveAvgPool2d([1, 2]),
      shape: [2, 3, 4, 1],
      reference: (x) =>
        indexed(
          [2, 1, 2, 1],
          ([n, , j]) => sum(indexed([3, 2], ([p, q]) => at(x, [2, 3, 4, 1], [n!, p!, 2 * j! + q!, 0]))) / 6,
        ),
    });
  });

  it('a maximum is the first of equal ones, 0 and -0 among them, and NaN wins', () => {
    const slopes = (values: readonly number[]) => {
      const x = wg.tensor([...values], [1, values.length, 1, 1]);
      const y = ops.maxPool2d(x, [values.length, 1]);
      const g = wg.grad((t) => ops.maxPool2d(t, [values.length, 1]).sum())(x);
      return [y.item(), [...g.data()]];
    };
    expect(slopes([1, 3, 3, 2])).toEqual([3, [0, 1, 0, 0]]);
    expect(slopes([-0, 0, -1])).toEqual([-0, [1, 0, 0]]);
    expect(slopes([5, Number.NaN, 7, Number.NaN])).toEqual([Number.NaN, [0, 1, 0, 0]]);
    expect(slopes([-Infinity, -Infinity])).toEqual([-Infinity, [1, 0]]);
    expect(slopes([Infinity, 1, Infinity])).toEqual([Infinity, [1, 0, 0]]);
    expect(slopes([1e-45, 0, 1e-41])).toEqual([Math.fround(1e-41), [0, 0, 1]]);
  });

  it('so it is in squares of 2x2, whose channels fill vectors', () => {
    const kinds = [-0, 0, 1, Number.NaN, Number.NEGATIVE_INFINITY];
    // One pixel of results for each four kinds; channels are shifted against each other.
    const s = [1, 2, 2 * kinds.length ** 4, 4];
    const kindAt = (i: number, j: number, c: number) =>
      kinds[Math.floor(((j >> 1) + 7 * c) / kinds.length ** (2 * i + (j % 2))) % kinds.length]!;
    const values = indexed(s, ([, i, j, c]) => kindAt(i!, j!, c!));
    const x = wg.tensor(values, s);
    const windows = Array.from({ length: 2 * s[2]! }, (_, i) => {
      return [0, 1, 2, 3].map((k) => kindAt(k >> 1, 2 * (i >> 2) + (k % 2), i % 4));
    });
    const places = windows.map((window) => {
      const beats = (v: number, best: number) => v > best || (Number.isNaN(v) && !Number.isNaN(best));
      return window.reduce((best, v, k) => (beats(v, window[best]!) ? k : best), 0);
    });
    expect([...ops.maxPool2d(x, 2).data()]).toEqual(windows.map((window, i) => window[places[i]!]));
    const slopes = wg.grad((t) => ops.maxPool2d(t, 2).mul(-2).sum())(x);
    const isPlace = ([, i, j, c]: readonly number[]) => places[4 * (j! >> 1) + c!] === 2 * i! + (j! % 2);
    expect([...slopes.data()]).toEqual(indexed(s, (index) => (isPlace(index) ? -2 : 0)));
    expect(
      [
        ...wg
          .grad((t) => ops.maxPool2d(t, 2).mul(-0).sum())(x)
          .data(),
      ].some((g) => Object.is(g, -0)),
    ).toBe(false);
  });

  it('means of squares of 2x2 are rounded once, and are never -0 of -0 alone', () => {
    const kinds = [-0, 0, 1, 1e-45, -3e-45, 3e38, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 25, -1 / 3].map(
      Math.fround,
    );
    const s = [2, 3, 2 * kinds.length ** 2 + 1, 4]; // the last row and column are in no window
    const kindAt = (i: number, j: number, c: number) =>
      kinds[(((j >> 1) + 7 * c) * (i + 1) + (j % 2) * (i + 3)) % kinds.length]!;
    const values = indexed(s, ([, i, j, c]) => kindAt(i!, j! % (s[2]! - 3), c!));
    const x = wg.tensor(values, s);
    const out = [2, 1, kinds.length ** 2, 4];
    const mean = ([n, , j, c]: readonly number[]) =>
      Math.fround(indexed([2, 2], ([p, q]) => at(values, s, [n!, p!, 2 * j! + q!, c!])).reduce((a, b) => a + b, 0) / 4);
    const expected = indexed(out, mean);
    expect([...ops.avgPool2d(x, 2).data()]).toEqual(expected);
    const g = indexed(out, ([n, , j, c]) => kinds[(n! + j! + 3 * c!) % kinds.length]!);
    const slopes = wg.grad((t) => ops.avgPool2d(t, 2).mul(wg.tensor(g, out)).sum())(x);
    const isInside = (i: number, j: number) => i < 2 && j < s[2]! - 1;
    const slope = ([n, i, j, c]: readonly number[]) =>
      isInside(i!, j!) ? Math.fround(0 + at(g, out, [n!, 0, j! >> 1, c!]) / 4) : 0;
    expect([...slopes.data()]).toEqual(indexed(s, slope));
  });

  it('works in jit, in vmap and twice differentiated', () => {
    const x = wg.randomNormal([3, 2, 5, 5, 3], { key: wg.randomKey(2) });
    const pool = (t: wg.Tensor) => ops.avgPool2d(ops.maxPool2d(t.square(), 2, { strides: 1 }), 2);
    const each = ops.stack([0, 1, 2].map((i) => pool(ops.slice(x, [i]))));
    expect(wg.vmap(pool)(x).toArray()).toEqual(each.toArray());
    expect(
      wg
        .jit(pool)(ops.slice(x, [0]))
        .toArray(),
    ).toEqual(ops.slice(each, [0]).toArray());
    const slope = (t: wg.Tensor) => wg.grad((s) => pool(s).square().sum())(t);
    expect(wg.gradCheck((t) => slope(t).square().sum(), ops.slice(x, [0])).ok).toBe(true);
  });

  it('refuses what does not fit, and says what does', () => {
    const images = wg.zeros([1, 3, 5, 2]);
    expect(() => ops.maxPool2d(images, 4)).toThrow(
      "maxPool2d of [1, 3, 5, 2]: a window of 4 does not fit into 3; padding 'same' takes any size",
    );
    expect(ops.maxPool2d(images, 4, { padding: 'same' }).shape).toEqual([1, 1, 2, 2]);
    expect(() => ops.avgPool2d(images, 2, { padding: 2 })).toThrow(
      'padding must be at most half of the window 2, got 2',
    );
    expect(() => ops.maxPool2d(wg.zeros([3, 5, 2]))).toThrow(
      'maxPool2d: expected images [n, height, width, channels], got float32[3, 5, 2]',
    );
    expect(() => ops.maxPool1d(images)).toThrow('maxPool1d: expected sequences [n, time, features]');
    expect(() => ops.maxPool2d(images, 0)).toThrow('maxPool2d: poolSize must be a whole number of at least 1');
    expect(() => ops.maxPool2d(images, 2, { padding: 'full' as never })).toThrow(
      "maxPool2d: padding must be 'valid', 'same', a whole number or [height, width], got 'full'",
    );
    expect(() => ops.maxPool2d(images.toInt())).toThrow('maxPool2d needs float32 tensors, got int32');
    expect(() => ops.adaptiveAvgPool2d(wg.zeros([1, 0, 2, 1]), 2)).toThrow('axis 1 is empty');
    expect(() => wg.sequential([3, 5, 2], [wg.maxPool2d(7)])).toThrow('a window of 7 does not fit into 3');
  });

  it('global pooling of what it cannot take', () => {
    const x = wg.zeros([2, 3, 4]);
    expect(() => ops.globalAvgPool1d(x, { mask: wg.ones([2, 4]) })).toThrow(
      'globalAvgPool1d: the mask: expected [2, 3], got float32[2, 4]',
    );
    expect(() => ops.globalMaxPool1d(wg.zeros([2, 0, 4]))).toThrow('globalMaxPool1d of [2, 0, 4]: axis 1 is empty');
    expect(() => ops.globalAvgPool2d(wg.zeros([2, 3, 0, 4]))).toThrow(
      'globalAvgPool2d of [2, 3, 0, 4]: axis 2 is empty',
    );
    expect(() => ops.globalAvgPool2d(wg.zeros([2, 3, 1, 4], 'int32'))).toThrow('globalAvgPool2d needs float32 tensors');
    expect(() => ops.globalMaxPool2d(x)).toThrow('globalMaxPool2d: expected images [n, height, width, channels]');
    expect(() => ops.repeatVector(x, 2)).toThrow('repeatVector: expected rows [batch, features], got float32[2, 3, 4]');
    expect(() => ops.cropping1d(x, [1, 2])).toThrow(
      'cropping1d of [2, 3, 4]: [1, 2] leaves nothing of axis 1, which has 3',
    );
    expect(() => ops.zeroPadding1d(x, [1, -1])).toThrow('zeroPadding1d: padding must be a whole number of at least 0');
  });

  it('and what a mask leaves out may be anything, in gradients, too', () => {
    const x = wg.tensor([1, Number.NaN, 3, Infinity], [1, 4, 1]);
    const mask = wg.tensor([[1, 0, 2, 0]], undefined, 'int32');
    expect(ops.globalAvgPool1d(x, { mask }).toArray()).toEqual([[2]]);
    expect(ops.globalMaxPool1d(x, { mask }).toArray()).toEqual([[3]]);
    const slope = (op: typeof ops.globalAvgPool1d) => [
      ...wg
        .grad((t) => op(t, { mask }).sum())(x)
        .data(),
    ];
    expect(slope(ops.globalAvgPool1d)).toEqual([0.5, 0, 0.5, 0]);
    expect(slope(ops.globalMaxPool1d)).toEqual([0, 0, 1, 0]);
  });
});
