// Layers that are thin over ops: their outputs and gradients against their formulas, and what they refuse.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { gelu } from '../bindings/ops.js';
import { at, indexed } from './indexed.js';
import { checkLayer } from './layercheck.js';

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it('activation applies a name or a function', () => {
    const shape = [3, 5];
    checkLayer({ layer: wg.activation('tanh'), shape, reference: (x) => x.map(Math.tanh) });
    const net = wg.sequential([2], [wg.activation(gelu, { name: 'act' })]);
    expect(net.predict([[0, 1]]).toArray()).toEqual([[0, expect.closeTo(0.841345, 5)]]);
    expect(() => wg.activation('gelu' as never)).toThrow("unknown activation 'gelu'");
  });

  it('prelu learns a slope for each element, or one for all along shared axes', () => {
    const bent = (x: number, alpha: number) => (x > 0 ? x : alpha * x);
    checkLayer({
      layer: wg.prelu(),
      shape: [3, 4],
      reference: (x, { alpha }) => x.map((v, i) => bent(v, alpha![i % 4]!)),
    });
    checkLayer({
      layer: wg.prelu({ sharedAxes: [1, 2] }),
      shape: [2, 3, 2, 5],
      reference: (x, { alpha }) => x.map((v, i) => bent(v, alpha![i % 5]!)),
    });
    const net = wg.sequential([2], [wg.prelu()]);
    expect(net.predict([[-4, 4]]).toArray()).toEqual([[-1, 4]]);
    expect(() => wg.sequential([2], [wg.prelu({ sharedAxes: [2] })])).toThrow('prelu: samples [2] have no axis 2');
  });

  it('reshape, permute and repeatVector give samples another shape', () => {
    const same = (x: readonly number[]) => x;
    checkLayer({ layer: wg.reshape([3, 2]), shape: [2, 6], reference: same });
    checkLayer({ layer: wg.reshape([-1, 2]), shape: [2, 2, 3], reference: same });
    checkLayer({ layer: wg.reshape([]), shape: [2, 1], reference: same });
    checkLayer({
      layer: wg.permute([3, 1, 2]),
      shape: [2, 3, 4, 5],
      reference: (x) => indexed([2, 5, 3, 4], ([n, c, i, j]) => at(x, [2, 3, 4, 5], [n!, i!, j!, c!])),
    });
    checkLayer({
      layer: wg.repeatVector(3),
      shape: [2, 4],
      reference: (x) => indexed([2, 3, 4], ([n, , i]) => at(x, [2, 4], [n!, i!])),
    });
    expect(() => wg.sequential([4], [wg.reshape([3, -1])])).toThrow('reshape([3, -1]): 4 elements of a sample [4]');
    expect(() => wg.reshape([-1, -1])).toThrow('reshape: targetShape may have one -1, got [-1, -1]');
    expect(() => wg.sequential([3, 4], [wg.reshape([5, 5])])).toThrow(
      'reshape([5, 5]): 12 elements of a sample [3, 4] are not 25',
    );
    const order = 'permute: dims must be the axes 1, 2 … of a sample in their new order, got';
    expect(() => wg.permute([0, 1])).toThrow(`${order} [0, 1]`);
    expect(() => wg.permute('ab' as never)).toThrow(`${order} 'ab'`);
    expect(() => wg.sequential([4], [wg.permute([2, 1])])).toThrow('permute([2, 1]): expected samples of 2 dimensions');
    expect(() => wg.sequential([4, 2], [wg.repeatVector(2)])).toThrow(
      'repeatVector: expected rows [batch, features], got float32[3, 4, 2] (in layer repeatVector on samples [4, 2])',
    );
  });

  it('zeroPadding and cropping add zeros and cut edges', () => {
    const s = [2, 3, 4, 2];
    checkLayer({
      layer: wg.zeroPadding2d([
        [1, 0],
        [2, 1],
      ]),
      shape: s,
      reference: (x) =>
        indexed([2, 4, 7, 2], ([n, i, j, c]) => (i! < 1 || j! < 2 || j! > 5 ? 0 : at(x, s, [n!, i! - 1, j! - 2, c!]))),
    });
    checkLayer({
      layer: wg.zeroPadding1d(),
      shape: [2, 3, 2],
      reference: (x) => indexed([2, 5, 2], ([n, i, c]) => (i! < 1 || i! > 3 ? 0 : at(x, [2, 3, 2], [n!, i! - 1, c!]))),
    });
    checkLayer({
      layer: wg.cropping2d([1, 2]),
      shape: [2, 3, 5, 1],
      reference: (x) => indexed([2, 1, 1, 1], ([n]) => at(x, [2, 3, 5, 1], [n!, 1, 2, 0])),
    });
    checkLayer({
      layer: wg.cropping1d([0, 2]),
      shape: [2, 3, 2],
      reference: (x) => indexed([2, 1, 2], ([n, , c]) => at(x, [2, 3, 2], [n!, 0, c!])),
    });
    expect(() => wg.sequential([2, 2], [wg.cropping1d([2, 1])])).toThrow(
      'cropping1d of [3, 2, 2]: [2, 1] leaves nothing of axis 1, which has 2',
    );
    expect(() =>
      wg.sequential(
        [4, 4, 1],
        [
          wg.cropping2d([
            [2, 2],
            [0, 0],
          ]),
        ],
      ),
    ).toThrow('cropping2d of [3, 4, 4, 1]: [2, 2] leaves nothing of axis 1, which has 4');
    expect(() => wg.zeroPadding2d([1, 2, 3] as never)).toThrow('zeroPadding2d: padding must be a whole number');
    expect(() => wg.sequential([2, 2], [wg.zeroPadding2d()])).toThrow(
      'zeroPadding2d: expected images [n, height, width, channels], got float32[3, 2, 2]',
    );
  });

  it('global pooling takes means, and the largest', () => {
    const s = [2, 3, 4, 3];
    const pixels = (x: readonly number[], n: number, c: number) =>
      indexed([3, 4], ([i, j]) => at(x, s, [n, i!, j!, c]));
    const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b) / xs.length;
    const pooled = (f: (xs: number[]) => number) => (x: readonly number[]) =>
      indexed([2, 3], ([n, c]) => f(pixels(x, n!, c!)));
    checkLayer({ layer: wg.globalAvgPool2d(), shape: s, reference: pooled(mean) });
    checkLayer({ layer: wg.globalMaxPool2d({ keepDims: true }), shape: s, reference: pooled((xs) => Math.max(...xs)) });
    const steps = (x: readonly number[], n: number, c: number) => indexed([5], ([i]) => at(x, [2, 5, 3], [n, i!, c]));
    const alike = { shape: [2, 5, 3] };
    checkLayer({
      layer: wg.globalAvgPool1d(),
      ...alike,
      reference: (x) => indexed([2, 3], ([n, c]) => mean(steps(x, n!, c!))),
    });
    checkLayer({
      layer: wg.globalMaxPool1d(),
      ...alike,
      reference: (x) => indexed([2, 3], ([n, c]) => Math.max(...steps(x, n!, c!))),
    });
    expect(
      wg.sequential([2, 2, 3], [wg.globalAvgPool2d({ keepDims: true })]).predict(wg.zeros([1, 2, 2, 3])).shape,
    ).toEqual([1, 1, 1, 3]);
  });

  it('upSampling2d, depthToSpace and spaceToDepth are the ops of these names', () => {
    const s = [1, 2, 2, 4];
    checkLayer({
      layer: wg.upSampling2d({ size: [1, 2] }),
      shape: s,
      reference: (x) => indexed([1, 2, 4, 4], ([n, i, j, c]) => at(x, s, [n!, i!, j! >> 1, c!])),
    });
    checkLayer({
      layer: wg.depthToSpace(2),
      shape: s,
      reference: (x) => indexed([1, 4, 4, 1], ([n, i, j]) => at(x, s, [n!, i! >> 1, j! >> 1, 2 * (i! % 2) + (j! % 2)])),
    });
    checkLayer({
      layer: wg.spaceToDepth(2),
      shape: s,
      reference: (x) => indexed([1, 1, 1, 16], ([, , , k]) => at(x, s, [0, k! >> 3, (k! >> 2) & 1, k! & 3])),
    });
    expect(() => wg.sequential([2, 2, 3], [wg.depthToSpace(2)])).toThrow('the channels must divide by 2², got 3');
    expect(() => wg.sequential([2, 3, 3], [wg.spaceToDepth(2)])).toThrow('height and width must divide by 2');
  });

  describe('in training', () => {
    const key = () => wg.randomKey(5);

    it('dropout drops whole elements, spatialDropout whole features, gaussianNoise adds', () => {
      const kept = (layer: wg.Layer, shape: number[]) => run(layer, wg.ones(shape)).toArray();
      const run = (layer: wg.Layer, x: wg.Tensor) => {
        const net = wg.model(x.shape.slice(1), (t) => layer(t));
        return net.apply({}, x, { training: true, key: key() }) as wg.Tensor;
      };
      const flat = (kept(wg.dropout(0.5), [40, 50]) as number[][]).flat();
      expect(new Set(flat)).toEqual(new Set([0, 2]));
      expect(flat.reduce((a, b) => a + b) / flat.length).toBeCloseTo(1, 1);
      const features = kept(wg.spatialDropout1d(0.5), [8, 5, 6]) as number[][][];
      for (const steps of features) for (const step of steps) expect(step).toEqual(steps[0]);
      expect(new Set(features.flat(2))).toEqual(new Set([0, 2]));
      const channels = kept(wg.spatialDropout2d(0.25), [8, 3, 4, 5]) as number[][][][];
      for (const rows of channels) for (const pixel of rows.flat()) expect(pixel).toEqual(rows[0]![0]);
      expect(new Set(channels.flat(3))).toEqual(new Set([0, Math.fround(1 / 0.75)]));
      const noise = [...run(wg.gaussianNoise(0.5), wg.zeros([100, 100])).data()];
      const variance = noise.reduce((sum, v) => sum + v * v, 0) / noise.length;
      expect(variance).toBeCloseTo(0.25, 1);
    });

    it('they have the gradient of what they kept, and draw anew in each step', () => {
      const net = wg.sequential([4, 3], [wg.dropout(0.5), wg.spatialDropout1d(0.5), wg.gaussianNoise(1)]);
      const x = wg.ones([2, 4, 3]);
      const f = (t: wg.Tensor) => (net.apply({}, t, { training: true, key: key() }) as wg.Tensor).sum();
      const slopes = wg.grad(f)(x).data();
      expect([...slopes].every((slope) => slope === 0 || slope === 4)).toBe(true);
      const other = net.apply({}, x, { training: true, key: wg.randomKey(6) }) as wg.Tensor;
      expect([...other.data()]).not.toEqual([
        ...(net.apply({}, x, { training: true, key: key() }) as wg.Tensor).data(),
      ]);
    });

    it('and they do nothing in predict, or in a frozen model', () => {
      const noisy = wg.sequential([3], [wg.dropout(0.5), wg.gaussianNoise(1)]);
      expect(noisy.predict([[1, 2, 3]]).toArray()).toEqual([[1, 2, 3]]);
      const asLayer = noisy.asLayer({ trainable: false });
      const frozen = wg.model([3], (x) => asLayer(x));
      expect((frozen.apply({}, wg.tensor([[1, 2, 3]]), { training: true, key: key() }) as wg.Tensor).toArray()).toEqual(
        [[1, 2, 3]],
      );
      expect(() => wg.dropout(1)).toThrow('dropout: the rate must be a number in [0, 1), got 1');
      expect(() => wg.spatialDropout2d(-1)).toThrow('spatialDropout2d: the rate must be a number in [0, 1), got -1');
    });
  });
});
