// calibration: whether what is predicted with 80 % comes true in 80 % of the cases.

import { check } from '../../errors.js';
import { labelOf, largest } from '../../metrics/rows.js';
import { options, type Rules, whole } from '../../options.js';
import { axes } from '../axes.js';
import { draw, type FigureOptions, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { type Dot, diagonal, polyline } from '../lines.js';
import { mark } from '../mark.js';
import { scoresOf, type Values } from '../scores.js';
import { counted, numberText } from '../text.js';
import { seriesPaint } from '../theme.js';

/** Options of `calibration`. */
export interface CalibrationOptions extends FigureOptions {
  /** Into how many parts probabilities are sorted; default 10. */
  readonly bins?: number | undefined;
}

const calibrationOptions = options({ ...figureRules, bins: whole(10, 2, 100) } satisfies Rules<CalibrationOptions>);

/**
 * Draws a reliability diagram: of samples that were predicted with about the same probability, how many are of the
 * class. The nearer to the diagonal, the more the probabilities mean what they say. Of several classes it is the
 * probability of the predicted one. (C. Guo et al., On calibration of modern neural networks, 2017.)
 *
 * @param yTrue labels; @param yPred probabilities, as `model.predict(x)` returns them
 */
export function calibration(yTrue: Values, yPred: Values, options?: CalibrationOptions): Figure {
  const where = 'calibration';
  const given = calibrationOptions(where, options);
  const rows = scoresOf(where, yTrue, yPred);
  const { width, count, scores } = rows;
  const bins = Array.from({ length: given.bins }, () => ({ sum: 0, hits: 0, count: 0 }));
  let lost = 0;
  for (let row = 0; row < count; row++) {
    const guess = width === 1 ? 0 : largest(scores, row * width, width);
    const probability = scores[row * width + guess]!;
    if (Number.isNaN(probability)) {
      lost++;
      continue;
    }
    check(
      probability >= 0 && probability <= 1,
      () => `${where}: predictions must be probabilities, from 0 to 1, got ${probability} in row ${row}`,
    );
    const bin = bins[Math.min(given.bins - 1, Math.floor(probability * given.bins))]!;
    bin.sum += probability;
    bin.count++;
    const label = labelOf(rows, row, where);
    bin.hits += width === 1 ? label : +(label === guess);
  }
  const full = bins.filter((bin) => bin.count > 0);
  const dots = full.map(({ sum, hits, count }): Dot => [sum / count, hits / count]);
  const seen = count - lost;
  const error = full.reduce((total, bin, i) => total + (bin.count / seen) * Math.abs(dots[i]![0] - dots[i]![1]), 0);
  const said = `expected calibration error ${numberText(error)}, of ${counted(seen, 'sample')}`;
  const most = Math.max(1, ...full.map((bin) => bin.count));
  return draw(where, given, {
    title: 'Calibration',
    description: `${said[0]!.toUpperCase()}${said.slice(1)}. ${full.map((bin, i) => `Predicted ${numberText(dots[i]![0])}, true ${numberText(dots[i]![1])} (${bin.count})`).join('; ')}.`,
    height: (width) => Math.round(width * 0.75),
    notes: [`${said}; large dots have many`, ...(lost > 0 ? [`${counted(lost, 'sample')} with NaN, left out`] : [])],
    marks: (box) => {
      const label = width === 1 ? 'predicted probability' : 'predicted probability of the predicted class';
      const at = axes(where, box, { label, domain: [0, 1] }, { label: 'how often it is true', domain: [0, 1] });
      const paint = seriesPaint(0);
      return [
        at.frame,
        diagonal(at, 'probabilities that mean what they say'),
        polyline(dots, at, { stroke: paint, 'stroke-width': 1.5 }, false, 'calibration'),
        dots.map(([x, y], i) =>
          mark(
            'circle',
            { class: 'bin', cx: at.x(x), cy: at.y(y), r: 3 + 6 * Math.sqrt(full[i]!.count / most), fill: paint },
            mark(
              'title',
              {},
              `predicted ${numberText(x)}, true ${numberText(y)}: ${counted(full[i]!.count, 'sample')}`,
            ),
          ),
        ),
      ];
    },
  });
}
