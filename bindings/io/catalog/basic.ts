// What most files name: the layers of a multilayer perceptron, and the commonest optimizers.

export { activation, prelu } from '../../layers/activation.js';
export { dense } from '../../layers/dense.js';
export { dropout } from '../../layers/dropout.js';
export { flatten } from '../../layers/flatten.js';
export { l1, l2 } from '../../layers/regularizers.js';
export { rescaling } from '../../layers/rescaling.js';
export { adam } from '../../optimizers/adam.js';
export { sgd } from '../../optimizers/sgd.js';
