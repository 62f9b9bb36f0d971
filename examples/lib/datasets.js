// Data sets that are packages of npm: too large to be installed with wasmgrad, so an example installs its own when it first
// runs, into build/datasets.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../build/datasets/', import.meta.url));

/**
 * The folder of a package of data.
 *
 * @param {string} name
 * @param {string} version
 */
export function dataset(name, version) {
  const folder = `${FOLDER}${name}-${version}/node_modules/${name}/`;
  if (!existsSync(folder)) install(name, version);
  return folder;
}

function install(name, version) {
  console.log(`installing ${name} from npm, once`);
  const cwd = `${FOLDER}${name}-${version}`;
  mkdirSync(cwd, { recursive: true });
  const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const shell = process.platform === 'win32'; // npm is npm.cmd there
  const { status } = spawnSync('npm', ['install', '--prefix', '.', ...options, `${name}@${version}`], {
    cwd,
    shell,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`npm could not install ${name}: see above`);
}
