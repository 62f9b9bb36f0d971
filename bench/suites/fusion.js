// What fusing pays: forward and backward pass of one dense layer, fused against op by op, both on wasm.

import { gradients } from '../../build/internal.js';
import { compare } from '../measure.js';
import { operand } from '../product.js';
import { programOf, runnerOf } from '../programs.js';
import { comparison } from '../report.js';

const CASES = [
  { batch: 4, inputs: 2, units: 8 },
  { batch: 32, inputs: 128, units: 10 },
  { batch: 32, inputs: 784, units: 128 },
  { batch: 128, inputs: 512, units: 512 },
];

export const run = comparison('fusion', async ({ timing }, report) => {
  const runner = await runnerOf({ backend: 'wasm' });
  for (const size of CASES) {
    const [fused, single] = [layer(runner, size, true), layer(runner, size, false)];
    sameResults(fused, single);
    const rates = await compare({ fused: fused.run, 'op by op': single.run }, timing);
    for (const side of [fused, single]) side.dispose();
    report({
      name: `${size.inputs}-${size.units} sigmoid, batch ${size.batch}`,
      unit: 'passes/s',
      perCall: 1,
      ...rates,
    });
  }
});

/** Two layers, so that there is a hidden δ: the second one is as wide as the first one's input. */
function layer(runner, { batch, inputs, units }, fused) {
  const shapes = [[batch, inputs], [inputs, units], [units], [units, inputs], [inputs]];
  const feeds = shapes.map((shape, i) => ({
    shape,
    data: operand(
      shape.reduce((a, b) => a * b),
      i + 1,
    ),
  }));
  const build = (x, w1, b1, w2, b2) => {
    const hidden = x.matMul(w1).add(b1).sigmoid();
    const loss = hidden.matMul(w2).add(b2).sigmoid().sub(x).square().mean();
    return { outputs: [loss, ...gradients(loss, [w1, b1, w2, b2])] };
  };
  return programOf(runner, feeds, build, { fused });
}

function sameResults(...sides) {
  const [fused, single] = sides.map((side) => {
    side.run(1);
    return side.results();
  });
  const same = fused.every((values, i) => values.every((value, k) => value === single[i][k]));
  if (!same) throw new Error('fused and single ops give different bits');
}
