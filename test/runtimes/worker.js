// The program in a Worker of workerd: answers the options of init with what came of them.

import * as wasmgrad from 'wasmgrad';
import * as io from 'wasmgrad/io';
import * as ops from 'wasmgrad/ops';
import * as run from 'wasmgrad/run';
import { train } from './program.js';

export default {
  fetch: async (request) => Response.json(await train(wasmgrad, ops, await request.json(), { io, run })),
};
