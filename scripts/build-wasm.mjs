// Compiles the kernels: one source, one build for each file (asconfig.json), after what the instruction table says was
// written anew. A build that is newer than all source files is kept.

import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { compile } from './compile.mjs';
import { sideModules, writeInstructions } from './instructions.mjs';
import { checkSide } from './side.mjs';

await writeInstructions();

/** Builds: their target and the file in assembly/ that they start from. */
const BUILDS = {
  small: ['small', 'index'],
  slim: ['slim', 'index'],
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

const stale = Object.entries(BUILDS).filter(([name]) => changed(`build/${name}.wasm`) <= newest);
await compile(stale.map(([name, [target, entry]]) => [target, entry, `build/${name}.wasm`]));
for (const side of sides) {
  const file = `build/sides/${side}.wasm`;
  try {
    checkSide(side, readFileSync(file));
  } catch (error) {
    rmSync(file); // so that the next build does not keep it
    throw error;
  }
}
