// Tokenizers of Hugging Face and of GPT-2, small ones.

import { BYTE_ORDER, lettersOf } from '../../bindings/data/text/bpe/alphabet.js';
import { PATTERNS } from '../../bindings/data/text/bpe/patterns.js';
import { readTokenizer } from '../../bindings/data.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const LEARNT = ['Ġt', 'he', 'Ġthe', 'in', 'ing'];
const MERGES = ['Ġ t', 'h e', 'Ġt he', 'i n', 'in g'];
/** All bytes would hide the rest of a file. */
const LETTERS = BYTE_ORDER.map((byte) => lettersOf([byte])).filter((letter) => /[Ġ<>a-z]/.test(letter));
const TOKENS = [...LETTERS, ...LEARNT];
const vocab = Object.fromEntries(TOKENS.map((token, id) => [token, id]));

const byteLevel = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true };
const split = { type: 'Split', pattern: { Regex: PATTERNS.llama3.text }, behavior: 'Isolated', invert: false };

/** Both kinds of merges, with and without all that may stand beside them. */
export const tokenizerFiles = (): Uint8Array[] => [
  bytes(JSON.stringify({ model: { vocab, merges: MERGES }, pre_tokenizer: byteLevel })),
  bytes(
    JSON.stringify({
      version: '1.0',
      padding: { pad_id: TOKENS.length, pad_token: '<pad>' },
      added_tokens: [
        { id: TOKENS.length, content: '<pad>', single_word: false, lstrip: false, special: true },
        { id: TOKENS.length + 1, content: '<end>' },
      ],
      normalizer: { type: 'NFC' },
      pre_tokenizer: { type: 'Sequence', pretokenizers: [split, { ...byteLevel, use_regex: false }] },
      model: {
        type: 'BPE',
        dropout: null,
        ignore_merges: true,
        vocab,
        merges: MERGES.map((merge) => merge.split(' ')),
      },
    }),
  ),
  bytes(JSON.stringify(vocab)),
];

/** Reads it, and works with it. */
export async function readTokenizerFile(file: Uint8Array): Promise<void> {
  const isVocabulary = !new TextDecoder().decode(file).includes('model');
  const tokenizer = await readTokenizer(file, isVocabulary ? { merges: bytes(MERGES.join('\n')) } : {});
  const text = 'the thing <end> is in the thing';
  const ids = tokenizer.encode(text);
  const back = tokenizer.decode(ids);
  const isFilled = ids.includes(tokenizer.paddingId ?? -1);
  const letters = (of: string): string => of.replaceAll(' ', ''); // add_prefix_space adds some behind special tokens
  if (!isFilled && letters(back) !== letters(text)) throw new Error(`'${back}' came back`);
  JSON.stringify(tokenizer);
}
