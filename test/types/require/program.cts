// A program in CommonJS, for a Node whose require loads ES modules.

import { type Tensor, tensor } from 'wasmgrad';

import js = require('wasmgrad/js');

const one: Tensor = tensor(1);
export const sum: js.Tensor = js.ones([1]).add(one);
