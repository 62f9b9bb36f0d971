// What an example was started with: `npm run -s example NAME 1000 -- --figures out/`.

import { parseArgs } from 'node:util';

const options = { figures: { type: 'string' }, resume: { type: 'boolean' } };
const { positionals, values } = parseArgs({ allowPositionals: true, options });

/** The name of the example, where examples/run.js starts it. */
export const [name] = positionals;

/** The folder that its figures are for; undefined: it draws none. */
export const { figures: folder } = values;

/** Whether it is to go on with what it kept the last time. */
export const { resume = false } = values;

/**
 * The number that the example was started with (`npm run -s example NAME 1000`), else `fallback`.
 *
 * @param {number} fallback
 */
export const numberOr = (fallback) => Number(positionals.at(-1)) || fallback;
