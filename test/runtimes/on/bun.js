// Bun.

import process from 'node:process';
import { RUNTIMES } from '../install.js';
import { commandLine } from './process.js';

const { platform, arch } = process;

export const bun = commandLine(
  'bun',
  `${RUNTIMES}/@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}/bin/bun`,
);
