// diagnose: what is wrong with a training. Not here: evidence (collect.ts), and what it is evidence of (causes/).

import { check, checkIs } from '../errors.js';
import type { DataLike } from '../model/data.js';
import { Model } from '../model/model.js';
import { anything, options, type Rules, whole } from '../options.js';
import { findingsOf } from './causes.js';
import { collect, collectModel } from './collect.js';
import { curvesOf, type Diagnosable } from './curves.js';
import type { Evidence } from './evidence.js';
import type { Finding } from './finding.js';

/** What `diagnose` may look at besides. */
export interface DiagnoseData<X = DataLike, Y = DataLike> {
  /** The samples that the model was trained on, or some of them. */
  readonly x: X;
  /** Their labels. */
  readonly y: Y;
  /** Samples of a step, as they were for `fit`; default 32. */
  readonly batchSize?: number | undefined;
}

const diagnoseData = options({
  x: anything<unknown>(),
  y: anything<unknown>(),
  batchSize: whole(32),
} satisfies Rules<DiagnoseData<unknown, unknown>>);

/**
 * Says what is wrong with a training: what was seen, what it means, what to change, and how sure that is. A training
 * that went well has no findings. The losses alone show a learning rate that is too large or too small, over-fitting,
 * and where NaN began; model and data show also dead and saturated units, gradients that vanish or explode, inputs that
 * are not scaled, classes out of balance and labels that look shuffled, and make the rest surer.
 *
 * @param history what `fit` returned, the NonFiniteLossError that it threw, or what `minimize` returned
 * @param model   the model that was trained
 * @param data    what it was trained on. Up to 512 samples are looked at, and about 240 steps are made with other learning rates and taken back:
 *   the model is left as it was
 * @returns the findings, the surest first; none if nothing is wrong
 *
 * @example
 * const history = await model.fit(x, y, { epochs: 20 });
 * for (const { text } of diagnose(history, model, { x, y })) console.log(text);
 */
export function diagnose<In, Out>(
  history: Diagnosable,
  model?: Model<In, Out>,
  data?: DiagnoseData<never, never> | DiagnoseData,
): readonly Finding[] {
  const where = 'diagnose';
  const seen = curvesOf(where, history);
  if (model === undefined) {
    check(data === undefined, () => `${where}: pass the model, too, to look at data`);
    return findingsOf(seen);
  }
  checkIs(model instanceof Model, `${where}: the second argument`, 'a model', model);
  const read = diagnoseData(where, data);
  const more = model.look(where, (inside): Partial<Evidence> => {
    if (data === undefined) return collectModel(inside);
    inside.training();
    return collect({ model: model as never, inside, data: inside.data(read.x, read.y), batchSize: read.batchSize });
  });
  return findingsOf({ ...seen, ...more });
}
