// Random numbers: Philox against known answers, and streams that can be repeated.

import { describe, expect, it } from 'vitest';
import { philox, Random } from '../bindings/random.js';

describe('philox 4x32-10', () => {
  // The known answers of the authors' Random123 library.
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('of %j under the key %j is %j', (counter, [k0, k1], expected) => {
    const words = Uint32Array.from(counter);
    philox(words, k0!, k1!);
    expect([...words]).toEqual(expected);
  });
});

describe('a stream', () => {
  const draw = (seed: number, stream: number) => {
    const random = new Random(seed, stream);
    return Array.from({ length: 9 }, () => random.uint32());
  };

  it('is the same again for the same seed and number, and another for others', () => {
    expect(draw(7, 1)).toEqual(draw(7, 1));
    expect(draw(7, 1)).not.toEqual(draw(8, 1));
    expect(draw(7, 1)).not.toEqual(draw(7, 2));
  });

  it('is uniform in [0, 1) and normal, by mean and variance of 100,000 numbers', () => {
    const random = new Random(1);
    const moments = (next: () => number) => {
      const values = Array.from({ length: 100_000 }, next);
      const mean = values.reduce((a, b) => a + b) / values.length;
      return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length, Math.min(...values.slice(0, 1e4))];
    };
    const [mean, variance, least] = moments(() => random.uniform());
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
    expect(least).toBeGreaterThanOrEqual(0);
    const [centre, spread] = moments(() => random.normal());
    expect(centre).toBeCloseTo(0, 1);
    expect(spread).toBeCloseTo(1, 1);
  });

  it('shuffles to a permutation, every element equally often in every place', () => {
    const counts = [0, 0, 0, 0, 0];
    const random = new Random(3);
    for (let i = 0; i < 5000; i++) {
      const items = Int32Array.of(0, 1, 2, 3, 4);
      random.shuffle(items);
      expect([...items].sort()).toEqual([0, 1, 2, 3, 4]);
      counts[items.indexOf(0)]!++;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });
});
