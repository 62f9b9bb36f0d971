// What files are written of where a value was computed by an instruction that nobody else knows: the same, made of
// ordinary ops.

import type { Tensor } from '../tensor.js';
import type { CustomAttrs } from './movement.js';

/** The value of a node with a derivative of its own, for those who write it as other ops. */
export const plainOf = ({ inputs, attrs }: Tensor): Tensor => (attrs as CustomAttrs).composed?.() ?? inputs[0]!;
