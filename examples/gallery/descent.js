// # Descent on a curve
// With a piece of the tangent at each point: three learning rates on x².

import { init, minimize, sgd } from 'wasmgrad';
import { descentPath } from 'wasmgrad/plot';

await init();

const f = (x) => x.square();
const steps = 12;
const from = (rate) => minimize(f, 1.2, { optimizer: sgd(rate), steps });

export const figure = descentPath(f, { 'rate 0.05': from(0.05), 'rate 0.3': from(0.3), 'rate 0.95': from(0.95) });
