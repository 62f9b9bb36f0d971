// A training as fit sees it: looked at before and afterwards. Not here: a training that has ended (diagnose.ts).

import { findingsOf } from './causes.js';
import { badValue, collect, type Looked, sampleOf, snapshotOf } from './collect.js';
import { curvesOf, type Diagnosable } from './curves.js';

import type { Finding } from './finding.js';

export { Kept } from './kept.js';

/** Looks at a model before its training, and returns what says afterwards what was wrong with it. */
export function watch(looked: Looked): (result: Diagnosable) => readonly Finding[] {
  const start = badValue(looked.data) ? undefined : snapshotOf(looked, sampleOf(looked.data));
  return (result) => findingsOf({ ...curvesOf('fit', result), start, ...collect(looked) });
}
