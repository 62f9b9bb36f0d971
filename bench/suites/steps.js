// Whole training steps (forward, backward, update) and predictions through the public API, wasm against TypeScript.

import { checkFinite, compareResults } from '../check.js';
import { compare } from '../measure.js';
import { NETWORKS, networkOn } from '../networks.js';
import { comparison } from '../report.js';
import { initOptions } from '../runtime.js';

const TOLERANCE = 1e-4;

export const run = comparison('steps', async ({ timing, ...options }, report) => {
  for (const network of NETWORKS) {
    const wasm = await networkOn(network, { backend: 'wasm', ...initOptions(options) });
    const js = await networkOn(network, { backend: 'js' });
    compareResults(network.name, [await wasm.results(), await js.results()], TOLERANCE);
    const rates = await compare({ wasm: wasm.run, TypeScript: js.run }, timing);
    checkFinite(network.name, wasm, js);
    for (const side of [wasm, js]) side.dispose();
    report({ name: network.name, unit: wasm.unit, perCall: wasm.perCall, ...rates });
  }
});
