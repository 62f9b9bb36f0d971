// weightTiles: what each unit of a layer looks for, as an image.

import { check, checkIs, isRecord } from '../../errors.js';
import { options, type Rules, rule, text, whole } from '../../options.js';
import { Tensor } from '../../tensor.js';
import type { Weights } from '../directions.js';
import { draw, type FigureOptions, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { counted, numberText } from '../text.js';
import { columnsOf, layoutOf, type Tile, tilesHeight, tilesIn } from '../tiles.js';

/** What is used of a model: its parameters by name. */
export interface Parametrized {
  parameters(): Weights;
}

/** Options of `weightTiles`. */
export interface WeightTilesOptions extends FigureOptions {
  /** Of a model, the name of the parameter, 'dense.kernel'; by default the first one with more than one axis. */
  readonly parameter?: string | undefined;
  /** Of a dense kernel, the shape of a sample, [height, width]; by default a square where that is one, else a row. */
  readonly shape?: readonly [number, number] | undefined;
  /** How many tiles are drawn, the first ones; default 64. */
  readonly count?: number | undefined;
}

const tilesOptions = options({
  ...figureRules,
  parameter: text(undefined),
  shape: rule<readonly [number, number], undefined>(undefined, (what, given) => {
    const holds =
      Array.isArray(given) && given.length === 2 && given.every((side) => Number.isInteger(side) && side > 0);
    checkIs(holds, what, '[height, width]', given);
  }),
  count: whole(64, 1, 1000),
} satisfies Rules<WeightTilesOptions>);

/** Weights above 0, and below. */
const [ABOVE, BELOW] = [
  [237, 107, 0],
  [0, 140, 214],
] as const;

/**
 * Draws the weights of each unit of a dense layer, or of each filter of a convolution, as a tile: orange above 0, blue
 * below, the stronger the larger; 0 is the paper.
 *
 * @param of a model, or a kernel: [in, units], or [height, width, channels, filters], of which the channels are
 *   averaged
 */
export function weightTiles(of: Parametrized | Tensor, options?: WeightTilesOptions): Figure {
  const where = 'weightTiles';
  const given = tilesOptions(where, options);
  const { name, kernel } = kernelOf(where, of, given.parameter);
  const { shape } = kernel;
  const units = shape.at(-1)!;
  const [height, width] = sidesOf(where, shape, given.shape);
  const perPixel = kernel.size / (height * width * units);
  const values = kernel.values();
  const count = Math.min(units, given.count);
  const tileOf = (unit: number): Float64Array =>
    Float64Array.from({ length: height * width }, (_, at) => {
      let sum = 0;
      for (let c = 0; c < perPixel; c++) sum += values[(at * perPixel + c) * units + unit]!;
      return sum / perPixel;
    });
  const tiles = Array.from({ length: count }, (_, unit) => tileOf(unit));
  const finite = tiles.map((tile) => tile.filter(Number.isFinite));
  const largest = Math.max(
    0,
    ...finite.map((tile) => tile.reduce((most, value) => Math.max(most, Math.abs(value)), 0)),
  );
  const lost = tiles.length * height * width - finite.reduce((sum, { length }) => sum + length, 0);
  const drawn = tiles.map(
    (tile): Tile => ({ pixels: { width, height, channels: 4, bytes: colored(tile, largest) }, name: '' }),
  );
  const layout = layoutOf(drawn, columnsOf(count), given.width - 28);
  return draw(where, given, {
    title: `Weights of ${name}`,
    description: `${counted(count, 'tile')} of ${width} by ${height} weights of ${name}; the largest is ${numberText(largest)} from 0.`,
    height: () => tilesHeight(layout) + 90,
    legend: [
      { name: `above 0, up to ${numberText(largest)}`, paint: `rgb(${ABOVE})`, kind: 'square' },
      { name: 'below 0', paint: `rgb(${BELOW})`, kind: 'square' },
    ],
    notes: [
      ...(count < units ? [`the first ${count} of ${units}`] : []),
      ...(lost > 0 ? [`${counted(lost, 'weight')} NaN or infinite, left empty`] : []),
    ],
    marks: (box) => tilesIn(box, drawn, layout),
  });
}

function kernelOf(where: string, of: unknown, parameter: string | undefined): { name: string; kernel: Tensor } {
  if (of instanceof Tensor) {
    check(of.shape.length >= 2 && of.size > 0, () => `${where}: a kernel has two axes or more, got ${of}`);
    return { name: parameter ?? 'a kernel', kernel: of };
  }
  checkIs(
    typeof (of as Partial<Parametrized> | null)?.parameters === 'function',
    `${where}: the first argument`,
    'a model or a tensor',
    of,
  );
  const weights = (of as Parametrized).parameters();
  checkIs(isRecord(weights), `${where}: what parameters() returns`, 'an object of tensors', weights);
  const name = parameter ?? Object.keys(weights).find((key) => weights[key]!.shape.length >= 2);
  const kernel = name === undefined ? undefined : weights[name];
  check(
    kernel !== undefined && kernel.shape.length >= 2,
    () =>
      `${where}: the model has no parameter '${name ?? ''}' with two axes or more (known: ${Object.keys(weights).join(', ')})`,
  );
  return { name: name!, kernel };
}

function sidesOf(
  where: string,
  shape: readonly number[],
  given: readonly [number, number] | undefined,
): readonly [number, number] {
  if (shape.length >= 4) return [shape[0]!, shape[1]!];
  if (shape.length === 3) return [1, shape[0]!];
  const inputs = shape[0]!;
  const side = Math.round(Math.sqrt(inputs));
  const sides = given ?? (side * side === inputs ? [side, side] : [1, inputs]);
  check(sides[0] * sides[1] === inputs, () => `${where}: shape [${sides.join(', ')}] is not that of ${inputs} weights`);
  return sides;
}

/** Colours that say the sign, as opaque as the weight is large. */
function colored(tile: Float64Array, largest: number): Uint8Array {
  const bytes = new Uint8Array(tile.length * 4);
  tile.forEach((value, i) => {
    const part = Number.isFinite(value) && largest > 0 ? Math.abs(value) / largest : 0;
    bytes.set([...(value > 0 ? ABOVE : BELOW), Math.round(255 * part)], i * 4);
  });
  return bytes;
}
