// What learns from data and is kept beside a model.

export { labelEncoder, oneHotEncoder } from '../../data/encoders.js';
export { minMaxScaler, standardScaler } from '../../data/scalers.js';
export { bytePairTokenizer } from '../../data/text/bytepair.js';
export { characterTokenizer, wordTokenizer } from '../../data/text/lists.js';
