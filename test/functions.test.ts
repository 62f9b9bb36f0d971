// The methods of Tensor as functions (wasmgrad/ops): every case of the table makes the same graph by functions as by
// methods.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { init } from '../bindings/entry/inline.js';
import { graphOf, graphText } from '../bindings/graph.js';
import * as methods from '../bindings/ops/methods.js';
import * as ops from '../bindings/ops.js';
import { inputOf, Tensor, tensor } from '../bindings/tensor.js';
import { CASES, type Case } from './cases.js';

type Call = (this: Tensor, ...args: never[]) => unknown;

const prototype = Tensor.prototype as unknown as Record<string, Call>;
const originals = new Map(Object.keys(methods).map((name) => [name, prototype[name]!]));
const called = new Set<string>();
let isOn = false;

/** The method, which calls its function where that did not call the method itself. */
function byFunction(name: string, f: (x: Tensor, ...args: never[]) => unknown): Call {
  const method = originals.get(name)!;
  let isInside = false;
  return function (...args) {
    if (!isOn || isInside) return method.apply(this, args);
    called.add(name);
    isInside = true;
    try {
      return f(this, ...args);
    } finally {
      isInside = false;
    }
  };
}

beforeAll(async () => {
  await init({ seed: 1 });
  for (const [name, f] of Object.entries(methods)) prototype[name] = byFunction(name, f);
});

afterAll(() => {
  for (const [name, method] of originals) prototype[name] = method;
});

function textOf({ call, shapes, domains }: Case, byFunctions: boolean): string {
  const inputs = shapes.at(-1)!.map((shape, i) => inputOf(`x${i}`, shape, domains[i]!.dtype));
  isOn = byFunctions;
  try {
    return graphText(graphOf({ outputs: [call(...inputs)], effects: [] }));
  } finally {
    isOn = false;
  }
}

describe('a method as a function', () => {
  it('makes the same graph, in every case of the table', () => {
    for (const c of CASES) expect(textOf(c, true), c.name).toBe(textOf(c, false));
    expect([...called].sort()).toEqual(Object.keys(methods).sort());
  });

  it('takes a number as its first operand, of the type of the second', () => {
    const ints = tensor([3, 4], undefined, 'int32');
    const results = [
      ops.sub(1, ints),
      ops.sub(1, tensor([3, 4])),
      ops.less(3.5, tensor([3, 4])),
      ops.exp(0),
      ops.add(1, 2),
    ];
    expect(results.map((t) => [t.dtype, t.toArray()])).toEqual([
      ['int32', [-2, -3]],
      ['float32', [-2, -3]],
      ['float32', [0, 1]],
      ['float32', 1],
      ['float32', 3],
    ]);
  });

  it('passes arguments and options on', () => {
    const x = tensor([
      [1, 2],
      [3, 5],
    ]);
    expect(ops.sum(x, 0, { keepDims: true }).toArray()).toEqual([[4, 7]]);
    expect(ops.matMul(x, x, { transB: true }).toArray()).toEqual([
      [5, 13],
      [13, 34],
    ]);
    expect(ops.leakyRelu(-2, 0.5).item()).toBe(-1);
    expect(() => ops.sum(x, 0, { keepdims: true } as never)).toThrow(/sum.*'keepdims'.*'keepDims'/);
  });

  it('names itself where it is called wrongly', () => {
    const bad = 'x' as never;
    expect(() => ops.rsqrt(bad)).toThrow("rsqrt: expected a Tensor or a number, got 'x'");
    expect(() => ops.matMul(bad, bad)).toThrow("matMul: expected a Tensor or a number, got 'x'");
    expect(() => ops.add(1, bad)).toThrow("add: expected a Tensor or a number, got 'x'");
  });
});
