// Which ops can be exported, by their names: one row each, in files by family.

import type { Rows } from './op.js';
import { CONVOLUTION } from './ops/convolution.js';
import { ELEMENTWISE } from './ops/elementwise.js';
import { INDEXING } from './ops/indexing.js';
import { MOVEMENT } from './ops/movement.js';
import { NORMALIZATION } from './ops/normalization.js';
import { PRODUCTS } from './ops/products.js';
import { RECURRENT } from './ops/recurrent.js';
import { REDUCE } from './ops/reduce.js';

export const ROWS: Rows = Object.assign(
  Object.create(null),
  ELEMENTWISE,
  MOVEMENT,
  PRODUCTS,
  REDUCE,
  CONVOLUTION,
  NORMALIZATION,
  INDEXING,
  RECURRENT,
);
