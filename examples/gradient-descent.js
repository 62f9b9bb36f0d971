// Gradient descent on J(x) = x² from x = 1.2 with learning rate 0.3: x ← x - 0.3·dJ/dx, until a step starts from J < 0.01.

import { init, minimize, sgd } from 'wasmgrad';
import { descentPath } from 'wasmgrad/plot';
import { figure } from './lib/figures.js';

await init();

const J = (x) => x.square();
const descent = minimize(J, 1.2, {
  optimizer: sgd(0.3),
  until: ({ value }) => value < 1e-2,
  onStep: ({ point, value }) => console.log(`x=${point.toFixed(6)}, y=${value.toFixed(6)}`),
});

await figure('gradient-descent', () => descentPath(J, descent));
