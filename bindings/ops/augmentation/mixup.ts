// mixUp: a batch mixed with itself, labels too.

import { check } from '../../errors.js';
import { number, options, type Rules } from '../../options.js';
import { shapeText } from '../../shape.js';
import { checkedTensor, type Tensor } from '../../tensor.js';
import { take } from '../gather.js';
import { checkFloat } from '../op.js';
import { aKey, type RandomOptions } from '../random.js';
import { roll, slice } from '../slicing.js';
import { keyFor, randomUniform } from '../uniform.js';

/** Options of `mixUp`. */
export interface MixUpOptions extends RandomOptions {
  /** How much is mixed, above 0 up to 1: near 0 little, with 1 every share is equally likely; default 0.2. */
  readonly alpha?: number | undefined;
}

const mixUpOptions = options({ alpha: number(0.2, 2 ** -10, 1), key: aKey } satisfies Rules<MixUpOptions>);

/**
 * Each pair of numbers is accepted with probability ½ at least, so that all are refused about once in 10^19 batches.
 */
const TRIES = 64;

/**
 * Mixes each sample of a batch with the one before it, and their targets by the same share: λ·x + (1 - λ)·x', where λ
 * is drawn from Beta(alpha, alpha) once for the batch. So a network learns to be linear between what it has seen. The
 * targets are numbers, such as one-hot classes (`oneHot`). (H. Zhang et al., "mixup: beyond empirical risk
 * minimization", 2018.)
 *
 * @param x [n, …]
 * @param y [n, …]
 * @returns both, mixed
 */
export function mixUp(x: Tensor, y: Tensor, options?: MixUpOptions): [Tensor, Tensor] {
  const { alpha, key } = mixUpOptions('mixUp', options);
  const [n, m] = [checkedTensor('mixUp', x).shape[0], checkedTensor('mixUp', y).shape[0]];
  check(n !== undefined && n === m, () => {
    return `mixUp: expected as many samples as targets, got ${shapeText(x.shape)} and ${shapeText(y.shape)}`;
  });
  checkFloat('mixUp', [x, y]);
  const share = beta(keyFor('mixUp', key), alpha!);
  const mixed = (of: Tensor): Tensor => {
    const other = roll(of, 1, 0);
    return other.add(of.sub(other).mul(share));
  };
  return [mixed(x), mixed(y)];
}

/**
 * A draw from Beta(alpha, alpha), alpha at most 1: u^(1/alpha) / (u^(1/alpha) + v^(1/alpha)) of the first pair of
 * uniform numbers for which the sum is at most 1. (M. D. Jöhnk, 1964.)
 */
function beta(key: Tensor, alpha: number): Tensor {
  const logs = randomUniform([2, TRIES], { key })
    .add(2 ** -25)
    .log()
    .div(alpha);
  const [u, v] = [slice(logs, [0]), slice(logs, [1])];
  const accepted = u.exp().add(v.exp()).lessEqual(1);
  return take(u.sub(v).sigmoid(), accepted.argMax());
}
