// Figures of functions, descents, losses and classes: marks are at the numbers, read back from the SVG.

import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { principalDirections, randomDirections } from '../bindings/plot/directions.js';
import * as plot from '../bindings/plot.js';
import { all, axisOf, type Node, number, parse, pieces, points, textOf, titled } from './svg.js';

beforeAll(() => wg.init({ seed: 1 }));

const notes = (root: Node): string[] => all(root, 'text', 'note').map(textOf);
const near = (value: number, expected: number, range: number): void =>
  expect(Math.abs(value - expected), `${value} and ${expected}`).toBeLessThan(range * 0.004);

describe('functionPlot', () => {
  it('draws the function and its derivative', () => {
    const root = parse(plot.functionPlot((x) => x.square().sub(1), [-2, 3]).svg);
    const [f] = points(root, titled(root, 'f(x)')[0]!);
    expect([f![0]![0], f!.at(-1)![0]].map(Math.round)).toEqual([-2, 3]);
    for (const [x, y] of f!) near(y, x * x - 1, 12);
    const [slope] = points(root, titled(root, /derivative/)[0]!);
    expect(slope!.length).toBe(401);
    for (const [x, y] of slope!) near(y, 2 * x, 12);
    expect(textOf(all(root, 'desc')[0]!)).toContain('f(x) from x = −2 to 3: smallest −1 at x = 0, largest 8 at x = 3.');
  });

  it('has a gap where a value is NaN, and cuts off what is far from all others', () => {
    const log = parse(plot.functionPlot((x) => x.log(), [-1, 1], { derivative: false }).svg);
    expect(points(log, titled(log, 'f(x)')[0]!)[0]![0]![0]).toBeCloseTo(0.005, 2);
    expect(notes(log)).toEqual(['f(x): NaN or infinite at 201 points of 401, left out']);
    const pole = parse(plot.functionPlot((x) => x.reciprocal(), [-1, 1.001], { derivative: false }).svg);
    expect(notes(pole)).toEqual(['values far from all others are cut off']);
    const area = Number(all(pole, 'svg')[1]!.attributes['height']);
    expect(axisOf(pole, 'y')(0) - axisOf(pole, 'y')(area)).toBeLessThan(100);
  });

  it.each<[string, unknown[], RegExp]>([
    ['no function', [3, [0, 1]], /functionPlot: the first argument must be a function, got 3/],
    ['a range that is none', [wg.tensor, [1, 1]], /functionPlot: the range: from 1 must be below to 1/],
    ['a range of NaN', [wg.tensor, [0, Number.NaN]], /the range: to must be a finite number/],
    ['no range', [wg.tensor, 3], /the range must be \[from, to\]/],
    ['a function that is no scalar', [(x: wg.Tensor) => x.broadcastTo([2]), [0, 1]], /must return a scalar/],
  ])('refuses %s', (_, args, message) => {
    expect(() => (plot.functionPlot as (...args: unknown[]) => unknown)(...args)).toThrow(message);
    expect(() => (plot.functionPlot as (...args: unknown[]) => unknown)(...args)).toThrow(wg.WasmgradError);
  });
});

/** Dots and rings, in the numbers of the axes. */
function dots(root: Node, name: string): [number, number][] {
  const [x, y] = [axisOf(root, 'x'), axisOf(root, 'y')];
  return all(root, 'circle', name).map((dot) => [x(number(dot, 'cx')), y(number(dot, 'cy'))]);
}

describe('descentPath', () => {
  const square = (x: wg.Tensor) => x.square();
  const descend = (rate: number, steps: number) => wg.minimize(square, 1.2, { optimizer: wg.sgd(rate), steps });

  it('has the points of the course, on the curve, with tangents', () => {
    const root = parse(plot.descentPath(square, descend(0.3, 4)).svg);
    const expected = [1.2, 0.48, 0.192, 0.0768, 0.03072];
    const [path] = points(root, titled(root, 'path')[0]!);
    path!.forEach(([x, y], i) => {
      near(x, expected[i]!, 2);
      near(y, expected[i]! ** 2, 3);
    });
    expect(path).toHaveLength(5);
    const [x, y] = [axisOf(root, 'x'), axisOf(root, 'y')];
    const slopes = all(root, 'line', 'tangent').map((line) => {
      const [x1, y1, x2, y2] = ['x1', 'y1', 'x2', 'y2'].map((key) => number(line, key)) as [
        number,
        number,
        number,
        number,
      ];
      expect(Math.hypot(x2 - x1, y2 - y1)).toBeCloseTo(64, 0);
      return (y(y2) - y(y1)) / (x(x2) - x(x1));
    });
    slopes.forEach((slope, i) => void expect(slope).toBeCloseTo(2 * expected[i]!, 1));
    expect(dots(root, 'ring')[0]![0]).toBeCloseTo(0.03, 1);
    expect(textOf(all(root, 'desc')[0]!)).toBe(
      'Path: from x = 1.2, f = 1.44, in 4 steps to x = 0.03072, f = 0.0009437.',
    );
    for (const [cx, cy] of dots(root, 'dot')) near(cy, cx * cx, 4);
  });

  it('compares paths on the contours of a function of two', () => {
    const f = ({ a, b }: { a: wg.Tensor; b: wg.Tensor }) => a.square().add(b.square().mul(4));
    const go = (rate: number) => wg.minimize(f, { a: 2, b: 1 }, { optimizer: wg.sgd(rate), steps: 5 });
    const paths = { slow: go(0.05), '<fast>': go(0.2) };
    const root = parse(plot.descentPath(f, paths).svg);
    for (const [name, { trace }] of Object.entries(paths)) {
      const [path] = points(root, titled(root, name)[0]!);
      expect(path).toHaveLength(6);
      path!.forEach(([a, b], i) => {
        near(a, trace[i]!.point.a, 2);
        near(b, trace[i]!.point.b, 2);
      });
    }
    expect(all(root, 'text', 'label').map(textOf)).toEqual(['a', 'b']);
    const [level] = titled(root, /^[\d.]+$/);
    const value = Number(textOf(level!.children[0] as Node));
    const corners = points(root, level!)
      .flat()
      .filter(([a, b]) => a > -0.2 && a < 1 && b > -0.2 && b < 0.7);
    expect(corners.length).toBeGreaterThan(20);
    for (const [a, b] of corners) expect(a * a + 4 * b * b).toBeCloseTo(value, 1);
  });

  it('takes tensors of two numbers, newton, and what a descent that diverged throws', () => {
    const f = (p: wg.Tensor) => p.square().sum();
    expect(plot.descentPath(f, wg.newton(f, wg.tensor([1, 2]))).svg).toContain('x₂');
    let thrown: unknown;
    try {
      wg.minimize((x) => x.square(), 1, { optimizer: wg.sgd(30), steps: 100 });
    } catch (error) {
      thrown = error;
    }
    const root = parse(plot.descentPath((x) => x.square(), thrown as wg.NonFiniteLossError).svg);
    expect(notes(root)).toEqual([expect.stringMatching(/^path: 1 point NaN or infinite, left out$/)]);
  });

  it.each<[string, unknown, unknown, RegExp]>([
    [
      'three numbers',
      (x: wg.Tensor) => x.sum(),
      { trace: [{ point: wg.tensor([1, 2, 3]), value: 1 }] },
      /one number or of two .* has 3/,
    ],
    ['no trace', (x: wg.Tensor) => x, { point: 3 }, /the path 'point' must be what minimize returned, got 3/],
    ['nothing', (x: wg.Tensor) => x, undefined, /the paths must be what minimize returned/],
    ['no function', 3, { trace: [{ point: 1, value: 1 }] }, /the first argument must be a function/],
  ])('refuses %s', (_, f, paths, message) => {
    expect(() => plot.descentPath(f as never, paths as never)).toThrow(message);
    expect(() => plot.descentPath(f as never, paths as never)).toThrow(wg.WasmgradError);
  });
});

describe('lossSurface', () => {
  it('of a function has contours where its values are', () => {
    const root = parse(plot.lossSurface((x, y) => x.square().add(y.square()), [-2, 2], [-2, 2]).svg);
    const levels = titled(root, /^[\d.]+$/);
    expect(levels.length).toBe(7);
    for (const level of levels.slice(0, 3)) {
      const value = Number(textOf(level.children[0] as Node));
      const inner = pieces(level).length - 1; // the area above it has the frame around it
      for (const [x, y] of points(root, level)[inner]!) expect(Math.hypot(x, y)).toBeCloseTo(Math.sqrt(value), 1);
    }
    expect(textOf(all(root, 'desc')[0]!)).toMatch(/Smallest 0.00\d+ at .*, largest 8 at/);
    const nan = parse(plot.lossSurface((x, y) => x.log().add(y), [-1, 1], [0, 1]).svg);
    expect(notes(nan).at(-1)).toBe('at 2048 of 4096 points the value is NaN or infinite');
  });

  const x = [[0, 0], [0, 1], [1, 0], [1, 1]]; // biome-ignore format: a truth table
  const y = [0, 1, 1, 0];
  function xor(): wg.Model {
    const model = wg.sequential(
      [2],
      [wg.dense(3, { activation: 'tanh' }), wg.batchNorm(), wg.dense(1, { activation: 'sigmoid' })],
    );
    model.compile({ optimizer: wg.sgd(0.5), loss: 'binaryCrossEntropy' });
    return model as never;
  }

  it('of a model has its loss in the middle, and leaves it as it was', () => {
    const model = xor();
    const before = JSON.stringify(model.getWeights());
    const { svg, description } = plot.lossSurface(model, x, y, { resolution: 5 });
    expect(JSON.stringify(model.getWeights())).toBe(before);
    const root = parse(svg);
    expect(dots(root, 'ring')[0]!.map((value) => Math.round(value * 100) + 0)).toEqual([0, 0]);
    expect(all(root, 'text', 'label').map(textOf)).toEqual(['random direction 1', 'random direction 2']);
    expect(description).toMatch(/^loss over random direction 1 from −1 to 1/);
    expect(plot.lossSurface(model, x, y, { resolution: 5, seed: 1 }).svg).not.toBe(svg);
    expect(plot.lossSurface(model, x, y, { resolution: 5 }).svg).toBe(svg);
    const fails = () => plot.lossSurface(model, x, [0, 1], { resolution: 5 });
    expect(fails).toThrow(wg.WasmgradError);
    expect(JSON.stringify(model.getWeights())).toBe(before);
  });

  it('of a model has the way of its weights', async () => {
    const model = xor();
    const way: Record<string, wg.Tensor>[] = [];
    const callbacks = [{ onEpochBegin: () => void way.push(model.parameters()) }];
    await model.fit(x, y, { epochs: 5, callbacks });
    const root = parse(plot.lossSurface(model, x, y, { weights: way, resolution: 7 }).svg);
    expect(dots(root, 'dot')).toHaveLength(6);
    expect(all(root, 'text', 'label').map(textOf)[0]).toMatch(/^principal direction 1 \(\d+ % of the way\)$/);
  });

  it('moves filters by directions that are as long as they are, and biases not at all', () => {
    const kernel = wg.tensor([[3, 0], [4, 2]]); // biome-ignore format: a matrix
    const { along } = randomDirections({ kernel, bias: wg.tensor([7, 7]) }, 3);
    for (const row of along) {
      expect(Math.hypot(row[0]!, row[2]!)).toBeCloseTo(5, 6);
      expect(Math.hypot(row[1]!, row[3]!)).toBeCloseTo(2, 6);
      expect([...row.slice(4)]).toEqual([0, 0]);
    }
    expect(Math.abs(along[0].reduce((sum, a, i) => sum + a * along[1][i]!, 0))).toBeLessThan(25);
  });

  it('finds the plane of a way that lies in one', () => {
    const [a, b] = [[0.6, 0.8, 0, 0], [0, 0, 0.28, 0.96]]; // biome-ignore format: two directions
    const coordinates = [[5, 1], [3, -1], [1, 0.5], [0, 2]] as const; // biome-ignore format: places
    const at = (s: number, t: number) => ({ w: wg.tensor(a!.map((value, i) => value * s + b![i]! * t)) });
    const { places, along, names } = principalDirections(
      'test',
      at(0, 0),
      coordinates.map(([s, t]) => at(s, t)),
    );
    places.forEach((p, i) => {
      places.forEach((q, j) => {
        const [c, d] = [coordinates[i]!, coordinates[j]!];
        expect(Math.hypot(p[0] - q[0], p[1] - q[1])).toBeCloseTo(Math.hypot(c[0] - d[0], c[1] - d[1]), 4);
      });
    });
    expect(along[0].reduce((sum, v, i) => sum + v * along[1][i]!, 0)).toBeCloseTo(0, 5);
    expect(names[0]).toMatch(/\((8|9)\d % of the way\)/);
    const stuck = () => principalDirections('test', at(0, 0), [at(1, 0), at(2, 0), at(3, 0)]);
    expect(stuck).toThrow('test: weights must have moved in two directions at least');
  });

  it('refuses what is neither, and ranges that are none', () => {
    expect(() => plot.lossSurface(3 as never, [0, 1], [0, 1])).toThrow(/if it is no model, must be a function/);
    expect(() => plot.lossSurface((a) => a, [1, 0], [0, 1])).toThrow(/the range of x: from 1 must be below to 0/);
    expect(() => plot.lossSurface(xor(), x, y, { weights: [] })).toThrow(/weights must be three or more/);
  });
});

describe('decisionBoundary', () => {
  const samples = [[0, 0], [1, 0.5], [0.2, 1], [0.9, -1], [0.1, 0.3]]; // biome-ignore format: points
  const labels = [0, 1, 0, 1, 1];
  /** Class 1 right of 0.6. */
  const right = { predict: (t: wg.Tensor) => wg.tensor(t.toArray<number[][]>().map(([a]) => [a! - 0.1])) };

  it('has the boundary where the model has it, and hollow samples on the wrong side', () => {
    const root = parse(plot.decisionBoundary(right, samples, labels, { threshold: 0.5, classes: ['<a>', 'b'] }).svg);
    const [region] = points(root, titled(root, 'b')[0]!);
    const x = region!.map(([a]) => a);
    expect(Math.min(...x)).toBeCloseTo(0.6, 2);
    const circles = dots(root, 'sample');
    circles.forEach(([a, b], i) => {
      near(a, samples[i]![0]!, 2);
      near(b, samples[i]![1]!, 2);
    });
    const paper = all(root, 'rect')[0]!.attributes['fill'];
    expect(all(root, 'circle', 'sample').map(({ attributes }) => attributes['fill'] === paper)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(textOf(all(root, 'desc')[0]!)).toBe(
      '5 samples of 2 classes; 4 on the right side, 1 on the wrong one. <a>: 2 samples, b: 3 samples.',
    );
  });

  it('takes several classes, and labels with a number for each', () => {
    const three = {
      predict: (t: wg.Tensor) => wg.tensor(t.toArray<number[][]>().map(([a, b]) => [a! - b!, b! - a!, 0.2])),
    };
    const oneHot = [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0]]; // biome-ignore format: rows
    const root = parse(plot.decisionBoundary(three, samples, oneHot).svg);
    expect(titled(root, /^class \d$/)).toHaveLength(3);
    const band = points(root, titled(root, 'class 2')[0]!).flat();
    const inside = band.filter(([a, b]) => a > 0 && a < 1 && Math.abs(b) < 0.9);
    for (const [a, b] of inside) expect(Math.abs(a - b)).toBeCloseTo(0.2, 1);
    expect(inside.length).toBeGreaterThan(10);
  });

  it('leaves out samples that are nowhere', () => {
    const root = parse(plot.decisionBoundary(right, [[0, Number.NaN], ...samples], [0, ...labels]).svg);
    expect(all(root, 'circle', 'sample')).toHaveLength(5);
    expect(notes(root)).toEqual(['1 sample NaN or infinite, left out']);
  });

  it.each<[string, unknown[], RegExp]>([
    ['no model', [{}, samples, labels], /the first argument must be a model/],
    ['samples of one number', [right, [1, 2], [0, 1]], /x must be samples of two numbers, \[n, 2\], got \[2\]/],
    ['labels that are too few', [right, samples, [0, 1]], /y has 2 numbers; 5 samples need 5, or 2 for each/],
    [
      'a class that is none',
      [right, samples, [0, 1, 2, 0, 0]],
      /y\[2\] is 2: expected a class, a whole number from 0 to 1/,
    ],
  ])('refuses %s', (_, args, message) => {
    expect(() => (plot.decisionBoundary as (...args: unknown[]) => unknown)(...args)).toThrow(message);
  });
});
