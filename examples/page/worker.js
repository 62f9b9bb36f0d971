// Trains on what the page sends, and reports after every epoch: the loss, and what the network thinks of each point of a
// grid. Nothing here knows of the page.

import { adam, dense, init, sequential } from './wasmgrad/wasmgrad.min.js';

self.onmessage = async ({ data: { points, labels, grid, epochs, threads } }) => {
  const runtime = await init({ seed: 1, threads });
  const hidden = () => dense(128, { activation: 'tanh' });
  const model = sequential([2], [hidden(), hidden(), hidden(), dense(1, { activation: 'sigmoid' })]);
  model.compile({ optimizer: adam(2e-3), loss: 'binaryCrossEntropy', metrics: ['binaryAccuracy'] });

  const onEpochEnd = (epoch, { loss, binaryAccuracy: accuracy }) => {
    const map = model.predict(grid).data();
    postMessage({ runtime, epoch, loss, accuracy, map, done: epoch === epochs - 1 }, [map.buffer]);
  };
  await model.fit(points, labels, { epochs, batchSize: 64, callbacks: [{ onEpochEnd }] });
};
