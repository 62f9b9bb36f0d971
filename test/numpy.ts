// Runs Python with NumPy, where there is one (Debian: python3-numpy).

import { spawnSync } from 'node:child_process';

const run = (code: string, ...args: readonly string[]) =>
  spawnSync('python3', ['-c', `import sys\nimport numpy as np\n${code}`, ...args], { encoding: 'utf8' });

/** Why there is none, undefined where there is one: to be a part of the names of tests that are skipped. */
export const noNumpy = run('').status === 0 ? undefined : 'skipped: python3 has no NumPy here';

/** What a program prints; `np` is NumPy, and `sys.argv[1]` … are the arguments. */
export function numpy(code: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = run(code, ...args);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
