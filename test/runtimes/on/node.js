// Node, in several versions, and with flags that take away what old processors and hardened runtimes lack.

import process from 'node:process';
import { expectFallback } from '../expect.js';
import { RUNTIMES } from '../install.js';
import { commandLine } from './process.js';

const { platform, arch } = process;

function node(major) {
  const runtime = commandLine(`node ${major}`, `${RUNTIMES}/node-${major}-${platform}-${arch}/bin/node`);
  const start = async (folder) => {
    const started = await runtime.start(folder);
    const without = (flag) => async () => expectFallback(await started.train({}, [flag]));
    const checks = { 'no WebAssembly: node --jitless': without('--jitless') };
    if (arch === 'x64') checks['no SIMD: node --no-enable-sse4-1'] = without('--no-enable-sse4-1');
    return { ...started, checks };
  };
  return { ...runtime, start };
}

export const nodes = [20, 22, 24, 26].map(node);
