// Recurrent layers, forward and backward, as programs that do nothing else.

import * as wg from '../../build/internal.js';
import { operand } from '../product.js';

const BATCH = 32;

/** A bias, of which there are two, that makes gates as good as 0. */
const CLOSED = -4;

/**
 * As many features as units; a small one comes first. With `fades` gates are nearly closed, and the gradient comes from the last step
 * alone: after a few steps it is below all numbers, and must not become denormals on the way, which take a hundred times as long.
 */
const LAYERS = [
  { kind: 'lstm', gates: 4, units: 32, steps: 16 },
  { kind: 'lstm', gates: 4, units: 128, steps: 64 },
  { kind: 'lstm', gates: 4, units: 128, steps: 64, fades: true },
  { kind: 'gru', gates: 3, units: 128, steps: 64 },
];

/** Cases as those of convolutions.js: outputs, and gradients by x and all parameters. */
export const RECURRENCES = LAYERS.map(({ kind, gates, units, steps, fades = false }) => {
  const shapes = [
    [BATCH, steps, units],
    [units, gates * units],
    [units, gates * units],
    [gates * units],
    [BATCH, steps, units],
  ];
  const isLast = (at) => at % (steps * units) >= (steps - 1) * units;
  const feeds = shapes.map((shape, i) => {
    const size = shape.reduce((a, b) => a * b);
    const data = operand(size, i + 1).map((x) => (i > 0 && i < 4 ? x / Math.sqrt(units) : x));
    if (fades && i === 3) data.fill(CLOSED);
    if (fades && i === 4) data.forEach((_, at) => void (data[at] *= isLast(at)));
    return { shape, data };
  });
  const outputs = ([x, kernel, recurrentKernel, bias]) =>
    wg.ops[kind](x, { kernel, recurrentKernel, bias, recurrentBias: bias }, { returnSequences: true });
  return {
    name: `${kind} of ${units} units, ${steps} steps, and its gradients${fades ? ', which fade' : ''}`,
    // Products with the input and with the state, each also by both of its factors.
    gigaflop: (3 * 2 * 2 * BATCH * steps * units * gates * units) / 1e9,
    feeds,
    build: (...inputs) => {
      const { value, pull } = wg.vjp(outputs, inputs.slice(0, 4));
      return { outputs: [value, ...pull(inputs[4])] };
    },
  };
});
