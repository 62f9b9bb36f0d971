// The layers of Keras that are made here, by the names of their classes: one row each, in files by family.

import { ACTIVATION } from './activations.js';
import { CONVOLUTION } from './convolution.js';
import { DENSE } from './dense.js';
import { NORMALIZATION } from './normalization.js';
import type { Rows } from './row.js';
import { SEQUENCES } from './sequences.js';
import { ALIASES, SPATIAL } from './spatial.js';

const ALL: Rows = { ...DENSE, ...ACTIVATION, ...CONVOLUTION, ...SPATIAL, ...NORMALIZATION, ...SEQUENCES };

export const ROWS: Rows = Object.assign(
  Object.create(null),
  ALL,
  Object.fromEntries(Object.entries(ALIASES).map(([alias, name]) => [alias, ALL[name]!])),
);
