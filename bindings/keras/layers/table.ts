// The layers of Keras that are made here, by the names of their classes: one row each, in files by family.

import { ACTIVATION } from './activations.js';
import { CONVOLUTION } from './convolution.js';
import { DENSE } from './dense.js';
import { NORMALIZATION } from './normalization.js';
import type { Rows } from './row.js';
import { SEQUENCES } from './sequences.js';
import { ALIASES, SPATIAL } from './spatial.js';

const ALL: Rows = { ...DENSE, ...ACTIVATION, ...CONVOLUTION, ...SPATIAL, ...NORMALIZATION, ...SEQUENCES };

/**
 * Layers that do with a mask what those of Keras do. Of all others a mask is refused: there it would be lost, or be that of a step
 * which counts in one of several inputs.
 */
export const MASKED: ReadonlySet<string> = new Set([
  ...['Activation', 'Dense', 'Dropout', 'ELU', 'GaussianNoise', 'Identity', 'LayerNormalization', 'LeakyReLU', 'ReLU'],
  ...['Bidirectional', 'GRU', 'GlobalAveragePooling1D', 'LSTM', 'Masking', 'SimpleRNN'],
]);

export const ROWS: Rows = Object.assign(
  Object.create(null),
  ALL,
  Object.fromEntries(Object.entries(ALIASES).map(([alias, name]) => [alias, ALL[name]!])),
);
