// What each instruction's operands are, in tape order: read by the encoder, by the text form and by the TypeScript
// runner. The order is also the argument order of the kernel and of its twin. Not here: what an instruction does.

import { Op } from '../assembly/opcodes.js';

// `*name` is an address, `~name` a float32, `~~name` a float64 (two words), `...name` a counted list of integers that
// ends the instruction (the kernel gets its address on the tape and its length), and a bare name is an integer.
const UNARY = '*out *x n ~p';
const BINARY = '*out *a *b rows cols aRow aCol bRow bCol ~p';
const ROWS = '*out *x rows cols';

export const SIGNATURES = {
  [Op.halt]: '',

  [Op.copy]: '*out *x n',
  [Op.permute]: '*out *x ...dimsAndStrides',
  [Op.write]: '*out *x ...dimsAndStrides',
  [Op.gather]: '*out *x *indices outer size count inner along fill',
  [Op.scatterAdd]: '*out *x *indices outer size count inner along',
  [Op.takeRows]: '*out *base *order *cursor rows words',
  [Op.advance]: '*cell by',
  [Op.record]: '*log *cursor *x n',

  [Op.neg]: UNARY,
  [Op.abs]: UNARY,
  [Op.sign]: UNARY,
  [Op.square]: UNARY,
  [Op.sqrt]: UNARY,
  [Op.exp]: UNARY,
  [Op.log]: UNARY,
  [Op.relu]: UNARY,
  [Op.leakyRelu]: UNARY,
  [Op.sigmoid]: UNARY,
  [Op.tanh]: UNARY,
  [Op.softplus]: UNARY,
  [Op.expm1]: UNARY,
  [Op.log1p]: UNARY,
  [Op.sin]: UNARY,
  [Op.cos]: UNARY,
  [Op.atan]: UNARY,
  [Op.erf]: UNARY,
  [Op.floor]: UNARY,
  [Op.ceil]: UNARY,
  [Op.round]: UNARY,
  [Op.toFloat]: UNARY,

  [Op.add]: BINARY,
  [Op.sub]: BINARY,
  [Op.mul]: BINARY,
  [Op.div]: BINARY,
  [Op.maximum]: BINARY,
  [Op.minimum]: BINARY,
  [Op.equal]: BINARY,
  [Op.greater]: BINARY,
  [Op.greaterEqual]: BINARY,
  [Op.pow]: BINARY,
  [Op.equalInt]: BINARY,
  [Op.reluGrad]: BINARY,
  [Op.leakyReluGrad]: BINARY,
  [Op.sigmoidGrad]: BINARY,
  [Op.tanhGrad]: BINARY,

  [Op.where]: '*out *condition *a *b n aStep bStep',

  [Op.sum]: '*out *x outer k inner',
  [Op.argMax]: '*out *x outer k inner',
  [Op.max]: '*out *x outer k inner',
  [Op.cumSum]: '*out *x outer k inner',

  [Op.argSort]: '*out *x outer k inner descending *scratch',

  [Op.softmax]: ROWS,
  [Op.logSoftmax]: ROWS,
  [Op.crossEntropy]: '*out *logits *labels rows cols',
  [Op.crossEntropyGrad]: '*out *g gStep *logits *labels rows cols',

  [Op.matMul]: '*out *a *b m n k transA transB *bias epilogue *y ~p *scratch',
  [Op.batchMatMul]: '*out *a *b m n k transA transB *scratch ...dimsAndStrides',

  [Op.sgdUpdate]: '*param *grad *lr n',
  [Op.momentumUpdate]: '*param *velocity *grad *lr n nesterov ~~momentum',
  [Op.rmspropUpdate]: '*param *meanSquare *grad *lr n ~~rho ~~epsilon',
  [Op.adagradUpdate]: '*param *sumSquare *grad *lr n ~~epsilon',
  [Op.adamUpdate]: '*param *m *v *grad *lr *step n ~~beta1 ~~beta2 ~~epsilon',
} as const satisfies Record<Op, string>;

export type OperandKind = 'address' | 'integer' | 'float' | 'double' | 'list';

export interface Operand {
  readonly name: string;
  readonly kind: OperandKind;
}

const PREFIXES: readonly (readonly [string, OperandKind])[] = [
  ['...', 'list'],
  ['~~', 'double'],
  ['~', 'float'],
  ['*', 'address'],
  ['', 'integer'],
];

function parseOperand(word: string): Operand {
  const [prefix, kind] = PREFIXES.find(([p]) => word.startsWith(p))!;
  return { name: word.slice(prefix.length), kind };
}

const parsed = new Map<Op, readonly Operand[]>();

/** The operands of `op`, in tape order. */
export function operandsOf(op: Op): readonly Operand[] {
  let operands = parsed.get(op);
  if (!operands) {
    operands = SIGNATURES[op].split(' ').filter(Boolean).map(parseOperand);
    parsed.set(op, operands);
  }
  return operands;
}

const words = new Int32Array(2);
const asFloat = new Float32Array(words.buffer);
const asDouble = new Float64Array(words.buffer);

/** One operand of an instruction; a list stands for its integers. */
export type OperandValue = number | readonly number[];

/** Appends [op, length, operands …] to `tape`. */
export function encode(tape: number[], op: Op, values: readonly OperandValue[]): void {
  const start = tape.push(op, 0) - 2;
  operandsOf(op).forEach(({ kind }, i) => {
    const value = values[i]!;
    if (kind === 'list') {
      const list = value as readonly number[];
      tape.push(list.length, ...list);
    } else if (kind === 'float') {
      asFloat[0] = value as number;
      tape.push(words[0]!);
    } else if (kind === 'double') {
      asDouble[0] = value as number;
      tape.push(words[0]!, words[1]!);
    } else {
      tape.push((value as number) | 0);
    }
  });
  tape[start + 1] = tape.length - start;
}

/** An instruction read back from the tape. A list's value is the index of its count on the tape. */
export interface Decoded {
  readonly op: Op;
  readonly values: number[];
  readonly next: number;
}

/** Reads the instruction at word `at`. Addresses come back unsigned. */
export function decode(tape: Int32Array, at: number): Decoded {
  const op = tape[at] as Op;
  const values: number[] = [];
  let word = at + 2;
  for (const { kind } of operandsOf(op)) {
    words[0] = tape[word]!;
    if (kind === 'double') {
      words[1] = tape[++word]!;
      values.push(asDouble[0]!);
    } else if (kind === 'float') values.push(asFloat[0]!);
    else if (kind === 'list') values.push(word);
    else values.push(kind === 'address' ? words[0]! >>> 0 : words[0]!);
    word++;
  }
  return { op, values, next: at + tape[at + 1]! };
}
