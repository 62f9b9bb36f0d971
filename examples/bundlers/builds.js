// Builds the program with every bundler, as package.json says, and runs it in Node.

import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { install } from '../lib/install.js';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Builds, by the names of scripts in package.json: the file that Node runs, if it is for Node. */
export const BUILDS = {
  vite: undefined,
  'vite-node': 'app.js',
  webpack: undefined,
  'webpack-node': 'app.cjs',
  esbuild: 'app.js',
  rollup: 'app.js',
};

export function buildAll() {
  install(folder);
  rmSync(`${folder}build`, { recursive: true, force: true });
  for (const name of Object.keys(BUILDS)) {
    run('npm', ['run', '-s', name]);
    if (name !== 'vite') copyFileSync(`${folder}index.html`, `${folder}build/${name}/index.html`);
  }
}

/** What the program of a build prints in Node. */
export function runInNode(name, threads = 1) {
  return JSON.parse(run(process.execPath, [`build/${name}/${BUILDS[name]}`], { THREADS: String(threads) }));
}

function run(command, args, env = {}) {
  const shell = process.platform === 'win32' && command === 'npm'; // npm is npm.cmd there
  const options = { cwd: folder, shell, encoding: 'utf8', env: { ...process.env, ...env } };
  const { status, stdout, stderr } = spawnSync(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}${stdout}`);
  return stdout;
}

/** The scripts of a build, one behind the other. */
export function scriptsOf(name) {
  const files = readdirSync(`${folder}build/${name}`, { recursive: true }).filter((file) => /js$/.test(file));
  return files.map((file) => readFileSync(`${folder}build/${name}/${file}`, 'utf8')).join('\n');
}
