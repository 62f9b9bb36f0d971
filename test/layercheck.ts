// Compares a layer with a function of plain numbers that is its published formula: outputs, and gradients by the input
// and every parameter, against central differences of the formula in float64.

import { expect } from 'vitest';
import * as wg from '../bindings/index.js';
import { type Shape, sizeOf } from '../bindings/shape.js';
import { ATOL, firstDifference, RTOL } from './harness.js';
import { Numbers } from './numbers.js';

/** Values of parameters or states by the names that the layer has for them. */
export type Values = Readonly<Record<string, readonly number[]>>;

export interface LayerCheck {
  readonly layer: wg.Layer;
  /** Of the batch that it is called on. */
  readonly shape: Shape;
  /** The output, flat, for a batch, flat; `values` are parameters and states. */
  readonly reference: (x: readonly number[], values: Values) => readonly number[];
  readonly training?: boolean;
  readonly key?: wg.Tensor;
  /** Inputs and parameters are drawn from ± this; default 3. */
  readonly spread?: number;
  /** By default it is differentiable. */
  readonly smooth?: boolean;
  /** Makes the states, for layers that need them in a range; by default those that the layer starts from. */
  readonly state?: (name: string, n: number) => readonly number[];
}

const random = new Numbers(11);
const draw = (n: number, spread: number): number[] =>
  Array.from({ length: n }, () => Math.fround(spread * (2 * random.uniform() - 1)));
/** Its name in the layer: 'kernel' of 'dense.kernel', 'hidden.kernel' of 'block.hidden.kernel'. */
const inside = (name: string): string => name.split('.').slice(1).join('.');
const weightOf = (i: number): number => Math.fround(0.5 + ((i * 7) % 11) / 11);

type Tensors = Record<string, wg.Tensor>;

const valuesOf = (tensors: Tensors): Record<string, number[]> =>
  Object.fromEntries(Object.entries(tensors).map(([name, t]) => [inside(name), [...t.data()]]));

/** Throws unless the layer agrees with its formula; returns the next state. */
export function checkLayer(given: LayerCheck): Record<string, number[]> {
  const { layer, shape, reference, training = false, key, smooth = true, spread = 3 } = given;
  const net = wg.model(shape.slice(1), (x) => layer(x));
  const like = (t: wg.Tensor, values: readonly number[]) => wg.tensor([...values], t.shape);
  const parameters = wg.treeMap(
    (t: wg.Tensor) => like(t, draw(t.size, spread)),
    net.parameters() as Tensors,
  ) as Tensors;
  const state = Object.fromEntries(
    Object.entries(net.state()).map(([name, t]) => [
      name,
      given.state ? like(t, given.state(inside(name), t.size).map(Math.fround)) : t,
    ]),
  );
  const x = draw(sizeOf(shape), spread);
  const run = (p: Tensors, input: wg.Tensor) => net.apply(p, input, { training, state, ...(key && { key }) });
  const input = wg.tensor(x, shape);
  const { output, state: next } = run(parameters, input);
  const values = { ...valuesOf(parameters), ...valuesOf(state) };
  const expected = reference(x, values);
  const where = `${layer.kind} of ${shape}`;
  expect(firstDifference((output as wg.Tensor).data(), expected, RTOL, ATOL), where).toBeUndefined();
  if (smooth) {
    const loss = ([p, at]: readonly [Tensors, wg.Tensor]) => {
      const y = (run(p, at) as { output: wg.Tensor }).output;
      const weights = wg.tensor(
        Array.from({ length: y.size }, (_, i) => weightOf(i)),
        y.shape,
      );
      return y.mul(weights).sum();
    };
    const [byParameters, byInput] = wg.grad(loss as never)([parameters, input] as never) as unknown as [
      Tensors,
      wg.Tensor,
    ];
    const total = (ys: readonly number[]) => ys.reduce((sum, y, i) => sum + y * weightOf(i), 0);
    const slopes = differences((at) => total(reference(at, values)), x);
    expect(firstDifference(byInput.data(), slopes, RTOL, ATOL), `${where} by its input`).toBeUndefined();
    for (const [name, g] of Object.entries(byParameters)) {
      const own = inside(name);
      const by = differences((at) => total(reference(x, { ...values, [own]: at })), values[own]!);
      expect(firstDifference(g.data(), by, RTOL, ATOL), `${where} by ${own}`).toBeUndefined();
    }
  }
  net.dispose();
  return valuesOf(next);
}

function differences(f: (at: readonly number[]) => number, at: readonly number[]): number[] {
  return at.map((value, i) => {
    const h = 1e-5;
    return (f(at.with(i, value + h)) - f(at.with(i, value - h))) / (2 * h);
  });
}
