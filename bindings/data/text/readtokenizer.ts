// Reads tokenizers from files of others. Not here: what they do (bytepair.ts).

import { isRecord, messageOf, show, WasmgradError } from '../../errors.js';
import { textOf } from '../../files/cursor.js';
import { checkFile, FileError } from '../../files/fileerror.js';
import { parseJson } from '../../files/json.js';
import { type FileSource, type ReadFile, readFile } from '../../files/source.js';
import { MAX_BYTES } from '../../files/zip.js';
import { anything, options, type Rules, whole } from '../../options.js';
import { bytesOf } from './bpe/alphabet.js';
import { PATTERNS, type PatternName } from './bpe/patterns.js';
import { type BytePairTokenizerJson, bytePairTokenizer } from './bytepair.js';
import type { Tokenizer } from './tokenizer.js';

/** Options of `readTokenizer`. */
export interface ReadTokenizerOptions {
  /** The file merges.txt that belongs to a vocab.json. */
  readonly merges?: FileSource | undefined;
  /** The most bytes that each file may have; default 256 MiB. */
  readonly maxBytes?: number | undefined;
}

const readOptions = options({
  merges: anything<FileSource | undefined>(),
  maxBytes: whole(MAX_BYTES, 0),
} satisfies Rules<ReadTokenizerOptions>);

/** What is read of a file, before anything is known of it. */
type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a tokenizer of Hugging Face, of the kind that GPT-2 and its successors have (byte-level BPE): a
 * `tokenizer.json`, or GPT-2's `vocab.json` with the option `merges`. Its ids are those of the file. Special tokens
 * that a model wants at the start or the end of a text are not added: write them into the text, where each is one
 * token. In a vocab.json, the special tokens are those that no merge makes.
 *
 * @throws FileError if it is damaged, or of another kind: WordPiece, Unigram, or one that cuts words in another way
 *   than GPT-2, Llama 3 and Qwen 2 do
 * @example const gpt2 = await readTokenizer('vocab.json', { merges: 'merges.txt' });
 */
export async function readTokenizer(
  from: FileSource,
  options?: ReadTokenizerOptions,
): Promise<Tokenizer<BytePairTokenizerJson>> {
  const where = 'readTokenizer';
  const { merges, maxBytes } = readOptions(where, options);
  const file = await readFile(where, from, maxBytes);
  const { what } = file;
  const json = recordOf(what, parseJson(what, textOf(what, file.bytes)));
  const kept =
    merges === undefined ? ofTokenizer(what, json) : ofVocabulary(what, json, await readFile(where, merges, maxBytes));
  try {
    return bytePairTokenizer().fromJSON(kept);
  } catch (error) {
    throw error instanceof WasmgradError ? new FileError(`${what}: ${messageOf(error)}`) : error;
  }
}

function recordOf(what: string, value: unknown): Json {
  checkFile(isRecord(value), () => `${what} must be an object, got ${show(value)}`);
  return value as Json;
}

function listOf(what: string, value: unknown): readonly unknown[] {
  checkFile(Array.isArray(value), () => `${what} must be an array, got ${show(value)}`);
  return value;
}

/** What is said in GPT-2's two files. */
function ofVocabulary(what: string, vocabulary: Json, { what: whatMerges, bytes }: ReadFile): BytePairTokenizerJson {
  checkFile(!isRecord(vocabulary['model']), () => `${what} is a tokenizer.json, which is read without merges`);
  const tokens = tokensOf(what, new Map(Object.entries(vocabulary)));
  const lines = textOf(whatMerges, bytes).split(/\r?\n/);
  const merges = lines.filter((line) => line !== '' && !line.startsWith('#version'));
  const made = new Set(merges.map((merge) => merge.replace(' ', '')));
  const specialTokens = tokens.filter((token) => !made.has(token) && bytesOf(token)?.length !== 1);
  return { ...PLAIN, tokens, merges, specialTokens };
}

const PLAIN = {
  kind: 'bytePairTokenizer',
  pattern: 'gpt2',
  addPrefixSpace: false,
  normalization: 'none',
  wholeWords: false,
  paddingToken: '',
} as const;

/** Tokens by id. */
function tokensOf(what: string, ids: ReadonlyMap<string, unknown>): string[] {
  const tokens = new Array<string | undefined>(ids.size).fill(undefined);
  for (const [token, id] of ids) {
    const isId = Number.isInteger(id) && (id as number) >= 0 && (id as number) < ids.size;
    checkFile(
      isId,
      () => `${what}: the ids of ${ids.size} tokens must be 0 … ${ids.size - 1}, got ${show(id)} of ${show(token)}`,
    );
    const other = tokens[id as number];
    checkFile(other === undefined, () => `${what}: ${show(other)} and ${show(token)} have the same id, ${id}`);
    tokens[id as number] = token;
  }
  return tokens as string[];
}

/** What is said in a tokenizer.json. */
function ofTokenizer(what: string, json: Json): BytePairTokenizerJson {
  checkFile(isRecord(json['model']), () => {
    return `${what} is no tokenizer.json: it has no model; a vocab.json is read with the option merges`;
  });
  const model = json['model'] as Json;
  checkModel(what, model);
  const ids = new Map(Object.entries(recordOf(`${what}: model.vocab`, model['vocab'])));
  const specialTokens = listOf(`${what}: added_tokens`, json['added_tokens'] ?? []).map((token, i) => {
    return added(`${what}: added_tokens[${i}]`, token, ids);
  });
  const padding = json['padding'] ? recordOf(`${what}: padding`, json['padding'])['pad_token'] : '';
  return {
    ...PLAIN,
    ...cutting(what, json['pre_tokenizer']),
    normalization: normalizationOf(what, json['normalizer']),
    wholeWords: model['ignore_merges'] === true,
    specialTokens,
    paddingToken: padding as string,
    tokens: tokensOf(what, ids),
    merges: listOf(`${what}: model.merges`, model['merges']).map((merge) => {
      return (Array.isArray(merge) ? merge.join(' ') : merge) as string;
    }),
  };
}

/** Throws for what byte-level BPE does not have. */
function checkModel(what: string, model: Json): void {
  const type = model['type'] ?? 'BPE';
  checkFile(type === 'BPE', () => `${what} has a model of the type ${show(type)}; only byte-level BPE is read`);
  for (const name of ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix', 'byte_fallback']) {
    checkFile(!model[name], () => `${what}: model.${name} is ${show(model[name])}, which byte-level BPE does not have`);
  }
}

/** The text of a token that is one wherever it stands; its id is added. */
function added(what: string, json: unknown, ids: Map<string, unknown>): string {
  const { content, id, ...rest } = recordOf(what, json) as { readonly content?: unknown; readonly id?: unknown } & Json;
  checkFile(typeof content === 'string', () => `${what}: content must be a string, got ${show(content)}`);
  for (const name of ['single_word', 'lstrip', 'rstrip']) {
    checkFile(
      rest[name] !== true,
      () => `${what}, '${content}', is only found in some places (${name}), which is not supported`,
    );
  }
  checkFile(!ids.has(content) || ids.get(content) === id, () => {
    return `${what}: '${content}' has the id ${show(id)} here, and ${show(ids.get(content))} in model.vocab`;
  });
  ids.set(content, id);
  return content;
}

function normalizationOf(what: string, normalizer: unknown): 'none' | 'NFC' {
  if (!normalizer) return 'none';
  const { type } = recordOf(`${what}: normalizer`, normalizer);
  checkFile(type === 'NFC', () => `${what} has the normalizer ${show(type)}; only NFC is supported`);
  return 'NFC';
}

/** How a text is cut into words: as GPT-2 does it, or by a pattern that is known. */
function cutting(
  what: string,
  preTokenizer: unknown,
): { readonly pattern: PatternName; readonly addPrefixSpace: boolean } {
  const where = `${what}: pre_tokenizer`;
  const given = recordOf(where, preTokenizer);
  const steps = given['type'] === 'Sequence' ? listOf(where, given['pretokenizers']) : [given];
  const last = recordOf(where, steps.at(-1));
  const types = steps.map((step) => String(recordOf(where, step)['type']));
  const [byItself, bySplit] = [types.join() === 'ByteLevel', types.join() === 'Split,ByteLevel'];
  checkFile((byItself && last['use_regex'] !== false) || (bySplit && last['use_regex'] === false), () => {
    return `${where} is ${types.join(', ').slice(0, 80)}; only ByteLevel is supported, or Split by a known pattern and ByteLevel`;
  });
  const pattern = byItself ? 'gpt2' : knownPattern(where, recordOf(where, steps[0]));
  return { pattern, addPrefixSpace: last['add_prefix_space'] === true };
}

function knownPattern(what: string, split: Json): PatternName {
  const text = (split['pattern'] as Json | undefined)?.['Regex'];
  const found = Object.entries(PATTERNS).find(([, pattern]) => pattern.text === text);
  const known = Object.keys(PATTERNS).join(', ');
  checkFile(found !== undefined && split['behavior'] === 'Isolated' && !split['invert'], () => {
    return `${what} cuts words by the pattern ${show(text)}, which is none that is known (those of ${known})`;
  });
  return found[0] as PatternName;
}
