// The command line of the fuzzer of files; see USAGE.

import { writeFileSync } from 'node:fs';
import { inspect, parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { allocated } from './allocations.js'; // before the library
import { FORMATS } from './formats.js';
import { type Finding, type Format, hammer } from './hammer.js';

const USAGE = `usage: npm run fuzz:files -- [options]

options
  --format A,B   only these: ${Object.keys(FORMATS).join(', ')}
  --count N      mutants of each format, default 2000
  --seed N       a whole number, default 1
  --from N       the first mutant, default 0: with --count 1 it is one that was found before
  --help`;

const MIB = 2 ** 20;

/** What reading a mutant may make arrays of, all together. An inflater makes many that are soon garbage. */
const allowance = (format: Format, bytes: Uint8Array): number => 4 * bytes.length + (format.inflates ? 64 : 1) * MIB;

function checkAllocated(format: Format, bytes: Uint8Array): void {
  const made = allocated();
  const allowed = allowance(format, bytes);
  if (made > allowed) throw new Error(`of ${bytes.length} bytes it made arrays of ${made}, and may of ${allowed}`);
}

/** Ends the process if a mutant is at work for ten seconds: nothing else could, in one thread. */
const WATCH = `
const { workerData, parentPort } = require('node:worker_threads');
const at = new Int32Array(workerData);
let last, since;
setInterval(() => {
  const now = Atomics.load(at, 0);
  if (now !== last || now < 0) [last, since] = [now, Date.now()];
  if (Date.now() - since < 10_000) return;
  require('node:fs').writeSync(2, 'mutant ' + now + ' takes more than 10 s\\n');
  process.kill(process.pid);
}, 1000);`;

function watch(): (at: number) => void {
  const at = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
  new Worker(WATCH, { eval: true, workerData: at.buffer }).unref();
  return (now) => void Atomics.store(at, 0, now);
}

function report(name: string, { at, bytes, error }: Finding, seed: number): void {
  const file = `build/mutant-${name}-${seed}-${at}`;
  writeFileSync(file, bytes);
  console.error(`${name}: mutant ${at} of seed ${seed} (--from ${at} --count 1), written to ${file}`);
  console.error(inspect(error));
  process.exitCode = 1;
}

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: { format: text, count: text, seed: text, from: text, help: { type: 'boolean' } },
});
const names = values.format?.split(',') ?? Object.keys(FORMATS);
const [count, seed, from] = [values.count ?? '2000', values.seed ?? '1', values.from ?? '0'].map(Number);
if (
  values.help ||
  names.some((name) => !Object.hasOwn(FORMATS, name)) ||
  ![count, seed, from].every(Number.isInteger)
) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}
const before = watch();
for (const name of names) {
  const format = FORMATS[name]!;
  const start = performance.now();
  allocated();
  const after = (bytes: Uint8Array): void => checkAllocated(format, bytes);
  const { found, read, slowest } = await hammer(format, { seed: seed!, count: count!, from, before, after });
  before(-1);
  if (found) report(name, found, seed!);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name}: ${count} mutants in ${seconds} s, ${read} were read, the slowest in ${slowest.toFixed(1)} ms`);
}
