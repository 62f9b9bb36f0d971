// A program in CommonJS, for a Node whose require loads ES modules.

import { type Tensor, tensor } from 'wasmgrad';

import js = require('wasmgrad/js');
import ops = require('wasmgrad/ops');

const one: Tensor = tensor(1);
export const sum: js.Tensor = js.ones([1]).add(ops.exp(one));
