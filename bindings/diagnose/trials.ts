// What would have happened with another learning rate: a few steps from where the training ended, which are then taken
// back.

import { type DataSet, sliceData } from '../model/data.js';
import type { Training } from '../model/training.js';
import type { Trials } from './evidence.js';

/** By what the rate is multiplied. */
const SCALES = [0.1, 1, 10, 100, 1000, 10000];
const STEPS = 40;
/** Samples of a step, at most. */
const BATCH = 64;

/** Makes the trials on a sample. The training is left as it was. */
export function tryRates(training: Training, sample: DataSet, batchSize: number): Trials {
  const saved = training.save();
  const own = training.state.learningRateScale;
  const size = Math.min(batchSize, BATCH, sample.count);
  const measured = (): number => {
    const { program, values } = training.run('measure', sample);
    return program.scalar(values[0]!);
  };
  const before = measured();
  const after = SCALES.map((scale) => {
    try {
      training.state.learningRateScale = own * scale;
      const batches = Math.floor(sample.count / size);
      for (let step = 0; step < STEPS; step++) {
        const from = (step % batches) * size;
        training.run('batch', sliceData(sample, from, from + size));
      }
      return { scale, loss: measured() };
    } finally {
      training.restore(saved);
    }
  });
  return { steps: STEPS, samples: sample.count, before, after };
}
