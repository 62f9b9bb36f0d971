// Figures of classifiers, images and weights, and curves in a terminal: what is drawn is what was given.

import { beforeAll, describe, expect, it } from 'vitest';
import { readImage } from '../bindings/data.js';
import * as wg from '../bindings/index.js';
import { pngUrl } from '../bindings/plot/png.js';
import * as plot from '../bindings/plot.js';
import { all, axisOf, type Node, number, parse, pieces, points, textOf, titled, titleOf } from './svg.js';

beforeAll(() => wg.init({ seed: 1 }));

const notes = (root: Node): string[] => all(root, 'text', 'note').map(textOf);
const legend = (root: Node): string[] => all(root, 'text', 'legend').map(textOf);

describe('confusionMatrix', () => {
  const matrix = [[8, 2], [0, 5]]; // biome-ignore format: a matrix

  it('has a cell for each pair, the darker the larger its part of the row', () => {
    const root = parse(plot.confusionMatrix(matrix, { classes: ['<no>', 'yes'], theme: 'light' }).svg);
    const cells = all(root, 'rect', 'cell');
    expect(cells.map(titleOf)).toEqual([
      '<no> taken for <no>: 8, 80 %',
      '<no> taken for yes: 2, 20 %',
      'yes taken for <no>: 0, 0 %',
      'yes taken for yes: 5, 100 %',
    ]);
    expect(all(root, 'text', 'count').map(textOf)).toEqual(['8', '2', '5']);
    const [a, b, c] = cells;
    expect(number(b!, 'x')).toBeCloseTo(number(a!, 'x') + number(a!, 'width'), 1);
    expect(number(c!, 'y')).toBeCloseTo(number(a!, 'y') + number(a!, 'height'), 1);
    expect(new Set(cells.map(({ attributes }) => attributes['fill'])).size).toBe(4);
    expect(notes(root)).toEqual(['13 of 15 are right, 86.67 %']);
  });

  it('is that of labels and predictions', () => {
    const [y, p] = [[0, 1, 1, 2], [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]] as const; // biome-ignore format: rows
    const counted = wg.measure(wg.confusionMatrix(), y, p);
    expect(plot.confusionMatrix(y, p).svg).toBe(plot.confusionMatrix(counted).svg);
    expect(plot.confusionMatrix(wg.tensor([...y]), wg.tensor(p.map((row) => [...row])), {}).svg).toBe(
      plot.confusionMatrix(counted).svg,
    );
  });

  it('of many classes has names where there is room', () => {
    const many = Array.from({ length: 100 }, (_, i) => Array.from({ length: 100 }, (_, j) => +(i === j)));
    const root = parse(plot.confusionMatrix(many).svg);
    expect(all(root, 'text', 'count')).toEqual([]);
    expect(all(root, 'text', 'column').length).toBeLessThan(30);
  });

  it.each([
    [[]],
    [[[1, 2]]],
    [
      [
        [1, Number.NaN],
        [0, 1],
      ],
    ],
    [3],
  ])('refuses %j', (given) => {
    // biome-ignore format: a row
    expect(() => plot.confusionMatrix(given as never)).toThrow(/confusionMatrix: the matrix must have a row for each class/);
  });
});

describe('attentionMap', () => {
  const weights = wg.tensor([[[[1, 0, 0], [0.25, 0.75, 0]], [[0.5, 0.5, 0], [0.75, 0.25, 0]]]]); // biome-ignore format: matrices
  const titles = (figure: plot.Figure) => all(parse(figure.svg), 'rect', 'cell').map(titleOf);

  it('has a cell for each pair, of one head or the mean of all', () => {
    const names = { queries: ['<a>', 'b'], keys: ['x', 'y', 'z'] };
    const figure = plot.attentionMap(weights, names);
    const means = [
      '<a> reads x: 0.75',
      '<a> reads y: 0.25',
      '<a> reads z: 0',
      'b reads x: 0.5',
      'b reads y: 0.5',
      'b reads z: 0',
    ];
    expect(titles(figure)).toEqual(means);
    expect(figure.description).toBe('<a> reads x most, 0.75. b reads x most, 0.5.');
    expect(notes(parse(figure.svg))).toEqual(['the mean of 2 heads']);
    const one = plot.attentionMap(weights, { head: 1 });
    expect(titles(one).slice(0, 4)).toEqual(['0 reads 0: 0.5', '0 reads 1: 0.5', '0 reads 2: 0', '1 reads 0: 0.75']);
    expect(titles(plot.attentionMap(wg.tensor([[0.5, 0.5, 0], [0.75, 0.25, 0]])))).toEqual(titles(one)); // biome-ignore format: a matrix
    const cells = all(parse(figure.svg), 'rect', 'cell');
    expect(number(cells[1]!, 'x')).toBeCloseTo(number(cells[0]!, 'x') + number(cells[0]!, 'width'), 1);
    expect(number(cells[3]!, 'y')).toBeCloseTo(number(cells[0]!, 'y') + number(cells[0]!, 'height'), 1);
    expect(all(parse(figure.svg), 'text', 'column').map(textOf)).toEqual(['x', 'y', 'z']);
    expect(all(parse(figure.svg), 'text', 'row').map(textOf)).toEqual(['<a>', 'b']);
  });

  it('is that of a model', () => {
    const block = wg.transformerDecoder({ numHeads: 2, intermediateDim: 4 });
    const net = wg.model([3, 4], (x) => block(x));
    net.compile({ optimizer: wg.sgd(0.1), loss: 'mse' });
    const seen = net.inspect(wg.randomNormal([2, 3, 4], { key: wg.randomKey(1) }), wg.zeros([2, 3, 4]));
    const { attention } = seen.layers['transformerDecoder.attention']!.shown;
    const figure = plot.attentionMap(seen, { sample: 1, head: 1 });
    expect(figure.title).toBe('Attention of transformerDecoder.attention');
    expect(titles(figure)).toEqual(titles(plot.attentionMap(attention!, { sample: 1, head: 1 })));
    expect(titles(figure).slice(0, 3)).toEqual(['0 reads 0: 1', '0 reads 1: 0', '0 reads 2: 0']);
    expect(() => plot.attentionMap(seen, { layer: 'dense' })).toThrow(
      "attentionMap: the model has no layer 'dense' with attention (known: transformerDecoder.attention)",
    );
  });

  it.each<[plot.AttentionMapOptions | undefined, unknown, RegExp]>([
    [{ sample: 1 }, undefined, /attentionMap: sample 1 is not among 1 sample, counted from 0/],
    [{ head: 2 }, undefined, /attentionMap: head 2 is not among 2 heads, counted from 0/],
    [{ queries: ['a'] }, undefined, /attentionMap: queries: expected 2 names, got 1/],
    [{ keys: ['a'] }, undefined, /attentionMap: keys: expected 3 names, got 1/],
    [undefined, 3, /attentionMap: the first argument must be what inspect returned, or a tensor, got 3/],
    [undefined, wg.tensor([[0.5, -1]]), /attentionMap: weights are from 0 to 1, got −1; of scores take softmax\(\)/],
    [undefined, wg.tensor([[2, 0]]), /attentionMap: weights are from 0 to 1, got 2/],
    [undefined, wg.tensor([1]), /attentionMap: expected weights \[n, heads, queries, keys\]/],
  ])('refuses %j', (options, of, message) => {
    expect(() => plot.attentionMap((of ?? weights) as never, options)).toThrow(message);
  });
});

describe('rocCurve', () => {
  it('has the thresholds of the scores, and the area of rocAuc', () => {
    const [y, p] = [
      [0, 0, 1, 1, 1],
      [0.1, 0.4, 0.35, 0.8, 0.4],
    ];
    const root = parse(plot.rocCurve(y, p).svg);
    const [line] = points(root, titled(root, 'class 1')[0]!);
    const expected = [[0, 0], [0, 1 / 3], [0.5, 2 / 3], [0.5, 1], [1, 1]]; // biome-ignore format: points
    line!.forEach(([a, b], i) => {
      expect(a).toBeCloseTo(expected[i]![0]!, 2);
      expect(b).toBeCloseTo(expected[i]![1]!, 2);
    });
    const area = wg.measure(wg.rocAuc(), y, p);
    expect(legend(root)).toEqual([`class 1: area ${Number(area.toPrecision(4))}`]);
  });

  it('has one for each of several classes, and says where there is none', () => {
    const y = [0, 1, 0, 1, 0];
    const p = [[0.5, 0.3, 0.2], [0.2, 0.7, 0.1], [0.1, 0.6, 0.3], [0.3, 0.4, 0.3], [0.9, 0, 0.1]]; // biome-ignore format: rows
    const root = parse(plot.rocCurve(y, p, { classes: ['a', 'b', 'c'] }).svg);
    const areas = wg.measure(wg.rocAuc({ average: 'none' }), y, p);
    expect(legend(root)).toEqual(
      ['a', 'b'].map((name, c) => `${name}: area ${String(Number(areas[c]!.toPrecision(4)))}`),
    );
    expect(notes(root)).toEqual([expect.stringMatching(/^c: no curve/)]);
    expect(plot.rocCurve([0, 1], [Number.NaN, 1]).description).toBe('Area under the curve of class 1: NaN.');
    expect(() => plot.rocCurve([0, 1, 1], [1, 0])).toThrow(wg.WasmgradError);
  });
});

describe('calibration', () => {
  it('has a dot for each part of the probabilities', () => {
    const p = [0.05, 0.15, 0.12, 0.95, 0.93, 0.97, 0.91, 1];
    const y = [0, 0, 1, 1, 1, 0, 1, 1];
    const root = parse(plot.calibration(y, p).svg);
    const dots = all(root, 'circle', 'bin').map((dot) => [
      axisOf(root, 'x')(number(dot, 'cx')),
      axisOf(root, 'y')(number(dot, 'cy')),
    ]);
    const expected = [[0.05, 0], [0.135, 0.5], [0.952, 0.8]]; // biome-ignore format: points
    expect(dots).toHaveLength(3);
    dots.forEach(([a, b], i) => {
      expect(a).toBeCloseTo(expected[i]![0]!, 2);
      expect(b).toBeCloseTo(expected[i]![1]!, 2);
    });
    const error = (0.05 * 1 + 0.365 * 2 + 0.152 * 5) / 8;
    expect(notes(root)[0]).toContain(`expected calibration error ${Number(error.toPrecision(4))}, of 8 samples`);
  });

  it('takes the probability of the predicted class, and no logits', () => {
    expect(plot.calibration([0, 1], [[0.9, 0.1], [0.6, 0.4]]).description).toContain('Predicted 0.6, true 0 (1); Predicted 0.9, true 1 (1)'); // biome-ignore format: rows
    expect(() => plot.calibration([0, 1], [3, -1])).toThrow(
      'calibration: predictions must be probabilities, from 0 to 1, got 3 in row 0',
    );
    expect(notes(parse(plot.calibration([0, 1], [Number.NaN, 1]).svg)).at(-1)).toBe('1 sample with NaN, left out');
  });
});

/** The pixels of an image in a figure, by the library's own reader. */
async function pixelsOf(image: Node, channels = 1): Promise<number[]> {
  const [, base64] = image.attributes['href']!.split('base64,');
  const read = await readImage(Buffer.from(base64!, 'base64'), { channels } as never);
  return [...read.data];
}

describe('images of figures', () => {
  it.each([1, 3, 4] as const)('of %s channels are PNG that is read back', async (channels) => {
    const [width, height] = [150, 210]; // more bytes than a block holds
    const bytes = Uint8Array.from({ length: width * height * channels }, (_, i) =>
      channels === 4 && i % 4 === 3 ? 255 : (i * 7) & 255,
    );
    const url = pngUrl({ width, height, channels, bytes });
    const read = await readImage(Buffer.from(url.split(',')[1]!, 'base64'), { channels } as never);
    expect(read.shape).toEqual([height, width, channels]);
    expect([...read.data]).toEqual([...bytes]);
  });

  it('are those that imageGrid was given', async () => {
    const images = [[[0, 0.5], [1, Number.NaN]], [[0.25, 2], [0, 0]]]; // biome-ignore format: images
    const root = parse(plot.imageGrid(images.slice(0, 1), { labels: ['<seven>'] }).svg);
    expect(await pixelsOf(all(root, 'image')[0]!)).toEqual([0, 128, 255, 0]);
    expect(all(root, 'text', 'tile').map(textOf)).toEqual(['<seven>']);
    const bytes = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), shape: [2, 1, 1, 3] };
    const colored = parse(plot.imageGrid(bytes, { count: 1 }).svg);
    expect(await pixelsOf(all(colored, 'image')[0]!, 3)).toEqual([1, 2, 3]);
    expect(notes(colored)).toEqual(['the first 1 of 2']);
    expect(await pixelsOf(all(parse(plot.imageGrid(images.slice(1)).svg), 'image')[0]!)).toEqual([0, 2, 0, 0]);
    expect(() => plot.imageGrid([1, 2, 3])).toThrow(
      'imageGrid: images must be [n, height, width] or [n, height, width, 1 or 3], got [3]',
    );
    expect(() => plot.imageGrid(wg.zeros([1, 2, 2, 2]))).toThrow(wg.WasmgradError);
  });

  it('are those of the weights of units', () => {
    const kernel = wg.tensor([[1, -0.5], [0, 0], [0.5, -1], [0, Number.NaN]]); // biome-ignore format: a kernel
    const root = parse(plot.weightTiles(kernel).svg);
    const tiles = all(root, 'image').map((image) => Buffer.from(image.attributes['href']!.split(',')[1]!, 'base64'));
    // Behind the heads of file and block: lines of a filter and two pixels of four bytes.
    const lines = tiles.map((png) => [...png.subarray(48, 66)]);
    expect(lines[0]).toEqual([0, 237, 107, 0, 255, 0, 140, 214, 0, 0, 237, 107, 0, 128, 0, 140, 214, 0]);
    expect(lines[1]!.filter((_, i) => [4, 8, 13, 17].includes(i))).toEqual([128, 0, 255, 0]);
    expect(notes(root)).toEqual(['1 weight NaN or infinite, left empty']);
    const model = wg.sequential([4], [wg.dense(3), wg.dense(2)]);
    expect(plot.weightTiles(model, { parameter: 'dense_1.kernel' }).description).toMatch(/^2 tiles of 3 by 1 weights/);
    expect(all(parse(plot.weightTiles(model, { count: 2 }).svg), 'image')).toHaveLength(2);
    expect(plot.weightTiles(wg.ones([3, 5, 2, 4])).description).toBe(
      '4 tiles of 5 by 3 weights of a kernel; the largest is 1 from 0.',
    );
    expect(() => plot.weightTiles(model, { shape: [3, 3] })).toThrow('shape [3, 3] is not that of 4 weights');
    expect(() => plot.weightTiles(model, { parameter: 'no' })).toThrow(
      "no parameter 'no' with two axes or more (known: dense.kernel",
    );
    expect(() => plot.weightTiles(3 as never)).toThrow('the first argument must be a model or a tensor');
  });
});

describe('histograms', () => {
  it('count values', () => {
    const values = wg.tensor([0, 0.1, 0.9, 1, 0.5, 0.5, 0.5, Number.NaN]);
    const root = parse(plot.histograms({ w: values }, { bins: 4 }).svg);
    const bars = all(root, 'rect', 'bar');
    const y = axisOf(root, 'y');
    expect(bars.map((bar) => Math.round(y(number(bar, 'y')) * 100) / 100)).toEqual([2, 3, 2]);
    expect(bars.map((bar) => Math.round(axisOf(root, 'x')(number(bar, 'x')) * 100) / 100)).toEqual([0, 0.5, 0.75]);
    expect(notes(root)).toEqual(['w: 1 value NaN or infinite, left out']);
    expect(textOf(all(root, 'desc')[0]!)).toBe('w: 7 values from 0 to 1, median 0.5.');
  });

  it('have two ticks at least, where one would be round', () => {
    const root = parse(plot.histograms({ a: wg.tensor([-0.097, 0, 0.096]), b: wg.tensor([1]), c: wg.tensor([1]) }).svg);
    const [first] = all(root, 'g', 'x-axis');
    expect(all(first!, 'text', 'tick').map(textOf)).toEqual(['−0.05', '0.05']);
  });

  it('of an inspection, a model, and epochs', () => {
    const model = wg.sequential([2], [wg.dense(3, { activation: 'tanh' }), wg.dense(1)]);
    model.compile({ optimizer: wg.sgd(0.1), loss: 'mse' });
    const seen = model.inspect([[1, 2], [3, 4]], [1, 2]); // biome-ignore format: samples
    const panels = (figure: plot.Figure) => all(parse(figure.svg), 'text', 'panel').map(textOf);
    expect(panels(plot.histograms(seen))).toEqual(['dense', 'dense_1']);
    expect(panels(plot.histograms(seen, { of: 'gradients' }))).toEqual([
      'dense.kernel',
      'dense.bias',
      'dense_1.kernel',
      'dense_1.bias',
    ]);
    expect(plot.histograms(seen, { of: 'delta' }).description).toMatch(/^dense: 6 values/);
    expect(panels(plot.histograms(model))).toHaveLength(4);
    const epochs = [[0, 1, 2], [1, 2, 3], [2, 3, 10]].map((values) => ({ w: wg.tensor(values) })); // biome-ignore format: rows
    const root = parse(plot.histograms(epochs).svg);
    expect(points(root, titled(root, 'median')[0]!)[0]!.map(([, y]) => Math.round(y * 10) / 10)).toEqual([1, 2, 3]);
    expect(pieces(titled(root, 'a half')[0]!)[0]).toHaveLength(6);
    const squares = all(root, 'rect').filter((rect) => number(rect, 'width') === 12);
    expect(squares.map((rect) => number(rect, 'fill-opacity'))).toEqual([0.44, 0.25]);
    const [x, y] = [axisOf(root, 'x'), axisOf(root, 'y')];
    const corner = pieces(titled(root, 'a half')[0]!)[0]![2]!;
    expect([x(corner[0]), y(corner[1])].map((value) => Math.round(value * 10) / 10)).toEqual([3, 6.5]);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['numbers', { w: 3 }],
    ['no epochs', []],
    ['no tensors', {}],
  ])('refuse %s', (_, given) => {
    // biome-ignore format: a row
    expect(() => plot.histograms(given as never)).toThrow(wg.WasmgradError);
  });
});

describe('rateFinder', () => {
  it('has the losses at their rates, and a ring at the suggestion', () => {
    const sweep = { rates: [1e-4, 1e-3, 1e-2, 0.1, 1], losses: [2, 1.9, 1, 0.9, 50], suggestion: 1e-2 };
    const root = parse(plot.rateFinder(sweep).svg);
    const [line] = points(root, titled(root, 'loss')[0]!, { x: true });
    sweep.losses.slice(0, 4).forEach((loss, i) => {
      expect(line![i]![0] / sweep.rates[i]!).toBeCloseTo(1, 1);
      expect(line![i]![1]).toBeCloseTo(loss, 2);
    });
    const [ring] = titled(root, /suggested/, 'circle');
    expect(axisOf(root, 'x', true)(number(ring!, 'cx'))).toBeCloseTo(0.01, 3);
    expect(axisOf(root, 'y')(number(ring!, 'cy'))).toBeCloseTo(1, 2);
    expect(notes(root)).toEqual(['losses far above those before are cut off']);
  });

  it('says that there is no suggestion, and refuses what is no sweep', () => {
    const root = parse(plot.rateFinder({ rates: [0.1, 1], losses: [1, 2], suggestion: Number.NaN }).svg);
    expect(notes(root)).toEqual(['no rate is suggested: the loss never fell']);
    expect(parse(plot.rateFinder({ rates: [], losses: [], suggestion: Number.NaN }).svg).name).toBe('svg');
    expect(() => plot.rateFinder([] as never)).toThrow(
      'rateFinder: the sweep must be what learningRateFinder returned',
    );
  });
});

const ESC = '\u001b';

describe('terminal', () => {
  const history = { epoch: [0, 1, 2, 3], history: { loss: [3, 2, 1, 0], valLoss: [3, 3, Number.NaN, 1.5] } };

  it('is plain text where it is no terminal', () => {
    const text = plot.terminal(history, { width: 30, height: 4, colors: false });
    expect(text.split('\n')).toEqual([
      '3 │++++++++++',
      '  │     ********             +',
      '  │             *********',
      '0 │                      *****',
      '  └───────────────────────────',
      '   1                         4'.slice(0, 30),
      '   * loss 0   + valLoss 1.5',
    ]);
  });

  it('has colours and eight dots a letter in one, and no control characters of names', () => {
    const text = plot.terminal({ 'a\u001b[2J': { loss: [1, 2] } }, { width: 40, height: 5, colors: true });
    expect(text).toMatch(new RegExp(`${ESC}\\[94m[\u2801-\u28ff]${ESC}\\[0m`));
    expect(text).not.toContain('\u001b[2J');
    expect(text).toContain('a�[2J');
    for (const line of text.replace(new RegExp(`${ESC}\\[\\d+m`, 'g'), '').split('\n'))
      expect(line.length).toBeLessThanOrEqual(40);
    expect(plot.terminal({ loss: [] }, { colors: false })).toContain('* loss');
    expect(plot.terminal({ loss: [1e-8, 1, Number.NaN] }, { scale: 'log', colors: false })).toMatch(/^ {3}1 │ +\*/m);
    expect(() => plot.terminal(3 as never)).toThrow('terminal: the history must be');
    expect(() => plot.terminal(history, { metric: 'auc' })).toThrow("terminal: no history has the metric 'auc'");
  });

  it('is drawn while it trains: again and again in a terminal, elsewhere once', async () => {
    const model = wg.sequential([1], [wg.dense(1)]);
    model.compile({ optimizer: wg.sgd(0.01), loss: 'mse' });
    for (const isTTY of [true, false]) {
      const written: string[] = [];
      const stream = { isTTY, columns: 50, write: (text: string) => void written.push(text) };
      const options = {
        epochs: 3,
        validationData: [[1], [2]],
        validationFreq: 2,
        callbacks: [plot.liveCurve({ stream, height: 5 })],
      } as const;
      await model.fit([1, 2], [2, 4], options);
      expect(written.length).toBe(isTTY ? 2 : 1);
      expect(written.at(-1)!.includes('\u001b')).toBe(isTTY);
      if (isTTY) expect(written[1]!.startsWith(`${ESC}[8A\r${ESC}[J`)).toBe(true);
      expect(written.at(-1)).toContain('valLoss');
    }
    expect(() => plot.liveCurve({ stream: 3 as never })).toThrow(
      'liveCurve: stream must be a stream, as process.stdout, got 3',
    );
  });
});
