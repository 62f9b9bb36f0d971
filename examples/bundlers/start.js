// Builds the program with every bundler, runs it in Node, and prints what became of it.

import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { install } from '../lib/install.js';
import { table } from '../lib/terminal.js';

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

/** Files of a build: script or wasm, path and bytes. */
export function filesOf(name) {
  return readdirSync(`${folder}build/${name}`, { recursive: true })
    .map((file) => ({ file, path: `${folder}build/${name}/${file}` }))
    .filter(({ path }) => statSync(path).isFile())
    .map(({ file, path }) => ({ file, bytes: readFileSync(path) }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  buildAll();
  const rows = Object.entries(BUILDS).map(([name, main]) => {
    const size = filesOf(name)
      .filter(({ file }) => /js$/.test(file))
      .reduce((sum, { bytes }) => sum + gzipSync(bytes, { level: 9 }).length, 0);
    const { loss, runtime } = main ? runInNode(name) : {};
    return [name, size.toLocaleString('en-US'), loss?.toExponential(3) ?? '', runtime?.backend ?? 'for pages'];
  });
  console.log(table([['build', 'script, gzip', 'loss', 'runs on'], ...rows]));
}
