// Which wasmgrad is measured: its options of init, and whether it does what they ask for.

import { RefusedError } from './errors.js';

/** @param {{ threads?: number, relaxed?: boolean }} options of the command line */
export function initOptions({ threads, relaxed }) {
  return { ...(threads === undefined ? {} : { threads }), ...(relaxed ? { relaxedSimd: true } : {}) };
}

/**
 * Calls init. Options that this version or this machine does not have are refused: what is measured is what was asked for.
 *
 * @param {(options) => Promise<import('wasmgrad').RuntimeInfo>} init
 */
export async function start(init, options) {
  const info = await init(options).catch((error) => {
    throw new RefusedError(`init(${JSON.stringify(options)}): ${error.message}`);
  });
  for (const name of ['threads', 'relaxedSimd']) {
    const [asked, got] = [options[name], info[name]];
    if (asked === undefined || asked === got) continue;
    const because = info.reason ? `: ${info.reason}` : '';
    throw new RefusedError(`init(${JSON.stringify(options)}) was asked for ${name} ${asked}, and got ${got}${because}`);
  }
  return info;
}
