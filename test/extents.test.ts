// What is written down of how much an instruction reads and writes (bindings/frozen), held against the buffers of the
// planner.

import { beforeAll, expect, test } from 'vitest';
import { encode } from '../bindings/encode.js';
import { ALL_EXTENTS } from '../bindings/frozen/allextents.js';
import { EXTENTS, type Extent, extentsOf } from '../bindings/frozen/extents.js';
import { fuse } from '../bindings/fuse.js';
import { graphOf } from '../bindings/graph.js';
import * as wg from '../bindings/index.js';
import { BEYOND_SLIM, INSTRUCTIONS, type Instruction, isAddress, MODULES, type Row } from '../bindings/instructions.js';
import { type Buffer, plan } from '../bindings/plan.js';
import { emitGraph } from '../bindings/program.js';
import { decode } from '../bindings/run/decode.js';
import { type Shape, sizeOf } from '../bindings/shape.js';
import { inputOf, type Tensor } from '../bindings/tensor.js';
import { CASES, type Case } from './cases.js';
import { THOROUGH } from './thorough.js';

beforeAll(async () => void (await wg.init()));

const GAP = 4096;
const seen = new Set<Instruction>();

/** Every instruction of a graph reads and writes within one buffer at each address, and writes all of its result. */
function check(outputs: readonly Tensor[], what: string): void {
  const graph = fuse(graphOf({ outputs, effects: [] }));
  const planned = plan(graph, new Set());
  const places = new Map<Buffer, number>();
  let end = GAP;
  const addressOf = (buffer: Buffer): number => {
    const known = places.get(buffer);
    if (known !== undefined) return known;
    const at = end;
    places.set(buffer, at);
    end += Math.ceil(buffer.bytes / 64) * 64 + GAP;
    return at;
  };
  const words: number[] = [];
  emitGraph(graph, planned, addressOf, { code: (name, operands) => encode(words, name, operands), words });
  const tape = Int32Array.from(words);
  for (let at = 0; at < tape.length; ) {
    const { name, operands, next } = decode(tape, at);
    at = next;
    const row: Row = INSTRUCTIONS[name];
    const rule = extentsOf(ALL_EXTENTS, name, row);
    if (!rule) continue;
    const numbers = Object.fromEntries(
      Object.entries(operands).map(([operand, value]) => [
        operand,
        isAddress(row[operand]!) ? (value as number) * 4 : value,
      ]),
    );
    const list = Object.values(operands).find((value) => typeof value === 'object') ?? [];
    const extents = rule(numbers as never, list as readonly number[]);
    for (const operand of Object.keys(row).filter((name) => isAddress(row[name]!))) {
      const extent: Extent = extents[operand]!;
      const [from, to] = typeof extent === 'number' ? [0, extent] : extent;
      const place = `${operand} of ${name} in ${what}`;
      const address = numbers[operand] as number;
      if (from === to) continue;
      const found = [...places].find(([{ bytes }, start]) => address >= start && address < start + Math.max(bytes, 1));
      const [{ bytes }, start] = found ?? fail(`${place} is in no buffer`);
      const isIn = address + 4 * from >= start && address + 4 * to <= start + Math.ceil(bytes / 4) * 4;
      if (!isIn) fail(`${place} has ${bytes} bytes, and by its rule ${4 * to}`);
      const isWhole = row[operand]!.startsWith('written') && !PARTS.includes(name);
      if (isWhole && 4 * to !== bytes) fail(`${place} has ${bytes} bytes, and by its rule ${4 * to} are written`);
    }
    seen.add(name);
  }
}

/** These also write a part of a tensor: concat, pad. */
const PARTS: readonly Instruction[] = ['copy', 'permute', 'write'];

function fail(message: string): never {
  throw new Error(message);
}

function checkCase({ name, call, shapes, domains, differentiable = [] }: Case): void {
  const full = shapes.filter((one) => one.every((shape) => sizeOf(shape) > 0));
  for (const [number, some] of full.slice(0, THOROUGH ? full.length : 3).entries()) {
    const inputs = some.map((shape: Shape, i) => inputOf('x', shape, domains[i]!.dtype));
    const y = call(...inputs);
    if (y.size === 0) continue;
    check([y], `${name} of ${JSON.stringify(some)}`);
    if (differentiable.length === 0 || (number > 0 && !THOROUGH)) continue;
    const of = differentiable.map((i) => inputs[i]!);
    const f = (args: readonly Tensor[]) => call(...inputs.map((x, i) => args[differentiable.indexOf(i)] ?? x)).sum();
    check(wg.grad(f as never)(of as never) as never, `the gradient of ${name} of ${JSON.stringify(some)}`);
  }
}

test('every instruction of every op stays in its buffers by its rule', () => {
  for (const one of CASES) checkCase(one);
  const expected = Object.keys(INSTRUCTIONS).filter((name) => extentsOf(ALL_EXTENTS, name as Instruction, row(name)));
  expect(expected.filter((name) => !seen.has(name as Instruction))).toEqual([]);
});

const row = (name: string): Row => INSTRUCTIONS[name as Instruction];

test('what the slim module has has a rule beside it', () => {
  const slim = Object.keys(MODULES.main).filter((name) => !BEYOND_SLIM.includes(name as never));
  const without = slim.filter((name) => !extentsOf(EXTENTS, name as Instruction, row(name)));
  expect(without).toEqual(['halt', 'loop']);
});
