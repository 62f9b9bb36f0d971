// What a cold start costs: fresh Node processes that end with their first prediction, against processes that do nothing.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Modules, and how many milliseconds a process that runs one takes: medians over `rounds`, taking turns. */
export function coldStarts(programs, rounds) {
  const times = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, program] of Object.entries(programs)) times[name].push(timeOf(program));
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

function timeOf(program) {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { cwd });
  if (status !== 0) throw new Error(`a process failed: ${stderr}`);
  return performance.now() - start;
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** A process that invokes the handler once. */
export const INVOKE = `
  import { handler } from './handler.js';
  const { statusCode } = await handler({ body: JSON.stringify({ pixels: new Array(784).fill(128) }) });
  process.exitCode = statusCode === 200 ? 0 : 1;`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { empty, handler } = coldStarts({ empty: '', handler: INVOKE }, 20);
  console.log(`an empty process ${empty.toFixed(1)} ms, with a prediction ${handler.toFixed(1)} ms`);
  console.log(`cold start of the handler: ${(handler - empty).toFixed(1)} ms`);
}
