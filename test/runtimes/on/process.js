// Runtimes that are started from a command line.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { Missing } from '../missing.js';

const run = promisify(execFile);
const TIME_LIMIT_MS = 120_000;

/**
 * @param {string} name
 * @param {string} binary
 * @param {string[]} flags what stands before the file to run
 */
export function commandLine(name, binary, flags = []) {
  return {
    name,
    threads: true,
    async start(folder) {
      if (!existsSync(binary)) throw new Missing(`there is no ${binary}`);
      const call = async (args) => (await run(binary, args, { cwd: folder, timeout: TIME_LIMIT_MS })).stdout.trim();
      const version = (await call(['--version'])).match(/\d+\.\d+\.\d+/)[0];
      const train = async (options, more = []) => {
        try {
          return JSON.parse(await call([...flags, ...more, 'main.js', JSON.stringify(options)]));
        } catch (error) {
          if (!error.killed) throw error;
          throw new Error(
            `did not end by itself within ${TIME_LIMIT_MS / 1000} s; it wrote ${error.stdout || 'nothing'}`,
          );
        }
      };
      return { version, train };
    },
  };
}
