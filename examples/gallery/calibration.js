// # Calibration
// A model that is too sure of itself: where it says 90 %, 70 % are true.

import { init, randomUniform } from 'wasmgrad';
import { calibration } from 'wasmgrad/plot';

await init({ seed: 4 });

const truth = randomUniform([2000]).toArray();
const y = randomUniform([2000])
  .toArray()
  .map((chance, i) => +(chance < truth[i]));
const said = truth.map((p) => p ** 3 / (p ** 3 + (1 - p) ** 3));

export const figure = calibration(y, said);
