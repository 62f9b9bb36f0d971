// What is done to a normalised value: how its factors and what is added are checked.

import { check } from '../../errors.js';
import { type Shape, sameShape, shapeText } from '../../shape.js';
import { checkedTensor, type Tensor } from '../../tensor.js';
import { checkFloat } from '../op.js';

/** Throws unless `given`, if it is there, is float32 and of this shape. */
export function checkAffine(where: string, name: string, given: Tensor | undefined, shape: Shape): void {
  if (given === undefined) return;
  const fits = sameShape(checkedTensor(`${where}: ${name}`, given).shape, shape);
  check(fits, () => `${where}: ${name} must be ${shapeText(shape)}, got ${shapeText(given.shape)}`);
  checkFloat(`${where}: ${name}`, [given]);
}
