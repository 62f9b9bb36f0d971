// # What attention reads
//
// A model that learned to write words backwards, of an alphabet of eight letters: while it writes a letter behind the mark, it looks at the one
// that is its mirror image.

import { adam, embedding, init, model, positionalEmbedding, tensor, tiedOutput, transformerDecoder } from 'wasmgrad';
import { attentionMap } from 'wasmgrad/plot';

await init({ seed: 1 });

const [letters, length, n] = ['abcdefgh|', 6, 2000];
const words = Array.from({ length: n }, (_, i) =>
  Array.from({ length }, (_, t) => (i * (2 * t + 3) + (i >> (t + 1))) % 8),
);
const tokens = words.map((word) => [...word, 8, ...word.toReversed()]);
const part = (from, to) =>
  tensor(
    tokens.map((row) => row.slice(from, to)),
    undefined,
    'int32',
  );

const [embed, places] = [embedding(9, 32), positionalEmbedding(2 * length)];
const blocks = [1, 2].map(() => transformerDecoder({ numHeads: 2, intermediateDim: 64, normFirst: true }));
const scores = tiedOutput(embed);
const net = model({ shape: [2 * length], dtype: 'int32' }, (x) =>
  scores(blocks.reduce((y, block) => block(y), places(embed(x)))),
);
net.compile({ optimizer: adam(0.003), loss: 'softmaxCrossEntropy' });
await net.fit(part(0, -1), part(1), { epochs: 12 });

const seen = net.inspect(part(0, -1), part(1));
const names = tokens[5].slice(0, -1).map((token) => letters[token]);

export const figure = attentionMap(seen, { layer: 'transformerDecoder_1.attention', sample: 5, queries: names });
