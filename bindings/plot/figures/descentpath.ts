// descentPath: the way that a minimisation took, on its function.

import { check, checkFunction, checkIs, isRecord } from '../../errors.js';
import type { ObjectiveFunction } from '../../objective.js';
import { options, type Rules } from '../../options.js';
import type { Tensor } from '../../tensor.js';
import type { Tree } from '../../tree.js';
import { type Axes, axes, domainOf, isDrawn } from '../axes.js';
import { type Grid, gridPoints, levelsOf, missingOf, terrain } from '../contours.js';
import { draw, type FigureOptions, figureRules, type GivenFigure } from '../draw.js';
import type { Figure } from '../figure.js';
import { formOf, type PointForm, slopesAt, spaced, valuesAt } from '../functions.js';
import { type LegendEntry, ring } from '../legend.js';
import { type Dot, polyline } from '../lines.js';
import { type Marks, mark } from '../mark.js';
import { counted, numberText } from '../text.js';
import { seriesDash, seriesPaint } from '../theme.js';

/** What `minimize`, `newton` and `lbfgs` return, and the error of a descent that diverged: a trace. */
export interface Traced {
  readonly trace?: readonly { readonly point: unknown; readonly value: number }[] | undefined;
}

const pathOptions = options({ ...figureRules } satisfies Rules<FigureOptions>);

/**
 * Draws the way that minimisations took: on the curve of a function of one variable, with a piece of the tangent at
 * each point; on the contours of a function of two.
 *
 * @param f     the function that was minimised, of one number or of two
 * @param paths what `minimize`, `newton` or `lbfgs` returned, or several by name: `{ 'rate 0.3': a, adam: b }`
 * @example descentPath(f, minimize(f, 1.2, { optimizer: sgd(0.3) }))
 */
export function descentPath<X extends Tree<X> = Tensor>(
  f: ObjectiveFunction<X>,
  paths: Traced | Readonly<Record<string, Traced>>,
  options?: FigureOptions,
): Figure {
  const where = 'descentPath';
  const given = pathOptions(where, options);
  checkFunction(`${where}: the first argument`, f);
  const traces = tracesOf(where, paths);
  const form = formOf(where, traces[0]!.points[0]!.point);
  const { length } = form.names;
  check(
    length === 1 || length === 2,
    () => `${where}: a function of one number or of two can be drawn, this one has ${length}`,
  );
  const runs = traces.map(({ name, points }, i): Run => {
    const places = points.map(({ point }) => form.numbersOf(point));
    check(
      places.every((place) => place.length === length),
      () => `${where}: the points of all paths must have as many numbers`,
    );
    return {
      name,
      places,
      values: points.map(({ value }) => value),
      paint: seriesPaint(i + 1),
      dash: seriesDash(i + 1),
    };
  });
  return length === 1 ? onCurve(where, given, f, form, runs) : onContours(where, given, f, form, runs);
}

interface Run {
  readonly name: string;
  readonly places: readonly (readonly number[])[];
  readonly values: readonly number[];
  readonly paint: string;
  readonly dash: string | undefined;
}

interface NamedTrace {
  readonly name: string;
  readonly points: NonNullable<Traced['trace']>;
}

function tracesOf(where: string, given: unknown): NamedTrace[] {
  const one = traceOf(given);
  if (one) return [{ name: '', points: one }];
  const expected = 'what minimize returned, or an object of such by name';
  checkIs(isRecord(given) && Object.keys(given as object).length > 0, `${where}: the paths`, expected, given);
  return Object.entries(given as object).map(([name, value]) => {
    const points = traceOf(value);
    checkIs(points !== undefined, `${where}: the path '${name.slice(0, 40)}'`, 'what minimize returned', value);
    return { name, points };
  });
}

function traceOf(given: unknown): NamedTrace['points'] | undefined {
  const { trace } = (given ?? {}) as Traced;
  const isTrace =
    Array.isArray(trace) && trace.length > 0 && trace.every((at) => isRecord(at) && typeof at.value === 'number');
  return isTrace ? trace : undefined;
}

/** How many tangents of a path are drawn, of its first points: later ones lie over each other. */
const TANGENTS = 6;
/** Half of a tangent, in pixels. */
const REACH = 32;
const POINTS = 401;

function onCurve(where: string, given: GivenFigure, f: unknown, form: PointForm, runs: readonly Run[]): Figure {
  const x = padded(domainOf(runs.flatMap(({ places }) => places.map(([one]) => one!))), 0.25);
  const curve = spaced(x, POINTS);
  const rows = curve.map((one) => [one]);
  const values = Array.from(valuesAt(where, f, form, rows));
  const slopes = runs.map(({ places }) => slopesAt(where, f, form, places.slice(0, TANGENTS)));
  const name = form.names[0]!;
  return draw(where, given, {
    title: `Descent on f(${name})`,
    description: sentences(runs, form),
    legend: [{ name: `f(${name})`, paint: seriesPaint(0) }, ...entriesOf(runs)],
    notes: notesOf(runs),
    marks: (box) => {
      const all = [...values, ...runs.flatMap((run) => run.values)];
      const at = axes(
        where,
        box,
        { label: name, domain: x },
        { label: `f(${name})`, domain: domainOf(all), nice: true },
      );
      return [
        at.frame,
        at.clip(
          polyline(
            curve.map((one, i): Dot => [one, values[i]!]),
            at,
            { stroke: seriesPaint(0) },
            false,
            `f(${name})`,
          ),
          runs.map((run, i) => {
            const dots = run.places.map(([one], k): Dot => [one!, run.values[k]!]);
            return [tangents(dots, slopes[i]!, at, run.paint), path(run, dots, at, form)];
          }),
        ),
      ];
    },
  });
}

function tangents(dots: readonly Dot[], slopes: ArrayLike<number>, at: Axes, paint: string): Marks {
  return dots.slice(0, TANGENTS).map(([x, y], i) => {
    const slope = slopes[i]!;
    if (!isDrawn(slope) || !isDrawn(x) || !isDrawn(y)) return undefined;
    const [dx, dy] = [at.x(x + 1) - at.x(x), at.y(y + slope) - at.y(y)];
    const length = Math.hypot(dx, dy);
    if (!(length > 0)) return undefined;
    const [a, b] = [(dx / length) * REACH, (dy / length) * REACH];
    const [cx, cy] = [at.x(x), at.y(y)];
    const ends = { x1: cx - a, y1: cy - b, x2: cx + a, y2: cy + b };
    return mark(
      'line',
      { class: 'tangent', ...ends, stroke: paint, 'stroke-width': 1.2 },
      mark('title', {}, `slope ${numberText(slope)}`),
    );
  });
}

const SIDE = 64;

function onContours(where: string, given: GivenFigure, f: unknown, form: PointForm, runs: readonly Run[]): Figure {
  const [x, y] = [0, 1].map((k) =>
    padded(domainOf(runs.flatMap(({ places }) => places.map((place) => place[k]!))), 0.3),
  ) as [[number, number], [number, number]];
  const size = { x, y, columns: SIDE, rows: SIDE };
  const grid: Grid = { ...size, values: valuesAt(where, f, form, gridPoints(size)) };
  const levels = levelsOf(grid);
  const [a, b] = form.names as [string, string];
  return draw(where, given, {
    title: `Descent on f(${a}, ${b})`,
    description: sentences(runs, form),
    height: (width) => Math.round(width * 0.75),
    legend: entriesOf(runs),
    notes: [levelsText(levels), ...missingOf(grid), ...notesOf(runs)].filter((note) => note !== ''),
    marks: (box) => {
      const at = axes(where, box, { label: a, domain: x }, { label: b, domain: y });
      const dotsOf = ({ places }: Run): Dot[] => places.map(([one, two]) => [one!, two!]);
      return [
        at.frame,
        at.clip(
          terrain(grid, at, levels),
          runs.map((run) => path(run, dotsOf(run), at, form)),
        ),
      ];
    },
  });
}

/** What the lines of contours are. */
export const levelsText = (levels: readonly number[]): string =>
  levels.length === 0 ? '' : `contours at ${levels.map(numberText).join(', ')}`;

/** Dots of a path that lie closer to the one before than that are left out. */
const NEAR = 5;

/**
 * A line through points over a halo, so that it is seen on any ground, with a dot at each and a ring at the last one.
 */
function path(run: Run, dots: readonly Dot[], at: Axes, form: PointForm): Marks {
  const drawn = dots.filter(([x, y]) => isDrawn(x) && isDrawn(y));
  const last = drawn.at(-1);
  let [px, py] = [-Infinity, -Infinity];
  const apart = drawn.filter(([x, y]) => {
    if (Math.hypot(at.x(x) - px, at.y(y) - py) < NEAR) return false;
    [px, py] = [at.x(x), at.y(y)];
    return true;
  });
  const title = run.name === '' ? 'path' : run.name;
  return [
    polyline(dots, at, { stroke: 'paper', 'stroke-width': 4, 'stroke-opacity': 0.8 }),
    polyline(dots, at, { stroke: run.paint, 'stroke-width': 1.8, 'stroke-dasharray': run.dash }, false, title),
    apart.map(([x, y]) => mark('circle', { class: 'dot', cx: at.x(x), cy: at.y(y), r: 3, fill: run.paint })),
    last && ring(at.x(last[0]), at.y(last[1]), run.paint, `${title} ends: ${placeText(run, form)}`),
  ];
}

const placeText = ({ places, values }: Run, { names }: PointForm): string => {
  const place = names.map((name, k) => `${name} = ${numberText(places.at(-1)![k]!)}`).join(', ');
  return `${place}, f = ${numberText(values.at(-1)!)}`;
};

const entriesOf = (runs: readonly Run[]): LegendEntry[] =>
  runs.map((run) => ({
    name: `${run.name === '' ? 'path' : run.name}: ${counted(run.places.length - 1, 'step')}, f = ${numberText(run.values.at(-1)!)}`,
    paint: run.paint,
    dash: run.dash,
  }));

function sentences(runs: readonly Run[], form: PointForm): string {
  return runs
    .map((run) => {
      const start = form.names.map((name, k) => `${name} = ${numberText(run.places[0]![k]!)}`).join(', ');
      const name = run.name === '' ? 'Path' : run.name;
      return `${name}: from ${start}, f = ${numberText(run.values[0]!)}, in ${counted(run.places.length - 1, 'step')} to ${placeText(run, form)}.`;
    })
    .join(' ');
}

function notesOf(runs: readonly Run[]): string[] {
  return runs.flatMap(({ name, places, values }) => {
    const count = places.filter((place, i) => !place.every((one) => isDrawn(one)) || !isDrawn(values[i]!)).length;
    return count === 0 ? [] : [`${name === '' ? 'path' : name}: ${counted(count, 'point')} NaN or infinite, left out`];
  });
}

const padded = ([low, high]: readonly [number, number], part: number): [number, number] => [
  low - (high - low) * part,
  high + (high - low) * part,
];
