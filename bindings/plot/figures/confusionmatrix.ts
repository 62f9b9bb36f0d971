// confusionMatrix: which classes are taken for which.

import { check } from '../../errors.js';
import { confusionMatrix as countsOf } from '../../metrics/counts.js';
import { measure } from '../../metrics/exact.js';
import { options, type Rules } from '../../options.js';
import { bands } from '../bands.js';
import { draw, type FigureOptions, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { mark } from '../mark.js';
import type { Values } from '../scores.js';
import { numberText, SIZE, textWidth } from '../text.js';
import { LEVELS } from '../theme.js';
import { classNames } from './classnames.js';

/** Options of `confusionMatrix` and other figures of classes. */
export interface ClassFigureOptions extends FigureOptions {
  /** Names of the classes; default 0, 1 … */
  readonly classes?: readonly string[] | undefined;
}

const matrixOptions = options({ ...figureRules, classes: classNames } satisfies Rules<ClassFigureOptions>);

/**
 * Draws a confusion matrix: how many samples of each class, a row, were taken for which, a column. A cell is the darker
 * the larger its part of the row.
 *
 * @param matrix what `measure(confusionMatrix(), y, predictions)` of `wasmgrad` returns
 */
export function confusionMatrix(matrix: readonly (readonly number[])[], options?: ClassFigureOptions): Figure;
/**
 * Draws the confusion matrix of labels and predictions.
 *
 * @param yTrue labels; @param yPred probabilities, as `model.predict(x)` returns them
 */
export function confusionMatrix(yTrue: Values, yPred: Values, options?: ClassFigureOptions): Figure;
export function confusionMatrix(first: unknown, second?: unknown, third?: unknown): Figure {
  const where = 'confusionMatrix';
  const isData = typeof second === 'object' && second !== null && ('length' in second || 'shape' in second);
  const matrix = isData ? measure(countsOf(), first as Values, second as Values) : first;
  const given = matrixOptions(where, isData ? third : second);
  checkMatrix(where, matrix);
  const names = matrix.map((_, c) => given.classes?.[c] ?? `${c}`);
  const sums = matrix.map((row) => row.reduce((sum, count) => sum + count, 0));
  const total = sums.reduce((sum, count) => sum + count, 0);
  const right = matrix.reduce((sum, row, c) => sum + row[c]!, 0);
  const share = (part: number, whole: number): string => (whole === 0 ? '–' : `${numberText((100 * part) / whole)} %`);
  return draw(where, given, {
    title: 'Confusion matrix',
    description: `${numberText(right)} of ${numberText(total)} samples are right, ${share(right, total)}. ${names.map((name, c) => `${name}: ${numberText(matrix[c]![c]!)} of ${numberText(sums[c]!)}`).join(', ')}.`,
    height: (width) => Math.round(Math.min(width * 0.8, 180 + 60 * names.length)),
    notes: [`${numberText(right)} of ${numberText(total)} are right, ${share(right, total)}`],
    marks: (box) => {
      const { cell, at, frame } = bands(box, names, 'true class', 'predicted class');
      const cells = matrix.flatMap((row, r) =>
        row.map((count, c) => {
          const [x, y] = at(r, c);
          const part = sums[r] === 0 ? 0 : count / sums[r]!;
          const text = numberText(count);
          const fits = textWidth(text, SIZE.small) <= cell[0] - 4 && cell[1] >= 15;
          return [
            mark(
              'rect',
              {
                class: 'cell',
                x,
                y,
                width: cell[0],
                height: cell[1],
                fill: `level${Math.min(LEVELS - 1, Math.floor(part * LEVELS))}`,
                stroke: 'paper',
              },
              mark('title', {}, `${names[r]} taken for ${names[c]}: ${text}, ${share(count, sums[r]!)}`),
            ),
            fits && (count > 0 || r === c)
              ? mark(
                  'text',
                  {
                    class: 'count',
                    x: x + cell[0] / 2,
                    y: y + cell[1] / 2 + 4,
                    'text-anchor': 'middle',
                    'font-weight': r === c ? 600 : undefined,
                    fill: 'ink',
                  },
                  text,
                )
              : undefined,
          ];
        }),
      );
      return [cells, frame];
    },
  });
}

function checkMatrix(where: string, given: unknown): asserts given is number[][] {
  const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value < 1e15;
  const holds =
    Array.isArray(given) &&
    given.length > 0 &&
    given.every((row) => Array.isArray(row) && row.length === given.length && row.every(isCount));
  check(
    holds,
    () =>
      `${where}: the matrix must have a row for each class, with a count for each, as measure(confusionMatrix(), …) returns it`,
  );
}
