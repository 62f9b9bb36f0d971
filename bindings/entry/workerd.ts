// The entry for workerd (Cloudflare), which can't compile bytes: its bundlers make a module of an imported wasm file.

import { launcher } from '../run/launch.js';
import { type BackEnds, type InitOptions, type RuntimeInfo, start } from '../run/runtime.js';
import module from './core.wasm';

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
