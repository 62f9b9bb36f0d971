// Puts on disk what the tests need: the runtimes that come from npm, and a folder that has wasmgrad as users get it.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Missing } from './missing.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** Folder of packages that package.json here lists: installed if they are not. */
export const RUNTIMES = join(HERE, 'node_modules');

function npm(args, cwd) {
  const shell = process.platform === 'win32'; // npm is npm.cmd there
  return execFileSync('npm', args, { cwd, encoding: 'utf8', shell, stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

/** No install scripts: they would only put binaries, which lie in packages of their own, into other places. */
export function installRuntimes() {
  npm(['install', '--no-package-lock', ...QUIET], HERE);
}

/** A package that package.json here lists: what it exports, and its version. */
export async function installed(name) {
  const folder = join(RUNTIMES, name);
  if (!existsSync(folder)) throw new Missing(`${name} is not installed`);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { version, exports: await import(name) };
}

/** A fresh folder with the packed tarball installed, and the programs of this folder; removed when the process ends. */
export function installPackage() {
  const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-runtimes-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const tarball = npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], ROOT);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  npm(['install', ...QUIET, `./${tarball}`], folder);
  for (const name of ['program.js', 'main.js', 'worker.js', 'function.js', 'page']) {
    cpSync(join(HERE, name), join(folder, name), { recursive: true });
  }
  return folder;
}
