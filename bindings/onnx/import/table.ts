// Which ONNX ops can be imported, by their names: one row each, in files by family.

import type { Rows } from './op.js';
import { CONVOLUTION } from './ops/convolution.js';
import { ELEMENTWISE } from './ops/elementwise.js';
import { INDEXING } from './ops/indexing.js';
import { LOSSES } from './ops/losses.js';
import { NORMALIZATION } from './ops/normalization.js';
import { POOLING } from './ops/pooling.js';
import { PRODUCTS } from './ops/products.js';
import { RECURRENT } from './ops/recurrent.js';
import { REDUCE } from './ops/reduce.js';
import { RESIZE } from './ops/resize.js';
import { SHAPING } from './ops/shaping.js';

export const ROWS: Rows = Object.assign(
  Object.create(null),
  ELEMENTWISE,
  PRODUCTS,
  RECURRENT,
  REDUCE,
  SHAPING,
  INDEXING,
  CONVOLUTION,
  POOLING,
  NORMALIZATION,
  RESIZE,
  LOSSES,
);
