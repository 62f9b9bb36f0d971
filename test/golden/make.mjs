// Makes the files of this folder: node test/golden/make.mjs. They were made by the first version that has files, and
// every later one must load them. Do not make them anew; a new form of file gets a new file.

import { standardScaler } from '../../dist/data.js';
import { saveModel } from '../../dist/io.js';
import * as wg from '../../dist/wasmgrad.js';

const here = (name) => new URL(name, import.meta.url);
const numbers = (n) => Array.from({ length: n }, (_, i) => Math.sin(1 + i));

await wg.init({ seed: 5 });

const x = wg.tensor(numbers(24), [8, 3]);
const y = wg.tensor(numbers(8), [8, 1]);
const mlp = wg.sequential(
  [3],
  [wg.dense(4, { activation: 'tanh', kernelRegularizer: wg.l2(0.01) }), wg.dropout(0.1), wg.dense(1)],
);
const optimizer = wg.clipByGlobalNorm(1, wg.adamW(wg.cosineDecay(0.01, { decaySteps: 100 })));
mlp.compile({ optimizer, loss: wg.huber({ delta: 0.5 }), metrics: ['mae'] });
await mlp.fit(x, y, { epochs: 3, batchSize: 4, callbacks: [wg.earlyStopping({ monitor: 'loss' })] });
const extras = { scaler: standardScaler().fit([[1], [3]]), names: ['a', 'b'], expected: [...mlp.predict(x).data()] };
await saveModel(mlp, here('mlp.safetensors'), { extras, training: true });

const images = wg.sequential(
  [8, 8, 2],
  [
    wg.rescaling(2),
    wg.randomFlip(),
    wg.conv2d(4, 3, { padding: 'same', activation: 'relu' }),
    wg.batchNorm(),
    wg.maxPool2d(),
    wg.depthwiseConv2d(3, { padding: 'same' }),
    wg.groupNorm(2),
    wg.conv2dTranspose(2, 2, { strides: 2 }),
    wg.globalAvgPool2d(),
    wg.layerNorm(),
    wg.dense(3, { activation: 'softmax' }),
  ],
);
const expected = [...images.predict(wg.tensor(numbers(256), [2, 8, 8, 2])).data()];
await saveModel(images, here('images.safetensors'), { extras: { expected } });
await saveModel(images, here('images-bfloat16.safetensors'), { extras: { expected }, dtype: 'bfloat16' });
