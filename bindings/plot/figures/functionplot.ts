// functionPlot: a function of one variable, and its derivative.

import { check, checkFunction, checkNumber } from '../../errors.js';
import type { ObjectiveFunction } from '../../objective.js';
import { flag, options, type Rules } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import { axes, domainOf, isDrawn } from '../axes.js';
import { draw, type FigureOptions, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { formOf, slopesAt, spaced, valuesAt } from '../functions.js';
import { type Dot, polyline } from '../lines.js';
import { counted, numberText } from '../text.js';
import { seriesPaint } from '../theme.js';

/** Options of `functionPlot`. */
export interface FunctionPlotOptions extends FigureOptions {
  /** Whether its derivative is drawn, too; default true. */
  readonly derivative?: boolean | undefined;
}

const functionOptions = options({ ...figureRules, derivative: flag(true) } satisfies Rules<FunctionPlotOptions>);

const POINTS = 401;

/**
 * Draws a function of one variable, and its derivative, which the library finds.
 *
 * @param f     of a scalar tensor, as `grad` and `minimize` take it
 * @param range where it is drawn: [from, to]
 * @example functionPlot((x) => x.tanh(), [-3, 3])
 */
export function functionPlot(
  f: ObjectiveFunction<Tensor>,
  range: readonly [from: number, to: number],
  options?: FunctionPlotOptions,
): Figure {
  const where = 'functionPlot';
  const given = functionOptions(where, options);
  checkFunction(`${where}: the first argument`, f);
  checkInterval(`${where}: the range`, range);
  const xs = spaced(range, POINTS);
  const form = formOf(where, 0);
  const rows = xs.map((x) => [x]);
  const curves: Curve[] = [curve('f(x)', xs, valuesAt(where, f, form, rows), 0)];
  if (given.derivative) curves.push(curve('f′(x), its derivative', xs, slopesAt(where, f, form, rows), 1));
  const values = curves.flatMap(({ points }) => points.map(([, y]) => y));
  const { domain, isCut } = visible(values);
  return draw(where, given, {
    title: given.derivative ? 'A function and its derivative' : 'A function',
    description: curves.map((one) => sentence(one, range)).join(' '),
    legend: curves.length > 1 ? curves.map(({ name, paint }) => ({ name, paint })) : [],
    notes: [...curves.flatMap(missing), ...(isCut ? ['values far from all others are cut off'] : [])],
    marks: (box) => {
      const y = { label: curves.length > 1 ? 'f(x), f′(x)' : 'f(x)', domain, nice: true };
      const at = axes(where, box, { label: 'x', domain: range }, y);
      const zero: Dot[] = [
        [range[0], 0],
        [range[1], 0],
      ];
      return [
        at.frame,
        at.clip(
          polyline(zero, at, { stroke: 'muted', 'stroke-width': 1 }),
          curves.map(({ name, points, paint }) => polyline(points, at, { stroke: paint }, false, name)),
        ),
      ];
    },
  });
}

/** Throws unless it is [from, to], with from below to. */
export function checkInterval(what: string, given: unknown): asserts given is readonly [number, number] {
  check(Array.isArray(given) && given.length === 2, () => `${what} must be [from, to], two numbers`);
  const [from, to] = given as [unknown, unknown];
  checkNumber(`${what}: from`, from, -1e150, 1e150);
  checkNumber(`${what}: to`, to, -1e150, 1e150);
  check(from < to, () => `${what}: from ${from} must be below to ${to}`);
}

interface Curve {
  readonly name: string;
  readonly paint: string;
  readonly points: readonly Dot[];
}

const curve = (name: string, xs: readonly number[], values: ArrayLike<number>, series: number): Curve => ({
  name,
  paint: seriesPaint(series),
  points: xs.map((x, i): Dot => [x, values[i]!]),
});

/**
 * How much larger the range of all values may be than that of most, before the others are cut off: those beside a pole.
 */
const BEYOND = 20;

function visible(values: readonly number[]): { domain: [number, number]; isCut: boolean } {
  const domain = domainOf(values);
  const sorted = Float64Array.from(values.filter((value) => isDrawn(value))).sort();
  const [low, high] = [0.03, 0.97].map((part) => sorted[Math.floor(part * sorted.length)] ?? 0) as [number, number];
  const isCut = high > low && domain[1] - domain[0] > BEYOND * (high - low);
  return { domain: isCut ? [low - (high - low) / 4, high + (high - low) / 4] : domain, isCut };
}

function sentence({ name, points }: Curve, [from, to]: readonly [number, number]): string {
  const drawn = points.filter(([, y]) => isDrawn(y));
  const start = `${name} from x = ${numberText(from)} to ${numberText(to)}`;
  if (drawn.length === 0) return `${start}: no values.`;
  const low = drawn.reduce((best, at) => (at[1] < best[1] ? at : best));
  const high = drawn.reduce((best, at) => (at[1] > best[1] ? at : best));
  const text = ([x, y]: Dot): string => `${numberText(y)} at x = ${numberText(x)}`;
  return `${start}: smallest ${text(low)}, largest ${text(high)}.`;
}

function missing({ name, points }: Curve): string[] {
  const count = points.filter(([, y]) => !isDrawn(y)).length;
  return count === 0 ? [] : [`${name}: NaN or infinite at ${counted(count, 'point')} of ${POINTS}, left out`];
}
