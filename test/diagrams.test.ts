// Diagrams of graphs and networks: boxes and circles are where the layout says, their texts have the numbers, and none
// overlap.

import { beforeAll, describe, expect, it } from 'vitest';
import { explain } from '../bindings/explain.js';
import * as wg from '../bindings/index.js';
import { layered } from '../bindings/plot/layers.js';
import { textWidth } from '../bindings/plot/text.js';
import * as plot from '../bindings/plot.js';
import { all, type Node, number, parse, textOf } from './svg.js';

type T = wg.Tensor;

beforeAll(() => wg.init({ backend: 'js', seed: 1 }));

const z = ({ w, b }: { w: T; b: T }): T => w.mul(2).add(b.mul(3)).mul(b.mul(2).add(1));

interface Rectangle {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What a text covers, by the estimated width of its letters. */
function covered(text: Node, rootSize = 12): Rectangle {
  const size = Number(text.attributes['font-size'] ?? rootSize);
  const width = textWidth(textOf(text), size, text.attributes['font-weight'] === '600');
  const left = number(text, 'x') - (text.attributes['text-anchor'] === 'middle' ? width / 2 : 0);
  const y = number(text, 'y');
  return { text: textOf(text), left, right: left + width, top: y - 0.75 * size, bottom: y + 0.2 * size };
}

/** Throws if two texts overlap, or one is not within the figure. */
function checkTexts(svg: string): void {
  const root = parse(svg);
  const [width, height] = [number(root, 'width'), number(root, 'height')];
  const places = all(root, 'text').map((text) => covered(text));
  for (const [i, a] of places.entries()) {
    expect(a.left >= -1 && a.right <= width + 1 && a.top >= 0 && a.bottom <= height, `${a.text} is inside`).toBe(true);
    for (const b of places.slice(i + 1)) {
      const apart = a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
      expect(apart, `'${a.text}' and '${b.text}'`).toBe(true);
    }
  }
}

const textsOf = (svg: string, name?: string): string[] => all(parse(svg), 'text', name).map(textOf);

describe('the layout', () => {
  it('has every node below what it depends on, in rows that do not overlap, within the width', () => {
    for (let seed = 1; seed < 40; seed++) {
      let state = seed;
      const random = (n: number): number => (state = (state * 48271) % 2147483647) % n;
      const nodes = Array.from({ length: 4 + random(16) }, (_, i) => ({
        width: 20 + random(40),
        from: i < 2 ? [] : Array.from({ length: 1 + random(3) }, () => random(i)),
      }));
      const { places, rows, loads } = layered(nodes, 2000, 10);
      nodes.forEach(({ from }, i) => {
        for (const k of from) expect(places[k]!.row).toBeLessThan(places[i]!.row);
      });
      for (let row = 0; row < rows; row++) {
        const inRow = places.flatMap(({ row: r, x }, i) => (r === row ? [{ x, width: nodes[i]!.width }] : []));
        expect(inRow).toHaveLength(loads[row]!.nodes);
        inRow.sort((a, b) => a.x - b.x);
        inRow.forEach(({ x, width }, i) => {
          expect(x - width / 2).toBeGreaterThanOrEqual(-1e-9);
          expect(x + width / 2).toBeLessThanOrEqual(2000 + 1e-9);
          const before = inRow[i - 1];
          if (before) expect(x - width / 2 - (before.x + before.width / 2)).toBeGreaterThanOrEqual(10 - 1e-9);
        });
      }
    }
  });

  it('puts neighbours above each other, without crossings where there need be none', () => {
    const chain = layered([{ width: 20, from: [] }, { width: 20, from: [0] }, { width: 20, from: [1] }], 100, 10); // biome-ignore format: a line
    expect(chain.places.map(({ x, row }) => [Math.round(x), row])).toEqual([
      [50, 0],
      [50, 1],
      [50, 2],
    ]);
    const leaf = { width: 10, from: [] };
    const { places } = layered([leaf, leaf, { width: 10, from: [1] }, { width: 10, from: [0] }], 100, 10);
    expect(places[0]!.x < places[1]!.x).toBe(places[3]!.x < places[2]!.x);
    const three = layered([leaf, leaf, { width: 10, from: [0, 1] }, { width: 10, from: [1] }], 100, 10).places;
    const xs = three.map(({ x }) => x);
    expect(Math.min(...xs) + Math.max(...xs)).toBeCloseTo(100); // in the middle
  });
});

describe('graphDiagram', () => {
  it('has formula, value and gradient at each node', () => {
    const { svg, description } = plot.graphDiagram(z)({ w: 3, b: 4 });
    expect(textsOf(svg, 'of-x')).toEqual(['x = 2w + 3b', '= 18', '∂z/∂x = 9']);
    expect(textsOf(svg, 'of-z')).toEqual(['z = x·y', '= 162', '∂z/∂z = 1']);
    expect(textsOf(svg, 'of-w')).toEqual(['w', '= 3', '∂z/∂w = 18']);
    expect(textsOf(svg, 'of-b')).toEqual(['b', '= 4', '∂z/∂b = 63']);
    expect(description).toContain('∂z/∂w = 18, ∂z/∂b = 63');
    expect(all(parse(svg), 'path', 'edge')).toHaveLength(5);
    const top = (name: string): number => number(all(parse(svg), 'text', `of-${name}`)[0]!, 'y');
    expect(top('w')).toBeLessThan(top('x'));
    expect(top('x')).toBeLessThan(top('z'));
    checkTexts(svg);
  });

  it('backward goes from the result to the inputs, with the local derivative at each edge', () => {
    const { svg } = plot.graphDiagram(explain(z)({ w: 3, b: 4 }), { backward: true });
    expect(textsOf(svg, 'slope').sort()).toEqual(
      ['∂x/∂b = 3', '∂x/∂w = 2', '∂y/∂b = 2', '∂z/∂x = 9', '∂z/∂y = 18'].sort(),
    );
    const top = (name: string): number => number(all(parse(svg), 'text', `of-${name}`)[0]!, 'y');
    expect(top('z')).toBeLessThan(top('x'));
    expect(top('x')).toBeLessThan(top('w'));
    expect(textsOf(svg, 'of-b')).toEqual(['∂z/∂b = 63', 'b']);
    checkTexts(svg);
  });

  it('texts do not overlap where there are many, and nothing breaks', () => {
    const wide = (v: T): T => [1, 2, 3, 4, 5, 6].map((i) => v.mul(i).sigmoid()).reduce((p, q) => p.mul(q));
    const long = (v: T): T => Array.from({ length: 90 }).reduce<T>((t) => t.tanh(), v);
    const cross = ({ a, b, c }: { a: T; b: T; c: T }): T => a.mul(b).add(b.mul(c)).mul(a.mul(c).exp()).add(a).square();
    const product = (A: T): T =>
      A.matMul(wg.ones([2, 3]))
        .add(wg.ones([3]))
        .relu()
        .mean();
    for (const backward of [false, true]) {
      checkTexts(plot.graphDiagram(wide, { backward })(0.5).svg);
      checkTexts(plot.graphDiagram(long, { backward })(0.5).svg);
      checkTexts(plot.graphDiagram(cross, { backward, width: 320 })({ a: 1, b: 2, c: 0.5 }).svg);
      checkTexts(plot.graphDiagram(product, { backward })(wg.ones([2, 2])).svg);
    }
    expect(textsOf(plot.graphDiagram(long)(0.5).svg, 'note')).toEqual(['the first 50 steps are not drawn']);
    expect(() => plot.graphDiagram(3 as never)).toThrow(
      'graphDiagram: what is drawn must be a function, or what explain',
    );
  });
});

describe('networkDiagram', () => {
  const network = (): wg.Sequential => {
    const model = wg.sequential([2], [wg.dense(3, { activation: 'sigmoid' }), wg.dense(2, { activation: 'sigmoid' })]);
    model.compile({ optimizer: wg.sgd(0.5), loss: 'meanAbsoluteError' });
    const [W1, W2] = [[[0.15, -0.4, 0.3], [0.2, 0.25, -0.35]], [[0.4, 0.5], [-0.45, 0.55], [0.6, -0.3]]]; // biome-ignore format: matrices
    model.setWeights([W1!, [0.35, -0.1, 0.05], W2!, [0.6, -0.2]]);
    return model;
  };

  it('has the activations forward, and δ backward', () => {
    const { svg, description } = plot.networkDiagram(network(), [[0.05, 0.1]], [[0.01, 0.99]]);
    expect(textsOf(svg, 'activation')).toEqual(['0.05', '0.1', '0.593', '0.476', '0.507', '0.717', '0.551']);
    expect(textsOf(svg, 'delta')).toEqual(['δ −0.0051', 'δ −0.028', 'δ 0.025', 'δ 0.102', 'δ −0.124']);
    const circles = all(parse(svg), 'circle', 'unit').map((c) => [number(c, 'cx'), number(c, 'cy')] as const);
    expect(new Set(circles.map(([x]) => x)).size).toBe(3);
    for (const [i, [x, y]] of circles.entries()) {
      for (const [px, py] of circles.slice(i + 1)) expect(Math.hypot(x - px, y - py)).toBeGreaterThan(40);
    }
    expect(all(parse(svg), 'line', 'weight')).toHaveLength(2 * 3 + 3 * 2);
    expect(description).toContain('Loss 0.5726 of 1 sample.');
    checkTexts(svg);
  });

  it('without data it is the structure, without labels the forward pass', () => {
    const model = network();
    expect(textsOf(plot.networkDiagram(model).svg, 'activation')).toEqual([]);
    const forward = plot.networkDiagram(model, [[0.05, 0.1]]).svg;
    expect(textsOf(forward, 'activation')).toHaveLength(7);
    expect(textsOf(forward, 'delta')).toEqual([]);
    const fresh = wg.sequential([2], [wg.dense(1)]);
    expect(() => plot.networkDiagram(fresh, [[1, 2]], [[1]])).toThrow('networkDiagram: call model.compile');
    expect(() => plot.networkDiagram({} as never)).toThrow('networkDiagram: the model must be made by sequential()');
  });

  it('abbreviates large layers and long networks, has boxes for others, and says what its lines do not', () => {
    const seen = [wg.conv2d(4, 3), wg.flatten(), wg.dropout(0.3), wg.dense(30, { activation: 'tanh' }), wg.dense(10)];
    const images = wg.sequential([8, 8, 1], seen);
    images.compile({ optimizer: wg.adam(), loss: 'softmaxCrossEntropy' });
    const { svg } = plot.networkDiagram(images, wg.randomNormal([2, 8, 8, 1]), [1, 2]);
    expect(textsOf(svg, 'shape')).toEqual(['8×8×1', '6×6×4', '144', '144']);
    expect(textsOf(svg, 'left-out')).toHaveLength(2);
    checkTexts(svg);
    const deep = wg.sequential(
      [4],
      Array.from({ length: 14 }, () => wg.dense(4)),
    );
    const long = plot.networkDiagram(deep, [[1, 2, 3, 4]]).svg;
    expect(textsOf(long, 'shape')).toEqual(['9 layers']);
    checkTexts(long);
    const shared = wg.dense(3);
    const forked = wg.model({ a: [3], b: [3] }, ({ a, b }) => wg.dense(1)(shared(a).add(shared(b)).relu()));
    const both = plot.networkDiagram(forked, { a: [[1, 2, 3]], b: [[3, 2, 1]] }).svg;
    expect(textsOf(both, 'note')).toEqual(['dense reads x.a', 'dense (2) reads x.b', 'dense_1 reads also dense']);
    expect(all(parse(both), 'line', 'weight')).toHaveLength(0);
    checkTexts(both);
  });
});
