// Deno. Only threads need a permission: to read the module of threads. Without it there is one thread, with the reason.

import process from 'node:process';
import { expectOneThread } from '../expect.js';
import { RUNTIMES } from '../install.js';
import { commandLine } from './process.js';

const { platform, arch } = process;
const binary = `${RUNTIMES}/@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}/deno`;

const allowed = commandLine('deno', binary, ['run', '--quiet', '--no-prompt', '--allow-read']);
const denied = commandLine('deno', binary, ['run', '--quiet', '--no-prompt']);

export const deno = {
  ...allowed,
  async start(folder) {
    const { train } = await denied.start(folder);
    const check = async () => expectOneThread(await train({ threads: 2 }), /--allow-read/);
    return { ...(await allowed.start(folder)), checks: { 'threads without --allow-read': check } };
  },
};
