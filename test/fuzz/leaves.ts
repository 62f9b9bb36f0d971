// The tensors that a recipe starts from: a shape, and values that follow from a style and a seed.

import { type Shape, shapeText, sizeOf } from '../../bindings/shape.js';
import type { DType } from '../../bindings/tensor.js';
import { SPECIALS } from '../cases.js';

/**
 * `smooth` values have no ties, `steps` have many, `special` are zeros, infinities, NaN, `extreme` huge and tiny, too.
 */
export const STYLES = ['smooth', 'steps', 'special', 'extreme'] as const;
export type Style = (typeof STYLES)[number];

export interface Leaf {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly style: Style;
  readonly seed: number;
  /** Of int32: all values are below. */
  readonly below: number;
}

/** Styles without values that float32 can't compute precisely with. */
const SPECIAL = SPECIALS.filter(
  (x) => !(Math.abs(x) > 1e3 && Number.isFinite(x)) && (x === 0 || !(Math.abs(x) < 1e-3)),
);
const SPRINKLED = { special: SPECIAL, extreme: SPECIALS };

/** Every tail of four lanes and of the unrolled loops, the edges of tiles; simple ones come first. */
const SIZES = [3, 4, 2, 1, 5, 0, 8, 9, 15, 16, 17, 7, 33, 64, 67, 130, 257];
/** How many of them are of usual size. */
const USUAL = 7;
export const MAX_ELEMENTS = 40_000;

/** A dimension for a number; one of 30 or so is large. */
export const sizeFor = (choice: number): number =>
  choice % 30 === 29 ? SIZES[choice % SIZES.length]! : SIZES[choice % USUAL]!;

/** Two of them make a tensor whose ops threads share. */
const LARGE = [67, 130, 64, 128];

export const largeShapeFor = ([rows = 0, columns = 0]: readonly number[]): number[] =>
  [rows, columns].map((choice) => LARGE[choice % LARGE.length]!);

/** A shape with these dimensions, cut where it becomes too large. */
export function shapeFor(dimensions: readonly number[]): number[] {
  const shape: number[] = [];
  for (const d of dimensions.map(sizeFor)) shape.push([d, 2, 1].find((n) => sizeOf(shape) * n <= MAX_ELEMENTS)!);
  return shape;
}

/**
 * Values that are never 0 (odd numbers of steps from it), and hardly ever equal: as many steps as float32 can tell
 * apart.
 */
const wave = (i: number, seed: number): number => (2 * Math.round(4e6 * Math.sin(1.7 * i + seed + 0.3)) + 1) / 4e6;

export function valuesOf({ shape, dtype, style, seed, below }: Leaf): Float32Array | Int32Array {
  const n = sizeOf(shape);
  if (dtype === 'int32') return Int32Array.from({ length: n }, (_, i) => (i * 5 + seed) % below);
  const at = {
    smooth: (i: number) => wave(i, seed),
    steps: (i: number) => Math.round(wave(i, seed)) / 2,
    special: (i: number) => (i % 3 === 0 ? SPECIAL[(i + seed) % SPECIAL.length]! : wave(i, seed)),
    extreme: (i: number) => (i % 3 === 0 ? SPECIALS[(i + seed) % SPECIALS.length]! : wave(i, seed)),
  }[style];
  return Float32Array.from({ length: n }, (_, i) => at(i));
}

const LITERAL = 40;

const numberText = (x: number): string => (Object.is(x, -0) ? '-0' : `${Number(x.toPrecision(9))}`);

/** The expression that makes the leaf. */
export function leafText(leaf: Leaf): string {
  const { shape, dtype, seed, below } = leaf;
  const n = sizeOf(shape);
  const type = dtype === 'int32' ? `, 'int32'` : '';
  if (n <= LITERAL) return `tensor([${[...valuesOf(leaf)].map(numberText).join(', ')}], ${shapeText(shape)}${type})`;
  const long = dtype === 'int32' ? `(i * 5 + ${seed}) % ${below}` : waveText(leaf);
  return `tensor(Array.from({ length: ${n} }, (_, i) => ${long}), ${shapeText(shape)}${type})`;
}

function waveText({ style, seed }: Leaf): string {
  const text = `(2 * Math.round(4e6 * Math.sin(1.7 * i + ${seed} + 0.3)) + 1) / 4e6`;
  if (style === 'smooth') return text;
  if (style === 'steps') return `Math.round(${text}) / 2`;
  const list = SPRINKLED[style];
  return `i % 3 === 0 ? [${list.map(numberText).join(', ')}][(i + ${seed}) % ${list.length}] : ${text}`;
}
