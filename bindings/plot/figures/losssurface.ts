// lossSurface: the values of a function, or the losses of a model, over two directions.

import { check, checkFunction, checkIs, isRecord } from '../../errors.js';
import type { DataOf, LabelsOf, Model } from '../../model/model.js';
import { number, options, type Rules, rule, whole } from '../../options.js';
import { constantOf, type Tensor } from '../../tensor.js';
import { axes } from '../axes.js';
import { extremes, type Grid, gridPoints, levelsOf, missingOf, terrain } from '../contours.js';
import { principalDirections, randomDirections, rowOf, type Weights } from '../directions.js';
import { draw, type FigureOptions, figureRules, type GivenFigure } from '../draw.js';
import type { Figure } from '../figure.js';
import { valuesOf } from '../functions.js';
import { ring } from '../legend.js';
import { type Dot, polyline } from '../lines.js';
import { type Marks, mark } from '../mark.js';
import { numberText } from '../text.js';
import { seriesPaint } from '../theme.js';
import { levelsText } from './descentpath.js';
import { checkInterval } from './functionplot.js';

/** Options of `lossSurface` of a model. */
export interface LossSurfaceOptions extends FigureOptions {
  /**
   * Where the weights were on their way, each as `model.parameters()` returns them: the surface then lies along the two
   * directions in which they moved most, with the way on it. Without them, directions are random.
   */
  readonly weights?: readonly Weights[] | undefined;
  /** Chooses the random directions; default 0. */
  readonly seed?: number | undefined;
  /** In how many places along each direction the loss is measured; default 21. */
  readonly resolution?: number | undefined;
}

const surfaceOptions = options({
  ...figureRules,
  weights: rule<readonly Weights[], undefined>(undefined, (what, given) => {
    const holds = Array.isArray(given) && given.length >= 3 && given.every(isRecord);
    checkIs(holds, what, 'three or more of what model.parameters() returns', given);
  }),
  seed: number(0),
  resolution: whole(21, 5, 101),
} satisfies Rules<LossSurfaceOptions>);

const plainOptions = options({ ...figureRules } satisfies Rules<FigureOptions>);

const SIDE = 64;

/**
 * Draws the values of a function of two variables as contours.
 *
 * @param f of two scalar tensors
 * @param x where it is drawn: [from, to]
 * @param y the same
 * @example lossSurface((w, b) => w.mul(2).add(b).sub(5).square(), [-1, 4], [-2, 6])
 */
export function lossSurface(
  f: (x: Tensor, y: Tensor) => Tensor,
  x: readonly [from: number, to: number],
  y: readonly [from: number, to: number],
  options?: FigureOptions,
): Figure;
/**
 * Draws the loss of a compiled model around its weights, along two random directions in which each filter is as long as
 * its weights, or, with `weights`, along those in which a training moved most. The model is left as it was.
 *
 * @param x samples, as for `evaluate`
 * @param y labels
 */
export function lossSurface<In, Out>(
  model: Model<In, Out>,
  x: DataOf<In>,
  y: LabelsOf<Out>,
  options?: LossSurfaceOptions,
): Figure;
export function lossSurface(of: unknown, x: unknown, y: unknown, options?: FigureOptions): Figure {
  const where = 'lossSurface';
  if (typeof (of as Partial<Model> | null)?.evaluate === 'function') {
    return ofModel(where, surfaceOptions(where, options), of as Model, x, y);
  }
  const given = plainOptions(where, options);
  checkFunction(`${where}: the first argument, if it is no model,`, of);
  checkInterval(`${where}: the range of x`, x);
  checkInterval(`${where}: the range of y`, y);
  const size = { x, y, columns: SIDE, rows: SIDE };
  return surface(
    where,
    given,
    { ...size, values: valuesOf(where, of, gridPoints(size)) },
    ['x', 'y'],
    'f(x, y)',
    () => undefined,
  );
}

function ofModel(
  where: string,
  given: ReturnType<typeof surfaceOptions>,
  model: Model,
  x: unknown,
  y: unknown,
): Figure {
  const weights = model.parameters();
  check(Object.keys(weights).length > 0, () => `${where}: the model has no parameters`);
  const { weights: way, resolution } = given;
  const principal = way && principalDirections(where, weights, way);
  const { names, along } = principal ?? randomDirections(weights, given.seed);
  const ends = (k: 0 | 1): [number, number] => {
    if (!principal) return [-1, 1];
    const places = [0, ...principal.places.map((place) => place[k])];
    const [low, high] = [Math.min(...places), Math.max(...places)];
    return [low - 0.2 * (high - low), high + 0.2 * (high - low)];
  };
  const size = { x: ends(0), y: ends(1), columns: resolution, rows: resolution };
  const grid: Grid = { ...size, values: losses(model, weights, along, gridPoints(size), x, y) };
  return surface(where, given, grid, names, 'loss', (at) => {
    const here = ring(at.x(0), at.y(0), seriesPaint(1), 'the weights as they are');
    if (!principal) return here;
    const dots: Dot[] = [...principal.places, [0, 0]];
    return [
      polyline(dots, at, { stroke: 'paper', 'stroke-width': 4, 'stroke-opacity': 0.8 }),
      polyline(dots, at, { stroke: seriesPaint(1) }, false, 'the way of the weights'),
      dots.map(([a, b]) => mark('circle', { class: 'dot', cx: at.x(a), cy: at.y(b), r: 3, fill: seriesPaint(1) })),
      here,
    ];
  });
}

/** The losses of the model with its weights moved along two directions. It gets its own back, whatever happens. */
function losses(
  model: Model,
  weights: Weights,
  [a, b]: readonly [Float64Array, Float64Array],
  points: readonly (readonly [number, number])[],
  x: unknown,
  y: unknown,
): number[] {
  const start = rowOf(weights);
  try {
    return points.map(([s, t]) => {
      model.setWeights(
        split(
          start.map((value, i) => value + s * a[i]! + t * b[i]!),
          weights,
        ),
      );
      return model.evaluate(x as never, y as never).loss;
    });
  } finally {
    model.setWeights(weights);
  }
}

function split(row: Float64Array, like: Weights): Record<string, Tensor> {
  let from = 0;
  const parts = Object.entries(like).map(([name, { shape, size }]) => {
    const values = Float32Array.from(row.subarray(from, from + size));
    from += size;
    return [name, constantOf(values, shape)] as const;
  });
  return Object.fromEntries(parts);
}

function surface(
  where: string,
  given: GivenFigure,
  grid: Grid,
  names: readonly [string, string],
  of: string,
  more: (at: ReturnType<typeof axes>) => Marks,
): Figure {
  const levels = levelsOf(grid);
  const found = extremes(grid);
  const text = (kind: 'low' | 'high'): string => {
    const { value, x, y } = found![kind];
    return `${numberText(value)} at (${numberText(x)}, ${numberText(y)})`;
  };
  const ends = [...grid.x, ...grid.y].map(numberText);
  return draw(where, given, {
    title: of === 'loss' ? 'Loss surface' : `Contours of ${of}`,
    description: `${of} over ${names[0]} from ${ends[0]} to ${ends[1]} and ${names[1]} from ${ends[2]} to ${ends[3]}. ${found ? `Smallest ${text('low')}, largest ${text('high')}.` : 'No values.'}`,
    height: (width) => Math.round(width * 0.75),
    notes: [levelsText(levels), ...missingOf(grid)].filter((note) => note !== ''),
    marks: (box) => {
      const at = axes(where, box, { label: names[0], domain: grid.x }, { label: names[1], domain: grid.y });
      return [at.frame, at.clip(terrain(grid, at, levels), more(at))];
    },
  });
}
