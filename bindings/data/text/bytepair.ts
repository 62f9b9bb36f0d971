// Byte-pair encoding: tokens are what is often there, from single bytes to whole words, so that every text can be
// written.

import { check, checkIs, show } from '../../errors.js';
import { flag, oneOf, options, type Rules, whole } from '../../options.js';
import { BYTE_ORDER, bytesOf, lettersOf } from './bpe/alphabet.js';
import { firstOf, secondOf } from './bpe/chain.js';
import { Merges } from './bpe/encode.js';
import { PATTERNS, type PatternName } from './bpe/patterns.js';
import { learnPairs } from './bpe/train.js';
import { specialRule, splitter } from './special.js';
import { checkTokens, type Tokenizer, tokenizer, type Vocabulary } from './tokenizer.js';

/** Options of `bytePairTokenizer`. */
export interface BytePairTokenizerOptions {
  /** How many tokens there are to be; default 10,000. There are fewer where the texts are short. */
  readonly vocabularySize?: number | undefined;
  /** Marks of several characters that are one token each, such as '<|endoftext|>'; their ids are 1, 2 … */
  readonly specialTokens?: readonly string[] | undefined;
}

const bytePairOptions = options({
  vocabularySize: whole(10_000, 257),
  specialTokens: specialRule,
} satisfies Rules<BytePairTokenizerOptions>);

/** What `bytePairTokenizer` learns, or was read by `readTokenizer`. */
export interface BytePairTokenizerJson {
  readonly kind: 'bytePairTokenizer';
  /** Where a text is cut into words. */
  readonly pattern: PatternName;
  /** Whether a text gets a space in front. */
  readonly addPrefixSpace: boolean;
  /** The Unicode form that a text is brought to. */
  readonly normalization: 'none' | 'NFC';
  /** Whether a word that is a token is taken for one, however it would be joined. */
  readonly wholeWords: boolean;
  /** Those of `tokens` that stand for themselves. */
  readonly specialTokens: readonly string[];
  /** The token that fills up; '' is none. */
  readonly paddingToken: string;
  /** All tokens by id, their bytes in the characters of GPT-2's vocabulary. */
  readonly tokens: readonly string[];
  /** Pairs of tokens that are joined, what was learnt first in front: 'Ġ t'. */
  readonly merges: readonly string[];
}

/** The settings of what was kept, beside its tokens. */
const settings = options({
  pattern: oneOf('gpt2', 'llama3', 'qwen2'),
  addPrefixSpace: flag(false),
  normalization: oneOf('none', 'NFC'),
  wholeWords: flag(false),
} satisfies Rules<Pick<BytePairTokenizerJson, 'pattern' | 'addPrefixSpace' | 'normalization' | 'wholeWords'>>);

const NAME = 'bytePairTokenizer';

/** The token that fills up in vocabularies that were learnt here. */
const PADDING = '<|padding|>';

/** Words that are longer are rare, and not remembered; and this is how many are. */
const [LONGEST, MOST] = [64, 2 ** 16];

/**
 * Makes a tokenizer by byte-pair encoding, as GPT-2 has it. Its tokens are single bytes, and longer pieces, up to whole
 * words, that are frequent in the texts of `fit`. Any text can be written with these, and `decode` gives back every
 * character of it. Ids: 0 is padding, then come special tokens, then 256 bytes, then what was learnt. `readTokenizer`
 * reads one of Hugging Face.
 *
 * @example const tokenizer = bytePairTokenizer({ vocabularySize: 1000 }).fit(text);
 */
export function bytePairTokenizer(options?: BytePairTokenizerOptions): Tokenizer<BytePairTokenizerJson> {
  const { vocabularySize, specialTokens } = bytePairOptions(NAME, options);
  const special = [PADDING, ...specialTokens];
  const most = vocabularySize - special.length - 256;
  check(most >= 0, () => `${NAME}: vocabularySize must be at least ${vocabularySize - most}, got ${vocabularySize}`);
  const taken = specialTokens.find(
    (token) => token === PADDING || BYTE_ORDER.some((byte) => lettersOf([byte]) === token),
  );
  check(taken === undefined, () => {
    return `${NAME}: specialTokens: '${taken}' is a token by itself; a mark has several characters, such as '<|endoftext|>'`;
  });
  return tokenizer<BytePairTokenizerJson>({
    kind: NAME,
    learn: (texts) => learnt(texts, special, most),
    vocabulary: bytePairVocabulary,
  });
}

function learnt(texts: Iterable<string>, special: readonly string[], most: number): BytePairTokenizerJson {
  const symbols = new Int32Array(256);
  BYTE_ORDER.forEach((byte, i) => void (symbols[byte] = i));
  const encoder = new TextEncoder();
  const words = [...countsOf(texts, special)].map(([word, count]) => {
    return [Int32Array.from(encoder.encode(word), (byte) => symbols[byte]!), count] as const;
  });
  const written = BYTE_ORDER.map((byte) => lettersOf([byte]));
  const merges = learnPairs(words, 256, most).map((pair) => {
    const [a, b] = [written[firstOf(pair)]!, written[secondOf(pair)]!];
    written.push(a + b);
    return `${a} ${b}`;
  });
  return {
    kind: NAME,
    ...settings(NAME, {}),
    specialTokens: special,
    paddingToken: PADDING,
    tokens: [...special, ...written],
    merges,
  };
}

/** How often each word is there. */
function countsOf(texts: Iterable<string>, special: readonly string[]): Map<string, number> {
  const split = splitter(special);
  const counts = new Map<string, number>();
  let i = 0;
  for (const text of texts) {
    checkWellFormed(`${NAME}: text ${i++}`, text);
    split(text).forEach((part, p) => {
      if (p % 2 === 1) return;
      for (const word of part.match(PATTERNS.gpt2.words) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
    });
  }
  return counts;
}

/** Throws for half a character, which no bytes stand for. */
function checkWellFormed(what: string, text: string): void {
  const at = text.search(/\p{Surrogate}/u);
  check(at < 0, () => `${what} has half a character (a lone surrogate) at ${at}, for which there are no bytes`);
}

/** What it does with what was kept; throws if that is damaged. */
function bytePairVocabulary(kept: BytePairTokenizerJson): Vocabulary {
  const { tokens, merges, specialTokens, paddingToken } = kept;
  const { pattern, addPrefixSpace, normalization, wholeWords } = settings(NAME, {
    pattern: kept.pattern,
    addPrefixSpace: kept.addPrefixSpace,
    normalization: kept.normalization,
    wholeWords: kept.wholeWords,
  });
  checkTokens(`${NAME}: tokens`, tokens);
  specialRule(specialTokens, `${NAME}: specialTokens`);
  checkIs(typeof paddingToken === 'string', `${NAME}: paddingToken`, 'a string', paddingToken);
  const ids = new Map(tokens.map((token, id) => [token, id]));
  for (const token of [...specialTokens, ...(paddingToken ? [paddingToken] : [])]) {
    check(ids.has(token), () => `${NAME}: the special token '${token}' is none of the tokens`);
  }
  const bytes = bytesOfTokens(tokens, new Set(specialTokens));
  const idsOfWord = remembering(wordEncoder(ids, mergesOf(merges, ids), wholeWords));
  const split = splitter(specialTokens);
  const wordsOf = (part: string): readonly string[] => {
    const plain = normalization === 'NFC' ? part.normalize('NFC') : part;
    const spaced = addPrefixSpace && plain !== '' && !plain.startsWith(' ') ? ` ${plain}` : plain;
    return spaced.match(PATTERNS[pattern].words) ?? [];
  };
  const paddingId = ids.get(paddingToken);
  return {
    size: tokens.length,
    paddingId,
    tokens: () => bytes.map((token) => textOf([token])),
    encode(text) {
      checkWellFormed(`${NAME}: the text`, text);
      const found: number[] = [];
      split(text).forEach((part, i) => {
        if (i % 2 === 1) found.push(ids.get(part)!);
        else for (const word of wordsOf(part)) for (const id of idsOfWord(word)) found.push(id);
      });
      return Int32Array.from(found);
    },
    decode: (ids) => textOf(ids.filter((id) => id !== paddingId).map((id) => bytes[id]!)),
  };
}

/** The ids of a word. */
type WordEncoder = (word: string) => Int32Array;

function wordEncoder(ids: ReadonlyMap<string, number>, merges: Merges, wholeWords: boolean): WordEncoder {
  const single = Array.from({ length: 256 }, (_, byte) => ids.get(lettersOf([byte])));
  const encoder = new TextEncoder();
  return (word) => {
    const bytes = encoder.encode(word);
    const whole = wholeWords ? ids.get(lettersOf(bytes)) : undefined;
    if (whole !== undefined) return Int32Array.of(whole);
    const symbols = Int32Array.from(bytes, (byte) => {
      const id = single[byte];
      check(id !== undefined, () => {
        return `${NAME}: the vocabulary has no token for the byte ${byte} of '${word.slice(0, 40)}'`;
      });
      return id;
    });
    return merges.apply(symbols);
  };
}

/** The same, which remembers the last words that are not too long. */
function remembering(encode: WordEncoder): WordEncoder {
  const known = new Map<string, Int32Array>();
  return (word) => {
    if (word.length > LONGEST) return encode(word);
    let ids = known.get(word);
    if (ids) return ids;
    ids = encode(word);
    if (known.size >= MOST) known.clear();
    known.set(word, ids);
    return ids;
  };
}

/** The text of tokens; what of it is no UTF-8 is '\uFFFD'. */
function textOf(parts: readonly Uint8Array[]): string {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(all);
}

/** The bytes of each token. */
function bytesOfTokens(tokens: readonly string[], special: ReadonlySet<string>): readonly Uint8Array[] {
  const encoder = new TextEncoder();
  return tokens.map((token, id) => {
    if (special.has(token)) return encoder.encode(token);
    const bytes = bytesOf(token);
    check(bytes !== undefined, () => {
      return `${NAME}: token ${id}, '${token.slice(0, 40)}', is not written in bytes: it is a vocabulary of another kind`;
    });
    return bytes;
  });
}

function mergesOf(merges: unknown, ids: ReadonlyMap<string, number>): Merges {
  checkIs(Array.isArray(merges), `${NAME}: merges`, 'an array of strings', merges);
  const joined = new Merges();
  merges.forEach((merge: unknown, i) => {
    const [a, b, ...more] = typeof merge === 'string' ? merge.split(' ') : [];
    const [first, second, both] = [ids.get(a!), ids.get(b!), ids.get(`${a}${b}`)];
    check(first !== undefined && second !== undefined && both !== undefined && more.length === 0, () => {
      return `${NAME}: merges[${i}] must be two tokens that make a third one, such as 'Ġ t', got ${show(merge)}`;
    });
    joined.add(first, second, both);
  });
  return joined;
}
