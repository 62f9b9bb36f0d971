// Every optimizer follows its published formula, written in float64 (optimizerrules.ts), for 20 steps.

import { afterEach, describe, expect, it } from 'vitest';
import { ParameterBlock } from '../bindings/optimizers/parameters.js';
import { OptimizerState } from '../bindings/optimizers/state.js';
import { Program } from '../bindings/program.js';
import { inputOf } from '../bindings/tensor.js';
import { firstDifference, js, release, wasm } from './harness.js';
import { Numbers } from './numbers.js';
import { RULES } from './optimizerrules.js';

afterEach(release);

const SHAPES = [[1], [3], [4], [5], [16], [17], [], [1, 1], [3, 5], [4, 4], [2, 3, 4], [1, 17], [17, 1]];

describe.each([
  ['wasm', wasm],
  ['js', js],
] as const)('on %s', (_, at) => {
  it.each(RULES)('%s follows its formula for 20 steps, in every shape', (_, optimizer, rule) => {
    const random = new Numbers(7);
    const inputs = SHAPES.map((shape, i) => inputOf(`p${i}`, shape));
    const made = new ParameterBlock(at, inputs);
    const state = new OptimizerState(at, made.parameters, optimizer);
    const grads = SHAPES.map((shape, i) => inputOf(`g${i}`, shape));
    const { places } = state;
    const program = new Program(at, { outputs: [], effects: state.step(grads) }, { places, inputs: grads });
    const draw = (n: number) => Float64Array.from({ length: n }, () => Math.fround(2 * random.uniform() - 1));
    const expected = made.parameters.map((p) => {
      const values = draw(p.tensor.size);
      made.view(p).set(values);
      return values;
    });
    const steps = SHAPES.map(rule);
    for (let t = 1; t <= 20; t++) {
      state.prepareSteps();
      grads.forEach((g, i) => {
        const values = draw(g.size);
        program.write(g, values);
        steps[i]!(expected[i]!, values, t);
      });
      program.run();
    }
    made.parameters.forEach((p, i) => {
      expect(firstDifference(made.view(p), expected[i]!, 1.3e-6, 1e-5), `${p.tensor}`).toBeUndefined();
    });
    expect(state.stepCount).toBe(20);
  });
});
