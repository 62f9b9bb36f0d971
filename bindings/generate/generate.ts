// generate: a language model writes, token by token. Not here: what computes the scores of tokens (decoder.ts), and
// which one is taken (sampling.ts).

import { check, checkIs, checkNumber, checkWhole } from '../errors.js';
import { type Inside, Model } from '../model/model.js';
import { pauseIfLate } from '../model/pause.js';
import { aKey, nextKey } from '../ops/random.js';
import { softmax } from '../ops/softmax.js';
import { flag, number, options, type Rules, rule, whole } from '../options.js';
import { checkNotTraced } from '../scope.js';
import { shapeText } from '../shape.js';
import { Tensor } from '../tensor.js';
import { typedName } from '../typed.js';
import { checkRemembering, Decoder } from './decoder.js';
import { chosen, type Sampling } from './sampling.js';

/** Options of `generate`. */
export interface GenerateOptions {
  /** How many tokens are written at the most; default 256. */
  readonly maxTokens?: number | undefined;
  /**
   * What logits are divided by: the higher, the more is left to chance; default 1. With 0 the likeliest token is taken.
   */
  readonly temperature?: number | undefined;
  /** Only so many of the likeliest tokens are drawn from; by default all. */
  readonly topK?: number | undefined;
  /** Only the likeliest tokens are drawn from, so many that their probabilities add up to this; default 1, all. */
  readonly topP?: number | undefined;
  /** What is drawn from: the same tokens for the same key (`randomKey`). By default each call has other ones. */
  readonly key?: Tensor | undefined;
  /** The token, or tokens, behind which nothing more is written. It is the last that comes. */
  readonly stopToken?: number | readonly number[] | undefined;
  /** Whether what was computed for the tokens before is kept, so that each is computed alone; default true. */
  readonly cache?: boolean | undefined;
}

const stops = rule<number | readonly number[], undefined>(undefined, (what, given) => {
  for (const token of Array.isArray(given) ? given : [given]) checkWhole(what, token, 0);
});

const generateOptions = options({
  maxTokens: whole(256),
  temperature: number(1, 0),
  topK: whole(undefined, 1),
  topP: rule<number, number>(1, (what, given) => {
    checkNumber(what, given, 0, 1);
    checkIs(given > 0, what, 'above 0', given);
  }),
  key: aKey,
  stopToken: stops,
  cache: flag(true),
} satisfies Rules<GenerateOptions>);

/** What a model is that writes: tokens [n, time] in, and for each step the logits of the next token out. */
export type LanguageModel = Pick<Model, 'predict' | 'parameters'>;

/** The tokens of one prompt. */
export type Prompt = Int32Array | readonly number[];

/**
 * Writes on behind a prompt, token by token: the model says at each step which token may come next, one is chosen by
 * that, and becomes its next input. It computes the prompt once and then each token alone, since its layers remember
 * what they need of the tokens before: attention keys and values, recurrent layers their state.
 *
 *     for await (const token of generate(net, prompt, { temperature: 0.8, maxTokens: 100 })) text += letters[token];
 *
 * The model takes int32 tokens, { shape: [time], dtype: 'int32' }, and returns logits [n, time, vocabulary]; its
 * function must take any number of steps, and a step must depend on none behind it. A prompt may be longer than the
 * `time` that was declared, up to the positions that a `positionalEmbedding` has; there it ends. Between tokens the
 * event loop has its turn, and the model may be trained.
 *
 * @param prompt tokens; or prompts of equal length, an array of these or an int32 tensor [n, time], which go on side by
 *   side: each turn then gives n tokens, and one that has stopped repeats its last one until all have
 * @throws WasmgradError, before the first token, if an option is wrong, or the model can't go on from what it remembers
 */
export function generate(model: LanguageModel, prompt: Prompt, options?: GenerateOptions): AsyncGenerator<number, void>;
export function generate(
  model: LanguageModel,
  prompt: readonly Prompt[] | Tensor,
  options?: GenerateOptions,
): AsyncGenerator<Int32Array, void>;
export function generate(
  model: LanguageModel,
  prompt: Prompt | readonly Prompt[] | Tensor,
  options?: GenerateOptions,
): AsyncGenerator<number | Int32Array, void> {
  checkIs(model instanceof Model, 'generate: the first argument', 'a model', model);
  checkNotTraced('generate', 'call it outside');
  const { maxTokens, temperature, topK, topP, key, stopToken = [], cache } = generateOptions('generate', options);
  const { rows, isOne } = promptOf(prompt);
  const vocabulary = model.look('generate', vocabularyOf);
  const stops = new Set([stopToken].flat());
  const checkToken = (what: string, token: number) =>
    check(token < vocabulary, () => {
      return `generate: ${what} ${token}, but there are ${vocabulary}, 0 … ${vocabulary - 1}`;
    });
  for (const token of rows.flat()) checkToken('the prompt has the token', token);
  for (const token of stops) checkToken('stopToken is', token);
  if (cache) checkSteps(model, Math.min(rows[0]!.length + maxTokens, CHECKED_BEFORE));
  const words = temperature === 0 ? new Int32Array(4) : Int32Array.from((key ?? nextKey()).values());
  const sampling = { temperature, topK, topP, key: words };
  return written(model, rows, isOne, { sampling, stops, maxTokens, cache });
}

/** How many steps are checked before the first token, at the most; what is longer is checked when it comes to that. */
const CHECKED_BEFORE = 512;

/** Throws if the model can't go on from what its layers remember, up to so many steps. */
const checkSteps = (model: Model, steps: number): void =>
  model.look('generate', ({ network }) => checkRemembering(network, steps));

/** How much is written, and how. */
interface Plan {
  readonly sampling: Sampling;
  readonly stops: ReadonlySet<number>;
  readonly maxTokens: number;
  readonly cache: boolean;
}

async function* written(
  model: Model,
  rows: readonly number[][],
  isOne: boolean,
  { sampling, stops, maxTokens, cache }: Plan,
): AsyncGenerator<number | Int32Array, void> {
  const n = rows.length;
  const decoder = new Decoder(n, cache);
  let steps: ArrayLike<number> = rows[0]!.flatMap((_, t) => rows.map((row) => row[t]!));
  let last: Int32Array | undefined;
  try {
    for (let count = 0; count < maxTokens && !(last && decoder.isFull); count++) {
      if (cache) checkSteps(model, decoder.length + steps.length / n);
      const logits = model.look('generate', ({ network }) => decoder.logits(network, steps));
      const size = logits.length / n;
      const tokens = Int32Array.from({ length: n }, (_, i) => {
        const ended = last && stops.has(last[i]!);
        return ended ? last![i]! : chosen(logits.subarray(i * size, (i + 1) * size), sampling, count * n + i);
      });
      [steps, last] = [tokens, tokens];
      yield isOne ? tokens[0]! : tokens.slice();
      if (tokens.every((token) => stops.has(token))) return;
      await pauseIfLate();
    }
  } finally {
    decoder.dispose();
  }
}

/** How many tokens the model knows; throws unless it takes tokens and returns logits for each step. */
function vocabularyOf({ network }: Inside): number {
  const { inputs, outputs } = network.definition;
  const [input, output] = [inputs.specs[0]!, outputs.specs[0]!];
  const fits = !inputs.names && input.dtype === 'int32' && input.shape.length === 1;
  check(fits, () => {
    const got = inputs.names ? `the inputs ${inputs.names.join(', ')}` : `${input.dtype}${shapeText(input.shape)}`;
    return `generate: the model must take tokens, { shape: [time], dtype: 'int32' }, and takes ${got}`;
  });
  const scores = !outputs.names && output.shape.length === 2 && output.shape[0] === input.shape[0];
  check(scores, () => {
    const got = outputs.names
      ? `the outputs ${outputs.names.join(', ')}`
      : `samples of shape ${shapeText(output.shape)}`;
    return `generate: the model must return logits [n, time, vocabulary], for each step those of the next token; it returns ${got}`;
  });
  check(network.lastTensors[0]!.op !== softmax, () => {
    return "generate: the model must return logits, and ends with softmax: leave that out, or take 'logSoftmax'";
  });
  return output.shape[1]!;
}

/** The prompts as arrays of equal lengths, and whether it is one that stood alone. */
function promptOf(prompt: unknown): { readonly rows: number[][]; readonly isOne: boolean } {
  const what = 'generate: the prompt';
  if (prompt instanceof Tensor) {
    checkIs(prompt.dtype === 'int32' && prompt.shape.length === 2, what, 'tokens, or int32 [n, time]', prompt);
    return promptOf(prompt.toArray());
  }
  const isOne = isTokens(prompt);
  checkIs(
    isOne || (Array.isArray(prompt) && prompt.every(isTokens)),
    what,
    'an array of tokens, or of such arrays',
    prompt,
  );
  const rows = (isOne ? [prompt] : (prompt as ArrayLike<number>[])).map((row) => Array.from(row));
  check(
    rows.length > 0 && rows.every(({ length }) => length > 0),
    () => `${what} is empty: there must be a token to go on from`,
  );
  check(
    rows.every(({ length }) => length === rows[0]!.length),
    () => {
      return `${what}: those of a batch must have equal lengths, got ${rows.map(({ length }) => length).join(', ')}`;
    },
  );
  for (const token of rows.flat()) checkWhole(`${what}: a token`, token, 0);
  return { rows, isOne };
}

const isTokens = (value: unknown): value is ArrayLike<number> =>
  typedName(value) !== undefined || (Array.isArray(value) && value.every((token) => typeof token === 'number'));
