// The entry for Vercel's Edge runtime, which compiles no bytes: `?module` is how its bundlers import wasm.

import { launcher } from '../run/launch.js';
import { type BackEnds, type InitOptions, type RuntimeInfo, start } from '../run/runtime.js';
import module from './core.wasm?module';

export * from '../index.js';

const backEnds: BackEnds = { wasm: launcher({ core: () => module }), js: () => import('../run/js.js') };

export function init(options: InitOptions = {}): Promise<RuntimeInfo> {
  return start(options, backEnds);
}
