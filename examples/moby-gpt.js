// A small GPT that learns to write like Melville: a causal transformer on Moby-Dick, whose text is cut into pieces of words that
// often come together. After some minutes it writes words, and most of them are English.
// `npm run -s example moby-gpt 2000` takes 2,000 steps. The model is kept in build/moby-gpt.safetensors, and `npm run -s example
// moby-gpt -- --resume` goes on with it.

import { fileURLToPath } from 'node:url';
import {
  adamW,
  clipByGlobalNorm,
  dense,
  embedding,
  generate,
  init,
  layerNorm,
  oneCycle,
  positionalEmbedding,
  randomKey,
  sequential,
  timeDistributed,
  transformerDecoder,
} from 'wasmgrad';
import { batches, bytePairTokenizer, slidingWindows, wordTokenizer } from 'wasmgrad/data';
import { loadExtras, loadModel, saveModel } from 'wasmgrad/io';
import { learningCurves } from 'wasmgrad/plot';
import { numberOr, resume } from './lib/arguments.js';
import { figure } from './lib/figures.js';
import { loadMoby } from './lib/moby.js';

const FILE = fileURLToPath(new URL('../build/moby-gpt.safetensors', import.meta.url));
const [TIME, WIDTH, BATCH, EPOCH] = [64, 96, 32, 50];
const epochs = Math.ceil(numberOr(600) / EPOCH);

await init({ seed: 1, threads: 2 });
const text = loadMoby();
const tokenizer = resume ? (await loadExtras(FILE)).tokenizer : bytePairTokenizer({ vocabularySize: 1024 }).fit(text);
const ids = tokenizer.encode(text);
console.log(`${text.length} characters are ${ids.length} tokens: ${tokenizer.vocabulary.slice(300, 330).join('|')} …`);

const block = () =>
  transformerDecoder({ numHeads: 4, intermediateDim: 4 * WIDTH, normFirst: true, activation: 'gelu' });
const model = resume
  ? await loadModel(FILE)
  : sequential({ shape: [TIME], dtype: 'int32' }, [
      embedding(tokenizer.vocabularySize, WIDTH),
      positionalEmbedding(TIME),
      block(),
      block(),
      layerNorm(),
      timeDistributed(dense(tokenizer.vocabularySize)),
    ]);
console.log(resume ? `goes on with ${FILE}` : model.summary());

// The last tenth of the book is for validation.
const split = Math.floor(ids.length * 0.9);
const train = slidingWindows(ids.subarray(0, split), TIME, { stride: TIME / 4 });
const rest = slidingWindows(ids.subarray(split), TIME, { stride: 4 * TIME });

/** What the model writes behind a few words, as far as it knows positions. */
async function sample(prompt, maxTokens) {
  const written = [...tokenizer.encode(prompt)];
  const options = { maxTokens, temperature: 0.7, topK: 40, key: randomKey(1) };
  const start = performance.now();
  for await (const token of generate(model, written.slice(), options)) written.push(token);
  const rate = Math.round(maxTokens / ((performance.now() - start) / 1000));
  return { text: tokenizer.decode(written), rate };
}

const rate = oneCycle(4e-3, { steps: epochs * EPOCH });
model.compile({ optimizer: clipByGlobalNorm(1, adamW(rate)), loss: 'softmaxCrossEntropy' });
let start;
const tell = {
  onEpochBegin: () => {
    start = performance.now();
  },
  async onEpochEnd(epoch, { loss }) {
    const rate = Math.round((EPOCH * BATCH * TIME) / ((performance.now() - start) / 1000));
    const { text } = await sample('The whale', 12);
    console.log(
      `step ${(epoch + 1) * EPOCH}: loss ${loss.toFixed(3)}, ${rate} tokens/s: ${text.replaceAll('\n', ' ')}`,
    );
  },
};
const { history } = await model.fit(batches(train.x, train.y, { batchSize: BATCH, shuffle: true, seed: 1 }), {
  epochs,
  stepsPerEpoch: EPOCH,
  callbacks: [tell],
});
const { loss } = model.evaluate(rest.x, rest.y);
console.log(`of the last chapters, which it has never read: loss ${loss.toFixed(3)}`);

let written = '';
let tokensPerSecond = 0;
for (const prompt of ['Call me', 'The whale', 'Captain Ahab']) {
  const { text, rate } = await sample(prompt, TIME - 8);
  written += `${text}\n\n`;
  tokensPerSecond = Math.max(tokensPerSecond, rate);
}
console.log(`\n${written}written at ${tokensPerSecond} tokens/s`);
const words = wordTokenizer().fit(written).vocabulary.slice(2);
const known = new Set(wordTokenizer().fit(text).vocabulary);
console.log(`${words.filter((word) => known.has(word)).length} of its ${words.length} words are in the book`);
await saveModel(model, FILE, { extras: { tokenizer } });
await figure('moby-gpt', () => learningCurves(history, { title: 'A small GPT reads Moby-Dick' }));
