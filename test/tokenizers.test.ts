// Tokenizers: ids that are known from elsewhere, texts that come back as they were, and files that lie.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import * as data from '../bindings/data.js';
import { tensor } from '../bindings/index.js';
import { Dice } from './files/mutate.js';
import { THOROUGH } from './thorough.js';

const { bytePairTokenizer, characterTokenizer, padSequences, readTokenizer, slidingWindows, wordTokenizer } = data;

const bytes = (json: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(json));
const list = (ids: Int32Array): number[] => [...ids];
/** What was kept, as a file would give it back. */
const again = <T>(value: T): unknown => JSON.parse(JSON.stringify(value));

interface HuggingFace {
  readonly added_tokens: readonly { content: string; id: number }[];
  readonly model: { readonly vocab: Record<string, number>; readonly merges: readonly (string | string[])[] };
}
interface Reference {
  readonly strings: readonly string[];
  readonly kinds: Readonly<Record<string, { readonly tokenizer: HuggingFace; readonly ids: readonly number[][] }>>;
}
const folder = new URL('./tokenizers/', import.meta.url);
const TEXT = readFileSync(new URL('text.txt', folder), 'utf8');
const reference: Reference = JSON.parse(`${gunzipSync(readFileSync(new URL('reference.json.gz', folder)))}`);
const gpt2 = reference.kinds['gpt2']!.tokenizer;
const mergesOf = ({ model }: HuggingFace): string[] => model.merges.map((merge) => [merge].flat().join(' '));

describe('padSequences', () => {
  it('fills up and cuts, at either end', () => {
    const rows = [[1, 2, 3], [4], []];
    const made = padSequences(rows);
    expect([made.shape, made.dtype]).toEqual([[3, 3], 'int32']);
    expect(made.toArray()).toEqual([
      [1, 2, 3],
      [4, 0, 0],
      [0, 0, 0],
    ]);
    // Keras, pad_sequences([[1, 2, 3], [4], []], maxlen=2): [[2, 3], [0, 4], [0, 0]]; and with value -1, both 'post':
    // [[1, 2], [4, -1], [-1, -1]].
    const keras = { maxLength: 2, padding: 'pre', truncating: 'pre' } as const;
    expect(padSequences(rows, keras).toArray()).toEqual([
      [2, 3],
      [0, 4],
      [0, 0],
    ]);
    expect(padSequences([Int32Array.of(1, 2, 3), [4], []], { maxLength: 2, value: -1 }).toArray()).toEqual([
      [1, 2],
      [4, -1],
      [-1, -1],
    ]);
    expect(padSequences(rows, { maxLength: 4, padding: 'pre' }).toArray<number[][]>()[0]).toEqual([0, 1, 2, 3]);
    expect(padSequences([]).shape).toEqual([0, 0]);
  });

  it('refuses what are no int32', () => {
    expect(() => padSequences([1] as never)).toThrow(
      'padSequences: sequence 0 must be an array of whole numbers, got 1',
    );
    expect(() => padSequences([[1, 0.5]])).toThrow('sequence 0: expected whole numbers of 32 bits, got 0.5 at 1');
    expect(() => padSequences([[2 ** 31]])).toThrow('got 2147483648 at 0');
    expect(() => padSequences([BigInt64Array.of(1n)] as never)).toThrow('got 1n at 0');
    expect(() => padSequences([[1]], { maxLength: 2 ** 40 })).toThrow('does not fit into 4 GiB');
    expect(() => padSequences([[1]], { padding: 'left' } as never)).toThrow(
      "padding must be 'post' or 'pre', got 'left'",
    );
  });
});

describe('slidingWindows', () => {
  it('has for each token the one that follows it', () => {
    const ids = [1, 2, 3, 4, 5, 6, 7];
    const { x, y } = slidingWindows(ids, 3);
    expect(x.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(y.toArray()).toEqual([
      [2, 3, 4],
      [5, 6, 7],
    ]);
    expect([x.dtype, y.dtype]).toEqual(['int32', 'int32']);
    expect(slidingWindows(ids.slice(0, 6), 3).x.shape).toEqual([1, 3]);
    expect(slidingWindows(Int32Array.from(ids), 3, { stride: 2 }).y.toArray()).toEqual([
      [2, 3, 4],
      [4, 5, 6],
    ]);
    expect(slidingWindows(ids, 6, { stride: 1 }).x.shape).toEqual([1, 6]);
    expect(slidingWindows(tensor(ids.slice(1), [6], 'int32'), 2, { stride: 1 }).x.shape).toEqual([4, 2]);
  });

  it('refuses a text that is too short', () => {
    expect(() => slidingWindows([1, 2, 3], 3)).toThrow('slidingWindows: a window of 3 needs 4 tokens, got 3');
    expect(() => slidingWindows([1, 2, 3], 2, { stride: 0 })).toThrow(
      'stride must be a whole number of at least 1, got 0',
    );
    expect(() => slidingWindows(padSequences([[1, 2, 3]]), 2)).toThrow('those of one text, [time]');
  });
});

describe('characterTokenizer', () => {
  const tokenizer = characterTokenizer().fit(['banana', '😀']);

  it('has a token for each character', () => {
    expect(tokenizer.vocabulary).toEqual(['', '\uFFFD', 'a', 'b', 'n', '😀']);
    expect([tokenizer.vocabularySize, tokenizer.paddingId]).toEqual([6, 0]);
    expect(list(tokenizer.encode('ban😀!'))).toEqual([3, 2, 4, 5, 1]);
    expect(tokenizer.decode(tokenizer.encode('ban😀!'))).toBe('ban😀\uFFFD');
    expect(tokenizer.encodeBatch(['a', 'nab']).toArray()).toEqual([
      [2, 0, 0],
      [4, 2, 3],
    ]);
    expect(tokenizer.decode([2, 0, 4, 0])).toBe('an');
    expect(tokenizer.decode(tensor([2, 3, 0], [3], 'int32'))).toBe('ab');
    expect(characterTokenizer().fit('a\uFFFD').vocabulary).toEqual(['', '\uFFFD', 'a']);
  });

  it('knows special tokens, the longest that fits', () => {
    const special = characterTokenizer({ specialTokens: ['[E]', '[E].*'] }).fit(['x[E]y', '[E].*']);
    expect(special.vocabulary).toEqual(['', '\uFFFD', '[E]', '[E].*', 'x', 'y']);
    expect(list(special.encode('[E]x[E].*y[E].'))).toEqual([2, 4, 3, 5, 2, 1]);
    expect(special.decode([2, 4, 3, 5])).toBe('[E]x[E].*y');
  });

  it('says what is wrong', () => {
    const fresh = characterTokenizer();
    expect(() => fresh.encode('a')).toThrow('characterTokenizer: call fit first');
    expect(() => fresh.fit([1] as never)).toThrow('characterTokenizer: text 0 must be a string, got 1');
    expect(() => fresh.fit(3 as never)).toThrow('characterTokenizer: the texts must be a string, or several, got 3');
    expect(() => tokenizer.encode(1 as never)).toThrow('characterTokenizer: the text must be a string, got 1');
    expect(() => tokenizer.encodeBatch('ab' as never)).toThrow("the texts must be an array of strings, got 'ab'");
    expect(() => tokenizer.decode([6])).toThrow('decode: id 0 must be a whole number from 0 to 5, got 6');
    expect(() => tokenizer.decode(2 as never)).toThrow('the ids must be an array, a typed array or a tensor, got 2');
    expect(() => tokenizer.decode(padSequences([[2]]))).toThrow('expected the ids of one text, a tensor [time]');
    expect(() => characterTokenizer({ specialTokens: ['a', 'a'] })).toThrow("specialTokens: 'a' is there twice");
    expect(() => characterTokenizer({ specialTokens: [''] })).toThrow('specialTokens must be an array of strings');
  });

  it('is kept as JSON', () => {
    const odd = characterTokenizer({ specialTokens: ['__proto__'] }).fit('a\uD800"$');
    const back = characterTokenizer().fromJSON(again(odd));
    expect(back.vocabulary).toEqual(odd.vocabulary);
    expect(list(back.encode('__proto__\uD800'))).toEqual([2, 6]);
    expect(() => back.fromJSON({ kind: 'wordTokenizer' })).toThrow("of kind 'characterTokenizer'");
    expect(() => back.fromJSON({ kind: 'characterTokenizer', specialTokens: [], characters: ['a', 'a'] })).toThrow(
      "characterTokenizer: characters: 'a' is there twice",
    );
    expect(list(back.encode('a'))).toEqual([5]);
  });
});

describe('wordTokenizer', () => {
  const texts = ['The cat sat.', 'the CAT—it’s a cat!', "l'été, été 3.5"];

  it('has a token for each word, the most frequent one first', () => {
    const tokenizer = wordTokenizer().fit(texts);
    expect(tokenizer.vocabulary).toEqual(['', '[UNK]', 'cat', 'the', '3', '5', 'a', 'it’s', "l'été", 'sat', 'été']);
    expect(list(tokenizer.encode('The dog: été'))).toEqual([3, 1, 10]);
    expect(tokenizer.decode([3, 2, 0, 9])).toBe('the cat sat');
  });

  it('keeps the most frequent ones', () => {
    const tokenizer = wordTokenizer({ maxTokens: 5, specialTokens: ['[END]'], lowercase: false }).fit(texts);
    expect(tokenizer.vocabulary).toEqual(['', '[UNK]', '[END]', 'cat', '3']);
    expect(list(tokenizer.encode('cat[END]The'))).toEqual([3, 2, 1]);
    expect(wordTokenizer({ maxTokens: 2 }).fit(texts).vocabularySize).toBe(2);
    const back = wordTokenizer().fromJSON(again(tokenizer));
    expect(list(back.encode('Cat[END]cat'))).toEqual([1, 2, 3]);
    expect(() => wordTokenizer().fromJSON({ ...tokenizer.toJSON(), lowercase: 1 })).toThrow(
      'lowercase must be true or false',
    );
  });

  it('has one token only for what is not known', () => {
    const wrong = () => wordTokenizer({ specialTokens: ['[END]', '[UNK]'] }).fit(texts);
    expect(wrong).toThrow("specialTokens: '[UNK]' is a token by itself, for what is not known");
  });

  it('reads words of any script', () => {
    const tokenizer = wordTokenizer().fit('Привет, мир! हिन्दी 中文 e\u0301te\u0301');
    expect(tokenizer.vocabulary.slice(2)).toEqual(['e\u0301te\u0301', 'мир', 'привет', 'हिन्दी', '中文']);
  });
});

describe('bytePairTokenizer', () => {
  it('learns the pairs that Hugging Face’s trainer learns, in this order', () => {
    const tokenizer = bytePairTokenizer({ vocabularySize: 697 }).fit(TEXT);
    const merges = mergesOf(gpt2);
    expect(merges.length).toBe(440);
    expect(tokenizer.toJSON().merges).toEqual(merges);
    expect(tokenizer.vocabularySize).toBe(1 + 256 + 440);
    const ids = Object.entries(gpt2.model.vocab).sort(([, a], [, b]) => a - b);
    const tokens = ids.map(([token]) => token).filter((token) => !token.startsWith('<|'));
    expect(tokenizer.toJSON().tokens.slice(1)).toEqual(tokens);
  });

  it('merges by hand', () => {
    // ab: 4, then abab: 2; a pair that is there once is none.
    const tokenizer = bytePairTokenizer().fit('abab abab xy');
    expect(tokenizer.toJSON().merges).toEqual(['a b', 'ab ab']);
    expect(tokenizer.encode('abab').length).toBe(1);
    expect(tokenizer.encode('aaab').length).toBe(3);
    expect(tokenizer.encode('ababab').length).toBe(2);
    // Of pairs that are there as often, that of the smaller tokens: 'a' before 'aa'.
    expect(bytePairTokenizer().fit('aaaaa aaaaa').toJSON().merges).toEqual(['a a', 'aa a', 'aa aaa']);
    expect(bytePairTokenizer().fit(['x[END]x', 'x[END]x']).toJSON().merges).toEqual(['E N', 'EN D']);
    const special = bytePairTokenizer({ specialTokens: ['[END]'] }).fit(['x[END]x', 'x[END]x']);
    expect(special.toJSON().merges).toEqual([]);
    expect(list(special.encode('[END]')).concat(special.paddingId!)).toEqual([1, 0]);
  });

  it('gives back every text', () => {
    const tokenizer = bytePairTokenizer({ vocabularySize: 400, specialTokens: ['<|end|>'] }).fit(TEXT);
    for (const text of reference.strings) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    const dice = new Dice(1);
    for (let i = 0; i < (THOROUGH ? 20_000 : 500); i++) {
      const codes = Array.from({ length: dice.below(20) }, () => dice.below(dice.of([128, 0x800, 0x10000, 0x110000])));
      const text = String.fromCodePoint(...codes.filter((code) => code < 0xd800 || code > 0xdfff));
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
    const filled = tokenizer.encodeBatch(['\uFEFFab'], { maxLength: 9 });
    expect(tokenizer.decode(filled.data('int32'))).toBe('\uFEFFab');
  });

  it('refuses marks that are tokens by themselves, by name', () => {
    for (const taken of ['a', 'Ġ', '<|padding|>']) {
      expect(() => bytePairTokenizer({ specialTokens: ['<|end|>', taken] })).toThrow(
        `bytePairTokenizer: specialTokens: '${taken}' is a token by itself; a mark has several characters`,
      );
    }
    const learnt = bytePairTokenizer({ specialTokens: ['Ġb'] });
    expect(() => learnt.fit('a b b b b')).toThrow("bytePairTokenizer: tokens: 'Ġb' is there twice");
  });

  it('refuses half a character', () => {
    const tokenizer = bytePairTokenizer().fit('a');
    expect(() => tokenizer.encode('ab\uD83D')).toThrow(
      'bytePairTokenizer: the text has half a character (a lone surrogate) at 2, for which there are no bytes',
    );
    expect(() => tokenizer.fit(['a', '\uDE00'])).toThrow('bytePairTokenizer: text 1 has half a character');
    expect(tokenizer.decode(tokenizer.encode('😀').slice(0, 2))).toBe('\uFFFD');
  });

  it('takes a time that is about linear in the length of a word', () => {
    const dice = new Dice(2);
    const word = (length: number): string => Array.from({ length }, () => dice.of('abcde'.split(''))).join('');
    const time = (length: number): number => {
      const text = word(length);
      const start = performance.now();
      const tokenizer = bytePairTokenizer({ vocabularySize: 600 }).fit(text);
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      return performance.now() - start;
    };
    const [short, long] = [4000, 32_000].map((length) => Math.min(time(length), time(length))) as [number, number];
    expect(long / short).toBeLessThan(32); // 64 if it were quadratic
  });

  it('says which sizes there are', () => {
    expect(() => bytePairTokenizer({ vocabularySize: 256 })).toThrow('a whole number of at least 257, got 256');
    expect(() => bytePairTokenizer({ vocabularySize: 257, specialTokens: ['a'] })).toThrow(
      'must be at least 258, got 257',
    );
  });

  it('is kept as JSON', () => {
    const tokenizer = bytePairTokenizer({ vocabularySize: 300, specialTokens: ['<|end|>'] }).fit(TEXT);
    const back = bytePairTokenizer().fromJSON(again(tokenizer));
    expect(back.vocabulary).toEqual(tokenizer.vocabulary);
    expect(list(back.encode(`${TEXT}<|end|>`))).toEqual(list(tokenizer.encode(`${TEXT}<|end|>`)));
    const kept = tokenizer.toJSON();
    const wrong =
      (part: object): (() => unknown) =>
      () =>
        back.fromJSON({ ...kept, ...part });
    expect(wrong({ merges: ['a'] })).toThrow(
      "merges[0] must be two tokens that make a third one, such as 'Ġ t', got 'a'",
    );
    expect(wrong({ merges: ['x qq'] })).toThrow('merges[0] must be two tokens');
    expect(wrong({ merges: 3 })).toThrow('merges must be an array of strings');
    expect(wrong({ tokens: ['a', 'a'] })).toThrow("tokens: 'a' is there twice");
    expect(wrong({ tokens: [...kept.tokens, 'a b'] })).toThrow("token 300, 'a b', is not written in bytes");
    expect(wrong({ specialTokens: ['<|no|>'] })).toThrow("the special token '<|no|>' is none of the tokens");
    expect(wrong({ paddingToken: 5 })).toThrow('paddingToken must be a string, got 5');
    expect(wrong({ pattern: '(a+)+' })).toThrow("pattern must be 'gpt2' or 'llama3' or 'qwen2'");
  });
});

describe('readTokenizer', () => {
  it.each(Object.entries(reference.kinds))('%s: ids are those of Hugging Face', async (name, { tokenizer, ids }) => {
    const read = await readTokenizer(bytes(tokenizer));
    expect(read.vocabularySize).toBe(Object.keys(tokenizer.model.vocab).length);
    reference.strings.forEach((text, i) => {
      expect(list(read.encode(text)), JSON.stringify(text)).toEqual(ids[i]);
      if (name === 'gpt2' || name === 'llama3') expect(read.decode(ids[i]!)).toBe(text);
    });
    const back = bytePairTokenizer().fromJSON(again(read));
    expect(list(back.encode(reference.strings[7]!))).toEqual(ids[7]);
  });

  it('reads the two files of GPT-2', async () => {
    const { vocab } = gpt2.model;
    const text = `#version: 0.2\n${mergesOf(gpt2).join('\n')}\n`;
    const merges = new TextEncoder().encode(text);
    const read = await readTokenizer(bytes(vocab), { merges });
    const { ids } = reference.kinds['gpt2']!;
    reference.strings.slice(0, 100).forEach((string, i) => {
      expect(list(read.encode(string))).toEqual(ids[i]);
    });
    expect(read.toJSON().specialTokens).toEqual(gpt2.added_tokens.map(({ content }) => content));
    expect(read.paddingId).toBeUndefined();
    expect(() => read.encodeBatch(['a', 'bc'])).toThrow(
      'the vocabulary has no token to fill up with; pass one as the option value',
    );
    expect(read.encodeBatch(['a', 'bcq'], { value: 1 }).toArray<number[][]>()[0]!.slice(1)).toEqual([1, 1]);
  });

  it('knows the token that fills up', async () => {
    const read = await readTokenizer(bytes({ ...gpt2, padding: { pad_token: '<|pad|>', pad_id: 1 } }));
    expect(read.paddingId).toBe(1);
    expect(read.decode([1, ...read.encode('a'), 1])).toBe('a');
  });

  const bpe = gpt2.model;
  it.each<[string, object, RegExp]>([
    [
      'another kind',
      { model: { type: 'WordPiece', vocab: {} } },
      /a model of the type 'WordPiece'; only byte-level BPE is read/,
    ],
    [
      'no model',
      { model: undefined },
      /is no tokenizer.json: it has no model; a vocab.json is read with the option merges/,
    ],
    ['no vocabulary', { model: { ...bpe, vocab: [] } }, /model.vocab must be an object, got an array/],
    [
      'bytes otherwise',
      { model: { ...bpe, byte_fallback: true } },
      /model.byte_fallback is true, which byte-level BPE does not/,
    ],
    ['an id twice', { model: { ...bpe, vocab: { ...bpe.vocab, qqq: 5 } } }, /' and 'qqq' have the same id, 5/],
    [
      'an id that is too large',
      { model: { ...bpe, vocab: { ...bpe.vocab, qqq: 1e9 } } },
      /the ids of 701 tokens must be 0 … 700, got 1000000000 of 'qqq'/,
    ],
    ['a merge of nothing', { model: { ...bpe, merges: [['a', 'ZZ']] } }, /merges\[0\] must be two tokens/],
    [
      'merges of numbers',
      { model: { ...bpe, merges: [1] } },
      /merges\[0\] must be two tokens that make a third one, such as 'Ġ t', got 1/,
    ],
    [
      'a token that is added elsewhere',
      { added_tokens: [{ id: 9, content: '<|pad|>' }] },
      /'<\|pad\|>' has the id 9 here, and 1 in model.vocab/,
    ],
    [
      'a token that takes spaces',
      { added_tokens: [{ id: 1, content: '<|pad|>', lstrip: true }] },
      /only found in some places \(lstrip\)/,
    ],
    [
      'words cut otherwise',
      { pre_tokenizer: { type: 'Metaspace' } },
      /pre_tokenizer is Metaspace; only ByteLevel is supported/,
    ],
    [
      'words cut by a pattern',
      {
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false },
            { type: 'ByteLevel', use_regex: false },
          ],
        },
      },
      /cuts words by the pattern '\(a\+\)\+\$', which is none that is known \(those of gpt2, llama3, qwen2\)/,
    ],
    ['nothing that cuts words', { pre_tokenizer: null }, /pre_tokenizer must be an object, got null/],
    ['a normalizer', { normalizer: { type: 'Lowercase' } }, /has the normalizer 'Lowercase'; only NFC is supported/],
    [
      'a padding token of nowhere',
      { padding: { pad_token: '[X]' } },
      /the special token '\[X\]' is none of the tokens/,
    ],
  ])('refuses %s', async (_, part, message) => {
    const reading = readTokenizer(bytes({ ...gpt2, ...part }));
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toBeInstanceOf(data.FileError);
  });

  it('refuses what is none', async () => {
    const text = (content: string): Uint8Array => new TextEncoder().encode(content);
    await expect(readTokenizer(text('[]'))).rejects.toThrow('readTokenizer: the file must be an object, got an array');
    await expect(readTokenizer(text('{"__proto__": 1}'))).rejects.toThrow("has the name '__proto__' in it");
    await expect(readTokenizer(text('{'))).rejects.toThrow('is not JSON');
    await expect(readTokenizer(bytes(gpt2), { maxBytes: 100 })).rejects.toThrow('and 100 are allowed');
    await expect(readTokenizer(bytes(gpt2), { merges: text('') })).rejects.toThrow(
      'is a tokenizer.json, which is read without merges',
    );
    await expect(readTokenizer(bytes(gpt2.model.vocab))).rejects.toThrow('a vocab.json is read with the option merges');
  });

  it('says which byte has no token', async () => {
    const vocab = { a: 0, b: 1, ab: 2 };
    const read = await readTokenizer(bytes(vocab), { merges: new TextEncoder().encode('a b') });
    expect(list(read.encode('aab'))).toEqual([0, 2]);
    expect(() => read.encode('abc')).toThrow("the vocabulary has no token for the byte 99 of 'abc'");
  });
});
