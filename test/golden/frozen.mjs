// Makes the frozen program of this folder, as make.mjs makes models: once.

import { writeFileSync } from 'node:fs';
import { freeze } from '../../dist/io.js';
import * as wg from '../../dist/wasmgrad.js';

await wg.init({ seed: 5 });
const layers = [
  wg.dense(5, { activation: 'relu' }),
  wg.dense(4, { activation: 'tanh' }),
  wg.dense(3, { activation: 'softmax' }),
];
const net = wg.sequential([4], layers);
const x = Array.from({ length: 12 }, (_, i) => Math.fround(Math.sin(1 + i)));
const here = (name) => new URL(name, import.meta.url);
writeFileSync(here('mlp.frozen'), await freeze(net, { batch: [1, 2] }));
writeFileSync(
  here('mlp.frozen.json'),
  `${JSON.stringify({ x, y: [...net.predict({ data: Float32Array.from(x), shape: [3, 4] }).data()] })}\n`,
);
