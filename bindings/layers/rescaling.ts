// The layer that brings data into the range in which networks learn well.

import { checkNumber } from '../errors.js';
import { number, options, type Rules, text } from '../options.js';
import { type Layer, layer } from './layer.js';

/** Options of `rescaling`. */
export interface RescalingOptions {
  /** What is added to the product; default 0. */
  readonly offset?: number | undefined;
  /** Its name in the model; by default 'rescaling', 'rescaling_1' … */
  readonly name?: string | undefined;
}

const rescalingOptions = options({ offset: number(0), name: text(undefined) } satisfies Rules<RescalingOptions>);

/**
 * A layer that brings data into another range, x·scale + offset: `rescaling(1 / 255)` takes the bytes of an image to
 * 0 … 1, `rescaling(1 / 127.5, { offset: -1 })` to -1 … 1. So images lie in memory as bytes, and who predicts need not
 * know how they were scaled in training.
 *
 * @throws if `scale` is not a finite number, or an option is unknown
 */
export function rescaling(scale: number, options?: RescalingOptions): Layer {
  checkNumber('rescaling: scale', scale);
  const { offset, name } = rescalingOptions('rescaling', options);
  return layer({
    kind: 'rescaling',
    name,
    signature: [rescaling, scale, { ...options }],
    call: (x) => (offset === 0 ? x.mul(scale) : x.mul(scale).add(offset)),
  });
}
