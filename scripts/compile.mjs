// Compiles AssemblyScript to one file of wasm: asc, and for the builds that are inlined Binaryen's optimizer once more.

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';

/** What asc compiles with: its defaults, and simd (asconfig.json). */
const FEATURES = ['BulkMemory', 'BulkMemoryOpt', 'MutableGlobals', 'NontrappingFPToInt', 'SignExt', 'SIMD128'].reduce(
  (all, name) => all | binaryen.Features[name],
  0,
);

/** The targets whose bytes count: their text is in bundles. */
const INLINED = ['small', 'slim', 'side'];

/** Compiles `assembly/<entry>.ts` with the options of a target in asconfig.json. */
export async function compile(target, entry, file) {
  await assemble(target, entry, file);
  if (INLINED.includes(target)) optimize(file);
}

function assemble(target, entry, file) {
  return new Promise((resolve, reject) => {
    const asc = 'node_modules/assemblyscript/bin/asc.js';
    const args = [asc, `assembly/${entry}.ts`, '--target', target, '--outFile', file];
    spawn(process.execPath, args, { stdio: 'inherit' }).once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`asc --target ${target} of assembly/${entry}.ts ended with ${code}`));
    });
  });
}

/** Once more: 2 % smaller, and what takes nanoseconds (XOR) 5 to 13 % faster, since inlining left functions to inline. */
function optimize(file) {
  const module = binaryen.readBinary(readFileSync(file));
  module.setFeatures(FEATURES);
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(0);
  module.optimize();
  writeFileSync(file, module.emitBinary());
  module.dispose();
}
