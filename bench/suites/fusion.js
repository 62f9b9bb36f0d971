// What fusion gains, on wasm: a layer forward and backward, with its ops fused into the products, against op by
// op.

import { gradients } from '../../build/internal.js';
import { compare } from '../measure.js';
import { operand } from '../product.js';
import { programOf, runnerOf } from '../programs.js';
import { comparison } from '../report.js';

const LAYERS = [
  { batch: 4, inputs: 2, units: 8 },
  { batch: 32, inputs: 128, units: 10 },
  { batch: 32, inputs: 784, units: 128 },
  { batch: 128, inputs: 512, units: 512 },
];

export const run = comparison('fusion', async ({ timing }, report) => {
  const runner = await runnerOf({ backend: 'wasm' });
  const measure = async (name, programAs, options) => {
    const [on, off] = [programAs({}), programAs(options)];
    sameResults(name, on, off);
    const rates = await compare({ on: on.run, off: off.run }, timing);
    for (const side of [on, off]) side.dispose();
    report({ name, unit: 'runs/s', perCall: 1, ...rates });
  };
  for (const size of LAYERS) {
    const name = `fused: ${size.inputs}-${size.units} sigmoid, batch ${size.batch}`;
    await measure(name, (options) => layer(runner, size, options), { fused: false });
  }
});

/** Two layers, so that there is a hidden δ: the second one is as wide as the first one's input. */
function layer(runner, { batch, inputs, units }, options) {
  const shapes = [[batch, inputs], [inputs, units], [units], [units, inputs], [inputs]];
  const feeds = shapes.map((shape, i) => {
    const size = shape.reduce((a, b) => a * b);
    return { shape, data: operand(size, i + 1) };
  });
  const build = (x, w1, b1, w2, b2) => {
    const hidden = x.matMul(w1).add(b1).sigmoid();
    const loss = hidden.matMul(w2).add(b2).sigmoid().sub(x).square().mean();
    return { outputs: [loss, ...gradients(loss, [w1, b1, w2, b2])] };
  };
  return programOf(runner, feeds, build, options);
}

function sameResults(name, ...sides) {
  const [on, off] = sides.map((side) => {
    side.run(1);
    return side.results();
  });
  const same = on.every((values, i) => values.every((value, k) => value === off[i][k]));
  if (!same) throw new Error(`${name}: the bits differ`);
}
