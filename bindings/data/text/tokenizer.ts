// What all tokenizers have in common: they learn a vocabulary from texts, and turn texts into tokens, as whole numbers,
// and back.

import { check, checkIs, checkWhole, show } from '../../errors.js';
import { Tensor } from '../../tensor.js';
import { typedName } from '../../typed.js';
import { type PadSequencesOptions, padded, padOptions } from './padding.js';
import { checkDifferent } from './special.js';

/** Texts to learn from: one, or several. */
export type Texts = string | Iterable<string>;

/** Token ids of one text: a typed array, an array, a tensor [time]. */
export type TokenIds = ArrayLike<number> | Tensor;

/** Texts as tokens, whole numbers that an `embedding` takes, and back. */
export interface Tokenizer<Kept extends object = object> {
  /** How many tokens there are: the first number that an `embedding` is made with. */
  readonly vocabularySize: number;
  /** The tokens as texts, by their ids; of a token that is a part of a character the text has '\uFFFD'. */
  readonly vocabulary: readonly string[];
  /** The id that fills texts up to one length; undefined if the vocabulary has none. */
  readonly paddingId: number | undefined;
  /** Learns the vocabulary. Returns the tokenizer. */
  fit(texts: Texts): this;
  /** The tokens of a text. */
  encode(text: string): Int32Array;
  /** The tokens of several texts, filled up to one length: an int32 tensor [n, time]. */
  encodeBatch(texts: readonly string[], options?: PadSequencesOptions): Tensor;
  /** The text of tokens; what fills up is left out. */
  decode(ids: TokenIds): string;
  /** What it has learnt, for JSON.stringify. */
  toJSON(): Kept;
  /** Takes what toJSON returned in place of learning. Returns the tokenizer. */
  fromJSON(kept: unknown): this;
}

/** What differs between tokenizers that have learnt. */
export interface Vocabulary {
  readonly size: number;
  readonly paddingId: number | undefined;
  /** The tokens as texts. */
  tokens(): readonly string[];
  encode(text: string): Int32Array;
  decode(ids: readonly number[]): string;
}

/** A kind of tokenizer: `Kept` is what it learns, and its options. */
export interface Kind<Kept extends { readonly kind: string }> {
  readonly kind: Kept['kind'];
  learn(texts: Iterable<string>): Kept;
  /** What it does with what was kept; throws if that is damaged. */
  vocabulary(kept: Kept): Vocabulary;
}

/** Makes a tokenizer of a kind. */
export function tokenizer<Kept extends { readonly kind: string }>(kind: Kind<Kept>): Tokenizer<Kept> {
  const name = kind.kind;
  let learnt: { readonly kept: Kept; readonly vocabulary: Vocabulary } | undefined;
  const known = (): NonNullable<typeof learnt> => {
    check(learnt !== undefined, () => `${name}: call fit first`);
    return learnt;
  };
  const encoded = (text: string, what: string): Int32Array => {
    checkIs(typeof text === 'string', what, 'a string', text);
    return known().vocabulary.encode(text);
  };
  return {
    get vocabularySize() {
      return known().vocabulary.size;
    },
    get vocabulary() {
      return known().vocabulary.tokens();
    },
    get paddingId() {
      return known().vocabulary.paddingId;
    },
    fit(texts) {
      const kept = kind.learn(checkedTexts(name, texts));
      learnt = { kept, vocabulary: kind.vocabulary(kept) };
      return this;
    },
    encode: (text) => encoded(text, `${name}: the text`),
    encodeBatch(texts, options) {
      const where = `${name}: encodeBatch`;
      checkIs(Array.isArray(texts), `${where}: the texts`, 'an array of strings', texts);
      const read = padOptions(where, options);
      const value = read.value ?? known().vocabulary.paddingId;
      check(
        value !== undefined,
        () => `${where}: the vocabulary has no token to fill up with; pass one as the option value`,
      );
      const rows = texts.map((text, i) => encoded(text, `${where}: text ${i}`));
      return padded(where, rows, { ...read, value });
    },
    decode(ids) {
      const { vocabulary } = known();
      return vocabulary.decode(checkedIds(`${name}: decode`, ids, vocabulary.size));
    },
    toJSON: () => known().kept,
    fromJSON(given) {
      const kept = given as Kept;
      checkIs(kept?.kind === name, `${name}: what was kept`, `what its toJSON returned, of kind '${name}'`, given);
      learnt = { kept, vocabulary: kind.vocabulary(kept) };
      return this;
    },
  };
}

function* checkedTexts(name: string, texts: Texts): Iterable<string> {
  const list = typeof texts === 'string' ? [texts] : texts;
  const isList = typeof (list as Iterable<string> | undefined)?.[Symbol.iterator] === 'function';
  checkIs(isList, `${name}: the texts`, 'a string, or several', texts);
  let i = 0;
  for (const text of list) {
    checkIs(typeof text === 'string', `${name}: text ${i}`, 'a string', text);
    yield text;
    i++;
  }
}

function checkedIds(where: string, ids: unknown, size: number): number[] {
  const isList = Array.isArray(ids) || typedName(ids) !== undefined;
  checkIs(isList || ids instanceof Tensor, `${where}: the ids`, 'an array, a typed array or a tensor', ids);
  if (ids instanceof Tensor) {
    check(ids.shape.length === 1, () => `${where}: expected the ids of one text, a tensor [time], got ${show(ids)}`);
  }
  const list = Array.from((ids instanceof Tensor ? ids.values() : ids) as ArrayLike<number>);
  list.forEach((id, i) => void checkWhole(`${where}: id ${i}`, id, 0, size - 1));
  return list;
}

/** What was kept has a list of strings that differ; else it throws. */
export function checkTokens(what: string, list: unknown): asserts list is readonly string[] {
  const holds = Array.isArray(list) && list.every((token) => typeof token === 'string');
  checkIs(holds, what, 'an array of strings', list);
  checkDifferent(what, list);
}
