// npm run bench -- [suite ...] [options]; see USAGE.

import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FULL, QUICK } from './measure.js';
import { comparisonRows, comparisonTable, machineText, writeJson } from './report.js';

const SUITES = ['gemm', 'steps', 'small', 'fusion', 'peers'];
const DEFAULT_SUITES = ['gemm', 'steps', 'small'];

const USAGE = `usage: npm run bench -- [suite ...] [options]

suites (default: ${DEFAULT_SUITES.join(' ')})
  gemm    matrix products, wasm against TypeScript
  steps   training steps, wasm against TypeScript
  small   calls on tensors of four elements, wasm against TypeScript
  fusion  forward and backward of a layer, fused against op by op
  peers   training steps and predictions, wasmgrad against other libraries, which it installs

options
  --quick            shorter, and less exact
  --json FILE        writes all numbers to FILE
  --workload A,B     peers: only these workloads
  --peer A,B         peers: only these libraries, and wasmgrad
  --help`;

/** A mistake on the command line. */
class UsageError extends Error {}

function readArguments() {
  const options = {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    workload: { type: 'string' },
    peer: { type: 'string' },
    help: { type: 'boolean', default: false },
  };
  const { values, positionals } = parse(options);
  const unknown = positionals.filter((name) => !SUITES.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`there is no suite '${unknown.join("', '")}'; the suites are ${SUITES.join(', ')}`);
  }
  const suites = positionals.length > 0 ? SUITES.filter((name) => positionals.includes(name)) : DEFAULT_SUITES;
  if ((values.workload || values.peer) && !suites.includes('peers')) {
    throw new UsageError('--workload and --peer choose among the measurements of the suite peers: add peers');
  }
  // Found out now, not after the measurements.
  if (values.json !== undefined && !existsSync(dirname(resolve(values.json)))) {
    throw new UsageError(`--json ${values.json}: there is no folder ${dirname(resolve(values.json))}`);
  }
  return { ...values, suites };
}

function parse(options) {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message);
  }
}

async function compareSides(suite, quick) {
  const { [suite]: run } = await import(`./suites/${suite}.js`);
  const results = [];
  await run(quick ? QUICK : FULL, (result) => {
    results.push(result);
    process.stderr.write('.');
  });
  process.stderr.write('\n');
  console.log(`\n${suite}\n\n${comparisonTable(results)}`);
  return comparisonRows(suite, results);
}

async function comparePeers({ quick, workload, peer }) {
  const { peers, PeersUsageError } = await import('./peers/index.js');
  try {
    return await peers({ quick, workloads: workload?.split(','), peers: peer?.split(',') });
  } catch (error) {
    throw error instanceof PeersUsageError ? new UsageError(error.message) : error;
  }
}

async function main() {
  const { suites, quick, json, help, workload, peer } = readArguments();
  if (help) return console.log(USAGE);
  console.log(machineText());
  const rows = [];
  for (const suite of suites) {
    if (suite === 'peers') rows.push(...(await comparePeers({ quick, workload, peer })));
    else rows.push(...(await compareSides(suite, quick)));
    if (json) writeJson(json, rows);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
