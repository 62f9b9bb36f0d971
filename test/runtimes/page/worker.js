// The program in a Web Worker.

import * as ops from '/node_modules/wasmgrad/dist/ops.js';
import * as wasmgrad from '/node_modules/wasmgrad/dist/wasmgrad.js';
import { train } from '../program.js';

globalThis.onmessage = async ({ data }) => {
  try {
    postMessage({ result: await train(wasmgrad, ops, data) });
  } catch (error) {
    postMessage({ error: error.stack });
  }
};
