// The weights of a model in a file: parameters and states as tensors of their names. Not here: how they are read
// (read/weights.ts).

import type { Network } from '../model/network.js';
import type { WrittenTensor } from './safetensors.js';

/** As what weights are kept in a file: 16 bits take half the space, and lose digits. */
export type StorageType = 'float32' | 'float16' | 'bfloat16';

const STORED = { float32: undefined, float16: 'F16', bfloat16: 'BF16' } as const;

/** Copies of all parameters and states, by name. */
export const weightsOf = (network: Network, dtype: StorageType): Map<string, WrittenTensor> =>
  new Map(
    network.variables.map(({ name, tensor }) => {
      return [name, { data: network.view(tensor).slice(), shape: tensor.shape, as: STORED[dtype] }];
    }),
  );
