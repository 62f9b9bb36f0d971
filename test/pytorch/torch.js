// Python with PyTorch, for the tests that need it: Debian's package python3-torch.

import { execFileSync } from 'node:child_process';

/** Programs that may have it: that of Debian first, since another Python has other packages. */
const PYTHONS = ['/usr/bin/python3', 'python3'];

function version(python) {
  try {
    const code = 'import torch; print(torch.__version__)';
    return execFileSync(python, ['-c', code], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

export const python = PYTHONS.find((program) => version(program) !== undefined);

/** Why tests are left out; false where they are not. */
export const missing = python === undefined && 'PyTorch is missing: apt-get install python3-torch';

/** What a Python program prints as JSON. */
export function run(file, ...args) {
  return JSON.parse(execFileSync(python, [file, ...args], { encoding: 'utf8' }));
}
