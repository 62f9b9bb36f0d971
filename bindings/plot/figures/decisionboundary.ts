// decisionBoundary: which class a model gives to each point of a plane, and the samples in it.

import { check, checkIs } from '../../errors.js';
import { largest } from '../../metrics/rows.js';
import type { DataLike } from '../../model/data.js';
import { flatOf } from '../../model/data.js';
import { options, type Rules, rule, whole } from '../../options.js';
import { constantOf, type Tensor } from '../../tensor.js';
import { type Axes, axes, domainOf, isDrawn } from '../axes.js';
import { type Grid, gridPoints, region } from '../contours.js';
import { draw, type FigureOptions, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { type Mark, type Marks, mark } from '../mark.js';
import { counted, numberText } from '../text.js';
import { seriesPaint } from '../theme.js';
import { classNames, isNames } from './classnames.js';

/** What is used of a model: predictions for points [n, 2]. */
export interface PlanePredictor {
  predict(x: Tensor): Tensor | object;
}

/** Options of `decisionBoundary`. */
export interface DecisionBoundaryOptions extends FigureOptions {
  /** Names of the classes; default 0, 1 … */
  readonly classes?: readonly string[] | undefined;
  /** Names of the two numbers of a sample; default 'x₁' and 'x₂'. */
  readonly features?: readonly [string, string] | undefined;
  /** Of a model with one output: above it is class 1; default ½, or 0 where outputs are below 0 or above 1. */
  readonly threshold?: number | undefined;
  /** At how many points along each axis the model is asked; default 80. */
  readonly resolution?: number | undefined;
}

const boundaryOptions = options({
  ...figureRules,
  classes: classNames,
  features: rule<readonly [string, string], readonly [string, string]>(['x₁', 'x₂'], (what, given) => {
    checkIs(isNames(given) && given.length === 2, what, 'two names', given);
  }),
  threshold: rule<number, undefined>(undefined, (what, given) =>
    checkIs(Number.isFinite(given), what, 'a number', given),
  ),
  resolution: whole(80, 10, 400),
} satisfies Rules<DecisionBoundaryOptions>);

/**
 * Draws which class a model gives to each point of the plane, and samples in it: filled where the model is right,
 * hollow where it is wrong.
 *
 * @param model takes samples of two numbers; one output is a yes or no, several are classes
 * @param x     samples [n, 2]; @param y their classes: n whole numbers, or a row for each with a number for each class
 */
export function decisionBoundary(
  model: PlanePredictor,
  x: DataLike,
  y: DataLike,
  options?: DecisionBoundaryOptions,
): Figure {
  const where = 'decisionBoundary';
  const given = boundaryOptions(where, options);
  const seen = planeOf(where, model, x, y, given);
  const { names, samples } = seen;
  const wrong = samples.filter(({ isRight }) => !isRight).length;
  const lost = samples.filter(({ isShown }) => !isShown).length;
  return draw(where, given, {
    title: 'Decision boundary',
    description: descriptionOf(seen, wrong),
    height: (width) => Math.round(width * 0.75),
    legend: [
      ...names.map((name, c) => ({ name, paint: seriesPaint(c), kind: 'dot' as const })),
      ...(wrong > 0 ? [{ name: `on the wrong side (${wrong})`, paint: 'muted', kind: 'ring' as const }] : []),
    ],
    notes: lost > 0 ? [`${counted(lost, 'sample')} NaN or infinite, left out`] : [],
    marks: (box) => {
      const { size, scores, threshold } = seen;
      const [first, second] = given.features;
      const at = axes(where, box, { label: first, domain: size.x }, { label: second, domain: size.y });
      const regions = names.map((name, c) => regionOf(margins(size, scores, c, threshold), at, c, name));
      return [
        at.frame,
        at.clip(
          regions,
          samples.map((sample) => (sample.isShown ? dotOf(sample, at) : undefined)),
        ),
      ];
    },
  });
}

/** A sample in the plane. */
interface Sample {
  readonly x: number;
  readonly y: number;
  readonly label: number;
  /** Whether the model gives it the class of its label. */
  readonly isRight: boolean;
  /** Whether it has a place: neither number is NaN or infinite. */
  readonly isShown: boolean;
}

/** What is drawn: samples, and what the model says of a grid of points around them. */
interface Plane {
  /** Of the classes. */
  readonly names: readonly string[];
  readonly samples: readonly Sample[];
  readonly size: Omit<Grid, 'values'>;
  readonly scores: Scores;
  readonly threshold: number;
}

/** Reads the samples and asks the model. */
function planeOf(
  where: string,
  model: PlanePredictor,
  x: DataLike,
  y: DataLike,
  { resolution, classes: given, threshold: asked }: ReturnType<typeof boundaryOptions>,
): Plane {
  checkIs(
    typeof (model as PlanePredictor | null)?.predict === 'function',
    `${where}: the first argument`,
    'a model',
    model,
  );
  const { data, shape } = flatOf(`${where}: x`, x);
  check(
    shape.length === 2 && shape[1] === 2,
    () => `${where}: x must be samples of two numbers, [n, 2], got [${shape.join(', ')}]`,
  );
  const column = (k: 0 | 1): number[] => Array.from({ length: shape[0]! }, (_, i) => data[2 * i + k]!);
  const [xs, ys] = [column(0), column(1)];
  const size = { x: around(xs), y: around(ys), columns: resolution, rows: resolution };
  const scores = scoresOf(where, model, Float32Array.from(gridPoints(size).flat()));
  const own = scoresOf(where, model, Float32Array.from(data));
  const classes = Math.max(2, scores.width);
  const threshold = asked ?? ([scores, own].some(({ values }) => values.some((v) => v < 0 || v > 1)) ? 0 : 0.5);
  const guess = classOf(own, threshold);
  const samples = labelsOf(where, y, xs.length, classes).map((label, i): Sample => {
    const [x, y] = [xs[i]!, ys[i]!];
    return { x, y, label, isRight: label === guess(i), isShown: isDrawn(x) && isDrawn(y) };
  });
  const names = Array.from({ length: classes }, (_, c) => given?.[c] ?? `class ${c}`);
  return { names, samples, size, scores, threshold };
}

function descriptionOf({ names, samples }: Plane, wrong: number): string {
  const all = `${counted(samples.length, 'sample')} of ${counted(names.length, 'class').replace('classs', 'classes')}`;
  const sides = `${numberText(samples.length - wrong)} on the right side, ${numberText(wrong)} on the wrong one`;
  const each = names.map((name, c) => {
    return `${name}: ${counted(samples.filter(({ label }) => label === c).length, 'sample')}`;
  });
  return `${all}; ${sides}. ${each.join(', ')}.`;
}

/** Where the model says class `c`. */
const regionOf = (grid: Grid, at: Axes, c: number, name: string): Marks =>
  region(grid, 0, at, { fill: seriesPaint(c), 'fill-opacity': 0.2, stroke: 'ink', 'stroke-width': 1 }, name);

function dotOf({ x, y, label, isRight }: Sample, at: Axes): Mark {
  const paint = seriesPaint(label);
  const fill = isRight
    ? { fill: paint, stroke: 'paper', 'stroke-width': 1 }
    : { fill: 'paper', stroke: paint, 'stroke-width': 2 };
  return mark('circle', { class: 'sample', cx: at.x(x), cy: at.y(y), r: 4, ...fill });
}

interface Scores {
  readonly width: number;
  readonly values: ArrayLike<number> & { some(f: (value: number) => boolean): boolean };
}

function scoresOf(where: string, model: PlanePredictor, points: Float32Array): Scores {
  const count = points.length / 2;
  const { data, shape } = flatOf(`${where}: what the model predicts`, model.predict(constantOf(points, [count, 2])));
  check(
    shape[0] === count && shape.length <= 2,
    () => `${where}: the model must predict a row for each sample, got [${shape.join(', ')}]`,
  );
  return { width: data.length / count, values: Float64Array.from(data) };
}

const classOf =
  ({ width, values }: Scores, threshold: number) =>
  (row: number): number =>
    width === 1 ? +(values[row]! > threshold) : largest(values as never, row * width, width);

/** By how much the score of a class is above all others: 0 or more where a point is of the class. */
function margins(size: Omit<Grid, 'values'>, { width, values }: Scores, c: number, threshold: number): Grid {
  const margin = (row: number): number => {
    if (width === 1) return c === 1 ? values[row]! - threshold : threshold - values[row]!;
    const others = Array.from({ length: width }, (_, k) => (k === c ? -Infinity : values[row * width + k]!));
    return values[row * width + c]! - Math.max(...others);
  };
  return { ...size, values: Array.from({ length: size.columns * size.rows }, (_, row) => margin(row)) };
}

function labelsOf(where: string, y: unknown, count: number, classes: number): number[] {
  const { data } = flatOf(`${where}: y`, y);
  const width = data.length / count;
  check(
    width === 1 || width === classes,
    () => `${where}: y has ${data.length} numbers; ${count} samples need ${count}, or ${classes} for each`,
  );
  const labels = Array.from({ length: count }, (_, i) =>
    width === 1 ? data[i]! : largest(data as never, i * width, width),
  );
  const bad = labels.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  check(
    bad < 0,
    () => `${where}: y[${bad}] is ${labels[bad]}: expected a class, a whole number from 0 to ${classes - 1}`,
  );
  return labels;
}

function around(values: readonly number[]): [number, number] {
  const [low, high] = domainOf(values);
  return [low - (high - low) * 0.08, high + (high - low) * 0.08];
}
