// Trainings whose loss leaves the range of float32.

import { NonFiniteLossError } from '../../bindings/index.js';
import type { TensorData } from '../../bindings/tensor.js';

/** From here on a loss, or the mean of some, may be out of the range of float32. */
const HUGE = 1e36;

/**
 * Runs a check of a training. A loss that is not finite passes where the training diverges in float64, too.
 *
 * @param inFloat64 the same training there; its last result is the losses
 */
export async function unlessDiverging(
  check: () => Promise<void>,
  inFloat64: () => Promise<readonly TensorData[]>,
): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof NonFiniteLossError && (await diverges(inFloat64)))) throw error;
  }
}

async function diverges(train: () => Promise<readonly TensorData[]>): Promise<boolean> {
  try {
    return (await train()).at(-1)!.some((loss: number) => loss > HUGE);
  } catch (error) {
    if (error instanceof NonFiniteLossError) return true;
    throw error;
  }
}
