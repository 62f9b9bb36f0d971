/**
 * The number that an example was started with (`npm run -s example NAME 1000`), else `fallback`.
 *
 * @param {number} fallback
 */
export const numberOr = (fallback) => Number(process.argv.at(-1)) || fallback;
