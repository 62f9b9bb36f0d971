// Tapes as text: the names of instructions and of their operands. `Op` is a const enum: its numbers are inlined, and
// the object that has the names is reached through its module, so that only a program that prints them ships them.

import * as opcodes from '../assembly/opcodes.js';
import { Op } from '../assembly/opcodes.js';
import { BINARY, operandsOf, UNARY } from './instructions.js';
import { decode } from './run/decode.js';

/** The name of an instruction. */
export const nameOf = (op: number): string => (opcodes as unknown as { Op: Record<number, string> }).Op[op]!;

/** The names of operands, by their types: for all instructions that have no names of their own below. */
const FAMILIES: Readonly<Record<string, string>> = {
  [UNARY]: 'out x n slope',
  [BINARY]: 'out a b rows cols aRow aCol bRow bCol slope',
  aaii: 'out x rows cols',
  aaiii: 'out x outer k inner',
  aal: 'out x dimsAndStrides',
};

const NAMES: Readonly<Partial<Record<Op, string>>> = {
  [Op.copy]: 'out x n',
  [Op.gather]: 'out x indices outer size count inner along fill',
  [Op.scatterAdd]: 'out x indices outer size count inner along',
  [Op.takeRows]: 'out base order cursor rows words',
  [Op.advance]: 'cell by',
  [Op.record]: 'log cursor x n',
  [Op.where]: 'out condition a b n aStep bStep',
  [Op.argSort]: 'out x outer k inner descending scratch',
  [Op.crossEntropy]: 'out logits labels rows cols',
  [Op.crossEntropyGrad]: 'out g gStep logits labels rows cols',
  [Op.matMul]: 'out a b m n k transA transB bias epilogue y slope scratch',
  [Op.batchMatMul]: 'out a b m n k transA transB scratch dimsAndStrides',
  [Op.sgdUpdate]: 'param grad lr n',
  [Op.momentumUpdate]: 'param velocity grad lr n nesterov momentum',
  [Op.rmspropUpdate]: 'param meanSquare grad lr n rho epsilon',
  [Op.adagradUpdate]: 'param sumSquare grad lr n epsilon',
  [Op.adamUpdate]: 'param m v grad lr step n beta1 beta2 epsilon',
};

/** The names of the operands of `op`, in tape order: those of its kernel's parameters. */
export const operandNames = (op: Op): string[] =>
  (NAMES[op] ?? FAMILIES[operandsOf(op)] ?? '').split(' ').filter(Boolean);

/** A tape as text, a line for each instruction: `relu out=@4096 x=@1024 n=32 slope=0`. */
export function tapeText(words: Int32Array): string {
  const lines: string[] = [];
  for (let at = 0; at < words.length; ) {
    const op = words[at] as Op;
    const values: number[] = [];
    at = decode(words, at, values);
    const operands = operandNames(op).map((name, i) => {
      const value = values[i]!;
      const kind = operandsOf(op)[i];
      if (kind === 'a') return `${name}=@${value * 4}`;
      if (kind === 'l') return `${name}=[${words.subarray(value + 1, value + 1 + words[value]!).join(', ')}]`;
      return `${name}=${value}`;
    });
    lines.push([nameOf(op), ...operands].join(' '));
  }
  return lines.join('\n');
}
