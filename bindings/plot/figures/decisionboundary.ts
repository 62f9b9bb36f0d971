// decisionBoundary: which class a model gives to each point of a plane, and the samples in it.

import { check, checkIs } from '../../errors.js';
import { largest } from '../../metrics/rows.js';
import type { DataLike } from '../../model/data.js';
import { flatOf } from '../../model/data.js';
import { options, type Rules, rule, whole } from '../../options.js';
import { constantOf, type Tensor } from '../../tensor.js';
import { axes, domainOf, isDrawn } from '../axes.js';
import { type Grid, gridPoints, region } from '../contours.js';
import { draw, type FigureOptions, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { mark } from '../mark.js';
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
 * Draws which class a model gives to each point of the plane, and samples in it, filled where the model is right and hollow where it is wrong.
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
  checkIs(
    typeof (model as PlanePredictor | null)?.predict === 'function',
    `${where}: the first argument`,
    'a model',
    model,
  );
  const { data: samples, shape } = flatOf(`${where}: x`, x);
  check(
    shape.length === 2 && shape[1] === 2,
    () => `${where}: x must be samples of two numbers, [n, 2], got [${shape.join(', ')}]`,
  );
  const count = shape[0]!;
  const domains = [0, 1].map((k) => around(Array.from({ length: count }, (_, i) => samples[2 * i + k]!))) as [
    [number, number],
    [number, number],
  ];
  const size = { x: domains[0], y: domains[1], columns: given.resolution, rows: given.resolution };
  const scores = scoresOf(where, model, Float32Array.from(gridPoints(size).flat()));
  const own = scoresOf(where, model, Float32Array.from(samples));
  const classes = Math.max(2, scores.width);
  const threshold =
    given.threshold ?? ([scores, own].some(({ values }) => values.some((v) => v < 0 || v > 1)) ? 0 : 0.5);
  const guess = classOf(own, threshold);
  const labels = labelsOf(where, y, count, classes);
  const names = Array.from({ length: classes }, (_, c) => given.classes?.[c] ?? `class ${c}`);
  const wrong = labels.filter((label, i) => label !== guess(i)).length;
  const finite = labels.map((_, i) => isDrawn(samples[2 * i]!) && isDrawn(samples[2 * i + 1]!));
  const lost = finite.filter((one) => !one).length;
  return draw(where, given, {
    title: 'Decision boundary',
    description: `${counted(count, 'sample')} of ${counted(classes, 'class').replace('classs', 'classes')}; ${numberText(count - wrong)} on the right side, ${numberText(wrong)} on the wrong one. ${names.map((name, c) => `${name}: ${counted(labels.filter((label) => label === c).length, 'sample')}`).join(', ')}.`,
    height: (width) => Math.round(width * 0.75),
    legend: [
      ...names.map((name, c) => ({ name, paint: seriesPaint(c), kind: 'dot' as const })),
      ...(wrong > 0 ? [{ name: `on the wrong side (${wrong})`, paint: 'muted', kind: 'ring' as const }] : []),
    ],
    notes: lost > 0 ? [`${counted(lost, 'sample')} NaN or infinite, left out`] : [],
    marks: (box) => {
      const at = axes(
        where,
        box,
        { label: given.features[0], domain: size.x },
        { label: given.features[1], domain: size.y },
      );
      return [
        at.frame,
        at.clip(
          names.map((name, c) =>
            region(
              margins(size, scores, c, threshold),
              0,
              at,
              { fill: seriesPaint(c), 'fill-opacity': 0.2, stroke: 'ink', 'stroke-width': 1 },
              name,
            ),
          ),
          labels.map((label, i) => {
            if (!finite[i]) return undefined;
            const paint = seriesPaint(label);
            const fill =
              label === guess(i)
                ? { fill: paint, stroke: 'paper', 'stroke-width': 1 }
                : { fill: 'paper', stroke: paint, 'stroke-width': 2 };
            return mark('circle', {
              class: 'sample',
              cx: at.x(samples[2 * i]!),
              cy: at.y(samples[2 * i + 1]!),
              r: 4,
              ...fill,
            });
          }),
        ),
      ];
    },
  });
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
