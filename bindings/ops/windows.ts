// How windows go over images: the options that say so, and what they mean for the sizes of images.

import { check, checkIs } from '../errors.js';
import { type Rule, rule } from '../options.js';
import { type Shape, shapeText } from '../shape.js';
import type { Both } from './convolution.js';

/**
 * What is around an image: nothing ('valid'), as many zeros as keep its size where `strides` is 1 ('same'), so many
 * zeros on each side, or [[top, bottom], [left, right]]; of a series [before, after].
 */
export type Padding = 'valid' | 'same' | number | readonly [readonly [number, number], readonly [number, number]];

/** The same of a series. */
export type Padding1d = 'valid' | 'same' | number | readonly [number, number];

const isPair = (value: unknown): value is readonly [unknown, unknown] => Array.isArray(value) && value.length === 2;
const isWhole = (value: unknown, low: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= low;

/*@__NO_SIDE_EFFECTS__*/
const paddingRule = <T>(expected: string, isSides: (given: unknown) => boolean): Rule<T | 'valid'> =>
  rule<T, 'valid'>('valid', (what, given) => {
    const fits = given === 'valid' || given === 'same' || isWhole(given, 0) || isSides(given);
    const shown = Array.isArray(given) ? JSON.stringify(given).slice(0, 40) : given;
    if (shown !== given) check(fits, () => `${what} must be ${expected}, got ${shown}`);
    checkIs(fits, what, expected, given);
  });

const isSides = (given: unknown): boolean => isPair(given) && given.every((side) => isWhole(side, 0));

/** The option `padding` of images. */
export const padding2d: Rule<Padding> = /*@__PURE__*/ paddingRule<Padding>(
  "'valid', 'same', a whole number of at least 0 or [[top, bottom], [left, right]]",
  (given) => isPair(given) && given.every(isSides),
);

/** The option `padding` of series. */
export const padding1d: Rule<Padding1d> = /*@__PURE__*/ paddingRule<Padding1d>(
  "'valid', 'same', a whole number of at least 0 or [before, after]",
  isSides,
);

/** A series as an image: its times are rows, of one column. */
export const columnOf = (padding: Padding1d): Padding =>
  padding === 'valid' || padding === 'same' ? padding : [isPair(padding) ? padding : [padding, padding], [0, 0]];

/** [before, after] of rows (axis 0) or columns, if these are said. */
export function sidesOf(padding: Padding, axis: 0 | 1): Both | undefined {
  if (padding === 'same') return undefined;
  if (padding === 'valid') return [0, 0];
  return isPair(padding) ? (padding[axis] as Both) : [padding, padding];
}

/** `total` zeros in all, of which the odd one is behind. */
export const halves = (total: number): Both => [Math.floor(Math.max(total, 0) / 2), Math.ceil(Math.max(total, 0) / 2)];

/** Windows along one axis: how many there are, and the zeros before the image. */
export interface Windows {
  readonly count: number;
  readonly before: number;
}

/**
 * The windows over `size` rows or columns (`what`), each of `taps` elements that are `dilation` apart. With 'same'
 * there are ⌈size / stride⌉ of them, and the odd zero is behind, as in Keras. Throws if none fits.
 */
export function windowsOver(
  where: () => string,
  what: string,
  size: number,
  taps: number,
  stride: number,
  dilation: number,
  sides: Both | undefined,
): Windows {
  const reach = (taps - 1) * dilation + 1;
  if (!sides) {
    const count = Math.ceil(size / stride);
    return { count, before: halves((count - 1) * stride + reach - size)[0] };
  }
  const padded = size + sides[0] + sides[1];
  check(reach <= padded, () => {
    return `${where()}: the kernel reaches over ${reach} ${what}, and there are ${padded}; give padding`;
  });
  return { count: Math.floor((padded - reach) / stride) + 1, before: sides[0] };
}

/** Throws unless a tensor has a shape like `names`, which are those of its axes. */
export function checkAxes(where: string, what: string, shape: Shape, names: readonly string[]): void {
  check(
    shape.length === names.length,
    () => `${where}: ${what} must have the shape [${names.join(', ')}], got ${shapeText(shape)}`,
  );
}
