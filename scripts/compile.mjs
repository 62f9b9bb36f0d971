// Compiles AssemblyScript to files of wasm: asc, and for the builds that are inlined Binaryen's optimizer once more.

import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import binaryen from 'binaryen';

/** What asc compiles with: its defaults, and simd (asconfig.json). */
const FEATURES = ['BulkMemory', 'BulkMemoryOpt', 'MutableGlobals', 'NontrappingFPToInt', 'SignExt', 'SIMD128'].reduce(
  (all, name) => all | binaryen.Features[name],
  0,
);

/** The targets whose bytes count: their text is in bundles. */
const INLINED = ['small', 'slim', 'side'];

/** Compiles each build `[target, entry, file]`: `assembly/<entry>.ts` with the options of a target in asconfig.json. */
export async function compile(builds) {
  const waiting = [...builds];
  const threads = Math.min(waiting.length, availableParallelism());
  await Promise.all(Array.from({ length: threads }, () => compileInTurn(waiting)));
}

/** In one thread: asc is twice as fast when it has compiled for some seconds. */
async function compileInTurn(waiting) {
  const thread = new Worker(new URL('assemble.mjs', import.meta.url));
  try {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [target, entry, file] = next;
      thread.postMessage([`assembly/${entry}.ts`, '--target', target, '--outFile', file]);
      const [{ hasFailed, said }] = await once(thread, 'message');
      process.stderr.write(said);
      if (hasFailed) throw new Error(`asc --target ${target} of assembly/${entry}.ts failed`);
      if (INLINED.includes(target)) optimize(file);
    }
  } finally {
    await thread.terminate();
  }
}

/**
 * Once more: 2 % smaller, and what takes nanoseconds (XOR) 5 to 13 % faster, since inlining left functions to inline.
 * Not in the thread of asc, which sets limits of inlining for all that Binaryen does there.
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
