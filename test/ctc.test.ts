// ctcLoss against all alignments, one by one, against the recursion of the paper in float64, and against values of PyTorch.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import * as ops from '../bindings/ops.js';
import { Numbers } from './numbers.js';

const int = (values: readonly number[], shape: readonly number[]) => wg.tensor(Int32Array.from(values), shape);

/** What a sequence of classes says. */
const read = (path: readonly number[], blank: number): string =>
  path.filter((c, i) => c !== blank && c !== path[i - 1]).join();

/** -ln of the sum of the probabilities of all paths that say the target. */
function byPaths(p: readonly (readonly number[])[], target: readonly number[], blank: number): number {
  const classes = p[0]?.length ?? 0;
  let sum = 0;
  for (let k = 0; k < classes ** p.length; k++) {
    const path = p.map((_, t) => Math.floor(k / classes ** t) % classes);
    if (read(path, blank) === target.join()) sum += path.reduce((all, c, t) => all * p[t]![c]!, 1);
  }
  return -Math.log(sum);
}

/** The forward recursion, with probabilities. */
function byRecursion(p: readonly (readonly number[])[], target: readonly number[], blank: number): number {
  const places = [blank, ...target.flatMap((label) => [label, blank])];
  let alpha: number[] = places.map((_, s) => (s === 0 ? 1 : 0));
  for (const row of p) {
    alpha = places.map((label, s) => {
      const jump = s > 1 && label !== blank && label !== places[s - 2] ? alpha[s - 2]! : 0;
      return (alpha[s]! + (alpha[s - 1] ?? 0) + jump) * row[label]!;
    });
  }
  return -Math.log(alpha.at(-1)! + (target.length > 0 ? alpha.at(-2)! : 0));
}

/** Probabilities of each step. */
function probabilities(time: number, classes: number, numbers: Numbers): number[][] {
  return Array.from({ length: time }, () => {
    const row = Array.from({ length: classes }, () => 0.05 + numbers.uniform());
    const sum = row.reduce((a, b) => a + b);
    return row.map((value) => value / sum);
  });
}

const logsOf = (p: readonly (readonly number[])[]) => wg.tensor([p.map((row) => row.map(Math.log))] as never);

describe.each(['wasm', 'js'] as const)('on %s', (backend) => {
  beforeAll(() => wg.init({ backend, seed: 1 }));

  it.each<[number, number[], number]>([
    [1, [], 0],
    [1, [2], 0],
    [3, [1, 1], 0],
    [4, [1, 2, 1], 0],
    [5, [2, 2], 0],
    [4, [0, 1], 2],
    [5, [1, 0, 0], 2],
  ])('%i steps that say %j are all their paths', (time, target, blank) => {
    const p = probabilities(time, 3, new Numbers(time));
    const loss = ops.ctcLoss(logsOf(p), int(target, [1, target.length]), { blank, reduction: 'none' }).item();
    expect(loss).toBeCloseTo(byPaths(p, target, blank), 4);
    expect(byRecursion(p, target, blank)).toBeCloseTo(byPaths(p, target, blank), 10);
  });

  it('long sequences are as the recursion says, and their gradient as differences', () => {
    const p = probabilities(40, 6, new Numbers(2));
    const target = [1, 2, 2, 5, 3, 3, 1];
    const loss = (logs: wg.Tensor) => ops.ctcLoss(logs, int(target, [1, 7]), { reduction: 'sum' });
    expect(loss(logsOf(p)).item() / byRecursion(p, target, 0)).toBeCloseTo(1, 5);
    const { grads } = { grads: wg.grad(loss)(logsOf(p)).data() };
    for (const [t, c] of [
      [0, 0],
      [0, 1],
      [7, 2],
      [20, 5],
      [39, 1],
      [39, 4],
    ] as const) {
      const moved = (by: number) =>
        byRecursion(
          p.map((row, i) => row.map((v, k) => (i === t && k === c ? v * Math.exp(by) : v))),
          target,
          0,
        );
      expect(grads[t * 6 + c]!).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 4);
    }
  });

  it('ragged batches have the losses and gradients of PyTorch 1.13', () => {
    const z = wg.tensor(
      Float32Array.from({ length: 96 }, (_, i) => ((i * 37) % 23) / 5),
      [4, 6, 4],
    );
    const targets = int([1, 2, 2, 3, 1, 0, 1, 0, 0, 2, 2, 2], [4, 3]);
    const lengths = { inputLengths: int([6, 5, 3, 4], [4]), targetLengths: int([3, 2, 1, 3], [4]) };
    const loss = (x: wg.Tensor, more: ops.CtcLossOptions) =>
      ops.ctcLoss(x.logSoftmax(), targets, { ...lengths, ...more });
    const each = loss(z, { reduction: 'none', zeroInfinity: true }).data();
    [5.999930381774902, 2.9711272716522217, 4.243264198303223, 0].forEach(
      (l, i) => void expect(each[i]).toBeCloseTo(l, 5),
    );
    expect(loss(z, { reduction: 'none' }).data()[3]).toBe(Infinity);
    expect(
      ops.ctcLoss(z.logSoftmax(), targets, { ...lengths, targetLengths: undefined, zeroInfinity: true }).item(),
    ).toBeCloseTo(1.9322011470794678, 5);
    const g = wg
      .grad((x: wg.Tensor) => loss(x, { zeroInfinity: true }))(z)
      .data();
    const torch = {
      0: 0.0011765,
      1: -0.062098,
      22: -0.0494684,
      24: -0.0568918,
      43: 0.0027249,
      44: 0,
      53: -0.1416274,
      59: 0.1722878,
      60: 0,
      80: 0,
    };
    for (const [i, value] of Object.entries(torch)) expect(g[Number(i)]!).toBeCloseTo(value, 5);
    expect(g.every(Number.isFinite)).toBe(true);
  });

  it('NaN in a step that counts is NaN, also with zeroInfinity; in one behind, nothing', () => {
    const logs = wg.tensor([
      [
        [0, -1],
        [NaN, NaN],
        [0, -1],
      ],
    ] as never);
    for (const zeroInfinity of [false, true]) {
      const loss = (length: number) =>
        ops.ctcLoss(logs, int([1], [1, 1]), { inputLengths: int([length], [1]), zeroInfinity }).item();
      expect(loss(3)).toBeNaN();
      expect(loss(1)).toBeCloseTo(1, 5);
    }
  });

  it('more steps and labels behind the lengths change nothing', () => {
    const p = probabilities(5, 3, new Numbers(3));
    const short = ops.ctcLoss(logsOf(p), int([1, 2], [1, 2])).item();
    const more = logsOf([...p, ...probabilities(4, 3, new Numbers(4))]);
    const given = { inputLengths: int([5], [1]), targetLengths: int([2], [1]) };
    expect(ops.ctcLoss(more, int([1, 2, 1, 2], [1, 4]), given).item()).toBe(short);
    expect(ops.ctcLoss(logsOf(p), int([1, 2, 0, 0], [1, 4])).item()).toBe(short);
    expect(ops.ctcLoss(more, int([], [1, 0]), { inputLengths: int([0], [1]) }).item()).toBe(0);
  });
});

describe('greedy decoding and errors', () => {
  beforeAll(() => wg.init({ seed: 1 }));

  it('takes the likeliest class of each step', () => {
    const one = (path: readonly number[]) => path.map((c) => [0, 1, 2].map((k) => Number(k === c)));
    const scores = wg.tensor([one([1, 1, 0, 1, 2, 2]), one([0, 0, 2, 0, 0, 1])] as never);
    expect(ops.ctcGreedyDecode(scores)).toEqual([
      [1, 1, 2],
      [2, 1],
    ]);
    expect(ops.ctcGreedyDecode(scores, { blank: 2, inputLengths: int([3, 5], [2]) })).toEqual([
      [1, 0],
      [0, 0],
    ]);
  });

  it('says what is wrong', () => {
    const logs = wg.zeros([2, 3, 4]);
    expect(() => ops.ctcLoss(logs, int([1, 9], [2, 1]))).toThrow(/ctcLoss: label 9 is out of range/);
    expect(() => ops.ctcLoss(logs, int([1], [1, 1]))).toThrow(
      /expected logProbs \[n, time, classes\] and int32 targets/,
    );
    expect(() => ops.ctcLoss(logs, int([1, 2], [2, 1]), { inputLengths: int([4, 1], [2]) })).toThrow(
      /a length of inputLengths 4 is out of range: expected 0 … 3/,
    );
    const targetLengths = int([2, 1], [2]);
    for (const [labels, wrong] of [
      [[1, -1, 2, 0], -1],
      [[1, 2, 4, 0], 4],
    ] as const) {
      expect(() => ops.ctcLoss(logs, int(labels, [2, 2]), { targetLengths })).toThrow(`label ${wrong} is out of range`);
    }
    expect(ops.ctcLoss(logs, int([1, 2, 1, -1], [2, 2]), { targetLengths }).item()).not.toBeNaN();
    expect(() => ops.ctcLoss(logs, int([1, 2], [2, 1]), { blank: 4 })).toThrow(/blank 4 is none of the 4 classes/);
  });
});
