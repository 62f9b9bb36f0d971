// The program in a process of its own: node main.js OPTIONS_OF_INIT

import process from 'node:process';
import * as wasmgrad from 'wasmgrad';
import * as io from 'wasmgrad/io';
import * as ops from 'wasmgrad/ops';
import * as run from 'wasmgrad/run';
import { train } from './program.js';

console.log(JSON.stringify(await train(wasmgrad, ops, JSON.parse(process.argv[2]), { io, run })));
