// The instruction table and what follows from it: a row, a kernel, a case or a TypeScript kernel that is forgotten
// stops the build with a message that names it.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encode, opcodeOf } from '../bindings/encode.js';
import { INSTRUCTIONS, type Instruction, NAMES, type Operands, type Row } from '../bindings/instructions.js';
import { defineOp } from '../bindings/ops/op.js';
import { Program } from '../bindings/program.js';
import { decode } from '../bindings/run/decode.js';
import { createJsRunner } from '../bindings/run/js.js';
import { inputOf, Tensor } from '../bindings/tensor.js';
import { generate, kernelSources, tableOf, writeInstructions } from '../scripts/instructions.mjs';

const source = readFileSync('bindings/instructions.ts', 'utf8');
const sources = kernelSources();

/** What the generator says of a table that was changed. */
const changed = async (from: string | RegExp, to: string): Promise<void> => {
  expect(source).toMatch(from);
  generate(await tableOf(source.replace(from, to)), sources);
};

/** What it says when a piece of a file of kernels is missing. */
const without = async (file: string, piece: string): Promise<void> => {
  expect(sources[file]).toContain(piece);
  generate(await tableOf(source), { ...sources, [file]: sources[file]!.replaceAll(piece, '') });
};

describe('the generator', () => {
  it('has written what the table says', () => writeInstructions(true));

  it('names an instruction without a kernel', async () => {
    const message =
      "no kernel for 'softmax' in assembly/kernels: write `export function softmax(it: SoftmaxOperands, part: i32, parts: i32)`";
    await expect(without('softmax', 'export function softmax(')).rejects.toThrow(message);
    const cosh =
      "no kernel for 'cosh' in assembly/kernels: write `export function cosh(it: CoshOperands, part: i32, parts: i32)`";
    await expect(changed('  sum: reduction,', '  cosh: reduction,\n  sum: reduction,')).rejects.toThrow(cosh);
  });

  it('names an elementwise instruction without a case', async () => {
    const message = (name: string, file: string) =>
      `no kernel for '${name}' in assembly/kernels/${file}.ts: add a case, \`case Op.${name}:\``;
    await expect(without('elementwise', 'case Op.softplus:')).rejects.toThrow(message('softplus', 'elementwise'));
    await expect(without('curves', 'case Op.atan:')).rejects.toThrow(message('atan', 'curves'));
    await expect(changed('  neg: unary,', '  cosh: unary,\n  neg: unary,')).rejects.toThrow(
      message('cosh', 'elementwise'),
    );
    await expect(changed('  floor: unary,', '  cosh: unary,\n  floor: unary,')).rejects.toThrow(
      message('cosh', 'curves'),
    );
  });

  it('names what a side module lacks, or has in excess, after a row was moved', async () => {
    const lacks = "no kernel for 'sum' in assembly/kernels: write `export function sum(it: SumOperands";
    await expect(without('reduce', 'export function sum(')).rejects.toThrow(lacks);
    // An instruction of no family moves by its row alone, one of a family with its case.
    const moved = source.replace('  sum: reduction,\n', '').replace('  cumSum: reduction,', '  sum: reduction,\n$&');
    const texts = generate(await tableOf(moved), sources);
    expect((texts as Record<string, string>)['sides/indexing']).toContain("export { sum } from '../kernels/reduce';");
    const abs = source.replace('  abs: unary,\n', '').replace('  atan: unary,', '  abs: unary,\n$&');
    await expect(tableOf(abs).then((table) => generate(table, sources))).rejects.toThrow(
      "no kernel for 'abs' in assembly/kernels/curves.ts: add a case, `case Op.abs:`",
    );
    const both = { ...sources, curves: `${sources.curves}\n// case Op.abs:` };
    await expect(tableOf(abs).then((table) => generate(table, both))).rejects.toThrow(
      "the kernel 'abs' in assembly/kernels/elementwise.ts has a row of another module",
    );
    const family = "no kernel for 'expm1' in assembly/kernels: write `export function curvesUnary(it: UnaryOperands";
    await expect(without('curves', 'export function curvesUnary(')).rejects.toThrow(family);
  });

  it('names a kernel without a row', async () => {
    await expect(changed('  cumSum: reduction,\n', '')).rejects.toThrow(
      "'cumSum' in assembly/kernels/scan.ts has no row",
    );
    await expect(changed('  atan: unary,\n', '')).rejects.toThrow("'atan' in assembly/kernels/curves.ts has no row");
  });

  it('refuses operands that would not be where the encoder puts them', async () => {
    await expect(
      changed('{ weightDecay: double, param: updated,', '{ param: updated, weightDecay: double,'),
    ).rejects.toThrow('bindings/instructions.ts: sgdUpdate: doubles must come first');
    await expect(changed(/copy: \{[^}]*\}/, 'copy: { x: list, n: int }')).rejects.toThrow(
      'copy: a list must be the last operand',
    );
    await expect(changed(/copy: \{[^}]*\}/, 'copy: { length: int }')).rejects.toThrow(
      "copy: 'length' is the name of a word that every instruction has",
    );
  });

  it('refuses an elementwise instruction that does not stand with the others', async () => {
    await expect(changed('  abs: unary,', '  abs: reduction,')).rejects.toThrow(
      'abs stands among the unary instructions, which must stand together',
    );
  });

  it('lets the compiler compare every structure with the encoder', async () => {
    const { operands } = generate(await tableOf(source), sources);
    for (const [, name, field, at] of operands.matchAll(/if \(offsetof<(\w+)>\('(\w+)'\) !== (\d+)\) ERROR/g)) {
      expect(operands, name).toContain(`export class ${name} {`);
      expect(field).not.toBe('');
      expect(Number(at)).toBeGreaterThan(0);
    }
    const count = (text: string) => operands.split(text).length - 1;
    expect(count('if (offsetof<')).toBe(count('export class '));
  });
});

describe('the table', () => {
  const sample = (name: Instruction): Record<string, number | number[]> => {
    const sampleOf = (kind: string, i: number) =>
      kind === 'list' || kind === 'tape' ? [3, -4, 5] : kind === 'double' ? 1e-300 * (i + 1) : 4 * i + 4;
    return Object.fromEntries(
      Object.entries(INSTRUCTIONS[name] as Row).map(([operand, kind], i) => [operand, sampleOf(kind, i)]),
    );
  };

  it.each(NAMES)('%s is read back as it was encoded', (name) => {
    const operands = sample(name);
    const tape: number[] = [];
    encode(tape, name, operands as Operands<typeof name>);
    const row: Row = INSTRUCTIONS[name];
    const indexed = Object.entries(operands).map(([operand, value]) => [
      operand,
      row[operand]!.includes(' ') ? (value as number) / 4 : value,
    ]);
    expect(decode(Int32Array.from(tape), 0)).toEqual({
      name,
      operands: Object.fromEntries(indexed),
      next: tape.length,
    });
    expect(tape[0]).toBe(opcodeOf(name));
    expect(tape[1]).toBe(tape.length);
  });

  it('a program whose kernel is missing is not loaded', () => {
    const cos = defineOp<object>({
      name: 'cos without a kernel',
      infer: ([x]) => x!,
      emit: (e, node) => e.code('cos', { out: e.at(node), x: e.at(node.inputs[0]!), n: node.size, slope: 0 }),
    });
    const x = inputOf('x', [3]);
    const load = () =>
      new Program(createJsRunner(), { outputs: [new Tensor(cos, [x], {})], effects: [] }, { inputs: [x] });
    expect(load).toThrow("internal error: no TypeScript kernel for 'cos'");
  });
});
