// What outputs and gradients of layers show, in numbers: units that are dead or saturated, and how large gradients are.

import type { Inspection, LayerInspection } from '../model/inspect.js';
import type { TensorData } from '../tensor.js';
import type { LayerSeen } from './evidence.js';

/** An output of tanh beyond that has a slope below 0.02, one of the sigmoid below 0.01. */
const FLAT = 0.99;

/** So many values tell which activation a layer has. */
const TOLD_BY = 512;

/**
 * The layers that have parameters or an activation, first to last. `kernels` are the parameters of the model by name.
 */
export function layersSeen(
  layers: Inspection['layers'],
  kernels: Readonly<Record<string, TensorData>>,
): readonly LayerSeen[] {
  const all = Object.entries(layers);
  const lastKernel = all.findLastIndex(([, { dW }]) => dW !== undefined);
  return all.flatMap(([name, layer], i) => {
    const activation = activationOf(layer, all[i - 1]?.[1]);
    if (!layer.dW && !activation) return [];
    const a = layer.a.values();
    const units = layer.a.shape.at(-1) ?? 1;
    const kernel = kernels[`${name.replace(/ \(\d+\)$/, '')}.kernel`];
    return {
      name,
      activation,
      hidden: i < lastKernel,
      units,
      dead: activation === 'relu' ? deadUnits(a, units) : 0,
      saturated: activation === 'tanh' || activation === 'sigmoid' ? saturation(a, activation) : 0,
      gradient: layer.dW ? rootMeanSquare(layer.dW.values()) : Number.NaN,
      weight: kernel ? rootMeanSquare(kernel) : Number.NaN,
    };
  });
}

/** Of a layer that shows no z of its own, the input is what the layer before it put out. */
function activationOf({ z, a }: LayerInspection, before: LayerInspection | undefined): LayerSeen['activation'] {
  const out = a.values();
  const own = z !== a && !sameStart(z.values(), out);
  const input = own ? z.values() : before?.a.size === a.size ? before.a.values() : undefined;
  if (!input) return undefined;
  const is = (f: (z: number) => number): boolean => {
    for (let i = 0; i < Math.min(TOLD_BY, out.length); i++) if (Math.abs(out[i]! - f(input[i]!)) > 1e-4) return false;
    return true;
  };
  if (sameStart(input, out) && out.every((value) => value > 0)) return undefined;
  if (is((v) => Math.max(v, 0))) return 'relu';
  if (is(Math.tanh)) return 'tanh';
  return is((v) => 1 / (1 + Math.exp(-v))) ? 'sigmoid' : undefined;
}

/** Whether two arrays begin alike. */
const sameStart = (a: TensorData, b: TensorData): boolean => a.subarray(0, TOLD_BY).every((value, i) => value === b[i]);

/** Units, the last axis, that are 0 in every row. */
function deadUnits(a: TensorData, units: number): number {
  const alive = new Uint8Array(units);
  for (let i = 0; i < a.length; i++) if (a[i] !== 0) alive[i % units] = 1;
  return alive.reduce((dead, lives) => dead + 1 - lives, 0);
}

function saturation(a: TensorData, activation: 'tanh' | 'sigmoid'): number {
  let flat = 0;
  for (const value of a) if (Math.abs(activation === 'tanh' ? value : 2 * value - 1) > FLAT) flat++;
  return flat / a.length;
}

function rootMeanSquare(values: TensorData): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / values.length);
}
