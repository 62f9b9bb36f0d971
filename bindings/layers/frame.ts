// Which model's function is running. A layer that is called finds its parameters there, and no other way. Not here:
// what it finds (model/forward.ts).

import type { Tensor } from '../tensor.js';
import type { Decoding } from './decoding.js';
import type { Layer } from './layer.js';
import type { MaskFlow } from './masks.js';

/** One run of a model's function. */
export interface Frame {
  /** Calls a layer, with the parameters that it has in this model. */
  call(layer: Layer<never, unknown>, input: unknown): unknown;
  /** What a run leaves besides its output. */
  readonly findings: { masks?: MaskFlow | undefined; decoding?: Decoding | undefined };
}

let frame: Frame | undefined;

/**
 * The masks of tensors (masks.ts); null says that a tensor has none. They are kept here, and not in masks.ts, because
 * dist/ has copies of masks.ts for the layers that files name (scripts/catalog.mjs), and only one of this file.
 */
export const masked = { any: false, of: /*@__PURE__*/ new WeakMap<Tensor, Tensor | null>() };

/** The innermost run of a model's function. */
export const frameAtWork = (): Frame | undefined => frame;

/** Runs a model's function. */
export function inFrame<T>(inner: Frame, run: () => T): T {
  const outer = frame;
  frame = inner;
  try {
    return run();
  } finally {
    frame = outer;
  }
}
