// Layers that make images larger, or trade their size for channels: upSampling2d, depthToSpace, spaceToDepth. The ops
// have the same names.

import { checkWhole } from '../errors.js';
import * as depth from '../ops/depth.js';
import { type UpSamplingOptions, upSampling2d as upSamplingOp, upSamplingRules } from '../ops/upsampling.js';
import { options, type Rules, text, together } from '../options.js';
import { type Layer, layer } from './layer.js';
import { type NameOptions, nameOptions } from './named.js';

/** Options of the layer `upSampling2d`. */
export interface UpSamplingLayerOptions extends UpSamplingOptions {
  /** Its name in the model; by default 'upSampling2d', 'upSampling2d_1' … */
  readonly name?: string | undefined;
}

const upSamplingOptions = options(
  together(upSamplingRules, {
    name: text(undefined),
  }) satisfies Rules<UpSamplingLayerOptions>,
);

/**
 * A layer that makes images a whole number of times as large: [n, h, w, c] becomes [n, h·size, w·size, c]. 'nearest'
 * repeats pixels; 'bilinear' is as in PyTorch with align_corners false.
 */
export function upSampling2d(options?: UpSamplingLayerOptions): Layer {
  const { name, ...how } = upSamplingOptions('upSampling2d', options);
  return layer({
    kind: 'upSampling2d',
    name,
    signature: [upSampling2d, { ...options }],
    call: (x) => upSamplingOp(x, how),
  });
}

/** A layer that makes pixels of channels: [n, h, w, b·b·c] becomes [n, b·h, b·w, c], in the order of TensorFlow. */
export function depthToSpace(blockSize: number, options?: NameOptions): Layer {
  checkWhole('depthToSpace: blockSize', blockSize);
  const { name } = nameOptions('depthToSpace', options);
  return layer({
    kind: 'depthToSpace',
    name,
    signature: [depthToSpace, blockSize, { ...options }],
    call: (x) => depth.depthToSpace(x, blockSize),
  });
}

/** The reverse of `depthToSpace`: a layer that makes channels of pixels, [n, b·h, b·w, c] becomes [n, h, w, b·b·c]. */
export function spaceToDepth(blockSize: number, options?: NameOptions): Layer {
  checkWhole('spaceToDepth: blockSize', blockSize);
  const { name } = nameOptions('spaceToDepth', options);
  return layer({
    kind: 'spaceToDepth',
    name,
    signature: [spaceToDepth, blockSize, { ...options }],
    call: (x) => depth.spaceToDepth(x, blockSize),
  });
}
