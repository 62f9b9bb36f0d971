// An AWS Lambda function behind an API Gateway: the 784 pixels of a handwritten digit, 0 … 255, as JSON, to the digit
// and its probability. What stands outside of the handler runs once, when Lambda starts the process: it is the cold start.

import { readFileSync } from 'node:fs';
import { dense, init, rescaling, sequential } from 'wasmgrad';

await init();
// The weights come from a file. To draw no random ones first saves a third of the cold start.
const layer = (units, activation) => dense(units, { activation, kernelInitializer: 'zeros' });
const model = sequential([784], [rescaling(1 / 255), layer(128, 'relu'), layer(10, 'softmax')]);
loadWeights(new URL('weights.bin', import.meta.url));

function loadWeights(url) {
  const values = new Float32Array(new Uint8Array(readFileSync(url)).buffer);
  let at = 0;
  model.setWeights(model.getWeights().map(({ size }) => values.subarray(at, (at += size))));
}

const respond = (statusCode, body) => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

export async function handler(event) {
  try {
    const probabilities = model.predict([JSON.parse(event.body).pixels]);
    const digit = probabilities.argMax().item();
    return respond(200, { digit, probability: probabilities.data()[digit] });
  } catch (error) {
    return respond(400, { error: error.message });
  }
}
