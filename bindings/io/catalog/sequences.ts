// Layers of sequences.

export { orthogonal } from '../../initializers/orthogonal.js';
export { masking } from '../../layers/masking.js';
export { gru, lstm, simpleRnn } from '../../layers/recurrent.js';
export { bidirectional, rnn, timeDistributed } from '../../layers/sequences.js';
