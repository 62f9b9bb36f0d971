// rateFinder: the sweep of learningRateFinder, with its suggestion.

import { checkIs, isRecord } from '../../errors.js';
import type { LearningRateSweep } from '../../model/learningratefinder.js';
import { options, type Rules } from '../../options.js';
import { axes, domainOf, isDrawn } from '../axes.js';
import { draw, type FigureOptions, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { ring } from '../legend.js';
import { type Dot, polyline } from '../lines.js';
import { mark } from '../mark.js';
import { counted, numberText } from '../text.js';
import { seriesPaint } from '../theme.js';

const finderOptions = options({ ...figureRules } satisfies Rules<FigureOptions>);

/**
 * Draws the loss over the learning rate, with a ring at the rate that is suggested, where it fell fastest.
 *
 * @param sweep what `learningRateFinder` returned
 * @example rateFinder(await learningRateFinder(model, x, y))
 */
export function rateFinder(sweep: LearningRateSweep, options?: FigureOptions): Figure {
  const where = 'rateFinder';
  const given = finderOptions(where, options);
  checkIs(
    isRecord(sweep) && Array.isArray(sweep.rates) && Array.isArray(sweep.losses),
    `${where}: the sweep`,
    'what learningRateFinder returned',
    sweep,
  );
  const { rates, losses, suggestion } = sweep;
  const points = rates.map((rate, i): Dot => [rate, losses[i] ?? Number.NaN]);
  const drawn = points.filter(([x, y]) => isDrawn(x, true) && isDrawn(y));
  const lost = points.length - drawn.length;
  const at = drawn.find(([rate]) => rate === suggestion);
  const [first, last] = [drawn[0], drawn.at(-1)];
  const suggested = at ? `suggested rate ${numberText(suggestion)}` : 'no rate is suggested: the loss never fell';
  const range =
    first && last
      ? `Loss ${numberText(first[1])} at the rate ${numberText(first[0])}, ${numberText(last[1])} at ${numberText(last[0])}; `
      : 'No losses; ';
  const { domain, isCut } = visible(drawn.map(([, y]) => y));
  return draw(where, given, {
    title: 'Learning rate finder',
    description: `${range}${suggested}.`,
    legend: at ? [{ name: suggested, paint: seriesPaint(1), kind: 'ring' }] : [],
    notes: [
      ...(isCut ? ['losses far above those before are cut off'] : []),
      ...(at ? [] : [suggested]),
      ...(lost > 0 ? [`${counted(lost, 'step')} NaN, infinite or not above 0, left out`] : []),
    ],
    marks: (box) => {
      const x = { label: 'learning rate (log scale)', domain: domainOf(rates, true), log: true };
      const place = axes(where, box, x, { label: 'smoothed loss', domain, nice: true });
      const { top, height } = place.area;
      return [
        place.frame,
        place.clip(polyline(points, place, { stroke: seriesPaint(0) }, false, 'loss')),
        at && [
          mark('line', {
            x1: place.x(at[0]),
            y1: top,
            x2: place.x(at[0]),
            y2: top + height,
            stroke: seriesPaint(1),
            'stroke-dasharray': '4 4',
          }),
          ring(place.x(at[0]), place.y(at[1]), seriesPaint(1), suggested),
        ],
      ];
    },
  });
}

/**
 * How far losses may rise above the lowest one, as a multiple of how far they fell, before what is above is cut off.
 */
const RISE = 2;

/** Losses explode at the end of a sweep: that they do is seen, and not how far, so that the fall is seen as well. */
function visible(losses: readonly number[]): { domain: [number, number]; isCut: boolean } {
  const [low, high] = domainOf(losses);
  const before = losses.slice(0, losses.indexOf(low) + 1);
  const top = low + RISE * (Math.max(low, ...before) - low);
  const isCut = top > low && top < high;
  return { domain: [low, isCut ? top : high], isCut };
}
