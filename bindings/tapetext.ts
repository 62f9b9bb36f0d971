// Tapes as text, by the names of the instruction table.

import { INSTRUCTIONS, isAddress, type Kind, NAMES, type OperandValue, type Row } from './instructions.js';
import { decode } from './run/decode.js';

function operandText(name: string, kind: Kind, value: OperandValue): string {
  if (typeof value === 'object') return `${name}=[${value.join(', ')}]`;
  if (kind === 'opcode' && value) return `${name}=${NAMES[value]}`;
  return isAddress(kind) ? `${name}=@${value * 4}` : `${name}=${value}`;
}

/** A tape as text, a line for each instruction: `relu out=@4096 x=@1024 n=32 slope=0`. */
export function tapeText(words: Int32Array): string {
  const lines: string[] = [];
  for (let at = 0; at < words.length; ) {
    const { name, operands, next } = decode(words, at);
    const row = Object.entries(INSTRUCTIONS[name] as Row);
    lines.push([name, ...row.map(([operand, kind]) => operandText(operand, kind, operands[operand]!))].join(' '));
    at = next;
  }
  return lines.join('\n');
}
