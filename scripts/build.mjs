// Builds dist/ from nothing, or keeps it where it was built of the very files that are here.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const SOURCES = ['assembly', 'bindings', 'scripts', 'asconfig.json', 'rollup.config.mjs', 'tsconfig.json'];
const PACKAGE = ['package.json', 'package-lock.json'];
/** What dist/ was built of, and what it was then: one hash. */
const STAMP = 'build/dist.sha256';

if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== stamp()) {
  for (const step of ['clean', 'build:wasm', 'build:js']) {
    const { status } = spawnSync('npm', ['run', '-s', step], { stdio: 'inherit', shell: process.platform === 'win32' });
    if (status !== 0) process.exit(1); // the step has said why
  }
  writeFileSync(STAMP, stamp());
}

function stamp() {
  const hash = createHash('sha256');
  for (const file of [...SOURCES, ...PACKAGE, 'dist'].flatMap(filesOf)) {
    hash.update(`${file}\n`).update(createHash('sha256').update(readFileSync(file)).digest());
  }
  return hash.digest('hex');
}

/** A file, or all of a folder; nothing, where there is neither. */
function filesOf(path) {
  if (/\.\w+$/.test(path)) return [path];
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`)
    .sort();
}
