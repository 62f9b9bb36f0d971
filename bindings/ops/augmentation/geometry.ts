// Random changes of where the pixels of an image are: flips, shifts, crops and rotations, another one for each image.
// Not here: how pixels are read (pixels.ts).

import { arange } from '../../creation.js';
import { check, checkNumber, checkWhole } from '../../errors.js';
import { oneOf, options, type Rules, together, whole } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { cos, sin } from '../curves.js';
import { splitKey } from '../keys.js';
import { aKey, foldIn, type RandomOptions } from '../random.js';
import { flip, padWith, slice } from '../slicing.js';
import { bernoulli, randomInt } from '../uniform.js';
import { where } from '../where.js';
import { between, keyForImages, oneEach } from './images.js';
import { bilinear, type FillOptions, fillRules, pixelsAt, shiftedPixels } from './pixels.js';

/** Which way images are flipped. */
export interface FlipOptions {
  /** 'horizontal' (default) exchanges left and right, 'vertical' top and bottom, 'both' does each by itself. */
  readonly mode?: 'horizontal' | 'vertical' | 'both' | undefined;
}

/** Options of `randomFlip`. */
export interface RandomFlipOptions extends FlipOptions, RandomOptions {}

/** Options of `randomTranslation` and `randomRotation`. */
export interface RandomMoveOptions extends FillOptions, RandomOptions {}

/** What images are cut from. */
export interface CropOptions {
  /** How many zeros are put around an image first, on each side; default 0. */
  readonly padding?: number | undefined;
}

/** Options of `randomCrop`. */
export interface RandomCropOptions extends CropOptions, RandomOptions {}

export const flipRules = { mode: oneOf('horizontal', 'vertical', 'both') } satisfies Rules<FlipOptions>;
export const cropRules = { padding: whole(0, 0) } satisfies Rules<CropOptions>;
const flipOptions = options(together(flipRules, { key: aKey }) satisfies Rules<RandomFlipOptions>);
const moveOptions = options(together(fillRules, { key: aKey }) satisfies Rules<RandomMoveOptions>);
const cropOptions = options(together(cropRules, { key: aKey }) satisfies Rules<RandomCropOptions>);

const AXES = { horizontal: [2], vertical: [1], both: [1, 2] } as const;

/** Flips images [n, height, width, channels] at random, each with probability ½. */
export function randomFlip(x: Tensor, options?: RandomFlipOptions): Tensor {
  const { mode, key } = flipOptions('randomFlip', options);
  const drawn = keyForImages('randomFlip', x, key);
  const flipped = (images: Tensor, axis: number): Tensor =>
    where(bernoulli(oneEach(x), { key: foldIn(drawn, axis) }), flip(images, axis), images);
  return AXES[mode!].reduce(flipped, x);
}

/**
 * Shifts images [n, height, width, channels] at random, by whole pixels: up and down by up to `height` times theirs,
 * left and right by up to `width` times theirs, rounded to pixels.
 *
 * @param height in 0 … 1
 * @param width in 0 … 1
 */
export function randomTranslation(x: Tensor, height: number, width: number, options?: RandomMoveOptions): Tensor {
  checkShifts(height, width);
  const { key, ...fill } = moveOptions('randomTranslation', options);
  const [down, right] = splitKey(keyForImages('randomTranslation', x, key));
  const places = (of: Tensor, axis: 1 | 2, most: number): Tensor => {
    const size = x.shape[axis]!;
    const pixels = Math.round(size * most);
    const shift = randomInt([x.shape[0]!, 1, 1], { low: -pixels, high: pixels + 1, key: of });
    return line(axis, size).sub(shift);
  };
  return shiftedPixels(x, places(down, 1, height), places(right, 2, width), fill);
}

/** Throws unless both are parts of an image. */
export function checkShifts(height: number, width: number): void {
  checkNumber('randomTranslation: height', height, 0, 1);
  checkNumber('randomTranslation: width', width, 0, 1);
}

/** 0 … size - 1, as the rows (axis 1) or columns (axis 2) of images. */
const line = (axis: 1 | 2, size: number): Tensor =>
  arange(0, size, 1, 'int32').reshape(axis === 1 ? [1, size, 1] : [1, 1, size]);

/**
 * Cuts a piece of this size out of images [n, height, width, channels], at a random place of each. With `padding` the
 * images are enlarged by zeros first: a crop of their own size then is a shift.
 *
 * @throws if the piece is larger than the image with its padding
 */
export function randomCrop(x: Tensor, height: number, width: number, options?: RandomCropOptions): Tensor {
  checkCrop(height, width);
  const { padding, key } = cropOptions('randomCrop', options);
  const [down, right] = splitKey(keyForImages('randomCrop', x, key));
  const { image, rows, columns } = roomOf(x, height, width, padding!);
  const from = (of: Tensor, most: number): Tensor => randomInt([x.shape[0]!, 1, 1], { high: most + 1, key: of });
  return pixelsAt(image, line(1, height).add(from(down, rows)), line(2, width).add(from(right, columns)));
}

/** The piece of this size in the middle of images: what `randomCrop`, the layer, does where nothing is random. */
export function centerCrop(x: Tensor, height: number, width: number, padding: number): Tensor {
  const { image, rows, columns } = roomOf(x, height, width, padding);
  const [top, left] = [rows >> 1, columns >> 1];
  return slice(image, [null, [top, top + height], [left, left + width]]);
}

/** Throws unless both are sizes of an image. */
export function checkCrop(height: number, width: number): void {
  checkWhole('randomCrop: height', height, 1);
  checkWhole('randomCrop: width', width, 1);
}

/** Images with their padding, and by how many rows and columns they are larger than a piece. */
function roomOf(x: Tensor, height: number, width: number, padding: number) {
  const [rows, columns] = [x.shape[1]! + 2 * padding - height, x.shape[2]! + 2 * padding - width];
  check(rows >= 0 && columns >= 0, () => {
    return `randomCrop: a piece of ${height} by ${width} is larger than the images, ${x}, with a padding of ${padding}`;
  });
  const around = [padding, padding] as const;
  const image = padding === 0 ? x : padWith(x, [[0, 0], around, around, [0, 0]], 0);
  return { image, rows, columns };
}

/**
 * Rotates images [n, height, width, channels] around their centres at random, by up to so many degrees to either side.
 * Between pixels they are linear.
 *
 * @param degrees in 0 … 180
 */
export function randomRotation(x: Tensor, degrees: number, options?: RandomMoveOptions): Tensor {
  checkDegrees(degrees);
  const { key, ...fill } = moveOptions('randomRotation', options);
  const drawn = keyForImages('randomRotation', x, key);
  const most = (degrees * Math.PI) / 180;
  const angle = between(x, drawn, -most, most).squeeze(-1);
  const [, height, width] = x.shape as [number, number, number];
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  const [y, right] = [line(1, height).toFloat().sub(top), line(2, width).toFloat().sub(left)];
  // Where each pixel comes from: its place, turned back.
  const rows = y
    .mul(cos(angle))
    .add(right.mul(sin(angle)))
    .add(top);
  const columns = right
    .mul(cos(angle))
    .sub(y.mul(sin(angle)))
    .add(left);
  return bilinear(x, rows, columns, fill);
}

/** Throws unless images can be rotated so far. */
export const checkDegrees = (degrees: number): void => checkNumber('randomRotation: degrees', degrees, 0, 180);
