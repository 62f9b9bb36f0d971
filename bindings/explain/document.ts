// A text of headings, sentences and equations, and how it is printed: plainly for a terminal, or as Markdown with
// LaTeX. Not here: what it says.

import { type Formula, words } from './notation.js';
import { isValues, latexOf, linesOf, type Side, type Values } from './values.js';

/** A sentence: words, and formulas between them. */
export type Sentence = readonly (string | Formula)[];

/** A piece of a text. */
export type Block =
  | { readonly kind: 'title' | 'heading' | 'subheading' | 'words'; readonly sentence: Sentence }
  | {
      readonly kind: 'equation';
      readonly sides: readonly Side[];
      /** The first side becomes what the others are. */
      readonly isUpdate?: boolean | undefined;
    };

/** How numbers are printed. */
export interface Printing {
  readonly digits: number;
  /** Of an array with more numbers only a summary is printed. */
  readonly maxNumbers: number;
  /** What is printed in its place. */
  readonly summarised: (values: Values) => string;
}

const indents = { title: '', heading: '', subheading: '  ', equation: '    ' } as const;
const marks = { title: '## ', heading: '### ', subheading: '#### ', words: '' } as const;

/** As plain text. */
export function textOf(blocks: readonly Block[], printing: Printing): string {
  let inSection = '  ';
  const lines = blocks.flatMap((block, i) => {
    if (block.kind === 'heading') inSection = '  ';
    if (block.kind === 'subheading') inSection = '    ';
    const indent = block.kind === 'words' ? inSection : indents[block.kind];
    if (block.kind === 'equation') {
      return equationLines(block.sides, block.isUpdate ?? false, printing).map((line) => indent + line);
    }
    const line = indent + block.sentence.map((part) => (typeof part === 'string' ? part : part.text)).join('');
    const apart = block.kind === 'heading' || (block.kind === 'subheading' && blocks[i - 1]?.kind !== 'heading');
    return apart ? ['', line] : [line];
  });
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** An array, or what is printed in its place. */
const side = (of: Side, { maxNumbers, summarised }: Printing): Side =>
  isValues(of) && of.data.length > maxNumbers ? words(summarised(of)) : of;

/** The lines of a = b = c: an array goes down from where it begins. */
function equationLines(sides: readonly Side[], isUpdate: boolean, printing: Printing): string[] {
  const lines = [''];
  const append = (texts: readonly string[]): void => {
    const at = lines[0]!.length;
    texts.forEach((text, i) => void (lines[i] = (lines[i] ?? '').padEnd(at) + text));
  };
  sides.forEach((given, i) => {
    if (i > 0) append([isUpdate && i === 1 ? ' ← ' : ' = ']);
    const of = side(given, printing);
    append(isValues(of) ? linesOf(of, printing.digits) : [of.text]);
  });
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
    const arrow = block.isUpdate ? ' \\leftarrow ' : ' = ';
    const [first, second, ...rest] = sides;
    return `$$${[`${first}${second === undefined ? '' : arrow}${second ?? ''}`, ...rest].join(' = ')}$$`;
  });
  return paragraphs.join('\n\n');
}
