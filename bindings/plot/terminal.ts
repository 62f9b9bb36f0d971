// Learning curves as text: in a terminal in colours, with eight dots a letter (braille), elsewhere with plain letters.

import { check } from '../errors.js';
import { flag, oneOf, options, type Rules, text, whole } from '../options.js';
import { domainOf, isDrawn } from './axes.js';
import { type Histories, runsOf } from './histories.js';
import { numberText } from './text.js';

/** Options of `terminal` and `liveCurve`. */
export interface TerminalOptions {
  /** What is drawn: 'loss' (default) or the name of a metric; its validation values are drawn with it. */
  readonly metric?: string | undefined;
  /** In letters; default 80, or the width of the terminal. */
  readonly width?: number | undefined;
  /** In lines; default 16. */
  readonly height?: number | undefined;
  /** Of the values: 'linear' (default) or 'log'. */
  readonly scale?: 'linear' | 'log' | undefined;
  /** Whether it is for a terminal, which has colours; by default whether process.stdout is one. */
  readonly colors?: boolean | undefined;
}

interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** process.stdout, if it is a terminal. */
const stdout = (): Terminal | undefined => {
  const { process } = globalThis as { process?: { stdout?: Terminal } };
  return process?.stdout?.isTTY ? process.stdout : undefined;
};

/** Rules of these options. */
export const terminalRules = {
  metric: text('loss'),
  width: whole(undefined, 30, 1000),
  height: whole(16, 3, 200),
  scale: oneOf('linear', 'log'),
  colors: (given, what) => (given === undefined ? undefined : flag(false)(given, what)),
} satisfies Rules<TerminalOptions>;

const terminalOptions = options(terminalRules);

/**
 * Learning curves as text, to be printed: in a terminal in colours, elsewhere in plain letters.
 *
 * @param histories what `fit` returned, or several by name
 * @example console.log(terminal(history))
 */
export function terminal(histories: Histories, options?: TerminalOptions): string {
  const where = 'terminal';
  const given = terminalOptions(where, options);
  const { metric } = given;
  const validation = `val${metric.slice(0, 1).toUpperCase()}${metric.slice(1)}`;
  const curves = runsOf(where, histories).flatMap(({ name, curves }) =>
    [metric, validation].flatMap((key) => {
      const points = curves[key];
      return points === undefined ? [] : [{ name: name === '' ? key : `${key} of ${name}`, points }];
    }),
  );
  check(curves.length > 0, () => `${where}: no history has the metric '${metric.slice(0, 40)}'`);
  const width = given.width ?? stdout()?.columns ?? 80;
  return drawn(curves, { ...given, width, colors: given.colors ?? stdout() !== undefined });
}

interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface Look {
  readonly width: number;
  readonly height: number;
  readonly scale: 'linear' | 'log';
  readonly colors: boolean;
}

/** Colours of terminals: bright blue, yellow, green, magenta, cyan, white. */
const COLORS = [94, 33, 32, 35, 36, 97];
/** What stands for a point of each curve where there are no colours. */
const LETTERS = '*+xo#@';
/** Dots of a letter, by row and column: bits of the braille patterns of Unicode. */
const DOTS = [[1, 8], [2, 16], [4, 32], [64, 128]] as const; // biome-ignore format: as they lie

/** Curves in a frame, with the numbers of its corners, and the names below. */
function drawn(curves: readonly Curve[], { width, height, scale, colors }: Look): string {
  const log = scale === 'log';
  const of = (value: number): number => (log ? Math.log(value) : value);
  const points = curves.flatMap(({ points }) => points);
  const values = domainOf(
    points.map(([, y]) => y),
    log,
  );
  const epochs = domainOf(points.map(([x]) => x));
  const ends = [values[1], values[0]].map(numberText);
  const margin = Math.max(...ends.map(({ length }) => length)) + 1;
  const columns = width - margin - 1;
  const [across, down] = colors ? [2, 4] : [1, 1];
  const canvas = Array.from({ length: height }, () => new Array<string>(columns).fill(' '));
  const bits = Array.from({ length: height }, () => new Array<number>(columns).fill(0));
  const put = (px: number, py: number, i: number): void => {
    const [row, column] = [Math.floor(py / down), Math.floor(px / across)];
    bits[row]![column]! |= DOTS[py % down]![px % across]!;
    const letter = colors ? String.fromCharCode(0x2800 + bits[row]![column]!) : LETTERS[i % LETTERS.length]!;
    canvas[row]![column] = colors ? painted(letter, i) : letter;
  };
  const place = (value: number, [low, high]: readonly number[], size: number): number =>
    Math.round(((value - low!) / (high! - low!)) * (size - 1));
  curves.forEach(({ points }, i) => {
    let before: readonly [number, number] | undefined;
    for (const [x, y] of points) {
      const at = isDrawn(y, log)
        ? ([
            place(x, epochs, columns * across),
            height * down - 1 - place(of(y), values.map(of), height * down),
          ] as const)
        : undefined;
      if (at) for (const [px, py] of between(before ?? at, at)) put(px, py, i);
      before = at;
    }
  });
  const lines = canvas.map((row, i) => {
    const end = i === 0 ? ends[0]! : i === height - 1 ? ends[1]! : '';
    return `${end.padStart(margin - 1)} │${row.join('')}`.trimEnd();
  });
  const [first, last] = epochs.map((epoch) => numberText(Math.round(epoch))) as [string, string];
  const foot = `${' '.repeat(margin)}└${'─'.repeat(columns)}`;
  const under = `${' '.repeat(margin + 1)}${first}${last.padStart(columns - first.length)}`;
  const names = curves.map(({ name, points }, i) => {
    const value = points.at(-1)?.[1];
    const shown = `${printable(name)}${value === undefined ? '' : ` ${numberText(value)}`}`;
    return colors ? painted(shown, i) : `${LETTERS[i % LETTERS.length]} ${shown}`;
  });
  return [...lines, foot, under, `${' '.repeat(margin + 1)}${names.join('   ')}`].join('\n');
}

const painted = (text: string, i: number): string => `\x1b[${COLORS[i % COLORS.length]}m${text}\x1b[0m`;

/** Names are shown in a terminal, which would obey control characters in them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const printable = (name: string): string => name.replace(/[\0-\x1f\x7f-\x9f]/g, '�');

/** The places on the way from one to another, the first one left out unless both are one. */
function between([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number]): [number, number][] {
  const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0));
  if (steps === 0) return [[x1, y1]];
  return Array.from({ length: steps }, (_, i) => {
    const part = (i + 1) / steps;
    return [Math.round(x0 + (x1 - x0) * part), Math.round(y0 + (y1 - y0) * part)];
  });
}
