// # What attention reads
// A model that has learned to write words backwards: behind the mark, each letter that it writes next is the mirror image of what it reads.

import {
  adam,
  embedding,
  init,
  layerNorm,
  model,
  positionalEmbedding,
  randomInt,
  tensor,
  tiedOutput,
  transformerDecoder,
} from 'wasmgrad';
import { slice, softmaxCrossEntropy } from 'wasmgrad/ops';
import { attentionMap } from 'wasmgrad/plot';

await init({ seed: 1 });

const [letters, length] = ['abcdefghijklmnop|', 6];
const words = randomInt([4000, length], { high: 16 }).toArray();
const tokens = words.map((word) => [...word, 16, ...word.toReversed()]);
const part = (from, to) =>
  tensor(
    tokens.map((row) => row.slice(from, to)),
    undefined,
    'int32',
  );

const [embed, places, norm] = [embedding(17, 32), positionalEmbedding(2 * length), layerNorm()];
const block = transformerDecoder({ numHeads: 1, intermediateDim: 64, normFirst: true });
const scores = tiedOutput(embed);
const net = model({ shape: [2 * length], dtype: 'int32' }, (x) => scores(norm(block(places(embed(x))))));
const behind = (x) => slice(x, [null, [length]]); // what stands before the mark can't be known
const loss = (yTrue, yPred) => softmaxCrossEntropy(behind(yPred), behind(yTrue));
net.compile({ optimizer: adam(0.005), loss });
await net.fit(part(0, -1), part(1), { epochs: 5 });

const seen = net.inspect(part(0, -1), part(1));
const names = tokens[0].slice(0, -1).map((token) => letters[token]);

export const figure = attentionMap(seen, { queries: names, title: 'Attention of a model that writes words backwards' });
