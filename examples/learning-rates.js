// Three curves of a loss, and what to do about each. Two rings are told apart by the same network from the same start, with a
// learning rate that is too large from the start, too large later, or too small. diagnose says which, and what to change; with
// that changed it is trained again.

import { cosineDecay, dense, init, randomNormal, sequential, setSeed, sgd } from 'wasmgrad';
import { learningCurves, terminal } from 'wasmgrad/plot';
import { figure } from './lib/figures.js';

await init({ seed: 1 });

const EPOCHS = 40;
const noise = randomNormal([200, 2], { std: 0.2 }).toArray();
const y = noise.map((_, i) => i % 2);
const x = noise.map(([a, b], i) => [(y[i] + 1) * 0.5 * Math.cos(i) + a, (y[i] + 1) * 0.5 * Math.sin(i) + b]);

async function train(rate) {
  setSeed(1);
  const model = sequential([2], [dense(16, { activation: 'relu' }), dense(2)]);
  model.compile({ optimizer: sgd(rate), loss: 'softmaxCrossEntropy' });
  const { history, findings } = await model.fit(x, y, { epochs: EPOCHS, batchSize: 20, diagnose: true });
  return { history, findings, loss: model.evaluate(x, y).loss };
}

for (const [rate, changed] of [
  [5, 0.5],
  [2, cosineDecay(2, { decaySteps: EPOCHS * 10 })],
  [0.03, 0.3],
]) {
  const before = await train(rate);
  const [finding] = before.findings; // the surest
  console.log(`learning rate ${rate}: ${finding.id}\n${terminal(before.history, { height: 8 })}\n${finding.text}`);
  const after = await train(changed);
  const { length } = after.findings;
  console.log(`So changed: loss ${after.loss.toFixed(3)} in place of ${before.loss.toFixed(3)}, ${length} findings\n`);
  const title = finding.means.replace(/^t/, 'T');
  const runs = { [`rate ${rate}`]: before.history, changed: after.history };
  await figure(finding.id, () => learningCurves(runs, { title }));
}
