// Two axes with ticks, numbers and names, in a box. Not here: what is drawn between them (lines.ts, figures/).

import { check } from '../errors.js';
import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from '../libraries/d3.js';
import type { Box } from './draw.js';
import { type Mark, type Marks, mark } from './mark.js';
import { fitted, SIZE, textWidth } from './text.js';

/** What an axis shows. */
export interface Axis {
  /** Its name, with the unit. */
  readonly label: string;
  /** From where to where; see `domainOf`. */
  readonly domain: readonly [number, number];
  /** Logarithmic: the domain is above 0. */
  readonly log?: boolean | undefined;
  /** Ticks at whole numbers only. */
  readonly whole?: boolean | undefined;
  /** Begins and ends at round numbers. */
  readonly nice?: boolean | undefined;
}

/** Axes that are drawn, and where numbers lie on them. */
export interface Axes {
  /** Between the axes. */
  readonly area: Box;
  /** Where a number lies, in pixels. One that is far outside lies at a number that renderers can bear. */
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** The axes themselves. */
  readonly frame: Marks;
  /** Marks as far as they lie between the axes. */
  readonly clip: (...marks: readonly Marks[]) => Mark;
}

/** Larger numbers are not drawn: differences of those would be infinite. */
const LARGEST = 1e150;

/** Whether a number can be drawn; on a logarithmic axis only those above 0. */
export const isDrawn = (value: number, log = false): boolean =>
  Math.abs(value) <= LARGEST && (!log || value >= 1 / LARGEST);

/** The smallest domain with all numbers that can be drawn, never a single point; of none it is 0 to 1, or 0.1 to 1. */
export function domainOf(values: Iterable<number>, log = false): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) if (isDrawn(value, log)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (low > high) return log ? [0.1, 1] : [0, 1];
  if (low < high && high - low > 1e-12 * Math.max(-low, high)) return [low, high];
  const around = Math.abs(low) * 0.1 || 1;
  return log ? [low / 2, low * 2] : [low - around, high + around];
}

/** Beyond these pixels everything is outside. */
const FAR = 10_000;

const TICK = 5;
const ROW = 16;

/** Draws axes into a box: numbers and names are inside of it, too. `where` is the figure, for errors. */
export function axes(where: string, box: Box, x: Axis, y: Axis): Axes {
  const bottom = ROW + TICK + (x.label === '' ? 0 : ROW + 4);
  const height = box.height - bottom - 6;
  const vertical = scaled(y, [height, 0]);
  const rows = ticksOf(vertical, y, Math.max(2, Math.floor(height / 42)), () => ROW, height);
  const widest = Math.max(0, ...rows.map(({ text }) => textWidth(text, SIZE.small)));
  const left = box.left + (y.label === '' ? 0 : ROW + 6) + widest + TICK + 4;
  const right = box.left + box.width - 10;
  check(
    right - left >= 60 && height >= 30,
    () => `${where}: width ${box.width} and height ${box.height} leave no room to draw`,
  );
  const area = { left, top: box.top + 6, width: right - left, height };
  const horizontal = scaled(x, [0, area.width]);
  const wide = (text: string): number => textWidth(text, SIZE.small) + 10;
  const columns = ticksOf(horizontal, x, Math.max(4, Math.floor(area.width / 70)), wide, area.width);
  const at = (scale: Scale, from: number) => (value: number) => from + Math.max(-FAR, Math.min(FAR, scale(value)));
  const place = { x: at(horizontal, area.left), y: at(vertical, area.top) };
  return {
    area,
    ...place,
    frame: [
      mark(
        'g',
        { class: 'x-axis' },
        columns.map(({ value, text }) => column(place.x(value), text, area)),
        nameBelow(x.label, area),
      ),
      mark(
        'g',
        { class: 'y-axis' },
        rows.map(({ value, text }) => row(place.y(value), text, area)),
        nameBeside(y.label, area, box),
      ),
      mark('path', { d: corner(area), fill: 'none', stroke: 'muted' }),
    ],
    clip: (...marks) => {
      const { left, top, width, height } = area;
      return mark(
        'svg',
        { x: left, y: top, width, height, viewBox: [left, top, width, height].map(short).join(' ') },
        ...marks,
      );
    },
  };
}

type Scale = ScaleContinuousNumeric<number, number>;

function scaled({ domain, log, nice }: Axis, range: [number, number]): Scale {
  const scale = (log ? scaleLog() : scaleLinear()).domain(domain).range(range);
  return nice ? scale.nice() : scale;
}

interface Tick {
  readonly value: number;
  readonly text: string;
}

/**
 * As many round ticks as have room, about `count` at most. An axis with less than two can't be read: so if a few round
 * ones have no room, the first and the last of many are taken, and a single one only where these have no room either.
 */
function ticksOf(scale: Scale, axis: Axis, count: number, roomOf: (text: string) => number, length: number): Tick[] {
  const fits = (ticks: readonly Tick[]): boolean => {
    const room = Math.max(0, ...ticks.map(({ text }) => roomOf(text)));
    return ticks.length <= count + 2 && gapOf(ticks, scale, length) >= room;
  };
  const made = (most: number): Tick[] => valuesOf(scale, axis, most).map(named(scale, axis, most));
  for (let most = count; most > 1; most--) {
    const ticks = made(most);
    if (ticks.length > 1 && fits(ticks)) return ticks;
  }
  const all = made(count);
  const ends = [...all.slice(0, 1), ...all.slice(1).slice(-1)];
  return fits(ends) ? ends : made(1).slice(0, 1);
}

/** The least distance of two neighbours. */
function gapOf(ticks: readonly Tick[], scale: Scale, length: number): number {
  return Math.min(length, ...ticks.slice(1).map(({ value }, i) => Math.abs(scale(value) - scale(ticks[i]!.value))));
}

function valuesOf(scale: Scale, { log, whole }: Axis, count: number): number[] {
  if (log) return powersOf(scale, count);
  const values = scale.ticks(count);
  return whole ? values.filter(Number.isInteger) : values;
}

/** Powers of ten; of less than two, all numbers with one digit. */
function powersOf(scale: Scale, count: number): number[] {
  const [low, high] = scale.domain() as [number, number];
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  if (last - first < 1) {
    const ticks = scale.ticks(count).filter((value) => value >= low && value <= high);
    return ticks.length > 1 && ticks.length <= count + 2
      ? ticks
      : scaleLinear().domain([low, high]).ticks(Math.min(count, 4));
  }
  const step = Math.ceil((last - first + 1) / Math.max(2, count));
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => Number(`1e${first + i * step}`));
}

/** Texts of ticks: all with the same digits, or as powers of ten where these would be many. */
function named(scale: Scale, { log, whole }: Axis, count: number): (value: number) => Tick {
  const [low, high] = scale.domain() as [number, number];
  const most = Math.max(Math.abs(low), Math.abs(high));
  const plain = log ? low >= 1e-4 && most < 1e6 : most < 1e6 && high - low >= 1e-5;
  const format = log || whole ? (value: number) => String(value) : scale.tickFormat(count, plain ? undefined : '~e');
  const power = (value: number): string => value.toExponential().replace('e+', 'e');
  return (value) => ({ value, text: (log && !plain ? power(value) : format(value)).replaceAll('-', '−') });
}

const column = (x: number, text: string, { top, height }: Box): Marks => [
  mark('line', { x1: x, y1: top, x2: x, y2: top + height + TICK, stroke: 'grid' }),
  mark('text', { class: 'tick', x, y: top + height + TICK + 13, 'text-anchor': 'middle', fill: 'muted' }, text),
];

const row = (y: number, text: string, { left, width }: Box): Marks => [
  mark('line', { x1: left - TICK, y1: y, x2: left + width, y2: y, stroke: 'grid' }),
  mark('text', { class: 'tick', x: left - TICK - 4, y: y + 4, 'text-anchor': 'end', fill: 'muted' }, text),
];

const short = (value: number): number => Math.round(value * 100) / 100;

const corner = ({ left, top, width, height }: Box): string =>
  `M${short(left)},${short(top)}V${short(top + height)}H${short(left + width)}`;

function nameBelow(label: string, { left, top, width, height }: Box): Marks {
  if (label === '') return undefined;
  const attributes = {
    class: 'label',
    x: left + width / 2,
    y: top + height + TICK + 13 + ROW + 3,
    'text-anchor': 'middle',
  };
  return mark('text', { ...attributes, 'font-size': SIZE.label, fill: 'ink' }, fitted(label, SIZE.label, width));
}

function nameBeside(label: string, { top, height }: Box, box: Box): Marks {
  if (label === '') return undefined;
  const [x, y] = [box.left + SIZE.label - 2, top + height / 2].map(short);
  const attributes = { class: 'label', x, y, 'text-anchor': 'middle', transform: `rotate(-90 ${x} ${y})` };
  return mark('text', { ...attributes, 'font-size': SIZE.label, fill: 'ink' }, fitted(label, SIZE.label, height + 20));
}
