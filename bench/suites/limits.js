// Every kernel as a percentage of what the machine can do, which is measured in turn with it: products against multiply
// and add in registers, everything else against a walk through as much memory with as many streams.

import { NAMES } from '../../build/internal.js';
import { compareResults } from '../check.js';
import { ATTENTIONS } from '../limits/attentions.js';
import { CONVOLUTIONS } from '../limits/convolutions.js';
import { machineFigures } from '../limits/figures.js';
import { machineLimits, STREAMS } from '../limits/machine.js';
import { OPS } from '../limits/ops.js';
import { RECURRENCES } from '../limits/recurrences.js';
import { compare } from '../measure.js';
import { gigaflop, nameOf, operand, productProgram } from '../product.js';
import { programOf, runnerOf } from '../programs.js';
import { number, progress, progressDone, table } from '../report.js';
import { initOptions } from '../runtime.js';

/** The tolerance of float32 against float64, relative to the largest number of a result. */
const TOLERANCE = 1e-4;

const PACES = {
  full: {
    sizes: [2048, 65_536, 4_194_304],
    timing: { rounds: 7, time: 30, warmup: 40 },
    limit: { ms: 30, samples: 9 },
  },
  quick: { sizes: [65_536], timing: { rounds: 3, time: 10, warmup: 20 }, limit: { ms: 10, samples: 5 } },
  smoke: { sizes: [300], timing: { rounds: 1, time: 0, warmup: 0 }, limit: { ms: 0.01, samples: 1 } },
};

/** The backward products of a layer [m, k]·[k, n] follow it: dW = AᵀB, dX = ABᵀ. */
const PRODUCTS = [
  ...[64, 256, 512, 1024].flatMap((s) => allForms({ m: s, k: s, n: s })),
  ...[
    { m: 32, k: 784, n: 128 },
    { m: 128, k: 784, n: 512 },
    { m: 1, k: 784, n: 128 },
  ].flatMap(layer),
  { m: 784, k: 784, n: 1 },
];

function allForms(product) {
  return [product, { ...product, transA: true }, { ...product, transB: true }];
}

function layer({ m, k, n }) {
  return [
    { m, k, n },
    { m: k, k: m, n, transA: true },
    { m, k: n, n: k, transB: true },
  ];
}

/** Instructions that no case has: most of them steer a tape or a training loop. */
const UNMEASURED = ['halt', 'loop', 'write', 'takeRows', 'advance', 'record', 'batchMatMul'];

export async function run({ pace, ...options }) {
  const { sizes, timing, limit } = PACES[pace];
  const runner = await runnerOf({ backend: 'wasm', ...initOptions(options) });
  const reference = await runnerOf({ precision: 'float64' });
  const limits = await machineLimits(limit);
  const figures = machineFigures(limits, pace);
  console.log(`\nlimits\n\n${figures.text}`);
  const [best, what] = options.relaxed
    ? [limits.fused, 'fused multiply-add']
    : [limits.multiplyAdd, 'multiply and add'];
  const products = await measureProducts(runner, best, pace, timing);
  console.log(`\nmatrix products, of ${what} in registers on one thread\n\n${productsTable(products)}`);
  const seen = new Set(['matMul']);
  const layers = (cases) => measureLayers(cases, runner, reference, best, timing, seen);
  const convolutions = await layers(pace === 'smoke' ? CONVOLUTIONS.slice(0, 3) : CONVOLUTIONS);
  console.log(`\nconvolutions of 32 images, likewise\n\n${productsTable(convolutions)}`);
  const recurrences = await layers(pace === 'smoke' ? RECURRENCES.slice(0, 1) : RECURRENCES);
  console.log(`\nrecurrence over 32 sequences, likewise\n\n${productsTable(recurrences)}`);
  const attentions = await layers(pace === 'smoke' ? ATTENTIONS.slice(0, 2) : ATTENTIONS);
  console.log(`\nattention of samples, heads, steps and width, likewise\n\n${productsTable(attentions)}`);
  const rows = [...products, ...convolutions, ...recurrences, ...attentions];
  for (const n of sizes) {
    const measured = [];
    for (const one of OPS) measured.push(await measureOp({ one, n, runner, reference, limits, timing, seen }));
    progressDone();
    const title = `${n.toLocaleString('en-US')} elements, of a walk through as much memory with as many streams`;
    console.log(`\n${title}\n\n${opsTable(measured)}`);
    rows.push(...measured);
  }
  checkAllSeen(seen);
  return [...figures.rows, ...rows];
}

async function measureProducts(runner, limit, pace, timing) {
  const rows = [];
  for (const product of pace === 'smoke' ? PRODUCTS.slice(0, 3) : PRODUCTS) {
    const { m, k, n } = product;
    const program = productProgram(runner, product, operand(m * k, 3), operand(k * n, 4));
    program.run(1);
    program.check();
    rows.push(await ofLimit(nameOf(product), gigaflop(product), program, limit, timing));
  }
  progressDone();
  return rows;
}

async function measureLayers(cases, runner, reference, limit, timing, seen) {
  const rows = [];
  for (const { name, gigaflop, feeds, build } of cases) {
    const program = programOf(runner, feeds, build);
    checkOp(name, program, programOf(reference, feeds, build));
    for (const line of program.text().split('\n')) seen.add(line.split(' ')[0]);
    rows.push(await ofLimit(name, gigaflop, program, limit, timing));
  }
  progressDone();
  return rows;
}

/** Times a program of so many floating-point operations in turn with the limit, and disposes it. */
async function ofLimit(name, perCall, program, limit, timing) {
  const { sides, ratio } = await compare({ it: program.run, limit: limit.run }, timing);
  program.dispose();
  progress();
  return {
    suite: 'limits',
    name,
    unit: 'GFLOP/s',
    ...scaled(sides.it, perCall),
    limit: sides.limit.median * limit.perCall,
    share: scaled(ratio, perCall / limit.perCall),
  };
}

const scaled = ({ median, min, max }, by) => ({ median: median * by, min: min * by, max: max * by });

async function measureOp({ one: { name, stream, make }, n, runner, reference, limits, timing, seen }) {
  const { feeds, build, elements } = make(n);
  const program = programOf(runner, feeds, build);
  checkOp(`${name} of ${elements}`, program, programOf(reference, feeds, build));
  for (const line of program.text().split('\n')) seen.add(line.split(' ')[0]);
  const limit = stream && limits.stream(stream, elements * 4);
  const works = limit ? { op: program.run, limit: limit.run } : { op: program.run };
  const { sides, ratio } = await compare(works, timing);
  program.dispose();
  progress();
  const { median, min, max } = sides.op;
  const row = {
    suite: 'limits',
    name,
    elements,
    unit: 'ns/element',
    median: 1e9 / (median * elements),
    min: 1e9 / (max * elements),
    max: 1e9 / (min * elements),
  };
  if (!limit) return row;
  const gigabytes = (elements * 4 * STREAMS[stream].moves) / 1e9;
  return {
    ...row,
    stream,
    gigabytes: median * gigabytes,
    limit: sides.limit.median * limit.perCall,
    share: scaled(ratio, gigabytes / limit.perCall),
  };
}

function checkOp(name, program, expected) {
  for (const side of [program, expected]) side.run(1);
  const values = program.results();
  expected.results().forEach((exact, i) => void compareResults(name, [values[i], exact], TOLERANCE));
  expected.dispose();
  program.feed();
}

const percent = (share) => (share ? Math.round(share * 100) : '-').toString();
const spread = (share) => (share ? `${percent(share.min)}..${percent(share.max)}` : '');

function productsTable(rows) {
  const lines = rows.map(({ name, median, limit, share }) => [
    name,
    number(median),
    number(limit),
    percent(share.median),
    spread(share),
  ]);
  return table(['operation', 'GFLOP/s', 'limit', '%', 'min..max'], lines);
}

function opsTable(rows) {
  const lines = rows.map(({ name, median, stream = '', gigabytes, limit, share }) => [
    name,
    number(median),
    stream,
    number(gigabytes),
    number(limit),
    percent(share?.median),
    spread(share),
  ]);
  return table(['op', 'ns/element', 'like', 'GB/s', 'limit', '%', 'min..max'], lines, [0, 2]);
}

/** A new instruction needs a line in limits/ops.js. */
function checkAllSeen(seen) {
  const missing = NAMES.filter((name) => !seen.has(name) && !UNMEASURED.includes(name));
  if (missing.length > 0) throw new Error(`limits: no case in bench/limits/ops.js has ${missing.join(', ')}`);
}
