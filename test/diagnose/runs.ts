// Trainings whose trouble is known, since it was made: each with what is known of it afterwards. Whether a learning
// rate is too large or too small is not said by whoever made the run, but found by training the same network with all
// rates from 1e-5 to 10.

import { collect, type Looked, sampleOf, snapshotOf } from '../../bindings/diagnose/collect.js';
import type { Evidence } from '../../bindings/diagnose/evidence.js';
import type { FindingId } from '../../bindings/diagnose/finding.js';
import * as wg from '../../bindings/index.js';
import { Numbers } from '../numbers.js';
import { type Data, HELD_OUT, normal, shuffled, TUNING } from './datasets.js';

/** A training, what is wrong with it, and what is known of it. */
export interface Run {
  readonly truth: FindingId | 'good';
  readonly name: string;
  readonly evidence: Evidence;
}

/** An initializer of normal numbers, and one of equal ones. */
const normals =
  (std: number): wg.Initializer =>
  (shape, key) =>
    wg.randomNormal(shape, { std, key });
const equal =
  (value: number): wg.Initializer =>
  (shape) =>
    wg.full(shape, value);

type Activation = 'relu' | 'tanh' | 'sigmoid';

/** A network. */
interface Net {
  readonly name: string;
  readonly widths: readonly number[];
  readonly activation: Activation;
  readonly kernel?: wg.Initializer;
  readonly bias?: wg.Initializer;
}

const NETS: readonly Net[] = [
  { name: '16 relu', widths: [16], activation: 'relu' },
  { name: '32-16 relu', widths: [32, 16], activation: 'relu' },
  { name: '16-16-16 relu', widths: [16, 16, 16], activation: 'relu' },
  { name: '24 tanh', widths: [24], activation: 'tanh' },
  { name: '16-8 tanh', widths: [16, 8], activation: 'tanh' },
  { name: '16 sigmoid', widths: [16], activation: 'sigmoid' },
];

const OPTIMIZERS: Readonly<Record<string, (rate: number) => wg.Optimizer>> = {
  sgd: (rate) => wg.sgd(rate),
  momentum: (rate) => wg.sgd(rate, { momentum: 0.9 }),
  adam: (rate) => wg.adam(rate),
  rmsprop: (rate) => wg.rmsprop(rate),
};

/** All that a run depends on. */
interface Setting {
  readonly data: Data;
  readonly net: Net;
  readonly optimizer: string;
  readonly rate: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly validation?: Data | undefined;
  /** Epochs at the end that are trained with a tenth of the rate. */
  readonly smaller?: number;
}

/** Rates from 1e-5 to 10; those that are used as a rule lie closer together. */
const RATES = [-5, -4.5, -4, -3.5, -3, -2.5, -2, -1.75, -1.5, -1.25, -1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1].map(
  (power) => 10 ** power,
);

function modelOf({ data, net, optimizer, rate }: Setting): wg.Model {
  const options = {
    activation: net.activation,
    ...(net.kernel && { kernelInitializer: net.kernel }),
    ...(net.bias && { biasInitializer: net.bias }),
  };
  const binary = data.classes === 2;
  const head =
    data.classes === 0 || binary ? wg.dense(1, binary ? { activation: 'sigmoid' } : {}) : wg.dense(data.classes);
  const layers = [...net.widths.map((width) => wg.dense(width, options)), head];
  const model = wg.sequential([data.x[0]!.length], layers);
  const loss = data.classes === 0 ? 'mse' : binary ? 'binaryCrossEntropy' : 'softmaxCrossEntropy';
  model.compile({ optimizer: OPTIMIZERS[optimizer]!(rate), loss });
  return model;
}

const labelsOf = ({ y, classes }: Data): number[] | number[][] => (classes > 2 ? y : y.map((v) => [v]));

/** What a run ended with. */
interface Ended {
  readonly losses: number[];
  readonly valLosses: number[] | undefined;
  readonly final: number;
  readonly evidence: Evidence | undefined;
}

async function train(setting: Setting, withEvidence: boolean): Promise<Ended> {
  const { data, epochs, batchSize, validation, smaller = 0 } = setting;
  const model = modelOf(setting);
  const [x, y] = [data.x, labelsOf(data)];
  const looking = <T>(f: (looked: Looked) => T): T =>
    model.look('runs', (inside) => f({ model: model as never, inside, data: inside.data(x, y), batchSize }));
  const start = withEvidence ? safely(() => looking((looked) => snapshotOf(looked, sampleOf(looked.data)))) : undefined;
  const validationData = validation && ([validation.x, labelsOf(validation)] as const);
  let failed: Evidence['failed'];
  let history: Record<string, number[]> = { loss: [] };
  try {
    ({ history } = await model.fit(x, y, { epochs: epochs - smaller, batchSize, validationData }));
    if (smaller > 0) {
      model.learningRateScale = 0.1;
      await model.fit(x, y, { epochs: smaller, batchSize });
    }
  } catch (error) {
    if (!(error instanceof wg.NonFiniteLossError)) throw error;
    failed = { epoch: error.epoch, step: error.step };
    history = { ...error.history!.history };
  }
  const losses = [...history.loss!];
  const valLosses = history.valLoss && [...history.valLoss];
  const final = failed ? Infinity : model.evaluate(x, y).loss;
  const evidence = withEvidence
    ? { losses, unit: 'epoch' as const, valLosses, failed, start, ...looking(collect) }
    : undefined;
  model.dispose();
  return { losses, valLosses, final, evidence };
}

/** Data that hold a NaN can't be looked at. */
function safely<T>(f: () => T): T | undefined {
  try {
    return f();
  } catch (error) {
    if (error instanceof wg.WasmgradError) return undefined;
    throw error;
  }
}

/** The loss of the best answer that is always the same. */
function constantLoss({ y, classes }: Data): number {
  const mean = y.reduce((a, b) => a + b, 0) / y.length;
  if (classes === 0) return y.reduce((sum, v) => sum + (v - mean) ** 2, 0) / y.length;
  const shares = Array.from({ length: classes }, (_, c) => y.filter((v) => v === c).length / y.length);
  return shares.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
}

const nameOf = ({ data, net, optimizer, rate }: Setting): string =>
  `${data.name}, ${net.name}, ${optimizer} ${Number(rate.toPrecision(2))}`;

/** Trains with all rates, and says of each what it is; what lies between is left out. */
async function* rates(setting: Setting): AsyncGenerator<Run & { readonly setting: Setting; readonly best: number }> {
  const base = constantLoss(setting.data);
  const ended: Ended[] = [];
  for (const rate of RATES) ended.push(await train({ ...setting, rate }, true));
  const best = Math.min(...ended.map(({ final }) => final));
  const at = ended.findIndex(({ final }) => final === best);
  if (best > 0.6 * base) return; // no rate is good
  for (const [i, { final, losses, evidence }] of ended.entries()) {
    const own = { ...setting, rate: RATES[i]! };
    const settled = losses.slice(-5).reduce((sum, loss) => sum + loss / Math.min(5, losses.length), 0);
    const [missed, level] = [final, settled].map((loss) => (loss - best) / (base - best)) as [number, number];
    const upTo100 = ended.filter((_, k) => k > i && RATES[k]! < 101 * RATES[i]!).map((other) => other.final);
    const larger = (Math.min(...upTo100, Infinity) - best) / (base - best);
    let truth: Run['truth'] | undefined;
    if (missed < 0.05 && level < 0.1) truth = 'good';
    else if (i < at && missed > 0.35 && larger < missed - 0.3) truth = 'learningRateTooSmall';
    else if (i > at && !(final < 0.9 * base)) truth = 'learningRateTooLarge';
    else if (i > at && level > 0.1 && losses[0]! < 1.5 * base && final < 0.7 * base) {
      const { final: lowered } = await train({ ...own, smaller: Math.ceil(own.epochs / 3) }, false);
      if (lowered < 0.7 * final && fellEarly(losses)) truth = 'learningRateTooLargeLater';
    }
    if (truth) yield { truth, name: nameOf(own), evidence: evidence!, setting: own, best };
  }
}

const fellEarly = (losses: readonly number[]): boolean => {
  const third = losses[Math.floor(losses.length / 3)]!;
  return losses[0]! > losses.at(-1)! && losses[0]! - third > 0.7 * (losses[0]! - losses.at(-1)!);
};

/** Runs with something else that is wrong, beside a good one; where the harm did not happen there is none. */
async function* harmed(
  numbers: Numbers,
  good: Setting,
  best: number,
  wanted: (truth: string) => boolean,
): AsyncGenerator<Run> {
  const { data } = good;
  const given = async (truth: Run['truth'], change: Partial<Setting>, harm = 0.35): Promise<Run[]> => {
    if (!wanted(truth)) return [];
    const setting = { ...good, ...change };
    const { final, evidence } = await train(setting, true);
    const from = constantLoss(setting.data);
    const isHarmed = !(final < best + harm * (from - best));
    return isHarmed ? [{ truth, name: `${nameOf(setting)}: ${truth}`, evidence: evidence! }] : [];
  };
  const scale = 10 ** (1.7 + 2 * numbers.uniform());
  const one = numbers.below(data.x[0]!.length);
  const grown = data.x.map((row) => row.map((v, k) => (k === one || scale > 800 ? v * scale + scale / 2 : v)));
  yield* await given('unscaledInputs', { data: { ...data, x: grown } });
  yield* await given('shuffledLabels', { data: { ...data, y: shuffled(numbers, data.y) } }, -Infinity);
  const relu: Net = {
    name: 'dead relu',
    widths: [16, 16],
    activation: 'relu',
    bias: equal(-4 - 8 * numbers.uniform()),
  };
  yield* await given('deadUnits', { net: relu });
  const std = 10 + 20 * numbers.uniform();
  const steep: Net = {
    name: 'steep',
    widths: [12, 12],
    activation: numbers.uniform() < 0.5 ? 'tanh' : 'sigmoid',
    kernel: normals(std),
  };
  yield* await given('saturatedUnits', { net: steep });
  const depth = 6 + numbers.below(4);
  const deep: Net = { name: `${depth} sigmoid layers`, widths: Array(depth).fill(12), activation: 'sigmoid' };
  yield* await given('vanishingGradients', {
    net: deep,
    optimizer: numbers.uniform() < 0.5 ? 'sgd' : 'momentum',
    rate: 0.05,
  });
  const wide: Net = {
    name: `${depth} wild layers`,
    widths: Array(depth).fill(16),
    activation: 'relu',
    kernel: normals(1.2 + numbers.uniform()),
  };
  yield* await given('explodingGradients', { net: wide, optimizer: 'sgd', rate: 0.01 });
  if (data.classes > 0 || data.x[0]!.length < 4) {
    const line: Net = { name: 'no hidden layer', widths: [], activation: 'relu' };
    yield* await given('underfitting', { net: line });
  }
  const holed = data.x.map((row) => [...row]);
  holed[numbers.below(holed.length)]![one] = Number.NaN;
  yield* await given('nonFinite', { data: { ...data, x: holed } });
}

/** Few samples with much noise, and many more to validate on. */
async function* tiny(
  numbers: Numbers,
  make: (numbers: Numbers, n: number) => Data,
  good: Setting,
): AsyncGenerator<Run> {
  const all = make(numbers, 220);
  const noisy = all.x.map((row) => [
    ...row.map((v) => v + 0.6 * normal(numbers)),
    ...Array.from({ length: 6 }, () => normal(numbers)),
  ]);
  const part = (from: number, to: number): Data => ({ ...all, x: noisy.slice(from, to), y: all.y.slice(from, to) });
  const net: Net = { name: '64-64 relu', widths: [64, 64], activation: 'relu' };
  const setting = {
    ...good,
    data: part(0, 24),
    validation: part(24, 220),
    net,
    optimizer: 'adam',
    rate: 0.005,
    epochs: 120,
  };
  const { valLosses, evidence } = await train(setting, true);
  const least = Math.min(...valLosses!);
  if (valLosses!.at(-1)! > 1.25 * least)
    yield { truth: 'overfitting', name: `${nameOf(setting)}: tiny`, evidence: evidence! };
}

/** Two clouds that overlap, one of them rare. */
async function* imbalanced(numbers: Numbers, good: Setting): AsyncGenerator<Run> {
  const share = 0.02 + 0.04 * numbers.uniform();
  const width = 2 + numbers.below(4);
  const y = Array.from({ length: 400 }, (_, i) => (i < share * 400 ? 1 : 0));
  const x = y.map((c) => Array.from({ length: width }, (_, k) => normal(numbers) + (k === 0 ? 1.5 * c : 0)));
  const order = shuffled(
    numbers,
    y.map((_, i) => i),
  );
  const data = { name: 'rare', x: order.map((i) => x[i]!), y: order.map((i) => y[i]!), classes: 2 };
  const setting = { ...good, data, net: NETS[numbers.below(NETS.length)]!, optimizer: 'sgd', rate: 0.1, epochs: 20 };
  const { evidence } = await train(setting, true);
  if (evidence!.end!.recalls[1]! < 0.5)
    yield { truth: 'imbalancedClasses', name: nameOf(setting), evidence: evidence! };
}

/** Makes runs until there are `count`, in so many turns at most: a third of them good, of each cause about as many. */
export async function makeRuns(part: 'tuning' | 'held-out', seed: number, count: number, turns = 100): Promise<Run[]> {
  const numbers = new Numbers(seed);
  const makes = part === 'tuning' ? TUNING : HELD_OUT;
  await wg.init({ seed });
  const found = new Map<string, Run[]>();
  const good = Math.round(count / 3);
  const quota = (truth: string): number => (truth === 'good' ? good : Math.ceil((count - good) / 12));
  const add = (run: Run): void => {
    const same = found.get(run.truth) ?? [];
    found.set(run.truth, same);
    if (total() < count && same.length < quota(run.truth) && (run.truth !== 'good' || numbers.uniform() < 0.7))
      same.push(run);
  };
  const wanted = (truth: string): boolean => (found.get(truth)?.length ?? 0) < quota(truth);
  const total = (): number => [...found.values()].reduce((sum, { length }) => sum + length, 0);
  for (let turn = 0; turn < turns && total() < count; turn++) {
    const make = makes[turn % makes.length]!;
    const data = make(numbers, 240 + numbers.below(200));
    const optimizer = Object.keys(OPTIMIZERS)[numbers.below(4)]!;
    const net = NETS[numbers.below(NETS.length)]!;
    const setting = {
      data,
      net,
      optimizer,
      rate: 0,
      epochs: 25 + numbers.below(30),
      batchSize: [16, 32, 64][numbers.below(3)]!,
    };
    const fine: { setting: Setting; best: number }[] = [];
    for await (const run of rates(setting)) {
      add(run);
      if (run.truth === 'good') fine.push(run);
    }
    const best = fine[(fine.length - 1) >> 1]; // not at the edge of what is good
    if (!best) continue;
    for await (const run of harmed(numbers, best.setting, best.best, wanted)) add(run);
    if (wanted('overfitting')) for await (const run of tiny(numbers, make, best.setting)) add(run);
    if (wanted('imbalancedClasses')) for await (const run of imbalanced(numbers, best.setting)) add(run);
  }
  return [...found.values()].flat();
}
