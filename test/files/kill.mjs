// npm run test:kill -- [--moments N]: kills trainings at random moments (kill -9), and lets them go on from their
// checkpoint. Each must end with the bits of one that was never interrupted, and no moment may leave a file that can't
// be read.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('killed.mjs', import.meta.url));

/** Runs the training; kills it `after` milliseconds after it began, if that is given. Resolves to what it printed. */
function train(path, resume, after) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, path, ...(resume ? ['resume'] : [])], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    let began = 0;
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (!/begins/.test(chunk)) return;
      began = performance.now();
      if (after !== undefined) setTimeout(() => child.kill('SIGKILL'), after);
    });
    child.on('close', (code, signal) => {
      const took = performance.now() - began;
      if (code === 0 || signal === 'SIGKILL')
        resolve({ last: text.trim().split('\n').at(-1), killed: code !== 0, took });
      else reject(new Error(`the training ended with ${code}: ${text}`));
    });
  });
}

/**
 * Kills `moments` trainings, each at another moment; returns how many were killed before their end. Throws if one ends
 * otherwise.
 */
export async function killAtMoments(moments) {
  const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-kill-'));
  try {
    const whole = await train(join(folder, 'whole.safetensors'), false);
    let killed = 0;
    for (let i = 0; i < moments; i++) {
      const path = join(folder, `run-${i}.safetensors`);
      const first = await train(path, false, (whole.took * 0.8 * (i + Math.random())) / moments);
      if (first.killed) killed++;
      const { last } = await train(path, true);
      if (last !== whole.last)
        throw new Error(`killed at moment ${i}, it ended with ${last}; without a break with ${whole.last}`);
    }
    return killed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--moments');
  const moments = at < 0 ? 20 : Number(process.argv[at + 1]);
  console.log(
    `${await killAtMoments(moments)} of ${moments} trainings were killed; all went on and ended with the same bits`,
  );
}
