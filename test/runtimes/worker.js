// The program in a Worker of workerd: answers the options of init with what came of them.

import * as wasmgrad from 'wasmgrad';
import * as ops from 'wasmgrad/ops';
import { train } from './program.js';

export default {
  fetch: async (request) => Response.json(await train(wasmgrad, ops, await request.json())),
};
