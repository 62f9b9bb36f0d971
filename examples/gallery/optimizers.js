// # Descents on contours
// Several optimizers, from one start, in a valley that is flat along its ground.

import { adam, init, minimize, rmsprop, sgd } from 'wasmgrad';
import { descentPath } from 'wasmgrad/plot';

await init();

const valley = ({ x, y }) => x.square().mul(0.1).add(y.square().mul(2));
const from = (optimizer) => minimize(valley, { x: -4, y: 1.5 }, { optimizer, steps: 40 });

export const figure = descentPath(valley, {
  'gradient descent': from(sgd(0.4)),
  momentum: from(sgd(0.05, { momentum: 0.9 })),
  RMSProp: from(rmsprop(0.1)),
  Adam: from(adam(0.2)),
});
