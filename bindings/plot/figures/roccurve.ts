// rocCurve: how many of a class are found, for how many false alarms.

import { check } from '../../errors.js';
import { isTrue, type Rows } from '../../metrics/rows.js';
import { options, type Rules } from '../../options.js';
import { axes } from '../axes.js';
import { draw, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { type Dot, diagonal, polyline } from '../lines.js';
import { scoresOf, type Values } from '../scores.js';
import { numberText } from '../text.js';
import { seriesDash, seriesPaint } from '../theme.js';
import { classNames } from './classnames.js';
import type { ClassFigureOptions } from './confusionmatrix.js';

const rocOptions = options({ ...figureRules, classes: classNames } satisfies Rules<ClassFigureOptions>);

/**
 * Draws the ROC curve: over all thresholds, how many samples of a class are found (true positive rate) for how many
 * others that are taken for it (false positive rate), and the area below it, which is `rocAuc`. Of two classes that of
 * class 1, of more one each.
 *
 * @param yTrue labels; @param yPred scores, as `model.predict(x)` returns them
 */
export function rocCurve(yTrue: Values, yPred: Values, options?: ClassFigureOptions): Figure {
  const where = 'rocCurve';
  const given = rocOptions(where, options);
  const rows = scoresOf(where, yTrue, yPred);
  const classes = rows.width === 1 ? [0] : rows.width === 2 ? [1] : Array.from({ length: rows.width }, (_, c) => c);
  const curves = classes.map((c, i) => ({
    ...curveOf(rows, c),
    ...nameOf(c),
    paint: seriesPaint(i),
    dash: seriesDash(i),
  }));
  function nameOf(c: number): { name: string } {
    return { name: given.classes?.[rows.width === 1 ? 1 : c] ?? `class ${rows.width === 1 ? 1 : c}` };
  }
  const drawn = curves.filter(({ area }) => !Number.isNaN(area));
  return draw(where, given, {
    title: 'ROC curve',
    description: curves.map(({ name, area }) => `Area under the curve of ${name}: ${numberText(area)}.`).join(' '),
    height: (width) => Math.round(width * 0.75),
    legend: drawn.map(({ name, area, paint, dash }) => ({ name: `${name}: area ${numberText(area)}`, paint, dash })),
    notes: curves
      .filter(({ area }) => Number.isNaN(area))
      .map(({ name }) => `${name}: no curve, since a score is NaN, or all samples are of the class, or none`),
    marks: (box) => {
      const at = axes(
        where,
        box,
        { label: 'false positive rate', domain: [0, 1] },
        { label: 'true positive rate', domain: [0, 1] },
      );
      return [
        at.frame,
        diagonal(at, 'scores that say nothing'),
        drawn.map(({ points, paint, dash, name }) =>
          polyline(points, at, { stroke: paint, 'stroke-dasharray': dash }, false, name),
        ),
      ];
    },
  });
}

/** The curve of a class: from the largest score down, equal ones together. */
function curveOf(rows: Rows, c: number): { points: Dot[]; area: number } {
  const { width, count, scores } = rows;
  check(count > 0, () => 'rocCurve: there are no samples');
  const order = Array.from({ length: count }, (_, row) => row);
  if (order.some((row) => Number.isNaN(scores[row * width + c]))) return { points: [], area: Number.NaN };
  const score = (row: number): number => scores[row * width + c]!;
  order.sort((a, b) => (score(b) > score(a) ? 1 : score(b) < score(a) ? -1 : 0));
  const yes = order.filter((row) => isTrue(rows, row, c)).length;
  const points: Dot[] = [[0, 0]];
  let [found, alarms, area] = [0, 0, 0];
  order.forEach((row, i) => {
    if (isTrue(rows, row, c)) found++;
    else alarms++;
    const isLast = i === count - 1 || score(order[i + 1]!) !== score(row);
    if (!isLast) return;
    const next: Dot = [alarms / (count - yes), found / yes];
    const [x, y] = points.at(-1)!;
    area += ((next[0] - x) * (next[1] + y)) / 2;
    points.push(next);
  });
  return { points, area };
}
