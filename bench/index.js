// npm run bench -- [suite ...] [options]; see USAGE.

import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { RefusedError, UsageError } from './errors.js';
import { FULL, QUICK, SMOKE } from './measure.js';
import { machineText, writeJson } from './report.js';

const SUITES = ['limits', 'sweep', 'gemm', 'steps', 'threads', 'small', 'fusion', 'scan', 'trainer', 'peers'];
const DEFAULT_SUITES = ['gemm', 'steps', 'small'];

const USAGE = `usage: npm run bench -- [suite ...] [options]

suites (default: ${DEFAULT_SUITES.join(' ')})
  limits   every kernel as a percentage of what the machine can do, measured in the same run
  sweep    matrix products of all shapes from 1 to 1,100, and the cliffs among them
  gemm     matrix products, wasm against TypeScript
  steps    training steps and predictions, wasm against TypeScript
  threads  matrix products and training steps, several threads against one
  small    calls on tensors of four elements, wasm against TypeScript
  fusion   what the rewriting of programs pays: layers fused against op by op
  scan     a recurrent cell as a loop against the same written out, and what making either costs
  trainer  a language model by hand: parameters in memory against a jitted step, and what dropout costs
  peers    training steps, predictions and products, wasmgrad against other libraries, which it installs

options
  --quick            shorter, and less exact
  --smoke            times nothing, but runs and checks everything: for tests
  --json FILE        writes all numbers to FILE
  --threads N        limits, sweep, steps: on N threads; threads: N against one, by default as many as there are cores
  --relaxed          limits, sweep, steps, threads: with fused multiply-add, where the engine has it
  --workload A,B     peers: only these workloads
  --peer A,B         peers: only these libraries, and wasmgrad
  --help`;

function readArguments() {
  const { values, positionals } = parse({
    quick: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    json: { type: 'string' },
    threads: { type: 'string' },
    relaxed: { type: 'boolean', default: false },
    workload: { type: 'string' },
    peer: { type: 'string' },
    help: { type: 'boolean', default: false },
  });
  const unknown = positionals.filter((name) => !SUITES.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`there is no suite '${unknown.join("', '")}'; the suites are ${SUITES.join(', ')}`);
  }
  const suites = positionals.length > 0 ? SUITES.filter((name) => positionals.includes(name)) : DEFAULT_SUITES;
  if ((values.workload || values.peer) && !suites.includes('peers')) {
    throw new UsageError('--workload and --peer choose among the measurements of the suite peers: add peers');
  }
  // Now, so that an error does not come after the measurements.
  if (values.json !== undefined && !existsSync(dirname(resolve(values.json)))) {
    throw new UsageError(`--json ${values.json}: there is no folder ${dirname(resolve(values.json))}`);
  }
  return { ...values, threads: threadsOf(values.threads), suites };
}

function parse(options) {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message);
  }
}

function threadsOf(text) {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`--threads ${text}: expected a whole number from 1 on`);
  return Number(text);
}

const PACES = { full: FULL, quick: QUICK, smoke: SMOKE };

async function main() {
  const { suites, quick, smoke, json, help, ...options } = readArguments();
  if (help) return console.log(USAGE);
  console.log(machineText());
  const pace = smoke ? 'smoke' : quick ? 'quick' : 'full';
  const rows = [];
  for (const suite of suites) {
    const { run } = await import(`./suites/${suite}.js`);
    rows.push(...(await run({ pace, timing: PACES[pace], ...options })));
    if (json) writeJson(json, rows);
  }
}

try {
  await main();
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
  else if (error instanceof RefusedError) console.error(error.message);
  else throw error;
  process.exitCode = 2;
}
