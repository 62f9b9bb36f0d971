// Weights of a file for the variables of a model: all of them, or none.

import { check } from '../../errors.js';
import type { Variable } from '../../model/layers.js';
import type { Network } from '../../model/network.js';
import { sameShape, shapeText } from '../../shape.js';
import type { SafetensorsFile, StoredTensor } from '../format.js';
import { numbersOf } from './safetensors.js';

/** Names with this in them are no weights: those of layers have none. */
const OTHERS = '/';

/** Throws unless a file has each of these variables, in its shape, and no other. */
export function checkWeights({ what, tensors }: SafetensorsFile, variables: readonly Variable[]): void {
  const names = new Set(variables.map(({ name }) => name));
  const faults: string[] = [];
  for (const { name, tensor } of variables) {
    const found = tensors.get(name);
    if (!found) faults.push(`it has no ${name} ${shapeText(tensor.shape)}`);
    else if (!sameShape(found.shape, tensor.shape)) {
      faults.push(`${name} is ${shapeText(found.shape)} in it, ${shapeText(tensor.shape)} in the model`);
    } else if (!/^B?F\d+$/.test(found.dtype)) faults.push(`${name} is ${found.dtype} in it, and must be floats`);
  }
  for (const [name, { shape }] of tensors) {
    if (!names.has(name) && !name.includes(OTHERS))
      faults.push(`it has ${name.slice(0, 80)} ${shapeText(shape)}, which the model has not`);
  }
  check(faults.length === 0, () => {
    const more = faults.length > SHOWN ? `; and ${faults.length - SHOWN} more` : '';
    return `${what} does not fit the model: ${faults.slice(0, SHOWN).join('; ')}${more}`;
  });
}

/** How many faults an error tells. */
const SHOWN = 8;

/** Gives all variables the values in a file, or throws before it changed one. */
export function takeWeights(network: Network, file: SafetensorsFile): void {
  checkWeights(file, network.variables);
  const values = network.variables.map(({ name }) => numbersOf(`${file.what}: ${name}`, file.tensors.get(name)!));
  network.variables.forEach(({ tensor }, i) => void network.view(tensor).set(values[i]!));
}

/** How many elements these tensors have. */
export const elementsOf = (tensors: Iterable<StoredTensor>): number =>
  [...tensors].reduce((sum, { shape }) => sum + shape.reduce((size, d) => size * d, 1), 0);
