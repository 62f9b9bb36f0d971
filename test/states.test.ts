// Where an optimizer keeps what: parameters in runs, of one or several blocks, and their gradients and slots.

import { beforeAll, describe, expect, it } from 'vitest';
import { init } from '../bindings/index.js';
import { dense } from '../bindings/layers/dense.js';
import { lossOf } from '../bindings/losses/losses.js';
import { Training } from '../bindings/model/training.js';
import { adam } from '../bindings/optimizers/adam.js';
import { assign } from '../bindings/optimizers/assign.js';
import type { Optimizer } from '../bindings/optimizers/optimizer.js';
import { type Parameter, ParameterBlock } from '../bindings/optimizers/parameters.js';
import { sgd } from '../bindings/optimizers/sgd.js';
import { OptimizerState } from '../bindings/optimizers/state.js';
import { Program } from '../bindings/program.js';
import type { Runner } from '../bindings/run/runner.js';
import { tapeText } from '../bindings/tapetext.js';
import { constantOf, inputOf } from '../bindings/tensor.js';
import { js, wasm } from './harness.js';
import { networkOf } from './networks.js';

const block = (at: Runner, ...shapes: number[][]): ParameterBlock =>
  new ParameterBlock(
    at,
    shapes.map((shape, i) => inputOf(`p${i}`, shape)),
  );

/** A step with the gradient 1 for every number of the parameters. */
function onesStep(at: Runner, parameters: readonly Parameter[], optimizer: Optimizer): Program {
  const state = new OptimizerState(at, parameters, optimizer);
  const ones = parameters.map(({ tensor: { size, shape } }) => constantOf(new Float32Array(size).fill(1), shape));
  return new Program(at, { outputs: [], effects: state.step(ones) }, { places: state.places });
}

const namesOf = (program: Program): string[] =>
  tapeText(program.tape)
    .split('\n')
    .map((line) => line.split(' ')[0]!);

const updatesIn = (program: Program): string[] => namesOf(program).filter((name) => name.endsWith('Update'));

describe.each([
  ['js', js],
  ['wasm', wasm],
] as const)('parameters in the memory of %s', (_, at) => {
  it('keep their order, and lie in memory with the kernels first', () => {
    const { parameters } = block(at, [3], [2, 2], [], [1, 2, 3]);
    expect(parameters.map(({ name }) => name)).toEqual(['p0', 'p1', 'p2', 'p3']);
    const start = parameters[1]!.address;
    expect(parameters.map(({ address }) => address - start)).toEqual([48, 0, 64, 16]);
  });

  it('of one block are one run, which one instruction updates', () => {
    const made = block(at, [3], [2, 2], [], [5, 1]);
    const program = onesStep(at, made.parameters, sgd(0.5));
    expect(updatesIn(program)).toEqual(['sgdUpdate']);
    program.run();
    for (const p of made.parameters) expect([...made.view(p)]).toEqual(Array(p.tensor.size).fill(-0.5));
  });

  it('of two blocks, and some of a block, are updated in their runs and nothing else is', () => {
    const [a, b] = [block(at, [3], [2, 2], [6, 1], [2]), block(at, [4], [1, 1])];
    const [bias, , column, last] = a.parameters as [Parameter, Parameter, Parameter, Parameter];
    const chosen = [...b.parameters, column, bias, last]; // in no order of addresses
    const program = onesStep(at, chosen, adam(0.5));
    expect(updatesIn(program)).toEqual(['adamUpdate', 'adamUpdate']);
    program.run();
    for (const made of [a, b]) {
      for (const p of made.parameters) {
        const expected = chosen.some(({ tensor }) => tensor === p.tensor) ? -0.5 : 0;
        for (const w of made.view(p)) expect(w).toBeCloseTo(expected, 6);
      }
    }
  });

  it('get their own gradients, whatever their order', () => {
    const made = block(at, [3], [2, 2], []);
    const chosen = [...made.parameters].reverse();
    const state = new OptimizerState(at, chosen, sgd(1));
    const own = chosen.map(({ tensor: { size, shape } }) => constantOf(new Float32Array(size).fill(size), shape));
    new Program(at, { outputs: [], effects: state.step(own) }, { places: state.places }).run();
    expect(made.parameters.map((p) => [...made.view(p)])).toEqual([[-3, -3, -3], [-4, -4, -4, -4], [-1]]);
  });

  it('are given to the update of a user one by one, in whatever block', () => {
    const blocks = [block(at, [3], [2, 2]), block(at, [1])];
    const seen: unknown[] = [];
    const update: Optimizer['update'] = ({ param, grad, slots }) => {
      seen.push([param.shape, slots['v']!.shape]);
      return [assign(slots['v']!, grad), assign(param, param.sub(grad.sum()))];
    };
    const parameters = blocks.flatMap((made) => made.parameters);
    const program = onesStep(at, parameters, { name: 'mine', learningRate: 1, slots: ['v'], update });
    program.run();
    expect(new Set(seen.map((shape) => JSON.stringify(shape)))).toEqual(
      new Set(['[[3],[3]]', '[[2,2],[2,2]]', '[[1],[1]]']),
    );
    expect(blocks.map((made) => made.parameters.map((p) => made.view(p)[0]))).toEqual([[-3, -4], [-1]]);
  });
});

describe('a step of XOR', () => {
  beforeAll(() => init({ seed: 1 }));

  it('is 16 instructions, one of them the update', () => {
    const network = networkOf(wasm, [2], [dense(8, { activation: 'tanh' }), dense(1, { activation: 'sigmoid' })]);
    const targets = [{ output: 0, loss: lossOf('meanSquaredError'), weight: 1 }];
    const optimizer = sgd(0.1);
    const training = new Training(network, {
      given: { optimizer, loss: 'mse' },
      optimizer,
      targets,
      metrics: [],
      exact: [],
      exactNames: [],
      names: ['loss'],
    });
    const labels = { name: 'y', data: new Float32Array(4), count: 4, rowShape: [1], dtype: 'float32' } as const;
    const { program } = training.program('batch', 4, [labels]);
    expect(namesOf(program)).toHaveLength(17); // 'halt' is the last
    expect(updatesIn(program)).toEqual(['sgdUpdate']);
  });
});
