// However an instruction is divided between threads: its parts, run one after the other, give the bits of one part that
// does all.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encode } from '../bindings/encode.js';
import { gradients } from '../bindings/grad.js';
import { sizeOf } from '../bindings/shape.js';
import { inputOf, type TensorData } from '../bindings/tensor.js';
import { CASES, type Case, type Domain, SIZES, UPDATES, type UpdateCase } from './cases.js';
import { release, type Step, trace, wasm } from './harness.js';
import { Numbers } from './numbers.js';
import { inParts, runPart, setLeast } from './parts.js';
import { THOROUGH } from './thorough.js';

afterEach(release);

function sample({ low, high, dtype }: Domain, n: number, random: Numbers): TensorData {
  if (dtype === 'int32') return Int32Array.from({ length: n }, () => low + random.below(high - low));
  return Float32Array.from({ length: n }, () => low + (high - low) * random.uniform());
}

const same = (a: TensorData, b: TensorData): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]));

function compare(expected: readonly Step[], actual: readonly Step[], where: string): void {
  actual.forEach(({ node, values }, s) => {
    values.forEach((value, v) => {
      expect(same(value, expected[s]!.values[v]!), `${node.op.name} ${where}`).toBe(true);
    });
  });
}

const PARTS = THOROUGH ? [1, 2, 3, 5] : [2, 5];
/** As in assembly/share.ts. */
const LEAST = 4096;

describe('shares of little work', () => {
  beforeAll(() => setLeast(0));
  afterAll(() => setLeast(LEAST));

  it.each(CASES.filter((_, i) => THOROUGH || i % 2 === 0).map((c): [string, Case] => [c.name, c]))('%s', (_, c) => {
    for (const shapes of c.shapes) {
      const random = new Numbers(8);
      const inputs = shapes.map((shape, i) => inputOf(`x${i}`, shape, c.domains[i]!.dtype));
      const feeds = new Map(inputs.map((t, i) => [t, sample(c.domains[i]!, sizeOf(t.shape), random)]));
      const out = c.call(...inputs);
      const wrt = (c.differentiable ?? []).map((i) => inputs[i]!);
      const grads = wrt.length ? gradients(out.square().sum(), wrt).filter((g) => g !== null) : [];
      const expected = trace(wasm, [out, ...grads], feeds);
      for (const parts of PARTS)
        compare(expected, trace(inParts(parts), [out, ...grads], feeds), `${JSON.stringify(shapes)}, ${parts} parts`);
    }
  });

  it.each(UPDATES.map((c): [string, UpdateCase] => [c.name, c]))('%s update', (_, { slots, call }) => {
    const random = new Numbers(9);
    for (const n of SIZES) {
      const state = Array.from({ length: slots }, (_, s) => inputOf(`slot${s}`, [n]));
      const [grad, lr, step] = [inputOf('grad', [n]), inputOf('lr', []), inputOf('step', [], 'int32')];
      const feeds = new Map([...state, grad].map((t) => [t, sample({ low: 0, high: 1 }, n, random)]));
      feeds.set(lr, Float32Array.of(0.1)).set(step, Int32Array.of(3));
      const update = call([...state, grad, lr, step]);
      const expected = trace(wasm, [update], feeds);
      for (const parts of PARTS) compare(expected, trace(inParts(parts), [update], feeds), `of ${n}, ${parts} parts`);
    }
  });
});

it('splits what is large, and only that', () => {
  const { memory } = inParts(2);
  const at = memory.alloc(4 * 20000, 'an output').address;
  const tape: number[] = [];
  for (const n of [LEAST - 1, 16001]) {
    encode(tape, 'exp', { out: at, x: at, n, slope: 0 });
    encode(tape, 'halt', {});
    const block = memory.alloc(tape.length * 4, 'a tape');
    memory.i.set(tape, block.address / 4);
    const written = [0, 1].map((part) => {
      memory.f.fill(0, at / 4, at / 4 + 20000);
      runPart(block.address, part, 2);
      return Array.from(memory.f.subarray(at / 4, at / 4 + 20000)).filter(Boolean).length;
    });
    expect(written).toEqual(n < LEAST ? [n, 0] : [8016, 7985]);
    tape.length = 0;
  }
});
