// Runs Python with NumPy, and with Pillow, where there are such (Debian: python3-numpy, python3-pil).

import { spawnSync } from 'node:child_process';

const run = (python: string, code: string, ...args: readonly string[]) =>
  spawnSync(python, ['-c', code, ...args], { encoding: 'utf8' });

/**
 * The first Python that has these modules: of several, the one of the system may be another than the one of the path.
 */
const pythonWith = (modules: string): string | undefined =>
  ['python3', '/usr/bin/python3'].find((python) => run(python, `import ${modules}`).status === 0);

const found = new Map<string, string | undefined>();

/** The same, looked for once. */
function python(modules: string): string | undefined {
  if (!found.has(modules)) found.set(modules, pythonWith(modules));
  return found.get(modules);
}

const NUMPY = 'numpy';
const PILLOW = 'numpy, PIL';

/** Why there is none, undefined where there is one: to be a part of the names of tests that are skipped. */
export const noNumpy = (): string | undefined => (python(NUMPY) ? undefined : 'skipped: no python3 with NumPy here');
export const noPillow = (): string | undefined =>
  python(PILLOW) ? undefined : 'skipped: no python3 with NumPy and Pillow here';

function printed(which: string, code: string, args: readonly string[]): string {
  const { status, stdout, stderr } = run(which, code, ...args);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** What a program prints; `np` is NumPy, and `sys.argv[1]` … are the arguments. */
export const numpy = (code: string, ...args: readonly string[]): string =>
  printed(python(NUMPY)!, `import sys\nimport numpy as np\n${code}`, args);

/** The same with Pillow's `Image`. */
export const pillow = (code: string, ...args: readonly string[]): string =>
  printed(python(PILLOW)!, `import sys\nimport numpy as np\nfrom PIL import Image\n${code}`, args);
