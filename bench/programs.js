// Programs made below the public API, so that nothing is timed but their runs: a call of the API makes programs and copies.

import { init, inputOf, Program, runner, tapeText } from '../build/internal.js';
import { start } from './runtime.js';

/**
 * The back end that `options` of init ask for.
 *
 * @param {import('wasmgrad').InitOptions} options
 */
export async function runnerOf(options) {
  await start(init, options);
  return runner();
}

/**
 * A program over inputs of given values, and what is done with it.
 *
 * @param runner what runnerOf returns
 * @param {{ shape: number[], data: Float32Array | Int32Array }[]} feeds
 * @param {(...inputs) => { outputs?: unknown[], effects?: unknown[], results?: unknown[] }} build makes what the program
 *   computes; `results` are the tensors whose values count, by default the outputs
 */
export function programOf(runner, feeds, build, options = {}) {
  const inputs = feeds.map(({ shape, data }, i) => {
    return inputOf(`input${i}`, shape, data instanceof Int32Array ? 'int32' : 'float32');
  });
  const { outputs = [], effects = [], results = outputs } = build(...inputs);
  // Outside of the arena, so that they are still there when other programs have run.
  const blocks = inputs.map(({ size }) => runner.memory.alloc(size * 4, 'an input'));
  const places = new Map(inputs.map((input, i) => [input, blocks[i].address]));
  const program = new Program(runner, { outputs, effects }, { ...options, places, inputs });
  const feed = () => feeds.forEach(({ data }, i) => void program.write(inputs[i], data));
  feed();
  return {
    feed,
    run: (calls) => void program.run(calls),
    results: () => results.map((result) => program.read(result)),
    text: () => tapeText(program.tape),
    dispose: () => {
      program.dispose();
      for (const block of blocks) runner.memory.free(block);
    },
  };
}
