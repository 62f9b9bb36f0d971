// The colours of figures. A paint is a name that stands for one colour on a light page, and another on a dark one.

/** Light or dark, or, as CSS can tell in a page, what the reader prefers. */
export type Theme = 'auto' | 'light' | 'dark';

type Pair = readonly [light: string, dark: string];

/**
 * On light, on dark. The series have the hues of Okabe and Ito (Color universal design, 2008). How light each is was
 * searched for: all have 3:1 against the paper, and any two are as far apart as can be for whoever sees no red or no
 * green.
 */
export const PAINTS: Readonly<Record<string, Pair>> = {
  paper: ['#ffffff', '#15181e'],
  ink: ['#1f2328', '#e8eaed'],
  muted: ['#57606a', '#a3acb8'],
  grid: ['#e4e7eb', '#2d333c'],
  series0: ['#0099d6', '#1c84e6'],
  series1: ['#ed6b00', '#ff5502'],
  series2: ['#009462', '#1de685'],
  series3: ['#963283', '#df4891'],
  series4: ['#674500', '#f9f010'],
  series5: ['#21282d', '#eff1f3'],
  level0: ['#fbfcfd', '#1a1f27'],
  level1: ['#f1f4f7', '#212832'],
  level2: ['#e7ebf1', '#29303c'],
  level3: ['#dde3eb', '#303947'],
  level4: ['#d2dbe5', '#374252'],
  level5: ['#c8d3df', '#3e4b5d'],
  level6: ['#becad9', '#465367'],
  level7: ['#b4c2d3', '#4d5c72'],
};

/** How many paints there are of levels, from low to high. */
export const LEVELS = 8;

/** How many series have a colour of their own. */
const SERIES = 6;

/** Patterns of the lines of series that share a colour. */
const DASHES = [undefined, '7 4', '2 3', '10 3 2 3'];

/** The paint of a series, by its number. */
export const seriesPaint = (i: number): string => `series${i % SERIES}`;

/** The pattern of its line. */
export const seriesDash = (i: number): string | undefined => DASHES[Math.floor(i / SERIES) % DASHES.length];

/** What is written in place of paints: with 'auto' the light colour, which `darkStyle` replaces. */
export function painter(theme: Theme): (paint: string) => string {
  return (paint) => PAINTS[paint]?.[theme === 'dark' ? 1 : 0] ?? paint;
}

/** The class of figures whose colours follow the reader. */
export const AUTO = 'wasmgrad-auto';

/**
 * CSS that makes a figure dark where the reader prefers that. It finds colours by their light text. So one that is the
 * same on any page is written as `rgb(…)` or by its name, which no paint is.
 */
export function darkStyle(): string {
  const rules = Object.values(PAINTS).map(([light, dark]) => {
    return ['fill', 'stroke'].map((key) => `.${AUTO} [${key}="${light}"]{${key}:${dark}}`).join('');
  });
  return `@media (prefers-color-scheme:dark){${rules.join('')}}`;
}
