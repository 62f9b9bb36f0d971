// npm run -s example NAME: runs one example; without a name it lists them. With `-- --figures out/` it draws, too.

import { existsSync, readdirSync } from 'node:fs';
import { name } from './lib/arguments.js';

/** Modules of examples by name: files, and folders that have a start.js. */
const EXAMPLES = Object.fromEntries(
  readdirSync(new URL('.', import.meta.url)).flatMap((entry) => {
    if (entry.endsWith('.js') && entry !== 'run.js') return [[entry.slice(0, -3), `./${entry}`]];
    const start = new URL(`${entry}/start.js`, import.meta.url);
    return existsSync(start) ? [[entry, start.href]] : [];
  }),
);

if (Object.hasOwn(EXAMPLES, name)) {
  await import(EXAMPLES[name]);
} else {
  console.error(
    `${name === undefined ? 'Which example?' : `There is no example '${name}'.`} There are: ${Object.keys(EXAMPLES).sort().join(', ')}.`,
  );
  process.exitCode = 1;
}
