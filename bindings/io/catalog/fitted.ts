// What learns from data and is kept beside a model.

export { labelEncoder } from '../../data/labelencoder.js';
export { oneHotEncoder } from '../../data/onehotencoder.js';
export { minMaxScaler, standardScaler } from '../../data/scalers.js';
export { bytePairTokenizer } from '../../data/text/bytepair.js';
export { characterTokenizer, wordTokenizer } from '../../data/text/lists.js';
