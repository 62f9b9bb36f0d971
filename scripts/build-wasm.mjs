// Compiles the kernels: one source, one build for each file (asconfig.json), after what the instruction table says was
// written anew. A build that is newer than all source files is kept.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';
import { sideModules, writeInstructions } from './instructions.mjs';
import { checkSide } from './side.mjs';

await writeInstructions();

/** Builds: their target and the file in assembly/ that they start from. */
const BUILDS = {
  small: ['small', 'index'],
  core: ['core', 'index'],
  relaxed: ['relaxed', 'index'],
  threads: ['threads', 'threads'],
  'relaxed-threads': ['relaxed-threads', 'threads'],
};
const sides = await sideModules();
for (const side of sides) BUILDS[`sides/${side}`] = ['side', `sides/${side}`];

const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = readdirSync('assembly', { recursive: true }).map((name) => `assembly/${name}`);
const newest = Math.max(...[...sources, 'asconfig.json', 'package-lock.json'].map(changed));

function compile(name, [target, entry]) {
  return new Promise((resolve, reject) => {
    const asc = 'node_modules/assemblyscript/bin/asc.js';
    const args = [asc, `assembly/${entry}.ts`, '--target', target, '--outFile', `build/${name}.wasm`];
    spawn(process.execPath, args, { stdio: 'inherit' }).once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`asc --target ${target} of assembly/${entry}.ts ended with ${code}`));
    });
  });
}

/** What these builds are compiled with (asc's defaults, and simd). */
const FEATURES = ['BulkMemory', 'BulkMemoryOpt', 'MutableGlobals', 'NontrappingFPToInt', 'SignExt', 'SIMD128'].reduce(
  (all, name) => all | binaryen.Features[name],
  0,
);

/** Optimizes a build that is inlined once more: functions that inlining made alike or superfluous go, 2 % of it. */
function shrink(file) {
  const module = binaryen.readBinary(readFileSync(file));
  module.setFeatures(FEATURES);
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(0);
  module.optimize();
  writeFileSync(file, module.emitBinary());
  module.dispose();
}

const isInlined = ([target]) => target === 'small' || target === 'side';

const stale = Object.entries(BUILDS).filter(([name]) => changed(`build/${name}.wasm`) <= newest);
await Promise.all(stale.map(([name, build]) => compile(name, build)));
for (const [name, build] of stale) if (isInlined(build)) shrink(`build/${name}.wasm`);
for (const side of sides) {
  const file = `build/sides/${side}.wasm`;
  try {
    checkSide(side, readFileSync(file));
  } catch (error) {
    rmSync(file); // so that the next build does not keep it
    throw error;
  }
}
