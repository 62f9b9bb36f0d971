// What figures have in common: their text, colours, files; and learning curves. Marks are read back from the SVG.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as wg from '../bindings/index.js';
import { domainOf } from '../bindings/plot/axes.js';
import { mark, markup } from '../bindings/plot/mark.js';
import { fitted, numberText, textWidth, wrapped } from '../bindings/plot/text.js';
import { PAINTS } from '../bindings/plot/theme.js';
import * as plot from '../bindings/plot.js';
import { all, axisOf, number, parse, pieces, points, textOf, titled } from './svg.js';

const losses = [1, 0.5, 0.25, 0.3];
const history = { epoch: [0, 1, 2, 3], history: { loss: losses, valLoss: [1.2, 0.7, 0.6, 0.9] } };
const HOSTILE = `</title><script>alert(1)</script>"'&\u0000\ud800 \n ]]>`;

const noPaint = (color: string): string => color;

describe('marks', () => {
  it('are written with all that is special in XML escaped', () => {
    const text = markup(mark('text', { id: HOSTILE, x: 1.23456, y: -0 }, HOSTILE, [undefined, 'b']), noPaint);
    const read = parse(text);
    expect(read.attributes).toEqual({ id: HOSTILE.replace(/[\0\ud800]/g, '\ufffd'), x: '1.23', y: '0' });
    expect(textOf(read)).toBe(`${HOSTILE.replace(/[\0\ud800]/g, '\ufffd')}b`);
    expect(text).not.toContain('<script');
    expect(markup('a😀b', noPaint)).toBe('a😀b');
  });

  it('with a number that is none are refused', () => {
    expect(() => markup(mark('line', { x1: Number.NaN }), noPaint)).toThrow('a figure would have x1 NaN in <line>');
  });
});

/** The relative luminance of WCAG 2.2, from a colour of six hexadecimal digits. */
function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((c) => {
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

/** What people see who have no red, or no green, cones: Viénot, Brettel and Mollon (1999), on linear RGB. */
const BLIND = {
  protan: [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
  deutan: [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
  none: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}; // biome-ignore format: matrices

/** A colour in CIE L*a*b*, as eyes of that kind see it. */
function lab(color: string, eyes: readonly (readonly number[])[]): number[] {
  const rgb = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
  const linear = rgb.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const times = (m: readonly (readonly number[])[], v: readonly number[]) =>
    m.map((r) => r.reduce((s, c, i) => s + c * v[i]!, 0));
  const seen = times(eyes, linear).map((c) => Math.min(1, Math.max(0, c)));
  const xyz = times([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], seen); // biome-ignore format: matrix
  const [x, y, z] = xyz.map((c, i) => Math.cbrt(Math.max(c / [0.9505, 1, 1.089][i]!, 1e-9)));
  return [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)];
}

describe('paints', () => {
  it.each([0, 1])('can be read on their paper: %s', (theme) => {
    const paper = PAINTS['paper']![theme]!;
    for (const name of ['ink', 'muted']) expect(contrast(PAINTS[name]![theme]!, paper), name).toBeGreaterThan(4.5);
    for (let i = 0; i < 6; i++) expect(contrast(PAINTS[`series${i}`]![theme]!, paper), `${i}`).toBeGreaterThan(3);
  });

  it.each(Object.keys(BLIND) as (keyof typeof BLIND)[])('of series differ for eyes of the kind %s', (eyes) => {
    for (const theme of [0, 1]) {
      const colors = [0, 1, 2, 3, 4, 5].map((i) => lab(PAINTS[`series${i}`]![theme]!, BLIND[eyes]));
      const apart = colors.flatMap((a, i) =>
        colors.slice(0, i).map((b, j) => [Math.hypot(...a.map((c, k) => c - b[k]!)), i, j]),
      );
      for (const [distance, i, j] of apart) expect(distance, `${theme}: ${i} and ${j}`).toBeGreaterThan(25);
    }
  });
});

describe('texts', () => {
  it('of numbers have four digits, or are whole', () => {
    const shown = [0, -0, 12345, 123456789, 0.123456, -1.5e-9, Number.NaN, -Infinity].map(numberText);
    expect(shown).toEqual(['0', '0', '12345', '123500000', '0.1235', '−1.5e−9', 'NaN', '−∞']);
  });

  it('are cut where they are wider than there is room for, soon, however long they are', () => {
    const start = performance.now();
    expect(fitted('🙂i'.repeat(10_000), 10, 45)).toBe('🙂i🙂i…');
    expect(fitted('abc', 10, textWidth('abc', 10, true), true)).toBe('abc');
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('are wrapped within their width', () => {
    const lines = wrapped(`a few words and ${'x'.repeat(100)} after it`, 12, 100);
    for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(100);
    expect(lines.join(' ')).toMatch(/^a few words and x+… after it$/);
  });

  it('have domains that are no single point', () => {
    expect(domainOf([3, Number.NaN, 1, Infinity])).toEqual([1, 3]);
    expect(domainOf([])).toEqual([0, 1]);
    expect(domainOf([2])).toEqual([1.8, 2.2]);
    expect(domainOf([0])).toEqual([-1, 1]);
    expect(domainOf([-1, 0, 4], true)).toEqual([2, 8]);
  });
});

describe('a figure', () => {
  const figure = plot.learningCurves(history);

  it('is an image with a name and a description, as large as was asked for', () => {
    const root = parse(figure.svg);
    expect(root.attributes).toMatchObject({ role: 'img', viewBox: '0 0 640 400', width: '640', height: '400' });
    expect(root.children.slice(0, 2)).toEqual([
      { name: 'title', attributes: {}, children: ['Learning curves: loss'] },
      { name: 'desc', attributes: {}, children: [figure.description] },
    ]);
    expect(`${figure}`).toBe(figure.svg);
    const small = plot.learningCurves(history, { width: 320, height: 240, title: HOSTILE });
    expect([small.width, small.height, small.title]).toEqual([320, 240, HOSTILE]);
    expect(parse(small.svg).attributes['viewBox']).toBe('0 0 320 240');
    expect((figure as never as Record<symbol, () => object>)[Symbol.for('Jupyter.display')]!()).toMatchObject({
      'image/svg+xml': figure.svg,
    });
  });

  it('is light, dark or both', () => {
    const [light, dark] = PAINTS['ink']!;
    const svg = (theme: 'light' | 'dark' | 'auto') => plot.learningCurves(history, { theme }).svg;
    expect(svg('light')).not.toContain(dark);
    expect(svg('dark')).not.toContain(light);
    expect(svg('auto').split('<style>')[0]).not.toContain(dark);
    const style = textOf(all(parse(svg('auto')), 'style')[0]!);
    const rules = new Map([...style.matchAll(/\[fill="(.*?)"\]\{fill:(.*?)\}/g)].map(([, from, to]) => [from, to]));
    for (const [from, to] of Object.values(PAINTS)) expect(rules.get(from)).toBe(to);
  });

  it('is an element of a page', () => {
    const holder = { innerHTML: '', firstElementChild: 'the element' };
    expect(figure.element({ createElement: () => holder })).toBe('the element');
    expect(holder.innerHTML).toBe(figure.svg);
    expect(() => figure.element()).toThrow('figure.element: the document must be that of a page');
  });

  it('refuses what it has no room for, and options that are none', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`run number ${i}`, history]));
    expect(() => plot.learningCurves(many, { height: 200 })).toThrow(/height 200 leaves no room .* at least \d+/);
    expect(plot.learningCurves(many).height).toBeGreaterThan(400);
    const wrong = (options: object) => () => plot.learningCurves(history, options);
    expect(wrong({ theme: 'pink' })).toThrow("learningCurves: theme must be 'auto' or 'light' or 'dark', got 'pink'");
    expect(wrong({ witdh: 3 })).toThrow("unknown option of learningCurves 'witdh'; did you mean 'width'?");
  });

  it('is saved as a file, an SVG or a PNG', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-'));
    try {
      const [svg, png] = [join(folder, 'a.svg'), join(folder, 'a.PNG')];
      await plot.writeFigure(figure, svg);
      expect(readFileSync(svg, 'utf8')).toBe(figure.svg);
      await plot.writeFigure(figure, png, { scale: 0.5 });
      const bytes = readFileSync(png);
      expect([bytes.toString('latin1', 1, 4), bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([
        'PNG',
        320,
        200,
      ]);
      expect(readdirSync(folder).sort()).toEqual(['a.PNG', 'a.svg']);
      await expect(plot.writeFigure(figure, join(folder, 'a.jpg'))).rejects.toThrow(
        /must end with .svg or .png, got .*a.jpg/,
      );
      await expect(plot.writeFigure('<svg/>' as never, svg)).rejects.toThrow('the first argument must be a figure');
      await expect(plot.writeFigure(figure, join(folder, 'no/a.svg'))).rejects.toThrow(plot.FileError);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('learningCurves', () => {
  it('has every epoch at its number, and a ring at the best one', () => {
    const root = parse(plot.learningCurves(history).svg);
    const [training] = points(root, titled(root, 'training')[0]!);
    expect(training).toHaveLength(4);
    training!.forEach(([x, y], i) => {
      expect(x).toBeCloseTo(i + 1, 2);
      expect(y).toBeCloseTo(losses[i]!, 2);
    });
    const [ring] = titled(root, /^best/, 'circle');
    expect(axisOf(root, 'x')(number(ring!, 'cx'))).toBeCloseTo(3, 2);
    expect(axisOf(root, 'y')(number(ring!, 'cy'))).toBeCloseTo(0.6, 2);
    expect(all(root, 'text', 'legend').map(textOf)).toEqual([
      'training',
      'validation',
      'best validation loss 0.6, epoch 3',
    ]);
    expect(textOf(all(root, 'desc')[0]!)).toBe(
      'Training loss: 4 epochs, from 1 to 0.3. Validation loss: 4 epochs, from 1.2 to 0.9. Best validation loss 0.6 at epoch 3.',
    );
  });

  it('compares several runs, by the metric that is asked for', () => {
    const runs = { [HOSTILE]: { accuracy: [0.1, 0.9], loss: [1, 2] }, b: { accuracy: [0.3, 0.2] } };
    const root = parse(plot.learningCurves(runs, { metric: 'accuracy' }).svg);
    const best = titled(root, /^best/, 'circle').map((ring) => axisOf(root, 'x')(number(ring, 'cx')));
    expect(best.map(Math.round)).toEqual([2, 1]);
    expect(all(root, 'script')).toEqual([]);
    const wrong = () => plot.learningCurves(runs, { metric: 'auc' });
    expect(wrong).toThrow("learningCurves: no history has the metric 'auc' (known: accuracy, loss)");
  });

  it('has a gap and a note where a value is NaN or infinite', () => {
    const root = parse(plot.learningCurves({ loss: [1, 2, Number.NaN, 3, Infinity, 4, 1e300] }).svg);
    expect(pieces(titled(root, 'training')[0]!).map(({ length }) => length)).toEqual([2, 1, 1]);
    expect(all(root, 'text', 'note').map(textOf)).toEqual(['training: 3 values NaN or infinite, left out']);
  });

  it('is logarithmic where values span more than two powers of ten, or on request', () => {
    const values = [1000, 10, 0.1, 0.001];
    const root = parse(plot.learningCurves({ loss: values }).svg);
    points(root, titled(root, 'training')[0]!, { y: true })[0]!.forEach(([, y], i) => {
      expect(y / values[i]!).toBeCloseTo(1, 1);
    });
    const zero = parse(plot.learningCurves({ loss: [1, 0.5, 0] }, { scale: 'log' }).svg);
    expect(all(zero, 'text', 'note').map(textOf)).toEqual(['training: 1 value not above 0, left out of the log scale']);
    expect(pieces(titled(zero, 'training')[0]!)[0]).toHaveLength(2);
  });

  it('of nothing says so', () => {
    for (const empty of [{ loss: [] }, { epoch: [], history: { loss: [] } }]) {
      expect(all(parse(plot.learningCurves(empty as plot.Histories).svg), 'text', 'note').map(textOf)).toEqual([
        'training: no values yet',
      ]);
    }
    const nan = parse(plot.learningCurves({ loss: [Number.NaN] }).svg);
    expect(all(nan, 'text', 'note').map(textOf)).toEqual(['training: 1 value NaN or infinite, left out']);
  });

  it('of many epochs has what can be seen of them, peaks included', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => 2 + Math.sin(i / 1000) + (i === 50_000 ? 5 : 0));
    const { svg } = plot.learningCurves({ loss: many });
    expect(svg.length).toBeLessThan(60_000);
    const root = parse(svg);
    const [line] = points(root, titled(root, 'training')[0]!);
    const highest = line!.reduce((best, at) => (at[1] > best[1] ? at : best));
    expect(highest[0] / 50_001).toBeCloseTo(1, 2);
    expect(highest[1]).toBeCloseTo(many[50_000]!, 1);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no run', {}],
    ['a number', 3],
    ['texts', { loss: ['1'] }],
    ['a run that is none', { a: { loss: [1] }, b: 7 }],
    ['an array', [history]],
  ])('refuses %s', (_, given) => {
    expect(() => plot.learningCurves(given as never)).toThrow(wg.WasmgradError);
    expect(() => plot.learningCurves(given as never)).toThrow(
      /learningCurves: the history.* must be what fit returned/,
    );
  });

  describe('of fit', () => {
    beforeAll(() => wg.init({ seed: 1 }));

    it('has validations in the epochs in which they were made', async () => {
      const model = wg.sequential([1], [wg.dense(1)]);
      model.compile({ optimizer: wg.sgd(0.01), loss: 'mse' });
      const options = { epochs: 7, validationData: [[1], [2]], validationFreq: 3 } as const;
      const root = parse(plot.learningCurves(await model.fit([1, 2], [2, 4], options)).svg);
      const [validation] = points(root, titled(root, 'validation')[0]!);
      expect(validation!.map(([x]) => Math.round(x * 100) / 100)).toEqual([3, 6]);
    });
  });
});

it('README.md and the guide name every export', () => {
  const code = ['README.md', 'docs/guide/figures.md'].map((page) => readFileSync(page, 'utf8')).join('\n');
  for (const name of Object.keys(plot)) expect(code).toMatch(new RegExp(`\\b${name}\\b`));
});
