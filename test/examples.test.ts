// Every example, run as a user runs it: the numbers of the course notes, and figures with marks at these numbers.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { all, type Node, parse, points, textOf, titled } from './svg.js';
import { THOROUGH } from './thorough.js';

const run = (...args: string[]): string =>
  execFileSync(process.execPath, ['examples/run.js', ...args], { encoding: 'utf8' });

const FOLDER = mkdtempSync(join(tmpdir(), 'wasmgrad-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

const printed: Record<string, string> = {};

/** What an example prints that draws, too. */
const drawing = (name: string): string => (printed[name] ??= run(name, '--figures', join(FOLDER, name)));

/** A figure that an example drew. */
const drawn = (name: string, file: string): Node => parse(readFileSync(join(FOLDER, name, `${file}.svg`), 'utf8'));

const PRINTS: Record<string, readonly string[]> = {
  'gradient-descent': [
    'x=0.480000, y=0.230400\nx=0.192000, y=0.036864\nx=0.076800, y=0.005898\nx=0.030720, y=0.000944\n',
  ],
  quadratic: ['Newton: x=-1.000000, y=2.000000 after 1 step\n', 'y=2.000000 after 26 steps'],
  'linear-backprop': [
    'z = x·y = 18·9 = 162\n',
    '∂z/∂w = ∂z/∂x·∂x/∂w = 9·2 = 18\n',
    '∂z/∂b = ∂z/∂x·∂x/∂b + ∂z/∂y·∂y/∂b = 9·3 + 18·2 = 63\n',
    'round 3: error 0.000044, w=2.661517, b=3.903263\n  z=150.0000 at w=2.661517, b=3.903263\nfixed',
    'round 4: error 0.000170, w=2.661469, b=3.903277\n  z=150.0000',
  ],
  'nonlinear-backprop': [
    '∂c/∂x = ∂c/∂y·∂y/∂x = 0.10617·4 = 0.42466\n',
    'round 5: x=9.655706, c=2.129',
    'exact:   x=9.664409',
  ],
  'loss-functions': [
    'prediction [1,2,3]:\n  absolute error 3, mean 1.000000\n  squared error 5, mean 1.666667',
    'prediction [1,3,3]:\n  absolute error 4, mean 1.333333\n  squared error 8, mean 2.666667',
    'y=1, p=0.9: 0.105361',
    'y=0, p=0.9: 2.302585',
  ],
  'batch-gradients': [
    'gradient     [[0.5,1,1.5,2]]\n  2(X - Y)/4  [[0.5,1,1.5,2]]',
    'gradient     [[0.25,0.25,0.75,0.75],[1.25,1.25,1.75,1.75]]\n  2(X - Y)/8  [[0.25,0.25,0.75,0.75],[1.25,1.25,1.75,1.75]]',
  ],
  'chain-rule': [
    'A·B = [[-7,-10],[-15,-22]]',
    'A⊙B = [[-1,-4],[-9,-16]]',
    'at 1 = -0.367879',
    'df/dA      = [[54,122],[118,266]]\n2(A·B)·Bᵀ  = [[54,122],[118,266]]',
  ],
  delta: [
    'L = mean(|a2 - y|) = 0.572582',
    "δ2 = ∂L/∂z2 = ∂L/∂a2 ⊙ σ'(z2) = [ 0.10155  -0.123679 ]",
    'dW1 = xᵀ·δ1 = [ -0.00025601',
    'dW1 = [[-0.000256,-0.001418,0.001225],[-0.000512,-0.002837,0.00245]]',
    'The loss after the step: 0.548239. It was 0.572582, so it fell.',
  ],
  optimizers: ['batch descent     20', 'Adam    200'],
};

/** What those draw. */
const DRAWS: Record<string, readonly string[]> = {
  'gradient-descent': ['gradient-descent'],
  quadratic: ['quadratic'],
  'linear-backprop': ['linear-backward', 'linear-forward'],
  'nonlinear-backprop': ['nonlinear-function', 'nonlinear-graph'],
  'loss-functions': ['cross-entropy-0', 'cross-entropy-1'],
  'chain-rule': ['chain-rule'],
  delta: ['delta'],
  optimizers: ['optimizers'],
};

/** Those that learn, each with a test of its own. */
const LEARN = [
  'cartpole',
  'copy',
  'digits',
  'dqn',
  'gan',
  'learning-rates',
  'per-sample-gradients',
  'physics',
  'weather-gru',
  'xor',
];

/** Those of images and text, which take longer: npm run test:examples. */
const SEE = ['autoencoder', 'digits-cnn', 'fashion-cnn', 'fine-tune', 'gan-digits', 'moby-gpt', 'spam', 'sums'];

describe('example', () => {
  it.each(Object.entries(PRINTS))('%s prints its numbers, and draws', (name, parts) => {
    const out = drawing(name);
    for (const part of parts) expect(out).toContain(part);
    const files = existsSync(join(FOLDER, name)) ? readdirSync(join(FOLDER, name)) : [];
    expect(files.sort()).toEqual((DRAWS[name] ?? []).map((file) => `${file}.svg`));
    for (const file of DRAWS[name] ?? []) {
      expect(out).toContain(`wrote ${join(FOLDER, name, file)}.svg\n`);
      expect(textOf(all(drawn(name, file), 'desc')[0]!)).not.toBe('');
    }
  });

  it('gradient-descent draws the points that it prints, and without a folder only prints them', () => {
    const out = drawing('gradient-descent');
    expect(run('gradient-descent')).toBe(out.replace(/wrote .*\n/, ''));
    const said = [...out.matchAll(/x=([\d.]+), y=([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
    expect(said.map(([x]) => x)).toEqual([0.48, 0.192, 0.0768, 0.03072]);
    const root = drawn('gradient-descent', 'gradient-descent');
    const [start, ...path] = points(root, titled(root, 'path')[0]!)[0]!;
    expect(start![0]).toBeCloseTo(1.2, 3);
    expect(path).toHaveLength(said.length);
    for (const [i, [x, y]] of path.entries()) {
      expect(x).toBeCloseTo(said[i]![0]!, 3);
      expect(y).toBeCloseTo(said[i]![1]!, 3);
    }
  });

  it('graphs and networks have the numbers of the course notes', () => {
    for (const file of ['linear-forward', 'linear-backward'])
      for (const part of ['∂z/∂w = 18', '∂z/∂b = 63'])
        expect(textOf(drawn('linear-backprop', file)), file).toContain(part);
    expect(textOf(drawn('nonlinear-backprop', 'nonlinear-graph'))).toContain('∂c/∂x = 0.4247');
    for (const part of ['0.717', '0.551', '0.102', '−0.124'])
      expect(textOf(drawn('delta', 'delta')), part).toContain(part);
  });

  it('learning-rates draws three curves, names what is wrong with each, and mends it', () => {
    const out = drawing('learning-rates');
    const cases = [
      ...out.matchAll(
        /learning rate ([\d.]+): (\w+)\n[^:]*: (.*)\. (.*)\.\nSo changed: loss ([\d.]+) in place of ([\d.]+), (\d+)/g,
      ),
    ];
    expect(cases.map((found) => found.slice(1, 5))).toEqual([
      ['5', 'learningRateTooLarge', 'the learning rate 5 is too large from the start', 'Try 0.5'],
      [
        '2',
        'learningRateTooLargeLater',
        'the learning rate 2 is right at first, and too large later',
        expect.stringContaining('a schedule such as cosineDecay'),
      ],
      ['0.03', 'learningRateTooSmall', 'the learning rate 0.03 is too small', 'Try 0.3'],
    ]);
    for (const [, rate, id, , , after, before, findings] of cases) {
      expect(Number(after), id).toBeLessThan(0.9 * Number(before));
      expect(findings, id).toBe('0');
      const root = drawn('learning-rates', id!);
      const [bad] = points(root, titled(root, `rate ${rate}`)[0]!);
      const [good] = points(root, titled(root, 'changed')[0]!);
      expect(bad!.length, id).toBe(40);
      expect(good!.at(-1)![1], id).toBeLessThan(bad!.at(-1)![1]);
    }
  });

  it('optimizers ends near the noise floor, whichever way it went', () => {
    const rows = drawing('optimizers').split('\n').slice(1, -2);
    expect(rows).toHaveLength(8);
    for (const row of rows) expect(Number(row.trim().split(/ {2,}/)[4]), row).toBeLessThan(0.013);
  });

  it.runIf(THOROUGH)('digits learns to read handwriting, without a terminal in plain lines', () => {
    const out = drawing('digits');
    expect(out).toMatch(/^epoch 1: [\d.]+ s, [\d,]+ samples\/s, loss \d\.\d{4}, accuracy 0\.\d{4}$/m);
    expect(out).not.toContain('\u001b');
    const accuracy = Number(/test accuracy: (0\.\d{4})$/m.exec(out)?.[1]);
    expect(accuracy).toBeGreaterThanOrEqual(0.96);
  });

  it('xor prints the truth table that it has learned, and draws it', () => {
    const rows = [...drawing('xor').matchAll(/(\d) xor (\d) = ([\d.]+)/g)];
    expect(rows).toHaveLength(4);
    for (const [, a, b, p] of rows) expect(Math.round(Number(p))).toBe(Number(a) ^ Number(b));
    expect(textOf(all(drawn('xor', 'xor'), 'desc')[0]!)).toMatch(/^4 samples of 2 classes; 4 on the right side/);
    expect(textOf(all(drawn('xor', 'xor-loss'), 'desc')[0]!)).toContain('400 epochs');
  });

  it('copy writes sequences backwards, by attention to the mirror image of each step', () => {
    const out = drawing('copy');
    const exact = Number(/^(\d+) of 500 sequences that it has not seen are exact$/m.exec(out)?.[1]);
    expect(exact).toBeGreaterThanOrEqual(495);
    const rows = out.split('\n').filter((line) => /^ [a-t] /.test(line));
    expect(rows.map((row) => row.slice(3).indexOf('█'))).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(textOf(all(drawn('copy', 'copy'), 'desc')[0]!)).toContain('| reads');
  });

  it('gan learns mean and spread of points that its generator never sees', () => {
    const rows = [...run('gan').matchAll(/mean (-?[\d.]+), spread ([\d.]+)/g)];
    expect(rows).toHaveLength(5);
    const [, mean, spread] = rows.at(-1)!.map(Number);
    expect(Math.abs(mean! - 4)).toBeLessThan(0.1);
    expect(Math.abs(spread! - 0.5)).toBeLessThan(0.1);
  });

  it('dqn finds the shortest way through the maze', () => {
    const out = run('dqn');
    expect(out).toMatch(/^18 moves to the goal/m);
    expect(out.match(/[↑→↓←]/g)).toHaveLength(18);
  });

  it('cartpole balances the pole within seconds', () => {
    const [, average, seconds] = /average return of 100 episodes: ([\d.]+), after ([\d.]+) s/.exec(run('cartpole'))!;
    expect(Number(average)).toBeGreaterThan(400);
    expect(Number(seconds)).toBeLessThan(20); // alone 0.9; tests run beside each other
  });

  it('physics learns the sine from its law', () => {
    expect(Number(/largest error: (0\.\d+)$/m.exec(drawing('physics'))?.[1])).toBeLessThan(0.003);
  });

  it('weather-gru forecasts better than what costs nothing, in both cities and years that it has not seen', () => {
    const out = drawing('weather-gru');
    const tables = [
      ...out.matchAll(/^(Seattle|New York) (201[45]), .*\n +naive +(.*)\n +seasonal +(.*)\n +GRU +(.*)\n/gm),
    ];
    expect(tables.map(([, city, year]) => `${city} ${year}`)).toEqual([
      'Seattle 2014',
      'Seattle 2015',
      'New York 2014',
      'New York 2015',
    ]);
    for (const [, city, year, ...rows] of tables) {
      const [naive, seasonal, gru] = rows.map((row) => row.split(/ +/).map(Number)) as [number[], number[], number[]];
      const mean = (errors: number[]) => errors.reduce((sum, error) => sum + error, 0) / 3;
      expect(gru[0], `${city} ${year}`).toBeLessThan(Math.min(naive[0]!, seasonal[0]!));
      expect(mean(gru), `${city} ${year}`).toBeLessThan(0.95 * Math.min(mean(naive), mean(seasonal)));
    }
    expect(textOf(all(drawn('weather-gru', 'weather-gru'), 'desc')[0]!)).toContain('Validation loss: 30 epochs');
  });

  it('per-sample-gradients finds the wrong labels, and learns the classes in private', () => {
    const out = run('per-sample-gradients');
    expect(Number(/but for (\de-\d+)/.exec(out)?.[1])).toBeLessThan(1e-5);
    const norms = [...out.matchAll(/(\d+) (\d\.\d{3})/g)];
    expect(new Set(norms.slice(0, 3).map(([, i]) => i))).toEqual(new Set(['10', '77', '120']));
    expect(Number(norms[2]![2])).toBeGreaterThan(10 * Number(norms[3]![2]));
    expect(Number(/(\d+) of 200 samples/.exec(out)?.[1])).toBeGreaterThanOrEqual(198);
  });

  it('of an unknown name lists those that there are, each of which is tested: here, or by npm run test:examples', () => {
    expect(() => run('nonesuch')).toThrow(/There is no example 'nonesuch'. There are: autoencoder, batch-gradients, /);
    const files = readdirSync('examples').filter((file) => file.endsWith('.js') && file !== 'run.js');
    expect(files.map((file) => file.slice(0, -3)).sort()).toEqual([...Object.keys(PRINTS), ...LEARN, ...SEE].sort());
  });
});
