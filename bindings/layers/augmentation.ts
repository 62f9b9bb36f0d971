// The layers that change images at random in training, so that a network sees others in each epoch, and leave them as
// they are in predictions. Not here: how they are changed (ops/augmentation/); mixUp, which changes labels, too, and so
// is no layer.

import { checkSide, cutout as cutoutOp, type HoleOptions, holeRules } from '../ops/augmentation/cutout.js';
import * as geometry from '../ops/augmentation/geometry.js';
import * as light from '../ops/augmentation/light.js';
import { type FillOptions, fillRules } from '../ops/augmentation/pixels.js';
import { options, type Rules, text, together } from '../options.js';
import { inTraining } from './intraining.js';
import type { Layer } from './layer.js';
import { type NameOptions, nameOptions } from './named.js';

/** Options of `randomFlip`. */
export interface FlipLayerOptions extends geometry.FlipOptions, NameOptions {}

/** Options of `randomTranslation` and `randomRotation`. */
export interface MoveLayerOptions extends FillOptions, NameOptions {}

/** Options of `randomCrop`. */
export interface CropLayerOptions extends geometry.CropOptions, NameOptions {}

/** Options of `cutout`. */
export interface CutoutLayerOptions extends HoleOptions, NameOptions {}

const name = text(undefined);
const flipOptions = options(together(geometry.flipRules, { name }) satisfies Rules<FlipLayerOptions>);
const moveOptions = options(together(fillRules, { name }) satisfies Rules<MoveLayerOptions>);
const cropOptions = options(together(geometry.cropRules, { name }) satisfies Rules<CropLayerOptions>);
const cutoutOptions = options(together(holeRules, { name }) satisfies Rules<CutoutLayerOptions>);

/** A layer that flips images at random in training, each with probability ½: `randomFlip` of wasmgrad/ops. */
export function randomFlip(options?: FlipLayerOptions): Layer {
  const { name, mode } = flipOptions('randomFlip', options);
  return inTraining('randomFlip', name, [randomFlip, { ...options }], (x, key) =>
    geometry.randomFlip(x, { mode, key }),
  );
}

/**
 * A layer that shifts images at random in training, by up to these parts of their height and width: `randomTranslation`
 * of wasmgrad/ops.
 *
 * @param height in 0 … 1
 * @param width in 0 … 1
 */
export function randomTranslation(height: number, width: number, options?: MoveLayerOptions): Layer {
  geometry.checkShifts(height, width);
  const { name, ...fill } = moveOptions('randomTranslation', options);
  const signature = [randomTranslation, height, width, { ...options }];
  return inTraining('randomTranslation', name, signature, (x, key) =>
    geometry.randomTranslation(x, height, width, { ...fill, key }),
  );
}

/**
 * A layer that rotates images around their centres at random in training, by up to so many degrees to either side:
 * `randomRotation` of wasmgrad/ops.
 *
 * @param degrees in 0 … 180
 */
export function randomRotation(degrees: number, options?: MoveLayerOptions): Layer {
  geometry.checkDegrees(degrees);
  const { name, ...fill } = moveOptions('randomRotation', options);
  const signature = [randomRotation, degrees, { ...options }];
  return inTraining('randomRotation', name, signature, (x, key) =>
    geometry.randomRotation(x, degrees, { ...fill, key }),
  );
}

/**
 * A layer that cuts a piece of this size out of images, in training at a random place, else in the middle: `randomCrop`
 * of wasmgrad/ops.
 */
export function randomCrop(height: number, width: number, options?: CropLayerOptions): Layer {
  geometry.checkCrop(height, width);
  const { name, padding } = cropOptions('randomCrop', options);
  return inTraining(
    'randomCrop',
    name,
    [randomCrop, height, width, { ...options }],
    (x, key) => geometry.randomCrop(x, height, width, { padding, key }),
    (x) => geometry.centerCrop(x, height, width, padding),
  );
}

/**
 * A layer that makes images brighter or darker at random in training, by a factor from 1 - `factor` to 1 + `factor`:
 * `randomBrightness` of wasmgrad/ops.
 */
export function randomBrightness(factor: number, options?: NameOptions): Layer {
  light.checkFactor('randomBrightness', factor);
  const { name } = nameOptions('randomBrightness', options);
  const signature = [randomBrightness, factor, { ...options }];
  return inTraining('randomBrightness', name, signature, (x, key) => light.randomBrightness(x, factor, { key }));
}

/** A layer that changes the contrast of images at random in training: `randomContrast` of wasmgrad/ops. */
export function randomContrast(factor: number, options?: NameOptions): Layer {
  light.checkFactor('randomContrast', factor);
  const { name } = nameOptions('randomContrast', options);
  const signature = [randomContrast, factor, { ...options }];
  return inTraining('randomContrast', name, signature, (x, key) => light.randomContrast(x, factor, { key }));
}

/**
 * A layer that puts `fillValue` into a square at a random place of each image in training: `cutout` of wasmgrad/ops.
 *
 * @param size length of the square's sides in pixels
 */
export function cutout(size: number, options?: CutoutLayerOptions): Layer {
  checkSide(size);
  const { name, fillValue } = cutoutOptions('cutout', options);
  return inTraining('cutout', name, [cutout, size, { ...options }], (x, key) => cutoutOp(x, size, { fillValue, key }));
}
