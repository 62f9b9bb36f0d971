// The program in an Edge function.

import * as wasmgrad from 'wasmgrad';
import { train } from './program.js';

globalThis.train = (options) => train(wasmgrad, options);
