// metric: a metric of the user's, with a name.

import { checkFunction, checkIs } from '../errors.js';
import { checkLabelsFirst } from '../losses/losses.js';
import { madeBy } from '../made.js';
import type { Metric, MetricFunction } from './metrics.js';

/** Gives a metric that is a function the name that history and logs show: minifiers change the names of functions. */
export function metric<Name extends string>(name: Name, compute: MetricFunction): Metric<Name> {
  checkIs(typeof name === 'string' && name !== '', 'metric: the name', 'a string', name);
  checkFunction('metric: the second argument', compute);
  checkLabelsFirst(compute);
  return madeBy('metric', [name, compute], { name, compute });
}
