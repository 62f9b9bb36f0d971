// The back ends that are compared. Plants (plants.ts) replace their `load`, so all cases use these objects.

import threadsUrl from '#threads.wasm';
import { opcodeOf } from '../../bindings/encode.js';
import { init } from '../../bindings/index.js';
import { Program } from '../../bindings/program.js';
import { createJsRunner } from '../../bindings/run/js.js';
import { compile } from '../../bindings/run/modules.js';
import type { Runner } from '../../bindings/run/runner.js';
import { runner } from '../../bindings/run/runtime.js';
import { createTeamRunner } from '../../bindings/run/team.js';
import type { Tensor, TensorData } from '../../bindings/tensor.js';
import { inParts, setLeast } from '../parts.js';

await init();
/** The runner of lazy tensors, jit and models: the one that init chose. */
export const wasm: Runner = runner();
export const js: Runner = createJsRunner();
/** The float64 reference. */
export const js64: Runner = createJsRunner(Float64Array);
/** Every instruction in three parts, one after the other. */
export const parts: Runner = inParts(3);
setLeast(0);

const team = await createTeamRunner(await compile(threadsUrl()), 2);
/** Two threads, to which every program is a large one, except an empty one: workers would never come back from it. */
export const threads: Runner = {
  ...team,
  load: (tape, _large, ops) => team.load(tape, team.memory.i[tape.address / 4] !== opcodeOf('halt'), ops),
};

/** Values of leaves. */
export type Feeds = ReadonlyMap<Tensor, TensorData>;

/** What `outputs` are, from one program that runs `steps` times: no run may spoil what the next one needs. */
export function runProgram(at: Runner, outputs: readonly Tensor[], feeds: Feeds, steps = 2): TensorData[] {
  const program = new Program(at, { outputs, effects: [] }, { inputs: [...feeds.keys()] });
  for (const [leaf, data] of feeds) program.write(leaf, data);
  program.run(steps);
  const values = outputs.map((t) => program.read(t));
  program.dispose();
  return values;
}
