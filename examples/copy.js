// A small model learns to write sequences backwards by attention: it reads ten letters and a mark, and writes the letters from the last
// to the first, one at a time. It is asked for sequences that it has never seen. What it reads while it writes is printed as a map:
// a row for each letter that it writes, and a column for each that it may read; the darker, the more it reads there.

import {
  adam,
  embedding,
  generate,
  init,
  layerNorm,
  model,
  positionalEmbedding,
  randomInt,
  randomKey,
  tensor,
  tiedOutput,
  transformerDecoder,
} from 'wasmgrad';
import { slice, softmaxCrossEntropy } from 'wasmgrad/ops';
import { attentionMap } from 'wasmgrad/plot';
import { figure } from './lib/figures.js';

await init({ seed: 1 });

const LETTERS = 'abcdefghijklmnopqrst';
const LENGTH = 10;
const TIME = 2 * LENGTH; // all tokens but the last are read, all but the first are to be said
const TEST = 500;

const key = randomKey(1);
const drawn = randomInt([4000 + TEST, LENGTH], { high: LETTERS.length, key }).toArray();
const rows = drawn.map((row) => [...row, LETTERS.length, ...row.toReversed()]);
const part = (some, from, to) =>
  tensor(
    some.map((row) => row.slice(from, to)),
    undefined,
    'int32',
  );
const [train, test] = [rows.slice(TEST), rows.slice(0, TEST)];

const [embed, places, norm] = [embedding(LETTERS.length + 1, 32), positionalEmbedding(TIME), layerNorm()];
const block = transformerDecoder({ numHeads: 1, intermediateDim: 64, normFirst: true });
const scores = tiedOutput(embed);
const net = model({ shape: [TIME], dtype: 'int32' }, (x) => scores(norm(block(places(embed(x))))));

/** Only what stands behind the mark can be known. */
const loss = (yTrue, yPred) => softmaxCrossEntropy(slice(yPred, [null, [LENGTH]]), slice(yTrue, [null, [LENGTH]]));

net.compile({ optimizer: adam(0.005), loss });
const started = performance.now();
const { history } = await net.fit(part(train, 0, -1), part(train, 1), { epochs: 4, batchSize: 32 });
const seconds = (performance.now() - started) / 1000;
console.log(`loss ${history.loss.map((value) => value.toFixed(3)).join(' ')}, ${seconds.toFixed(1)} s`);

const written = test.map(() => []);
const prompts = test.map((row) => row.slice(0, LENGTH + 1));
for await (const tokens of generate(net, prompts, { temperature: 0, maxTokens: LENGTH })) {
  tokens.forEach((token, i) => void written[i].push(token));
}
const exact = written.filter((row, i) => `${row}` === `${test[i].slice(LENGTH + 1)}`).length;
console.log(`${exact} of ${TEST} sequences that it has not seen are exact`);

const seen = net.inspect(part(test, 0, -1), part(test, 1));
const map = seen.layers['transformerDecoder.attention'].shown.attention.toArray()[0][0]; // of the first sample and head
const text = (tokens) => tokens.map((token) => LETTERS[token] ?? '|').join('');
console.log(`\n   ${text(test[0].slice(0, -1))}`);
for (let t = LENGTH; t < TIME; t++) {
  const shades = map[t].map((weight) => ' ░▒▓█'[Math.min(4, Math.floor(weight * 5))]);
  console.log(` ${text([test[0][t + 1]])} ${shades.join('')}`);
}
await figure('copy', () => attentionMap(seen, { queries: [...text(test[0].slice(0, -1))] }));
