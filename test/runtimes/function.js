// The program in an Edge function.

import * as wasmgrad from 'wasmgrad';
import * as ops from 'wasmgrad/ops';
import { train } from './program.js';

globalThis.train = (options) => train(wasmgrad, ops, options);
