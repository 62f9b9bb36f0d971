// A text of headings, sentences and equations, and how it is printed: plainly for a terminal, or as Markdown with LaTeX. Not here:
// what it says.

import { type Formula, words } from './notation.js';
import { isValues, latexOf, linesOf, type Side, type Values } from './values.js';

/** A sentence: words, and formulas between them. */
export type Sentence = readonly (string | Formula)[];

/** A piece of a text. */
export type Block =
  | { readonly kind: 'title' | 'heading' | 'subheading' | 'words'; readonly sentence: Sentence }
  | { readonly kind: 'equation'; readonly sides: readonly Side[]; readonly after?: string | undefined };

/** How numbers are printed. */
export interface Printing {
  readonly digits: number;
  /** Of an array with more numbers only a summary is printed. */
  readonly maxNumbers: number;
  /** What is printed in its place. */
  readonly summarised: (values: Values) => string;
}

const indents = { title: '', heading: '', subheading: '  ', words: '  ', equation: '    ' } as const;
const marks = { title: '## ', heading: '### ', subheading: '#### ', words: '' } as const;

/** As plain text. */
export function textOf(blocks: readonly Block[], printing: Printing): string {
  const lines = blocks.flatMap((block, i) => {
    const indent = indents[block.kind];
    if (block.kind === 'equation') return equationLines(block.sides, block.after, printing).map((l) => indent + l);
    const line = indent + block.sentence.map((part) => (typeof part === 'string' ? part : part.text)).join('');
    return block.kind === 'heading' || (block.kind === 'subheading' && blocks[i - 1]?.kind !== 'heading')
      ? ['', line]
      : [line];
  });
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** An array, or what is printed in its place. */
const side = (of: Side, { maxNumbers, summarised }: Printing): Side =>
  isValues(of) && of.data.length > maxNumbers ? words(summarised(of)) : of;

/** The lines of a = b = c: an array goes down from where it begins. */
function equationLines(sides: readonly Side[], after: string | undefined, printing: Printing): string[] {
  const lines = [''];
  const append = (texts: readonly string[]): void => {
    const at = lines[0]!.length;
    texts.forEach((text, i) => void (lines[i] = (lines[i] ?? '').padEnd(at) + text));
  };
  sides.forEach((given, i) => {
    if (i > 0) append([' = ']);
    const of = side(given, printing);
    append(isValues(of) ? linesOf(of, printing.digits) : [of.text]);
  });
  if (after) append([`  ${after}`]);
  return lines;
}

/** As Markdown, with formulas between dollar signs. */
export function markdownOf(blocks: readonly Block[], printing: Printing): string {
  const paragraphs = blocks.map((block) => {
    if (block.kind !== 'equation') {
      const parts = block.sentence.map((part) => (typeof part === 'string' ? part : `$${part.latex}$`));
      return marks[block.kind] + parts.join('');
    }
    const sides = block.sides.map((given) => {
      const of = side(given, printing);
      return isValues(of) ? latexOf(of, printing.digits) : of.latex;
    });
    const after = block.after ? ` \\quad ${words(block.after).latex}` : '';
    return `$$${sides.join(' = ')}${after}$$`;
  });
  return paragraphs.join('\n\n');
}
