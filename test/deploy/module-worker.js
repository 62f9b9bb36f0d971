// A Worker on the default entry, which inlines the kernels that workerd does not compile: it is given the module.

import { init, tensor } from 'wasmgrad';
import module from 'wasmgrad/core.wasm';

const alone = await init();
const given = await init({ module });

export default {
  fetch: () => Response.json({ alone, given, sum: tensor([1, 2, 3]).sum().item() }),
};
