// Spam or not: a classifier of mails, some of a few words and some of thousands. It takes the mean of what each word says; a mask keeps
// out of it what fills short mails up. It is measured on mails that it has never read, beside a guess that costs nothing and naive
// Bayes, which counts words. Most ham is from mailing lists, which have words of their own: mails of today are harder.

import { adam, dense, embedding, globalAvgPool1d, init, sequential } from 'wasmgrad';
import { wordTokenizer } from 'wasmgrad/data';
import { learningCurves, rocCurve } from 'wasmgrad/plot';
import { numberOr } from './lib/arguments.js';
import { figure } from './lib/figures.js';
import { loadMails } from './lib/mails.js';
import { progress, table } from './lib/terminal.js';

const SEED = 1;
const EPOCHS = numberOr(5);
const WORDS = 200; // of a mail: what is behind them is not read
const [VALIDATION, TEST] = [700, 1200];

await init({ seed: SEED, threads: 2 });
const mails = loadMails(SEED);
const [test, validation, train] = [mails.splice(0, TEST), mails.splice(0, VALIDATION), mails];
const textsOf = (some) => some.map(({ text }) => text);
const labelsOf = (some) => some.map(({ spam }) => [Number(spam)]);

const tokenizer = wordTokenizer({ maxTokens: 10_000 }).fit(textsOf(train));
const read = (texts) => tokenizer.encodeBatch(texts, { maxLength: WORDS });
const lengths = train.map(({ text }) => tokenizer.encode(text).length).sort((a, b) => a - b);
console.log(
  `${train.length} mails to learn from, of ${lengths[0]} to ${lengths.at(-1)} words, half of them under ${lengths[lengths.length >> 1]}`,
);

/** Naive Bayes of the same words: the logarithm of the odds that a mail is spam. */
function naiveBayes(some) {
  const words = ({ text }) => [...tokenizer.encode(text).subarray(0, WORDS)];
  const counts = [0, 1].map(() => new Float64Array(tokenizer.vocabularySize).fill(1));
  for (const mail of some) for (const id of words(mail)) counts[Number(mail.spam)][id]++;
  const [ham, spam] = counts.map((ofWord) => {
    const all = ofWord.reduce((sum, count) => sum + count);
    return ofWord.map((count) => Math.log(count / all));
  });
  const spams = some.filter((mail) => mail.spam).length;
  const prior = Math.log(spams / (some.length - spams));
  return (mail) => words(mail).reduce((sum, id) => sum + spam[id] - ham[id], prior);
}

const net = sequential({ shape: [WORDS], dtype: 'int32' }, [
  embedding(tokenizer.vocabularySize, 32, { maskZero: true }),
  globalAvgPool1d(),
  dense(16, { activation: 'relu' }),
  dense(1), // as naive Bayes, the logarithm of the odds
]);
net.compile({ optimizer: adam(2e-3), loss: 'binaryCrossEntropyWithLogits', metrics: ['accuracy'] });
console.log(`${net.summary()}\n`);
const trained = await net.fit(read(textsOf(train)), labelsOf(train), {
  epochs: EPOCHS,
  validationData: [read(textsOf(validation)), labelsOf(validation)],
  callbacks: [progress()],
});

const odds = naiveBayes(train);
const told = net.predict(read(textsOf(test))).data();
const ways = {
  'all is ham': () => false,
  'naive Bayes': (mail) => odds(mail) > 0,
  'mean of words': (_, i) => told[i] > 0,
};
const rows = Object.entries(ways).map(([way, isSpam]) => {
  const wrong = test.filter((mail, i) => isSpam(mail, i) !== mail.spam);
  const missed = wrong.filter(({ spam }) => spam).length;
  return [way, (1 - wrong.length / TEST).toFixed(4), missed, wrong.length - missed];
});
console.log(`\n${table([[`${TEST} mails held out`, 'accuracy', 'spam missed', 'ham taken for spam'], ...rows])}\n`);

// What it has learned. With the mask, a mail may be a single word; without, 199 zeros would outweigh it.
const frequent = tokenizer.vocabulary.slice(2, 502);
const says = net.predict(read(frequent)).data();
const sorted = frequent.map((word, i) => ({ word, score: says[i] })).sort((a, b) => b.score - a.score);
const shown = (some) => some.map(({ word, score }) => `${word} ${score.toFixed(1)}`).join(', ');
console.log(`speak for spam: ${shown(sorted.slice(0, 10))}\nspeak for ham: ${shown(sorted.slice(-10).reverse())}`);

await figure('spam', () => learningCurves(trained, { title: 'Spam or not: learned from, and held out' }));
await figure('spam-roc', () => rocCurve(labelsOf(test), told, { classes: ['ham', 'spam'] }));
