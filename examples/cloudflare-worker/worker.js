// A Cloudflare Worker. POST /predict takes the 784 pixels of a handwritten digit, 0 … 255, and says which it is; POST
// /train takes samples and labels, trains a small network on four fifths of them and says how good it is on the rest.

import { adam, dense, init, rescaling, sequential } from 'wasmgrad';
import weights from './weights.bin';

/** Sample values times epochs: what one request may train on. About 0.3 s of CPU time. */
const TRAIN_LIMIT = 20e6;

const { backend } = await init({ seed: 1 });
const layers = [rescaling(1 / 255), dense(128, { activation: 'relu' }), dense(10, { activation: 'softmax' })];
const digits = sequential([784], layers);
loadWeights(digits, new Float32Array(weights));

function loadWeights(model, values) {
  let at = 0;
  model.setWeights(model.getWeights().map(({ size }) => values.subarray(at, (at += size))));
}

function predict({ pixels }) {
  const probabilities = digits.predict([pixels]);
  return { digit: probabilities.argMax().item(), probabilities: [...probabilities.data()], backend };
}

async function train({ samples, labels, epochs = 10 }) {
  if (!samples?.[0]?.length || !labels?.length)
    throw new TypeError('expected { samples: [[…], …], labels: [class, …] }');
  const inputs = samples[0].length;
  if (samples.length * inputs * epochs > TRAIN_LIMIT) {
    throw new RangeError(`${samples.length} samples of ${inputs} values, ${epochs} epochs: more than ${TRAIN_LIMIT}`);
  }
  const model = sequential([inputs], [dense(32, { activation: 'relu' }), dense(Math.max(1, ...labels) + 1)]);
  try {
    model.compile({ optimizer: adam(3e-3), loss: 'softmaxCrossEntropy', metrics: ['accuracy'] });
    const { history } = await model.fit(samples, labels, { epochs, validationSplit: 0.2 });
    return { accuracy: history.valAccuracy.at(-1), loss: history.loss, backend };
  } finally {
    model.dispose();
  }
}

const ROUTES = { '/predict': predict, '/train': train };

export default {
  async fetch(request) {
    const route = ROUTES[new URL(request.url).pathname];
    if (!route || request.method !== 'POST') return new Response('POST /predict or /train\n', { status: 404 });
    try {
      return Response.json(await route(await request.json()));
    } catch (error) {
      return Response.json({ error: error.message }, { status: 400 });
    }
  },
};
