// fit with the option `diagnose`: what is known before and after the training. On demand. Not here: what is made of it
// (diagnose/).

import type { Kept } from '../diagnose/kept.js';
import { NonFiniteLossError } from '../errors.js';
import type { DataSet } from './data.js';
import type { FitLoop, FitPlan, History } from './fit.js';
import type { Inside, Model } from './model.js';

/**
 * Runs a fit, and adds what is wrong with it to its history, or to that of its NonFiniteLossError. Data are asked for
 * before and afterwards: there may be more of them then.
 */
export async function diagnosed<In, Out>(
  model: Model<In, Out>,
  inside: Inside,
  plan: Pick<FitPlan, 'data' | 'batchSize' | 'verbose'>,
  loop: Pick<FitLoop, 'run'>,
): Promise<History> {
  const { watch } = await import('../diagnose/watch.js');
  const { batchSize, verbose } = plan;
  const findings = watch({
    model: model as never,
    inside,
    batchSize,
    get data() {
      return plan.data;
    },
  });
  const told = <T extends History>(history: T, error?: NonFiniteLossError): T => {
    Object.assign(history, { findings: findings(error ?? history) });
    if (verbose) for (const { text } of history.findings!) console.log(text);
    return history;
  };
  try {
    return told(await loop.run());
  } catch (error) {
    if (error instanceof NonFiniteLossError) told(error.history as History, error);
    throw error;
  }
}

/** What keeps samples of batches that come one by one, of which this is the first, for a diagnosis. */
export async function keptFor(first: DataSet, where: string): Promise<Kept> {
  const { Kept } = await import('../diagnose/watch.js');
  return new Kept(first, where);
}
