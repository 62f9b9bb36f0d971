// The types of each instruction's operands, in the order in which they stand on the tape: for the encoder, the text form
// and the TypeScript runner. The parameters of the kernel and of its twin have the same order. Not here: what an
// instruction does (kernels/), and the names of its operands (opnames.ts), which only the text form needs.

import { Op } from '../assembly/opcodes.js';

/** Elementwise, of one input: from `neg` on. */
type Unary =
  | Op.neg
  | Op.abs
  | Op.sign
  | Op.square
  | Op.sqrt
  | Op.exp
  | Op.log
  | Op.relu
  | Op.leakyRelu
  | Op.sigmoid
  | Op.tanh
  | Op.softplus
  | Op.expm1
  | Op.log1p
  | Op.sin
  | Op.cos
  | Op.atan
  | Op.erf
  | Op.floor
  | Op.ceil
  | Op.round
  | Op.toFloat;

/** Elementwise, of two inputs: from `add` on. */
type Binary =
  | Op.add
  | Op.sub
  | Op.mul
  | Op.div
  | Op.maximum
  | Op.minimum
  | Op.equal
  | Op.greater
  | Op.greaterEqual
  | Op.pow
  | Op.equalInt
  | Op.reluGrad
  | Op.leakyReluGrad
  | Op.sigmoidGrad
  | Op.tanhGrad;

/** The operands of these two families, in the letters of `operandsOf`. */
export const UNARY = 'aaif';
export const BINARY = 'aaaiiiiiif';

/** The operands of every other instruction; the compiler refuses a missing one. */
const OPERANDS: Readonly<Record<Exclude<Op, Unary | Binary>, string>> = {
  [Op.halt]: '',

  [Op.copy]: 'aai',
  [Op.permute]: 'aal',
  [Op.write]: 'aal',
  [Op.gather]: 'aaaiiiiii',
  [Op.scatterAdd]: 'aaaiiiii',
  [Op.takeRows]: 'aaaaii',
  [Op.advance]: 'ai',
  [Op.record]: 'aaai',

  [Op.where]: 'aaaaiii',

  [Op.sum]: 'aaiii',
  [Op.argMax]: 'aaiii',
  [Op.max]: 'aaiii',
  [Op.cumSum]: 'aaiii',

  [Op.argSort]: 'aaiiiia',

  [Op.softmax]: 'aaii',
  [Op.logSoftmax]: 'aaii',
  [Op.crossEntropy]: 'aaaii',
  [Op.crossEntropyGrad]: 'aaiaaii',

  [Op.matMul]: 'aaaiiiiiaiafa',
  [Op.batchMatMul]: 'aaaiiiiial',

  [Op.sgdUpdate]: 'aaai',
  [Op.momentumUpdate]: 'aaaaiid',
  [Op.rmspropUpdate]: 'aaaaidd',
  [Op.adagradUpdate]: 'aaaaid',
  [Op.adamUpdate]: 'aaaaaaiddd',
};

/**
 * The types of an instruction's operands, one letter each: `a` is an address, `i` an integer, `f` a float32, `d` a
 * float64 (two words), and `l` a list of integers after their count, which ends the instruction (the kernel gets the
 * place of the count).
 */
export const operandsOf = (op: Op): string =>
  (OPERANDS as Partial<Record<Op, string>>)[op] ?? (op < Op.add ? UNARY : BINARY);

const words = new Int32Array(2);
const asFloat = new Float32Array(words.buffer);
const asDouble = new Float64Array(words.buffer);

/** The value of an operand: a number, or the integers of a list. */
export type OperandValue = number | readonly number[];

/** Appends [op, length, operands …] to `tape`. */
export function encode(tape: number[], op: Op, values: readonly OperandValue[]): void {
  const start = tape.push(op, 0) - 2;
  values.forEach((value, i) => {
    const kind = operandsOf(op)[i];
    if (typeof value === 'object') tape.push(value.length, ...value);
    else {
      if (kind === 'd') asDouble[0] = value;
      else if (kind === 'f') asFloat[0] = value;
      else words[0] = value;
      tape.push(words[0]!);
      if (kind === 'd') tape.push(words[1]!);
    }
  });
  tape[start + 1] = tape.length - start;
}
