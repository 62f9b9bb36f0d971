// The types of the package's wasm files, for bundlers that make a module of an imported one.

import type { WasmModule } from '../run/modules.js';

declare const module: WasmModule;
export default module;
