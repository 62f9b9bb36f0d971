// Sequence to sequence: a small causal transformer that reads "12+345=" and writes "357", digit by digit, and was never told what a digit is,
// nor a sum. It learns from 30,000 sums, and is asked others. Answers are written from their last digit, as on paper, so that what is
// carried is known in time. `npm run -s example sums 500` trains for 500 steps.

import {
  adam,
  clipByGlobalNorm,
  dense,
  embedding,
  generate,
  init,
  layerNorm,
  oneCycle,
  positionalEmbedding,
  sequential,
  softmaxCrossEntropy,
  timeDistributed,
  transformerDecoder,
} from 'wasmgrad';
import { batches, characterTokenizer, padSequences } from 'wasmgrad/data';
import { learningCurves } from 'wasmgrad/plot';
import { numberOr } from './lib/arguments.js';
import { figure } from './lib/figures.js';
import { randomFrom } from './lib/random.js';

const [DIGITS, TRAIN, TEST, BATCH, EPOCH] = [3, 30_000, 2000, 128, 200];
const epochs = Math.ceil(numberOr(1000) / EPOCH);

await init({ seed: 1, threads: 2 });
const random = randomFrom(1);

const backwards = (text) => [...text].reverse().join('');
/** A number of one, two or three digits, each as often. */
const number = () => Math.floor(random() * 10 ** (1 + Math.floor(random() * DIGITS)));
/** As text that is always as long: ' 12+345='. */
const written = (a, b) => `${String(a).padStart(DIGITS)}+${String(b).padStart(DIGITS)}=`;

const questions = new Map();
while (questions.size < TRAIN + TEST) {
  const [a, b] = [number(), number()];
  questions.set(written(a, b), backwards(`${a + b}`));
}
const sums = [...questions].map(([question, answer]) => ({ question, answer }));
const [train, test] = [sums.slice(0, TRAIN), sums.slice(TRAIN)];

const END = '.';
const tokenizer = characterTokenizer().fit(`0123456789+= ${END}`);
const asked = 2 * DIGITS + 2;
const time = asked + DIGITS + 1; // a sum may have a digit more, and what is read last is not the end

// y has for each letter the one that follows; what is asked can't be known ahead, and does not count.
const x = tokenizer.encodeBatch(
  train.map(({ question, answer }) => question + answer),
  { maxLength: time },
);
const y = padSequences(
  train.map(({ answer }) => [...new Int32Array(asked - 1).fill(-1), ...tokenizer.encode(answer + END)]),
  { maxLength: time, value: -1 },
);

const block = () => transformerDecoder({ numHeads: 4, intermediateDim: 256, normFirst: true, activation: 'gelu' });
const net = sequential({ shape: [time], dtype: 'int32' }, [
  embedding(tokenizer.vocabularySize, 64),
  positionalEmbedding(time + 1),
  block(),
  block(),
  layerNorm(),
  timeDistributed(dense(tokenizer.vocabularySize)),
]);
const rate = oneCycle(3e-3, { steps: epochs * EPOCH });
net.compile({ optimizer: clipByGlobalNorm(1, adam(rate)), loss: softmaxCrossEntropy({ ignoreIndex: -1 }) });

/** What it writes when it is asked: all sums side by side. */
async function answers(some) {
  const prompts = some.map(({ question }) => tokenizer.encode(question));
  const texts = some.map(() => '');
  for await (const tokens of generate(net, prompts, { temperature: 0, maxTokens: DIGITS + 2 })) {
    tokens.forEach((token, i) => void (texts[i] += tokenizer.decode([token])));
  }
  return texts.map((text) => text.split(END)[0]);
}
/** Which part of the sums is right, to the last digit. */
async function exact(some) {
  const texts = await answers(some);
  return texts.filter((text, i) => text === some[i].answer).length / some.length;
}

const start = performance.now();
const tell = {
  async onEpochEnd(epoch, { loss }) {
    const right = ((await exact(test.slice(0, 500))) * 100).toFixed(1);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`step ${(epoch + 1) * EPOCH}: loss ${loss.toFixed(4)}, ${right} % of new sums are right, ${seconds} s`);
  },
};
const data = batches(x, y, { batchSize: BATCH, shuffle: true, seed: 1 });
const { history } = await net.fit(data, { epochs, stepsPerEpoch: EPOCH, callbacks: [tell] });

const shown = test.slice(0, 8);
const texts = await answers(shown);
shown.forEach(({ question, answer }, i) => {
  console.log(`${question} ${backwards(texts[i])} ${texts[i] === answer ? '✓' : `✗ ${backwards(answer)}`}`);
});
console.log(`\nof ${TEST} sums that it has never seen it gets right: ${(await exact(test)).toFixed(4)}`);
await figure('sums', () => learningCurves(history, { title: 'A transformer learns to add' }));
