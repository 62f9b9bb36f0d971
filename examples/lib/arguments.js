// What an example was started with: `npm run -s example NAME 1000 -- --figures out/`.

import { parseArgs } from 'node:util';

const { positionals, values } = parseArgs({ allowPositionals: true, options: { figures: { type: 'string' } } });

/** The name of the example, where examples/run.js starts it. */
export const [name] = positionals;

/** The folder that its figures are for; undefined: it draws none. */
export const { figures: folder } = values;

/**
 * The number that the example was started with (`npm run -s example NAME 1000`), else `fallback`.
 *
 * @param {number} fallback
 */
export const numberOr = (fallback) => Number(positionals.at(-1)) || fallback;
