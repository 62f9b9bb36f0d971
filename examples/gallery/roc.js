// # ROC curves

import { init, randomNormal } from 'wasmgrad';
import { rocCurve } from 'wasmgrad/plot';

await init({ seed: 4 });

const y = Array.from({ length: 300 }, (_, i) => i % 3);
const scores = randomNormal([300, 3]).toArray();
for (const [i, row] of scores.entries()) row[y[i]] += [0.5, 1, 2.5][y[i]]; // what a model that knows class 2 best may say

export const figure = rocCurve(y, scores, { classes: ['cat', 'dog', 'whale'] });
