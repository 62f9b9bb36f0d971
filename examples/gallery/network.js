// # A network, forward and backward
// Activations in the circles, δ below them.

import { dense, init, sequential, sgd } from 'wasmgrad';
import { networkDiagram } from 'wasmgrad/plot';

await init({ seed: 1 });

const model = sequential([2], [dense(3, { activation: 'sigmoid' }), dense(2, { activation: 'sigmoid' })]);
model.compile({ optimizer: sgd(0.5), loss: 'mse' });

export const figure = networkDiagram(model, [[0.05, 0.1]], [[0.01, 0.99]]);
