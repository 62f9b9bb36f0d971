// The places of an op: what each lacks is said by name. An op that is elementwise, of one tensor or two, needs no more
// than its row in cases.ts: misuse.test.ts and the fuzzer make theirs of it. The kernels in assembly/ are checked when
// these are built, by scripts/instructions.mjs.

import { gradients } from '../bindings/grad.js';
import { graphOf } from '../bindings/graph.js';
import { NAMES } from '../bindings/instructions.js';
import type { OpDefinition } from '../bindings/ops/op.js';
import * as ops from '../bindings/ops.js';
import { KERNELS } from '../bindings/run/js.js';
import { inputOf, Tensor } from '../bindings/tensor.js';
import { scan } from '../bindings/transforms/scan.js';
import { CASES, type Case } from './cases.js';

/** The name of the op that a row is of: `sum` of 'sum over a middle axis'. */
const opOf = ({ name }: Case): string => name.split(/[ ,]/)[0]!;

const isMethod = (name: string): boolean => name in Tensor.prototype;

const isPublic = (name: string): boolean => name in ops || isMethod(name);

/** Functions whose row in cases.ts says all that other tables need, by name. */
export const PLAIN: ReadonlyMap<string, Case> = new Map(
  CASES.filter(({ plain, name }) => plain && name in ops && !isMethod(name)).map((row) => [row.name, row]),
);

/** The ops that the rows make, and their gradients. */
export function opsOfCases(): OpDefinition[] {
  return CASES.flatMap(({ call, shapes, domains, differentiable = [] }) => {
    const inputs = shapes[0]!.map((shape, i) => inputOf(`x${i}`, shape, domains[i]!.dtype));
    const out = call(...inputs);
    const wrt = differentiable.map((i) => inputs[i]!);
    const grads = wrt.length > 0 ? gradients(out.sum(), wrt).filter((g) => g !== null) : [];
    return graphOf({ outputs: [out, ...grads], effects: [] }).nodes.map(({ op }) => op);
  });
}

/** Instructions with a TypeScript kernel: in the runner, or with an op that is in a row. */
function kernelNames(): Set<string> {
  const used = opsOfCases();
  const { carry } = scan((c: Tensor) => [c, null], 0, null, { length: 1 });
  used.push(...graphOf({ outputs: [carry], effects: [] }).nodes.map(({ op }) => op));
  return new Set(Object.keys(Object.assign({}, KERNELS, ...used.map(({ kernels }) => kernels))));
}

/** Ops that have no row, and where they are tested. */
const OF_FUNCTIONS = 'made of a function or a cell: test/recurrent.test.ts';
const AUGMENTED = 'what was drawn is drawn again: test/augmentation.test.ts';

const OTHERS: Readonly<Record<string, string>> = {
  bidirectional: OF_FUNCTIONS,
  rnn: OF_FUNCTIONS,
  timeDistributed: OF_FUNCTIONS,
  cutout: AUGMENTED,
  mixUp: AUGMENTED,
  randomBrightness: AUGMENTED,
  randomContrast: AUGMENTED,
  randomCrop: AUGMENTED,
  randomFlip: AUGMENTED,
  randomRotation: AUGMENTED,
  randomTranslation: AUGMENTED,
  recompute: 'test/recompute.test.ts',
  squeeze: 'a reshape: test/transforms.test.ts',
  stopGradient: 'test/transforms.test.ts',
  unique: 'test/vocabulary.test.ts',
  ctcLoss: 'test/ctc.test.ts',
  ctcGreedyDecode: 'test/ctc.test.ts',
};

/** What is missing, in words. */
export function faults(): string[] {
  const kernels = kernelNames();
  const rows = new Set(CASES.map(opOf));
  const notRun = NAMES.filter((name) => name !== 'halt' && !kernels.has(name));
  const notTested = Object.keys(ops).filter((name) => !rows.has(name) && !(name in OTHERS));
  const notExported = CASES.filter((row) => row.plain && row.name === opOf(row) && !isPublic(row.name));
  return [
    ...notRun.map(
      (name) => `the instruction '${name}' has no TypeScript kernel: no op in a row of test/cases.ts brings one`,
    ),
    ...notTested.map((name) => `'${name}' is exported from bindings/ops.ts, but has no row in test/cases.ts`),
    ...notExported.map(({ name }) => `'${name}' has a row in test/cases.ts, but is not exported from bindings/ops.ts`),
  ];
}
