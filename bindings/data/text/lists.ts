// Tokenizers whose vocabulary is a list of characters or of words.

import { check } from '../../errors.js';
import { flag, options, type Rules, whole } from '../../options.js';
import { checkSpecial, specialRule, splitter } from './special.js';
import { checkTokens, type Tokenizer, tokenizer, type Vocabulary } from './tokenizer.js';

/** The ids that all these vocabularies begin with: what fills up, and what is not known. */
const [PADDING, UNKNOWN] = [0, 1];

/** How often each token is there. */
function countsOf(texts: Iterable<string>, special: readonly string[], piecesOf: Pieces): Map<string, number> {
  const split = splitter(special);
  const counts = new Map<string, number>();
  for (const text of texts) {
    split(text).forEach((part, i) => {
      if (i % 2 === 1) return;
      for (const piece of piecesOf(part)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
    });
  }
  return counts;
}

/** What a text consists of. */
type Pieces = (text: string) => Iterable<string>;

interface Lists {
  readonly special: readonly string[];
  /** All that were learnt. */
  readonly learnt: readonly string[];
  readonly unknown: string;
  readonly separator: string;
  readonly piecesOf: Pieces;
}

/** Ids: what fills up, what is not known, special tokens, then what was learnt. */
function listVocabulary({ special, learnt, unknown, separator, piecesOf }: Lists): Vocabulary {
  check(!special.includes(unknown), () => `specialTokens: '${unknown}' is a token by itself, for what is not known`);
  const tokens = ['', unknown, ...special, ...learnt];
  const known = new Map(tokens.map((token, id) => [token, id]));
  const split = splitter(special);
  return {
    size: tokens.length,
    paddingId: PADDING,
    tokens: () => tokens,
    encode(text) {
      const ids: number[] = [];
      split(text).forEach((part, i) => {
        if (i % 2 === 1) ids.push(known.get(part)!);
        else for (const piece of piecesOf(part)) ids.push(known.get(piece) ?? UNKNOWN);
      });
      return Int32Array.from(ids);
    },
    decode: (ids) => {
      return ids
        .filter((id) => id !== PADDING)
        .map((id) => tokens[id]!)
        .join(separator);
    },
  };
}

/** The character that Unicode has for one that is not known. */
const REPLACEMENT = '\uFFFD';

/** Options of `characterTokenizer`. */
export interface CharacterTokenizerOptions {
  /** Marks of several characters that are one token each, such as '[END]'; their ids are 2, 3 … */
  readonly specialTokens?: readonly string[] | undefined;
}

const characterOptions = options({ specialTokens: specialRule } satisfies Rules<CharacterTokenizerOptions>);

/** What `characterTokenizer` learns, and its options. */
export interface CharacterTokenizerJson {
  readonly kind: 'characterTokenizer';
  readonly specialTokens: readonly string[];
  readonly characters: readonly string[];
}

/**
 * Makes a tokenizer for which each character is a token, a Unicode code point: the vocabulary is small, and the
 * sequences are long. Ids: 0 fills up, 1 is a character that was not there in `fit`, which becomes '\uFFFD', then
 * special tokens, then the characters, sorted.
 */
export function characterTokenizer(options?: CharacterTokenizerOptions): Tokenizer<CharacterTokenizerJson> {
  const name = 'characterTokenizer';
  const { specialTokens } = characterOptions(name, options);
  return tokenizer<CharacterTokenizerJson>({
    kind: name,
    learn: (texts) => {
      const counts = countsOf(texts, specialTokens, (text) => text);
      counts.delete(REPLACEMENT);
      return { kind: name, specialTokens, characters: [...counts.keys()].sort() };
    },
    vocabulary({ specialTokens, characters }) {
      checkSpecial(`${name}: specialTokens`, specialTokens);
      checkTokens(`${name}: characters`, characters);
      return listVocabulary({
        special: specialTokens,
        learnt: characters,
        unknown: REPLACEMENT,
        separator: '',
        piecesOf: (text) => text,
      });
    },
  });
}

/** Options of `wordTokenizer`. */
export interface WordTokenizerOptions {
  /** Takes 'The' for 'the'; default true. */
  readonly lowercase?: boolean | undefined;
  /**
   * How many tokens there are at most, those that every vocabulary has included; the most frequent words stay. By
   * default all do.
   */
  readonly maxTokens?: number | undefined;
  /** Marks that are one token each, such as '[END]'; their ids are 2, 3 … */
  readonly specialTokens?: readonly string[] | undefined;
}

const wordOptions = options({
  lowercase: flag(true),
  maxTokens: whole(undefined, 2),
  specialTokens: specialRule,
} satisfies Rules<WordTokenizerOptions>);

/** What `wordTokenizer` learns, and its options. */
export interface WordTokenizerJson {
  readonly kind: 'wordTokenizer';
  readonly lowercase: boolean;
  readonly specialTokens: readonly string[];
  readonly words: readonly string[];
}

/** Letters with their marks and digits, and apostrophes between them. */
const WORDS = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*/gu;

const wordsOf =
  (lowercase: boolean): Pieces =>
  (text) =>
    (lowercase ? text.toLowerCase() : text).match(WORDS) ?? [];

const byFrequency = ([a, n]: readonly [string, number], [b, m]: readonly [string, number]): number =>
  m - n || (a < b ? -1 : 1);

/**
 * Makes a tokenizer for which each word is a token, as Keras's TextVectorization has it: in lower case, without
 * punctuation. A word is letters and digits of any script, and may have apostrophes inside.
 *
 * Ids: 0 is padding; 1 is any word that `fit` has not seen, which `decode` writes as '[UNK]'; then come special tokens,
 * then words, the most frequent one first, equally frequent ones by their letters. `decode` puts a space between words.
 * Languages that write no spaces are better read by `characterTokenizer` or `bytePairTokenizer`.
 */
export function wordTokenizer(options?: WordTokenizerOptions): Tokenizer<WordTokenizerJson> {
  const name = 'wordTokenizer';
  const { lowercase, maxTokens, specialTokens } = wordOptions(name, options);
  return tokenizer<WordTokenizerJson>({
    kind: name,
    learn: (texts) => {
      const counts = countsOf(texts, specialTokens, wordsOf(lowercase));
      const words = [...counts].sort(byFrequency).map(([word]) => word);
      const room = maxTokens === undefined ? Infinity : Math.max(0, maxTokens - specialTokens.length - 2);
      return { kind: name, lowercase, specialTokens, words: words.slice(0, room) };
    },
    vocabulary({ words, ...given }) {
      const { lowercase, specialTokens } = wordOptions(name, {
        lowercase: given.lowercase,
        specialTokens: given.specialTokens,
      });
      checkTokens(`${name}: words`, words);
      return listVocabulary({
        special: specialTokens,
        learnt: words,
        unknown: '[UNK]',
        separator: ' ',
        piecesOf: wordsOf(lowercase),
      });
    },
  });
}
