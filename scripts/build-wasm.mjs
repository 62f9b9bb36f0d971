// Compiles the kernels: one source, four builds (asconfig.json), after what the instruction table says was written anew. A
// build that is newer than all source files is kept.

import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { writeInstructions } from './instructions.mjs';

const BUILDS = { core: 'index', relaxed: 'index', threads: 'threads', 'relaxed-threads': 'threads' };

await writeInstructions();

const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = readdirSync('assembly', { recursive: true }).map((name) => `assembly/${name}`);
const newest = Math.max(...[...sources, 'asconfig.json', 'package-lock.json'].map(changed));

function compile(target, entry) {
  return new Promise((resolve, reject) => {
    const args = ['node_modules/assemblyscript/bin/asc.js', `assembly/${entry}.ts`, '--target', target];
    spawn(process.execPath, args, { stdio: 'inherit' }).once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`asc --target ${target} ended with ${code}`));
    });
  });
}

const stale = Object.entries(BUILDS).filter(([target]) => changed(`build/${target}.wasm`) <= newest);
await Promise.all(stale.map(([target, entry]) => compile(target, entry)));
