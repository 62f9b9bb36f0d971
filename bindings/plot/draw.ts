// How a figure is made. One of yours is a file in figures/ with a function such as
//
//   const given = squaresOptions('squares', options);       // options({ ...figureRules, … } satisfies Rules<SquaresOptions>)
//   return draw('squares', given, {
//     title: 'Squares',
//     description: 'Three squares: 1, 4, 9.',               // the numbers that matter, in words
//     legend: [{ name: 'square', paint: seriesPaint(0) }],
//     notes: [],                                            // what was left out, and why
//     marks: (box) => {                                     // into what title, legend and notes leave
//       const at = axes('squares', box, { label: 'x', domain: [1, 3] }, { label: 'x²', domain: [0, 9] });
//       return [at.frame, at.clip(polyline(points, at, { stroke: seriesPaint(0) }))];
//     },
//   });
//
// Colours are paints (theme.ts), so that the figure can be dark. Numbers that may be NaN or infinite go through
// `polyline`, which has a gap there, or `isDrawn`; any other is refused when it is written (mark.ts). Texts of users
// need no escaping.

import { check } from '../errors.js';
import { oneOf, type Rules, text, whole } from '../options.js';
import { Figure } from './figure.js';
import { type LegendEntry, legendLines } from './legend.js';
import { type Marks, mark, markup } from './mark.js';
import { FONT, fitted, SIZE, wrapped } from './text.js';
import { AUTO, darkStyle, painter, type Theme } from './theme.js';

/** Options that all figures have. */
export interface FigureOptions {
  /** In pixels; default 640. */
  readonly width?: number | undefined;
  /** In pixels; by default what suits the figure. */
  readonly height?: number | undefined;
  /** What stands above it; by default what it shows. */
  readonly title?: string | undefined;
  /** Colours: 'light', 'dark', or 'auto' (default): dark in pages and programs where the reader prefers that. */
  readonly theme?: Theme | undefined;
}

/** Rules of these options, to be spread into those of a figure. */
export const figureRules = {
  width: whole(640, 160, 10_000),
  height: whole(undefined, 160, 10_000),
  title: text(undefined),
  theme: oneOf('auto', 'light', 'dark'),
} satisfies Rules<FigureOptions>;

/** These options, read. */
export interface GivenFigure {
  readonly width: number;
  readonly height: number | undefined;
  readonly title: string | undefined;
  readonly theme: Theme;
}

/** A rectangle, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What a figure shows. */
export interface Drawing {
  readonly title: string;
  /** What stands for the figure where it can't be seen: the numbers that matter, in sentences. */
  readonly description: string;
  /** Of the whole figure, if the option is not given; default 400. */
  readonly height?: number | ((width: number) => number) | undefined;
  readonly legend?: readonly LegendEntry[] | undefined;
  /** Lines below the figure: what could not be drawn. */
  readonly notes?: readonly string[] | undefined;
  readonly marks: (box: Box) => Marks;
}

const MARGIN = 14;
const LINE = 17;
/** What must be left for the marks. */
const LEAST = 120;

/**
 * Draws a figure: title, legend, marks and notes, from top to bottom. `where` names the function that is called, in
 * errors.
 */
export function draw(where: string, given: GivenFigure, drawing: Drawing): Figure {
  const { width, theme } = given;
  const title = given.title ?? drawing.title;
  const inner = width - 2 * MARGIN;
  const legend = legendLines(drawing.legend ?? [], { left: MARGIN, top: MARGIN + SIZE.title + 10, width: inner });
  const notes = (drawing.notes ?? []).flatMap((note) => wrapped(note, SIZE.small, inner));
  const top = MARGIN + SIZE.title + 12 + legend.height;
  const below = MARGIN + notes.length * LINE;
  const wanted = typeof drawing.height === 'function' ? drawing.height(width) : (drawing.height ?? 400);
  const height = given.height ?? Math.max(wanted, top + below + LEAST);
  const box = { left: MARGIN, top, width: inner, height: height - top - below };
  check(box.height >= LEAST, () => {
    return `${where}: height ${height} leaves no room below title and legend; it must be at least ${top + below + LEAST}`;
  });
  const { description } = drawing;
  const svg = mark(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      class: theme === 'auto' ? AUTO : undefined,
      role: 'img',
      'font-family': FONT,
      'font-size': SIZE.small,
      style: 'max-width:100%;height:auto',
    },
    mark('title', {}, title),
    mark('desc', {}, description),
    theme === 'auto' ? mark('style', {}, darkStyle()) : undefined,
    mark('rect', { width, height, fill: 'paper' }),
    mark(
      'text',
      { x: MARGIN, y: MARGIN + SIZE.title - 3, 'font-size': SIZE.title, 'font-weight': 600, fill: 'ink' },
      fitted(title, SIZE.title, inner, true),
    ),
    legend.marks,
    drawing.marks(box),
    notes.map((note, i) =>
      mark('text', { class: 'note', x: MARGIN, y: height - below + LINE * (i + 1) - 3, fill: 'muted' }, note),
    ),
  );
  return new Figure(markup(svg, painter(theme)), title, description, width, height);
}
