// # What units look for

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { adam, dense, init, l2, sequential } from 'wasmgrad';
import { weightTiles } from 'wasmgrad/plot';

await init({ seed: 1 });

const rows = gunzipSync(readFileSync('examples/data/digits.csv.gz')).toString().trim().split('\n').slice(1);
const digits = rows.map((row) => row.split(',').map(Number));
const model = sequential(
  [64],
  [dense(24, { activation: 'relu', kernelRegularizer: l2(0.01) }), dense(10, { activation: 'softmax' })],
);
model.compile({ optimizer: adam(0.01), loss: 'categoricalCrossEntropy' });
await model.fit(
  digits.map((row) => row.slice(0, 64).map((value) => value / 16)),
  digits.map((row) => row[64]),
  { epochs: 20 },
);

export const figure = weightTiles(model, { title: 'First layer of a net that reads digits' });
