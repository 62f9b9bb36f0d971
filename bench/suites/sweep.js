// Matrix products of all shapes from 1 to 1,100, to find cliffs: points that are far slower than their neighbours. Lines
// walk along one dimension while the other two stand still; probes are shapes picked at random, and what is 15 % smaller
// and larger in every dimension.

import { random } from '../data.js';
import { quickRate } from '../measure.js';
import { FORMS, gigaflop, nameOf, operand, productProgram } from '../product.js';
import { runnerOf } from '../programs.js';
import { number, progress, progressDone, table } from '../report.js';
import { initOptions } from '../runtime.js';

const LARGEST = 1100;
/** A cliff has less than this share of the rate of both of its neighbours, of which the slower one counts. */
const CLIFF = 0.7;
/** Neighbours on a line: not further away than this share of a size, but at least the next ones. */
const NEAR = 0.25;
/** How much smaller and larger the neighbours of a probe are, in every dimension. */
const STEP = 1.15;

/** All small ones; then both sides of what a kernel may have for a block. */
const SIZES = [
  ...Array.from({ length: 20 }, (_, i) => i + 1),
  ...[23, 24, 25, 31, 32, 33, 39, 40, 41, 47, 48, 49, 63, 64, 65, 79, 80, 81, 95, 96, 97, 100],
  ...[127, 128, 129, 159, 160, 161, 191, 192, 193, 255, 256, 257, 319, 320, 321, 383, 384, 385],
  ...[511, 512, 513, 639, 640, 641, 767, 768, 769, 895, 896, 897, 1023, 1024, 1025, 1099, 1100],
];
/** The sizes of the other two dimensions of a line. */
const PAIRS = [
  [1, 128],
  [128, 1],
  [784, 1],
  [3, 1000],
  [1000, 3],
  [7, 7],
  [10, 128],
  [128, 10],
  [32, 128],
  [32, 784],
  [784, 32],
  [65, 129],
  [256, 256],
  [513, 385],
  [784, 784],
];
const SHOWN = [1, 5, 16, 64, 256, 1024];

const PLANS = {
  full: { sizes: SIZES, pairs: PAIRS, probes: 1500, ms: 0.4, samples: 5 },
  quick: {
    sizes: [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 63, 64, 65, 100, 129, 256, 257, 385, 511, 513, 769, 1024],
    pairs: PAIRS.filter((_, i) => i % 3 === 0),
    probes: 200,
    ms: 0.2,
    samples: 3,
  },
  smoke: { sizes: [1, 5, 16], pairs: [[3, 7]], probes: 2, ms: 0.01, samples: 1 },
};

/** Where a dimension is free: the other two stand in the order m, k, n. */
const AXES = {
  m: (size, [k, n]) => ({ m: size, k, n }),
  k: (size, [m, n]) => ({ m, k: size, n }),
  n: (size, [m, k]) => ({ m, k, n: size }),
};

export async function run({ pace, ...options }) {
  const plan = PLANS[pace];
  const runner = await runnerOf({ backend: 'wasm', ...initOptions(options) });
  const rateOf = meter(runner, plan);
  warmUp(rateOf, pace);
  const lines = FORMS.flatMap((form) => measureLines(form, plan, rateOf));
  const suspects = [...lines.flatMap(lineCliffs), ...probes(plan, rateOf)];
  progressDone();
  const cliffs = confirmed(suspects, rateOf);
  console.log(`\nsweep: GFLOP/s, and the lowest point beside its neighbours\n\n${linesTable(lines)}`);
  console.log(`\n${cliffsText(cliffs, lines, plan)}`);
  return jsonRows(lines, cliffs);
}

/** Measures a product that is right, in GFLOP/s. */
function meter(runner, { ms, samples }) {
  const [a, b] = [operand(LARGEST * STEP * LARGEST * STEP, 3), operand(LARGEST * STEP * LARGEST * STEP, 4)];
  return (product) => {
    const program = productProgram(runner, product, a, b);
    const rate = quickRate(program.run, ms, samples) * gigaflop(product);
    program.check(8);
    program.dispose();
    return rate;
  };
}

/** The engine takes a while to optimize every path of the kernels. */
function warmUp(rateOf, pace) {
  if (pace === 'smoke') return;
  for (let round = 0; round < 20; round++) {
    for (const form of FORMS) {
      for (const pair of PAIRS) rateOf({ m: 5 + round, k: pair[0], n: pair[1], ...form });
    }
  }
}

function measureLines(form, { sizes, pairs }, rateOf) {
  const line = (name, productAt) => {
    progress();
    const points = sizes.map((size) => {
      const product = { ...productAt(size), transA: form.transA, transB: form.transB };
      return { size, product, rate: rateOf(product) };
    });
    return { name: `${name} ${form.name}`, points };
  };
  const along = (axis, pair) => line(Object.values(AXES[axis](axis, pair)).join('x'), (size) => AXES[axis](size, pair));
  return [
    line('sxsxs', (s) => ({ m: s, k: s, n: s })),
    ...Object.keys(AXES).flatMap((axis) => pairs.map((pair) => along(axis, pair))),
  ];
}

/** Each point with its best neighbours on both sides. */
function beside({ points }) {
  return points.slice(1, -1).map((point, at) => {
    const i = at + 1;
    const side = (part, next) => {
      const near = part.filter(({ size }) => Math.abs(size - point.size) <= NEAR * point.size);
      return [next, ...near].reduce((best, one) => (one.rate > best.rate ? one : best));
    };
    const smaller = side(points.slice(0, i), points[i - 1]);
    const larger = side(points.slice(i + 1), points[i + 1]);
    return suspectOf(point, smaller, larger);
  });
}

const suspectOf = (point, smaller, larger) => ({
  point,
  smaller,
  larger,
  share: point.rate / Math.min(smaller.rate, larger.rate),
});

const lineCliffs = (line) => beside(line).filter(({ share }) => share < CLIFF);

function probes({ probes: count }, rateOf) {
  const next = random(11);
  const dimension = () => Math.max(1, Math.round(LARGEST ** next()));
  const pointOf = (product) => ({ product, rate: rateOf(product) });
  const scaled = (product, f) => ({ ...product, m: f(product.m), k: f(product.k), n: f(product.n) });
  const found = [];
  for (let i = 0; i < count; i++) {
    const { transA, transB } = FORMS[i % FORMS.length];
    const product = { m: dimension(), k: dimension(), n: dimension(), transA, transB };
    const smaller = pointOf(scaled(product, (d) => Math.max(1, Math.floor(d / STEP))));
    const larger = pointOf(scaled(product, (d) => Math.ceil(d * STEP)));
    const suspect = suspectOf(pointOf(product), smaller, larger);
    if (suspect.share < CLIFF) found.push(suspect);
    if (i % 50 === 0) progress();
  }
  return found;
}

/** Those that are as slow when they are measured again, three times, in turn with their neighbours: noise is not. */
function confirmed(suspects, rateOf) {
  const again = ({ point, smaller, larger }) => {
    const rounds = Array.from({ length: 3 }, () => [point, smaller, larger].map(({ product }) => rateOf(product)));
    const best = (i) => Math.max(...rounds.map((rates) => rates[i]));
    const [p, s, l] = [point, smaller, larger].map(({ product }, i) => ({ product, rate: best(i) }));
    return suspectOf(p, s, l);
  };
  const measured = suspects.map(again).filter(({ share }) => share < CLIFF);
  return measured.sort((a, b) => a.share - b.share);
}

function linesTable(lines) {
  const shown = lines[0].points.map(({ size }) => size).filter((size) => SHOWN.includes(size));
  const rows = lines.map((line) => {
    const rateAt = (size) => line.points.find((point) => point.size === size).rate;
    const lowest = beside(line).reduce((low, one) => (one.share < low.share ? one : low));
    return [
      line.name,
      ...shown.map((size) => number(rateAt(size))),
      percent(lowest.share),
      nameOf(lowest.point.product),
    ];
  });
  const last = shown.length + 2;
  return table(['m x k x n', ...shown.map(String), 'lowest', 'at'], rows, [0, last]);
}

const percent = (share) => `${Math.round(share * 100)} %`;

function cliffsText(cliffs, lines, { probes: count }) {
  const points = lines.reduce((sum, line) => sum + line.points.length, 0);
  const among = `${points.toLocaleString('en-US')} points on lines and ${count.toLocaleString('en-US')} probes`;
  const what = `below ${percent(CLIFF)} of what slightly smaller and slightly larger ones get`;
  if (cliffs.length === 0) return `no cliff among ${among}: none is ${what}`;
  const cell = ({ product, rate }) => `${number(rate)} at ${nameOf(product)}`;
  const rows = cliffs.map(({ point, smaller, larger, share }) => [
    nameOf(point.product),
    number(point.rate),
    percent(share),
    cell(smaller),
    cell(larger),
  ]);
  const head = ['m x k x n', 'GFLOP/s', 'of neighbours', 'smaller', 'larger'];
  return `${cliffs.length} cliffs among ${among}: ${what}\n\n${table(head, rows, [0, 3, 4])}`;
}

function jsonRows(lines, cliffs) {
  const row = ({ product, rate }) => ({ suite: 'sweep', name: nameOf(product), unit: 'GFLOP/s', median: rate });
  return [
    ...lines.flatMap(({ points }) => points.map(row)),
    ...cliffs.map(({ point, share }) => ({ ...row(point), cliff: share })),
  ];
}
