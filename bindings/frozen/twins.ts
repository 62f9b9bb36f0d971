// Runs a frozen program on the TypeScript kernels, where no wasm can run. Loaded on demand.

import { attention, attentionGrad } from '../kernels/attention.js';
import * as columns from '../kernels/columns.js';
import * as convolution from '../kernels/convolution.js';
import * as gather from '../kernels/gather.js';
import * as linalg from '../kernels/linalg.js';
import { loop } from '../kernels/loop.js';
import { write } from '../kernels/movement.js';
import * as normalization from '../kernels/normalization.js';
import * as pooling from '../kernels/pooling.js';
import { recurrence, recurrenceGrad } from '../kernels/recurrence.js';
import * as scan from '../kernels/scan.js';
import { searchSorted } from '../kernels/search.js';
import { argSort } from '../kernels/sort.js';
import { where } from '../kernels/where.js';
import { atan, ceil, cos, erf, expm1, floor, geluGrad, log1p, normalCdf, pow, round, sin } from '../ops/curves.js';
import { floorDiv, mod } from '../ops/division.js';
import { createJsRunner } from '../run/js.js';
import type { Kernels } from '../run/runner.js';
import { inputOf } from '../tensor.js';
import { ALIGNMENT } from './format.js';
import { bytesOf, type Machine, place } from './load.js';
import type { Frozen } from './read.js';

/** The kernels that are not in the runner itself. */
const KERNELS: Kernels = {
  loop,
  write,
  ...columns,
  ...convolution,
  ...gather,
  ...linalg,
  ...normalization,
  ...pooling,
  recurrence,
  recurrenceGrad,
  attention,
  attentionGrad,
  ...scan,
  searchSorted,
  argSort,
  where,
};

/** Those of curves, which stand in their ops. */
function curves(): Kernels[] {
  const x = inputOf('x', [1]);
  const n = inputOf('n', [1], 'int32');
  const ones = [expm1, log1p, sin, cos, atan, erf, normalCdf, floor, ceil, round].map((f) => f(x));
  return [...ones, pow(x, x), geluGrad(x, x), mod(x, x), mod(n, n), floorDiv(n, n)].map(({ op }) => op.kernels!);
}

/** Puts a program into a memory of its own. */
export function machineOf(frozen: Frozen): Machine {
  const runner = createJsRunner();
  const { address } = runner.memory.alloc(bytesOf(frozen), 'loadFrozen');
  const { f, i } = runner.memory;
  const brought = [{ kernels: Object.assign({}, KERNELS, ...curves()) as Kernels }];
  const tapes = place(frozen, i, address);
  const runs = tapes.map((at) => runner.load({ address: at, bytes: 0 }, false, brought));
  return { f: f as Float32Array, i, moved: address - ALIGNMENT, run: (tape) => void runs[tape]!(1, 0) };
}
