// The entry for Vercel's Edge runtime, which can't compile bytes: its bundlers make a module of a wasm file that is
// imported with `?module`.

import { launcher } from '../run/launch.js';
import { type BackEnds, type InitOptions, type RuntimeInfo, start } from '../run/runtime.js';
import module from './core.wasm?module';

export * from '../api.js';

const backEnds: BackEnds = {
  wasm: launcher({ core: () => module }),
  js: () => import('../run/js.js'),
  debug: () => import('../debug/init.js'),
  fit: () => import('../model/fitparts.js'),
};

/** Makes wasmgrad ready, as the `init` of the other entries. */
export function init(options: InitOptions = {}): Promise<RuntimeInfo> {
  return start(options, backEnds);
}
