// histograms: how weights, activations or gradients are spread, layer by layer, and epoch by epoch.

import { check, checkIs, isRecord } from '../../errors.js';
import { area } from '../../libraries/d3.js';
import type { Inspection } from '../../model/inspect.js';
import { oneOf, options, type Rules, whole } from '../../options.js';
import { Tensor } from '../../tensor.js';
import { axes, domainOf, isDrawn } from '../axes.js';
import type { Weights } from '../directions.js';
import { type Box, draw, type FigureOptions, figureRules } from '../draw.js';
import type { Figure } from '../figure.js';
import { type Dot, polyline } from '../lines.js';
import { type Marks, mark } from '../mark.js';
import { panels, panelsHeight } from '../panels.js';
import { counted, numberText } from '../text.js';
import { seriesPaint } from '../theme.js';
import type { Parametrized } from './weighttiles.js';

/** Options of `histograms`. */
export interface HistogramsOptions extends FigureOptions {
  /** Of an inspection: activations a (default), sums z, δ, or the gradients of all parameters. */
  readonly of?: 'activations' | 'z' | 'delta' | 'gradients' | undefined;
  /** How many bars a histogram has; default 30. */
  readonly bins?: number | undefined;
}

const histogramOptions = options({
  ...figureRules,
  of: oneOf('activations', 'z', 'delta', 'gradients'),
  bins: whole(30, 3, 200),
} satisfies Rules<HistogramsOptions>);

/**
 * Draws how numbers are spread: the weights of a model, the activations or gradients that `model.inspect(x, y)` shows,
 * or weights epoch by epoch, with their median, and between which a half and nine tenths of them lie.
 *
 * @param of a model, an inspection, tensors by name, or an array of those, one an epoch, each as `model.parameters()`
 *   returns it
 */
export function histograms(
  of: Parametrized | Inspection | Weights | readonly Weights[],
  options?: HistogramsOptions,
): Figure {
  const where = 'histograms';
  const given = histogramOptions(where, options);
  const epochs = epochsOf(where, of, given.of);
  const names = Object.keys(epochs[0]!);
  check(names.length > 0, () => `${where}: there is nothing to draw`);
  const title = isInspection(of) ? `Histograms of ${given.of}` : 'Histograms of weights';
  const isMany = epochs.length > 1;
  const numbers = epochs.map((one) => names.map((name) => valuesOf(where, name, one[name])));
  const lost = names.map((_, i) => numbers.reduce((sum, one) => sum + one[i]!.lost, 0));
  const last = numbers.at(-1)!;
  return draw(where, given, {
    title: isMany ? `${title}, by epoch` : title,
    description: names.map((name, i) => sentence(name, last[i]!.sorted)).join(' '),
    height: (width) => panelsHeight(names.length, width - 28, 150) + 80,
    legend: isMany
      ? [
          { name: 'median', paint: seriesPaint(0) },
          { name: 'half of all', paint: seriesPaint(0), kind: 'square', opacity: 1 - (1 - BAND) ** 2 }, // two bands lie there
          { name: 'nine tenths of all', paint: seriesPaint(0), kind: 'square', opacity: BAND },
        ]
      : [],
    notes: names.flatMap((name, i) =>
      lost[i]! > 0 ? [`${name}: ${counted(lost[i]!, 'value')} NaN or infinite, left out`] : [],
    ),
    marks: (box) =>
      panels(box, names, (panel, i) => {
        if (isMany)
          return fan(
            where,
            panel,
            numbers.map((one) => one[i]!.sorted),
          );
        return histogram(where, panel, last[i]!.sorted, given.bins, names[i]!);
      }),
  });
}

const isInspection = (of: unknown): of is Inspection => isRecord(of) && isRecord((of as Partial<Inspection>).layers);

function epochsOf(
  where: string,
  of: unknown,
  kind: NonNullable<HistogramsOptions['of']>,
): readonly Readonly<Record<string, unknown>>[] {
  if (isInspection(of)) return [inspected(of, kind)];
  if (typeof (of as Partial<Parametrized> | null)?.parameters === 'function')
    return [(of as Parametrized).parameters()];
  const list = Array.isArray(of) ? of : [of];
  const first = list[0];
  const expected = 'a model, what inspect returned, or tensors by name';
  for (const one of list)
    checkIs(
      isRecord(one) && Object.values(one).every((value) => value instanceof Tensor),
      `${where}: what is drawn`,
      expected,
      one,
    );
  checkIs(first !== undefined, `${where}: what is drawn`, expected, of);
  const keys = Object.keys(first);
  check(
    list.every((one) => keys.every((key) => key in one)),
    () => `${where}: all epochs must have the same names`,
  );
  return list;
}

function inspected({ layers }: Inspection, kind: NonNullable<HistogramsOptions['of']>): Record<string, Tensor> {
  const pairs = Object.entries(layers).flatMap(([name, { z, a, delta, gradients }]): [string, Tensor][] => {
    if (kind === 'gradients') return Object.entries(gradients).map(([part, value]) => [`${name}.${part}`, value]);
    return [[name, { activations: a, z, delta }[kind]]];
  });
  return Object.fromEntries(pairs);
}

interface Sorted {
  readonly sorted: Float64Array;
  readonly lost: number;
}

function valuesOf(where: string, name: string, tensor: unknown): Sorted {
  checkIs(tensor instanceof Tensor, `${where}: '${name.slice(0, 40)}'`, 'a tensor', tensor);
  const values = tensor.values();
  const sorted = Float64Array.from(values)
    .filter((value) => isDrawn(value))
    .sort();
  return { sorted, lost: values.length - sorted.length };
}

function histogram(where: string, box: Box, sorted: Float64Array, bins: number, name: string): Marks {
  const domain = domainOf(sorted);
  const width = (domain[1] - domain[0]) / bins;
  const counts = new Array<number>(bins).fill(0);
  for (const value of sorted) counts[Math.min(bins - 1, Math.floor((value - domain[0]) / width))]!++;
  const at = axes(where, box, { label: '', domain }, { label: '', domain: [0, Math.max(1, ...counts)], whole: true });
  const floor = at.y(0);
  const bars = counts.map((count, i) => {
    if (count === 0) return undefined;
    const [left, right] = [at.x(domain[0] + i * width), at.x(domain[0] + (i + 1) * width)];
    const place = { x: left, y: at.y(count), width: Math.max(0.5, right - left - 0.5), height: floor - at.y(count) };
    const title = `${name}: ${counted(count, 'value')} from ${numberText(domain[0] + i * width)} to ${numberText(domain[0] + (i + 1) * width)}`;
    return mark('rect', { class: 'bar', ...place, fill: seriesPaint(0) }, mark('title', {}, title));
  });
  return [at.frame, bars];
}

/** The number below which a part of sorted numbers lies. */
function quantile(sorted: Float64Array, part: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}

/** How opaque a band is. */
const BAND = 0.25;

/** Median and quantiles over epochs. */
function fan(where: string, box: Box, epochs: readonly Float64Array[]): Marks {
  const parts = [0.05, 0.25, 0.5, 0.75, 0.95];
  const lines = parts.map((part) => epochs.map((sorted, i): Dot => [i + 1, quantile(sorted, part)]));
  const y = domainOf(lines.flat().map(([, value]) => value));
  const at = axes(
    where,
    box,
    { label: 'epoch', domain: [1, epochs.length], whole: true },
    { label: '', domain: y, nice: true },
  );
  const band = (low: readonly Dot[], high: readonly Dot[], name: string): Marks => {
    const d = area<number>()
      .defined((i) => isDrawn(low[i]![1]) && isDrawn(high[i]![1]))
      .x((i) => at.x(i + 1))
      .y0((i) => at.y(low[i]![1]))
      .y1((i) => at.y(high[i]![1]))
      .digits(2)(epochs.keys());
    return d ? mark('path', { d, fill: seriesPaint(0), 'fill-opacity': BAND }, mark('title', {}, name)) : undefined;
  };
  return [
    at.frame,
    band(lines[0]!, lines[4]!, 'nine tenths'),
    band(lines[1]!, lines[3]!, 'a half'),
    polyline(lines[2]!, at, { stroke: seriesPaint(0) }, false, 'median'),
  ];
}

function sentence(name: string, sorted: Float64Array): string {
  if (sorted.length === 0) return `${name}: no values.`;
  const [low, middle, high] = [0, 0.5, 1].map((part) => numberText(quantile(sorted, part)));
  return `${name}: ${counted(sorted.length, 'value')} from ${low} to ${high}, median ${middle}.`;
}
