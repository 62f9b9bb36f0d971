// npm run -s example NAME: runs one example; without a name it lists them.

import { readdirSync } from 'node:fs';

const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.js') && file !== 'run.js')
  .map((file) => file.slice(0, -3));

const [name] = process.argv.slice(2);
if (names.includes(name)) {
  await import(`./${name}.js`);
} else {
  console.error(
    `${name === undefined ? 'Which example?' : `There is no example '${name}'.`} There are: ${names.join(', ')}.`,
  );
  process.exitCode = 1;
}
