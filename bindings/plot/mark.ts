// The elements of an SVG, as data, and as text. Not here: which elements a figure has (draw.ts, axes.ts, figures/).

import { check } from '../errors.js';

/** What an attribute may be; one that is undefined is left out. Colours are paints (theme.ts) or CSS colours. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element of an SVG, or text in one. */
export type Mark = Element | string;

/** What elements are made of: marks, in nests of arrays, so that a `map` can stand among them. */
export type Marks = Mark | readonly Marks[] | undefined;

interface Element {
  readonly name: string;
  readonly attributes: Attributes;
  readonly children: readonly Marks[];
}

/**
 * An element of an SVG: `mark('circle', { cx, cy, r: 3, fill: 'ink' })`. Names are ours; text and attributes may be
 * anything.
 */
export function mark(name: string, attributes: Attributes = {}, ...children: readonly Marks[]): Mark {
  return { name, attributes, children };
}

/** Marks as the text of an SVG. `paint` gives the colour that a paint stands for, and other colours as they are. */
export function markup(marks: Marks, paint: (color: string) => string): string {
  if (marks === undefined) return '';
  if (typeof marks === 'string') return escaped(marks);
  if (isList(marks)) return marks.map((one) => markup(one, paint)).join('');
  const { name, attributes, children } = marks;
  const written = Object.entries(attributes).map(([key, value]) => {
    if (value === undefined) return '';
    return ` ${key}="${key === 'fill' || key === 'stroke' ? paint(String(value)) : valueText(name, key, value)}"`;
  });
  const inside = children.map((one) => markup(one, paint)).join('');
  return `<${name}${written.join('')}${inside === '' ? '/>' : `>${inside}</${name}>`}`;
}

const isList = (marks: Marks): marks is readonly Marks[] => Array.isArray(marks);

/** A hundredth of a pixel is seen by nobody. */
const valueText = (name: string, key: string, value: string | number): string => {
  if (typeof value === 'string') return escaped(value);
  check(Number.isFinite(value), () => `a figure would have ${key} ${value} in <${name}>`);
  return String(Math.round(value * 100) / 100 + 0);
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it stands in an SVG, between tags or in an attribute. What XML can't hold becomes �. */
export function escaped(text: string): string {
  return text.replace(UNWRITABLE, '\ufffd').replace(/[&<>"']/g, (letter) => ENTITIES[letter]!);
}

/** What XML 1.0 has no way to write: control characters, halves of a pair, and two that are none. */
const UNWRITABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
