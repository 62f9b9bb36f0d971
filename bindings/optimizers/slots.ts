// The slots of an optimizer at work, parameter by parameter.

import { check } from '../errors.js';
import type { Memory } from '../run/memory.js';
import { type Shape, sizeOf } from '../shape.js';
import { isElementwise } from './optimizer.js';
import type { Parameter } from './parameters.js';
import type { OptimizerState } from './state.js';

/** A slot of one parameter. */
export interface SlotView {
  readonly shape: Shape;
  /** Its memory, without a copy. Do not keep it: it is of no use any more when memory has grown. */
  readonly values: Float32Array | Float64Array;
}

/** The slots of a parameter by name; throws if the optimizer does not update it. */
export function slotsOf(
  memory: Memory,
  state: OptimizerState,
  parameter: Parameter,
): Readonly<Record<string, SlotView>> {
  const call = state.calls.find(({ parameters }) => parameters.some(({ tensor }) => tensor === parameter.tensor));
  check(call !== undefined, () => `internal error: ${parameter.name} is not trained by this optimizer`);
  const { parameters, optimizer, inputs } = call!;
  const inRow = isElementwise(optimizer.update);
  const offset = parameter.address - parameters[0]!.address;
  const views = Object.entries(inputs.slots).map(([name, slot]) => {
    const shape = inRow ? parameter.tensor.shape : slot.shape;
    const from = (state.places.get(slot)! + offset) / 4;
    return [name, { shape, values: memory.f.subarray(from, from + sizeOf(shape)) }] as const;
  });
  return Object.fromEntries(views);
}
