// generate: with what layers remember and without the same tokens and logits, for each kind of layer, on both back
// ends; how tokens are chosen; what is refused.

import { beforeAll, describe, expect, it } from 'vitest';
import { Decoder, stepsOf } from '../bindings/generate/decoder.js';
import { chosen, type Sampling } from '../bindings/generate/sampling.js';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { THOROUGH } from './thorough.js';

const [TIME, VOCABULARY, WIDTH] = [12, 11, 8];

type Step = (x: wg.Tensor) => wg.Tensor;

/** A language model of layers between an embedding and the logits. */
function languageModel(...layers: readonly Step[]) {
  return modelOn({}, layers);
}

function modelOn(options: wg.EmbeddingLayerOptions, layers: readonly Step[]) {
  const embed = wg.embedding(VOCABULARY, WIDTH, { embeddingsInitializer: 'glorotUniform', ...options });
  const scores = wg.timeDistributed(wg.dense(VOCABULARY));
  return wg.model({ shape: [TIME], dtype: 'int32' }, (x) => scores(layers.reduce((y, layer) => layer(y), embed(x))));
}

const block = (options: Partial<wg.TransformerOptions> = {}) =>
  wg.transformerDecoder({ numHeads: 2, intermediateDim: 16, ...options });

/** The models by what is in them; made anew, after init. */
const MODELS: Readonly<Record<string, () => Step[]>> = {
  'learned positions': () => [wg.positionalEmbedding(TIME * 8), block()],
  'sines, two blocks': () => [
    wg.positionalEmbedding(TIME * 8, { type: 'sinusoidal' }),
    block({ normFirst: true, activation: 'swiglu', norm: 'rmsNorm' }),
    block(),
    wg.layerNorm(),
  ],
  rotary: () => [block({ rotary: true })],
  'grouped queries': () => [block({ rotary: true, numHeads: 4, numKeyValueHeads: 2 })],
  'causal encoder': () => [wg.transformerEncoder({ numHeads: 2, intermediateDim: 8, causal: true })],
  attention: () => [wg.multiHeadAttention(3, 4, { causal: true, valueDim: 5 }), wg.rotaryEmbedding()],
  lstm: () => [wg.lstm(9, { returnSequences: true }), wg.lstm(5, { returnSequences: true })],
  gru: () => [wg.gru(9, { returnSequences: true })],
  simpleRnn: () => [wg.simpleRnn(9, { returnSequences: true }), wg.batchNorm()],
  'a cell of two states': () => [
    wg.rnn(
      {
        stateShape: { sum: [WIDTH], last: [WIDTH] },
        call: (x, { sum, last }) => ({ output: sum.add(last).tanh(), state: { sum: sum.mul(0.5).add(x), last: x } }),
      },
      { returnSequences: true },
    ),
  ],
  'masks of steps': () => {
    const attend = wg.multiHeadAttention(2, 4, { causal: true });
    const remember = wg.lstm(WIDTH, { returnSequences: true });
    const maskOf = (x: wg.Tensor): wg.Tensor => x.mean(-1).greater(0);
    return [(x) => attend({ query: x, value: x, mask: maskOf(x) }), (x) => remember({ x, mask: maskOf(x) }).add(x)];
  },
  both: () => {
    const attend = wg.multiHeadAttention(2, 4, { causal: true, rotary: true });
    const remember = wg.gru(WIDTH, { returnSequences: true });
    return [(x) => attend(x).add(remember(x)).tanh()];
  },
};

const PROMPT = [3, 1, 4, 1, 5];

/** All tokens of a generation. */
async function all<T>(tokens: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const token of tokens) found.push(token);
  return found;
}

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 5 }));

  const names = Object.keys(MODELS);
  const some = names.filter((_, i) => (backend === 'wasm' ? i % 2 === 1 : i % 4 === 2));
  it.each(THOROUGH ? names : some)('goes on from what it remembers: %s', async (name) => {
    const net = languageModel(...MODELS[name]!());
    const how = { maxTokens: 20, key: wg.randomKey(3) };
    const tokens = await all(wg.generate(net, PROMPT, how));
    expect(tokens.length).toBe(20);
    expect(new Set(tokens).size).toBeGreaterThan(3);
    const few = THOROUGH ? 20 : 2;
    expect(await all(wg.generate(net, PROMPT, { ...how, maxTokens: few, cache: false }))).toEqual(tokens.slice(0, few));
    const { network } = net.look('test', (inside) => inside);
    const [one, whole] = [new Decoder(2, true), new Decoder(2, false)];
    const prompt = Array.from({ length: 2 * 62 }, (_, i) => (i * i) % VOCABULARY); // room is made behind step 64
    for (const steps of [prompt, [7, 8], [9, 10], [0, 0]]) {
      const [a, b] = [one, whole].map((decoder) => decoder.logits(network, steps).slice());
      expect(a!.length).toBe(2 * VOCABULARY);
      a!.forEach((value, i) => void expect(Math.abs(value - b![i]!)).toBeLessThan(1e-5));
    }
  });

  it('leaves out padding that an embedding has masked', () => {
    const net = modelOn({ maskZero: true }, [block({ rotary: true }), wg.gru(WIDTH, { returnSequences: true })]);
    const { network } = net.look('test', (inside) => inside);
    const of = (remembers: boolean, ...calls: number[][]): number[][] => {
      const decoder = new Decoder(1, remembers);
      return calls.map((steps) => [...decoder.logits(network, steps)]);
    };
    const near = (a: number[], b: number[]) => void a.forEach((v, i) => void expect(v).toBeCloseTo(b[i]!, 5));
    const [padded, whole] = [true, false].map((remembers) => of(remembers, [3, 0, 0, 4], [0], [5], [6]));
    padded!.forEach((logits, i) => void near(logits, whole![i]!));
    const [shown] = of(true, [3, 7, 7, 4]);
    expect(padded![0]).not.toEqual(shown);
  });

  it('writes several sequences side by side, each as if it were alone', async () => {
    const net = languageModel(...MODELS['both']!());
    const how = { maxTokens: 6, temperature: 0 };
    const [one, other] = [[1, 2, 3], Int32Array.of(9, 8, 7)];
    const [first, second] = [await all(wg.generate(net, one, how)), await all(wg.generate(net, other, how))];
    const together = await all(wg.generate(net, [one, other], how));
    expect(together.map((tokens) => [...tokens])).toEqual(first.map((token, i) => [token, second[i]]));
    const tensors = await all(wg.generate(net, wg.tensor([one, [...other]], undefined, 'int32'), how));
    expect(tensors).toEqual(together);
  });

  it('stops behind a stop token, in a batch when all have', async () => {
    const net = languageModel(...MODELS['gru']!());
    const how = { maxTokens: 40, key: wg.randomKey(8), temperature: 2 };
    const free = await all(wg.generate(net, [1], how));
    const stopToken = free[7]!;
    expect(await all(wg.generate(net, [1], { ...how, stopToken }))).toEqual(free.slice(0, free.indexOf(stopToken) + 1));
    const stops = [free[7]!, free[8]!];
    const batch = await all(wg.generate(net, [[1], [2], [3]], { ...how, stopToken: stops }));
    expect(batch.length).toBeLessThan(40);
    expect(batch.at(-1)!.every((token) => stops.includes(token))).toBe(true);
    expect(batch.at(-2)!.every((token) => stops.includes(token))).toBe(false);
    for (const i of [0, 1, 2]) {
      const row = batch.map((tokens) => tokens[i]!);
      const end = row.findIndex((token) => stops.includes(token));
      expect(new Set(row.slice(end)).size).toBe(1);
    }
  });

  it('ends where there are no more positions', async () => {
    const net = languageModel(wg.positionalEmbedding(TIME + 2), block());
    const prompt = PROMPT.concat(PROMPT);
    for (const cache of [true, false]) {
      expect((await all(wg.generate(net, prompt, { cache }))).length).toBe(TIME + 2 - prompt.length + 1);
      expect((await all(wg.generate(net, new Array(TIME + 2).fill(1), { cache }))).length).toBe(1);
      const long = all(wg.generate(net, new Array(TIME + 3).fill(1), { cache }));
      await expect(long).rejects.toThrow(
        'positionalEmbedding(14): expected samples of shape [time, width] with up to 14 steps',
      );
    }
  });

  it('may be broken off, mixed with others, and goes on with a model that has learned', async () => {
    const net = languageModel(...MODELS['rotary']!());
    const how = { temperature: 0, maxTokens: 30 };
    const alone = [await all(wg.generate(net, [1, 2], how)), await all(wg.generate(net, [5, 6], how))];
    const used = net.look('test', ({ network }) => network.runner.memory.used);
    for await (const _ of wg.generate(net, [1, 2, 3], how)) break;
    expect(net.look('test', ({ network }) => network.runner.memory.used)).toBeLessThan(used + 40_000); // a program
    const [one, other] = [wg.generate(net, [1, 2], how), wg.generate(net, [5, 6], how)];
    const mixed: number[][] = [[], []];
    for (let i = 0; i < 30; i++) {
      mixed[0]!.push((await one.next()).value!);
      mixed[1]!.push((await other.next()).value!);
    }
    expect(mixed).toEqual(alone);
    const copy = net.clone();
    net.compile({ optimizer: wg.adam(0.05), loss: 'softmaxCrossEntropy' });
    const same = wg.tensor(new Int32Array(4 * TIME).fill(4), [4, TIME]);
    await net.fit(same, same, { epochs: 20 });
    const learned = await all(wg.generate(net, [1, 2], how));
    expect(learned).not.toEqual(alone[0]);
    expect(learned.slice(-3)).toEqual([4, 4, 4]);
    expect(await all(wg.generate(copy, [1, 2], how))).toEqual(alone[0]); // by the same programs
  });
});

describe('generate', () => {
  beforeAll(() => wg.init({ backend: 'js', seed: 5 }));

  it('writes the same text on both back ends, and another one for another key', async () => {
    const texts: string[] = [];
    for (const backend of ['wasm', 'js'] as const) {
      await wg.init({ backend, seed: 5 });
      const net = languageModel(...MODELS['learned positions']!());
      const text = async (seed: number) =>
        (await all(wg.generate(net, PROMPT, { key: wg.randomKey(seed), maxTokens: 60, topK: 9, topP: 0.95 }))).join(
          ' ',
        );
      texts.push(await text(1), await text(1), await text(2));
    }
    expect(texts.slice(0, 3)).toEqual(texts.slice(3));
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).not.toBe(texts[2]);
  });

  it('draws by the seed of init where there is no key', async () => {
    const texts: number[][] = [];
    for (const seed of [5, 5, 6]) {
      await wg.init({ backend: 'js', seed: 5 });
      const net = languageModel(block({ rotary: true }));
      await wg.init({ backend: 'js', seed });
      texts.push(await all(wg.generate(net, PROMPT, { maxTokens: 20 })));
      texts.push(await all(wg.generate(net, PROMPT, { maxTokens: 20 })));
    }
    expect(texts[0]).toEqual(texts[2]);
    expect(texts[0]).not.toEqual(texts[1]);
    expect(texts[0]).not.toEqual(texts[4]);
  });
});

describe('the choice of a token', () => {
  const logits = Float32Array.from([1, 3, 2, 3, -Infinity, 0]);
  const how = { temperature: 1, topK: undefined, topP: 1, key: wg.randomKey(1).values() as Int32Array };
  const counts = (more: Partial<Sampling>, draws = 3_000): number[] => {
    const found = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < draws; i++) found[chosen(logits, { ...how, ...more }, i)]!++;
    return found.map((count) => count / draws);
  };
  const shares = (weights: readonly number[]) => weights.map((w) => w / weights.reduce((a, b) => a + b));
  const near = (more: Partial<Sampling>, weights: readonly number[]) =>
    counts(more).forEach((share, i) => void expect(Math.abs(share - shares(weights)[i]!)).toBeLessThan(0.035));
  const weights = [...logits].map(Math.exp);

  it('follows softmax of logits / temperature', () => {
    near({}, weights);
    near(
      { temperature: 2 },
      [...logits].map((z) => Math.exp(z / 2)),
    );
    near({ temperature: 1e-300 }, [0, 1, 0, 1, 0, 0]);
    expect(counts({ temperature: 0 }, 10)[1]).toBe(1); // the first of equal ones
  });

  it('keeps the likeliest k, and those whose probabilities add up to p', () => {
    near({ topK: 3 }, [0, weights[1]!, weights[2]!, weights[3]!, 0, 0]);
    near({ topK: 1 }, [0, 1, 0, 0, 0, 0]);
    near({ topK: 100 }, weights);
    near({ topP: 0.5 }, [0, 1, 0, 1, 0, 0]); // 0.38 and 0.38
    near({ topP: 0.3 }, [0, 1, 0, 0, 0, 0]);
    near({ topP: 0.8 }, [0, weights[1]!, weights[2]!, weights[3]!, 0, 0]);
    near({ topP: 0.6, topK: 2 }, [0, 1, 0, 1, 0, 0]);
    near({ topP: 1e-9 }, [0, 1, 0, 0, 0, 0]);
  });

  it('throws where no token can be chosen', () => {
    for (const bad of [Number.NaN, Infinity]) {
      expect(() => chosen(Float32Array.of(1, bad, 2), how, 0)).toThrow(`the largest of the logits is ${bad}`);
    }
    expect(() => chosen(Float32Array.of(-Infinity, -Infinity), how, 0)).toThrow(
      'the largest of the logits is -Infinity',
    );
  });
});

describe('what is refused', () => {
  beforeAll(() => wg.init({ backend: 'js', seed: 5 }));

  it.each<[wg.GenerateOptions | object, string]>([
    [{ temperature: Number.NaN }, 'generate: temperature must be a finite number of at least 0, got NaN'],
    [{ temperature: -1 }, 'generate: temperature must be a finite number of at least 0, got -1'],
    [{ topK: 0 }, 'generate: topK must be a whole number of at least 1, got 0'],
    [{ topK: 1.5 }, 'generate: topK must be a whole number'],
    [{ topP: 0 }, 'generate: topP must be above 0, got 0'],
    [{ topP: 1.1 }, 'generate: topP must be a finite number from 0 to 1, got 1.1'],
    [{ maxTokens: 0 }, 'generate: maxTokens must be a whole number of at least 1, got 0'],
    [{ maxTokens: Infinity }, 'generate: maxTokens must be a whole number'],
    [{ stopToken: [1, 11] }, 'generate: stopToken is 11, but there are 11, 0 … 10'],
    [{ stopToken: [1, -1] }, 'generate: stopToken must be a whole number of at least 0, got -1'],
    [{ stopToken: 'x' }, "generate: stopToken must be a whole number of at least 0, got 'x'"],
    [{ key: 3 }, 'generate: key must be a key, int32[4]'],
    [{ topk: 3 }, "unknown option of generate 'topk'; did you mean 'topK'?"],
    [{ cache: 1 }, 'generate: cache must be true or false, got 1'],
  ])('options %o', (given, message) => {
    const net = languageModel(block());
    expect(() => wg.generate(net, PROMPT, given)).toThrow(message);
  });

  it.each<[unknown, string]>([
    [[], 'generate: the prompt is empty'],
    [[[]], 'generate: the prompt is empty'],
    [[[1, 2], [3]], 'generate: the prompt: those of a batch must have equal lengths, got 2, 1'],
    [[1, 11], 'generate: the prompt has the token 11, but there are 11, 0 … 10'],
    [[1, 0.5], 'generate: the prompt: a token must be a whole number of at least 0, got 0.5'],
    [[-1], 'generate: the prompt: a token must be a whole number of at least 0, got -1'],
    ['text', "generate: the prompt must be an array of tokens, or of such arrays, got 'text'"],
    [[1, [2]], 'generate: the prompt must be an array of tokens, or of such arrays, got an array of length 2'],
  ])('the prompt %o', (prompt, message) => {
    const net = languageModel(block());
    expect(() => wg.generate(net, prompt as number[])).toThrow(message);
  });

  it('a prompt that is a tensor of another type or shape', () => {
    const net = languageModel(block());
    for (const prompt of [wg.tensor([1, 2]), wg.tensor([[1, 2]]), wg.tensor([1, 2], [2], 'int32')]) {
      expect(() => wg.generate(net, prompt)).toThrow(
        `generate: the prompt must be tokens, or int32 [n, time], got ${prompt}`,
      );
    }
  });

  it('models of other inputs and outputs', () => {
    const floats = wg.sequential([TIME], [wg.dense(3)]);
    expect(() => wg.generate(floats, PROMPT)).toThrow(
      "generate: the model must take tokens, { shape: [time], dtype: 'int32' }, and takes float32[12]",
    );
    const last = wg.sequential({ shape: [TIME], dtype: 'int32' }, [wg.embedding(9, 4), wg.gru(9)]);
    expect(() => wg.generate(last, PROMPT)).toThrow(
      'generate: the model must return logits [n, time, vocabulary], for each step those of the next token; it returns samples of shape [9]',
    );
    const tokens = { shape: [TIME], dtype: 'int32' } as const;
    for (const end of [wg.timeDistributed(wg.dense(9, { activation: 'softmax' })), wg.activation('softmax')]) {
      const probable = wg.sequential(tokens, [wg.embedding(9, 9), end]);
      expect(() => wg.generate(probable, PROMPT)).toThrow(
        "generate: the model must return logits, and ends with softmax: leave that out, or take 'logSoftmax'",
      );
    }
    expect(() => wg.generate({} as never, PROMPT)).toThrow('generate: the first argument must be a model');
  });

  /** x with what it was so many steps before. */
  const shifted = (x: wg.Tensor, by: number): wg.Tensor => {
    const [n, time, width] = x.shape as [number, number, number];
    if (time <= by) return x;
    return x.add(ops.concat([wg.zeros([n, by, width]), ops.slice(x, [null, [0, time - by]])], 1));
  };

  const mixing: Readonly<Record<string, [() => Step, string | RegExp]>> = {
    'attention to what comes': [() => wg.multiHeadAttention(2, 4) as Step, 'without { causal: true } reads from steps'],
    'an encoder': [
      () => wg.transformerEncoder({ numHeads: 2, intermediateDim: 8 }) as Step,
      'without { causal: true }',
    ],
    'both directions': [() => wg.bidirectional(wg.gru(4, { returnSequences: true })) as Step, 'gru goes backwards'],
    'a convolution': [() => wg.conv1d(WIDTH, 3, { padding: 'same' }), 'step by step the model returns other logits'],
    'an op': [() => (x) => x.add(x.mean(1, { keepDims: true })), 'step by step the model returns other logits'],
    'a layer of a user': [
      () => wg.layer({ kind: 'dense', call: (x) => ops.cumSum(x, 1) }),
      'step by step the model returns other logits',
    ],
    'what is 20 steps before': [() => (x) => shifted(x, 20), 'step by step the model returns other logits'],
    'samples that are steps': [
      () => wg.timeDistributed((x) => x.sub(x.mean(0))) as Step,
      'step by step the model returns other logits',
    ],
    'a fixed number of steps': [
      () => (x) => x.reshape([x.shape[0]!, TIME, WIDTH]),
      /^generate: the function of the model must take any number of steps, and for \d+ in place of the 12 that it was made with it throws: reshape/,
    ],
    'a table of all steps': [
      () => (x) => x.add(wg.ones([TIME, WIDTH])),
      /in place of the 12 that it was made with it throws: .*\[12, 8\] do not broadcast/,
    ],
  };

  it.each(Object.keys(mixing))('steps that are mixed: %s', async (name) => {
    const [make, message] = mixing[name]!;
    const net = languageModel(make());
    expect(() => wg.generate(net, PROMPT)).toThrow(message);
    if (typeof message !== 'string') return;
    const tokens = await all(wg.generate(net, PROMPT, { cache: false, maxTokens: 3, temperature: 0 }));
    const row = [...PROMPT];
    for (const token of tokens) {
      row.push(token);
      expect(token).toBeGreaterThanOrEqual(0);
    }
  });

  it('steps that are mixed over more than what is known to be written', async () => {
    const net = languageModel((x) => shifted(x, 600));
    const how = { maxTokens: 2000, temperature: 0 };
    const tokens: number[] = [];
    const written = (async () => {
      for await (const token of wg.generate(net, PROMPT, how)) tokens.push(token);
    })();
    await expect(written).rejects.toThrow('step by step the model returns other logits');
    expect(tokens.length).toBe(512 - PROMPT.length + 1);
    const short = languageModel((x) => shifted(x, 600));
    expect((await all(wg.generate(short, PROMPT, { ...how, maxTokens: 300 }))).length).toBe(300);
  });

  it('steps that are mixed where the tokens of a small vocabulary repeat', () => {
    for (const vocabulary of [2, 3, 7, 14]) {
      const [embed, scores] = [wg.embedding(vocabulary, 4), wg.timeDistributed(wg.dense(vocabulary))];
      const net = wg.model({ shape: [1], dtype: 'int32' }, (tokens) => {
        const x = embed(tokens);
        return scores(x.add(x.mean(1, { keepDims: true })));
      });
      expect(() => wg.generate(net, [0, 1])).toThrow('step by step the model returns other logits');
    }
  });

  it('the graph says so of all layers that remember, and of ops that compute each step by itself', () => {
    const isApart = (...layers: readonly Step[]) =>
      languageModel(...layers).look('test', ({ network }) => stepsOf(network, 32).isApart);
    for (const [name, make] of Object.entries(MODELS)) expect(isApart(...make()), name).toBe(true);
    for (const [name, [make]] of Object.entries(mixing))
      expect(isApart(make()), name).toBe(name === 'samples that are steps');
    expect(
      isApart((x) =>
        ops
          .takeAlongAxis(x, x.argMax(-1, { keepDims: true }), -1)
          .add(x)
          .softmax(),
      ),
    ).toBe(true);
    expect(isApart((x) => ops.take(x, wg.tensor([0, 0], undefined, 'int32'), 1))).toBe(false);
    expect(isApart((x) => ops.take(x, wg.tensor([1, 0, 2, 3, 4, 5, 6, 7], undefined, 'int32'), 2))).toBe(true);
    const net = languageModel(wg.positionalEmbedding(TIME + 2), block());
    expect(net.look('test', ({ network }) => stepsOf(network, TIME).longest)).toBe(TIME + 2);
  });

  it('a mask, and what is read from another sequence', () => {
    const attend = wg.multiHeadAttention(2, 4, { causal: true });
    const pairs = (x: wg.Tensor): wg.Tensor => wg.ones([x.shape[0]!, x.shape[1]!, x.shape[1]!]);
    const masked = languageModel((x) => attend({ query: x, value: x, mask: pairs(x) }));
    expect(() => wg.generate(masked, PROMPT)).toThrow('multiHeadAttention has a mask of pairs of steps');
    const other = languageModel((x) => attend({ query: x, value: x.mul(2) }));
    expect(() => wg.generate(other, PROMPT)).toThrow('multiHeadAttention reads from another sequence');
    const remember = wg.gru(WIDTH, { returnSequences: true });
    const started = languageModel((x) => remember({ x, initialState: wg.zeros([x.shape[0]!, WIDTH]) }));
    expect(() => wg.generate(started, PROMPT)).toThrow('gru has lengths or a state to start from');
  });

  it('a model that was disposed meanwhile', async () => {
    const net = languageModel(block());
    const tokens = wg.generate(net, PROMPT);
    await tokens.next();
    net.dispose();
    await expect(tokens.next()).rejects.toThrow('generate: the model was disposed');
  });
});
