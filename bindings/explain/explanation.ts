// What `explain` returns, and its options.

import { checkIs } from '../errors.js';
import { oneOf, options, type Rules, rule, whole } from '../options.js';
import { type Block, markdownOf, type Printing, textOf } from './document.js';
import { numberText } from './notation.js';
import { summaryOf, type Values } from './values.js';
import { type Language, sayIn } from './words.js';

/** Options of `explain`. */
export interface ExplainOptions {
  /** English (default), or Chinese. */
  readonly language?: Language | undefined;
  /** Significant digits of the numbers that are printed; default 5. */
  readonly digits?: number | undefined;
  /** Of an array with more numbers only range, mean and norm are printed; default 48. */
  readonly maxNumbers?: number | undefined;
}

/** Options of `explain` for a function. */
export interface ExplainFunctionOptions extends ExplainOptions {
  /**
   * What the steps between arguments and result are called, in the order in which they are computed; by default x, y,
   * u …
   */
  readonly names?: readonly string[] | undefined;
}

const base = {
  language: oneOf<Language>('en', 'zh'),
  digits: whole(5, 1, 17),
  maxNumbers: whole(48),
};

export const explainOptions = options(base satisfies Rules<ExplainOptions>);

export const explainFunctionOptions = options({
  ...base,
  names: rule<readonly string[], readonly string[]>([], (what, given) => {
    const fits =
      Array.isArray(given) && given.every((n, i) => typeof n === 'string' && n !== '' && given.indexOf(n) === i);
    checkIs(fits, what, 'an array of names, each of them once', given);
  }),
} satisfies Rules<ExplainFunctionOptions>);

/** The options, with their defaults. */
export type Settings = ReturnType<typeof explainOptions>;

/** A computation that was explained: as text, as Markdown with LaTeX, and as data. */
export class Explanation<D> {
  /** All names and numbers, as a tree of plain objects. */
  readonly data: D;
  readonly #blocks: readonly Block[];
  readonly #printing: Printing;

  /** @internal */
  constructor(data: D, blocks: readonly Block[], { language, digits, maxNumbers }: Settings) {
    this.data = data;
    this.#blocks = blocks;
    const say = sayIn(language);
    const summarised = (values: Values): string => {
      const { shape, min, max, mean, norm } = summaryOf(values);
      const [low, high, middle, length] = [min, max, mean, norm].map((v) => numberText(v, Math.min(digits, 3)));
      const filled = { shape: shape.join('×'), low: low!, high: high!, mean: middle!, norm: length! };
      return say('summary', filled).join('');
    };
    this.#printing = { digits, maxNumbers, summarised };
  }

  /** As plain text, for a terminal. */
  get text(): string {
    return textOf(this.#blocks, this.#printing);
  }

  /** As Markdown, with LaTeX between dollar signs. */
  get markdown(): string {
    return markdownOf(this.#blocks, this.#printing);
  }

  toString(): string {
    return this.text;
  }

  /** The data, for JSON.stringify. */
  toJSON(): D {
    return this.data;
  }
}
