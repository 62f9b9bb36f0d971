// Trains the weights, has the handler read a digit that it has never seen, and measures its cold start.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { loadDigits } from '../lib/mnist.js';
import { drawImages } from '../lib/terminal.js';

const run = (...args) =>
  spawnSync(process.execPath, args, { cwd: fileURLToPath(new URL('.', import.meta.url)), stdio: 'inherit' });

run('../lib/train-digits.js', 'weights.bin');

const { handler } = await import('./handler.js');
const { images } = loadDigits({ train: 8000, test: 2000, seed: 7 }).test;
const digit = images.subarray(0, 784);
console.log(drawImages([digit]));
console.log(await handler({ body: JSON.stringify({ pixels: [...digit] }) }));

run('cold-start.js');
