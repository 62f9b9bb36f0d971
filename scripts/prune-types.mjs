// Leaves in dist/types what the entries' declarations lead to.

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const ROOT = 'dist/types';
const ENTRIES = ['index', 'entry/js', 'entry/wasm'].map((name) => normalize(`${ROOT}/bindings/${name}.d.ts`));

const reached = new Set();

function reach(file) {
  if (reached.has(file)) return;
  reached.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import|import\() ?['"](\.[^'"]+)\.js['"]/g)) {
    reach(join(dirname(file), `${path}.d.ts`));
  }
}

ENTRIES.forEach(reach);
for (const name of readdirSync(ROOT, { recursive: true })) {
  const file = join(ROOT, name);
  if (name.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
}
