// fitBatches: fit for data larger than memory. Not here: its loop (batchloop.ts), which fit loads on demand.

import { checkIs } from '../errors.js';
import { type FitBatchesOptions, runBatches } from './batchloop.js';
import type { BatchSource } from './batchreader.js';
import type { History } from './fit.js';
import type { ValidationNames, WithValidation } from './lognames.js';
import { type DataOf, type LabelsOf, Model } from './model.js';

/**
 * Trains a model on batches that come one by one, for data larger than memory; `model.fit(batches, options)` is the
 * same. While a step is computed the next batch is on its way. A batch is copied when it comes, so its arrays may be
 * used again.
 *
 * @param batches an iterable or async iterable of [x, y], [x, y, sampleWeight] or { x, y, sampleWeight }, of any sizes;
 *   or a function that returns one, which starts anew: needed for several epochs if it is a generator. It is closed
 *   (`return`) if the training ends early
 * @throws WasmgradError, before anything is changed, if options or the first batch do not fit; NonFiniteLossError, as
 *   `fit`. What the batches throw, and a later batch that does not fit, ends the training with the weights that it has
 *   then
 *
 * @example
 * async function* lines() { for await (const line of readLines('train.csv')) yield parsed(line); } // yields [x, y]
 * await fitBatches(model, lines, { epochs: 10 });
 */
export function fitBatches<In, Out, Names extends string>(
  model: Model<In, Out, Names>,
  batches: BatchSource<DataOf<In>, LabelsOf<Out>>,
  options: FitBatchesOptions<DataOf<In>, LabelsOf<Out>> & WithValidation,
): Promise<History<Names | ValidationNames<Names>>>;
export function fitBatches<In, Out, Names extends string>(
  model: Model<In, Out, Names>,
  batches: BatchSource<DataOf<In>, LabelsOf<Out>>,
  options?: FitBatchesOptions<DataOf<In>, LabelsOf<Out>>,
): Promise<History<Names>>;
export async function fitBatches<In, Out>(
  model: Model<In, Out>,
  batches: BatchSource<DataOf<In>, LabelsOf<Out>>,
  options?: FitBatchesOptions<DataOf<In>, LabelsOf<Out>>,
): Promise<History> {
  const where = 'fitBatches';
  checkIs(model instanceof Model, `${where}: the first argument`, 'a model', model);
  return model.train(where, (inside) => runBatches(where, model, inside, batches, [options]));
}
