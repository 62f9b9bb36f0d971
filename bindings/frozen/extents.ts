// How much of memory each instruction of a frozen program reads or writes, from its operands: what verify.ts holds
// against the memory that the program has. test/frozen.test.ts holds it against the buffers of the planner. Not here:
// instructions that the slim build is without (allextents.ts). One that has no rule is in no frozen program: it draws
// random numbers or trains.

import { gemmScratch } from '../../assembly/blocks.js';
import type { Instruction } from '../instructions.js';

/** The whole numbers among the operands of an instruction, addresses too, by name. A list has the name `list`. */
export interface Numbers {
  readonly [operand: string]: number;
}

/**
 * Words from an address on: so many, or those from one to another, for an address in the middle. 0 is for an operand
 * that is not there. NaN, as every count that is wrong gives, is refused.
 */
export type Extent = number | readonly [from: number, to: number];

/** The words at each address, by the names of the operands. */
export type Rule = (it: Numbers, list: readonly number[]) => Readonly<Record<string, Extent>>;

/** Rules by instruction. */
export type Extents = { readonly [I in Instruction]?: Rule };

/** A product of counts: NaN if one of them is none. */
export const size = (...counts: readonly number[]): number =>
  counts.reduce((all, n) => (n > 0 ? all * n : Number.NaN), 1);

/** What is read with strides over dimensions, `words` at each place. */
export function strided(dims: readonly number[], strides: readonly number[], words = 1): Extent {
  let [from, to] = [0, words];
  dims.forEach((n, d) => {
    const far = (size(n) - 1) * strides[d]!;
    if (far < 0) from += far;
    else to += far;
  });
  return [from, to];
}

/** `words`, if `holds`. */
export const where = (holds: boolean, words: Extent): Extent => (holds ? words : Number.NaN);

/** What is there if its address is not 0. */
export const ifAny = (address: number, words: number): number => (address ? words : 0);

export const isStep = (step: number): boolean => step === 0 || step === 1;

const unary: Rule = ({ n }) => ({ out: size(n!), x: size(n!) });

const binary: Rule = ({ rows, cols, aRow, aCol, bRow, bCol }) => ({
  out: size(rows!, cols!),
  a: where(isStep(aCol!), strided([rows!, cols!], [aRow!, aCol!])),
  b: where(isStep(bCol!), strided([rows!, cols!], [bRow!, bCol!])),
});

export const overRows: Rule = ({ rows, cols }) => ({ out: size(rows!, cols!), x: size(rows!, cols!) });

/** The rules of what is in the slim build, by instruction. */
export const EXTENTS: Extents = {
  copy: unary,
  softmax: overRows,
  matMul: ({ m, n, k, bias, y }) => ({
    out: size(m!, n!),
    a: size(m!, k!),
    b: size(k!, n!),
    bias: ifAny(bias!, n!),
    y: ifAny(y!, m! * n!),
    scratch: gemmScratch(m!, n!, k!) / 4,
  }),
};

/** The rule of an instruction; those of a family have one rule. */
export const extentsOf = (rules: Extents, name: Instruction, row: object): Rule | undefined =>
  rules[name] ?? ('aCol' in row ? binary : 'slope' in row && 'n' in row && 'x' in row ? unary : undefined);
