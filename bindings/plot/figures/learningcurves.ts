// learningCurves: how loss or a metric went, epoch by epoch.

import { growsWhenBetter } from '../../callbacks/monitor.js';
import { check } from '../../errors.js';
import { oneOf, options, type Rules, text } from '../../options.js';
import { axes, domainOf, isDrawn } from '../axes.js';
import { draw, type FigureOptions, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { type Histories, type Run, runsOf } from '../histories.js';
import { type LegendEntry, ring } from '../legend.js';
import { type Dot, polyline } from '../lines.js';
import { counted, numberText } from '../text.js';
import { seriesDash, seriesPaint } from '../theme.js';

/** Options of `learningCurves`. */
export interface LearningCurvesOptions extends FigureOptions {
  /** What is drawn: 'loss' (default), or the name of a metric. Its validation values, 'valLoss', are drawn with it. */
  readonly metric?: string | undefined;
  /**
   * Of the values: 'linear', 'log', or 'auto' (default): 'log' where the largest is more than 100 times the smallest.
   */
  readonly scale?: 'auto' | 'linear' | 'log' | undefined;
}

const curvesOptions = options({
  ...figureRules,
  metric: text('loss'),
  scale: oneOf('auto', 'linear', 'log'),
} satisfies Rules<LearningCurvesOptions>);

/**
 * Draws how a training went: the loss, or a metric, epoch by epoch, of training and of validation data, with a ring at
 * the best epoch. Several trainings are drawn into one figure.
 *
 * @param histories what `fit` returned, or several by name: `{ 'rate 0.1': a, 'rate 0.01': b }`
 * @example learningCurves(await model.fit(x, y, { epochs: 50, validationSplit: 0.2 }))
 */
export function learningCurves(histories: Histories, options?: LearningCurvesOptions): Figure {
  const where = 'learningCurves';
  const given = curvesOptions(where, options);
  const runs = runsOf(where, histories);
  const { metric } = given;
  const curves = runs.flatMap((run, i) => curvesOf(run, metric, i, runs.length === 1));
  check(curves.length > 0, () => {
    const known = [...new Set(runs.flatMap((run) => Object.keys(run.curves)))].join(', ');
    return `${where}: no history has the metric '${metric.slice(0, 40)}' (known: ${known})`;
  });
  const values = curves.flatMap(({ points }) => points.map(([, y]) => y));
  const log = given.scale === 'auto' ? spans(values) : given.scale === 'log';
  const best = curves
    .filter(({ isBest }) => isBest)
    .map((curve) => ({ ...curve, at: bestOf(curve.points, metric, log) }));
  const isLone = runs.length === 1;
  return draw(where, given, {
    title: `Learning curves: ${metric}`,
    description: [
      ...curves.map(sentence),
      ...best.flatMap(({ at, of }) => (at ? [`Best ${of} ${numberText(at[1])} at epoch ${at[0]}.`] : [])),
    ].join(' '),
    legend: [...curves.map(entryOf), ...ringEntry(best, isLone)],
    notes: curves.flatMap(({ name, points }) => missing(name, points, log)),
    marks: (box) => {
      const epochs = domainOf(curves.flatMap(({ points }) => points.map(([x]) => x)));
      const x = { label: 'epoch', domain: epochs, whole: true };
      const y = { label: log ? `${metric} (log scale)` : metric, domain: domainOf(values, log), log, nice: true };
      const at = axes(where, box, x, y);
      return [
        at.frame,
        at.clip(
          curves.map(({ points, paint, dash, name }) =>
            polyline(points, at, { stroke: paint, 'stroke-dasharray': dash }, log, name),
          ),
        ),
        best.map(
          ({ at: dot, paint, of }) =>
            dot && ring(at.x(dot[0]), at.y(dot[1]), paint, `best ${of} ${numberText(dot[1])}, epoch ${dot[0]}`),
        ),
      ];
    },
  });
}

interface Curve {
  readonly name: string;
  /** In sentences: 'validation loss of small'. */
  readonly of: string;
  readonly points: readonly Dot[];
  readonly paint: string;
  readonly dash: string | undefined;
  /** Whether the best epoch of its run is looked for in it: in validation values where there are some. */
  readonly isBest: boolean;
}

/** Training and validation: of one run in two colours, of several each in its own, where validation is dashed. */
function curvesOf({ name, curves }: Run, metric: string, i: number, isLone: boolean): Curve[] {
  const validation = `val${metric[0]?.toUpperCase() ?? ''}${metric.slice(1)}`;
  const kinds = [
    ['training', curves[metric]],
    ['validation', curves[validation]],
  ] as const;
  const there = kinds.filter(([, list]) => list !== undefined);
  return there.map(([kind, list], k) => ({
    name: name === '' ? kind : there.length === 1 ? name : `${name}, ${kind}`,
    of: `${kind} ${metric}${name === '' ? '' : ` of ${name}`}`,
    points: list!,
    paint: seriesPaint(isLone ? k : i),
    dash: isLone ? undefined : kind === 'validation' ? '5 4' : seriesDash(i),
    isBest: k === there.length - 1,
  }));
}

const entryOf = ({ name, paint, dash }: Curve): LegendEntry => ({ name, paint, dash });

interface Best {
  readonly of: string;
  readonly paint: string;
  readonly at: Dot | undefined;
}

function ringEntry(best: readonly Best[], isLone: boolean): LegendEntry[] {
  const found = best.filter(({ at }) => at !== undefined);
  if (found.length === 0) return [];
  if (!isLone) return [{ name: 'best epoch', paint: 'muted', kind: 'ring' }];
  const [{ of, paint, at }] = found as [Best];
  return [{ name: `best ${of} ${numberText(at![1])}, epoch ${at![0]}`, paint, kind: 'ring' }];
}

/** Whether values are above 0 and the largest is more than 100 times the smallest. */
function spans(values: readonly number[]): boolean {
  const drawn = values.filter((value) => isDrawn(value));
  const [low, high] = domainOf(drawn);
  return drawn.length > 1 && low > 0 && high > 100 * low;
}

function bestOf(points: readonly Dot[], metric: string, log: boolean): Dot | undefined {
  const sign = growsWhenBetter(metric) ? -1 : 1;
  const drawn = points.filter(([, y]) => isDrawn(y, log));
  return drawn.length === 0 ? undefined : drawn.reduce((best, at) => (sign * at[1] < sign * best[1] ? at : best));
}

function sentence({ of, points }: Curve): string {
  const drawn = points.filter(([, y]) => isDrawn(y));
  const text = of[0]!.toUpperCase() + of.slice(1);
  if (drawn.length === 0) return `${text}: no values.`;
  const [first, last] = [drawn[0]!, drawn.at(-1)!];
  return `${text}: ${counted(points.length, 'epoch')}, from ${numberText(first[1])} to ${numberText(last[1])}.`;
}

/** What can't be drawn of a curve. */
function missing(name: string, points: readonly Dot[], log: boolean): string[] {
  if (points.length === 0) return [`${name}: no values yet`];
  const notFinite = points.filter(([, y]) => !isDrawn(y)).length;
  const notPositive = log ? points.filter(([, y]) => isDrawn(y) && y <= 0).length : 0;
  return [
    ...(notFinite > 0 ? [`${name}: ${counted(notFinite, 'value')} NaN or infinite, left out`] : []),
    ...(notPositive > 0 ? [`${name}: ${counted(notPositive, 'value')} not above 0, left out of the log scale`] : []),
  ];
}
