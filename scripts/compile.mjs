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

/**
 * Once more: 2 % smaller, and what takes nanoseconds (XOR) 5 to 13 % faster, since inlining left functions to inline.
 */
function optimize(file) {
  const module = binaryen.readBinary(readFileSync(file));
  module.setFeatures(FEATURES);
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(0);
  module.optimize();
  const shorter = withSplats(module);
  writeFileSync(file, shorter.emitBinary());
  shorter.dispose();
  module.dispose();
}

/**
 * The module with each constant of four equal lanes, 18 bytes, as a number and its splat, 7 bytes, which takes no
 * longer.
 */
function withSplats(module) {
  const equalLanes = /\(v128\.const i32x4 (0x[0-9a-f]{8}) \1 \1 \1\)/g;
  const text = module.emitText().replace(equalLanes, (_, lane) => splatOf(Number(lane)));
  const shorter = binaryen.parseText(text);
  shorter.setFeatures(FEATURES);
  return shorter;
}

/**
 * A float32 where the bits are those of a normal one; an integer otherwise, since the text of -0 or NaN would not say
 * all.
 */
function splatOf(bits) {
  const exponent = (bits >>> 23) & 255;
  if (exponent === 0 || exponent === 255) return `(i32x4.splat (i32.const ${bits | 0}))`;
  return `(f32x4.splat (f32.const ${new Float32Array(Uint32Array.of(bits).buffer)[0]}))`;
}
