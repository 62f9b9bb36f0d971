// wasmgrad and published packages side by side: the same models, first weights and batches. Every measurement has a
// process of its own, one at a time. Losses and outputs must agree with ours wherever the library does the same work.

import { fork, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../errors.js';
import { number, table } from '../report.js';
import { ADAPTERS, WORKLOADS } from './workloads.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const CHILD = fileURLToPath(new URL('child.js', import.meta.url));
const OURS = 'wasmgrad';
const TOLERANCE = 1e-3;
const TIME_LIMIT_MS = 180_000;

/**
 * @param {{ quick: boolean, workloads?: string[], peers?: string[] }} options
 * @returns rows for the JSON file
 */
export async function peers({ quick, workloads, peers: names }) {
  const wantedWorkloads = choose('workload', workloads, Object.keys(WORKLOADS));
  const wantedPeers = choose('peer', names && [OURS, ...names], Object.keys(ADAPTERS));
  install();
  const present = await presentOf(wantedPeers);
  const rows = [];
  for (const workload of wantedWorkloads) {
    const measured = await measureWorkload(workload, present, quick);
    console.log(`\n${workload}: ${WORKLOADS[workload].title}\n\n${peersTable(workload, measured)}`);
    rows.push(...measured);
  }
  return rows;
}

/** Those that are wanted, in the order of `all`; `gemm` stands for gemm64, gemm256 and so on. */
function choose(what, wanted, all) {
  if (!wanted) return all;
  const means = (name, one) => one === name || one.replace(/\d+$/, '') === name;
  const unknown = wanted.filter((name) => !all.some((one) => means(name, one)));
  if (unknown.length > 0) {
    throw new UsageError(`there is no ${what} '${unknown.join("', '")}'; there are ${all.join(', ')}`);
  }
  return all.filter((one) => wanted.some((name) => means(name, one)));
}

/** Those that can be measured here; says why others can't. */
async function presentOf(names) {
  const present = [];
  for (const name of names) {
    const reason = (await ADAPTERS[name]()).default.absent?.();
    if (reason) console.log(`without ${name}: ${reason}`);
    else present.push(name);
  }
  return present;
}

/** Installs what package.json in this folder lists, unless it is there in those versions. */
function install() {
  const { dependencies } = readPackage(`${FOLDER}package.json`);
  const missing = Object.keys(dependencies).filter((name) => installedVersion(name) !== dependencies[name]);
  if (missing.length === 0) return;
  console.log(`installing ${missing.join(', ')} into bench/peers/node_modules`);
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  const shell = process.platform === 'win32'; // npm is npm.cmd there
  const { status, error } = spawnSync('npm', ['install', ...options], { cwd: FOLDER, stdio: 'inherit', shell });
  if (status !== 0) throw new Error(`npm install in bench/peers failed${error ? `: ${error.message}` : ''}`);
}

const readPackage = (file) => JSON.parse(readFileSync(file, 'utf8'));

function installedVersion(name) {
  const file = `${FOLDER}node_modules/${name}/package.json`;
  return existsSync(file) ? readPackage(file).version : undefined;
}

function versionOf(peer, adapter) {
  if (peer === OURS) return readPackage(fileURLToPath(new URL('../../package.json', import.meta.url))).version;
  return adapter.package ? installedVersion(adapter.package) : ''; // or the result of its process says
}

async function measureWorkload(workload, names, quick) {
  const rows = [];
  for (const peer of names) {
    const { default: adapter } = await ADAPTERS[peer]();
    for (const style of adapter.styles[workload] ?? []) {
      process.stderr.write('.');
      const result = await inProcess({ peer, workload, style, quick });
      const name = `${workload} ${peer} ${style}`;
      const row = { suite: 'peers', name, workload, peer, style, version: versionOf(peer, adapter), ...result };
      rows.push({ ...row, note: noteOf(row, rows, adapter) });
    }
  }
  process.stderr.write('\n');
  return withRatios(rows);
}

/** The result of one job, or an error that says what went wrong in its process. */
function inProcess(job) {
  return new Promise((resolve) => {
    const child = fork(CHILD, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let errors = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), TIME_LIMIT_MS);
    child.stderr.on('data', (text) => {
      errors += text;
    });
    child.once('message', resolve);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      const last = errors.trim().split('\n').at(-1);
      resolve({ error: signal ? `stopped by ${signal}` : `ended with ${code}: ${last}` });
    });
    child.send(job);
  });
}

/** Whether the row computed what wasmgrad's first row of the same kind computed. */
function noteOf(row, rows, adapter) {
  if (row.error) return `failed: ${row.error}`;
  if (adapter.note) return adapter.note;
  const ours = rows.find(({ peer, check }) => peer === OURS && check?.what === row.check.what);
  if (!ours) return row.peer === OURS ? '' : `not checked: wasmgrad has no ${row.check.what}`;
  const scale = Math.max(...ours.check.values.map(Math.abs));
  const difference = Math.max(...row.check.values.map((value, i) => Math.abs(value - ours.check.values[i]))) / scale;
  return difference <= TOLERANCE ? '' : `DIFFERS from wasmgrad's ${row.check.what} by ${number(difference * 100)} %`;
}

/** `ratio`: how many times as fast as this row wasmgrad is, in its quickest style. */
function withRatios(rows) {
  const ours = rows.filter(({ peer, error }) => peer === OURS && !error).map((row) => row.microseconds.median);
  const best = ours.length > 0 ? Math.min(...ours) : Number.NaN;
  return rows.map(({ microseconds, ...row }) => {
    if (!microseconds) return row;
    const { median, min, max } = microseconds;
    return { ...row, unit: 'µs', median, min, max, ratio: median / best };
  });
}

function peersTable(workload, rows) {
  const training = WORKLOADS[workload].kind === 'train';
  const sorted = [...rows].sort((a, b) => (a.median ?? Number.MAX_VALUE) - (b.median ?? Number.MAX_VALUE));
  const head = ['library', 'way', training ? 'µs/step' : 'µs/call', 'min..max', 'times ours'];
  const lines = sorted.map((row) => [
    `${row.peer} ${row.version}`.trim(),
    row.style,
    number(row.median),
    row.error ? '-' : `${number(row.min)}..${number(row.max)}`,
    number(row.ratio),
    ...(training ? [row.check ? `${row.check.values[0].toFixed(4)} at ${row.check.what}` : '-'] : []),
    row.note,
  ]);
  const more = training ? ['loss', 'note'] : ['note'];
  return table([...head, ...more], lines, [0, 1, 5, 6]);
}
