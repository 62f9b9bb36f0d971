// treeMap, treeLeaves and treeReduce.

import { beforeAll, expect, it } from 'vitest';
import { init, type Tensor, tensor, treeLeaves, treeMap, treeReduce, WasmgradError } from '../bindings/index.js';

beforeAll(() => init());

const params = { w: tensor([1, 2]), layers: [{ b: 3 }, { b: Float32Array.of(4, 5) }] as const };
// biome-ignore lint/suspicious/noExplicitAny: wrong on purpose
const any = (value: unknown): any => value;

it('treeMap makes a tree of the same form, of tensors or of anything else', () => {
  const doubled = treeMap((t) => t.mul(2), params);
  expect(JSON.parse(JSON.stringify(doubled))).toEqual({ w: [2, 4], layers: [{ b: 6 }, { b: [8, 10] }] });
  expect(treeMap((t) => t.shape, params)).toEqual({ w: [2], layers: [{ b: [] }, { b: [2] }] });
  expect(treeMap((t) => t.item(), 3)).toBe(3);
});

it('treeMap takes more trees, by key, whatever the order of their keys', () => {
  const grads = { layers: [{ b: 10 }, { b: tensor([10, 10]) }] as const, w: 10 };
  const next = treeMap(
    (p, g, k) => p.sub(g.mul(k)),
    params,
    grads,
    treeMap(() => 0.5, params),
  );
  expect(JSON.parse(JSON.stringify(next))).toEqual({ w: [-4, -3], layers: [{ b: -2 }, { b: [-1, 0] }] });
});

it('treeLeaves and treeReduce go through the leaves in order', () => {
  expect(treeLeaves(params).map((t) => [...t.data()])).toEqual([[1, 2], [3], [4, 5]]);
  expect(treeReduce((text, t) => `${text} ${t.data()}`, params, 'leaves:')).toBe('leaves: 1,2 3 4,5');
  const total = (sum: Tensor, t: Tensor) => sum.add(t.square().sum());
  expect(treeReduce(total, params, tensor(0)).item()).toBe(55);
  expect(treeReduce((n) => n + 1, {}, 0)).toBe(0);
});

it.each<[string, () => unknown, RegExp]>([
  ['no function', () => treeMap(any(1), params), /treeMap: expected a function, got 1/],
  ['a word', () => treeMap((t) => t, any({ a: 'x' })), /the tree of treeMap\.a is 'x'/],
  [
    'a tree of another form',
    () => treeMap((t) => t, { a: 1 }, any({ b: 1 })),
    /tree 2 of treeMap must have the form of the first/,
  ],
  [
    'a leaf for a nest',
    () => treeMap((t) => t, { a: [1] }, any({ a: 1 })),
    /tree 2 of treeMap must have the form of the first/,
  ],
  ['no function to reduce with', () => treeReduce(any({}), params, 0), /treeReduce: expected a function/],
  ['leaves of a Map', () => treeLeaves(any(new Map())), /the tree of treeLeaves is an object of type Map/],
])('refuses %s', (_, act, message) => {
  expect(act).toThrow(message);
  expect(act).toThrow(WasmgradError);
});
