// Trainings of known cause, and what diagnose says of them: how many it names, and of how many good ones it says
// nothing.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { makeRuns } from './runs.js';
import { score } from './score.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '2026' },
    count: { type: 'string', default: '300' },
    tuning: { type: 'boolean', default: false },
    save: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const runs = await makeRuns(values.tuning ? 'tuning' : 'held-out', Number(values.seed), Number(values.count));
if (values.save) writeFileSync(values.save, JSON.stringify(runs));
const { named, silent, text } = score(runs, values.verbose);
console.log(text);
if (named < 0.9 || silent < 0.95) process.exitCode = 1;
