// npm run bench:cold: how much longer a fresh Node process takes than an empty one, to the first prediction of 784-128-10.

import { coldStarts } from '../examples/lambda/cold-start.js';
import { machineText } from './report.js';

const ROUNDS = 20;
const LIMIT_MS = 40;

const predict = (options) => `
  import { dense, init, sequential } from 'wasmgrad';
  await init(${options});
  const model = sequential([784], [dense(128, { activation: 'relu' }), dense(10, { activation: 'softmax' })]);
  model.predict(new Float32Array(784)).data();`;

const times = coldStarts(
  {
    empty: '',
    import: `import 'wasmgrad';`,
    'first prediction': predict('{}'),
    'the same, TypeScript': predict(`{ backend: 'js' }`),
  },
  ROUNDS,
);

console.log(`${machineText()}\n`);
console.log(`fresh processes, median of ${ROUNDS}, taking turns     ms  above empty`);
for (const [name, ms] of Object.entries(times)) {
  console.log(`${name.padEnd(42)}${ms.toFixed(1).padStart(7)}${(ms - times.empty).toFixed(1).padStart(13)}`);
}
console.log(`\nlimit of the first prediction: ${LIMIT_MS} ms above empty`);
if (times['first prediction'] - times.empty > LIMIT_MS) process.exitCode = 1;
