// Frozen programs: what they compute is what predict computes, bit by bit, on both back ends.

import { beforeAll, describe, expect, test } from 'vitest';
import * as wg from '../bindings/index.js';
import { freeze } from '../bindings/io/freeze.js';
import { type FrozenModel, loadFrozen } from '../bindings/run.js';
import { Tensor } from '../bindings/tensor.js';
import { chain, FROZEN_CASES, type FrozenCase, samplesOf } from './frozencases.js';
import { LAYER_KINDS } from './layerkinds.js';

const CASES = [
  ...Object.entries(LAYER_KINDS).map(([name, { shape, make }]) => chain(`the layer ${name}`, shape, () => [make()])),
  ...FROZEN_CASES,
];

type Values = Record<string, readonly number[]>;

/** The bits of outputs, by name. */
const bitsOf = (output: unknown): Values => {
  const named = output instanceof Float32Array || output instanceof Tensor ? { '': output } : (output as object);
  return Object.fromEntries(
    Object.entries(named).map(([name, values]) => {
      const data = values instanceof Tensor ? values.data() : values;
      return [name, [...new Int32Array(Float32Array.from(data).buffer)]];
    }),
  );
};

/** The samples [from, to). */
function part({ inputs }: FrozenCase, x: ReturnType<typeof samplesOf>, from: number, to: number) {
  const cut = (values: Float32Array, name: string) => {
    const size = inputs[name]!.shape.reduce((a, b) => a * b, 1);
    return values.slice(from * size, to * size);
  };
  if (x instanceof Float32Array) return cut(x, '');
  return Object.fromEntries(Object.entries(x).map(([name, values]) => [name, cut(values, name)]));
}

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(async () => void (await wg.init({ backend, seed: 3 })));

  test.each(CASES.map((one) => [one.name, one] as const))('%s: the bits of predict', async (_, one) => {
    const net = one.make();
    const file = freeze(net, { batch: [1, 4] });
    const loaded = (await loadFrozen(file, { backend })) as FrozenModel<unknown>;
    expect(loaded.backend).toBe(backend);
    const x = samplesOf(one, 9);
    for (const [from, to] of [
      [0, 1],
      [2, 6],
      [5, 6],
      [1, 5],
    ] as const) {
      const some = part(one, x, from, to);
      expect(bitsOf(loaded.predict(some as never))).toEqual(bitsOf(net.predict(some as never)));
    }
    // 9 samples are twice four and one.
    const parts = [part(one, x, 0, 4), part(one, x, 4, 8), part(one, x, 8, 9)].map((some) =>
      bitsOf(net.predict(some as never)),
    );
    const all = bitsOf(loaded.predict(x as never));
    for (const name of Object.keys(all)) expect(all[name]).toEqual(parts.flatMap((some) => some[name]!));
  });
});
