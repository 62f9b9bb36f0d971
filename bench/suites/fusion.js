// What fusing pays: forward and backward pass of one dense layer, fused against op by op, both on wasm.

import { createWasmRunner, gradients, inputOf, Program, wasmBytes } from '../../build/internal.js';
import { random } from '../data.js';
import { compare } from '../measure.js';

const CASES = [
  { batch: 4, inputs: 2, units: 8 },
  { batch: 32, inputs: 128, units: 10 },
  { batch: 32, inputs: 784, units: 128 },
  { batch: 128, inputs: 512, units: 512 },
];

/** @param {import('../measure.js').Timing} timing */
export async function fusion(timing, report) {
  const runner = await createWasmRunner(wasmBytes());
  for (const size of CASES) {
    const [fused, single] = [layer(runner, size, true), layer(runner, size, false)];
    sameResults(fused.results(), single.results());
    const rates = await compare({ fused: fused.run, 'op by op': single.run }, timing);
    for (const side of [fused, single]) side.dispose();
    report({
      name: `${size.inputs}-${size.units} sigmoid, batch ${size.batch}`,
      unit: 'passes/s',
      perCall: 1,
      ...rates,
    });
  }
}

/** Two layers, so that there is a hidden δ: the second one is as wide as the first one's input. */
function layer(runner, { batch, inputs, units }, fused) {
  const shapes = { x: [batch, inputs], w1: [inputs, units], b1: [units], w2: [units, inputs], b2: [inputs] };
  const { x, w1, b1, w2, b2 } = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, inputOf(name, shape)]),
  );
  const hidden = x.matMul(w1).add(b1).sigmoid();
  const loss = hidden.matMul(w2).add(b2).sigmoid().sub(x).square().mean();
  const outputs = [loss, ...gradients(loss, [w1, b1, w2, b2])];
  const program = new Program(runner, { outputs, effects: [] }, { fused });
  const next = random(5);
  for (const t of [x, w1, b1, w2, b2])
    program.write(
      t,
      Float32Array.from({ length: t.size }, () => next() - 0.5),
    );
  return {
    run: (calls) => void program.run(calls, 0),
    results: () => {
      program.run(1, 0);
      return outputs.map((output) => program.read(output));
    },
    dispose: () => program.dispose(),
  };
}

function sameResults(fused, single) {
  const same = fused.every((values, i) => values.every((value, k) => value === single[i][k]));
  if (!same) throw new Error('fused and single ops give different bits');
}
