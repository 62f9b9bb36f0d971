// Functions that layers are given as they are: activations without a name in `dense`, and initializers.

export { glorotNormal, heNormal } from '../../initializers/normal.js';
export {
  celu,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  hardTanh,
  logSigmoid,
  mish,
  relu6,
  selu,
  silu,
  softsign,
} from '../../ops/activations.js';
