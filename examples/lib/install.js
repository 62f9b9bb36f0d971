// Makes an example that is a project of its own ready to run in a clone: packs wasmgrad as for npm, and installs that and
// what package.json lists. With wasmgrad from npm, `npm install` would be all.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const QUIET = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** @param {string} folder path of a folder with a package.json */
export function install(folder) {
  npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', 'build'], ROOT);
  const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  npm(['install', ...QUIET, `${ROOT}build/wasmgrad-${version}.tgz`], folder);
}

function npm(args, cwd) {
  const shell = process.platform === 'win32'; // npm is npm.cmd there
  const { status, stderr, error } = spawnSync('npm', args, { cwd, shell, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args[0]} in ${cwd} failed: ${error?.message ?? stderr}`);
}
