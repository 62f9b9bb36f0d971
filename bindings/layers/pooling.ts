// Layers that pool sequences and images: by windows, or to a given size. The ops of wasmgrad/ops have the same names.
// Not here: pooling over all positions (globalpooling.ts).

import { checkWhole } from '../errors.js';
import * as adaptive from '../ops/adaptive.js';
import {
  type AvgPoolOptions,
  avgPool1d as avgPool1dOp,
  avgPool2d as avgPool2dOp,
  avgPoolRules,
  type MaxPoolOptions,
  maxPool1d as maxPool1dOp,
  maxPool2d as maxPool2dOp,
  maxPoolRules,
} from '../ops/pooling.js';
import { checkedPair, type Pair } from '../ops/spatial.js';
import { options, type Rules, text, together } from '../options.js';
import { type Layer, layer } from './layer.js';
import { type NameOptions, nameOptions } from './named.js';

/** Options of the layers `maxPool1d` and `maxPool2d`. */
export interface MaxPoolLayerOptions extends MaxPoolOptions {
  /** Its name in the model; by default made of its kind. */
  readonly name?: string | undefined;
}

/** Options of the layers `avgPool1d` and `avgPool2d`. */
export interface AvgPoolLayerOptions extends AvgPoolOptions {
  /** Its name in the model; by default made of its kind. */
  readonly name?: string | undefined;
}

const maxPoolOptions = options(together(maxPoolRules, { name: text(undefined) }) satisfies Rules<MaxPoolLayerOptions>);
const avgPoolOptions = options(together(avgPoolRules, { name: text(undefined) }) satisfies Rules<AvgPoolLayerOptions>);

/**
 * A layer that takes the largest of each window of images [n, height, width, channels], for each channel by itself.
 *
 * @param poolSize of a window, one number or [height, width]; default 2
 */
export function maxPool2d(poolSize: Pair = 2, options?: MaxPoolLayerOptions): Layer {
  const size = checkedPair('maxPool2d: poolSize', poolSize);
  const { name, ...how } = maxPoolOptions('maxPool2d', options);
  const signature = [maxPool2d, size, { ...options }];
  return layer({ kind: 'maxPool2d', name, signature, call: (x) => maxPool2dOp(x, size, how) });
}

/** A layer that takes the largest of each window of sequences [n, time, features]; as `maxPool2d`. */
export function maxPool1d(poolSize = 2, options?: MaxPoolLayerOptions): Layer {
  checkWhole('maxPool1d: poolSize', poolSize);
  const { name, ...how } = maxPoolOptions('maxPool1d', options);
  const signature = [maxPool1d, poolSize, { ...options }];
  return layer({ kind: 'maxPool1d', name, signature, call: (x) => maxPool1dOp(x, poolSize, how) });
}

/**
 * A layer that takes the mean of each window of images [n, height, width, channels], for each channel by itself.
 *
 * @param poolSize of a window, one number or [height, width]; default 2
 */
export function avgPool2d(poolSize: Pair = 2, options?: AvgPoolLayerOptions): Layer {
  const size = checkedPair('avgPool2d: poolSize', poolSize);
  const { name, ...how } = avgPoolOptions('avgPool2d', options);
  const signature = [avgPool2d, size, { ...options }];
  return layer({ kind: 'avgPool2d', name, signature, call: (x) => avgPool2dOp(x, size, how) });
}

/** A layer that takes the mean of each window of sequences [n, time, features]; as `avgPool2d`. */
export function avgPool1d(poolSize = 2, options?: AvgPoolLayerOptions): Layer {
  checkWhole('avgPool1d: poolSize', poolSize);
  const { name, ...how } = avgPoolOptions('avgPool1d', options);
  const signature = [avgPool1d, poolSize, { ...options }];
  return layer({ kind: 'avgPool1d', name, signature, call: (x) => avgPool1dOp(x, poolSize, how) });
}

/** A layer that makes images of any size ones of `outputSize`, each pixel the mean of its part of the image. */
export function adaptiveAvgPool2d(outputSize: Pair, options?: NameOptions): Layer {
  const size = checkedPair('adaptiveAvgPool2d: outputSize', outputSize);
  const { name } = nameOptions('adaptiveAvgPool2d', options);
  const signature = [adaptiveAvgPool2d, size, { ...options }];
  return layer({ kind: 'adaptiveAvgPool2d', name, signature, call: (x) => adaptive.adaptiveAvgPool2d(x, size) });
}

/** A layer that makes sequences of any length ones of `outputSize` steps, each the mean of its part. */
export function adaptiveAvgPool1d(outputSize: number, options?: NameOptions): Layer {
  checkWhole('adaptiveAvgPool1d: outputSize', outputSize);
  const { name } = nameOptions('adaptiveAvgPool1d', options);
  const signature = [adaptiveAvgPool1d, outputSize, { ...options }];
  return layer({ kind: 'adaptiveAvgPool1d', name, signature, call: (x) => adaptive.adaptiveAvgPool1d(x, outputSize) });
}
