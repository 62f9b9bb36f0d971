// The program in an Edge function.

import * as wasmgrad from 'wasmgrad';
import * as io from 'wasmgrad/io';
import * as ops from 'wasmgrad/ops';
import * as run from 'wasmgrad/run';
import { train } from './program.js';

globalThis.train = (options) => train(wasmgrad, ops, options, { io, run });
