// Installs, builds and serves the Worker from a clone; with wasmgrad from npm that is `npm install && npm start`.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { install } from '../lib/install.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
install(folder);
spawnSync('npm', ['start', '--silent'], { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' });
