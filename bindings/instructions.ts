// What each instruction's operands are, in tape order: read by the encoder, by the text form and by the TypeScript
// runner. The order is also the argument order of the kernel and of its twin. Not here: what an instruction does, and
// the names of its operands (opnames.ts), which only the text form needs.

import { Op } from '../assembly/opcodes.js';

export const UNARY = 'aaif';
export const BINARY = 'aaaiiiiiif';

/**
 * A letter an operand: `a` is an address, `i` an integer, `f` a float32, `d` a float64 (two words), and `l` a counted list
 * of integers that ends the instruction (the kernel gets its address on the tape and its length).
 */
export const OPERANDS: Readonly<Record<Op, string>> = {
  [Op.halt]: '',

  [Op.copy]: 'aai',
  [Op.permute]: 'aal',
  [Op.write]: 'aal',
  [Op.gather]: 'aaaiiiiii',
  [Op.scatterAdd]: 'aaaiiiii',
  [Op.takeRows]: 'aaaaii',
  [Op.advance]: 'ai',
  [Op.record]: 'aaai',

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

const words = new Int32Array(2);
const asFloat = new Float32Array(words.buffer);
const asDouble = new Float64Array(words.buffer);

/** One operand of an instruction; a list stands for its integers. */
export type OperandValue = number | readonly number[];

/** Appends [op, length, operands …] to `tape`. */
export function encode(tape: number[], op: Op, values: readonly OperandValue[]): void {
  const start = tape.push(op, 0) - 2;
  values.forEach((value, i) => {
    const kind = OPERANDS[op][i];
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

/**
 * Reads the instruction at word `at` and appends its operands to `values`: an address as an index, a list as the index of
 * its count on the tape.
 *
 * @returns where the next instruction starts
 */
export function decode(tape: Int32Array, at: number, values: unknown[]): number {
  let word = at + 2;
  for (const kind of OPERANDS[tape[at] as Op]) {
    words[0] = tape[word++]!;
    if (kind === 'd') words[1] = tape[word++]!;
    if (kind === 'l') values.push(word - 1);
    else if (kind === 'a') values.push(words[0] >>> 2);
    else if (kind === 'i') values.push(words[0]);
    else values.push(kind === 'f' ? asFloat[0] : asDouble[0]);
  }
  return at + tape[at + 1]!;
}
