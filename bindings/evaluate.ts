// Reading a lazy tensor: its graph becomes a program, which runs once.

import { Program } from './program.js';
import { runner } from './run/runtime.js';
import type { Tensor, TensorData } from './tensor.js';

/** The values of `t`, whose leaves must all be constants. */
export function evaluate(t: Tensor): TensorData {
  const program = new Program(runner(), { outputs: [t], effects: [] }, { what: `${t.op.name} ${t}` });
  program.run(1, 0);
  const values = program.read(t);
  program.dispose();
  return values;
}
