// What models of other libraries have, and programs here have by an arrow function.

export {
  eluBy,
  exponential,
  geluByTanh,
  hardSigmoidOfKeras2,
  l1l2,
  reluBy,
  softmaxBy,
} from '../../layers/madeactivations.js';
