// The files in fixtures/: models that Keras and TensorFlow.js wrote, and what they predict (make.py, make.mjs).

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import * as wg from '../../bindings/index.js';
import { Tensor } from '../../bindings/tensor.js';

/** An array in JSON. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What a model is given, by the names of its inputs, and what it predicts, output by output. */
export interface Predictions {
  readonly inputs: Readonly<Record<string, Numbers>>;
  readonly outputs: readonly Numbers[];
}

export type AnyModel = wg.Model<never, never>;

export const pathOf = (name: string): string => `test/keras/fixtures/${name}`;

export const bytesOf = (name: string): Uint8Array => Uint8Array.from(readFileSync(pathOf(name)));

export const predictionsOf = (name: string): Predictions => JSON.parse(readFileSync(pathOf(`${name}.json`), 'utf8'));

/** What a model predicts for these inputs, output by output. */
export function predicted(net: AnyModel, inputs: Predictions['inputs']): Tensor[] {
  const { specs } = net.look('test', ({ network }) => network.definition.inputs);
  const data = Object.entries(inputs).map(([name, { shape, data }], i) => {
    return [name, wg.tensor([...data], [...shape], specs[i]!.dtype)] as const;
  });
  const x = data.length === 1 ? data[0]![1] : Object.fromEntries(data);
  const given: unknown = net.predict(x as never);
  return given instanceof Tensor ? [given] : Object.values(given as Record<string, Tensor>);
}

/** Throws unless a model predicts what it did where it comes from, within 1e-5. */
export function expectPredictions(net: AnyModel, { inputs, outputs }: Predictions): void {
  const given = predicted(net, inputs);
  expect(given.map(({ shape }) => shape)).toEqual(outputs.map(({ shape }) => shape));
  given.forEach((t, i) => {
    const { data } = outputs[i]!;
    const error = Math.max(...[...t.values()].map((value, k) => Math.abs(value - data[k]!) / (1 + Math.abs(data[k]!))));
    expect(error, `output ${i}`).toBeLessThan(1e-5);
  });
}
