// Planted errors, which the fuzzer must find: each replaces a piece of the library at run time by a wrong one.

import { opcodeOf } from '../../bindings/encode.js';
import { flatten, sequential } from '../../bindings/index.js';
import { INSTRUCTIONS, type Instruction, type UnaryInstruction } from '../../bindings/instructions.js';
import { Training } from '../../bindings/model/training.js';
import * as el from '../../bindings/ops/elementwise.js';
import * as act from '../../bindings/ops/epilogues.js';
import { type MatMulAttrs, matMul } from '../../bindings/ops/matmul.js';
import * as movement from '../../bindings/ops/movement.js';
import type { OpDefinition } from '../../bindings/ops/op.js';
import { momentumUpdate } from '../../bindings/ops/optim.js';
import { avgPool2d, cumSum, sort, where } from '../../bindings/ops.js';
import type { Kernel, Runner } from '../../bindings/run/runner.js';
import { inputOf, type Tensor } from '../../bindings/tensor.js';
import type { KINDS } from './kinds.js';
import { js, parts, wasm } from './runners.js';

/** Puts the right piece back. */
type Undo = () => void;

export interface Plant {
  readonly name: string;
  /** The kind of cases that has to find it. */
  readonly kind: keyof typeof KINDS;
  /** So many ops, layers or calls may be left of the case that shows it. */
  readonly size: number;
  /** Default 1; another one where that takes thousands of cases. */
  readonly seed?: number;
  /**
   * What the cases are made of besides the commonest ops: one op more in the whole table makes other cases of every
   * seed, and a rare one comes once in hundreds of them.
   */
  readonly among?: readonly string[];
  readonly plant: () => Undo;
}

function replace<T extends object, K extends keyof T>(object: T, key: K, value: T[K]): Undo {
  const before = Object.getOwnPropertyDescriptor(object, key);
  Object.defineProperty(object, key, { value, configurable: true, writable: true, enumerable: true });
  return () => {
    if (before) Object.defineProperty(object, key, before);
    else delete object[key];
  };
}

const both = (first: Undo, second: Undo) => (): void => {
  first();
  second();
};

type Rule = NonNullable<OpDefinition['derivative']>;

const derivative = (op: OpDefinition, change: (right: Rule) => Rule) => (): Undo =>
  replace(op, 'derivative', change(op.derivative!));

/** Gives the gradient by input `i` a wrong sign. */
const negated =
  (i: number) =>
  (right: Rule): Rule =>
  (g, node, attrs) =>
    right(g, node, attrs).map((part, k) => (k === i && part ? part.neg() : part));

/** Encodes matrix products with other attributes. */
const productWith = (change: (attrs: MatMulAttrs) => MatMulAttrs) => (): Undo => {
  const { emit } = matMul;
  return replace(matMul, 'emit', (e, node, attrs) => emit!(e, node, change(attrs as MatMulAttrs)));
};

const encoding = (op: OpDefinition, change: (attrs: never) => object) => (): Undo => {
  const { emit } = op;
  return replace(op, 'emit', (e, node, attrs) => emit!(e, node, change(attrs as never)));
};

/** Puts a wrong TypeScript kernel in place of the right one. */
const kernel =
  <I extends Instruction>(name: I, wrong: Kernel<I>) =>
  (): Undo => {
    const { load } = js;
    return replace(js, 'load', (tape, large, kernels) => load(tape, large, { ...kernels, [name]: wrong }));
  };

/** Which word of an instruction an operand is: a double takes two. */
function wordOf(name: Instruction, operand: string): number {
  const kinds = Object.entries(INSTRUCTIONS[name] as Record<string, string>);
  const before = kinds.slice(
    0,
    kinds.findIndex(([key]) => key === operand),
  );
  return before.reduce((words, [, kind]) => words + (kind === 'double' ? 2 : 1), 2);
}

/** Makes an elementwise wasm kernel of one input compute another number of elements. */
const elements = (runner: Runner, name: UnaryInstruction, count: (n: number) => number) => (): Undo => {
  const { load } = runner;
  return replace(runner, 'load', (tape, large, kernels) => {
    const { i } = runner.memory;
    const word = wordOf(name, 'n');
    for (let at = tape.address / 4; i[at] !== opcodeOf('halt'); at += i[at + 1]!) {
      if (i[at] === opcodeOf(name)) i[at + word] = count(i[at + word]!);
    }
    return load(tape, large, kernels);
  });
};

/** out[o, j] = what `pick` finds among the k elements of x [outer, k, inner]. */
const reduced =
  (integer: boolean, pick: (row: readonly number[]) => number): Kernel<'max' | 'argMax'> =>
  ({ f, i }, { out, x, outer, k, inner }) => {
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < inner; j++) {
        const row = Array.from({ length: k }, (_, r) => f[x + (o * k + r) * inner + j]!);
        (integer ? i : f)[out + o * inner + j] = pick(row);
      }
    }
  };

const vector = (): Tensor => inputOf('x', [4]);
const averages = avgPool2d(inputOf('x', [1, 2, 2, 1]), 2);

const cumSumOp = cumSum(vector()).op;
const whereOp = where(vector(), vector(), vector()).op;
const [gatherOp, argSortOp] = [sort(vector()).op, sort(vector()).inputs[1]!.op];

const modelPrototype = (): { summary(): string } => {
  const { prototype } = sequential([1], [flatten()]).constructor as unknown as { prototype: { summary(): string } };
  return prototype;
};

export const PLANTS: readonly Plant[] = [
  {
    name: 'exp on wasm leaves the last element out where there are 4k + 1',
    kind: 'graphs',
    size: 2,
    plant: elements(wasm, 'exp', (n) => (n % 4 === 1 ? n - 1 : n)),
  },
  {
    name: 'the last of three threads leaves its share of relu out',
    kind: 'graphs',
    among: ['relu'],
    size: 2,
    plant: elements(parts, 'relu', (n) => Math.ceil((2 * n) / 3)),
  },
  {
    name: 'max in TypeScript drops NaN',
    kind: 'graphs',
    size: 2,
    plant: kernel(
      'max',
      reduced(false, (row) => Math.max(...row.filter((v) => !Number.isNaN(v)))),
    ),
  },
  {
    name: 'argMax in TypeScript takes the last of equal ones',
    kind: 'graphs',
    size: 3,
    plant: kernel(
      'argMax',
      reduced(true, (row) => row.lastIndexOf(Math.max(...row))),
    ),
  },
  {
    name: 'fusing drops the bias of a matrix product',
    kind: 'graphs',
    among: ['matMul', 'linear'],
    size: 3,
    plant: productWith((attrs) => ({ ...attrs, bias: false })),
  },
  {
    name: 'an epilogue has the wrong slope',
    kind: 'graphs',
    among: ['leakyRelu', 'matMul'],
    size: 3,
    plant: productWith((attrs) => (attrs.epilogue === 'leakyRelu' ? { ...attrs, slope: attrs.slope! + 1 } : attrs)),
  },
  {
    name: 'a transpose overwrites its input in place',
    kind: 'graphs',
    among: ['transpose'],
    size: 3,
    plant: () => replace(movement.transpose, 'elementwise', true),
  },
  {
    name: 'what take makes overlaps what it still reads',
    kind: 'graphs',
    among: ['take'],
    size: 3,
    plant: () => replace(gatherOp, 'elementwise', true),
  },
  {
    name: 'the scratch memory of argSort overlaps its input, which is alive',
    kind: 'graphs',
    among: ['sort', 'argSort'],
    size: 4,
    plant: () => {
      const { emit } = argSortOp;
      return replace(argSortOp, 'emit', (e, node, attrs) => {
        const [x] = node.inputs as [Tensor];
        // Not beyond the end of the input: the tape may lie there.
        const overlaps = argSortOp.scratch!(node, attrs) <= 4 * x.size;
        emit!(overlaps ? { ...e, scratch: e.at(x) } : e, node, attrs);
      });
    },
  },
  {
    name: 'programs of sqrt and of square have the same text',
    kind: 'graphs',
    among: ['sqrt', 'square'],
    size: 3,
    plant: () => both(replace(el.sqrt, 'name', 'planted'), replace(el.square, 'name', 'planted')),
  },
  {
    name: 'the derivative of add is not summed over what was broadcast',
    kind: 'graphs',
    among: ['add'],
    size: 2,
    plant: derivative(el.add, () => (g) => [g, g]),
  },
  {
    name: 'the derivative of a divisor has the wrong sign',
    kind: 'derivatives',
    among: ['div'],
    size: 4,
    plant: derivative(el.div, negated(1)),
  },
  {
    name: 'the second derivative of tanh has the wrong sign',
    kind: 'derivatives',
    among: ['tanh'],
    size: 2,
    plant: derivative(act.tanhGrad, negated(1)),
  },
  {
    name: 'the derivative of cumSum runs forward',
    kind: 'derivatives',
    among: ['cumSum'],
    size: 3,
    plant: derivative(cumSumOp, () => (g, _node, attrs) => [cumSum(g, (attrs as { axis: number }).axis)]),
  },
  {
    name: 'where sends its gradient to both sides',
    kind: 'derivatives',
    among: ['where'],
    size: 4,
    plant: derivative(whereOp, () => (g, { inputs: [, a, b] }) => [null, g.sumTo(a!.shape), g.sumTo(b!.shape)]),
  },
  {
    name: 'a mapped cumSum runs along the axis before',
    kind: 'batches',
    among: ['cumSum'],
    size: 3,
    plant: () =>
      replace(cumSumOp, 'batch', ({ inputs: [x] }, _node, attrs) => cumSum(x!, (attrs as { axis: number }).axis)),
  },
  {
    name: 'what lies at another place is not copied before it is assigned',
    kind: 'effects',
    size: 2,
    plant: () => both(replace(movement.copy, 'aliases', true), replace(movement.copy, 'emit', undefined)),
  },
  {
    name: 'the last row of a batch is that of the batch before',
    kind: 'models',
    size: 3,
    plant: encoding(movement.takeRows, (attrs: movement.RowsAttrs) => ({ ...attrs, rows: attrs.rows - 1 })),
  },
  {
    name: 'steps are counted by twos',
    kind: 'models',
    size: 3,
    plant: encoding(movement.advance, ({ by }: { by: number }) => ({ by: by === 1 ? 2 : by })),
  },
  {
    name: 'dispose() frees nothing',
    kind: 'models',
    size: 3,
    plant: () => replace(wasm.memory, 'free', () => {}),
  },
  {
    name: 'l1 pushes weights away from 0',
    kind: 'nets',
    size: 1,
    seed: 3,
    plant: derivative(el.abs, negated(0)),
  },
  {
    name: 'a mean of weighted samples is divided by their number',
    kind: 'nets',
    size: 1,
    plant: () => {
      const { values } = Training.prototype;
      return replace(Training.prototype, 'values', function (this: Training, ran, labels) {
        const weights = labels[this.compiled.targets.length];
        const [loss, ...rest] = values.call(this, ran, labels) as [Tensor, ...Tensor[]];
        return [weights ? loss.mul(weights.mean()) : loss, ...rest];
      });
    },
  },
  {
    name: 'a loss overflows on wasm alone',
    kind: 'nets',
    size: 1,
    plant: () => {
      const { values } = Training.prototype;
      return replace(Training.prototype, 'values', function (this: Training, ran, labels) {
        const [loss, ...rest] = values.call(this, ran, labels) as [Tensor, ...Tensor[]];
        return [this.network.runner === wasm ? loss.mul(1e38).mul(1e38) : loss, ...rest];
      });
    },
  },
  {
    name: 'the mean of a window has a gradient of the wrong sign',
    kind: 'images',
    size: 3,
    plant: derivative(averages.op, negated(0)),
  },
  {
    name: 'Nesterov does not look ahead',
    kind: 'descents',
    size: 1,
    plant: encoding(momentumUpdate, (attrs: object) => ({ ...attrs, nesterov: false })),
  },
  {
    name: 'a method throws a TypeError',
    kind: 'order',
    size: 1,
    plant: () =>
      replace(modelPrototype(), 'summary', () => {
        throw new TypeError('planted');
      }),
  },
];
