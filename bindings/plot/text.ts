// Texts of figures: how wide they are, and numbers in them. Without a page nobody measures letters, so widths are
// estimated, rather too wide than too narrow: those of DejaVu Sans, the widest of the usual fonts.

/** Sizes in pixels. */
export const SIZE = { title: 16, label: 13, small: 12 };

export const FONT =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/** Widths of letters, as parts of the size of a text. */
const WIDTHS: readonly (readonly [letters: RegExp, width: number])[] = [
  [/[ijlI.,:;'|!()[\] ]/, 0.4],
  [/[ftr/\\-]/, 0.45],
  [/[mwMW@%—…]/, 0.99],
  [/[A-Z0-9=+−<>#&~^_]/, 0.72],
  [/[\0-\u036f]/, 0.63],
  [/[\u0370-\u10ff\u2010-\u2bff]/, 0.85],
];

const letterWidth = (letter: string): number => WIDTHS.find(([letters]) => letters.test(letter))?.[1] ?? 1.05;

/** About how many pixels wide a text is. */
export function textWidth(text: string, size: number, bold = false): number {
  let width = 0;
  for (const letter of text) width += letterWidth(letter);
  return width * size * (bold ? 1.1 : 1);
}

/** The text, or, where it is wider than that, as much of its beginning as fits, and … */
export function fitted(text: string, size: number, width: number, bold = false): string {
  const line = text.replace(/\s+/g, ' ');
  if (textWidth(line, size, bold) <= width) return line;
  const most = width / (size * (bold ? 1.1 : 1)) - letterWidth('…');
  let taken = 0;
  let end = 0;
  for (const letter of line) {
    taken += letterWidth(letter);
    if (taken > most) break;
    end += letter.length;
  }
  return `${line.slice(0, end).trimEnd()}…`;
}

/** Texts in as few lines as hold them, which are at most so wide; words that are wider are cut. */
export function wrapped(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(fitted(word, size, width));
  }
  return lines;
}

/** A number as texts show it: four digits, or all of a whole number. */
export function numberText(value: number): string {
  const short = Number.isInteger(value) && Math.abs(value) < 1e6 ? value : Number(value.toPrecision(4));
  return String(short + 0)
    .replace('Infinity', '∞')
    .replaceAll('-', '−');
}

/** '1 epoch', '3 epochs'. */
export const counted = (count: number, what: string): string => `${numberText(count)} ${what}${count === 1 ? '' : 's'}`;
