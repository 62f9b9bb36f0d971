// wasmgrad beside other libraries: see peers/.

import { peers } from '../peers/index.js';

export const run = ({ pace, workload, peer }) =>
  peers({ quick: pace !== 'full', workloads: workload?.split(','), peers: peer?.split(',') });
