// attentionMap: which steps attention reads from.

import { check, checkIs, isRecord } from '../../errors.js';
import type { Inspection } from '../../model/inspect.js';
import { options, type Rules, text, whole } from '../../options.js';
import { shapeText } from '../../shape.js';
import { Tensor } from '../../tensor.js';
import { bands } from '../bands.js';
import { draw, type FigureOptions, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { mark } from '../mark.js';
import { counted, numberText } from '../text.js';
import { LEVELS } from '../theme.js';
import { classNames } from './classnames.js';

/** Options of `attentionMap`. */
export interface AttentionMapOptions extends FigureOptions {
  /**
   * Of an inspection, the name of the layer, 'transformerDecoder.attention'; by default the first one with attention.
   */
  readonly layer?: string | undefined;
  /** The number of the sample; default 0. */
  readonly sample?: number | undefined;
  /** The number of the head; by default the mean of all is drawn. */
  readonly head?: number | undefined;
  /** What each step is that reads, such as the letters of a text; default 0, 1 … */
  readonly queries?: readonly string[] | undefined;
  /** What each step is that is read; by default `queries` where these are as many. */
  readonly keys?: readonly string[] | undefined;
}

const mapOptions = options({
  ...figureRules,
  layer: text(undefined),
  sample: whole(0, 0),
  head: whole(undefined, 0),
  queries: classNames,
  keys: classNames,
} satisfies Rules<AttentionMapOptions>);

/**
 * Draws which steps attention reads from: a row for each step that reads, a column for each that may be read, a cell
 * the darker the larger the weight.
 *
 * @param of what `model.inspect(x, y)` returned, of a model with `multiHeadAttention` in it, or weights [queries,
 *   keys], which may have the heads in front, and before these the samples
 */
export function attentionMap(of: Inspection | Tensor, options?: AttentionMapOptions): Figure {
  const where = 'attentionMap';
  const given = mapOptions(where, options);
  const { name, weights } = weightsOf(where, of, given.layer);
  const { rows, heads } = rowsOf(where, weights, given.sample, given.head);
  const [queries, keys] = [rows.length, rows[0]!.length];
  const rowNames = namesOf(`${where}: queries`, given.queries, queries);
  const columnNames = namesOf(`${where}: keys`, given.keys ?? (queries === keys ? rowNames : undefined), keys);
  const most = rows.map((row) => row.reduce((best, weight, c) => (weight > row[best]! ? c : best), 0));
  return draw(where, given, {
    title: `Attention of ${name}`,
    description: rows
      .map((row, r) => `${rowNames[r]} reads ${columnNames[most[r]!]} most, ${numberText(row[most[r]!]!)}.`)
      .join(' '),
    height: (width) => Math.round(Math.min((width * 0.8 * queries) / keys, 80 + 24 * queries, width) + 60),
    notes:
      heads === 1 ? [] : [given.head === undefined ? `the mean of ${heads} heads` : `head ${given.head} of ${heads}`],
    marks: (box) => {
      const { cell, at, frame } = bands(box, rowNames, 'reads', 'is read', columnNames);
      const cells = rows.map((row, r) =>
        row.map((weight, c) => {
          const [x, y] = at(r, c);
          const level = Number.isNaN(weight) ? 0 : Math.min(LEVELS - 1, Math.floor(weight * LEVELS));
          return mark(
            'rect',
            { class: 'cell', x, y, width: cell[0], height: cell[1], fill: `level${level}`, stroke: 'paper' },
            mark('title', {}, `${rowNames[r]} reads ${columnNames[c]}: ${numberText(weight)}`),
          );
        }),
      );
      return [cells, frame];
    },
  });
}

/** The weights that were given, or that a layer has shown, and what they are called. */
function weightsOf(where: string, of: unknown, layer: string | undefined): { name: string; weights: Tensor } {
  if (of instanceof Tensor) return { name: layer ?? 'a layer', weights: of };
  const layers = isRecord(of) ? (of as Partial<Inspection>).layers : undefined;
  checkIs(isRecord(layers), `${where}: the first argument`, 'what inspect returned, or a tensor', of);
  const shown = Object.entries(layers!).flatMap(([name, { shown }]) => {
    return shown['attention'] ? [{ name, weights: shown['attention'] }] : [];
  });
  const found = shown.find(({ name }) => layer === undefined || name === layer);
  check(found !== undefined, () => {
    const known = shown.map(({ name }) => name).join(', ') || 'none';
    return `${where}: the model has no layer ${layer === undefined ? 'with attention' : `'${layer}' with attention`} (known: ${known})`;
  });
  return found;
}

/** The weights of a head, or the means over all, for one sample. */
function rowsOf(
  where: string,
  weights: Tensor,
  sample: number,
  head: number | undefined,
): { readonly rows: number[][]; readonly heads: number } {
  const { shape } = weights;
  check(shape.length >= 2 && shape.length <= 4 && weights.size > 0, () => {
    return `${where}: expected weights [n, heads, queries, keys], or without the first axes, got ${shapeText(shape)}`;
  });
  const [n, heads, queries, keys] = [...[1, 1, 1, 1].slice(shape.length), ...shape] as [number, number, number, number];
  check(sample < n, () => `${where}: sample ${sample} is not among ${counted(n, 'sample')}, counted from 0`);
  check(
    head === undefined || head < heads,
    () => `${where}: head ${head} is not among ${counted(heads, 'head')}, counted from 0`,
  );
  const values = weights.values();
  const wrong = values.find((weight) => weight < 0 || weight > 1 + 1e-3);
  check(wrong === undefined, () => {
    return `${where}: weights are from 0 to 1, got ${numberText(wrong!)}; of scores take softmax()`;
  });
  const some = head === undefined ? Array.from({ length: heads }, (_, h) => h) : [head];
  const weight = (h: number, q: number, k: number): number => values[((sample * heads + h) * queries + q) * keys + k]!;
  const mean = (q: number, k: number): number => some.reduce((sum, h) => sum + weight(h, q, k), 0) / some.length;
  const rows = Array.from({ length: queries }, (_, q) => Array.from({ length: keys }, (_, k) => mean(q, k)));
  return { rows, heads };
}

function namesOf(what: string, given: readonly string[] | undefined, count: number): readonly string[] {
  check(given === undefined || given.length === count, () => {
    return `${what}: expected ${counted(count, 'name')}, got ${given!.length}`;
  });
  return given ?? Array.from({ length: count }, (_, i) => `${i}`);
}
