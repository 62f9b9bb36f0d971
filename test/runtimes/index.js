// wasmgrad in real runtimes, from the packed tarball. Everywhere the same program trains the same network from the same
// seed: the bits of its weights are the same everywhere, for wasm and, separately, for the TypeScript kernels.

import process from 'node:process';
import { expectOneThread, expectWasm } from './expect.js';
import { installPackage, installRuntimes } from './install.js';
import { Missing } from './missing.js';
import { bun } from './on/bun.js';
import { chromium } from './on/chromium.js';
import { deno } from './on/deno.js';
import { edgeVm } from './on/edge-vm.js';
import { nodes } from './on/node.js';
import { workerd } from './on/workerd.js';

const RUNTIMES = [...nodes, bun, deno, workerd, edgeVm, chromium];

const failures = [];
/** The hash of each back end: that of the first runtime, which all others must have. */
const hashes = new Map();

function fail(name, message) {
  failures.push(name);
  console.log(`${name.padEnd(10)}  FAILED: ${message}`);
}

/** The hash, if it is the one of its back end. */
function checked({ backend, hash }) {
  if (!hashes.has(backend)) hashes.set(backend, hash);
  if (hash === hashes.get(backend)) return hash;
  throw new Error(`the weights have the hash ${hash} on ${backend}, expected ${hashes.get(backend)}`);
}

const line = (...cells) => console.log(cells.map((cell, i) => cell.padEnd([10, 15, 16, 16, 10][i] ?? 0)).join('  '));

/** One line for a runtime: its hashes. Then one for each of its checks. */
async function test(runtime, folder) {
  const { name } = runtime;
  const { version, train, checks = {}, stop } = await runtime.start(folder);
  try {
    const one = checked(expectWasm(await train({ backend: 'wasm' })));
    const two = await train({ threads: 2 });
    const several = runtime.threads ? checked(expectWasm(two, 2)) : `one thread`;
    if (!runtime.threads) checked(expectOneThread(two));
    const js = await train({ backend: 'js' });
    line(name, version, one, several, checked(js));
    if (two.reason) line('', `(${two.reason})`);
    for (const [title, check] of Object.entries(checks)) await runCheck(name, title, check);
  } finally {
    await stop?.();
  }
}

async function runCheck(name, title, check) {
  try {
    const result = await check();
    if (result.hash) checked(result);
    line('', `${title}: ${result.says}`);
  } catch (error) {
    fail(name, `${title}: ${error.message}`);
  }
}

installRuntimes();
const folder = installPackage();
line('runtime', 'version', 'wasm, 1 thread', 'wasm, 2 threads', 'TypeScript');
for (const runtime of RUNTIMES) {
  try {
    await test(runtime, folder);
  } catch (error) {
    if (!(error instanceof Missing)) fail(runtime.name, error.stack);
    else if (process.env.CI) fail(runtime.name, `missing: ${error.message}`);
    else line(runtime.name, `missing: ${error.message}`);
  }
}
if (failures.length > 0) {
  console.log(`\n${failures.length} failed: ${failures.join(', ')}`);
  process.exitCode = 1;
}
